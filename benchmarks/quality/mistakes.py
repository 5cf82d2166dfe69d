"""Which pairs were missed and which wrongly joined, and what each of them shows.

Pairs below the engine's threshold for writing are looked at again: they are compared and scored once more, with the
frozen model of the run, so every mistake can be told apart by its levels.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows, encode_all
from resolver.index import Index
from resolver.model.layout import CATEGORY, Floats, Layout, Patterns
from resolver.result import NO_TENANT, Result
from resolver.steps.block import block
from resolver.steps.compare import Comparer
from resolver.steps.score import score, show
from rules.ruleset import Ruleset


@dataclass(frozen=True)
class Pairs:
    """Pairs of records, with what each shows.

    left, right: keys. patterns: levels of all fields, to be read with `layout`. logits: natural log odds of being one
    person. met: whether the two share a key, so that a run compares them at all.
    """

    left: pl.Series
    right: pl.Series
    patterns: Patterns
    logits: Floats
    met: NDArray[np.bool_]
    layout: Layout

    def __len__(self) -> int:
        return len(self.patterns)


@dataclass(frozen=True)
class Mistakes:
    """The true pairs that a run did not join, and the pairs that it joined wrongly."""

    missed: Pairs
    wrong: Pairs


def find_mistakes(result: Result, truth: pl.DataFrame, ruleset: Ruleset) -> Mistakes:
    """Compares a run without tenants with the truth (record_key, truth_id)."""
    places = result.clusters.select("record_key", "entity_id", "excluded").with_row_index("row")
    places = places.join(truth, on="record_key").filter(pl.col("excluded").is_null()).drop("excluded")
    look = _Look.at(result, ruleset)
    candidates = look.candidates()
    return Mistakes(
        missed=look.pairs(*_together(places, "truth_id", apart="entity_id"), candidates),
        wrong=look.pairs(*_together(places, "entity_id", apart="truth_id"), candidates),
    )


def _together(places: pl.DataFrame, by: str, apart: str) -> tuple[Rows, Rows]:
    """Rows of all pairs that are together by one column and apart by another, in order."""
    # Whoever is in a group without a difference is in no such pair, and most are.
    mixed = places.filter(pl.col(apart).n_unique().over(by) > 1).select("row", by, apart)
    pairs = mixed.join(mixed, on=by, suffix="_other")
    pairs = pairs.filter((pl.col("row") < pl.col("row_other")) & (pl.col(apart) != pl.col(f"{apart}_other")))
    pairs = pairs.sort("row", "row_other")
    return pairs["row"].to_numpy().astype(np.int64), pairs["row_other"].to_numpy().astype(np.int64)


@dataclass(frozen=True)
class _Look:
    """A finished run, ready to show any pair of its records."""

    result: Result
    ruleset: Ruleset
    columns: dict[str, Column]
    live: NDArray[np.bool_]

    @classmethod
    def at(cls, result: Result, ruleset: Ruleset) -> "_Look":
        """Encodes what the run compared."""
        normalised = result.normalised
        compared = [name for name in normalised.columns if name in ruleset.compare or name.startswith(CATEGORY)]
        live = normalised["excluded"].is_null().to_numpy()
        return cls(result, ruleset, encode_all(normalised, compared), live)

    def candidates(self) -> NDArray[np.uint64]:
        """Who meets whom, once more."""
        found = block(self.columns, self.live, self.ruleset.blocking)
        batches = (found.batch(*bounds) for bounds in found.bounds())
        return np.concatenate([_packed(batch.left, batch.right) for batch in batches])

    def pairs(self, left: Rows, right: Rows, candidates: NDArray[np.uint64]) -> Pairs:
        """What pairs of rows show."""
        model = self.result.models[NO_TENANT]
        index = Index.of(self.columns, self.live, self.ruleset)
        shown = show(Comparer.of(self.columns, model.layout, index, self.ruleset), self.columns, left, right)
        met = np.isin(_packed(left, right), candidates)
        keys = self.result.normalised["record_key"]
        return Pairs(keys.gather(left), keys.gather(right), shown.patterns, score(model, shown), met, model.layout)


def _packed(left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.uint64]:
    return (left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64)
