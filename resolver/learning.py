"""Learning: what people's decisions teach a store's model, as a proposal that somebody may put in force."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np
import polars as pl
from sqlalchemy import Connection

from resolver.errors import UsageError
from resolver.judgement import Verdict
from resolver.model.frozen import Frozen
from resolver.model.model import BITS, Model
from resolver.model.taught import LEAST, Agreement, Learned, learn
from resolver.paths.explaining import Bench
from resolver.paths.online import Resolver
from resolver.paths.previewing import Foreseen, foreseen
from resolver.paths.ruling import put_in_force_as_seen
from resolver.steps.score import show
from resolver.store import acts, desk
from resolver.store.acts import named_by
from resolver.store.journal import Event
from resolver.teach import lesson_of
from resolver.words.teaching import SEEN

LABELS = "labels"
"""Stands in place of a field for what is corrected whatever two records show."""
ALONE = (("whatever they show", "start"), ("where caution holds back", "held"))
"""What that is about, and what it is called in a Taught."""


class Which(StrEnum):
    """What may be proposed: the model as decisions correct it, or as it was estimated, without what it learned."""

    LEARNED = "learned"
    ESTIMATED = "estimated"


@dataclass(frozen=True)
class Moved:
    """A weight, in bits, as it is and as it would be. field: LABELS for what holds of all records that are compared."""

    field: str
    level: str
    now: float
    then: float


@dataclass(frozen=True)
class Learning:
    """What decisions teach.

    present: what is in force. proposed: what would be; None where decisions teach nothing that held-out ones bear out.
    same, different, unsure: how many pairs of records people said that of; the unsure ones teach nothing.
    wanted: how many more have to be decided before anything is learned. before: how well the model as it was estimated
    agrees with them; after: how well corrections do that were learned from others of them alone. moved: the most moved
    first.
    """

    present: Frozen
    proposed: Frozen | None
    same: int
    different: int
    unsure: int
    wanted: int
    before: Agreement
    after: Agreement
    moved: tuple[Moved, ...]

    @property
    def is_in_force(self) -> bool:
        """Whether all of it was put in force already."""
        return self.proposed is not None and self.proposed.fingerprint == self.present.fingerprint


def learning(resolver: Resolver) -> Learning:
    """What decisions teach; nothing is written."""
    with resolver.database.reading() as connection:
        return _learning(connection, resolver.frozen(connection))


def proposed(resolver: Resolver, which: Which) -> tuple[Frozen, list[Foreseen]]:
    """What would be in force, and what would happen to entities.

    Raises UsageError where there is nothing to propose.
    """
    frozen = made(resolver, which)
    return frozen, foreseen(resolver.database, frozen)


def made(resolver: Resolver, which: Which) -> Frozen:
    """What would be in force. Raises UsageError where there is nothing to propose."""
    with resolver.database.reading() as connection:
        return _made(which, resolver.frozen(connection), connection)


def put_in_force(resolver: Resolver, which: Which, seen: str, who: str) -> list[Event]:
    """Puts in force what was proposed. seen: its fingerprint; StaleError where it would be something else by now."""
    return put_in_force_as_seen(resolver, partial(_made, which), seen, who)


def _made(which: Which, present: Frozen, connection: Connection) -> Frozen:
    if which == Which.ESTIMATED:
        if present.model.taught is None:
            raise UsageError("nothing that was learned is in force")
        return replace(present, model=replace(present.model, taught=None))
    found = _learning(connection, present).proposed
    if found is None:
        raise UsageError("the decisions so far teach nothing that could be put in force")
    return found


def _learning(connection: Connection, present: Frozen) -> Learning:
    estimated = replace(present, model=replace(present.model, taught=None))
    said = acts.judged(connection, desk.judged_records(connection, present.tenant))
    by = dict(said.group_by("verdict").len().iter_rows())
    sure = said.filter(pl.col("verdict") != Verdict.UNSURE)
    found = _learned(connection, estimated, sure)
    made = None if found.taught is None else replace(estimated, model=replace(estimated.model, taught=found.taught))
    return Learning(
        present,
        made,
        by.get(Verdict.SAME, 0),
        by.get(Verdict.DIFFERENT, 0),
        by.get(Verdict.UNSURE, 0),
        max(LEAST - len(sure), 0),
        found.before,
        found.after,
        () if made is None else tuple(_moved(present.model, made.model)),
    )


def _learned(connection: Connection, estimated: Frozen, said: pl.DataFrame) -> Learned:
    """What verdicts (left and right record by number, verdict) teach a model that was taught nothing yet."""
    if len(said) < LEAST:
        nothing = Agreement(0.0, 0)
        return Learned(len(said), None, nothing, nothing)
    bench = Bench.of(connection, estimated, named_by(said))
    row = bench.rows.select("number", key="record_key").with_row_index("row")
    ends = said.join(row, left_on="left", right_on="number").join(
        row, left_on="right", right_on="number", suffix="_right"
    )
    # by their keys, not by the numbers that they happened to get: the same verdicts teach the same in any store
    turned = pl.col("key") > pl.col("key_right")
    labels = ends.select(
        left=pl.when(turned).then("row_right").otherwise("row"),
        right=pl.when(turned).then("row").otherwise("row_right"),
        left_key=pl.min_horizontal("key", "key_right"),
        right_key=pl.max_horizontal("key", "key_right"),
        same=pl.col("verdict") == Verdict.SAME,
    ).sort("left_key", "right_key")
    left, right = (labels[end].to_numpy().astype(np.int64) for end in ("left", "right"))
    shown = show(bench.comparer, bench.columns, left, right)
    return learn(lesson_of(estimated.model, estimated.reference.records, shown, labels))


def _moved(now: Model, then: Model) -> list[Moved]:
    """The weights in which two models of one estimate differ."""
    was, will = now.weights(), then.weights()
    found = [
        Moved(name, level, was[name][place], will[name][place])
        for name, levels in now.layout.levels.items()
        for place, level in enumerate(levels)
    ]
    found += [Moved(LABELS, about, *(BITS * _alone(model, part) for model in (now, then))) for about, part in ALONE]
    moved = [one for one in found if abs(one.then - one.now) >= SEEN]
    return sorted(moved, key=lambda one: (-abs(one.then - one.now), one.field, one.level))


def _alone(model: Model, part: str) -> float:
    return 0.0 if model.taught is None else float(getattr(model.taught, part))
