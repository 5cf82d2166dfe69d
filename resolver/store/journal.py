"""Journal: who was of which entity from when till when, and the feed of what happened to entities.

An entity is named after its oldest record, the one with the smallest number. So its id follows from who is in it: of
two that merge the older id stays, and when a merge is undone both are what they were.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
from sqlalchemy import Connection, Table, bindparam, func, select, update

from resolver.columns import Rows, distinct, pairs_once
from resolver.store.database import Values, among, bound, insert
from resolver.store.tables import changes, commits, golden, memberships
from resolver.store.words import reword

NONE = 0
"""In place of an entity's number where there is none."""


class Kind(StrEnum):
    """What can happen to an entity."""

    CREATED = "created"
    UPDATED = "updated"
    MERGED = "merged"
    SPLIT = "split"
    DELETED = "deleted"
    FORGOTTEN = "forgotten"


def begin_commit(connection: Connection, tenant: str, what: str, who: str | None = None) -> int:
    """The number of a new commit; its moment is after that of the tenant's last one, whatever the clock says."""
    last = connection.execute(select(func.max(commits.c.at)).where(commits.c.tenant == tenant)).scalar()
    now = datetime.now(UTC)
    if last is not None:
        now = max(now, aware(last) + timedelta(microseconds=1))
    made = connection.execute(commits.insert().values(tenant=tenant, at=now, what=what, who=who))
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def aware(moment: datetime) -> datetime:
    """A stored moment in UTC: SQLite keeps no time zones, and PostgreSQL tells its own."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    """What happened to an entity; `into`: where its records went."""

    kind: Kind
    entity: int
    into: tuple[int, ...] = ()


def events(before: Rows, after: Rows, renewed: Sequence[int]) -> list[Event]:
    """What happened to the entities of some records.

    before, after: the entity of each record, NONE without one. All records of the entities named there are given.
    renewed: entities whose golden record changed.
    """
    old, new = (set(distinct(side[side > NONE]).tolist()) for side in (before, after))
    found = [Event(Kind.CREATED, entity) for entity in sorted(new - old)]
    moved, left = before != after, (before != after) & (before > NONE)
    went: dict[int, list[int]] = {}
    for entity, other in zip(*(side.tolist() for side in pairs_once(before[left], after[left])), strict=True):
        went.setdefault(entity, []).extend([other] if other > NONE else [])
    for entity, into in went.items():
        targets = tuple(into) if entity not in new else (entity, *into)
        if not targets:
            found.append(Event(Kind.DELETED, entity))
        elif targets != (entity,):
            found.append(Event(Kind.MERGED if len(targets) == 1 else Kind.SPLIT, entity, targets))
    changed = {*went, *distinct(after[moved]).tolist(), *renewed}
    found += [Event(Kind.UPDATED, entity) for entity in sorted(changed & old & new)]
    return found


def tell(connection: Connection, commit: int, tenant: str, happened: Sequence[Event]) -> None:
    """Adds events to the feed."""
    insert(
        connection,
        changes,
        {
            "commit": [commit] * len(happened),
            "tenant": [tenant] * len(happened),
            "kind": [str(event.kind) for event in happened],
            "entity": [event.entity for event in happened],
            "into": [json.dumps(event.into) if event.into else None for event in happened],
        },
    )


def move(connection: Connection, commit: int, numbers: Rows, before: Rows, after: Rows) -> None:
    """Writes down that records are of other entities from this commit on."""
    changed = np.flatnonzero(before != after)
    left, came = changed[before[changed] > NONE], changed[after[changed] > NONE]
    _end(connection, memberships, "record", numbers[left], commit)
    insert(
        connection,
        memberships,
        {"record": numbers[came], "begin": [commit] * len(came), "entity": after[came]},
    )


def renew(connection: Connection, commit: int, gone: Rows, documents: dict[int, str]) -> list[int]:
    """Writes the golden records of entities, and ends those of entities that are gone.

    Returns the entities whose golden record was there and is another now.
    """
    lost = gone.tolist()
    there = goldens(connection, [*documents, *lost])
    changed = [entity for entity, content in documents.items() if there.get(entity) != content]
    replaced = [entity for entity in changed if entity in there]
    _end(connection, golden, "entity", np.asarray([*replaced, *lost], dtype=np.int64), commit)
    columns: dict[str, Values] = {
        "entity": changed,
        "begin": [commit] * len(changed),
        "content": [documents[one] for one in changed],
    }
    insert(connection, golden, columns)
    reword(connection, commit, there, {entity: documents.get(entity) for entity in (*changed, *lost)})
    return replaced


def goldens(connection: Connection, entities: Values) -> dict[int, str]:
    """The golden records of now of some entities, as JSON."""
    query = select(golden.c.entity, golden.c.content).where(
        golden.c.end.is_(None), among(golden.c.entity, "entities", connection)
    )
    return {row.entity: row.content for row in connection.execute(query, {"entities": bound(entities, connection)})}


def _end(connection: Connection, table: Table, by: str, numbers: Rows, commit: int) -> None:
    column = table.c[by]
    statement = update(table).where(column == bindparam("one"), table.c.end.is_(None)).values(end=commit)
    if len(numbers):
        connection.execute(statement, [{"one": number} for number in numbers.tolist()])
