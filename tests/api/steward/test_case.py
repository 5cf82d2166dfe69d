"""A case at the desk: what it shows, what each answer does, and that nothing typed is lost."""

import re

import pytest

from resolver import beside, review
from resolver.contact import Contact
from resolver.errors import UnknownError
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.store.cases import State, Wanted
from tests.api.conftest import audit_of
from tests.api.steward.conftest import Desk
from tests.resolver.store.doubtful import ONE, OTHER, THIRD
from tests.resolver.store.living import contact, id_of

SAME, DIFFERENT, UNSURE = Verdict
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202egnp.exe" + "x" * 10_000


def asking(resolver, one, other):
    """The id of the case that asks whether two records are of one person."""
    names = {id_of(resolver, one), id_of(resolver, other)}
    items = review.queue(resolver, Wanted(), limit=500).items
    found = [each.case_id for each in items if {*review.case(resolver, each.case_id).full.entity_ids} == names]
    return found[0]


@pytest.fixture
def called(doubts):
    """A case that asks whether two are one."""
    return asking(doubts, ONE, OTHER)


def version(resolver, called):
    return review.case(resolver, called).item.version


def decide(desk, called, verdict="same", follow=True, headers=None, **fields):
    data = {"csrf": desk.csrf, "verdict": verdict, **fields}
    path = f"/steward/cases/{called}/decision"
    return desk.client.post(path, data=data, follow_redirects=follow, headers=headers or {})


def decided(resolver, called):
    return review.case(resolver, called).item.decided


def test_a_case_shows_all_that_is_needed_to_decide_it(desk, doubts, called):
    page = desk.get(f"/steward/cases/{called}").text
    for words in ("Same person?", "ann@x.com", "lee@zed.net", "Why", "Merged contact", "The group", "If Same", "≠"):
        assert words in page
    assert id_of(doubts, ONE) in page
    assert "1 of " in re.sub(r"<[^>]+>", "", page) or " of " in page


def test_of_many_records_the_two_that_are_asked_about_stand_first(desk, doubts):
    doubts.upsert(*(ONE.model_copy(update={"record_id": f"{number}"}) for number in range(20, 32)))
    called = asking(doubts, ONE, OTHER)
    full = review.case(doubts, called).full
    page = desk.get(f"/steward/cases/{called}").text
    shown = re.findall(r'name="leave_out" value="([^"]+)"', page)
    assert len(shown) == 14
    assert {*shown[:2]} == {*full.pair}
    assert ", of A and B" in page
    assert "and 7 more)" in page


def test_values_that_say_nothing_of_a_person_are_not_compared_and_not_called_missing(desk, doubts):
    doubts.upsert(
        contact("70", "Ann", "Moss", "info@moss.org", "+1 312 555 0170"),
        contact("71", "Ann", "Moss", "info@zed.net", "+1 312 555 0171", source="web"),
    )
    items = review.queue(doubts, Wanted(text="Moss"), limit=500).items
    called = next(one.case_id for one in items if {*review.case(doubts, one.case_id).full.pair} == {"crm:70", "web:71"})
    row = re.search(r'<th scope="row">Email</th>.*?</tr>', desk.get(f"/steward/cases/{called}").text, re.DOTALL)[0]
    assert "not compared" in row
    assert "one side empty" not in row


def test_what_differs_inside_values_is_marked(desk, doubts):
    pages = (desk.get(f"/steward/cases/{item.case_id}").text for item in review.queue(doubts, Wanted()).items)
    assert any(re.search(r"<mark>[^<]+</mark>", page) for page in pages)


def test_a_decision_is_saved_and_leads_to_the_next_case(desk, doubts, called):
    answer = decide(desk, called, "same", why="by phone", version=version(doubts, called), follow=False)
    assert answer.status_code == 303
    assert re.fullmatch(r"/steward/cases/[0-9a-f]{16}", answer.headers["Location"])
    assert answer.headers["Location"] != f"/steward/cases/{called}"
    assert id_of(doubts, ONE) == id_of(doubts, OTHER)
    last = decided(doubts, called)
    assert (last.verdict, last.who, last.why) == (SAME, "kim", "by phone")
    page = desk.get(answer.headers["Location"]).text
    assert "Saved: Same." in page
    assert f"/steward/history/{last.act}/undo" in page


def test_a_script_gets_the_next_case_at_once(desk, doubts, called):
    answer = decide(desk, called, "different", version=version(doubts, called), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    following = answer.headers["HX-Push-Url"]
    assert following != f"/steward/cases/{called}"
    assert f'action="{following}/decision"' in answer.text
    assert "Saved: Different." in answer.text
    assert decided(doubts, called).verdict == DIFFERENT


def test_the_next_case_is_of_the_queue_that_was_looked_at(desk, doubts, called):
    answer = desk.post(f"/steward/cases/{called}/decision?q=ann", verdict="unsure", follow=False)
    assert answer.headers["Location"].endswith("?q=ann")
    following = answer.headers["Location"].split("/")[-1].split("?")[0]
    assert "ann" in review.case(doubts, following).item.title.lower()


def test_after_the_last_case_one_is_back_at_the_queue(desk, called):
    answer = desk.post(f"/steward/cases/{called}/decision?q=annie+nobody", verdict="unsure", follow=False)
    assert answer.headers["Location"] == "/steward/queue?q=annie+nobody"
    assert "Saved: Can&#39;t tell." in desk.get(answer.headers["Location"]).text


def test_values_are_chosen_and_typed_and_held(desk, doubts, called):
    decide(desk, called, **{"value.email": "lee@zed.net", "other.given_name": "Anna", "value.given_name": "Ann"})
    (entity,) = doubts.entity(id_of(doubts, ONE))
    assert (entity.golden["email"], entity.golden["given_name"]) == ("lee@zed.net", "Anna")
    assert {*entity.golden["pinned"]} == {"email", "given_name"}


def test_values_that_were_chosen_do_not_hinder_saying_different(desk, doubts, called):
    decide(desk, called, "different", **{"value.email": "lee@zed.net"})
    assert decided(doubts, called).verdict == DIFFERENT


def test_others_who_may_be_the_same_are_joined_too(desk, doubts, called):
    (near, *_) = beside.nearby(doubts, called)
    assert near.entity_id in desk.get(f"/steward/cases/{called}").text
    decide(desk, called, also=near.entity_id)
    assert id_of(doubts, ONE) == id_of(doubts, OTHER)
    assert len(doubts.view(id_of(doubts, ONE)).members) >= 3


def test_records_that_are_left_out_are_somebody_else(desk, doubts):
    copy = ONE.model_copy(update={"record_id": "99"})
    doubts.upsert(copy)
    assert id_of(doubts, copy) == id_of(doubts, ONE)
    decide(desk, asking(doubts, ONE, OTHER), leave_out=copy.record_key)
    assert id_of(doubts, ONE) == id_of(doubts, OTHER) != id_of(doubts, copy)


def test_a_decision_that_fits_no_case_is_refused_and_what_was_typed_is_kept(desk, doubts, called):
    answer = decide(desk, called, "different", leave_out=ONE.record_key, why="a long reason")
    assert answer.status_code == 422
    assert 'value="a long reason"' in answer.text
    assert re.search(rf'value="{ONE.record_key}" checked', answer.text)
    assert decided(doubts, called) is None


def test_a_stale_page_tells_what_changed_and_keeps_what_was_typed(desk, doubts, called):
    seen = version(doubts, called)
    doubts.upsert(ONE.model_copy(update={"family_name": "Leeson"}))
    if review.case(doubts, called).full is None:
        pytest.skip("the change settled the case")
    answer = decide(desk, called, why="typed before", version=seen, **{"value.email": "lee@zed.net"})
    assert answer.status_code == 409
    assert "Leeson" in answer.text
    assert "→" in answer.text
    assert 'value="typed before"' in answer.text
    assert re.search(r'<option value="lee@zed.net" selected', answer.text)
    assert decided(doubts, called) is None
    again = decide(desk, called, why="typed before", version=version(doubts, called), follow=False)
    assert again.status_code == 303


def test_a_case_that_somebody_else_decided_meanwhile_says_who_and_how(desk, doubts, called):
    seen = version(doubts, called)
    review.decide(doubts, called, Decision(DIFFERENT, "the brother"), "ann")
    answer = decide(desk, called, why="typed before", version=seen)
    assert answer.status_code == 409
    for words in ("This case is settled", "<bdi>ann</bdi>", "Different", "the brother", "typed before"):
        assert words in answer.text
    assert decided(doubts, called).who == "ann"


def test_a_case_that_another_holds_can_be_seen_and_not_decided(desk, doubts, called):
    review.claim(doubts, called, "ann")
    page = desk.get(f"/steward/cases/{called}").text
    assert "Open at <bdi>ann</bdi>" in page
    assert 'name="verdict"' not in page
    answer = decide(desk, called)
    assert answer.status_code == 409
    assert decided(doubts, called) is None


def test_a_contradiction_names_who_said_otherwise(desk, doubts):
    doubts.judge(("crm", "1"), ("web", "2"), DIFFERENT, who="ann")
    case = next(
        item.case_id
        for item in review.queue(doubts, Wanted(state=State.OPEN), limit=500).items
        if THIRD.record_key in {side.record for side in review.case(doubts, item.case_id).full.sides}
    )
    also = [id_of(doubts, one) for one in (ONE, OTHER)]
    answer = desk.client.post(
        f"/steward/cases/{case}/decision", data={"csrf": desk.csrf, "verdict": "same", "also": also}
    )
    assert answer.status_code == 409
    assert "ann" in answer.text
    assert decided(doubts, case) is None


def test_claiming_shows_until_when_and_letting_go_frees_it(desk, doubts, called):
    assert "Hold it for me" in desk.get(f"/steward/cases/{called}").text
    piece = desk.client.post(
        f"/steward/cases/{called}/claim", data={"csrf": desk.csrf}, headers={"HX-Request": "true"}
    ).text
    assert "data-until" in piece
    assert "<html" not in piece
    assert review.case(doubts, called).item.holder == "kim"
    desk.post(f"/steward/cases/{called}/release")
    assert review.case(doubts, called).item.holder is None


def test_a_claim_that_came_too_late_says_who_holds_it(desk, doubts, called):
    review.claim(doubts, called, "ann")
    answer = desk.client.post(
        f"/steward/cases/{called}/claim", data={"csrf": desk.csrf}, headers={"HX-Request": "true"}
    )
    assert (answer.status_code, "<bdi>ann</bdi>" in answer.text) == (200, True)
    assert desk.post(f"/steward/cases/{called}/claim").status_code == 409


def test_notes_assignments_and_days_aside_are_kept(desk, doubts, called):
    desk.post(f"/steward/cases/{called}/note", note="asked the office")
    desk.post(f"/steward/cases/{called}/assign", assignee="kim", due="2090-05-31")
    page = desk.get(f"/steward/cases/{called}").text
    for words in ("asked the office", 'value="2090-05-31"', 'value="kim"'):
        assert words in page
    desk.post(f"/steward/cases/{called}/snooze", days="7")
    assert review.case(doubts, called).item.snoozed_until is not None
    desk.post(f"/steward/cases/{called}/snooze", days="0")
    assert review.case(doubts, called).item.snoozed_until is None


@pytest.mark.parametrize(
    ("act", "fields"),
    [("note", {"note": " "}), ("assign", {"assignee": "kim", "due": "soon"}), ("snooze", {"days": "many"})],
)
def test_what_cannot_be_saved_is_said(desk, doubts, called, act, fields):
    before = review.case(doubts, called)
    assert desk.post(f"/steward/cases/{called}/{act}", **fields).status_code == 422
    assert review.case(doubts, called).item == before.item


@pytest.mark.parametrize("verdict", ["", "perhaps"])
def test_an_answer_that_is_none_is_refused(desk, doubts, called, verdict):
    assert decide(desk, called, verdict).status_code == 422
    assert decided(doubts, called) is None


def test_whoever_may_only_look_sees_a_case_and_cannot_decide_it(client, doubts, called, user_of):
    user_of("lou", "read")
    desk = Desk(client).sign_in("lou")
    page = desk.get(f"/steward/cases/{called}").text
    assert "ann@x.com" in page
    assert 'name="verdict"' not in page
    assert decide(desk, called).status_code == 403
    assert decided(doubts, called) is None


def test_cases_of_another_tenant_are_unknown(client, called, user_of):
    user_of("eve", "steward", "other")
    desk = Desk(client).sign_in("eve")
    for answer in (desk.get(f"/steward/cases/{called}"), decide(desk, called)):
        assert answer.status_code == 404
        assert "ann@x.com" not in answer.text


@pytest.mark.parametrize("name", ["0" * 16, "nothing", "%3Cscript%3E"])
def test_a_case_that_never_was_is_not_found(desk, doubts, name):
    with pytest.raises(UnknownError):
        review.case(doubts, name)
    assert desk.get(f"/steward/cases/{name}").status_code == 404


def test_hostile_values_are_shown_and_never_run(desk, doubts):
    fields = dict.fromkeys(("given_name", "family_name", "name_suffix"), HOSTILE)
    person = {"phones": [{"raw": "+1 312 555 0188"}], "emails": [{"raw": "ann@x.com"}]}
    organisation = {
        "organisations": [{"name": HOSTILE, "title": HOSTILE}],
        "addresses": [{"street": HOSTILE, "city": HOSTILE}],
    }
    doubts.upsert(Contact(source="crm", record_id="<b>'9", **{**fields, **person, **organisation}))
    found = review.queue(doubts, Wanted(text="script"), limit=500).items
    assert found
    for path in ("/steward/queue", *(f"/steward/cases/{item.case_id}" for item in found)):
        page = desk.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "<b>'9" not in page
        assert "\u202e" not in re.sub(r"<[^>]*>", "", page)


def test_looking_and_deciding_are_written_down_without_records(desk, doubts, called):
    desk.get(f"/steward/cases/{called}")
    decide(desk, called, version=version(doubts, called))
    told = [(action, targets) for who, _, action, targets in audit_of(desk.client) if who == "kim"]
    assert ("desk.case", (called,)) in told
    assert any(action == "desk.decide" and targets[0] == called for action, targets in told)
