"""Acts: what people did, never deleted, and which of it is in force.

A merge, a split and an answer are judgements on pairs of records; a pin holds a golden value. An act is in force until
an act in force undoes it: undoing an undo brings the first back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection, Row, Select, and_, or_, select, update

from resolver.columns import Rows, distinct
from resolver.errors import UnknownError
from resolver.judgement import Verdict
from resolver.store.database import bound, frame_of, frame_with, insert, one_of
from resolver.store.tables import acts, commits, judgements, pins, records

Said = tuple[int, int, Verdict]
"""Left and right record by number, and what was said of them."""


class ActKind(StrEnum):
    """What people can do."""

    JUDGE = "judge"
    MERGE = "merge"
    SPLIT = "split"
    PIN = "pin"
    UNDO = "undo"


@dataclass(frozen=True)
class Act:
    """What a person did."""

    number: int
    kind: ActKind
    who: str
    why: str | None
    at: datetime
    in_force: bool
    undoes: int | None


def write(
    connection: Connection,
    commit: int,
    tenant: str,
    kind: ActKind,
    by: tuple[str, str | None],
    undoes: int | None = None,
) -> int:
    """Adds an act and returns its number. by: who, and why."""
    made = connection.execute(
        acts.insert().values(commit=commit, tenant=tenant, kind=str(kind), who=by[0], why=by[1], undoes=undoes)
    )
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def read(connection: Connection, tenant: str, number: int) -> Act:
    """One act; UnknownError when there is none."""
    query = select(acts, commits.c.at).join(commits, acts.c.commit == commits.c.number)
    row = connection.execute(query.where(acts.c.tenant == tenant, acts.c.number == number)).one_or_none()
    if row is None:
        raise UnknownError(f"there is no act {number}")
    return Act(row.number, ActKind(row.kind), row.who, row.why, row.at, row.in_force, row.undoes)


def last_of(connection: Connection, tenant: str, who: str) -> int | None:
    """The last act of somebody that is in force and no undoing; None where there is none."""
    mine = (acts.c.tenant == tenant, acts.c.who == who, acts.c.in_force, acts.c.kind != str(ActKind.UNDO))
    return connection.execute(select(acts.c.number).where(*mine).order_by(acts.c.number.desc()).limit(1)).scalar()


def judge(connection: Connection, act: int, said: Sequence[Said]) -> None:
    """Adds an act's verdicts."""
    pairs = sorted({(min(one, other), max(one, other), str(verdict)) for one, other, verdict in said})
    left, right, verdicts = zip(*pairs, strict=True)
    insert(connection, judgements, {"act": [act] * len(pairs), "left": left, "right": right, "verdict": verdicts})


def switch(connection: Connection, tenant: str, act: Act) -> Act:
    """Puts an act out of force, or back; what it undoes follows. Returns the act at the end of the chain."""
    state = not act.in_force
    connection.execute(update(acts).where(acts.c.number == act.number).values(in_force=state))
    return act if act.undoes is None else switch(connection, tenant, read(connection, tenant, act.undoes))


JUDGED: dict[str, pl.DataType] = {
    "act": pl.Int64(),
    "left": pl.Int64(),
    "right": pl.Int64(),
    "verdict": pl.String(),
}


def said(connection: Connection, numbers: Rows) -> pl.DataFrame:
    """The verdicts in force that name any of some records, in the order in which they were said."""
    return frame_with(_said(connection, numbers, live=False), JUDGED)


def judged(connection: Connection, numbers: Rows) -> pl.DataFrame:
    """The verdicts that count and name any of some records: of several on one pair the newest, and none on records that
    are set aside."""
    newest: dict[tuple[int, int], Row[Any]] = {}
    for row in _said(connection, numbers, live=True):
        newest.pop((row.left, row.right), None)
        newest[row.left, row.right] = row
    return frame_with([*newest.values()], JUDGED)


def _said(connection: Connection, numbers: Rows, *, live: bool) -> list[Row[Any]]:
    query = _query(connection.dialect.name, live=live)
    return sorted(connection.execute(query, {"numbers": bound(distinct(numbers), connection)}))


@cache
def _query(dialect: str, *, live: bool) -> Select[Any]:
    """live: only those on records that are not set aside."""
    ends = (judgements.c.left, judgements.c.right)
    gone = select(records.c.number).where(records.c.number.in_(ends), records.c.excluded.is_not(None))
    which = and_(acts.c.in_force, ~gone.exists()) if live else acts.c.in_force
    named = or_(*(one_of(end, "numbers", dialect) for end in ends))
    return select(*(judgements.c[name] for name in JUDGED)).join(acts).where(which, named)


def that_differ(connection: Connection, one: Rows, other: Rows) -> list[int]:
    """The acts in force that say of a record of one side and a record of the other that they are different."""
    found = said(connection, one).filter(pl.col("verdict") == Verdict.DIFFERENT)
    across = [
        pl.col(near).is_in(one) & pl.col(far).is_in(other) for near, far in (("left", "right"), ("right", "left"))
    ]
    return found.filter(pl.any_horizontal(across))["act"].unique().sort().to_list()


def named_by(verdicts: pl.DataFrame) -> Rows:
    """The records that verdicts name, ascending."""
    return distinct(np.concatenate((verdicts["left"].to_numpy(), verdicts["right"].to_numpy())))


def linked(connection: Connection, numbers: Iterable[int]) -> pl.DataFrame:
    """All verdicts in force on records that SAME connects with any of some records."""
    known = np.asarray(sorted(numbers), dtype=np.int64)
    while True:
        found = said(connection, known)
        same = found.filter(pl.col("verdict") == Verdict.SAME)
        more = distinct(np.concatenate((known, same["left"].to_numpy(), same["right"].to_numpy())))
        if len(more) == len(known):
            return found
        known = more


def pinned(connection: Connection, numbers: Rows) -> pl.DataFrame:
    """record, field, value of the pins in force on some records: of several on one field the newest."""
    query = _pinned(connection.dialect.name)
    schema = {"record": pl.Int64(), "field": pl.String(), "value": pl.String(), "act": pl.Int64()}
    found = frame_of(connection, query, schema, {"numbers": bound(numbers, connection)})
    return found.sort("act").unique(["record", "field"], keep="last", maintain_order=True) if len(found) else found


@cache
def _pinned(dialect: str) -> Select[Any]:
    of = (pins.c.record, pins.c.field, pins.c.value, acts.c.number)
    return select(*of).join(acts).where(acts.c.in_force, one_of(pins.c.record, "numbers", dialect))
