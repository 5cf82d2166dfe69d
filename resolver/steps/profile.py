"""Profile: what a group of records knows together, compared with what another group knows.

Pair by pair, a record with nothing but a name and a phone has little in common with most records of its person, and
the average between the groups speaks against joining. Together those records hold three mailboxes, two phones and an
employer; the one they share counts, and that the others differ is no wonder. So groups that a pair of records connects
are compared once more as if each were one record with several values a field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from resolver.columns import Column, Rows
from resolver.model.layout import Floats
from resolver.steps.block import LOW
from resolver.steps.cluster import CLIP, UNSEEN, Bounds, Pairs, cluster

SHARE = 0.4
"""Of the evidence between two groups, how much the profiles tell; the mean of their pairs tells the rest. Values of
many records agree by chance more easily than those of two, so the profiles alone would join too much."""

Weigh = Callable[[Mapping[str, Column], Rows, Rows], Floats]
"""Columns, left and right rows of them -> the natural log odds of each pair."""


@dataclass(frozen=True)
class Grouping:
    """All that decides which records are one entity.

    pairs, logits: the scored pairs of rows. columns: what the records hold. weigh: how pairs of such rows are scored.
    bounds: what holds whatever the evidence.
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
        groups, place = np.unique(entity, return_inverse=True)
        left, right, evidence = self._between(place, threshold)
        joined = cluster(len(groups), left, right, evidence, self.bounds.of_groups(place), threshold=threshold)
        return np.asarray(groups[joined][place])

    def _between(self, place: Rows, threshold: float) -> tuple[Rows, Rows, Floats]:
        """Groups that share scored pairs, left < right, and the evidence between them.

        The profiles count where a pair of records is above the threshold. place: for each row the number of its group.
        """
        ends = np.sort(np.stack([place[side] for side in self.pairs]), axis=0)
        apart = ends[0] != ends[1]
        between, pair = np.unique((ends[0][apart] << 32) | ends[1][apart], return_inverse=True)
        left, right, logits = between >> 32, between & np.int64(LOW), self.logits[apart]
        size, met = np.bincount(place), np.bincount(pair, minlength=len(between))
        possible = size[left] * size[right]
        sums = np.bincount(pair, np.clip(logits, -CLIP, CLIP), minlength=len(between))
        means = (sums + UNSEEN * (possible - met)) / possible
        # Two single records are compared already.
        linked = (np.bincount(pair[logits > threshold], minlength=len(between)) > 0) & (possible > 1)
        known = {name: _together(column, place, len(size)) for name, column in self.columns.items()}
        profiles = np.clip(self.weigh(known, left[linked], right[linked]), -CLIP, CLIP)
        means[linked] = SHARE * profiles + (1 - SHARE) * means[linked]
        # What speaks against joining counts too, where a third group might bring the two together.
        touched = np.zeros(len(size), dtype=bool)
        touched[left[linked]] = touched[right[linked]] = True
        kept = touched[left] & touched[right]
        return left[kept], right[kept], means[kept]


def _together(column: Column, place: Rows, groups: int) -> Column:
    """A column with a row a group: everything that its records hold, each value once."""
    rows, codes = column.held
    held = np.unique((place[rows] << 32) | codes)
    starts = np.searchsorted(held, np.arange(groups + 1, dtype=np.int64) << 32)
    return Column(column.values, (held & np.int64(LOW)).astype(np.int32), starts)
