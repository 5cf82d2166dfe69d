"""Weighing: pairs and what their records say brought together, compared and scored by the steps of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from resolver.lists import ROW
from resolver.model.frozen import Frozen
from resolver.paths.spark.arrow import Schema, each
from resolver.paths.spark.values import CONTENT, Contents
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


def shown(pairs: DataFrame, contents: DataFrame, by: Compared) -> DataFrame:
    """SHOWN of pairs (left, right, mask, times), those apart that are of one source that holds nobody twice."""
    sides = [
        contents.select(*(sf.col(name).alias(_beside(side, name)) for name in CONTENT)) for side in ("left", "right")
    ]
    left = pairs.join(sides[0], sf.col("left") == sf.col(_beside("left", ROW)))
    both = left.join(sides[1], sf.col("right") == sf.col(_beside("right", ROW)))
    return each(both, partial(_shown, by=by), SHOWN)


def _beside(side: str, name: str) -> str:
    return f"{side}_{name}"


def _shown(both: pl.DataFrame, by: Compared) -> pl.DataFrame:
    if not len(both):
        return pl.DataFrame(schema=dict(SHOWN))
    records = pl.concat(
        [both.select(pl.col(_beside(side, name)).alias(name) for name in CONTENT) for side in ("left", "right")]
    ).unique(ROW)
    contents, comparer = by.contents(records)
    left, right = contents.rows(both["left"]), contents.rows(both["right"])
    sides = by.frozen.sides(contents.source)
    kept = np.ones(len(both), dtype=np.bool_) if sides is None else sides[left] != sides[right]
    found = show(comparer, contents.columns, left[kept], right[kept])
    return (
        both.select("left", "right", "mask", "times")
        .filter(pl.Series(kept))
        .with_columns(pattern=pl.Series(found.patterns.view(np.int64)), rarity=pl.Series(found.rarity))
    )


def scored(pairs: DataFrame, frozen: Frozen) -> DataFrame:
    """SCORED of pairs that are compared already."""
    return each(pairs, partial(_scored, frozen=frozen), SCORED)


def _scored(pairs: pl.DataFrame, frozen: Frozen) -> pl.DataFrame:
    found = Shown(pairs["pattern"].to_numpy().view(np.uint64), pairs["rarity"].to_numpy())
    return pairs.select("left", "right", "mask", "pattern").with_columns(logit=pl.Series(score(frozen.model, found)))


def compared(pairs: DataFrame, contents: DataFrame, by: Compared) -> DataFrame:
    """SCORED of pairs (left, right, mask, times)."""
    return scored(shown(pairs, contents, by), by.frozen)
