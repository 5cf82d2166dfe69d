"""People at the desk: found, looked at, pinned, split, merged and forgotten."""

import re
from urllib.parse import quote

import pytest

from tests.resolver.store.living import ANN, BOB, contact, fresh

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "\u202eevil\u202c",
    "محمد علي",
    "x" * 300,
    "a\x0bb\tc",
]


@pytest.fixture
def store(db):
    """The store behind the desk."""
    resolver = fresh(db, tenant="acme")
    yield resolver
    resolver.database.close()


@pytest.fixture
def ids(store):
    """Ann, of two records, and Bob."""
    store.upsert(ANN, contact("10", "Ann", "Lee", "ann.lee@x.com", "+1 312 555 0188"), BOB)
    return [next(one.entity_id for one in store.entities() if of in one.records) for of in ("crm:1", "crm:3")]


def version_in(page):
    return re.search(r'name="version" value="([0-9a-f]+)"', page.text)[1]


@pytest.mark.parametrize("typed", ["ann lee", "ann.lee@x.com", "(312) 555-0188", "Lee", "ANN"])
def test_a_person_is_found_by_whatever_is_typed(desk, ids, typed):
    page = desk.get(f"/steward/people?q={quote(typed)}")
    assert f"/steward/people/{ids[0]}" in page.text


@pytest.mark.parametrize("place", [0, "crm:1"])
def test_an_id_or_a_record_leads_straight_to_the_person(desk, ids, place):
    typed = ids[0] if place == 0 else place
    answer = desk.get(f"/steward/people?q={typed}", follow_redirects=False)
    assert answer.headers["Location"] == f"/steward/people/{ids[0]}"


def test_whom_nobody_is_called_like_the_most_alike_are_shown_for(desk, ids):
    page = desk.get("/steward/people?q=ann+leee")
    assert "These are most like it" in page.text
    assert f"/steward/people/{ids[0]}" in page.text
    assert "Nobody found" in desk.get("/steward/people?q=zzzzqq").text


def test_without_a_question_people_are_listed_page_by_page(desk):
    page = desk.get("/steward/people")
    following = re.search(r'href="([^"]+)" rel="next"', page.text)
    assert page.status_code == 200
    if following:
        assert desk.get(following[1].replace("&amp;", "&")).status_code == 200


def test_a_person_shows_every_value_with_its_origin_and_the_records_side_by_side(desk, ids):
    page = desk.get(f"/steward/people/{ids[0]}").text
    for said in ("ann.lee@x.com", "Merged contact", "crm:1", "crm:10", "Other values", "Split these off"):
        assert said in page
    assert desk.get(f"/steward/people/{ids[0]}/how").text.count("2 records together") == 1
    assert "Nothing was joined" in desk.get(f"/steward/people/{ids[1]}/how").text
    assert "has this person 2 times" in desk.get(f"/steward/people/{ids[0]}/plans").text
    assert "No system has this person twice" in desk.get(f"/steward/people/{ids[1]}/plans").text
    assert "First seen" in desk.get(f"/steward/people/{ids[0]}/history").text


def test_a_pinned_value_stays_and_is_let_go_of(desk, ids, store):
    path = f"/steward/people/{ids[0]}"
    form = desk.get(f"{path}/pin?field=full_name")
    fields = {"field": "full_name", "version": version_in(form), "value": "Ann Lee", "other": "Ann Lee-Fox"}
    page = desk.post(f"{path}/pin", why="she married", **fields)
    assert "is pinned" in page.text
    assert store.view(ids[0]).golden["full_name"] == "Ann Lee-Fox"
    assert "she married" in desk.get(f"{path}/history").text
    page = desk.post(f"{path}/release", field="full_name", version=version_in(desk.get(path)))
    assert "decide the name again" in page.text
    assert not store.view(ids[0]).pinned


def test_what_is_pinned_can_be_undone_from_the_page_that_tells_of_it(desk, ids, store):
    path = f"/steward/people/{ids[0]}"
    form = desk.get(f"{path}/pin?field=email")
    page = desk.post(f"{path}/pin", field="email", version=version_in(form), value="a@b.com")
    undo = re.search(r'action="(/steward/history/\d+/undo)"', page.text)[1]
    desk.post(undo, next=path)
    assert store.view(ids[0]).golden["email"] == "ann.lee@x.com"


def test_ticked_records_are_split_off_after_a_preview_that_changes_nothing(desk, ids, store):
    path = f"/steward/people/{ids[0]}"
    preview = desk.post(f"{path}/split", records="crm:10", version=version_in(desk.get(path)))
    assert "Nothing is done yet" in preview.text
    assert len(store.view(ids[0]).members) == 2
    done = desk.post(f"{path}/split/done", records="crm:10", version=version_in(preview), why="mother and daughter")
    assert "1 record is another person now" in done.text
    assert len(store.view(ids[0]).members) == 1
    assert "mother and daughter" in desk.get(f"{path}/history").text


@pytest.mark.parametrize(("chosen", "said"), [((), "tick the records"), (("crm:1", "crm:10"), "not all of them")])
def test_nobody_is_split_by_nothing_or_by_everything(desk, ids, chosen, said):
    path = f"/steward/people/{ids[0]}"
    answer = desk.post(f"{path}/split", records=list(chosen), version=version_in(desk.get(path)))
    assert answer.status_code == 422
    assert said in answer.text


def test_people_are_merged_after_a_preview_that_changes_nothing(desk, ids, store):
    found = desk.get(f"/steward/people/{ids[0]}/merge?q=bob")
    assert f'value="{ids[1]}"' in found.text
    preview = desk.get(f"/steward/merge?person={ids[0]}&person={ids[1]}")
    assert "Merge 2 people?" in preview.text
    assert len(store.view(ids[0]).members) == 2
    versions = re.findall(r'name="version" value="([0-9a-f]+)"', preview.text)
    page = desk.post("/steward/merge", person=list(ids), version=versions, why="asked her")
    assert "2 people are one now" in page.text
    assert len(store.view(ids[1]).members) == 3
    assert "became one with this one" in desk.get(f"/steward/people/{ids[1]}").text


def test_a_split_id_leads_to_its_parts(desk, ids, store):
    merged = store.merge(*ids, who="kim")
    store.undo(merged.act, who="kim")
    store.split(ids[0], ("crm", "10"), who="kim")
    assert desk.get(f"/steward/people/{ids[0]}").status_code == 200


def test_a_form_of_a_page_that_is_out_of_date_saves_nothing_and_keeps_what_was_typed(desk, ids, store):
    path = f"/steward/people/{ids[0]}"
    form = desk.get(f"{path}/pin?field=full_name")
    store.pin(ids[0], {"job_title": "Boss"}, who="lou")
    fields = {"field": "full_name", "version": version_in(form), "other": "Ann & <Lee>"}
    answer = desk.post(f"{path}/pin", why="asked", **fields)
    assert answer.status_code == 409
    assert "It has changed since" in answer.text
    assert "Ann &amp; &lt;Lee&gt;" in answer.text
    assert store.view(ids[0]).golden["full_name"] != "Ann & <Lee>"


def test_only_an_admin_forgets_and_only_who_is_sure(admin_desk, ids):
    path = f"/steward/people/{ids[0]}"
    version = version_in(admin_desk.get(f"{path}/forget"))
    assert admin_desk.post(f"{path}/forget", version=version).status_code == 422
    page = admin_desk.post(f"{path}/forget", version=version, sure="yes")
    assert "Forgotten: 2 records" in page.text
    assert admin_desk.get(path).status_code == 410


def test_a_steward_does_not_forget_and_a_reader_does_not_change(client, desk, ids, user_of):
    assert desk.get(f"/steward/people/{ids[0]}/forget").status_code == 403
    user_of("rae", "read")
    reader = type(desk)(client).sign_in("rae")
    page = reader.get(f"/steward/people/{ids[0]}")
    assert page.status_code == 200
    assert "Pin…" not in page.text
    for path in ("pin", "split", "merge"):
        assert reader.client.get(f"/steward/people/{ids[0]}/{path}").status_code in (403, 405)
    assert reader.post("/steward/merge", person=list(ids)).status_code == 403


@pytest.mark.parametrize(("path", "status"), [
    ("/steward/people/nobody", 404), ("/steward/nothing", 404), ("/steward/people/nobody/how", 404),
    ("/steward/merge?person=nobody&person=nowhere", 404), ("/steward/merge?person=x", 422), ("/steward/merge", 422),
])  # fmt: skip
def test_what_is_not_there_is_told_on_a_page(desk, path, status):
    answer = desk.get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Number of this request" in answer.text


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_that_a_record_says_is_run_or_breaks_a_page(desk, store, value):
    hostile = contact("h1", value, value, "h@x.com", "+1 312 555 0101")
    store.upsert(hostile, contact("h2", value, value, "h@x.com", "+1 312 555 0101"))
    one = next(each for each in store.entities() if "crm:h1" in each.records)
    for path in ("", "/how", "/history", "/plans", "/pin?field=full_name", "/merge"):
        answer = desk.get(f"/steward/people/{one.entity_id}{path}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "\u202e" not in re.sub(r"<[^>]*>", "", answer.text)
    assert desk.get(f"/steward/people?q={quote(value[:150])}").status_code == 200


def test_every_page_forbids_scripts_of_others(desk):
    for path in (
        "/steward/people",
        "/steward/help",
        "/steward/sign-in",
        "/steward/nothing",
        "/steward/static/desk.css",
    ):
        headers = desk.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
