"""Explaining: why two records or entities of a store are one person or not, and how an entity came together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from sqlalchemy import Connection

from resolver.columns import Column, Rows
from resolver.errors import UsageError
from resolver.evidence import Weighing, Why, chain, clean_on_both, keeping_apart
from resolver.flips import Flip, flips, rarities
from resolver.frames import RECORD_KEY
from resolver.judgement import Judgement, Verdict
from resolver.model.cutoffs import WORTH_ASKING
from resolver.model.frozen import Frozen
from resolver.model.model import BITS
from resolver.model.odds import log_odds, probabilities
from resolver.paths.judging import spoken
from resolver.paths.linkage import joins_above
from resolver.paths.meaning import records_meant
from resolver.paths.online import Resolver
from resolver.paths.region import index_of
from resolver.paths.whole import Stored
from resolver.steps.block import Meeting
from resolver.steps.compare import Comparer, compared_columns
from resolver.steps.footprint import CONTENT, caps_of, family_of, is_known_for
from resolver.steps.score import look, weighed
from resolver.store.lookups import signed, sizes
from resolver.store.rows import compared, fetch, unpacked
from resolver.store.scores import within
from resolver.store.tables import holders, keys

MOST = 100
"""Records of an entity that are compared with those of another, the first by their ids, to find the likest two."""
WANTED = ("number", "source", "record_id", "normalised", "excluded", "keys", "values", "met", "entity")
START = "start"
"""The line of evidence that tells what there is before anything is compared."""
Outcome = Literal["match", "review", "no"]
Reason = Literal["person", "clean source", "evidence"]


@dataclass(frozen=True)
class Explained:
    """Why two records are one person, or why not.

    prior: the probability before any field is compared, against the kind of strangers that explains the pair best.
    threshold: that above which a pair speaks for joining.
    decision: whether the two are of one entity, a steward would be asked about them, or neither; by: what settled it.
    flips: what would have to be otherwise for the evidence of the two alone to cross the threshold.
    """

    why: Why
    prior: float
    threshold: float
    decision: Outcome
    by: Reason
    flips: list[Flip]


@dataclass(frozen=True)
class Bench:
    """Some records of a store, ready to be weighed two by two. rows: in the order of their content, with record_key."""

    rows: pl.DataFrame
    columns: Mapping[str, Column]
    comparer: Comparer
    frozen: Frozen

    @classmethod
    def of(cls, connection: Connection, frozen: Frozen, numbers: Rows) -> "Bench":
        """The records of some numbers."""
        return cls.on(connection, frozen, fetch(connection, frozen.tenant, "number", numbers, WANTED))

    @classmethod
    def on(cls, connection: Connection, frozen: Frozen, found: pl.DataFrame) -> "Bench":
        """The records of some rows, which hold WANTED at least."""
        rows = found.with_columns(RECORD_KEY)
        columns = compared_columns(compared(rows), frozen.ruleset)
        index = index_of(columns, frozen, Stored(connection))
        return cls(rows, columns, Comparer.of(columns, frozen.model.layout, index, frozen.ruleset), frozen)

    def row(self, number: int) -> int:
        """The row of a record."""
        return int(np.flatnonzero(self.rows["number"].to_numpy() == number)[0])

    def levels(self, left: Rows, right: Rows) -> list[dict[str, str]]:
        """How each field of pairs of rows compares; one that a side lacks is not there."""
        return self.frozen.model.layout.shown(look(self.comparer, self.columns, left, right).patterns)

    def weighing(self, rows: tuple[int, int]) -> Weighing:
        """Two rows, weighed."""
        return Weighing.of(self.columns, self.comparer, self.frozen.model, rows)


def explain(resolver: Resolver, one: str, other: str) -> Explained:
    """Why two records (`source:id`) or entities are one person, or why not; of entities their likest records tell.

    Raises UnknownError and GoneError for what is not there, UsageError where both are the same.
    """
    with resolver.database.reading() as connection:
        frozen, tenant = resolver.frozen(connection), resolver.tenant
        left, right = (records_meant(connection, tenant, word) for word in (one, other))
        if len(left) > len(right):
            left = np.setdiff1d(left, right)
        else:
            right = np.setdiff1d(right, left)
        if not len(left) or not len(right):
            raise UsageError(f"{one} and {other} are the same; name two records, or two entities")
        bench = Bench.of(connection, frozen, np.concatenate((left[:MOST], right[:MOST])))
        return _explained(connection, bench, _likest(bench, left[:MOST], right[:MOST]))


def _likest(bench: Bench, left: Rows, right: Rows) -> tuple[int, int]:
    """The rows of the two records, one of each side, that are most like one person. left, right: their numbers."""
    ends = [np.asarray([bench.row(number) for number in side.tolist()]) for side in (left, right)]
    a, b = (side.ravel() for side in np.meshgrid(*ends, indexing="ij"))
    best = int(weighed(bench.columns, a, b, model=bench.frozen.model, comparer=bench.comparer).argmax())
    return int(a[best]), int(b[best])


def _explained(connection: Connection, bench: Bench, ends: tuple[int, int]) -> Explained:
    """ends: the rows of the two records."""
    frozen, weighing, pair = bench.frozen, bench.weighing(ends), bench.rows[list(ends)]
    sides = [_side(connection, frozen.tenant, row) for row in pair.iter_rows(named=True)]
    told = spoken(connection, frozen.tenant, np.concatenate([side["number"].to_numpy() for side in sides]))
    said = [one for one in told if {one.left_key, one.right_key} == {*pair["record_key"]}]
    copies = _copies(connection, pair)
    left, right = (_end(connection, frozen.tenant, row) for row in pair.iter_rows(named=True))
    found = Why(
        left_key=left[0],
        right_key=right[0],
        left_entity=left[1],
        right_entity=right[1],
        meetings=[] if copies else _meetings(connection, frozen, pair),
        lines=weighing.lines,
        probability=weighing.probability,
        said=said[-1] if said else None,
        copies=copies,
    )
    if found.joined:
        found = replace(found, path=_path(connection, frozen, sides[0], told, (found.left_key, found.right_key)))
    else:
        found = replace(found, different=keeping_apart(sides, told), clean=clean_on_both(sides, frozen.clean))
    threshold = joins_above(frozen.ruleset.thresholds)
    added = rarities(bench.comparer, bench.columns, ends)
    return Explained(
        found,
        prior=float(
            probabilities(np.asarray(next(line.weight for line in weighing.lines if line.field == START) / BITS))
        ),
        threshold=float(probabilities(np.asarray(threshold))),
        decision=_decision(found),
        by=_reason(found),
        flips=flips(frozen.model, weighing.shown, added, threshold),
    )


def _decision(found: Why) -> Outcome:
    if found.joined:
        return "match"
    asked = found.probability >= WORTH_ASKING and found.compared and not (found.different or found.clean)
    return "review" if asked else "no"


def _reason(found: Why) -> Reason:
    settled = Verdict.SAME if found.joined else Verdict.DIFFERENT
    if found.different or (found.said is not None and found.said.verdict == settled):
        return "person"
    return "clean source" if found.clean else "evidence"


def _side(connection: Connection, tenant: str, row: Mapping[str, Any]) -> pl.DataFrame:
    """number, source and record_key of all records of a record's entity; of the record alone where it is in none."""
    by, value = ("number", row["number"]) if row["entity"] is None else ("entity", row["entity"])
    return fetch(connection, tenant, by, [value], ("number", "source", "record_id")).with_columns(RECORD_KEY)


def _end(connection: Connection, tenant: str, row: Mapping[str, Any]) -> tuple[str, str]:
    """A record's key and the id of its entity; its own key where it is in none."""
    key = str(row["record_key"])
    if row["entity"] is None:
        return key, key
    return key, str(fetch(connection, tenant, "number", [row["entity"]], ("name",))["name"][0])


def _copies(connection: Connection, rows: pl.DataFrame) -> int:
    """How many records say the same as two of which one was looked at for the other; 0 where both were looked at."""
    if rows["met"].all():
        return 0
    at, values = unpacked(rows["values"])
    content = is_known_for(values, CONTENT)
    shared = np.intersect1d(values[content & (at == 0)], values[content & (at == 1)])
    return int(sizes(connection, holders, signed(shared)).sum())


def _meetings(connection: Connection, frozen: Frozen, rows: pl.DataFrame) -> list[Meeting]:
    """Every family of keys by which two records meet, or would if that many others did not share it."""
    at, held = unpacked(rows["keys"])
    shared = np.intersect1d(held[at == 0], held[at == 1])
    families = list(frozen.ruleset.blocking.families)
    found: dict[str, Meeting] = {}
    each = zip(family_of(shared), sizes(connection, keys, signed(shared)), caps_of(shared, frozen), strict=True)
    for bit, records, cap in each:
        meeting = Meeting(families[bit], int(records), bool(records > cap))
        known = found.setdefault(meeting.family, meeting)
        if meeting.records < known.records:
            found[meeting.family] = meeting
    return [found[name] for name in families if name in found]


def _path(
    connection: Connection, frozen: Frozen, side: pl.DataFrame, told: list[Judgement], ends: tuple[str, str]
) -> list[str]:
    """The strongest chain of records between two of one entity."""
    keys_of = dict(side.select("number", "record_key").iter_rows())
    least = joins_above(frozen.ruleset.thresholds)
    links = [
        (keys_of[one], keys_of[other], float(probabilities(np.asarray(logit))))
        for one, other, logit in links_of(connection, side["number"].to_numpy())
        if logit > max(least, log_odds(0.5))
    ]
    return chain(links, told, ends)


def links_of(connection: Connection, numbers: Rows) -> list[tuple[int, int, float]]:
    """(left, right, log odds) of the scored pairs within some records."""
    left, right, _, logits = (column.tolist() for column in within(connection, numbers))
    return [*zip(left, right, logits, strict=True)]
