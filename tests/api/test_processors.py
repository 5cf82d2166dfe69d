"""While a server process answers, its threads share one processor; what takes longer has all of them."""

import asyncio
import os
import threading

import pytest

from api import processors
from api.processors import OneProcessor, is_possible

pytestmark = pytest.mark.skipif(
    not is_possible() or len(os.sched_getaffinity(0)) < 2, reason="there is one processor, or none to choose"
)
HTTP = {"type": "http"}


def seen():
    """The processors that each thread of this process may run on."""
    return [os.sched_getaffinity(int(thread.name)) for thread in processors.THREADS.iterdir()]


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    monkeypatch.setattr(processors, "LASTING", 0.05)


@pytest.fixture(autouse=True)
def another_thread():
    """A thread beside the one that asks."""
    done = threading.Event()
    beside = threading.Thread(target=done.wait)
    beside.start()
    yield
    done.set()
    beside.join()


def asked(*waits, scope=HTTP):
    """The processors while each of several requests is answered, and after them. waits: seconds before each."""
    found = []

    async def answer(*_):
        found.append(seen())

    async def asking():
        app = OneProcessor(answer)
        for wait in waits:
            await asyncio.sleep(wait)
            await app(scope, None, None)
        await asyncio.sleep(0.2)

    asyncio.run(asking())
    return [*found, seen()]


def test_all_threads_share_a_processor_for_a_request_and_have_all_of_them_again_later():
    every = os.sched_getaffinity(0)
    during, after = asked(0)
    assert len(during) > 1
    assert {len(may) for may in during} == {1}
    assert len(set(map(frozenset, during))) == 1
    assert all(may == every for may in after)


def test_one_request_after_the_other_stays_where_the_first_one_was():
    first, second, third, after = asked(0, 0.03, 0.03)
    assert first[0] == second[0] == third[0]
    assert len(third[0]) == 1
    assert all(may == os.sched_getaffinity(0) for may in after)


def test_what_takes_longer_has_all_processors_when_the_time_is_over():
    found = []

    async def slow(*_):
        await asyncio.sleep(0.2)
        found.append(seen())

    asyncio.run(OneProcessor(slow)(HTTP, None, None))
    assert all(may == os.sched_getaffinity(0) for may in found[0])


def test_what_is_no_request_moves_nobody():
    every = os.sched_getaffinity(0)
    assert all(may == every for each in asked(0, scope={"type": "lifespan"}) for may in each)


def test_a_system_that_refuses_is_left_alone(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert not is_possible()


def test_a_system_that_does_not_tell_threads_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(processors, "THREADS", tmp_path / "nowhere")
    assert not is_possible()
