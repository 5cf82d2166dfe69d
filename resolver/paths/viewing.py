"""Viewing: an entity with all that it is made of, and which state of it that is."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from resolver.errors import GoneError, StaleError, UnknownError
from resolver.paths.previewing import BESIDE
from resolver.store import past
from resolver.store.past import Entity
from resolver.store.rows import fetch


@dataclass(frozen=True)
class Member:
    """A record of an entity. content: all that its source says, as it is written there; None for a former moment."""

    source: str
    record_id: str
    content: dict[str, Any] | None

    @property
    def key(self) -> str:
        """`source:id`."""
        return f"{self.source}:{self.record_id}"


@dataclass(frozen=True)
class View:
    """What an id stands for.

    asked: the id that was asked for; entity_id: that of the entity which it stands for, if it is one. golden: its
    values. provenance: the record that each comes from. pinned: the act that holds a value in its place. version: names
    the state of the entity and of its records; "" for a former moment, which does not change. successors: the entities
    that it was split into, where the id stands for several; then the rest is empty.
    """

    asked: str
    entity_id: str
    golden: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    pinned: dict[str, int] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    version: str = ""
    successors: tuple[str, ...] = ()


def view(connection: Connection, tenant: str, entity_id: str, as_of: datetime | None = None) -> View:
    """The entity that an id stands for now, or stood for at a moment.

    Raises UnknownError for an id that was never issued, or not yet; GoneError where nothing is left of it.
    """
    commit = past.moment(connection, tenant, as_of)
    found = past.entities(connection, tenant, present(connection, tenant, entity_id, commit), commit)
    if len(found) != 1:
        successors = tuple(sorted(entity.entity_id for entity in found))
        return View(entity_id, entity_id, version="" if as_of else _digest(*successors), successors=successors)
    (entity,) = found
    provenance = {name: key for name, key in entity.golden.get("provenance", {}).items() if key is not None}
    beside = {"provenance": provenance, "pinned": entity.golden.get("pinned", {})}
    values = values_of(entity)
    if as_of is not None:
        members = tuple(Member(*_parts(key), None) for key in entity.records)
        return View(entity_id, entity.entity_id, values, members=members, **beside)
    (number,) = present(connection, tenant, entity_id)
    rows = fetch(connection, tenant, "entity", [number], ("source", "record_id", "content", "mark"))
    members = tuple(Member(source, one, json.loads(content)) for source, one, content, _ in rows.iter_rows())
    return View(entity_id, entity.entity_id, values, members=members, version=_version(entity, rows.rows()), **beside)


def _parts(key: str) -> tuple[str, str]:
    source, _, record_id = key.partition(":")
    return source, record_id


def present(connection: Connection, tenant: str, entity_id: str, commit: int | None = None) -> list[int]:
    """The numbers of the entities that an id stands for at a commit; None for the present. Raises as `view` does."""
    found = past.resolved(connection, tenant, entity_id, commit)
    if found is None:
        raise UnknownError(f"there is no entity {entity_id}, and there never was")
    if found:
        return found
    if commit is not None and past.resolved(connection, tenant, entity_id):
        raise UnknownError(f"there was no entity {entity_id} at that moment")
    raise GoneError(f"there is no entity {entity_id} any more")


def values_of(entity: Entity) -> dict[str, Any]:
    """The golden values of an entity."""
    return {name: value for name, value in entity.golden.items() if name not in BESIDE and value is not None}


def versions(connection: Connection, tenant: str, numbers: Sequence[int]) -> dict[int, str]:
    """The state that each of some entities is in, as `View.version` names it."""
    found = past.by_number(connection, tenant, numbers)
    columns = ("source", "record_id", "content", "mark", "entity")
    rows = fetch(connection, tenant, "entity", list(numbers), columns)
    return {number: _version(entity, rows.filter(entity=number).rows()) for number, entity in found.items()}


def refuse_stale(connection: Connection, tenant: str, numbers: Sequence[int], seen: Collection[str]) -> None:
    """Raises StaleError where an entity is in another state than any of those that were seen."""
    for number, version in versions(connection, tenant, numbers).items():
        if version not in seen:
            (entity,) = past.entities(connection, tenant, [number])
            raise StaleError(f"entity {entity.entity_id} is not what you saw; look at it again")


def _version(entity: Entity, rows: Sequence[tuple[Any, ...]]) -> str:
    """rows: source, record_id, content and mark, the hash of the content, of its records, and anything behind them."""
    marks = sorted((source, record_id, mark) for source, record_id, _, mark, *_ in rows)
    return _digest(entity.entity_id, json.dumps([entity.golden, marks], sort_keys=True))


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
