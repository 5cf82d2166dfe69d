"""Cluster: scored pairs -> entities, weighing evidence against as well as for.

Connected components would let one false link chain strangers. Here two groups join only while the *average* of all
evidence between their records speaks for it (average linkage on log odds; Sokal & Michener 1958), where a pair that
never met counts as mild evidence against. Ties go to the smallest row numbers, which follow content, so the result
does not depend on the order of arrival.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Rows
from resolver.model.layout import Floats

CLIP = 8.0
"""No single pair outweighs more than this (natural log odds): one typing error must not cost a whole entity."""
UNSEEN = -4.0
DENSE = 40
"""Up to this many records a component is a small dense matrix; larger ones use sparse sums and a heap."""


def cluster(records: int, left: Rows, right: Rows, logits: Floats) -> Rows:
    """For each row the smallest row of its entity.

    left, right: distinct pairs, left < right. logits: natural log odds of each pair.
    """
    root = components(records, left[logits > 0], right[logits > 0])
    inside = root[left] == root[right]
    left, right, weights = left[inside], right[inside], np.clip(logits[inside], -CLIP, CLIP)
    sizes = np.bincount(root, minlength=records)
    entity = np.arange(records, dtype=np.int64)
    members = np.argsort(root, kind="stable")
    starts = np.concatenate(([0], np.cumsum(sizes)))
    by_component = np.argsort(root[left], kind="stable")
    left, right, weights = left[by_component], right[by_component], weights[by_component]
    of_pair = root[left]
    for size in np.unique(sizes[sizes > 1]):
        roots = np.flatnonzero(sizes == size)
        rows = members[starts[roots][:, None] + np.arange(size)]
        if size <= DENSE:
            here = sizes[of_pair] == size
            component = np.searchsorted(roots, of_pair[here])
            _dense(entity, rows, component, left[here], right[here], weights[here])
        else:
            begin, end = np.searchsorted(of_pair, roots, "left"), np.searchsorted(of_pair, roots, "right")
            for one, b, e in zip(rows, begin, end, strict=True):
                _sparse(entity, one, left[b:e], right[b:e], weights[b:e])
    return entity


def components(records: int, left: Rows, right: Rows) -> Rows:
    """For each row the smallest row it is connected to (min-label hooking with pointer jumping)."""
    root = np.arange(records, dtype=np.int64)
    while len(left):
        low, high = np.minimum(root[left], root[right]), np.maximum(root[left], root[right])
        apart = low != high
        left, right, low, high = left[apart], right[apart], low[apart], high[apart]
        np.minimum.at(root, high, low)
        while not np.array_equal(root, root[root]):
            root = root[root]
    return root


def _dense(entity: Rows, rows: Rows, component: Rows, left: Rows, right: Rows, weights: Floats) -> None:
    """Average linkage of all components of one size at once; changes `entity` in place.

    rows: (components x size) row numbers, ascending. component: for each pair the line of `rows` it belongs to.
    """
    number, size = rows.shape
    place = np.zeros(len(entity), dtype=np.int64)
    place[rows] = np.arange(size)
    step = max(1, 4_000_000 // size**2)
    for begin in range(0, number, step):
        part = slice(begin, min(begin + step, number))
        here = (component >= part.start) & (component < part.stop)
        which, i, j = component[here] - begin, place[left[here]], place[right[here]]
        sums = np.full((part.stop - part.start, size, size), UNSEEN)
        sums[which, i, j] = sums[which, j, i] = weights[here]
        entity[rows[part]] = np.take_along_axis(rows[part], _link(sums), axis=1)


def _link(sums: NDArray[np.float64]) -> NDArray[np.int64]:
    """(components x size x size) pair evidence -> for each place the smallest place of its group."""
    number, size, _ = sums.shape
    label = np.tile(np.arange(size), (number, 1))
    held = np.ones((number, size))
    upper = np.triu(np.ones((size, size), dtype=bool), 1)
    live = np.arange(number)
    for _ in range(size - 1):
        pairs = held[live][:, :, None] * held[live][:, None, :]
        means = np.where(upper & (pairs > 0), sums[live] / np.maximum(pairs, 1), -np.inf)
        best = means.reshape(len(live), -1).argmax(axis=1)
        joined = means.reshape(len(live), -1)[np.arange(len(live)), best] > 0
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


def _sparse(entity: Rows, rows: Rows, left: Rows, right: Rows, weights: Floats) -> None:
    """Average linkage of one large component with a heap; only groups that share a scored pair can join."""
    place = {int(row): number for number, row in enumerate(rows)}
    near: list[dict[int, tuple[float, int]]] = [{} for _ in rows]
    heap: list[tuple[float, int, int]] = []
    for a, b, weight in zip(left.tolist(), right.tolist(), weights.tolist(), strict=True):
        i, j = place[a], place[b]
        near[i][j] = near[j][i] = (weight, 1)
        if weight > 0:
            heap.append((-weight, i, j))
    heapq.heapify(heap)
    size = [1] * len(rows)
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
        for k in near[i]:
            if mean(i, k) > 0:
                heapq.heappush(heap, (-mean(i, k), min(i, k), max(i, k)))
    for number in range(len(rows)):
        top = number
        while group[top] != top:
            top = group[top]
        group[number] = top
    entity[rows] = rows[np.asarray(group)]
