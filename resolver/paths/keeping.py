"""Keeping: records as their sources write them, one by one or many at once, and what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl
from sqlalchemy import Connection

from resolver.contact import Contact, frame_of
from resolver.errors import GoneError, UnknownError, VersionError
from resolver.frames import RECORD_KEY
from resolver.paths.forgetting import forgotten
from resolver.paths.resettle import Writing
from resolver.paths.taking import KEY, Key, remove, take
from resolver.store import past
from resolver.store.contents import Held, held
from resolver.store.journal import Event, Kind
from resolver.store.past import Entity


class Became(StrEnum):
    """What became of a record."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    FORGOTTEN = "forgotten"
    """It was forgotten before, and is not taken again."""


@dataclass(frozen=True)
class Condition:
    """What must be so for a record to be written. versions: it has one of these; any_version: it is there; absent: it
    is not."""

    versions: tuple[str, ...] = ()
    any_version: bool = False
    absent: bool = False

    def check(self, key: str, there: Held | None) -> None:
        """Raises VersionError where it is not so. there: the record, if it is alive."""
        if self.absent and there is not None:
            raise VersionError(f"record {key} is there already")
        if (self.any_version or self.versions) and there is None:
            raise VersionError(f"there is no record {key}")
        if self.versions and there is not None and there.version not in self.versions:
            raise VersionError(f"record {key} has changed since; its version is {there.version}")


@dataclass(frozen=True)
class Happened:
    """What happened to an entity, by ids. into: of those that its records went to."""

    kind: Kind
    entity_id: str
    into: tuple[str, ...]


@dataclass(frozen=True)
class One:
    """What became of one record. version, entity_id: as they are now; None where there is none."""

    source: str
    record_id: str
    became: Became
    version: str | None = None
    entity_id: str | None = None


@dataclass(frozen=True)
class Kept:
    """What became of records, in the order in which they were given, and of entities."""

    records: tuple[One, ...]
    events: tuple[Happened, ...]


@dataclass(frozen=True)
class Present:
    """A record that is there, and its entity."""

    record: Held
    entity: Entity


def present(connection: Connection, tenant: str, key: Key) -> Present:
    """A record. Raises UnknownError where there never was one, GoneError where it was deleted or forgotten."""
    there = _known(connection, tenant, key)
    if there.entity is None:
        raise GoneError(f"record {there.key} was deleted")
    (entity,) = past.entities(connection, tenant, [there.entity])
    return Present(there, entity)


def put_each(writing: Writing, asked: Sequence[tuple[Contact, Condition]]) -> list[Kept | Exception]:
    """Takes over contacts, each of another record, of which each has to meet a condition.

    Tells what became of each and of the entities that it is or was of; in place of it VersionError where the condition
    does not hold, and GoneError for a record that was forgotten.
    """
    connection, tenant = writing.connection, writing.frozen.tenant
    before = _there(writing, [person for person, _ in asked])
    told: dict[str, Kept | Exception] = {}
    for person, condition in asked:
        try:
            condition.check(person.record_key, before.get(person.record_key))
        except VersionError as error:
            told[person.record_key] = error
    people = [person for person, _ in asked if person.record_key not in told]
    kept = _put(writing, people, before) if people else Kept((), ())
    was = past.names(connection, tenant, [one.entity for one in before.values() if one.entity is not None])
    for person, one in zip(people, kept.records, strict=True):
        there = before.get(person.record_key)
        theirs = {one.entity_id, None if there is None or there.entity is None else was[there.entity]}
        events = tuple(event for event in kept.events if not theirs.isdisjoint((event.entity_id, *event.into)))
        told[person.record_key] = Kept((one,), events)
        if one.became == Became.FORGOTTEN:
            told[person.record_key] = GoneError(f"record {person.record_key} was forgotten and is not taken again")
    return [told[person.record_key] for person, _ in asked]


def put_all(writing: Writing, people: Sequence[Contact]) -> Kept:
    """Takes over contacts, each record once; forgotten ones are left out, and told."""
    return _put(writing, people, _there(writing, people))


def _put(writing: Writing, people: Sequence[Contact], before: Mapping[str, Held]) -> Kept:
    """before: those of the records that are there."""
    connection, tenant = writing.connection, writing.frozen.tenant
    found = frame_of(list(people)).with_columns(RECORD_KEY)
    keys: list[Key] = list(found.select(*KEY).iter_rows())
    gone = forgotten(connection, tenant, found)
    taken = take(writing, found.filter(~gone))
    after = held(connection, tenant, keys)
    names = past.names(connection, tenant, [one.entity for one in after.values() if one.entity is not None])
    told = [
        One(*key, Became.FORGOTTEN) if is_gone else _one(key, before, after, names)
        for key, is_gone in zip(keys, gone, strict=True)
    ]
    return Kept(tuple(told), happened(connection, tenant, taken.events))


def delete(writing: Writing, key: Key, condition: Condition) -> Kept:
    """Sets a record aside; one that was deleted before stays so. Raises VersionError where the condition does not hold,
    UnknownError and GoneError for a record that never was or was forgotten."""
    connection, tenant = writing.connection, writing.frozen.tenant
    there = _known(connection, tenant, key)
    condition.check(there.key, there if there.entity is not None else None)
    taken = remove(writing, pl.Series([there.number]).to_numpy(), "event")
    return Kept((One(*key, Became.DELETED),), happened(connection, tenant, taken.events))


def happened(connection: Connection, tenant: str, events: Sequence[Event]) -> tuple[Happened, ...]:
    """Events by the ids of their entities."""
    names = past.names(connection, tenant, [number for event in events for number in (event.entity, *event.into)])
    return tuple(
        Happened(event.kind, names[event.entity], tuple(names[number] for number in event.into)) for event in events
    )


def _known(connection: Connection, tenant: str, key: Key) -> Held:
    word = ":".join(key)
    there = held(connection, tenant, [key]).get(word)
    if there is None:
        if forgotten(connection, tenant, pl.DataFrame([key], schema=KEY, orient="row")).any():
            raise GoneError(f"record {word} was forgotten")
        raise UnknownError(f"there is no record {word}")
    return there


def _there(writing: Writing, people: Sequence[Contact]) -> dict[str, Held]:
    """The records of some contacts that are there."""
    keys = [(person.source, person.record_id) for person in people]
    found = held(writing.connection, writing.frozen.tenant, keys)
    return {key: one for key, one in found.items() if one.entity is not None}


def _one(key: Key, before: Mapping[str, Held], after: Mapping[str, Held], names: Mapping[int, str]) -> One:
    word = ":".join(key)
    now, was = after[word], before.get(word)
    if now.entity is None:
        return One(*key, Became.DELETED)
    changed = Became.CREATED if was is None else Became.UPDATED if was.version != now.version else Became.UNCHANGED
    return One(*key, changed, now.version, names[now.entity])
