"""Together: callers who would have to wait for each other are served in one go.

Writers of one tenant come one after the other, and most of what a write or a look costs is the same for one record as
for ten. So whoever comes while others are served waits, and the next turn takes all who wait by then (group commit;
DeWitt et al. 1984, "Implementation techniques for main memory database systems"). Who was there a moment ago is likely
to come again at once, and is waited for as long as that pays.
"""

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from threading import Condition, Event
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")
MOST = 64
"""Callers that are served in one go: nobody waits for more than so many others."""
PAUSE = 0.02
"""Seconds after which nobody else is expected, if nobody came."""
SHARE = 0.5
"""Nobody waits for others longer than this part of what the last turn took."""


@dataclass(eq=False)
class _Ticket(Generic[Asked, Told]):
    """turn: it was told something, or is to serve those who wait."""

    asked: Asked
    told: list[Told | BaseException] = field(default_factory=list)
    turn: Event = field(default_factory=Event)


class Together(Generic[Asked, Told]):
    """Serves callers of several threads, all who wait at a time in one go: one of them does it for all."""

    def __init__(
        self, serve: Callable[[Sequence[Asked]], Sequence[Told | Exception]], apart: Callable[[Asked], Hashable]
    ) -> None:
        """serve: what each of several callers is told, or the error that is theirs; what it raises, it raises before
        anything is done. apart: names what only one of those who are served in one go may ask for, such as a record."""
        self._serve, self._apart = serve, apart
        self._changed = Condition()
        self._waiting: list[_Ticket[Asked, Told]] = []
        self._is_served = False
        self._expected, self._patience = 0, 0.0

    def __call__(self, asked: Asked) -> Told:
        """What a caller is told; raises the error that is theirs."""
        mine: _Ticket[Asked, Told] = _Ticket(asked)
        with self._changed:
            self._waiting.append(mine)
            self._changed.notify()
            leads, self._is_served = not self._is_served, True
        if not leads:
            mine.turn.wait()
        if not mine.told:
            try:
                while not mine.told:
                    self._serve_those_who_wait()
            finally:
                self._hand_over(mine)
        (told,) = mine.told
        if isinstance(told, BaseException):
            raise told
        return told

    def _hand_over(self, mine: _Ticket[Asked, Told]) -> None:
        """Whoever waits longest serves next; not one who was told nothing and is gone."""
        with self._changed:
            self._waiting = [ticket for ticket in self._waiting if ticket is not mine]
            if self._waiting:
                self._waiting[0].turn.set()
            else:
                self._is_served = False

    def _serve_those_who_wait(self) -> None:
        served, begin = self._chosen(), time.monotonic()
        try:
            for ticket, told in zip(served, self._told([ticket.asked for ticket in served]), strict=True):
                ticket.told.append(told)
        except BaseException as error:
            # nobody is left to wait for an answer that does not come
            for ticket in served:
                ticket.told.append(error)
            raise
        finally:
            with self._changed:
                self._expected = len(served) + len(self._waiting)
                self._patience = SHARE * (time.monotonic() - begin)
            for ticket in served:
                ticket.turn.set()

    def _chosen(self) -> list[_Ticket[Asked, Told]]:
        """Who is served now: those who wait, after a moment in which others may come."""
        with self._changed:
            end = time.monotonic() + self._patience
            while len(self._waiting) < min(self._expected, MOST):
                if not self._changed.wait(min(PAUSE, end - time.monotonic())):
                    break
            chosen: dict[Hashable, _Ticket[Asked, Told]] = {}
            for ticket in self._waiting:
                if len(chosen) < MOST:
                    chosen.setdefault(self._apart(ticket.asked), ticket)
            served = [*chosen.values()]
            self._waiting = [ticket for ticket in self._waiting if ticket not in served]
            return served

    def _told(self, asked: Sequence[Asked]) -> Sequence[Told | Exception]:
        """What each is told. Where they cannot be served in one go, because of one of them, each is alone."""
        try:
            return self._serve(asked)
        except Exception as error:
            if len(asked) == 1:
                return [error]
        return [self._told([one])[0] for one in asked]
