"""Judging: what people say of records is written down, and what depends on it is resolved again.

A verdict that contradicts what is said already is refused, with who said it: first the older one is to be undone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import polars as pl
from sqlalchemy import Connection, or_, select

from resolver.columns import Rows
from resolver.components import components
from resolver.errors import ConflictError, UnknownError, UsageError
from resolver.frames import RECORD_KEY
from resolver.judgement import Judgement, Verdict
from resolver.paths.resettle import Writing, settle_again
from resolver.store import acts, tables
from resolver.store.acts import Act, ActKind, Said
from resolver.store.database import among, bound
from resolver.store.journal import Event, aware
from resolver.store.rows import fetch
from resolver.store.tables import commits, judgements, pins, records

NOBODY = np.zeros(0, dtype=np.int64)
ALL_PAIRS = 50
"""Up to so many records a merge or split says it of every two; of more, of each and the oldest."""


@dataclass(frozen=True)
class Done:
    """An act, and what happened to entities."""

    act: int
    events: Sequence[Event]


def say(writing: Writing, kind: ActKind, said: Sequence[Said], who: str, why: str | None) -> Done:
    """Writes down verdicts on pairs of records, given by number. Raises ConflictError for a contradiction."""
    return say_and_hold(writing, kind, said, {}, (who, why))


def say_and_hold(
    writing: Writing,
    kind: ActKind,
    said: Sequence[Said],
    held: Mapping[tuple[int, str], str],
    by: tuple[str, str | None],
) -> Done:
    """The same, and golden values in the same act. held: by record and field, as JSON. by: who, and why."""
    if any(one == other for one, other, _ in said):
        raise UsageError("a verdict is on two records, and this is one record twice")
    act = acts.write(writing.connection, writing.commit, writing.frozen.tenant, kind, by)
    acts.judge(writing.connection, act, said)
    rows = [{"act": act, "record": record, "field": field, "value": value} for (record, field), value in held.items()]
    if rows:
        writing.connection.execute(pins.insert(), rows)
    numbers = np.unique([number for pair in said for number in pair[:2]])
    _refuse_contradictions(writing, numbers, [act])
    return Done(act, settle_again(writing, numbers, np.array([record for record, _ in held], dtype=np.int64)))


def say_each(writing: Writing, told: Sequence[tuple[Said, str, str | None]]) -> list[Event]:
    """Writes down many verdicts, each an act of its own with who and why, and resolves once. Raises as `say` does."""
    made = []
    for said, who, why in told:
        made.append(acts.write(writing.connection, writing.commit, writing.frozen.tenant, ActKind.JUDGE, (who, why)))
        acts.judge(writing.connection, made[-1], [said])
    numbers = np.unique([number for said, _, _ in told for number in said[:2]])
    _refuse_contradictions(writing, numbers, made)
    return settle_again(writing, numbers, NOBODY)


def merge(writing: Writing, groups: Sequence[Rows], who: str, why: str | None) -> Done:
    """All records of some entities are one person. groups: those of each entity."""
    if len(groups) < 2 or len(np.unique(np.concatenate(groups))) < sum(map(len, groups)):
        raise UsageError("name two entities or more that are not one already")
    return say(writing, ActKind.MERGE, together(np.concatenate(groups)), who, why)


def split(writing: Writing, stay: Rows, go: Rows, who: str, why: str | None) -> Done:
    """Some records of an entity are another person than the rest; both parts are one person each."""
    return say(writing, ActKind.SPLIT, [*together(stay), *together(go), *apart(stay, go)], who, why)


def differ(writing: Writing, one: Rows, other: Rows, who: str, why: str | None) -> Done:
    """Some records are another person than some others; who is one person on either side stays open."""
    return say(writing, ActKind.JUDGE, apart(one, other), who, why)


def apart(one: Rows, other: Rows) -> list[Said]:
    """That some records are another person than some others."""
    few = len(one) + len(other) <= ALL_PAIRS
    pairs = product(one.tolist(), other.tolist()) if few else [(int(one[0]), int(other[0]))]
    return [(left, right, Verdict.DIFFERENT) for left, right in pairs]


def together(numbers: Rows) -> list[Said]:
    """That some records are one person."""
    each = sorted(numbers.tolist())
    pairs = combinations(each, 2) if len(each) <= ALL_PAIRS else ((each[0], other) for other in each[1:])
    return [(one, other, Verdict.SAME) for one, other in pairs]


def undo(writing: Writing, number: int, who: str, why: str | None) -> Done:
    """Takes back an act, whenever it was; or an undo, and then what was undone is in force again."""
    connection, tenant = writing.connection, writing.frozen.tenant
    act = refuse_undone(writing, number)
    written = acts.write(connection, writing.commit, tenant, ActKind.UNDO, (who, why), number)
    numbers = _named_by(connection, acts.switch(connection, tenant, act))
    _refuse_contradictions(writing, numbers, [written])
    return Done(written, settle_again(writing, numbers, numbers))


def refuse_undone(writing: Writing, number: int, kind: ActKind | None = None) -> Act:
    """An act that is in force. Raises ConflictError for another, UnknownError where there is none of the kind."""
    act = acts.read(writing.connection, writing.frozen.tenant, number)
    if kind is not None and act.kind != kind:
        raise UnknownError(f"act {number} is no {kind}")
    if not act.in_force:
        raise ConflictError(f"act {number} is not in force; it was undone before")
    return act


def pin(writing: Writing, members: Rows, values: dict[str, str | None], who: str, why: str | None) -> Done:
    """Holds golden values, as JSON, of the entity of some records; None lets go of a field. members: all, ascending.

    A value is kept with the oldest record; what is let go of is so with every record that it is kept with.
    """
    connection = writing.connection
    if not values:
        raise UsageError("name a field and its value")
    act = acts.write(connection, writing.commit, writing.frozen.tenant, ActKind.PIN, (who, why))
    held = acts.pinned(connection, members).drop_nulls("value").select("record", "field").rows()
    kept = [(int(members[0]), field) for field in values]
    kept += [(record, field) for record, field in held if field in values and values[field] is None]
    rows = [
        {"act": act, "record": record, "field": field, "value": values[field]} for record, field in dict.fromkeys(kept)
    ]
    connection.execute(pins.insert(), rows)
    return Done(act, settle_again(writing, members[:1], members))


def spoken(connection: Connection, tenant: str, numbers: Rows | None = None) -> list[Judgement]:
    """All verdicts in force, or those that name any of some records."""
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
    if numbers is not None:
        ends = (among(judgements.c[end], "numbers", connection) for end in ("left", "right"))
        query = query.where(or_(*ends)).params(numbers=bound(numbers, connection))
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
