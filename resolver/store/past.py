"""Past: the entities as they are, and as they were at any moment."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from resolver.store.database import bound, one_of, unsought
from resolver.store.journal import Kind, aware
from resolver.store.tables import acts, changes, commits, golden, memberships, records


@dataclass(frozen=True)
class Entity:
    """A golden record and the records it is made of, as `source:id`."""

    entity_id: str
    golden: dict[str, Any]
    records: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One line of the feed. into: the ids of the entities that its records went to."""

    cursor: int
    at: datetime
    kind: Kind
    entity_id: str
    into: tuple[str, ...]
    who: str | None
    what: str


def moment(connection: Connection, tenant: str, at: datetime | None) -> int | None:
    """The tenant's last commit at a moment; None stands for now, 0 for before the first."""
    if at is None:
        return None
    query = select(func.max(commits.c.number)).where(commits.c.tenant == tenant, commits.c.at <= at.astimezone(UTC))
    return connection.execute(query).scalar() or 0


def _valid(
    begin: ColumnElement[Any], end: ColumnElement[Any], commit: ColumnElement[Any] | int | None
) -> ColumnElement[bool]:
    if commit is None:
        return end.is_(None)
    return and_(begin <= commit, or_(end.is_(None), end > commit))


def entities(connection: Connection, tenant: str, numbers: Sequence[int], commit: int | None = None) -> list[Entity]:
    """Entities by number, those that there are at a commit; None for the present."""
    return list(by_number(connection, tenant, numbers, commit).values())


def by_number(
    connection: Connection, tenant: str, numbers: Sequence[int], commit: int | None = None
) -> dict[int, Entity]:
    """The same, each with its number, in the order of these."""
    parameters = {"numbers": bound(numbers, connection), "tenant": tenant, "commit": commit}
    told, held = _queries(connection.dialect.name, now=commit is None)
    named = names(connection, tenant, numbers)
    members: dict[int, list[str]] = {}
    for entity, source, record_id in connection.execute(held, parameters):
        members.setdefault(entity, []).append(f"{source}:{record_id}")
    return {
        entity: Entity(named[entity], json.loads(content), tuple(sorted(members.get(entity, []))))
        for entity, content in connection.execute(told, parameters)
        if entity in named
    }


def names(connection: Connection, tenant: str, numbers: Collection[int]) -> dict[int, str]:
    """The ids of entities by number, whether there are such entities now or not."""
    told = {"tenant": tenant, "numbers": bound(sorted({*numbers}), connection)}
    return dict(connection.execute(_named(connection.dialect.name), told).all())


def by_id(connection: Connection, tenant: str, ids: Sequence[str]) -> dict[str, Entity]:
    """Those of some entities, by their ids, that there are now."""
    told = {"tenant": tenant, "names": bound(ids, connection)}
    numbers = list(connection.execute(_numbers(connection.dialect.name), told).scalars())
    return {entity.entity_id: entity for entity in entities(connection, tenant, numbers)}


@cache
def _numbers(dialect: str) -> Select[Any]:
    whose = records.c.tenant == bindparam("tenant")
    return select(records.c.number).where(whose, one_of(records.c.name, "names", dialect))


@cache
def _named(dialect: str) -> Select[Any]:
    whose = unsought(records.c.tenant) == bindparam("tenant")
    return select(records.c.number, records.c.name).where(whose, one_of(records.c.number, "numbers", dialect))


@cache
def _queries(dialect: str, *, now: bool) -> tuple[Select[Any], Select[Any]]:
    """Golden records and members of some entities, as they are or were; made once, as that takes as long as to look
    them up."""
    commit = None if now else bindparam("commit", type_=BigInteger)
    told = select(golden.c.entity, golden.c.content).where(
        one_of(golden.c.entity, "numbers", dialect), _valid(golden.c.begin, golden.c.end, commit)
    )
    held = (
        select(memberships.c.entity, records.c.source, records.c.record_id)
        .join(records, records.c.number == memberships.c.record)
        .where(one_of(memberships.c.entity, "numbers", dialect), _valid(memberships.c.begin, memberships.c.end, commit))
    )
    return told.order_by(golden.c.entity), held


def all_entities(connection: Connection, tenant: str, commit: int | None = None) -> list[Entity]:
    """Every entity of a tenant at a commit."""
    query = (
        select(golden.c.entity)
        .join(records, records.c.number == golden.c.entity)
        .where(records.c.tenant == tenant, _valid(golden.c.begin, golden.c.end, commit))
    )
    return entities(connection, tenant, list(connection.execute(query).scalars()), commit)


def resolved(connection: Connection, tenant: str, entity_id: str, commit: int | None = None) -> list[int] | None:
    """The entities that an id stands for at a commit: itself, the one it was merged into, the parts it was split into;
    none when its records are gone. None for an id that was never issued."""
    number = number_of(connection, tenant, entity_id)
    return None if number is None else _successors(connection, number, commit, set())


def number_of(connection: Connection, tenant: str, entity_id: str) -> int | None:
    """The number of the record that an id is named after."""
    query = select(records.c.number).where(records.c.tenant == tenant, records.c.name == entity_id)
    return connection.execute(query).scalar()


def ever_of(connection: Connection, entity: int) -> list[int]:
    """The records that are or ever were of an entity, all by number."""
    query = select(memberships.c.record).where(memberships.c.entity == entity).distinct()
    return list(connection.execute(query.order_by(memberships.c.record)).scalars())


def _successors(connection: Connection, number: int, commit: int | None, seen: set[int]) -> list[int]:
    """Follows what became of an entity; a record that named one may be in another by now."""
    if number in seen:
        return []
    seen.add(number)
    of = select(memberships.c.entity).where(
        memberships.c.record == number, _valid(memberships.c.begin, memberships.c.end, commit)
    )
    entity = connection.execute(of).scalar()
    if entity is not None:
        return [entity]
    last = select(changes.c.into).where(
        changes.c.entity == number, changes.c.kind.in_((Kind.MERGED, Kind.SPLIT, Kind.DELETED))
    )
    if commit is not None:
        last = last.where(changes.c.commit <= commit)
    into = connection.execute(last.order_by(changes.c.number.desc()).limit(1)).scalar()
    found = [_successors(connection, other, commit, seen) for other in json.loads(into or "[]")]
    return sorted({entity for each in found for entity in each})


def feed(
    connection: Connection, tenant: str, after: int = 0, limit: int = 1000, entity: int | None = None
) -> list[Change]:
    """What happened after a cursor, in order; all of it, or to one entity."""
    query = _told(tenant).where(changes.c.number > after).limit(limit)
    return _changes(connection, tenant, query if entity is None else query.where(changes.c.entity == entity))


def by_act(connection: Connection, tenant: str, act: int) -> list[Change]:
    """What happened to entities by an act, in order."""
    commit = select(acts.c.commit).where(acts.c.tenant == tenant, acts.c.number == act).scalar_subquery()
    return _changes(connection, tenant, _told(tenant).where(changes.c.commit == commit))


def _told(tenant: str) -> Select[Any]:
    return (
        select(changes, records.c.name, commits.c.at, commits.c.who, commits.c.what)
        .join(records, records.c.number == changes.c.entity)
        .join(commits, commits.c.number == changes.c.commit)
        .where(changes.c.tenant == tenant)
        .order_by(changes.c.number)
    )


def _changes(connection: Connection, tenant: str, query: Select[Any]) -> list[Change]:
    rows = connection.execute(query).all()
    named = names(connection, tenant, [number for row in rows for number in json.loads(row.into or "[]")])
    return [
        Change(
            row.number,
            aware(row.at),
            Kind(row.kind),
            row.name,
            tuple(named[number] for number in json.loads(row.into or "[]")),
            row.who,
            row.what,
        )
        for row in rows
    ]
