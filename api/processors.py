"""Processors: while a server process answers, its threads share one of them.

A request hands the engine few values, hundreds of times, and each time the engine wakes a thread of its own. Where that
is to run on another processor, which sleeps, it takes three times as long as on the one that asks: 0.12 ms, not 0.035.
One process hardly has work for two processors at a time, as one Python thread runs at a time.
"""

import asyncio
import ctypes
import os
from contextlib import suppress
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

THREADS = Path("/proc/self/task")
LASTING = 0.25
"""Seconds from the last request on. What takes longer has much to do, and has all processors for it."""


class OneProcessor:
    """Moves all threads of the process to the processor that a request arrives on, for a while.

    For a process that does nothing else than to serve, and for a system that lets it: see `is_possible`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._every = os.sched_getaffinity(0)
        self._end: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            self._gather()
        await self.app(scope, receive, send)

    def _gather(self) -> None:
        if self._end is None:
            _move({ctypes.CDLL(None).sched_getcpu()})
        else:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(LASTING, self._spread)

    def _spread(self) -> None:
        self._end = None
        _move(self._every)


def is_possible() -> bool:
    """Whether the system tells the threads of a process, and lets it choose processors for them."""
    if not (hasattr(os, "sched_setaffinity") and THREADS.is_dir()):
        return False
    try:
        os.sched_setaffinity(0, os.sched_getaffinity(0))
    except PermissionError:
        return False
    return True


def _move(processors: set[int]) -> None:
    for thread in THREADS.iterdir():
        with suppress(ProcessLookupError):  # it has ended
            os.sched_setaffinity(int(thread.name), processors)
