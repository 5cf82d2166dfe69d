"""Deeds: what people did to a tenant's records, to be looked at."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select, union

from resolver.errors import UnknownError
from resolver.judgement import Verdict
from resolver.store.acts import Act, ActKind
from resolver.store.database import among, bound
from resolver.store.journal import aware
from resolver.store.tables import acts, commits, judgements, pins, records

NAMING = ((judgements, "left"), (judgements, "right"), (pins, "record"))
"""Where acts name records."""


@dataclass(frozen=True)
class Deed:
    """An act with the records it names, as `source:id`: (left, right, verdict) of each verdict, and
    (record, field, value) of each pin, whose value is None where it lets go of a field."""

    act: Act
    verdicts: tuple[tuple[str, str, Verdict], ...] = ()
    pins: tuple[tuple[str, str, Any], ...] = ()


def deeds(connection: Connection, tenant: str, last: int | None = None, before: int | None = None) -> list[Deed]:
    """The last acts of a tenant, all of them for None, in their order. before: only those with a smaller number."""
    query = _acts(tenant)
    if before is not None:
        query = query.where(acts.c.number < before)
    return _told(connection, connection.execute(query.order_by(acts.c.number.desc()).limit(last)).all()[::-1])


def deeds_on(connection: Connection, tenant: str, numbers: Sequence[int]) -> list[Deed]:
    """The acts that name any of some records, and those that undo them, in their order."""
    given = {"numbers": bound(numbers, connection)}
    named = union(
        *(select(of.c.act).where(among(of.c[end], "numbers", connection)) for of, end in NAMING),
    )
    found: set[int] = set()
    more = set(connection.execute(named, given).scalars())
    while more:
        found |= more
        undoing = select(acts.c.number).where(among(acts.c.undoes, "acts", connection))
        more = set(connection.execute(undoing, {"acts": bound(sorted(more), connection)}).scalars()) - found
    query = _acts(tenant).where(among(acts.c.number, "acts", connection)).order_by(acts.c.number)
    return _told(connection, connection.execute(query, {"acts": bound(sorted(found), connection)}).all())


def _acts(tenant: str) -> Select[Any]:
    return select(acts, commits.c.at).join(commits, acts.c.commit == commits.c.number).where(acts.c.tenant == tenant)


def _told(connection: Connection, rows: Sequence[Any]) -> list[Deed]:
    given = {"acts": bound([row.number for row in rows], connection)}
    verdicts, held = _verdicts(connection, given), _pins(connection, given)
    return [
        Deed(
            Act(row.number, ActKind(row.kind), row.who, row.why, aware(row.at), row.in_force, row.undoes),
            tuple(verdicts[row.number]),
            tuple(held[row.number]),
        )
        for row in rows
    ]


def deed(connection: Connection, tenant: str, number: int) -> Deed:
    """One act; UnknownError where there is none."""
    found = deeds(connection, tenant, 1, number + 1)
    if not found or found[0].act.number != number:
        raise UnknownError(f"there is no act {number}")
    return found[0]


def _verdicts(connection: Connection, given: dict[str, Any]) -> dict[int, list[tuple[str, str, Verdict]]]:
    one, other = records.alias(), records.alias()
    query = (
        select(judgements.c.act, one.c.source, one.c.record_id, other.c.source, other.c.record_id, judgements.c.verdict)
        .join(one, one.c.number == judgements.c.left)
        .join(other, other.c.number == judgements.c.right)
        .where(among(judgements.c.act, "acts", connection))
        .order_by(judgements.c.act, judgements.c.left, judgements.c.right)
    )
    found: dict[int, list[tuple[str, str, Verdict]]] = defaultdict(list)
    for act, *left_right, verdict in connection.execute(query, given):
        found[act].append((":".join(left_right[:2]), ":".join(left_right[2:]), Verdict(verdict)))
    return found


def _pins(connection: Connection, given: dict[str, Any]) -> dict[int, list[tuple[str, str, Any]]]:
    query = (
        select(pins.c.act, records.c.source, records.c.record_id, pins.c.field, pins.c.value)
        .join(records, records.c.number == pins.c.record)
        .where(among(pins.c.act, "acts", connection))
        .order_by(pins.c.act, pins.c.field)
    )
    found: dict[int, list[tuple[str, str, Any]]] = defaultdict(list)
    for act, source, record_id, field, value in connection.execute(query, given):
        found[act].append((f"{source}:{record_id}", field, None if value is None else json.loads(value)))
    return found
