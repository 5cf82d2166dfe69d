"""Together: callers who would have to wait for each other are served in one go.

Writers of one tenant come one after the other, and most of what a write costs is the same for one record as for ten. So
whoever comes while a write is at work waits, and the next write takes over all who wait by then (group commit; DeWitt
et al. 1984, "Implementation techniques for main memory database systems").
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")
MOST = 64
"""Callers that are served in one go: nobody waits for more than so many others."""


@dataclass(eq=False)
class _Ticket(Generic[Asked, Told]):
    asked: Asked
    told: list[Told | BaseException] = field(default_factory=list)


class Together(Generic[Asked, Told]):
    """Serves callers of several threads, all who wait at a time in one go."""

    def __init__(
        self, serve: Callable[[Sequence[Asked]], Sequence[Told | Exception]], apart: Callable[[Asked], Hashable]
    ) -> None:
        """serve: what each of several callers is told, or the error that is theirs; what it raises, it raises before
        anything is done. apart: names what only one of those who are served in one go may ask for, such as a record."""
        self._serve, self._apart = serve, apart
        self._waiting: list[_Ticket[Asked, Told]] = []
        self._queue, self._work = Lock(), Lock()

    def __call__(self, asked: Asked) -> Told:
        """What a caller is told; raises the error that is theirs."""
        mine: _Ticket[Asked, Told] = _Ticket(asked)
        with self._queue:
            self._waiting.append(mine)
        with self._work:
            while not mine.told:
                self._serve_those_who_wait()
        (told,) = mine.told
        if isinstance(told, BaseException):
            raise told
        return told

    def _serve_those_who_wait(self) -> None:
        with self._queue:
            chosen: dict[Hashable, _Ticket[Asked, Told]] = {}
            for ticket in self._waiting:
                if len(chosen) < MOST:
                    chosen.setdefault(self._apart(ticket.asked), ticket)
            served = [*chosen.values()]
            self._waiting = [ticket for ticket in self._waiting if ticket not in served]
        try:
            for ticket, told in zip(served, self._told([ticket.asked for ticket in served]), strict=True):
                ticket.told.append(told)
        except BaseException as error:
            # nobody is left to wait for an answer that does not come
            for ticket in served:
                ticket.told.append(error)
            raise

    def _told(self, asked: Sequence[Asked]) -> Sequence[Told | Exception]:
        """What each is told. Where they cannot be served in one go, because of one of them, each is alone."""
        try:
            return self._serve(asked)
        except Exception as error:
            if len(asked) == 1:
                return [error]
        return [self._told([one])[0] for one in asked]
