"""Weighing: pairs and what their records say brought together, compared and scored by the steps of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from pyspark.sql import DataFrame

from resolver.model.frozen import Frozen
from resolver.paths.linkage import joins_above
from resolver.paths.spark.arrow import Schema
from resolver.paths.spark.parcels import (
    BESIDES,
    COUNTS,
    PAIRS,
    PARCEL,
    SUMS,
    Pairs,
    bucket_of,
    cut,
    of_kind,
    told,
    uncut,
    unpacked,
)
from resolver.paths.spark.values import Contents
from resolver.steps.compare import Comparer
from resolver.steps.score import Shown, score, show
from resolver.steps.weigh import Tally

SHOWN: Schema = {
    "left": pl.Int64(),
    "right": pl.Int64(),
    "mask": pl.Int64(),
    "times": pl.Int64(),
    "pattern": pl.Int64(),
    "rarity": pl.Float32(),
}
"""A pair: left < right, the families that made it, how many keys did, and what it shows."""
SCORED: Schema = {"left": pl.Int64(), "right": pl.Int64(), "mask": pl.Int64(), "pattern": pl.Int64()} | {
    "logit": pl.Float64()
}
"""A pair and its natural log odds."""
EDGE: Schema = {"left": pl.Int64(), "right": pl.Int64()}
TALLY: Schema = {"mask": pl.Int64(), "pairs": pl.Int64(), "chances": pl.Float64()}
JOINING = "joining"


@dataclass(frozen=True)
class Compared:
    """What pairs are compared by. fields: those that travel with a record, in their order."""

    fields: Sequence[str]
    frozen: Frozen

    def contents(self, frame: pl.DataFrame) -> tuple[Contents, Comparer]:
        """Records, each given once, and what compares any two of them."""
        contents = Contents.of(frame, self.fields, self.frozen)
        layout, ruleset = self.frozen.model.layout, self.frozen.ruleset
        return contents, Comparer.of(contents.columns, layout, contents.index, ruleset)


def shown(pairs: Pairs, contents: DataFrame, by: Compared) -> DataFrame:
    """SHOWN of pairs (left, right, mask, times), without those of one source that holds nobody twice.

    All of these are parcels, contents: those of CONTENT.
    """
    return pairs.beside(contents, partial(_shown, by=by, buckets=pairs.buckets), PARCEL)


def compared(pairs: Pairs, contents: DataFrame, by: Compared) -> DataFrame:
    """What `Scores` says of the same."""
    return pairs.beside(contents, partial(_compared, by=by, buckets=pairs.buckets), PARCEL)


def scored(pairs: Pairs, frozen: Frozen) -> DataFrame:
    """What `Scores` says of pairs that are compared already."""
    return unpacked(pairs.found, partial(_scored, frozen=frozen, buckets=pairs.buckets), PARCEL)


@dataclass(frozen=True)
class Scores:
    """What candidates come to, as parcels. pairs: SCORED; joining: EDGE of those that speak for joining their records;
    tallies: TALLY, what each combination of families found; sums: how many speak for joining."""

    pairs: Pairs
    joining: DataFrame
    tallies: DataFrame
    sums: DataFrame

    @classmethod
    def of(cls, pairs: Pairs, parcels: DataFrame) -> "Scores":
        """parcels: what was found out about the pairs."""
        scored, *others = (of_kind(parcels, kind) for kind in (PAIRS, BESIDES, COUNTS, SUMS))
        return cls(pairs.now(scored), *others)


def _shown(pairs: pl.DataFrame, records: pl.DataFrame, by: Compared, buckets: int) -> pl.DataFrame:
    return _cut(_show(pairs, records, by), buckets)


def _compared(pairs: pl.DataFrame, records: pl.DataFrame, by: Compared, buckets: int) -> pl.DataFrame:
    return _scored(_show(pairs, records, by), by.frozen, buckets)


def logits(pairs: pl.DataFrame, frozen: Frozen) -> pl.Series:
    """The log odds of each of some pairs. pairs: SHOWN."""
    found = Shown(pairs["pattern"].to_numpy().view(np.uint64), pairs["rarity"].to_numpy())
    return pl.Series("logit", score(frozen.model, found))


def _scored(pairs: pl.DataFrame, frozen: Frozen, buckets: int) -> pl.DataFrame:
    made = pairs.select("left", "right", "mask", "pattern").with_columns(logits(pairs, frozen))
    joining = made.filter(pl.col("logit") > joins_above(frozen.ruleset.thresholds)).select(*EDGE)
    tally = Tally.of(made["mask"].to_numpy().view(np.uint64), made["logit"].to_numpy())
    found_by = {"mask": tally.masks.view(np.int64), "pairs": tally.pairs, "chances": tally.chances}
    counts = uncut(pl.DataFrame(found_by), COUNTS)
    return pl.concat([_cut(made, buckets), uncut(joining, BESIDES), counts, told({JOINING: len(joining)})])


def _cut(pairs: pl.DataFrame, buckets: int) -> pl.DataFrame:
    return cut(pairs, bucket_of(pairs["left"], buckets), PAIRS)


def _show(pairs: pl.DataFrame, records: pl.DataFrame, by: Compared) -> pl.DataFrame:
    """SHOWN of some pairs; records: CONTENT of all that they name."""
    contents, comparer = by.contents(records)
    left, right = contents.rows(pairs["left"]), contents.rows(pairs["right"])
    sides = by.frozen.sides(contents.source)
    kept = np.ones(len(pairs), dtype=np.bool_) if sides is None else sides[left] != sides[right]
    found = show(comparer, contents.columns, left[kept], right[kept])
    made = pairs.select("left", "right", "mask", "times").filter(pl.Series(kept))
    return made.with_columns(pattern=pl.Series(found.patterns.view(np.int64)), rarity=pl.Series(found.rarity))
