"""Judging: what people say of records is written down, and what depends on it is resolved again.

A verdict that contradicts what is said already is refused, with who said it: first the older one is to be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import polars as pl
from sqlalchemy import Connection, select

from resolver.columns import Rows
from resolver.components import components
from resolver.errors import ConflictError, UsageError
from resolver.frames import RECORD_KEY
from resolver.judgement import Judgement, Verdict
from resolver.paths.resettle import Writing, resettle
from resolver.store import acts, tables
from resolver.store.acts import Act, ActKind, Said
from resolver.store.journal import Event, aware
from resolver.store.rows import fetch
from resolver.store.tables import commits, judgements, pins, records

ALL_PAIRS = 50
"""Up to so many records a merge or split says it of every two; of more, of each and the oldest."""


@dataclass(frozen=True)
class Done:
    """An act, and what happened to entities."""

    act: int
    events: Sequence[Event]


def say(writing: Writing, kind: ActKind, said: Sequence[Said], who: str, why: str | None) -> Done:
    """Writes down verdicts on pairs of records, given by number. Raises ConflictError for a contradiction."""
    if any(one == other for one, other, _ in said):
        raise UsageError("a verdict is on two records, and this is one record twice")
    act = acts.write(writing.connection, writing.commit, writing.frozen.tenant, kind, (who, why))
    acts.judge(writing.connection, act, said)
    numbers = np.unique([number for pair in said for number in pair[:2]])
    _refuse_contradictions(writing, numbers, [act])
    return Done(act, again(writing, numbers))


def say_each(writing: Writing, told: Sequence[tuple[Said, str, str | None]]) -> list[Event]:
    """Writes down many verdicts, each an act of its own with who and why, and resolves once. Raises as `say` does."""
    made = []
    for said, who, why in told:
        made.append(acts.write(writing.connection, writing.commit, writing.frozen.tenant, ActKind.JUDGE, (who, why)))
        acts.judge(writing.connection, made[-1], [said])
    numbers = np.unique([number for said, _, _ in told for number in said[:2]])
    _refuse_contradictions(writing, numbers, made)
    return again(writing, numbers)


def merge(writing: Writing, groups: Sequence[Rows], who: str, why: str | None) -> Done:
    """All records of some entities are one person. groups: those of each entity."""
    if len(groups) < 2 or len(np.unique(np.concatenate(groups))) < sum(map(len, groups)):
        raise UsageError("name two entities or more that are not one already")
    return say(writing, ActKind.MERGE, _same(np.concatenate(groups)), who, why)


def split(writing: Writing, stay: Rows, go: Rows, who: str, why: str | None) -> Done:
    """Some records of an entity are another person than the rest; both parts are one person each."""
    apart = product(stay.tolist(), go.tolist()) if len(stay) + len(go) <= ALL_PAIRS else [(stay[0], go[0])]
    said = [*_same(stay), *_same(go), *((int(one), int(other), Verdict.DIFFERENT) for one, other in apart)]
    return say(writing, ActKind.SPLIT, said, who, why)


def _same(numbers: Rows) -> list[Said]:
    each = sorted(numbers.tolist())
    pairs = combinations(each, 2) if len(each) <= ALL_PAIRS else ((each[0], other) for other in each[1:])
    return [(one, other, Verdict.SAME) for one, other in pairs]


def undo(writing: Writing, number: int, who: str, why: str | None) -> Done:
    """Takes back an act, whenever it was; or an undo, and then what was undone is in force again."""
    connection, tenant = writing.connection, writing.frozen.tenant
    act = acts.read(connection, tenant, number)
    if not act.in_force:
        raise UsageError(f"act {number} is not in force; it was undone before")
    written = acts.write(connection, writing.commit, tenant, ActKind.UNDO, (who, why), number)
    numbers = _named_by(connection, acts.switch(connection, tenant, act))
    _refuse_contradictions(writing, numbers, [written])
    return Done(written, again(writing, numbers))


def pin(writing: Writing, record: int, values: dict[str, str | None], who: str, why: str | None) -> Done:
    """Holds golden values, as JSON, of the entity of a record; None lets go of a field."""
    connection = writing.connection
    if not values:
        raise UsageError("name a field and its value")
    act = acts.write(connection, writing.commit, writing.frozen.tenant, ActKind.PIN, (who, why))
    rows = [{"act": act, "record": record, "field": field, "value": value} for field, value in values.items()]
    connection.execute(pins.insert(), rows)
    return Done(act, again(writing, np.asarray([record])))


def again(writing: Writing, numbers: Rows) -> list[Event]:
    """Resolves once more what depends on some records."""
    rows = fetch(writing.connection, writing.frozen.tenant, "number", numbers)
    return resettle(writing, rows, rows)


def spoken(connection: Connection, tenant: str) -> list[Judgement]:
    """All verdicts in force."""
    one, other, told = records.alias(), records.alias(), tables.acts
    query = (
        select(
            one.c.source,
            one.c.record_id,
            other.c.source,
            other.c.record_id,
            judgements.c.verdict,
            told.c.who,
            told.c.why,
            commits.c.at,
        )
        .join(told, judgements.c.act == told.c.number)
        .join(commits, commits.c.number == told.c.commit)
        .join(one, one.c.number == judgements.c.left)
        .join(other, other.c.number == judgements.c.right)
        .where(told.c.tenant == tenant, told.c.in_force)
        .order_by(judgements.c.act, judgements.c.left, judgements.c.right)
    )
    return [
        Judgement(f"{row[0]}:{row[1]}", f"{row[2]}:{row[3]}", Verdict(row.verdict), row.who, aware(row.at), row.why)
        for row in connection.execute(query)
    ]


def _named_by(connection: Connection, act: Act) -> Rows:
    """The records that an act names."""
    said = connection.execute(select(judgements.c.left, judgements.c.right).where(judgements.c.act == act.number)).all()
    held = connection.execute(select(pins.c.record).where(pins.c.act == act.number)).all()
    return np.unique([number for row in (*said, *held) for number in row]).astype(np.int64)


def _refuse_contradictions(writing: Writing, numbers: Rows, new: Sequence[int]) -> None:
    """Raises ConflictError where records are said to be different and, through others, the same. new: acts of now."""
    connection, tenant = writing.connection, writing.frozen.tenant
    said = acts.linked(connection, numbers.tolist())
    broken = _contradiction(said)
    if broken is None:
        return
    keys = fetch(connection, tenant, "number", list(broken), ("number", "source", "record_id"))
    names = dict(zip(keys["number"], keys.select(RECORD_KEY).to_series(), strict=True))
    earlier = sorted(set(said["act"].to_list()) - {*new})
    parties = "; ".join(_told(acts.read(connection, tenant, number)) for number in earlier)
    one, other = (names[number] for number in broken)
    raise ConflictError(f"{one} and {other} would be the same and different persons at once; so far: {parties}")


def _told(act: Act) -> str:
    return f"act {act.number} ({act.kind}) by {act.who} on {act.at:%Y-%m-%d}"


def _contradiction(said: pl.DataFrame) -> tuple[int, int] | None:
    """Two records that are said to be different, and the same through others; None where nothing contradicts."""
    ends = said["left"].to_numpy(), said["right"].to_numpy()
    numbers, places = np.unique(np.concatenate(ends), return_inverse=True)
    left, right = places[: len(said)], places[len(said) :]
    same, different = ((said["verdict"] == verdict).to_numpy() for verdict in (Verdict.SAME, Verdict.DIFFERENT))
    root = components(len(numbers), left[same], right[same])
    broken = np.flatnonzero(different & (root[left] == root[right]))
    if not len(broken):
        return None
    return int(numbers[left[broken[0]]]), int(numbers[right[broken[0]]])
