"""Score: what the fields of a pair show -> the log odds that both are one person, as the model weighs it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, Rows
from resolver.model.layout import Floats, Patterns
from resolver.model.mixture import Sample
from resolver.model.model import Model
from resolver.steps.compare import Comparer
from resolver.threads import at_once
from rules.values.distinct import FEW

CHUNK = 250_000
"""Pairs compared at a time: bounds memory without starving the vector code."""
RANDOM_PAIRS = 200_000
SEED = 20


@dataclass(frozen=True)
class Shown:
    """What pairs show: a pattern of levels each, and how much rarer than usual the agreeing values are (log).

    share: the share of all such pairs that these are, where they were drawn from many.
    """

    patterns: Patterns
    rarity: NDArray[np.float32]
    share: float = 1.0

    @cached_property
    def sample(self) -> Sample:
        """The distinct patterns, and how many pairs show each; training and scoring both look at these."""
        return Sample.of(self.patterns, self.share)


def look(comparer: Comparer, columns: Mapping[str, Column], left: Rows, right: Rows) -> Shown:
    """Compares pairs of rows all at once."""
    if not len(left):
        return Shown(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.float32))
    compared = comparer.compare(columns, left, right)
    return Shown(comparer.layout.pack(compared.levels, len(left)), compared.rarity.astype(np.float32))


def show(comparer: Comparer, columns: Mapping[str, Column], left: Rows, right: Rows, share: float = 1.0) -> Shown:
    """Compares pairs of rows, some chunks at a time. share: what part they are of all the pairs that are meant."""

    def one(begin: int) -> Shown:
        return look(comparer, columns, left[begin : begin + CHUNK], right[begin : begin + CHUNK])

    if len(left) <= CHUNK:
        return replace(look(comparer, columns, left, right), share=share)
    parts = at_once(one, range(0, len(left), CHUNK))
    patterns, rarity = (np.concatenate([getattr(part, name) for part in parts]) for name in ("patterns", "rarity"))
    return Shown(patterns, rarity, share)


def random_pairs(live: Rows, across: NDArray[np.int64] | None = None) -> tuple[Rows, Rows]:
    """Pairs of live rows drawn without looking; all pairs where there are few.

    The rows are in the order of their content, so the draw is the same however the records arrived.
    """
    first, second = random_places(len(live))
    left, right = live[first], live[second]
    if across is None:
        return left, right
    apart = across[left] != across[right]
    return left[apart], right[apart]


def random_places(number: int) -> tuple[Rows, Rows]:
    """The places of the pairs that are drawn from so many rows."""
    if number * (number - 1) // 2 <= RANDOM_PAIRS:
        return np.triu_indices(number, 1)
    rng = np.random.default_rng(SEED)
    first = rng.integers(0, number, RANDOM_PAIRS)
    return first, (first + rng.integers(1, number, RANDOM_PAIRS)) % number


def train(comparer: Comparer, candidates: Shown, random: Shown, records: int) -> Model:
    """Estimates a model from what candidates and random pairs show."""
    sides = candidates.sample, random.sample
    return Model.train(comparer.layout, comparer.ruleset, *sides, comparer.index.chance, records)


def score(model: Model, shown: Shown) -> Floats:
    """Natural log odds of each pair."""
    if len(shown.patterns) < FEW:
        logits, caps = model.remembered(shown.patterns)
        return np.minimum(logits + shown.rarity, caps)
    distinct, places = shown.sample.patterns, shown.sample.places
    return np.minimum(model.logits(distinct)[places] + shown.rarity, model.caps(distinct)[places])


def weighed(columns: Mapping[str, Column], left: Rows, right: Rows, *, model: Model, comparer: Comparer) -> Floats:
    """Natural log odds of pairs of rows: compared and scored in one go."""
    return score(model, show(comparer, columns, left, right))
