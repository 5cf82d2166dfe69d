"""Recorder: writes the audit, many lines at a time, beside the requests, so that none of them waits for the disk.

Every line is in the store within a fraction of a second. While the store does not take them they wait; when too many
wait, requests are refused: nothing of a person is shown that would not be written down.
"""

from collections.abc import Sequence
from threading import Condition, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from api import logs
from api.problems import UnreadyError
from resolver.store import audit
from resolver.store.audit import Line
from resolver.store.database import Database

MOST = 10_000
"""Lines that may wait."""
GATHERING = 0.1
"""Seconds in which lines are gathered before they are written: each writing costs a disk a few milliseconds."""
AGAIN = 1.0
"""Seconds till the next attempt, when the store refused."""


class Recorder:
    """Takes lines of the audit, and writes them in their order."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = Condition()
        self._waiting: list[Line] = []
        self._writing = Lock()
        self._thread: Thread | None = None
        self._closed = False

    def must_have_room(self) -> None:
        """Raises UnreadyError while too many lines wait."""
        if len(self._waiting) >= MOST:
            raise UnreadyError("the audit cannot be written; nothing is done that would not be in it")

    def add(self, lines: Sequence[Line]) -> None:
        """Takes lines."""
        with self._changed:
            self._waiting += lines
            if self._thread is None:
                self._thread = Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()
            self._changed.notify()

    def flush(self) -> None:
        """Writes what waits, now; raises what the database raises, and then it still waits."""
        with self._writing:
            with self._changed:
                taken = list(self._waiting)
            if taken:
                with self._database.adding() as connection:
                    audit.add(connection, taken)
                with self._changed:
                    del self._waiting[: len(taken)]

    def close(self) -> None:
        """Writes what waits, and ends."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                if self._changed.wait_for(lambda: self._closed, timeout=GATHERING):
                    return
            try:
                self.flush()
            except SQLAlchemyError as error:
                facts = {"error": type(error).__name__, "waiting": len(self._waiting)}
                logs.log.error("audit_not_written", extra={"facts": facts})
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, timeout=AGAIN)
