"""Doubt: which cases a steward should see, the most valuable first.

A case is two entities that may be one, or one entity that may be two. Whether two entities are one is asked of all the
evidence between them: the average over the pairs that met. One likely pair among many that contradict it is weak.
"""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import AT_A_TIME, End, Rows, couple, together
from resolver.model.cutoffs import Cutoffs
from resolver.model.layout import Floats
from resolver.model.odds import log_odds, probabilities
from resolver.runs import least, winners
from resolver.steps.block import ends
from resolver.steps.cluster import CLIP
from resolver.steps.weigh import DOUBT
from resolver.threads import at_once
from rules.values.distinct import GOLDEN, begins

UNSURE = "alike, but not enough to join"
AGAINST = "alike, but the rest of the group speaks against it"
THIN = "joined on thin evidence"
STRIKING = log_odds(0.9)
"""A pair as sure as this is asked about, whatever the rest of its group says."""
EVEN = 0.5
"""The chance of a striking pair that the rest contradicts: on labelled sets it was one person every second time."""

SLOTS = 8
"""Slots for each couple in a table of the couples there are."""
NO_ROWS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Linked:
    """Scored pairs of rows, left < right, their natural log odds, and for each row the smallest row of its entity.

    weak: further pairs, packed, that were compared and are strangers beyond doubt.
    """

    entity: Rows
    left: End
    right: End
    logits: Floats
    weak: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Which pairs lie inside one entity."""
        return together(self.entity, self.left, self.right)

    def names(self, pairs: Rows) -> Rows:
        """A number for each of some pairs that its records alone decide: ties go to the smallest."""
        return couple(self.left[pairs], self.right[pairs])

    def ends(self, pairs: Rows | NDArray[np.bool_] | slice) -> Rows:
        """Names the two entities of some pairs by one number, whichever record is on the left."""
        return self.named(self.left[pairs], self.right[pairs])

    def named(self, left: End, right: End) -> Rows:
        """The same for pairs of rows."""
        return couple(self.entity[left], self.entity[right])

    @cached_property
    def couples(self) -> "Couples":
        """Every two entities that share a pair worth a thought."""
        return _couples(self)

    @cached_property
    def weakest(self) -> Rows:
        """For each entity the pair it hangs on: of the best links of its records the weakest."""
        return _weakest(self)


def _parts(number: int) -> list[slice]:
    return [slice(begin, begin + AT_A_TIME) for begin in range(0, number, AT_A_TIME)]


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
    found = _between(linked)
    against = _met_in_vain(linked, found.names)
    met = found.met + against
    mean = (found.total - CLIP * against) / np.maximum(met, 1)
    # No couple is surer than its best pair; the clip alone would make it so.
    chance = np.minimum(probabilities(mean), probabilities(linked.logits[found.best]))
    return Couples(found.best, chance, met)


class _Evidence(NamedTuple):
    """Couples by name, ascending: the strongest pair, how many pairs were scored, and their log odds summed up."""

    names: Rows
    best: Rows
    met: Rows
    total: Floats


def _between(linked: Linked) -> _Evidence:
    """All couples that share a likely pair; those of neighbouring first entities are looked at together."""
    names, number = np.empty(len(linked.left), dtype=np.int64), np.zeros(len(linked.entity), dtype=np.int64)
    for part in _parts(len(names)):
        names[part] = linked.ends(part)
        number += np.bincount(names[part][~linked.inside[part]] >> 32, minlength=len(number))
    begin = np.cumsum(number)
    edges = np.searchsorted(begin, np.arange(AT_A_TIME, int(begin[-1:].sum()), AT_A_TIME)).tolist()

    def found(edges: tuple[int, int]) -> _Evidence:
        here = np.flatnonzero((names >= edges[0] << 32) & (names < edges[1] << 32) & ~linked.inside)
        return _evidence(linked, here, names[here])

    parts = at_once(found, pairwise((0, *edges, len(begin))))
    return _Evidence(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _evidence(linked: Linked, pairs: Rows, names: Rows) -> _Evidence:
    """What some pairs say of the couples they connect, given by name; couples without a likely pair are left out."""
    logits = linked.logits
    order = np.argsort(names)
    ordered, couple = pairs[order], names[order]
    strong = np.flatnonzero(least(couple, -logits[ordered]))
    best = ordered[strong[winners(couple[strong], linked.names(ordered[strong]))]]
    likely = logits[best] >= DOUBT
    first = begins(couple)
    place = np.empty(len(pairs), dtype=np.int64)
    place[order] = np.where(likely, np.cumsum(likely) - 1, -1)[np.cumsum(first) - 1]
    # In the order of the pairs, so that a sum is the same to the bit however they were sorted.
    known = place >= 0
    number, clipped = int(likely.sum()), np.clip(logits[pairs[known]], -CLIP, CLIP)
    met = np.bincount(place[known], minlength=number)
    total = np.bincount(place[known], clipped, minlength=number).astype(np.float64)
    return _Evidence(couple[first][likely], best[likely], met, total)


def _met_in_vain(linked: Linked, names: Rows) -> Rows:
    """For each couple how many of its pairs are strangers beyond doubt."""
    known, power = np.append(names, -1), (SLOTS * len(names) + 1).bit_length()

    def slot(names: Rows) -> NDArray[np.uint64]:
        return (names.astype(np.uint64) * GOLDEN) >> np.uint64(64 - power)

    # Most of these pairs are no couple's, which a look in a small table tells of nearly all of them.
    taken = np.zeros(1 << power, dtype=np.bool_)
    taken[slot(names)] = True

    def found(part: slice) -> Rows:
        pairs = linked.named(*ends(linked.weak[part]))
        pairs = pairs[taken[slot(pairs)]]
        pairs.sort()  # so that a search in the couples runs through memory once
        couple = np.searchsorted(names, pairs)
        return np.asarray(couple[known[couple] == pairs])

    parts = [NO_ROWS, *at_once(found, _parts(len(linked.weak)))]
    return np.bincount(np.concatenate(parts), minlength=len(names))


def _weakest(linked: Linked) -> Rows:
    inside = np.flatnonzero(linked.inside)
    left, right, own = linked.left[inside], linked.right[inside], linked.logits[inside]
    best = np.full(len(linked.entity), -np.inf)
    np.maximum.at(best, left, own)
    np.maximum.at(best, right, own)
    weak = np.flatnonzero(own == np.minimum(best[left], best[right]))
    weak = weak[np.argsort(linked.entity[left[weak]])]
    group, pairs = linked.entity[left[weak]], inside[weak]
    return pairs[winners(group, own[weak], linked.names(pairs))]


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
    against = logits[apart] >= log_odds(cutoffs.match)
    reason = pl.Series((UNSURE, AGAINST, THIN)).gather(np.concatenate((against, np.full(len(thin), 2))))
    ends = entity[linked.left[cases]], entity[linked.right[cases]]
    hanging = size[ends[0]] + np.where(linked.inside[cases], 0, size[ends[1]])
    chance = np.concatenate((chance, probabilities(logits[thin])))
    value = (1 - np.abs(2 * chance - 1)) * hanging
    frame = pl.DataFrame({"pair": cases, "reason": reason, "records": hanging, "value": value})
    return frame.sort(["value", "pair"], descending=[True, False])
