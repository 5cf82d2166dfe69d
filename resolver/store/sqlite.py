"""SQLite: how a connection to a file is set up, and when what was written is brought from the log into the file."""

import logging
import sqlite3
from contextlib import closing
from threading import Lock, Thread
from time import monotonic
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

log = logging.getLogger("resolver.store")
CACHE, LARGE_CACHE = "PRAGMA cache_size=-65536", "PRAGMA cache_size=-1024000"
"""KiB of changed pages that a connection keeps in memory, and one that writes much, until it commits. Reading takes
none of it, as pages are read where the system keeps them."""
AUTOMATIC = "PRAGMA wal_autocheckpoint=16384"
"""Pages of the log from which on whoever commits brings the last of them into the file, so that it begins anew: it is
searched for each page that is read."""
EVERY = 2.0
"""Seconds between times at which the log is brought into the file beside the writers: a small commit changes hundreds
of pages, and many of them again and again."""
WROTE = "wrote"


def set_up(engine: Engine) -> None:
    """Has all connections of an engine set up."""
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begun)
    event.listen(engine, "checkin", _Log().given_back)


def expect_much(connection: Connection) -> None:
    """Lets a writer keep in memory what it changes: pages that many rows fall into are otherwise written many times.

    Its commit ends with all of it in the log.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(LARGE_CACHE)
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint=0")
        connection.info[LARGE_CACHE] = True


def _connected(connection: Any, _: Any) -> None:
    """Write-ahead log: readers go on beside a writer; FULL: what was committed survives a power cut;
    secure_delete: what was erased is overwritten; mmap_size: pages are read where the system keeps them."""
    connection.isolation_level = None  # transactions are begun by `_begun`
    safe = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
    for pragma in (*safe, f"mmap_size={2**31 - 2**16}"):
        connection.execute(f"PRAGMA {pragma}")
    for pragma in (CACHE, AUTOMATIC):
        connection.execute(pragma)


def _begun(connection: Connection) -> None:
    """A writer asks for its place at once: two that read first and then write would lock each other out."""
    writes = connection.get_execution_options().get("writes", False)
    connection.info[WROTE] = writes
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class _Log:
    """The write-ahead log of a file. A thread brings it into the file beside those who write: a commit that does so by
    itself takes twenty times as long as others."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = monotonic()
        self._is_busy = False

    def given_back(self, connection: Any, record: Any) -> None:
        """Somebody has no more need of a connection; None for one that is lost."""
        wrote, wrote_much = record.info.pop(WROTE, False), record.info.pop(LARGE_CACHE, False)
        if connection is None or not wrote:
            return
        if wrote_much:
            for pragma in (CACHE, "PRAGMA shrink_memory", AUTOMATIC):
                connection.execute(pragma)
        (_, _, path) = connection.execute("PRAGMA database_list").fetchone()
        with self._lock:
            if self._is_busy or (monotonic() - self._last < EVERY and not wrote_much):
                return
            self._is_busy = True
        Thread(target=self._bring_into_file, args=(path,), name="checkpoint").start()

    def _bring_into_file(self, path: str) -> None:
        try:
            checkpoint(path)
        finally:
            with self._lock:
                self._last, self._is_busy = monotonic(), False


def checkpoint(path: str) -> None:
    """Brings the log into the file. Where that fails, the log stays as it is, and the next time it is tried again."""
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True)) as connection:
            connection.execute("PRAGMA wal_checkpoint")
    except sqlite3.Error as error:
        log.warning("the write-ahead log could not be brought into the database: %s", error)
