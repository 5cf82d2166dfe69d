"""Profile: what a group of records knows together, compared with what another group knows.

Pair by pair, a record with nothing but a name and a phone has little in common with most records of its person, and
the average between the groups speaks against joining. Together those records hold three mailboxes, two phones and an
employer; the one they share counts, and that the others differ is no wonder. So groups that a pair of records connects
are compared once more as if each were one record with several values a field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, Rows, couple, distinct
from resolver.model.layout import Floats
from resolver.steps.block import LOW, ends
from resolver.steps.cluster import CLIP, UNSEEN, Bounds, Pairs, cluster

SHARE = 0.4
"""Of the evidence between two groups, how much the profiles tell; the mean of their pairs tells the rest. Values of
many records agree by chance more easily than those of two, so the profiles alone would join too much."""

Weigh = Callable[[Mapping[str, Column], Rows, Rows], Floats]
"""Columns, left and right rows of them -> the natural log odds of each pair."""


@dataclass(frozen=True)
class Grouping:
    """All that decides which records are one entity.

    pairs, logits: the scored pairs of rows. weak: further pairs, packed, that weigh `-CLIP`; none of them lies inside a
    group that the others connect. columns: what the records hold. weigh: how pairs of such rows are scored.
    bounds: what holds whatever the evidence.
    """

    pairs: Pairs
    logits: Floats
    weak: NDArray[np.uint64]
    columns: Mapping[str, Column]
    weigh: Weigh
    bounds: Bounds

    def entities(self, records: int, threshold: float) -> Rows:
        """For each row the smallest row of its entity: records are linked to groups, then groups by their profiles.

        threshold: what the evidence between two groups must exceed (natural log odds).
        """
        entity = cluster(records, *self.pairs, self.logits, self.bounds, threshold=threshold)
        groups, place = np.unique(entity, return_inverse=True)
        left, right, evidence = self._between(place, threshold)
        joined = cluster(len(groups), left, right, evidence, self.bounds.of_groups(place), threshold=threshold)
        return np.asarray(groups[joined][place])

    def _between(self, place: Rows, threshold: float) -> tuple[Rows, Rows, Floats]:
        """Groups that share scored pairs, left < right, and the evidence between them.

        The profiles count where a pair of records is above the threshold. place: for each row the number of its group.
        """
        size = np.bincount(place)
        one, other = (place[side] for side in self.pairs)
        # Two single records are compared already.
        several = (one != other) & ((size[one] > 1) | (size[other] > 1))
        linked = several & (self.logits > threshold)
        names = distinct(couple(one[linked], other[linked]))
        touched = np.zeros(len(size), dtype=bool)
        touched[names >> 32] = touched[names & np.int64(LOW)] = True
        # What speaks against joining counts too, where a third group might bring the two together.
        near = (one != other) & touched[one] & touched[other]
        far_one, far_other = (place[side] for side in ends(self.weak))
        far = touched[far_one] & touched[far_other]
        met = couple(one[near], other[near]), couple(far_one[far], far_other[far])
        between, pair = np.unique(np.concatenate(met), return_inverse=True)
        weights = np.concatenate((np.clip(self.logits[near], -CLIP, CLIP), np.full(len(met[1]), -CLIP)))
        left, right = between >> 32, between & np.int64(LOW)
        possible = size[left] * size[right]
        means = (np.bincount(pair, weights) + UNSEEN * (possible - np.bincount(pair))) / possible
        known = {name: _together(column, place, touched) for name, column in self.columns.items()}
        at = np.searchsorted(between, names)
        profiles = np.clip(self.weigh(known, left[at], right[at]), -CLIP, CLIP)
        means[at] = SHARE * profiles + (1 - SHARE) * means[at]
        return left, right, means


def _together(column: Column, place: Rows, wanted: NDArray[np.bool_]) -> Column:
    """A column with a row a group: everything that its records hold, each value once; nothing for the unwanted."""
    rows, codes = column.held
    group = place[rows]
    here = wanted[group]
    held = distinct((group[here] << 32) | codes[here])
    starts = np.searchsorted(held, np.arange(len(wanted) + 1, dtype=np.int64) << 32)
    return Column(column.values, (held & np.int64(LOW)).astype(np.int32), starts)
