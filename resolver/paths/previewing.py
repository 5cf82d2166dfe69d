"""Previewing: what another model or other rules would make of a store, to the last golden value; nothing stays."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection

from resolver.frames import RECORD_KEY
from resolver.model.frozen import Frozen
from resolver.paths.arrive import made_anew
from resolver.paths.footing import Held, held_by
from resolver.paths.rekeying import only_bounds_differ
from resolver.paths.resettle import Worked, Writing, work_out
from resolver.paths.whole import NOBODY, Told
from resolver.store import past
from resolver.store.database import Database
from resolver.store.journal import Event, Kind, events, goldens
from resolver.store.past import Entity
from resolver.store.rows import every

BESIDE = ("records", "provenance", "pinned")
"""What a golden record holds besides its values."""


@dataclass(frozen=True)
class Foreseen:
    """What would happen to an entity. before, after: as it is and as it would be; None where there is none.

    into: the ids of the entities that its records would go to.
    """

    kind: Kind
    entity_id: str
    into: tuple[str, ...]
    before: Entity | None
    after: Entity | None

    @property
    def values(self) -> dict[str, tuple[Any, Any]]:
        """The golden values that differ, by field: as they are and as they would be."""
        if self.before is None or self.after is None:
            return {}
        was, will = self.before.golden, self.after.golden
        names = sorted({*was, *will} - {*BESIDE})
        return {name: (was.get(name), will.get(name)) for name in names if was.get(name) != will.get(name)}


def foreseen(database: Database, frozen: Frozen) -> list[Foreseen]:
    """What would happen to the entities of the tenant of a model, if that were put in force. Nobody waits for it."""
    with database.reading() as connection:
        found, happened = ahead(connection, frozen)
        numbers = _named(happened)
        names = past.names(connection, frozen.tenant, numbers)
        was = past.by_number(connection, frozen.tenant, numbers)
        return _foreseen(happened, names, was, _made(found, names))


def ahead(connection: Connection, frozen: Frozen) -> tuple[Worked | None, list[Event]]:
    """What would become of a tenant's records by another model or other rules, None without any, and what would happen
    to entities. Nothing is written."""
    rows = every(connection, frozen.tenant)
    if not len(rows):
        return None, []
    if only_bounds_differ(connection, frozen):
        found = work_out(connection, frozen, rows, Told(Held.of(rows)), NOBODY, NOBODY)
    else:
        after, held = held_by(connection, made_anew(connection, frozen, rows), frozen)
        found = work_out(connection, frozen, after, Told(held))
    stored = goldens(connection, [*found.documents])
    renewed = [number for number, one in found.documents.items() if stored.get(number, one) != one]
    return found, events(found.before, found.settled.entity, renewed)


def _made(found: Worked | None, names: Mapping[int, str]) -> dict[int, Entity]:
    """The entities that there would be, of those with these numbers."""
    if found is None:
        return {}
    rows = found.settled.rows.select("number", RECORD_KEY, entity=pl.Series(found.settled.entity))
    members: dict[int, list[str]] = {}
    for number, key in rows.filter(pl.col("entity").is_in([*names])).select("entity", "record_key").iter_rows():
        members.setdefault(number, []).append(key)
    return {
        number: Entity(names[number], json.loads(found.documents[number]), tuple(sorted(keys)))
        for number, keys in members.items()
    }


def told(writing: Writing, happened: Sequence[Event]) -> list[Foreseen]:
    """What happened in a commit, with the entities before and after it."""
    connection, tenant = writing.connection, writing.frozen.tenant
    numbers = _named(happened)
    was, will = (past.by_number(connection, tenant, numbers, commit) for commit in (writing.commit - 1, None))
    return _foreseen(happened, past.names(connection, tenant, numbers), was, will)


def _named(happened: Sequence[Event]) -> list[int]:
    return sorted({number for event in happened for number in (event.entity, *event.into)})


def _foreseen(
    happened: Sequence[Event], names: Mapping[int, str], was: Mapping[int, Entity], will: Mapping[int, Entity]
) -> list[Foreseen]:
    return [
        Foreseen(
            event.kind,
            names[event.entity],
            tuple(names[number] for number in event.into),
            was.get(event.entity),
            will.get(event.entity),
        )
        for event in happened
    ]
