from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore

import pytest

import resolver.together as together_module
from resolver.together import MOST, Together


class Desk:
    """Serves numbers, the first time only when it is told to go on; it remembers who came together."""

    def __init__(self):
        self.served, self.busy, self.go = [], Event(), Event()

    def __call__(self, asked):
        self.served.append(sorted(asked))
        if len(self.served) == 1:
            self.busy.set()
            assert self.go.wait(10)
        return [ValueError(number) if number < 0 else 2 * number for number in asked]


def waiting(together):
    return len(together._waiting)


def ask_all(together, desk, first, rest):
    """What each is told, the rest of whom come while the first is served."""
    with ThreadPoolExecutor(len(rest) + 1) as threads:
        told = [threads.submit(together, first)]
        assert desk.busy.wait(10)
        told += [threads.submit(together, number) for number in rest]
        while waiting(together) < len(rest):
            pass
        desk.go.set()
        return told


def test_those_who_wait_are_served_in_one_go():
    desk = Desk()
    told = ask_all(Together(desk, lambda number: number), desk, 1, [2, 3, 4])
    assert [one.result() for one in told] == [2, 4, 6, 8]
    assert desk.served == [[1], [2, 3, 4]]


def test_an_error_is_told_to_the_one_whom_it_concerns():
    desk = Desk()
    told = ask_all(Together(desk, lambda number: number), desk, 1, [-2, 3])
    assert (told[0].result(), told[2].result()) == (2, 6)
    with pytest.raises(ValueError, match="-2"):
        told[1].result()


def test_who_asks_for_the_same_waits_for_the_next_turn():
    desk = Desk()
    told = ask_all(Together(desk, lambda number: number % 10), desk, 1, [2, 12, 3])
    assert [one.result() for one in told] == [2, 4, 24, 6]
    assert [len(each) for each in desk.served] == [1, 2, 1]


def test_no_more_are_served_in_one_go_than_there_may_be():
    desk = Desk()
    told = ask_all(Together(desk, lambda number: number), desk, 0, [*range(1, MOST + 5)])
    assert sorted(one.result() for one in told) == [2 * number for number in range(MOST + 5)]
    assert sorted(map(len, desk.served)) == [1, 4, MOST]


def test_where_one_of_several_makes_all_fail_each_is_served_alone():
    def serve(asked):
        if 13 in asked:
            raise KeyError(13)
        return asked

    desk = Desk()

    def slow(asked):
        desk(asked)
        return serve(asked)

    told = ask_all(Together(slow, lambda number: number), desk, 1, [12, 13])
    assert (told[0].result(), told[1].result()) == (1, 12)
    with pytest.raises(KeyError):
        told[2].result()


def test_who_comes_alone_is_served_at_once():
    together = Together(lambda asked: [number + 1 for number in asked], lambda number: number)
    assert [together(1), together(2)] == [2, 3]


def test_who_was_served_does_not_wait_for_those_who_come_next():
    desk, gone = Desk(), Semaphore(0)

    class Leaving(Together):
        def __call__(self, asked):
            told = super().__call__(asked)
            gone.release()
            return told

    def serve(asked):
        if len(desk.served) == 2:
            assert all(gone.acquire(timeout=10) for _ in range(3))
        return desk(asked)

    told = ask_all(Leaving(serve, lambda number: number % 2), desk, 1, [2, 3, 4])
    assert [one.result() for one in told] == [2, 4, 6, 8]
    assert len(desk.served) == 3


def test_who_cannot_even_be_told_apart_keeps_nobody_from_being_served():
    together = Together(lambda asked: asked, lambda number: 1 // number)
    with pytest.raises(ZeroDivisionError):
        together(0)
    assert together(1) == 1


def test_a_turn_waits_a_moment_for_as_many_as_were_there_before(monkeypatch):
    monkeypatch.setattr(together_module, "PAUSE", 2)
    monkeypatch.setattr(together_module, "SHARE", 1_000_000)
    desk = Desk()
    together = Together(desk, lambda number: number)
    for one in ask_all(together, desk, 1, [2, 3]):
        one.result(10)
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(together, 4)
        while not waiting(together):
            pass
        late = threads.submit(together, 5)
        assert (early.result(10), late.result(10)) == (8, 10)
    assert desk.served == [[1], [2, 3], [4, 5]]


def test_nobody_is_waited_for_longer_than_a_share_of_the_last_turn():
    desk = Desk()
    together = Together(desk, lambda number: number)
    for one in ask_all(together, desk, 1, [2, 3]):
        one.result(10)
    assert together(4) == 8
    assert desk.served == [[1], [2, 3], [4]]
