"""How large, deep, slow and many requests may be."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import limits
from api.app import create_app
from api.desk import pages
from api.limits import LONG, MOST_CALLERS, Buckets, is_deeper
from api.routes import ROUTERS
from api.settings import Settings
from resolver.store import database
from tests.api.conftest import bearing

JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson; charset=utf-8"}


def parts(*bodies):
    """A body that is sent in parts, whose size nobody is told before."""
    yield from bodies


@pytest.mark.parametrize("whole", [True, False])
def test_a_body_that_is_too_large_is_refused(asking, whole):
    client = asking(body_bytes=100)
    for size, status in ((84, 200), (90, 413)):
        body = json.dumps({"name": "x" * size}).encode()
        got = client.post("/probe/body", content=body if whole else parts(body[:50], body[50:]), headers=JSON)
        assert got.status_code == status, size
    assert got.json()["code"] == "too_large"
    assert "100 bytes" in got.json()["detail"]


@pytest.mark.parametrize("whole", [True, False])
def test_a_batch_has_a_limit_of_its_own(asking, whole):
    client = asking(body_bytes=10, batch_bytes=1000)
    for size, status in ((1000, 200), (1001, 413)):
        body = b"x" * size
        got = client.post("/probe/lines", content=body if whole else parts(body[:600], body[600:]), headers=LINES)
        assert got.status_code == status, size


def test_a_body_that_is_nested_too_deeply_is_refused(asking):
    client = asking(json_depth=10)
    for levels, status in ((9, 200), (10, 422)):
        deep = "[" * levels + "]" * levels
        got = client.post("/probe/body", content=f'{{"deep": {deep}}}', headers=JSON)
        assert got.status_code == status, levels
    assert got.json()["code"] == "too_deep"


def test_brackets_inside_of_texts_are_not_nesting(asking):
    got = asking(json_depth=4).post("/probe/body", json={"name": '[[[[[[{{{{{{"\\"[['})
    assert got.status_code == 200


json_values = st.recursive(
    st.none() | st.integers() | st.text('[]{}"\\a,:'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"\\', max_size=3), inner, max_size=3),
)


def nesting(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(nesting, inner), default=0)


@given(json_values)
def test_the_depth_of_a_document_is_that_of_what_it_says(value):
    document, levels = json.dumps(value).encode(), nesting(value)
    assert not is_deeper(document, levels)
    assert levels == 0 or is_deeper(document, levels - 1)


@pytest.mark.parametrize("body", [b'"' + b'\\"' * 400_000, b"[" * 800_000, b"[],{}" * 150_000, b'"\\' * 400_000])
def test_a_hostile_document_is_measured_in_no_time(body):
    begun = time.process_time()
    is_deeper(body, 900_000)
    assert time.process_time() - begun < 2


def test_a_long_body_is_looked_through_too(asking):
    client = asking(json_depth=10)
    for levels, status in ((5, 200), (15, 422)):
        body = {"name": "x" * LONG, "deep": "deep"}
        content = json.dumps(body).replace('"deep"}', "[" * levels + "]" * levels + "}")
        assert client.post("/probe/body", content=content, headers=JSON).status_code == status


@pytest.mark.parametrize("path", ["/probe/read?q=a%00b", "/probe/a%00b"])
def test_an_address_with_a_character_that_no_text_has_is_refused(probing, path):
    got = probing.get(path)
    assert (got.status_code, got.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("body", "status"),
    [(rb'{"name": "a\u0000"}', 400), (rb'{"name": "a\\u0000"}', 200), (rb'{"name": "\\\u0000"}', 400)],
)
def test_a_body_with_a_character_that_no_text_has_is_refused(probing, body, status):
    assert probing.post("/probe/body", content=body, headers=JSON).status_code == status


# --- rates ---------------------------------------------------------------------------------------------------------


def test_a_caller_who_asks_too_often_is_told_when_to_come_back(asking, key_of):
    client = asking(burst=2, requests_per_second=0.5)
    mine, other = bearing(key_of()), bearing(key_of())
    left = [client.get("/probe/read", headers=mine) for _ in range(3)]
    assert [got.status_code for got in left] == [200, 200, 429]
    assert left[0].headers["RateLimit-Policy"] == '"caller";q=2;w=4'
    assert left[0].headers["RateLimit"] == '"caller";r=1;t=2'
    assert left[2].headers["RateLimit"].startswith('"caller";r=0;t=')
    assert left[2].json()["code"] == "too_many_requests"
    assert left[2].headers["Retry-After"] == "2"
    assert client.get("/probe/read", headers=other).status_code == 200


def test_tokens_come_back_at_a_steady_rate_up_to_the_burst():
    buckets = Buckets(Settings(burst=3, requests_per_second=2))
    assert [buckets.take("a", 0.0)[1] is None for _ in range(4)] == [True, True, True, False]
    assert [buckets.take("a", 0.5)[1] is None for _ in range(2)] == [True, False]
    assert [buckets.take("a", 100.0)[1] is None for _ in range(4)] == [True, True, True, False]


def test_whoever_asks_too_often_is_not_punished_for_asking():
    buckets = Buckets(Settings(burst=1, requests_per_second=1))
    buckets.take("a", 0.0)
    refused = [buckets.take("a", at / 10) for at in range(1, 10)]
    assert all(error is not None for _, error in refused)
    assert buckets.take("a", 1.0)[1] is None


def test_so_many_callers_are_remembered_and_no_more():
    buckets = Buckets(Settings(burst=1, requests_per_second=0.001))
    for number in range(MOST_CALLERS + 1):
        buckets.take(str(number), 0.0)
    assert buckets.take("0", 0.0)[1] is None
    assert buckets.take(str(MOST_CALLERS), 0.0)[1] is not None


# --- many at a time, and slow ones ---------------------------------------------------------------------------------


def wait_for(some, number=1):
    while len(some) < number:
        time.sleep(0.01)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as made:
        yield made


def test_beyond_what_it_can_do_a_server_sends_away_at_once_and_still_says_that_it_lives(asking, pool):
    client = asking(in_work=2)
    slow = [pool.submit(client.get, "/probe/slow") for _ in range(2)]
    wait_for(client.app.state.begun, 2)
    refused = client.get("/probe/read")
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["Retry-After"]) >= 1
    assert [client.get(path).status_code for path in ("/v1/health", "/v1/ready", "/metrics")] == [200, 200, 200]
    client.app.state.gate.set()
    assert [future.result().status_code for future in slow] == [200, 200]
    assert client.get("/probe/read").status_code == 200


def test_health_is_told_though_every_thread_is_at_work(asking, pool):
    client = asking(threads=1)
    slow = pool.submit(client.get, "/probe/slow")
    wait_for(client.app.state.begun)
    assert [client.get(path).status_code for path in ("/v1/health", "/v1/ready", "/metrics")] == [200, 200, 200]
    assert not slow.done()
    client.app.state.gate.set()


def test_more_requests_are_worked_on_than_there_are_connections(asking, key_of, monkeypatch):
    headers = bearing(key_of("match"))
    monkeypatch.setattr(database, "CONNECTIONS", 2)
    monkeypatch.setattr(database, "KEPT", 1)
    client = asking()

    def ask(number):
        if number % 2:
            return client.get("/v1/changes", headers=headers).status_code
        record = {"name": "Ann Lee", "email": f"ann{number}@x.com"}
        return client.put(f"/v1/sources/form/records/{number}", json={"record": record}, headers=headers).status_code

    with ThreadPoolExecutor(30) as many:
        assert [*many.map(ask, range(60))] == [201, 200] * 30


def test_a_request_that_takes_too_long_is_answered_in_time_and_holds_its_place_till_it_is_done(asking):
    client = asking(request_seconds=1, in_work=1)
    late = client.get("/probe/slow")
    assert (late.status_code, late.json()["code"]) == (504, "timeout")
    assert client.app.state.ended == []
    assert client.get("/probe/read").json()["code"] == "busy"
    client.app.state.gate.set()
    wait_for(client.app.state.ended)
    while client.get("/probe/read").status_code != 200:
        time.sleep(0.01)


def test_a_batch_may_take_longer(asking):
    client = asking(request_seconds=0.05, batch_seconds=5)
    got = client.request("GET", "/probe/slow?seconds=0.2", headers=LINES)
    assert (got.status_code, len(client.app.state.ended)) == (200, 1)


def test_what_resolves_all_contacts_anew_may_take_longer_still(asking, monkeypatch):
    monkeypatch.setattr(limits, "WHOLE", {"/probe/slow"})
    client = asking(request_seconds=0.05, whole_seconds=5)
    assert client.get("/probe/slow?seconds=0.2").status_code == 200
    client = asking(request_seconds=5, whole_seconds=0.05)
    assert client.get("/probe/slow?seconds=0.2").status_code == 504


def test_what_may_take_so_long_is_there(tmp_path):
    app = create_app(Settings(db=str(tmp_path / "contacts.db")))
    assert {route.path for router in (*ROUTERS, *pages()) for route in router.routes} >= limits.WHOLE
    assert app.state.server.settings.whole_seconds > app.state.server.settings.request_seconds


def test_a_body_that_never_ends_is_given_up_and_its_place_is_free_again(asking):
    client = asking(request_seconds=1.5, in_work=1)
    sent = []

    async def receive():
        await anyio.sleep_forever()

    async def send(message):
        sent.append(message)

    async def ask():
        scope = {"type": "http", "method": "POST", "path": "/probe/body", "query_string": b"", "headers": []}
        await client.app(scope, receive, send)

    with ThreadPoolExecutor(1) as apart:  # a browser of other tests may have a loop running in this thread
        apart.submit(anyio.run, ask).result()
    assert sent[0]["status"] == 504
    assert client.get("/probe/read").status_code == 200
