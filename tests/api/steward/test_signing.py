"""Signing in and out, who is let in for how long, and that no other site sends a form."""

import re
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from fastapi.routing import iter_route_contexts

from resolver.store import access, sittings, users
from resolver.store.database import Database
from tests.api.conftest import audit_of
from tests.api.steward.conftest import PASSWORD, Desk, csrf_in

SECRET = "x" * 32
WRONG = "wrong password"


def come(client, **fields):
    """Signs in with what is typed."""
    data = {"csrf": csrf_in(client.get("/steward/sign-in")), **fields}
    return client.post("/steward/sign-in", data=data, follow_redirects=False)


def is_in(client):
    return client.get("/steward/help", follow_redirects=False).status_code == 200


def put_back(db, **columns):
    """Sets moments of all sittings."""
    database = Database(str(db))
    with database.writing("") as connection:
        connection.execute(sittings.sittings.update().values(**columns))
    database.close()


def test_whoever_is_not_signed_in_is_led_to_the_door_and_then_to_where_they_wanted(client, user_of):
    user_of("kim")
    answer = client.get("/steward/people?q=ann", follow_redirects=False)
    assert answer.status_code == 303
    door = answer.headers["Location"]
    assert door == "/steward/sign-in?next=%2Fsteward%2Fpeople%3Fq%3Dann"
    page = client.get(door)
    assert "Sign in" in page.text
    data = {"csrf": csrf_in(page), "next": "/steward/people?q=ann", "name": "kim", "password": PASSWORD}
    answer = client.post("/steward/sign-in", data=data, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/steward/people?q=ann")
    assert is_in(client)


@pytest.mark.parametrize(("name", "password"), [("kim", "wrong password"), ("nobody", PASSWORD), ("kim", ""), ("", "")])
def test_a_wrong_name_or_password_lets_nobody_in_and_does_not_tell_which(client, user_of, name, password):
    user_of("kim")
    answer = come(client, name=name, password=password)
    assert answer.status_code == 401
    assert ("do not fit" in answer.text) or not name
    assert not is_in(client)


def test_after_some_wrong_passwords_even_the_right_one_has_to_wait(client, user_of):
    user_of("kim")
    for _ in range(users.TRIES):
        come(client, name="kim", password=WRONG)
    assert "Wait half a minute" in come(client, name="kim", password=PASSWORD).text
    assert not is_in(client)
    assert [action for _, _, action, _ in audit_of(client)].count("sign_in.refused") == users.TRIES


def test_signing_in_is_in_the_audit_and_signing_out_ends_it(client, desk):
    token = client.cookies["desk"]
    assert "You are signed out" in desk.post("/steward/sign-out").text
    client.cookies.set("desk", token, path="/steward")
    assert not is_in(client)
    assert {action for _, _, action, _ in audit_of(client)} >= {"sign_in", "sign_out"}


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(client, user_of):
    user_of("kim")
    answer = come(client, name="kim", password=PASSWORD)
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("desk="))
    assert {"HttpOnly", "SameSite=strict", "Path=/steward"} <= set(cookie.split("; "))
    away = client.post(
        "https://desk.example/steward/sign-in",
        data={"csrf": csrf_in(client.get("https://desk.example/steward/sign-in")), "name": "kim", "password": PASSWORD},
        follow_redirects=False,
    )
    assert "Secure" in away.headers["set-cookie"]


@pytest.mark.usefixtures("desk")
def test_the_store_keeps_neither_the_password_nor_the_token(client, db):
    database = Database(str(db))
    with database.reading() as connection:
        kept = [
            str(row) for table in (users.users, sittings.sittings) for row in connection.execute(table.select()).all()
        ]
    database.close()
    assert len(kept) == 2
    assert not any(PASSWORD in row or client.cookies["desk"] in row for row in kept)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("columns", [
    {"seen": datetime.now(UTC) - sittings.IDLE - timedelta(seconds=1)},
    {"until": datetime.now(UTC) - timedelta(seconds=1)},
])  # fmt: skip
def test_a_sitting_ends_when_nobody_comes_or_when_its_time_is_over(client, db, columns):
    assert is_in(client)
    put_back(db, **columns)
    assert not is_in(client)


@pytest.mark.usefixtures("desk")
def test_a_sitting_goes_on_while_somebody_asks_for_something(client, db):
    put_back(db, seen=datetime.now(UTC) - sittings.IDLE + timedelta(minutes=1))
    assert is_in(client)
    database = Database(str(db))
    with database.reading() as connection:
        (seen,) = connection.execute(sittings.sittings.select().with_only_columns(sittings.sittings.c.seen)).scalars()
    database.close()
    assert datetime.now(UTC) - seen.replace(tzinfo=UTC) < timedelta(minutes=1)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("change", [
    lambda connection: users.remove(connection, "kim"),
    lambda connection: users.change_password(connection, "kim", "another password"),
])  # fmt: skip
def test_a_user_who_is_removed_or_has_another_password_is_out_at_once(client, db, change):
    database = Database(str(db))
    with database.writing("") as connection:
        change(connection)
    database.close()
    assert not is_in(client)


def test_an_api_key_opens_the_desk_until_it_is_revoked(client, key_of, db):
    key = key_of("steward", name="kim")
    assert come(client, credential=key).status_code == 303
    assert "kim" in client.get("/steward/help").text
    database = Database(str(db))
    with database.writing("acme") as connection:
        access.revoke(connection, key)
    database.close()
    assert not is_in(client)


def test_a_token_opens_the_desk_no_longer_than_it_holds(asking, db):
    client = asking(jwt_secret=SECRET)
    ends = datetime.now(UTC) + timedelta(minutes=5)
    claims = {"sub": "kim", "tenant": "acme", "role": "steward", "exp": ends}
    assert come(client, credential=jwt.encode(claims, SECRET, "HS256")).status_code == 303
    assert is_in(client)
    database = Database(str(db))
    with database.reading() as connection:
        (until,) = connection.execute(sittings.sittings.select().with_only_columns(sittings.sittings.c.until)).scalars()
    database.close()
    assert abs(until.replace(tzinfo=UTC) - ends) < timedelta(seconds=2)
    assert come(client, credential="not.a.token").status_code == 401


def test_an_open_desk_asks_for_no_more_than_a_name_and_whose_contacts(client):
    page = client.get("/steward/sign-in")
    assert "Password" not in page.text
    assert '<option value="acme">' in page.text
    assert come(client, name="", tenant="acme").status_code == 401
    assert come(client, name="Kim", tenant="elsewhere").status_code == 401
    assert come(client, name="Kim", tenant="acme").status_code == 303
    assert is_in(client)


@pytest.mark.parametrize("closing", ["key_of", "user_of"])
def test_the_first_key_or_user_closes_an_open_desk_and_the_api_with_it(client, request, closing):
    come(client, name="Kim", tenant="acme")
    assert is_in(client)
    request.getfixturevalue(closing)()
    assert not is_in(client)
    assert client.get("/v1/entities").status_code == 401


def test_an_open_desk_is_not_open_to_pages_of_other_sites(client):
    page = client.get("/steward/sign-in", headers={"Host": "evil.example"})
    assert "Password" in page.text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_of_another_site_is_refused(client, desk, headers):
    data = {"csrf": desk.csrf, "theme": "dark"}
    answer = client.post("/steward/looks", data=data, headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert "does not come from a page of this desk" in answer.text


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("csrf", ["", "0" * 64, "ä"])
def test_a_form_that_does_not_bring_along_what_ours_do_is_refused(client, csrf):
    answer = client.post("/steward/looks", data={"csrf": csrf, "theme": "dark"}, follow_redirects=False)
    assert answer.status_code == 403


def test_what_one_person_brings_along_is_of_no_use_for_another(client, desk, user_of):
    mine = desk.csrf
    user_of("lou")
    Desk(client).sign_in("lou")
    assert client.post("/steward/looks", data={"csrf": mine}, follow_redirects=False).status_code == 403


def test_nobody_is_led_away_from_the_desk(client, user_of):
    user_of("kim")
    for path in ("https://evil.example/", "//evil.example/steward/", "/v1/entities", "/steward/../v1"):
        answer = come(client, name="kim", password=PASSWORD, next=path)
        assert answer.headers["Location"] == "/steward/queue"


def test_what_was_typed_when_the_time_ran_out_can_be_sent_after_signing_in_again(client, desk, db):
    put_back(db, until=datetime.now(UTC) - timedelta(seconds=1))
    late = client.post(
        "/steward/looks",
        data={"csrf": desk.csrf, "theme": "dark", "why": "<b>asked</b> & sure"},
        headers={"Referer": "http://127.0.0.1:8400/steward/help?a=1"},
        follow_redirects=False,
    )
    assert late.status_code == 401
    assert "what you typed is kept" in late.text
    kept, next_ = (re.search(rf'name="{name}" value="([^"]*)"', late.text)[1] for name in ("kept", "next"))
    unescaped = kept.replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    data = {"csrf": csrf_in(late), "kept": unescaped, "next": next_, "name": "kim", "password": PASSWORD}
    resume = client.post("/steward/sign-in", data=data)
    assert "&lt;b&gt;asked&lt;/b&gt; &amp; sure" in resume.text
    assert 'action="/steward/looks"' in resume.text
    sent = client.post(
        "/steward/looks", data={"csrf": csrf_in(resume), "theme": "dark", "next": next_}, follow_redirects=False
    )
    assert (sent.status_code, sent.headers["Location"]) == (303, "/steward/help?a=1")
    assert client.cookies["desk_theme"] == "dark"


def test_a_script_that_asks_too_late_leads_the_whole_page_to_the_door(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8400/steward/queue?sort=age"}
    answer = client.get("/steward/help", headers=headers, follow_redirects=False)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/steward/sign-in?next=%2Fsteward%2Fqueue%3Fsort%3Dage"


def test_what_a_page_sends_by_itself_too_late_is_not_kept_in_place_of_what_somebody_sent(client, desk, db):
    put_back(db, until=datetime.now(UTC) - timedelta(seconds=1))
    sent = {"url": "/steward/cases/0000000000000001/claim", "data": {"csrf": desk.csrf}}
    by_itself = client.post(**sent, headers={"HX-Request": "true"})
    assert (by_itself.status_code, by_itself.content) == (401, b"")
    by_hand = client.post(**sent, headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert 'name="kept"' in by_hand.text


def test_every_page_but_the_door_asks_who_is_there(client, app, key_of):
    key_of()
    client.get("/steward/help")  # pages are there from the first one that is asked for
    door = {"/steward", "/steward/", "/steward/sign-in", "/steward/static/{name}"}
    pages = {
        (method, context.original_route.path)
        for context in iter_route_contexts(app.routes)
        if context.original_route.path.startswith("/steward")
        for method in context.original_route.methods
    }
    assert len(pages) > 20
    for method, path in sorted(pages):
        if path not in door:
            answer = client.request(method, re.sub(r"{\w+}", "1", path), follow_redirects=False)
            assert answer.status_code == (303 if method == "GET" else 401), path
            assert "sign-in" in answer.headers.get("Location", "") + answer.text, path
