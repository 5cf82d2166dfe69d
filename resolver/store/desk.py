"""Desk: who works on which case, what was written beside it, and how cases were decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, func, or_, select, union

from resolver.columns import Rows
from resolver.errors import ConflictError
from resolver.store import case_tables
from resolver.store.case_tables import cases, decisions, desk
from resolver.store.cases import case_id
from resolver.store.database import among, bound, upsert
from resolver.store.journal import aware
from resolver.store.tables import acts, commits, judgements, memberships

CLEARED = {"holder": None, "held_at": None, "held_until": None, "snoozed_until": None}
"""What is on the desk of a case that was decided."""
ENDS = ("left", "right")
"""Where a verdict names records."""


class HeldError(ConflictError):
    """Somebody else works on the case."""

    def __init__(self, number: int, holder: str, until: datetime) -> None:
        self.holder, self.until = holder, until
        super().__init__(f"case {case_id(number)} is held by {holder} until {until:%Y-%m-%d %H:%M} UTC")


@dataclass(frozen=True)
class Note:
    """What a steward wrote beside a case."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True)
class Decided:
    """How a case was decided: by which act, and what the engine held of it then."""

    act: int
    case: int
    at: datetime
    who: str
    why: str | None
    verdict: str
    chance: float
    seconds: float | None


def refuse_held(row: Row[Any], who: str, now: datetime) -> None:
    """Raises HeldError where somebody else holds a case."""
    if row.holder is not None and row.holder != who and aware(row.held_until) > now:
        raise HeldError(row.number, row.holder, aware(row.held_until))


def put(connection: Connection, tenant: str, numbers: Sequence[int], values: Mapping[str, Any]) -> None:
    """Changes what is on the desk of some cases, and nothing else of it."""
    rows = [{"case": number, "tenant": tenant, **values} for number in numbers]
    upsert(connection, desk, rows, ("case",))


def write_note(connection: Connection, tenant: str, number: int, note: Note) -> None:
    """Adds a note to a case."""
    told = {"tenant": tenant, "case": number, "at": note.at, "who": note.who, "text": note.text}
    connection.execute(case_tables.notes.insert().values(told))


def notes(connection: Connection, tenant: str, number: int) -> list[Note]:
    """The notes of a case in their order."""
    query = select(case_tables.notes).where(case_tables.notes.c.tenant == tenant, case_tables.notes.c.case == number)
    rows = connection.execute(query.order_by(case_tables.notes.c.number))
    return [Note(aware(row.at), row.who, row.text) for row in rows]


def forget(connection: Connection, numbers: Rows) -> None:
    """Erases what was written beside cases, and said of them, about entities that some records were ever of."""
    of = select(memberships.c.entity).where(among(memberships.c.record, "numbers", connection))
    theirs = select(cases.c.number).where(or_(cases.c.one.in_(of), cases.c.other.in_(of)))
    given = {"numbers": bound(numbers, connection)}
    for table in (case_tables.notes, case_tables.opinions):
        connection.execute(delete(table).where(table.c.case.in_(theirs)), given)


def decide(connection: Connection, tenant: str, act: int, rows: Sequence[Row[Any]], verdict: str) -> None:
    """Writes down that an act decided some cases, and takes these from the desk."""
    at = connection.execute(
        select(commits.c.at).join(acts, acts.c.commit == commits.c.number).where(acts.c.number == act)
    ).scalar_one()
    now = aware(at)
    told = [
        {
            "act": act,
            "case": row.number,
            "tenant": tenant,
            "at": now,
            "verdict": verdict,
            "reason": row.reason,
            "pattern": row.pattern,
            "chance": row.chance,
            "seconds": None if row.held_at is None else max(0.0, (now - aware(row.held_at)).total_seconds()),
        }
        for row in rows
    ]
    connection.execute(decisions.insert(), told)
    put(connection, tenant, [row.number for row in rows], CLEARED)


def decided(connection: Connection, tenant: str, numbers: Sequence[int]) -> dict[int, Decided]:
    """The last decision in force of each of some cases."""
    query = _decisions(tenant).where(among(decisions.c.case, "numbers", connection)).order_by(decisions.c.act)
    rows = connection.execute(query, {"numbers": bound(numbers, connection)})
    return {row.case: _decided(row) for row in rows}


def decided_by(connection: Connection, tenant: str, act: int) -> list[int]:
    """The cases that an act decided."""
    query = select(decisions.c.case).where(decisions.c.tenant == tenant, decisions.c.act == act)
    return list(connection.execute(query.order_by(decisions.c.case)).scalars())


def decided_since(connection: Connection, tenant: str, since: datetime) -> list[Decided]:
    """The decisions in force that were made from a moment on, in their order."""
    query = _decisions(tenant).where(decisions.c.at >= since).order_by(decisions.c.act, decisions.c.case)
    return [_decided(row) for row in connection.execute(query)]


def verdicts_on(connection: Connection, tenant: str, pattern: str) -> dict[str, int]:
    """How often cases of a pattern were decided in which way."""
    query = (
        select(decisions.c.verdict, func.count())
        .join(acts, acts.c.number == decisions.c.act)
        .where(decisions.c.tenant == tenant, decisions.c.pattern == pattern, acts.c.in_force)
        .group_by(decisions.c.verdict)
        .order_by(decisions.c.verdict)
    )
    return dict(connection.execute(query).all())


def judged_records(connection: Connection, tenant: str) -> Rows:
    """The numbers of all records that a verdict in force names, ascending."""
    mine = (acts.c.tenant == tenant, acts.c.in_force)
    ends = (select(judgements.c[end]).join(acts, acts.c.number == judgements.c.act).where(*mine) for end in ENDS)
    return np.asarray(sorted(connection.execute(union(*ends)).scalars()), dtype=np.int64)


def _decisions(tenant: str) -> Any:
    return (
        select(decisions, acts.c.who, acts.c.why)
        .join(acts, acts.c.number == decisions.c.act)
        .where(decisions.c.tenant == tenant, acts.c.in_force)
    )


def _decided(row: Row[Any]) -> Decided:
    return Decided(row.act, row.case, aware(row.at), row.who, row.why, row.verdict, row.chance, row.seconds)


@dataclass(frozen=True)
class Load:
    """What waits: how many cases are open, put aside, and held by somebody now; since when, by begin."""

    open: int
    snoozed: int
    held: int
    arose: tuple[tuple[datetime, int], ...]


def load(connection: Connection, tenant: str, now: datetime) -> Load:
    """What waits for stewards."""
    mine = (cases.c.tenant == tenant, cases.c.end.is_(None))
    arose = (
        select(commits.c.at, func.count())
        .select_from(cases.join(commits, commits.c.number == cases.c.begin))
        .where(*mine)
        .group_by(commits.c.number, commits.c.at)
        .order_by(commits.c.number)
    )
    ages = tuple((aware(at), number) for at, number in connection.execute(arose))
    beside = select(func.count()).select_from(desk.join(cases, cases.c.number == desk.c.case)).where(*mine)
    snoozed = connection.execute(beside.where(desk.c.snoozed_until > now)).scalar_one()
    held = connection.execute(beside.where(desk.c.held_until > now)).scalar_one()
    return Load(sum(number for _, number in ages) - snoozed, snoozed, held, ages)
