"""Trying again, waiting, and keeping the rate."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpcore
import httpx
import pytest

from resolver.pull.client import ATTEMPTS, Client, Pace, _transport
from resolver.pull.system import Ask, Credentials, PullError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FINE = httpx.Response(200, json={"ok": True})


@dataclass
class Time:
    """A clock that only sleeping moves."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def client(
    time: Time, answer: Callable[[httpx.Request], httpx.Response], rate: float = 1000.0, seed: int = 7
) -> Client:
    pace = Pace(rate, time.sleep, lambda: time.seconds, lambda: NOON, random.Random(seed))
    return Client("https://stand-in.example", Credentials(), pace, lambda _: None, httpx.MockTransport(answer))


def answers(*those: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    left = list(those)

    def answer(_: httpx.Request) -> httpx.Response:
        following = left.pop(0)
        if isinstance(following, Exception):
            raise following
        return following

    return answer


def test_a_number_of_seconds_in_retry_after_is_waited() -> None:
    time = Time()
    busy = httpx.Response(429, headers={"Retry-After": "17"})
    with client(time, answers(busy, FINE)) as sending:
        assert sending.send(Ask("/x")) == {"ok": True}
    assert time.slept == [17.0]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "Fri, 01 May 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Fri, 01 May 2026 12:00:30 GMT", "Date": "Fri, 01 May 2026 12:00:20 GMT"}, 10.0),
        ({"Retry-After": "Fri, 01 May 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "86400"}, 300.0),
        ({"Retry-After": "9" * 5000}, 300.0),
    ],
)
def test_retry_after_may_be_a_date_and_is_never_more_than_five_minutes(headers: dict[str, str], seconds: float) -> None:
    time = Time()
    with client(time, answers(httpx.Response(503, headers=headers), FINE)) as sending:
        sending.send(Ask("/x"))
    assert [wait for wait in time.slept if wait > 0.001] == [seconds] * (seconds > 0)


@pytest.mark.parametrize("text", ["", "soon", "-5", "nan", "inf", "Fri, 99 May 99999999 12:00:30 GMT", "²"])
def test_a_retry_after_that_says_nothing_is_passed_over(text: str) -> None:
    time = Time()
    busy = httpx.Response(429, headers={b"Retry-After": text.encode()})
    with client(time, answers(busy, FINE)) as sending:
        sending.send(Ask("/x"))
    assert 0 <= sum(time.slept) <= 1.1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again_with_waits_that_may_grow(status: int) -> None:
    time = Time()
    with client(time, answers(*[httpx.Response(status)] * 5, FINE)) as sending:
        assert sending.send(Ask("/x")) == {"ok": True}
    assert len(time.slept) >= ATTEMPTS - 1
    assert all(wait <= bound for wait, bound in zip(time.slept, [1, 2, 4, 8, 16], strict=False))


def test_the_same_seed_waits_the_same() -> None:
    waits = []
    for _ in range(2):
        time = Time()
        with client(time, answers(*[httpx.Response(500)] * 4, FINE), seed=3) as sending:
            sending.send(Ask("/x"))
        waits.append(time.slept)
    assert waits[0] == waits[1]


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.DecodingError("bad gzip")]
)
def test_a_connection_that_fails_is_tried_again_and_given_up_after_six_times(failure: httpx.RequestError) -> None:
    time = Time()
    with client(time, answers(*[failure] * ATTEMPTS)) as sending, pytest.raises(PullError, match="6 times") as caught:
        sending.send(Ask("/x"))
    assert type(failure).__name__ in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 501])
def test_a_refusal_is_not_tried_again_and_keeps_the_systems_own_words_short(status: int) -> None:
    time = Time()
    body = {"error": {"status": "BAD", "message": "no\x00 \n such thing " + "x" * 900}}
    with client(time, answers(httpx.Response(status, json=body))) as sending, pytest.raises(PullError) as caught:
        sending.send(Ask("/x"))
    assert str(caught.value).startswith(f"HTTP {status}: no such thing xxx")
    assert len(str(caught.value)) < 250
    assert time.slept == []


def test_a_proxy_of_the_environment_is_used_but_never_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    proxied = {base: _transport(base)._pool for base in ("https://x.example", "https://inside.example", "http://[::1]")}
    assert [isinstance(pool, httpcore.HTTPProxy) for pool in proxied.values()] == [True, False, False]


def test_requests_keep_the_rate() -> None:
    time = Time()
    with client(time, lambda _: FINE, rate=4.0) as sending:
        for _ in range(5):
            sending.send(Ask("/x"))
    assert time.seconds == pytest.approx(1.0)


def test_a_slow_answer_costs_no_further_wait() -> None:
    time = Time()

    def slow(_: httpx.Request) -> httpx.Response:
        time.seconds += 5
        return FINE

    with client(time, slow, rate=1.0) as sending:
        sending.send(Ask("/x"))
        sending.send(Ask("/x"))
    assert time.slept == []
