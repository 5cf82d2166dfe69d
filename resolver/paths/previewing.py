"""Previewing: what another model or other rules would make of a store, to the last golden value; nothing stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from resolver.model.frozen import Frozen
from resolver.paths.rekeying import put_in_force
from resolver.paths.resettle import Writing
from resolver.store import past
from resolver.store.database import Database
from resolver.store.journal import Event, Kind
from resolver.store.past import Entity

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
    """What would happen to the entities of the tenant of a model, if that were put in force."""
    with database.trying(frozen.tenant) as connection:
        return told(*put_in_force(connection, frozen))


def told(writing: Writing, events: Sequence[Event]) -> list[Foreseen]:
    """What happened in a commit, with the entities before and after it."""
    connection = writing.connection
    numbers = sorted({number for event in events for number in (event.entity, *event.into)})
    names = past.names(connection, writing.frozen.tenant, numbers)
    was, will = (
        {entity.entity_id: entity for entity in past.entities(connection, writing.frozen.tenant, numbers, commit)}
        for commit in (writing.commit - 1, None)
    )
    return [
        Foreseen(
            event.kind,
            names[event.entity],
            tuple(names[number] for number in event.into),
            was.get(names[event.entity]),
            will.get(names[event.entity]),
        )
        for event in events
    ]
