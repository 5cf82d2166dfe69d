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
from resolver.runs import LOW
from resolver.steps.cluster import CLIP, UNSEEN, Bounds, Pairs, cluster, numbered
from rules.values.arrays import which

SHARE = 0.4
"""Of the evidence between two groups, how much the profiles tell; the mean of their pairs tells the rest. Values of
many records agree by chance more easily than those of two, so the profiles alone would join too much."""

Weigh = Callable[[Mapping[str, Column], Rows, Rows], Floats]
"""Columns, left and right rows of them -> the natural log odds of each pair."""


@dataclass(frozen=True)
class Grouping:
    """All that decides which records are one entity.

    pairs, logits: the scored pairs of rows that may end up in one entity. columns: what the records hold. weigh: how
    pairs of such rows are scored. bounds: what holds whatever the evidence.
    """

    pairs: Pairs
    logits: Floats
    columns: Mapping[str, Column]
    weigh: Weigh
    bounds: Bounds

    def entities(self, records: int, threshold: float) -> Rows:
        """For each row the smallest row of its entity: records are linked to groups, then groups by their profiles.

        threshold: what the evidence between two groups must exceed (natural log odds).
        """
        entity = cluster(records, *self.pairs, self.logits, self.bounds, threshold=threshold)
        groups, place = numbered(entity)
        left, right, evidence = self._between(place, threshold)
        if not len(left):
            return entity
        joined = cluster(len(groups), left, right, evidence, self.bounds.of_groups(place), threshold=threshold)
        return np.asarray(groups[joined][place])

    def _between(self, place: Rows, threshold: float) -> tuple[Rows, Rows, Floats]:
        """Groups that share scored pairs, left < right, and the evidence between them.

        The profiles count where a pair of records is above the threshold. place: for each row the number of its group.
        """
        size = np.bincount(place)
        _, one, other = self._apart(place, self.logits > threshold)
        # Two single records are compared already.
        several = (size[one] > 1) | (size[other] > 1)
        names = distinct(couple(one[several], other[several]))
        touched = np.zeros(len(size), dtype=bool)
        touched[names >> 32] = touched[names & LOW] = True
        # What speaks against joining counts too, where a third group might bring the two together.
        held = touched[place]
        near, one, other = self._apart(place, held[self.pairs[0]] & held[self.pairs[1]])
        between, pair = np.unique(couple(one, other), return_inverse=True)
        weights = np.clip(self.logits[near], -CLIP, CLIP)
        left, right = between >> 32, between & LOW
        possible = size[left] * size[right]
        means = (np.bincount(pair, weights) + UNSEEN * (possible - np.bincount(pair))) / possible
        if len(names):
            at = np.searchsorted(between, names)
            profiles = np.clip(self._profiles(place, left[at], right[at]), -CLIP, CLIP)
            means[at] = SHARE * profiles + (1 - SHARE) * means[at]
        return left, right, means

    def _apart(self, place: Rows, chosen: NDArray[np.bool_]) -> tuple[Rows, Rows, Rows]:
        """Those of the chosen pairs whose rows are in two groups, and these groups."""
        pairs = which(chosen)
        one, other = (place[side[pairs]] for side in self.pairs)
        apart = one != other
        return pairs[apart], one[apart], other[apart]

    def _profiles(self, place: Rows, left: Rows, right: Rows) -> Floats:
        """The log odds of pairs of groups, of which each is compared as one record."""
        groups = distinct(np.concatenate((left, right)))
        number = np.full(len(place), -1)
        number[groups] = np.arange(len(groups))
        rows = which(number[place] >= 0)
        known = {name: _together(column, rows, number[place[rows]]) for name, column in self.columns.items()}
        return self.weigh(known, number[left], number[right])


def _together(column: Column, rows: Rows, group: Rows) -> Column:
    """A column with a row a group: everything that its records hold, each value once. rows, group: the members."""
    places, codes = column.of(rows)
    held = distinct((group[places] << 32) | codes)
    starts = np.searchsorted(held, np.arange(group.max(initial=-1) + 2, dtype=np.int64) << 32)
    return Column(column.values, (held & LOW).astype(np.int32), starts)
