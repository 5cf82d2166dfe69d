"""A process that loads, or merges and takes back, and is killed at it.

python -m tests.resolver.store.victim URL WHAT AT. AT: the statement before which it ends itself as by kill -9; 0 to go
on until somebody else ends it.
"""

import os
import signal
import sys
from contextlib import suppress

from sqlalchemy import event, func, select

from resolver.errors import GoneError, UnknownError
from resolver.paths.online import Resolver
from resolver.store.tables import acts
from tests.resolver.store.living import people

PARTS = 4
RECORDS = 40


def load(resolver):
    """An export in parts, and deletions that change what came with the first; nothing where these are there, as who is
    killed after them has done it all."""
    records = people().head(RECORDS)
    size = RECORDS // PARTS
    with suppress(UnknownError):
        try:
            resolver.record(records.select("source", "record_id").row(0))
        except GoneError:
            return
    for part in range(PARTS):
        resolver.take(records.slice(part * size, size))
    resolver.delete(*records.head(3).select("source", "record_id").iter_rows())


def merge(resolver):
    """Merges and takes back, from where somebody left off: an act is there or is not."""
    with resolver.database.reading() as connection:
        done, last = connection.execute(select(func.count(), func.max(acts.c.number))).one()
    first = people().head(RECORDS)["record_key"]
    for step in range(done, 2 * PARTS):
        if step % 3 == 2:
            last = resolver.undo(last, who="ann").act
        else:
            homes = {key: entity.entity_id for entity in resolver.entities() for key in entity.records}
            last = resolver.merge(homes[first[step]], homes[first[RECORDS // 2 + step]], who="ann").act


WORK = {"load": load, "merge": merge}


def count(resolver, at=0):
    """Counts the statements that are sent; before number `at` the process ends."""
    sent = [0]

    def before(*_):
        sent[0] += 1
        if sent[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(resolver.database.engine, "before_cursor_execute", before)
    event.listen(resolver.database.engine, "commit", before)
    return sent


def main(url, what, at):
    resolver = Resolver(url)
    count(resolver, int(at))
    print("ready", flush=True)  # noqa: T201
    WORK[what](resolver)


if __name__ == "__main__":
    main(*sys.argv[1:])
