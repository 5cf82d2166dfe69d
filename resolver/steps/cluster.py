"""Cluster: scored pairs -> entities, weighing evidence against as well as for.

Connected components would let one false link chain strangers. Here two groups join only while the *average* of all
evidence between their records speaks for it (average linkage on log odds; Sokal & Michener 1958), where a pair that
never met counts as mild evidence against. Ties go to the smallest row numbers, which follow content, so the result
does not depend on the order of arrival.

What no score may change comes as bounds: rows that are one entity begin as one group, and of the rows that carry one
mark an entity holds no two. What people said and sources that hold nobody twice are both told in these terms.
"""

import heapq
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from resolver.columns import End, Rows
from resolver.components import components
from resolver.model.layout import Floats
from resolver.runs import ordered
from resolver.steps.block import LOW, Groups
from rules.values.arrays import which
from rules.values.distinct import begins
from rules.values.hashes import mixed

CLIP = 8.0
"""No single pair outweighs more than this (natural log odds): one typing error must not cost a whole entity."""
UNSEEN = -4.0
DENSE = 40
"""Up to this many records a component is a small dense matrix; larger ones use sparse sums and a heap."""


Pairs = tuple[End, End]
NONE: Pairs = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class Bounds:
    """What no score may change.

    same: (left, right) rows that are one entity. marks: (row, mark); an entity holds no two rows with the same mark,
    except those that `same` puts together.
    """

    same: Pairs = NONE
    marks: Pairs = NONE

    @classmethod
    def of(cls, same: Pairs = NONE, different: Pairs = NONE, sides: Rows | None = None) -> "Bounds":
        """different: (left, right) rows that are not one entity. sides: a number a row; rows of one number neither.

        Two that are different get a mark of their own, which both carry.
        """
        side = NONE[0] if sides is None else sides
        own = side.max(initial=-1) + 1 + np.arange(len(different[0]))
        return cls(same, (np.concatenate((np.arange(len(side)), *different)), np.concatenate((side, own, own))))

    def of_groups(self, place: Rows) -> "Bounds":
        """What holds between groups of rows that heed these bounds. place: for each row the number of its group."""
        marks = np.unique(np.stack((place[self.marks[0]], self.marks[1])), axis=1)
        return Bounds(marks=(marks[0], marks[1]))


def cluster(
    records: int, left: End, right: End, logits: Floats, bounds: Bounds | None = None, *, threshold: float = 0.0
) -> Rows:
    """For each row the smallest row of its entity.

    left, right: distinct pairs, left < right. logits: natural log odds of each pair.
    bounds: what holds whatever the evidence. threshold: groups join while the mean log odds between them is above it.
    A stricter threshold gives parts of the entities of a laxer one, as no join makes a later mean larger.
    """
    bounds = bounds or Bounds()
    unit = components(records, *bounds.same)
    units = _Units.of(unit, left, right, np.clip(logits, -CLIP, CLIP), bounds.marks)
    units = replace(units, threshold=max(threshold, UNSEEN))
    strong = units.sums > units.threshold * units.size[units.left] * units.size[units.right]
    root = components(records, units.left[strong], units.right[strong])
    sizes = np.bincount(root, minlength=records)
    roots = which(sizes > 1)
    roots = roots[ordered(sizes[roots])]
    sizes = sizes[roots]
    component = np.full(records, -1)
    component[roots] = np.arange(len(roots))
    component = component[root]
    members = which(component >= 0)
    members = members[ordered(component[members])]
    starts = np.concatenate(([0], np.cumsum(sizes)))
    units = units.inside(component, sizes)
    edges = np.searchsorted(component[units.left], np.arange(len(roots) + 1))
    entity = np.arange(records, dtype=np.int64)
    for first, last in pairwise((*which(begins(sizes)).tolist(), len(roots))):
        rows = members[starts[first] : starts[last]].reshape(last - first, -1)
        if rows.shape[1] <= DENSE:
            _dense(entity, rows, edges[first : last + 1], units)
        else:
            for one, (begin, end) in zip(rows, pairwise(edges[first : last + 1].tolist()), strict=True):
                _sparse(entity, one, units.where(slice(begin, end)))
    return entity[unit]


def numbered(entity: Rows) -> tuple[Rows, Rows]:
    """The first row of each entity, ascending, and for each row the place of its entity among them.

    entity: for each row the smallest row of its entity, or -1, of which the place is -1 too.
    """
    founding = entity == np.arange(len(entity))
    place = (np.cumsum(founding) - 1)[entity]
    place[entity < 0] = -1
    return which(founding), place


@dataclass(frozen=True)
class _Units:
    """The groups that clustering begins with, each called after its smallest row, and the evidence between them.

    size: for each row the number of records of its unit; 0 for a row that is in another's. left, right, sums: the
    evidence between two units, summed over all pairs of their records, left < right. marks: (unit, mark).
    threshold: what the mean between two groups must exceed.
    """

    size: Rows
    left: End
    right: End
    sums: Floats
    marks: Pairs
    threshold: float = 0.0

    @classmethod
    def of(cls, unit: Rows, left: End, right: End, weights: Floats, marks: Pairs) -> "_Units":
        """unit: for each row the smallest row of its unit. left, right, weights: the scored pairs."""
        size = np.bincount(unit, minlength=len(unit))
        marks = unit[marks[0]], marks[1]
        if (size == 1).all():
            return cls(size, left, right, weights, marks)
        low, high = np.minimum(unit[left], unit[right]), np.maximum(unit[left], unit[right])
        between = low != high
        packed, pair = np.unique((low[between] << 32) | high[between], return_inverse=True)
        low, high = packed >> 32, packed & np.int64(LOW)
        unseen = size[low] * size[high] - np.bincount(pair, minlength=len(packed))
        sums = np.bincount(pair, weights[between], minlength=len(packed)) + UNSEEN * unseen
        return cls(size, low, high, sums, marks)

    def where(self, kept: NDArray[np.bool_] | slice) -> "_Units":
        """Only some of the evidence."""
        return replace(self, left=self.left[kept], right=self.right[kept], sums=self.sums[kept])

    def inside(self, component: Rows, sizes: Rows) -> "_Units":
        """The evidence inside components, one component after the other.

        component: for each row the number of its component, or -1. sizes: how many units each has. In those that
        become dense matrices, units with a common mark have infinite evidence against them.
        """
        of_pair = component[self.left]
        kept = which((of_pair >= 0) & (of_pair == component[self.right]))
        low, high = self._apart(component, sizes)
        order = ordered(np.concatenate((of_pair[kept], component[low])))
        left, right = np.concatenate((self.left[kept], low)), np.concatenate((self.right[kept], high))
        sums = np.concatenate((self.sums[kept], np.full(len(low), -np.inf)))
        return replace(self, left=left[order], right=right[order], sums=sums[order])

    def _apart(self, component: Rows, sizes: Rows) -> Pairs:
        """Units of one small component that carry the same mark, left < right."""
        units, marks = self.marks
        here = component[units] >= 0
        here[here] = sizes[component[units[here]]] <= DENSE
        units, marks = units[here], marks[here]
        keys = np.unique(component[units] * (marks.max(initial=0) + 1) + marks, return_inverse=True)[1]
        groups = Groups.of(units, mixed(keys.astype(np.uint64)))
        pairs = np.concatenate([NONE[0], *groups.pairs(DENSE)]).astype(np.int64)
        return pairs >> 32, pairs & np.int64(LOW)

    def marks_of(self, rows: Rows) -> list[set[int]]:
        """The marks that each of some units carries."""
        held: dict[int, set[int]] = {row: set() for row in rows.tolist()}
        here = np.isin(self.marks[0], rows)
        for unit, mark in zip(self.marks[0][here].tolist(), self.marks[1][here].tolist(), strict=True):
            held[unit].add(mark)
        return list(held.values())


def _dense(entity: Rows, rows: Rows, edges: Rows, units: _Units) -> None:
    """Average linkage of all components of one size at once; changes `entity` in place.

    rows: (components x size) row numbers, ascending. edges: where in `units` the evidence of each component begins, and
    the end of the last one's.
    """
    number, size = rows.shape
    place = np.empty(len(entity), dtype=np.int64)
    place[rows] = np.arange(size)
    step = max(1, 4_000_000 // size**2)
    for begin in range(0, number, step):
        part = rows[begin : begin + step]
        starts = edges[begin : begin + len(part) + 1]
        here = slice(starts[0], starts[-1])
        which = np.repeat(np.arange(len(part)), np.diff(starts))
        i, j = place[units.left[here]], place[units.right[here]]
        held = units.size[part].astype(np.float64)
        sums = UNSEEN * held[:, :, None] * held[:, None, :]
        # where a pair has evidence and is to stay apart, the latter comes later and stays
        sums[which, i, j] = sums[which, j, i] = units.sums[here]
        entity[part] = np.take_along_axis(part, _link(sums, held, units.threshold), axis=1)


def _link(sums: NDArray[np.float64], held: NDArray[np.float64], threshold: float) -> NDArray[np.int64]:
    """(components x size x size) evidence -> for each place the smallest place of its group; consumes both.

    held: (components x size) records of each place.
    """
    number, size, _ = sums.shape
    label = np.tile(np.arange(size), (number, 1))
    upper = np.triu(np.ones((size, size), dtype=bool), 1)
    live = np.arange(number)
    for _ in range(size - 1):
        pairs = held[live][:, :, None] * held[live][:, None, :]
        means = np.where(upper & (pairs > 0), sums[live] / np.maximum(pairs, 1), -np.inf)
        best = means.reshape(len(live), -1).argmax(axis=1)
        joined = means.reshape(len(live), -1)[np.arange(len(live)), best] > threshold
        live, best = live[joined], best[joined]
        if not len(live):
            break
        into, gone = best // size, best % size
        sums[live, into, :] += sums[live, gone, :]
        sums[live, :, into] += sums[live, :, gone]
        held[live, into] += held[live, gone]
        held[live, gone] = 0
        label[live] = np.where(label[live] == gone[:, None], into[:, None], label[live])
    return label


def _sparse(entity: Rows, rows: Rows, units: _Units) -> None:
    """Average linkage of one large component with a heap; only groups that share a scored pair can join."""
    place = {int(row): number for number, row in enumerate(rows)}
    near: list[dict[int, tuple[float, int]]] = [{} for _ in rows]
    heap: list[tuple[float, int, int]] = []
    size: list[int] = units.size[rows].tolist()
    marks = units.marks_of(rows)
    for a, b, total in zip(units.left.tolist(), units.right.tolist(), units.sums.tolist(), strict=True):
        i, j = place[a], place[b]
        if marks[i].isdisjoint(marks[j]):
            near[i][j] = near[j][i] = (total, size[i] * size[j])
            if total > units.threshold * size[i] * size[j]:
                heap.append((-total / (size[i] * size[j]), i, j))
    heapq.heapify(heap)
    group = list(range(len(rows)))

    def mean(i: int, j: int) -> float:
        total, seen = near[i][j]
        pairs = size[i] * size[j]
        return (total + UNSEEN * (pairs - seen)) / pairs

    while heap:
        score, i, j = heapq.heappop(heap)
        if size[i] == 0 or size[j] == 0 or j not in near[i] or -score != mean(i, j):
            continue
        size[i] += size[j]
        size[j] = 0
        group[j] = i
        del near[i][j]
        for k, (total, seen) in near[j].items():
            if k == i:
                continue
            before, number = near[i].get(k, (0.0, 0))
            near[i][k] = near[k][i] = (before + total, number + seen)
            near[k].pop(j, None)
        near[j] = {}
        marks[i] |= marks[j]
        for k in [k for k in near[i] if not marks[i].isdisjoint(marks[k])]:
            del near[i][k], near[k][i]
        for k in near[i]:
            if mean(i, k) > units.threshold:
                heapq.heappush(heap, (-mean(i, k), min(i, k), max(i, k)))
    for number in range(len(rows)):
        top = number
        while group[top] != top:
            top = group[top]
        group[number] = top
    entity[rows] = rows[np.asarray(group)]
