"""Weighing: pairs and what their records say brought together, compared and scored by the steps of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from pyspark.sql import DataFrame

from resolver.model.frozen import Frozen
from resolver.paths.spark.arrow import Schema
from resolver.paths.spark.parcels import PAIRS, PARCEL, Pairs, bucket_of, cut, unpacked
from resolver.paths.spark.values import Contents
from resolver.steps.compare import Comparer
from resolver.steps.score import Shown, score, show

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
    """SCORED of the same."""
    return pairs.beside(contents, partial(_compared, by=by, buckets=pairs.buckets), PARCEL)


def scored(pairs: Pairs, frozen: Frozen) -> DataFrame:
    """SCORED of pairs that are compared already."""
    return unpacked(pairs.found, partial(_scored, frozen=frozen, buckets=pairs.buckets), PARCEL)


def _shown(pairs: pl.DataFrame, records: pl.DataFrame, by: Compared, buckets: int) -> pl.DataFrame:
    return _cut(_show(pairs, records, by), buckets)


def _compared(pairs: pl.DataFrame, records: pl.DataFrame, by: Compared, buckets: int) -> pl.DataFrame:
    return _scored(_show(pairs, records, by), by.frozen, buckets)


def _scored(pairs: pl.DataFrame, frozen: Frozen, buckets: int) -> pl.DataFrame:
    found = Shown(pairs["pattern"].to_numpy().view(np.uint64), pairs["rarity"].to_numpy())
    told = pairs.select("left", "right", "mask", "pattern").with_columns(logit=pl.Series(score(frozen.model, found)))
    return _cut(told, buckets)


def _cut(pairs: pl.DataFrame, buckets: int) -> pl.DataFrame:
    return cut(pairs, bucket_of(pairs["left"], buckets), PAIRS)


def _show(pairs: pl.DataFrame, records: pl.DataFrame, by: Compared) -> pl.DataFrame:
    """SHOWN of some pairs; records: CONTENT of all that they name."""
    contents, comparer = by.contents(records)
    left, right = contents.rows(pairs["left"]), contents.rows(pairs["right"])
    sides = by.frozen.sides(contents.source)
    kept = np.ones(len(pairs), dtype=np.bool_) if sides is None else sides[left] != sides[right]
    found = show(comparer, contents.columns, left[kept], right[kept])
    told = pairs.select("left", "right", "mask", "times").filter(pl.Series(kept))
    return told.with_columns(pattern=pl.Series(found.patterns.view(np.int64)), rarity=pl.Series(found.rarity))
