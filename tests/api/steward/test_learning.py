"""The page about learning, and rules that are put in force from pages."""

import re

import pytest

from resolver.judgement import Verdict
from resolver.model.taught import LEAST
from resolver.paths.ruling import in_force
from tests.resolver.store.living import ANN, BOB
from tests.resolver.test_learning import couples, couples_decided, say


@pytest.fixture
def store(client):
    """The store behind the desk."""
    return client.app.state.server.tenants.resolver("acme")


def seen_in(page):
    """What a preview brings along, to be put in force."""
    return re.search(r'name="seen" value="([0-9a-f]+)"', page.text)[1]


def test_it_says_how_many_decisions_are_wanted_and_where_to_make_them(desk, store):
    store.upsert(ANN, BOB)
    page = desk.get("/steward/learn").text
    assert f"{LEAST} more decisions wanted" in page
    assert 'href="/steward/queue">Go to the queue' in page
    say(store, [(ANN, BOB, Verdict.DIFFERENT)])
    assert f"{LEAST - 1} more decisions wanted" in desk.get("/steward/learn").text
    assert "Preview" not in desk.get("/steward/learn").text


def test_a_steward_sees_what_would_count_otherwise_and_an_admin_puts_it_in_force(admin_desk, store):
    couples_decided(store, 30)
    page = admin_desk.get("/steward/learn").text
    for said in ("What would count more or less", "First name", "speak", "Foretold wrongly", "Preview what it changes"):
        assert said in page
    before = in_force(store).frozen.fingerprint
    tried = admin_desk.get("/steward/learn/try")
    assert "draft, nothing saved" in tried.text
    assert in_force(store).frozen.fingerprint == before
    told = admin_desk.post("/steward/learn", which="learned", seen=seen_in(tried)).text
    assert "In force: the rules with what decisions taught" in told
    assert in_force(store).frozen.fingerprint == seen_in(tried) != before
    assert "All that the decisions so far teach is in force" in told
    back = admin_desk.get("/steward/learn/try?which=estimated")
    admin_desk.post("/steward/learn", which="estimated", seen=seen_in(back))
    assert in_force(store).frozen.fingerprint == before


def test_what_is_no_more_what_was_previewed_is_not_put_in_force(admin_desk, store):
    couples_decided(store, 30)
    tried = admin_desk.get("/steward/learn/try")
    store.undo(store.deeds(limit=1)[0].act.number, who="lee")
    refused = admin_desk.post("/steward/learn", which="learned", seen=seen_in(tried))
    assert (refused.status_code, in_force(store).frozen.model.taught) == (409, None)
    assert "preview it again" in refused.text
    assert admin_desk.post("/steward/learn", which="guessed", seen=seen_in(tried)).status_code == 422


def test_a_steward_puts_nothing_in_force(desk, store):
    couples_decided(store, 30)
    assert "Only an admin" in desk.get("/steward/learn").text
    assert desk.get("/steward/learn/try").status_code == 403
    assert desk.post("/steward/learn", which="learned", seen="0").status_code == 403
    assert desk.post("/steward/rules", match="90", seen="0").status_code == 403


def test_a_line_is_put_in_force_only_as_it_was_previewed(admin_desk, store):
    tried = admin_desk.get("/steward/rules/try?match=99.9")
    assert admin_desk.post("/steward/rules", match="99", seen=seen_in(tried)).status_code == 409
    assert admin_desk.post("/steward/rules", match="x", seen=seen_in(tried)).status_code == 422
    assert "In force: joined from 99.9" in admin_desk.post("/steward/rules", match="99.9", seen=seen_in(tried)).text
    assert in_force(store).match == 0.999


def test_what_nobody_decided_is_not_previewed(admin_desk, store):
    store.upsert(*(one for pair in couples(2) for one in pair))
    assert admin_desk.get("/steward/learn/try").status_code == 422
    assert admin_desk.get("/steward/learn/try?which=estimated").status_code == 422
