import threading
import time

import pytest

from api.routes import changes as route
from resolver.paths.online import Resolver
from tests.resolver.store.living import ANN, key


@pytest.fixture
def resolver(app):
    return Resolver(app.state.server.database, "acme")


def feed(client, as_role, **asked):
    answer = client.get("/v1/changes", params=asked, headers=as_role("read"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_feed_is_followed_page_by_page_without_gap_or_repetition(client, as_role, resolver):
    seen, cursor, more = [], 0, True
    while more:
        page = feed(client, as_role, cursor=cursor, limit=7)
        assert len(page["changes"]) <= 7
        seen += [change["cursor"] for change in page["changes"]]
        cursor, more = page["next_cursor"], page["more"]
    assert seen == [change.cursor for change in resolver.changes()]


def test_a_change_says_what_happened_to_which_entity_when_and_who_did_it(client, as_role, resolver):
    end = feed(client, as_role, limit=500)["next_cursor"]
    resolver.upsert(ANN, who="kim")
    (change,) = feed(client, as_role, cursor=end)["changes"]
    (event,) = resolver.changes(end)
    assert change == {
        "cursor": event.cursor,
        "at": event.at.isoformat().replace("+00:00", "Z"),
        "kind": "created",
        "entity_id": event.entity_id,
        "into": [],
        "who": "kim",
        "what": "take",
    }


def test_at_its_end_the_cursor_stays(client, as_role):
    end = feed(client, as_role, limit=500)["next_cursor"]
    assert feed(client, as_role, cursor=end) == {"changes": [], "next_cursor": end, "more": False}


def test_another_tenant_sees_nothing_of_it(client, as_role):
    answer = client.get("/v1/changes", headers=as_role("read", tenant="other"))
    assert answer.json() == {"changes": [], "next_cursor": 0, "more": False}


def test_who_waits_is_told_as_soon_as_there_is_news(client, as_role, resolver, monkeypatch):
    monkeypatch.setattr(route, "AGAIN", 0.02)
    end = feed(client, as_role, limit=500)["next_cursor"]
    later = threading.Timer(0.3, resolver.upsert, [ANN])
    later.start()
    begun = time.monotonic()
    (change,) = feed(client, as_role, cursor=end, wait=20)["changes"]
    later.join()
    assert change["kind"] == "created"
    assert 0.2 < time.monotonic() - begun < 15
    resolver.delete(key(ANN))


def test_who_waits_for_nothing_is_told_so_in_time(client, as_role):
    end = feed(client, as_role, limit=500)["next_cursor"]
    begun = time.monotonic()
    assert feed(client, as_role, cursor=end, wait=1)["changes"] == []
    assert 0.9 < time.monotonic() - begun < 5


@pytest.mark.parametrize("asked", [{"cursor": -1}, {"cursor": 2**63}, {"limit": 0}, {"limit": 501}, {"wait": 21}])
def test_what_is_out_of_bounds_is_refused(client, as_role, asked):
    answer = client.get("/v1/changes", params=asked, headers=as_role("read"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
