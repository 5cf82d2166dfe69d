"""Block: which records meet. Two records are candidates when they share a key that not too many others hold.

Pairs are made in batches of neighbouring left rows, all families together, so that a million records need no list of
all pairs in memory, and every batch holds each of its pairs once.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, End, Rows, distinct
from resolver.steps.keys import Keyed, Keys, low_bits, with_rows
from resolver.threads import at_once
from rules.ruleset import Blocking
from rules.values.arrays import ranges
from rules.values.distinct import begins

Numbers = NDArray[np.uint32]
LOW = np.uint64(0xFFFFFFFF)
FAMILY_BITS = 6
BATCH = 1_500_000
"""Pairs of all families, those found several times included, that are put in order at a time."""


def packed(left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Pairs as one number each, the left row high."""
    return (left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64)


def ends(pairs: NDArray[np.uint64]) -> tuple[Rows, Rows]:
    """Left and right rows of packed pairs."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & LOW).astype(np.int64)


def above(of_size: NDArray[np.int64], cap: int) -> int:
    """How many keys more than so many records hold. of_size: how many are held by 0, 1, 2, ... records."""
    return int(of_size[max(cap, 1) + 1 :].sum())


def made(of_size: NDArray[np.int64], cap: int) -> int:
    """How many pairs a cap would give."""
    keys = of_size[: cap + 1]
    sizes = np.arange(len(keys))
    return int((keys * (sizes * (sizes - 1) // 2)).sum())


@dataclass(frozen=True)
class Groups:
    """The records of each key that several hold, key after key; the rows of a key ascend.

    sizes: how many records hold each key. keys: how many keys there are, those of one record included.
    """

    rows: Numbers
    sizes: NDArray[np.int32]
    keys: int

    @classmethod
    def of(cls, rows: End, keys: Keys) -> "Groups":
        """Groups (row, key) by key; a row counts once a key."""
        bits = low_bits(int(rows.max(initial=0)) + 1)
        return cls.of_packed(with_rows(keys, rows, bits), bits)

    @classmethod
    def of_packed(cls, keys: Keys, bits: int) -> "Groups":
        """The same for keys that have the row in so many of their last bits. Consumes them."""
        keys.sort()
        new = begins(keys)
        if not new.all():
            keys = keys[new]
        rows = keys.astype(np.uint32)
        rows &= np.uint32((1 << bits) - 1)
        keys >>= np.uint64(bits)
        new = begins(keys)
        shared = ~new
        shared[:-1] |= shared[1:]
        starts = np.flatnonzero(new[shared])
        kept = rows[shared]
        return cls(kept, np.diff(starts, append=len(kept)).astype(np.int32), int(np.count_nonzero(new)))

    @cached_property
    def of_size(self) -> NDArray[np.int64]:
        """How many keys are held by 0, 1, 2, ... records; those of one record are not counted."""
        return np.bincount(self.sizes)

    def above(self, cap: int) -> int:
        """How many keys more than so many records hold."""
        return above(self.of_size, cap)

    def made(self, cap: int) -> int:
        """How many pairs a cap would give."""
        return made(self.of_size, cap)

    def pairs(self, cap: int) -> Iterator[NDArray[np.uint64]]:
        """Packed pairs (left row high, right row low) of all keys with at most `cap` records."""
        starts = np.cumsum(self.sizes) - self.sizes
        for size in np.unique(self.sizes):
            if size > cap:
                continue
            members = self.rows[starts[self.sizes == size][:, None] + np.arange(size)].astype(np.int64)
            left, right = np.triu_indices(size, 1)
            yield ((members[:, left] << 32) | members[:, right]).astype(np.uint64).ravel()


@dataclass(frozen=True)
class Ends:
    """The pairs of one family, not made yet.

    members: the records of each key, key after key. after: how many stand behind each in its key.
    """

    members: Numbers
    after: NDArray[np.uint16]

    @classmethod
    def of(cls, groups: Groups, cap: int) -> "Ends":
        kept = groups.sizes <= cap
        sizes = groups.sizes[kept]
        after = np.repeat(np.cumsum(sizes, dtype=np.uint32), sizes)
        after -= np.arange(1, len(after) + 1, dtype=np.uint32)
        return cls(groups.rows[np.repeat(kept, groups.sizes)], after.astype(np.uint16))

    @cached_property
    def in_order(self) -> Numbers:
        """The places in `members` that others stand behind, in the order of their records; made when first needed."""
        places = np.flatnonzero(self.after)
        order = packed(self.members[places], places)
        order.sort()
        return order.astype(np.uint32)

    def between(self, begin: int, end: int) -> tuple[Numbers, Numbers]:
        """(left, right) of the pairs whose left row is one of begin, ..., end - 1; left < right."""
        first, last = (bisect_left(self.in_order, row, key=self.members.item) for row in (begin, end))
        return self._pairs(self.in_order[first:last].astype(np.int64))

    def beginning_with(self, chosen: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """(left, right) of the pairs whose left row is chosen; left < right."""
        return self._pairs(np.flatnonzero(chosen[self.members]))

    def _pairs(self, places: Rows) -> tuple[Numbers, Numbers]:
        number = self.after[places].astype(np.int64)
        return np.repeat(self.members[places], number), self.members[ranges(places + 1, number)]


@dataclass(frozen=True)
class Family:
    """What one family of keys did: how many keys it has, how many of them are shared, and how many were too common.

    cap: how many records may hold a key; one for a family that was left out.
    """

    name: str
    keys: int
    shared: int
    dropped: int
    cap: int


@dataclass(frozen=True)
class Batch:
    """Distinct candidate pairs as row numbers, left < right, in ascending order.

    families: a bit for each key family that brought them together, in the order of the rule set; empty where nobody
        asks for them.
    """

    left: Rows
    right: Rows
    families: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.left)

    @classmethod
    def of_few(cls, rows: Rows, keys: Keys, sides: Rows | None) -> "Batch":
        """All pairs of a few (row, key) that share a key, but for those of one side; nobody asks for their families."""
        order = np.argsort(keys, kind="stable")
        rows, keys = rows[order], keys[order]
        last = np.searchsorted(keys, keys, side="right")
        after = last - np.arange(len(keys)) - 1
        one, other = np.repeat(rows, after), rows[ranges(np.arange(len(keys)) + 1, after)]
        pairs = distinct(packed(np.minimum(one, other), np.maximum(one, other)))
        left, right = ends(pairs)
        apart = left != right if sides is None else sides[left] != sides[right]
        return cls(left[apart], right[apart], np.zeros(0, dtype=np.uint64))


@dataclass(frozen=True)
class Candidates:
    """Which records meet, and by which families.

    ends: for each family the bit it has and its pairs. sides: when given, records of one side never meet each other.
    """

    records: int
    families: list[Family]
    ends: list[tuple[int, Ends]]
    sides: NDArray[np.int64] | None = None

    def without(self, mask: int) -> "Candidates":
        """The same without some families, given by their bits."""
        gone = [bool(mask >> bit & 1) for bit, _ in self.ends]
        families = [
            replace(family, dropped=family.shared, cap=1) if out else family
            for family, out in zip(self.families, gone, strict=True)
        ]
        kept = [ends for ends, out in zip(self.ends, gone, strict=True) if not out]
        return replace(self, families=families, ends=kept)

    @cached_property
    def made(self) -> Rows:
        """How many pairs begin with each record, those found by several families counted several times."""
        number = np.zeros(self.records, dtype=np.int64)
        for _, ends in self.ends:
            number += np.bincount(ends.members, ends.after, minlength=self.records).astype(np.int64)
        return number

    def bounds(self) -> list[tuple[int, int]]:
        """Neighbouring left rows that are done together: where each batch begins and ends."""
        at_once(lambda made: made[1].in_order, self.ends, self.records)  # before the threads of the batches ask for it
        total = np.cumsum(self.made)
        cuts = np.searchsorted(total, np.arange(BATCH, int(total[-1]) if len(total) else 0, BATCH)) + 1
        edges = np.unique(np.concatenate(([0], cuts, [self.records]))).tolist()
        return [*pairwise(edges)]

    def batch(self, begin: int, end: int) -> Batch:
        """The pairs whose left row is one of begin, ..., end - 1."""
        return self._distinct([(bit, *ends.between(begin, end)) for bit, ends in self.ends])

    def beginning_with(self, chosen: NDArray[np.bool_]) -> Batch:
        """The pairs whose left row is chosen."""
        return self._distinct([(bit, *ends.beginning_with(chosen)) for bit, ends in self.ends])

    def _distinct(self, found: list[tuple[int, Numbers, Numbers]]) -> Batch:
        """Each pair once, in ascending order, with the bits of the families that made it: one sort of numbers."""
        bits = np.uint64(max(self.records - 1, 1).bit_length())
        merged, at = np.empty(sum(len(lefts) for _, lefts, _ in found), dtype=np.uint64), 0
        for bit, lefts, rights in found:
            part = merged[at : at + len(lefts)]
            np.left_shift(lefts.astype(np.uint64), bits, out=part)
            part |= rights
            part <<= np.uint64(FAMILY_BITS)
            part |= np.uint64(bit)
            at += len(lefts)
        merged.sort()
        pair = merged >> np.uint64(FAMILY_BITS)
        first = np.flatnonzero(begins(pair))
        mask = np.uint64(1) << (merged & np.uint64((1 << FAMILY_BITS) - 1))
        mask = np.bitwise_or.reduceat(mask, first) if len(first) else mask
        pair = pair[first]
        low = (np.uint64(1) << bits) - np.uint64(1)
        left, right = (pair >> bits).astype(np.int64), (pair & low).astype(np.int64)
        if self.sides is None:
            return Batch(left, right, mask)
        apart = self.sides[left] != self.sides[right]
        return Batch(left[apart], right[apart], mask[apart])


def block(
    columns: Mapping[str, Column], live: NDArray[np.bool_], blocking: Blocking, sides: NDArray[np.int64] | None = None
) -> Candidates:
    """Encoded NORMALISED columns -> which of their records meet.

    live: which records may meet others at all. sides: when given, records of one side never meet each other.
    """
    keyed, records = Keyed(columns, live, blocking), int(live.sum())

    def one(family: tuple[int, str]) -> tuple[Family, Ends]:
        groups = Groups.of_packed(keyed.held(family[1]), keyed.bits)
        cap = cap_of(groups.of_size, blocking, family[1], records)
        told = Family(family[1], groups.keys, groups.above(1), groups.above(cap), cap)
        return told, Ends.of(groups, cap)

    found = at_once(one, keyed.families)
    ends = [(bit, pairs) for (bit, _), (_, pairs) in zip(keyed.families, found, strict=True)]
    return Candidates(len(live), [family for family, _ in found], ends, sides)


def cap_of(of_size: NDArray[np.int64], blocking: Blocking, family: str, records: int) -> int:
    """The rule set's cap, halved until the family makes no more pairs than it may. of_size: as for `made`."""
    cap = blocking.caps.get(family, blocking.cap)
    while cap > 2 and made(of_size, cap) > blocking.pairs_per_record * max(records, 1):
        cap //= 2
    return cap


@dataclass(frozen=True)
class Meeting:
    """A key that two records share, how many records hold it, and whether that was too many to compare."""

    family: str
    records: int
    dropped: bool


def meetings(
    columns: Mapping[str, Column], live: NDArray[np.bool_], blocking: Blocking, pair: tuple[int, int]
) -> list[Meeting]:
    """Every key that the two rows share."""
    found, keyed = [], Keyed(columns, live, blocking)
    for _, name in keyed.families:
        held = keyed.held(name)
        rows, keys = (held & np.uint64((1 << keyed.bits) - 1)).astype(np.int64), held >> np.uint64(keyed.bits)
        shared = np.intersect1d(keys[rows == pair[0]], keys[rows == pair[1]])
        if len(shared):
            cap = cap_of(Groups.of_packed(held, keyed.bits).of_size, blocking, name, int(live.sum()))
            sizes = [len(np.unique(rows[keys == key])) for key in shared]
            found.append(Meeting(name, min(sizes), min(sizes) > cap))
    return found
