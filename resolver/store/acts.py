"""Acts: what people did, never deleted, and which of it is in force.

A merge, a split and an answer are judgements on pairs of records; a pin holds a golden value. An act is in force until
an act in force undoes it: undoing an undo brings the first back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
import polars as pl
from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from resolver.columns import Rows, distinct
from resolver.errors import UsageError
from resolver.judgement import Verdict
from resolver.store.database import among, bound, frame_of, insert
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
    """One act; UsageError when there is none."""
    query = select(acts, commits.c.at).join(commits, acts.c.commit == commits.c.number)
    row = connection.execute(query.where(acts.c.tenant == tenant, acts.c.number == number)).one_or_none()
    if row is None:
        raise UsageError(f"there is no act {number}")
    return Act(row.number, ActKind(row.kind), row.who, row.why, row.at, row.in_force, row.undoes)


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
    """The verdicts in force that name any of some records."""
    return _said(connection, numbers, and_(acts.c.in_force))


def judged(connection: Connection, numbers: Rows) -> pl.DataFrame:
    """The verdicts that count and name any of some records: of several on one pair the newest, and none on records that
    are set aside."""
    ends = (judgements.c.left, judgements.c.right)
    gone = select(records.c.number).where(records.c.number.in_(ends), records.c.excluded.is_not(None))
    found = _said(connection, numbers, and_(acts.c.in_force, ~gone.exists()))
    return found.unique(["left", "right"], keep="last", maintain_order=True)


def _said(connection: Connection, numbers: Rows, which: ColumnElement[bool]) -> pl.DataFrame:
    of = [judgements.c[name] for name in JUDGED]
    named = or_(among(judgements.c.left, "numbers", connection), among(judgements.c.right, "numbers", connection))
    query = select(*of).join(acts).where(which, named)
    return frame_of(connection, query, JUDGED, {"numbers": bound(distinct(numbers), connection)}).sort(*JUDGED)


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
    query = (
        select(pins.c.record, pins.c.field, pins.c.value, acts.c.number)
        .join(acts)
        .where(acts.c.in_force, among(pins.c.record, "numbers", connection))
    )
    schema = {"record": pl.Int64(), "field": pl.String(), "value": pl.String(), "act": pl.Int64()}
    found = frame_of(connection, query, schema, {"numbers": bound(numbers, connection)}).sort("act")
    return found.unique(["record", "field"], keep="last", maintain_order=True)
