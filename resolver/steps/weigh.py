"""Weigh: candidate pairs, a batch at a time -> their log odds.

Most candidates are strangers beyond doubt. Of those nothing is kept but who they are, so that memory is for the pairs
that decide something.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, End, Rows, numbered
from resolver.memory import give_back
from resolver.model.layout import Floats, Patterns
from resolver.model.model import Model
from resolver.model.odds import log_odds, probabilities
from resolver.steps.block import Batch, Candidates, ends, packed
from resolver.steps.compare import Comparer
from resolver.steps.score import CHUNK, SEED, Shown, look, score, show
from resolver.threads import at_once
from rules.values.arrays import which

Compare = Callable[[Rows, Rows], Shown]
ENOUGH = 2_500_000
"""Pairs, those found several times included, that a model is trained on where there are more."""
DOUBT = log_odds(0.001)
"""Two records that are less likely one person than this are strangers beyond doubt."""
WORTH = 1 / 400
"""Where there are more pairs than that, a family of keys is left out when it finds fewer of one person among the pairs
that it adds. Of a million generated contacts 8 of 20 million pairs stay, and one true pair in 200 is lost."""


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
        masks, places = numbered(families)
        pairs = np.bincount(places, minlength=len(masks))
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


UNTOLD = Tally(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64), np.zeros(0))
"""Of pairs whose families nobody asked for."""


@dataclass(frozen=True)
class Weighed:
    """Candidate pairs with what they come to, in ascending order.

    left, right, patterns, logits: the pairs that are not beyond doubt; for rows 32 bits are enough. weak: those that
    are, packed (left row high, right row low); each counts as much against joining as one pair can (`cluster.CLIP`).
    """

    left: End
    right: End
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
    """The candidates of the families that earn their pairs: of what they add to the others, enough is one person.

    The family that finds most among its pairs comes first, then the one that finds most among those that are new, and
    so on. Where all candidates were drawn nothing is left out: few pairs cost nothing.
    """
    if drawn.shown.share == 1:
        return candidates
    masks, places = numbered(drawn.batch.families)
    pairs = np.bincount(places, minlength=len(masks))
    of_one = (score(model, drawn.shown) > 0).astype(np.float64)
    found: Floats = np.bincount(places, of_one, minlength=len(masks)).astype(np.float64)
    unused = 0
    for bit in idle(masks, pairs, found, [bit for bit, _ in candidates.ends]):
        unused |= 1 << bit
    return candidates.without(unused)


def idle(masks: NDArray[np.uint64], pairs: NDArray[np.int64], found: Floats, bits: Sequence[int]) -> list[int]:
    """The bits of the families that do not earn their pairs.

    masks: combinations of families; pairs: how many drawn candidates each made; found: how many of them are one person.
    """
    waiting, new = {bit: np.uint64(1 << bit) for bit in bits}, np.ones(len(masks), dtype=np.bool_)
    while waiting:
        added = {bit: new & (masks & of_family > 0) for bit, of_family in waiting.items()}
        share = {bit: found[those].sum() / max(pairs[those].sum(), 1) for bit, those in added.items()}
        best = max(share, key=lambda bit: (share[bit], -bit))
        if share[best] < WORTH:
            break
        new &= ~added[best]
        del waiting[best]
    return [*waiting]


def weigh(
    candidates: Candidates, columns: Mapping[str, Column], comparer: Comparer, model: Model, drawn: Drawn | None = None
) -> list[Weighed]:
    """Compares and scores all candidates, batch after batch; where all were drawn they are compared already."""
    if drawn is not None and drawn.shown.share == 1:
        return [_kept(drawn.batch, drawn.shown, model)]

    def one(bounds: tuple[int, int]) -> Weighed:
        batch = candidates.batch(*bounds)
        return _kept(batch, look(comparer, columns, batch.left, batch.right), model)

    return at_once(one, candidates.bounds(), candidates.records)


def _kept(batch: Batch, shown: Shown, model: Model) -> Weighed:
    logits = score(model, shown)
    likely = logits > DOUBT
    # Places are fetched several times as fast as marks.
    strong, weak = which(likely), which(~likely)
    return Weighed(
        batch.left[strong].astype(np.int32),
        batch.right[strong].astype(np.int32),
        shown.patterns[strong],
        logits[strong],
        packed(batch.left[weak], batch.right[weak]),
        Tally.of(batch.families, logits) if len(batch.families) else UNTOLD,
    )


def weigh_few(batch: Batch, columns: Mapping[str, Column], comparer: Comparer, model: Model) -> Weighed:
    """The same for candidates that are at hand."""
    return _kept(batch, look(comparer, columns, batch.left, batch.right), model)


def in_one(parts: list[Weighed]) -> Weighed:
    """Batches in their order as one. Empties the list: of the pairs, one column at a time is there twice."""
    if len(parts) == 1:
        return parts.pop()
    tally = Tally.together([part.tally for part in parts])
    names = ("left", "right", "patterns", "logits", "weak")
    waiting = {name: [getattr(part, name) for part in parts] for name in names}
    parts.clear()

    def whole(name: str) -> NDArray[Any]:
        made = np.concatenate(waiting.pop(name))
        give_back()  # of the batches, which are too small for the C library to do so by itself
        return made

    left, right, patterns, logits, weak = (whole(name) for name in names)
    return Weighed(left, right, patterns, logits, weak, tally)


def with_weak_inside(batches: list[Weighed], root: Rows, compare: Compare, model: Model) -> Weighed:
    """All batches as one, with the pairs that are strangers by themselves, but may be joined by others, among the rest.

    root: for each row the smallest row of all that it may end up with. compare: what pairs of rows show. Empties the
    list: nothing but a batch at a time is there twice.
    """

    def one(place: int) -> None:
        batches[place] = _with_weak_inside(batches[place], root, compare, model)

    at_once(one, range(len(batches)), len(root))
    return in_one(batches)


def _with_weak_inside(weighed: Weighed, root: Rows, compare: Compare, model: Model) -> Weighed:
    inside = _inside(weighed.weak, root)
    if not len(inside):
        return weighed
    left, right = ends(weighed.weak[inside])
    shown = compare(left, right)
    places = np.searchsorted(packed(weighed.left, weighed.right), weighed.weak[inside])
    return Weighed(
        np.insert(weighed.left, places, left),
        np.insert(weighed.right, places, right),
        np.insert(weighed.patterns, places, shown.patterns),
        np.insert(weighed.logits, places, score(model, shown)),
        np.delete(weighed.weak, inside),
        weighed.tally,
    )


def _inside(weak: NDArray[np.uint64], root: Rows) -> Rows:
    """The places of the packed pairs whose rows have one root; unpacked all at once they would take a lot of memory."""
    found = [np.zeros(0, dtype=np.int64)]
    for begin in range(0, len(weak), CHUNK):
        left, right = ends(weak[begin : begin + CHUNK])
        found.append(begin + which(root[left] == root[right]))
    return np.concatenate(found)
