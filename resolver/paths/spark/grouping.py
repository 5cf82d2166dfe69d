"""Grouping: whole components -> entities, by the batch's own clustering, many components at a time in one worker."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from pyspark.sql import DataFrame

from resolver.columns import Rows
from resolver.lists import ROW
from resolver.paths.spark.arrow import Schema, away, whole
from resolver.paths.spark.hanging import ROOT, roots
from resolver.paths.spark.parcels import (
    BESIDES,
    FACTS,
    PAIRS,
    PARCEL,
    beside,
    bucket_of,
    cut,
    of_kind,
    opened,
    sent,
    tolds,
    uncut,
)
from resolver.paths.spark.values import CONTENT
from resolver.paths.spark.weighing import EDGE, JOINING, SCORED, Compared, Scores
from resolver.paths.spark.work import Work
from resolver.paths.stages import Grouped, Near, Seen, Trained
from resolver.paths.verdicts import Verdicts
from resolver.steps.block import packed
from resolver.steps.weigh import DOUBT, Tally, Weighed

MEMBER: Schema = {ROW: pl.Int64(), ROOT: pl.Int64(), "entity": pl.Int64()}
"""A record that any evidence connects with others: the smallest row of all these, and of its entity."""


@dataclass(frozen=True)
class Judged:
    """Verdicts as rows: left, right, verdict."""

    frame: pl.DataFrame

    @classmethod
    def of_keys(cls, told: pl.DataFrame, rows: pl.DataFrame | None) -> "Judged":
        """told: left_key, right_key, verdict. rows: record_key and row of all that these name; None where none is."""
        if rows is None:
            return cls(pl.DataFrame(schema={"left": pl.Int64, "right": pl.Int64, "verdict": pl.String}))
        for side in ("left", "right"):
            told = told.join(rows.rename({"record_key": f"{side}_key", ROW: side}), on=f"{side}_key")
        return cls(told.select("left", "right", "verdict"))

    @property
    def rows(self) -> list[int]:
        """The rows that any names."""
        return pl.concat([self.frame["left"], self.frame["right"]]).unique().sort().to_list()

    def of(self, rows: Rows) -> Verdicts:
        """Those on two of some rows, as places among these. rows: ascending."""
        told = self.frame.select(
            "verdict", left_key=pl.col("left").cast(pl.String), right_key=pl.col("right").cast(pl.String)
        )
        return Verdicts.of(told, pl.Series(rows).cast(pl.String))


def entities(work: Work, scores: Scores, contents: DataFrame, judged: Judged, by: Compared) -> DataFrame:
    """MEMBER of the records that are connected with any other. contents: CONTENT of those that meet."""
    scored, same = scores.pairs, judged.frame.filter(verdict="same").select(*EDGE)
    joining = scores.joining.unionByName(away(work.session, uncut(same, BESIDES))) if len(same) else scores.joining
    edges = work.note("joining", lambda: tolds(scores.sums)).get(JOINING, 0) + len(same)
    rooted, number = roots(work, joining, edges, scored.buckets), work.buckets(edges)

    def grouped() -> DataFrame:
        inside = scored.beside(rooted, partial(_inside, buckets=number), PARCEL)
        known = sent(contents.unionByName(of_kind(rooted, FACTS, BESIDES)), scored.buckets)
        near = whole(known, partial(_near, buckets=number), PARCEL)
        return whole(sent(inside.unionByName(near), number), partial(_entities, judged=judged, by=by), MEMBER)

    return work.stage("entities", grouped)


def _inside(pairs: pl.DataFrame, rooted: pl.DataFrame, buckets: int) -> pl.DataFrame:
    """The pairs of which both records have one root, in the bucket of that. rooted: (row, root), if there are any."""
    if not len(rooted):
        return pl.DataFrame()
    left, right = (beside(rooted, pairs[side], [ROOT], missing=-1)[ROOT] for side in ("left", "right"))
    kept = (left == right) & (left >= 0)
    return cut(pairs.filter(kept), bucket_of(left.filter(kept), buckets), PAIRS)


def _near(parcels: pl.DataFrame, buckets: int) -> pl.DataFrame:
    """CONTENT of the records that have a root, and this, in its bucket."""
    known = opened(parcels, CONTENT, FACTS).join(opened(parcels, {ROW: pl.Int64(), ROOT: pl.Int64()}, BESIDES), ROW)
    return cut(known, bucket_of(known[ROOT], buckets), FACTS)


def _entities(parcels: pl.DataFrame, judged: Judged, by: Compared) -> pl.DataFrame:
    """MEMBER of the records of whole components: CONTENT with their root, and SCORED of all pairs inside these."""
    records = opened(parcels, {**CONTENT, ROOT: pl.Int64()}, FACTS).sort(ROW)
    pairs = opened(parcels, SCORED, PAIRS)
    contents, comparer = by.contents(records)
    rows, frozen = contents.numbers, by.frozen
    every, verdicts = np.arange(len(rows)), judged.of(rows)
    live = np.ones(len(rows), dtype=np.bool_)
    sides = frozen.sides(contents.source)
    seen = Seen(contents.columns, live, every, live, sides, verdicts)
    trained = Trained(frozen.model, lambda: comparer, given=True)
    near = Near.of(seen, trained, [weighed(pairs, rows)], frozen.ruleset)
    grouped = Grouped.of(seen, trained, near, frozen.ruleset, None)
    return records.select(ROW, ROOT).with_columns(entity=pl.Series(rows[grouped.entity]))


def weighed(pairs: pl.DataFrame, rows: Rows) -> Weighed:
    """SCORED as places among the rows that it names, ascending. rows: ascending."""
    pairs = pairs.sort("left", "right")
    left, right = (np.searchsorted(rows, pairs[side].to_numpy()) for side in ("left", "right"))
    logits, patterns = pairs["logit"].to_numpy(), pairs["pattern"].to_numpy().view(np.uint64)
    strong, weak = np.flatnonzero(logits > DOUBT), np.flatnonzero(~(logits > DOUBT))
    return Weighed(
        left[strong],
        right[strong],
        patterns[strong],
        logits[strong],
        packed(left[weak], right[weak]),
        Tally.together([]),
    )
