"""Weigh: candidate pairs, a batch at a time -> their log odds.

Most candidates are strangers beyond doubt. Of those nothing is kept but who they are, so that memory is for the pairs
that decide something.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows
from resolver.model.layout import Floats, Patterns
from resolver.model.model import Model
from resolver.model.odds import probabilities
from resolver.steps.block import Batch, Candidates, ends, packed
from resolver.steps.cluster import CLIP
from resolver.steps.compare import Comparer
from resolver.steps.score import SEED, Shown, score, show

ENOUGH = 4_000_000
"""Pairs, those found several times included, that a model is trained on where there are more."""
WORTH = 1 / 2000
"""Where there are more pairs than that, a family of keys is worth its pairs when it finds one person twice among so
many that it alone makes. What the families below it find is one pair in a thousand of all, or less."""
WORKERS = 4
"""Batches at work at the same time at most: each takes a few hundred megabytes."""


@dataclass(frozen=True)
class Tally:
    """Candidate pairs by the families that made them.

    masks: every combination of families there is, ascending. pairs: how many pairs it made; chances: how many of them
    are expected to be one person.
    """

    masks: NDArray[np.uint64]
    pairs: NDArray[np.int64]
    chances: Floats

    @classmethod
    def of(cls, families: NDArray[np.uint64], logits: Floats) -> "Tally":
        """Counts pairs by their families."""
        masks, places, pairs = np.unique(families, return_inverse=True, return_counts=True)
        chances: Floats = np.bincount(places, probabilities(logits), minlength=len(masks)).astype(np.float64)
        return cls(masks, pairs, chances)

    @classmethod
    def together(cls, parts: Sequence["Tally"]) -> "Tally":
        """The sum of several."""
        none = np.zeros(0, dtype=np.uint64)
        masks, places = np.unique(np.concatenate([none, *(part.masks for part in parts)]), return_inverse=True)
        pairs, chances = (
            np.bincount(places, np.concatenate([np.zeros(0), *(getattr(part, name) for part in parts)]), len(masks))
            for name in ("pairs", "chances")
        )
        return cls(masks, pairs.astype(np.int64), chances.astype(np.float64))

    def where(self, chosen: NDArray[np.bool_]) -> tuple[int, float]:
        """Pairs of some combinations, and how many of them are expected to be one person."""
        return int(self.pairs[chosen].sum()), float(self.chances[chosen].sum())


@dataclass(frozen=True)
class Weighed:
    """Candidate pairs with what they come to, in ascending order.

    left, right, patterns, logits: the pairs that are not beyond doubt. weak: those that are, packed (left row high,
    right row low); they weigh `-CLIP` or less, and no pair counts for more than that.
    """

    left: Rows
    right: Rows
    patterns: Patterns
    logits: Floats
    weak: NDArray[np.uint64]
    tally: Tally


@dataclass(frozen=True)
class Drawn:
    """The candidates that a model is trained on, and what they show: all where there are few."""

    batch: Batch
    shown: Shown

    @classmethod
    def of(cls, candidates: Candidates, columns: Mapping[str, Column], comparer: Comparer) -> "Drawn":
        """Rows are drawn without looking, and every candidate that begins with one of them is taken.

        The rows are in the order of their content, so the draw is the same however the records arrived.
        """
        total, share = int(candidates.made.sum()), 1.0
        if total <= ENOUGH:
            batch = candidates.batch(0, candidates.records)
        else:
            chosen = np.random.default_rng(SEED).random(candidates.records) < ENOUGH / total
            batch, share = candidates.beginning_with(chosen), float(candidates.made[chosen].sum()) / total
        return cls(batch, show(comparer, columns, batch.left, batch.right, share))


def worthwhile(candidates: Candidates, drawn: Drawn, model: Model) -> Candidates:
    """The candidates without the families that hardly find anybody whom no other family finds.

    They leave one after the other, the one that finds least first, as what two of them find one may still find. Where
    all candidates were drawn nothing is left out: few pairs cost nothing.
    """
    if drawn.shown.share == 1:
        return candidates
    tally = Tally.of(drawn.batch.families, score(model, drawn.shown))
    masks, left_out = tally.masks, 0
    while True:
        rest = masks & ~np.uint64(left_out)
        kept = [bit for bit, _ in candidates.ends if not left_out >> bit & 1]
        alone = [(*tally.where(rest == np.uint64(1 << bit)), bit) for bit in kept]
        least, bit = min((found / max(pairs, 1), bit) for pairs, found, bit in alone)
        if least >= WORTH or len(kept) == 1:
            return candidates.without(left_out)
        left_out |= 1 << bit


def weigh(
    candidates: Candidates, columns: Mapping[str, Column], comparer: Comparer, model: Model, drawn: Drawn
) -> Weighed:
    """Compares and scores all candidates; where all were drawn they are compared already."""
    if drawn.shown.share == 1:
        return _kept(drawn.batch, drawn.shown, model)

    def one(bounds: tuple[int, int]) -> Weighed:
        batch = candidates.batch(*bounds)
        return _kept(batch, show(comparer, columns, batch.left, batch.right), model)

    with ThreadPoolExecutor(min(pl.thread_pool_size(), WORKERS)) as pool:
        return _in_one([*pool.map(one, candidates.bounds())])


def _kept(batch: Batch, shown: Shown, model: Model) -> Weighed:
    logits = score(model, shown)
    strong = logits > -CLIP
    weak = packed(batch.left[~strong], batch.right[~strong])
    tally = Tally.of(batch.families, logits)
    return Weighed(batch.left[strong], batch.right[strong], shown.patterns[strong], logits[strong], weak, tally)


def _in_one(parts: Sequence[Weighed]) -> Weighed:
    """Batches in their order as one."""
    left, right, patterns, logits, weak = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("left", "right", "patterns", "logits", "weak")
    )
    return Weighed(left, right, patterns, logits, weak, Tally.together([part.tally for part in parts]))


def with_weak_inside(
    weighed: Weighed, root: Rows, columns: Mapping[str, Column], comparer: Comparer, model: Model
) -> Weighed:
    """The same with the pairs that are strangers by themselves, but may be joined by others, among the rest.

    root: for each row the smallest row of all that it may end up with.
    """
    left, right = ends(weighed.weak)
    inside = root[left] == root[right]
    left, right = left[inside], right[inside]
    shown = show(comparer, columns, left, right)
    places = np.searchsorted(packed(weighed.left, weighed.right), weighed.weak[inside])
    return Weighed(
        np.insert(weighed.left, places, left),
        np.insert(weighed.right, places, right),
        np.insert(weighed.patterns, places, shown.patterns),
        np.insert(weighed.logits, places, score(model, shown)),
        weighed.weak[~inside],
        weighed.tally,
    )
