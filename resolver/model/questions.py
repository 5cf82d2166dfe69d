"""Which pairs to ask people about: those whose answers would settle most of what is unsure.

Each question is the one that most lowers the expected uncertainty of all scores together (Bayesian experimental design
for a Gaussian posterior: Chaloner & Verdinelli 1995, section 2). Its answer tells something about every pair that shows
some of the same levels, and the more so the surer nobody is of it. So questions lie near the threshold, are about
patterns that many pairs and records hang on, and are not the same question twice: what one answer tells, it has told.

Scores may be sure and wrong, which no question near the threshold shows. So they are taken for less sure than they
say (TEMPER), and a few questions are controls: common patterns that are clearly joined, and clearly apart.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from resolver.model.layout import Floats, Layout, Patterns
from resolver.model.odds import probabilities
from resolver.model.taught import Flags, terms

TEMPER = 2.0
"""Log odds are divided by this: a pair scored at 98 in 100 is taken for one at 88 in 100."""
PRIOR = 1.0
"""How far the weight of a level may be off: one standard deviation, in natural log odds."""
CONTROLS = 0.2
"""The share of the questions that are controls, half of them joined and half apart."""
CLEAR = 2.2
"""Log odds from which a pair is clear: nine in ten."""
PATTERNS = 2000
"""Only the patterns with the most at stake are considered; comparing each with each takes memory."""

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """The pairs that may be asked about, in an order that follows content.

    logits: natural log odds, 0 at the threshold. stakes: how many records hang on each answer.
    held: which pairs caution holds back. done: which have been asked already.
    """

    layout: Layout
    patterns: Patterns
    logits: Floats
    stakes: Floats
    held: Flags
    done: Flags

    @property
    def unsure(self) -> Floats:
        """How much each answer tells: p (1 - p), with the scores taken for less sure than they say."""
        chance = probabilities(self.logits / TEMPER)
        return np.asarray(chance * (1 - chance))


def choose(pool: Pool, count: int) -> Places:
    """Places of so many pairs in the pool, or of all that are left; the most telling first, controls last."""
    controls = _controls(pool, round(count * CONTROLS))
    return np.concatenate((_telling(pool, count - len(controls), controls), controls))


def _telling(pool: Pool, count: int, taken: Places) -> Places:
    """The pairs that together lower the uncertainty most, picked one by one."""
    unsure, free = pool.unsure, ~pool.done
    free[taken] = False
    distinct, first, places = np.unique(pool.patterns, return_index=True, return_inverse=True)
    stake = np.bincount(places, unsure * np.sqrt(pool.stakes))
    considered = np.sort(np.argsort(-stake * (np.bincount(places, free) > 0), kind="stable")[:PATTERNS])
    design = terms(pool.layout, distinct, pool.held[first])
    known = np.bincount(places, unsure * pool.done)
    spread = np.linalg.inv(np.eye(design.shape[1]) / PRIOR**2 + (design.T * known) @ design)
    shown = design[considered]
    covariance, stake = shown @ spread @ shown.T, stake[considered]
    waiting = _nearest(pool, places, considered, free, count)
    chosen: list[int] = []
    while len(chosen) < count and waiting:
        tells = np.asarray([unsure[pairs[-1]] if pairs else 0.0 for pairs in waiting])
        gain = (stake @ covariance**2) * tells / (1 + tells * covariance.diagonal())
        best = int(gain.argmax())
        if not waiting[best]:
            break
        chosen.append(waiting[best].pop())
        row = covariance[best].copy()
        covariance -= np.outer(row, row) * (tells[best] / (1 + tells[best] * row[best]))
    return np.asarray(chosen, dtype=np.int64)


def _nearest(pool: Pool, places: NDArray[np.intp], considered: Places, free: Flags, most: int) -> list[list[int]]:
    """For each considered pattern its free pairs nearest to the threshold, at most `most`, the nearest last."""
    at = np.full(int(places.max(initial=-1)) + 1, -1)
    at[considered] = np.arange(len(considered))
    mine = np.flatnonzero(free & (at[places] >= 0))
    order = mine[np.lexsort((-mine, -np.abs(pool.logits[mine]), at[places[mine]]))]
    ends = np.searchsorted(at[places[order]], np.arange(len(considered) + 1))
    return [order[max(begin, end - most) : end].tolist() for begin, end in pairwise(ends)]


def _controls(pool: Pool, count: int) -> Places:
    """A typical pair of each of the commonest patterns that are clearly joined, and of those clearly apart."""
    found = []
    for clear in (pool.logits > CLEAR, pool.logits < -CLEAR):
        free = np.flatnonzero(clear & ~pool.done)
        places = np.unique(pool.patterns[free], return_inverse=True)[1]
        sizes = np.bincount(places)
        for common in np.argsort(-sizes, kind="stable")[: count // 2]:
            pairs = free[places == common]
            found.append(int(pairs[np.argsort(pool.logits[pairs], kind="stable")[len(pairs) // 2]]))
    return np.asarray(found, dtype=np.int64)
