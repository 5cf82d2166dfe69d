"""Doubt: which cases a steward should see, the most valuable first.

A case is two entities that may be one, or one entity that may be two. Whether two entities are one is asked of all the
evidence between them: the average over the pairs that met. One likely pair among many that contradict it is weak.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Rows
from resolver.model.cutoffs import Cutoffs
from resolver.model.layout import Floats
from resolver.model.odds import log_odds, probabilities
from resolver.steps.cluster import CLIP

UNSURE = "alike, but not enough to join"
AGAINST = "alike, but the rest of the group speaks against it"
THIN = "joined on thin evidence"
WORTH_A_THOUGHT = log_odds(0.001)
"""Two entities whose best pair is less likely than this are not looked at."""
STRIKING = log_odds(0.9)
"""A pair as sure as this is asked about, whatever the rest of its group says."""
EVEN = 0.5
"""The chance of a striking pair that the rest contradicts: on labelled sets it was one person every second time."""


@dataclass(frozen=True)
class Linked:
    """Scored pairs of rows, left < right, their natural log odds, and for each row the smallest row of its entity."""

    entity: Rows
    left: Rows
    right: Rows
    logits: Floats

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Which pairs lie inside one entity."""
        return np.asarray(self.entity[self.left] == self.entity[self.right])

    @cached_property
    def names(self) -> Rows:
        """A number a pair that its records alone decide: ties go to the smallest."""
        return (np.minimum(self.left, self.right) << 32) | np.maximum(self.left, self.right)

    def ends(self, pairs: Rows | NDArray[np.bool_]) -> Rows:
        """Names the two entities of some pairs by one number, whichever record is on the left."""
        one, other = self.entity[self.left[pairs]], self.entity[self.right[pairs]]
        return (np.minimum(one, other) << 32) | np.maximum(one, other)

    @cached_property
    def couples(self) -> "Couples":
        """Every two entities that share a pair worth a thought."""
        return _couples(self)

    @cached_property
    def weakest(self) -> Rows:
        """For each entity the pair it hangs on: of the best links of its records the weakest."""
        return _weakest(self)


@dataclass(frozen=True)
class Couples:
    """Two entities each, in the order of their rows.

    best: the place of the strongest pair between them. chance: the probability that they are one person. met: how many
    of their pairs were scored.
    """

    best: Rows
    chance: Floats
    met: Rows

    @property
    def expected(self) -> float:
        """Scored pairs between them that are expected to be one person."""
        return float((self.chance * self.met).sum())


def _couples(linked: Linked) -> Couples:
    """Sums up the evidence between every two entities."""
    entity, logits = linked.entity, linked.logits
    likely = np.flatnonzero(~linked.inside & (logits >= WORTH_A_THOUGHT))
    names = np.unique(linked.ends(likely))
    touched = np.zeros(len(entity), dtype=bool)
    touched[entity[linked.left[likely]]] = touched[entity[linked.right[likely]]] = True
    between = np.flatnonzero(~linked.inside & touched[entity[linked.left]] & touched[entity[linked.right]])
    ends = linked.ends(between)
    couple = np.searchsorted(names, ends)
    known = np.append(names, -1)[couple] == ends
    between, couple = between[known], couple[known]
    met = np.bincount(couple, minlength=len(names))
    mean = np.bincount(couple, np.clip(logits[between], -CLIP, CLIP), minlength=len(names)) / np.maximum(met, 1)
    order = np.lexsort((linked.names[between], -logits[between], couple))
    best = between[order][np.searchsorted(couple[order], np.arange(len(names)))]
    # No couple is surer than its best pair; the clip alone would make it so.
    return Couples(best, np.minimum(probabilities(mean), probabilities(logits[best])), met)


def _weakest(linked: Linked) -> Rows:
    inside = np.flatnonzero(linked.inside)
    left, right, own = linked.left[inside], linked.right[inside], linked.logits[inside]
    best = np.full(len(linked.entity), -np.inf)
    np.maximum.at(best, left, own)
    np.maximum.at(best, right, own)
    weak = np.flatnonzero(own == np.minimum(best[left], best[right]))
    group = linked.entity[left[weak]]
    order = np.lexsort((linked.names[inside[weak]], own[weak], group))
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    return inside[weak[order[first]]]


def asked(linked: Linked, cutoffs: Cutoffs) -> NDArray[np.bool_]:
    """Which couples a steward is asked about."""
    found = linked.couples
    return np.asarray((found.chance >= cutoffs.review) | (linked.logits[found.best] >= STRIKING))


def asked_pairs(linked: Linked, cutoffs: Cutoffs) -> NDArray[np.bool_]:
    """Which pairs speak for a couple that a steward is asked about."""
    cases = linked.ends(linked.couples.best[asked(linked, cutoffs)])
    found = ~linked.inside & (linked.logits >= log_odds(cutoffs.review))
    found[found] = np.isin(linked.ends(found), cases)
    return np.asarray(found)


def doubts(linked: Linked, cutoffs: Cutoffs) -> pl.DataFrame:
    """One row a case: the pair that shows it best, the reason, how many records hang on it, and its value.

    Columns: pair (place in the arrays), reason, records, value; ordered by value, then by content.
    """
    entity, logits = linked.entity, linked.logits
    size = np.bincount(entity[entity >= 0], minlength=len(entity))
    shown = asked(linked, cutoffs)
    apart, chance = linked.couples.best[shown], linked.couples.chance[shown]
    chance = np.where(logits[apart] >= STRIKING, np.maximum(chance, EVEN), chance)
    thin = linked.weakest[logits[linked.weakest] < log_odds(cutoffs.sure)]
    cases = np.concatenate((apart, thin))
    reason = np.where(logits[apart] >= log_odds(cutoffs.match), AGAINST, UNSURE).tolist() + [THIN] * len(thin)
    ends = entity[linked.left[cases]], entity[linked.right[cases]]
    hanging = size[ends[0]] + np.where(linked.inside[cases], 0, size[ends[1]])
    chance = np.concatenate((chance, probabilities(logits[thin])))
    value = (1 - np.abs(2 * chance - 1)) * hanging
    frame = pl.DataFrame(
        {"pair": cases, "reason": pl.Series(reason, dtype=pl.String), "records": hanging, "value": value}
    )
    return frame.sort(["value", "pair"], descending=[True, False])
