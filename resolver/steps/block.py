"""Block: which records meet. Two records are candidates when they share a key that not too many others hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows, combine
from resolver.frames import PAIRS, check
from rules.field import KeyPart
from rules.registry import FIELDS
from rules.ruleset import Blocking

Held = tuple[Rows, Rows]
LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True)
class Family:
    """What one family of keys did: how many keys, how many were too common, how many pairs it made.

    alone: pairs that no other family made. found, found_alone: how many of its pairs, and of those it made alone, are
    expected to be one person.
    """

    name: str
    keys: int
    dropped: int
    cap: int
    pairs: int
    alone: int
    found: float = 0.0
    found_alone: float = 0.0


@dataclass(frozen=True)
class Candidates:
    """The candidate pairs and how they came about."""

    pairs: pl.DataFrame
    families: list[Family]

    def weighed(self, chances: NDArray[np.float64], blocking: Blocking) -> list[Family]:
        """The families with what each found. chances: the probability of each pair, whose sums count expected pairs."""
        mask = self.pairs["families"].to_numpy()
        distinct = self.pairs["families"].unique().sort().to_numpy()
        expected = np.bincount(np.searchsorted(distinct, mask), chances, minlength=len(distinct))
        bits = {name: np.uint64(1 << bit) for bit, name in enumerate(blocking.families)}
        return [
            replace(
                family,
                found=round(float(expected[distinct & bits[family.name] > 0].sum()), 2),
                found_alone=round(float(expected[distinct == bits[family.name]].sum()), 2),
            )
            for family in self.families
        ]


def block(
    columns: Mapping[str, Column], live: NDArray[np.bool_], blocking: Blocking, sides: NDArray[np.int64] | None = None
) -> Candidates:
    """Encoded NORMALISED columns -> distinct PAIRS.

    live: which records may meet others at all. sides: when given, records of one side never meet each other.
    """
    packed, masks, done = [], [], []
    keyed = _Keyed(columns, live)
    for bit, name in enumerate(blocking.families):
        found = keyed.family(name, blocking)
        if found is None:
            continue
        groups = Groups.of(*found)
        cap = _cap(groups, blocking, name, int(live.sum()))
        pairs = np.concatenate([np.zeros(0, dtype=np.uint64), *groups.pairs(cap)])
        if sides is not None:
            pairs = pairs[sides[(pairs >> np.uint64(32)).astype(np.int64)] != sides[(pairs & LOW).astype(np.int64)]]
        packed.append(pairs)
        masks.append(np.full(len(pairs), 1 << bit, dtype=np.uint64))
        done.append((bit, Family(name, groups.number, int((groups.sizes > cap).sum()), cap, len(pairs), 0)))
    pairs, mask = _merge(packed, masks)
    frame = pl.DataFrame(
        {"left": (pairs >> np.uint64(32)).astype(np.uint32), "right": (pairs & LOW).astype(np.uint32), "families": mask}
    )
    families = [
        Family(family.name, family.keys, family.dropped, family.cap, family.pairs, int((mask == 1 << bit).sum()))
        for bit, family in done
    ]
    return Candidates(check(frame, PAIRS), families)


def _merge(
    packed: list[NDArray[np.uint64]], masks: list[NDArray[np.uint64]]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Distinct pairs in ascending order, with the bits of all families that made each."""
    none = np.zeros(0, dtype=np.uint64)
    pairs, mask = np.concatenate([none, *packed]), np.concatenate([none, *masks])
    order = np.argsort(pairs, kind="stable")
    pairs, mask = pairs[order], mask[order]
    first = (
        np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1]))) if len(pairs) else np.zeros(0, dtype=np.int64)
    )
    return pairs[first], np.bitwise_or.reduceat(mask, first) if len(first) else mask


class _Keyed:
    """The key pieces of a set of columns; each `field.key` is made once, however many families use it."""

    def __init__(self, columns: Mapping[str, Column], live: NDArray[np.bool_]) -> None:
        self._columns, self._live = columns, live
        self._made: dict[str, Held] = {}

    def family(self, name: str, blocking: Blocking) -> Held | None:
        """(row, key number) of one family, sorted by row; None when it has no keys for these columns."""
        parts = blocking.families[name]
        absent = any(part.partition(".")[0] not in self._columns for part in parts)
        if absent or (name in blocking.nameless and "given" in self._columns):
            return None
        if name in blocking.any_order:
            rows, keys = self._any_two(parts)
            return rows[self._live[rows]], keys[self._live[rows]]
        rows, keys = self._piece(parts[0])
        for part in parts[1:]:
            rows, keys, others = combine((rows, keys), self._piece(part))
            keys = _number(keys * (int(others.max(initial=0)) + 1) + others)
        return rows[self._live[rows]], keys[self._live[rows]]

    def _any_two(self, parts: tuple[str, ...]) -> Held:
        """(row, key number) of any two of the parts, whichever stands first; all parts share one numbering."""
        numbers: dict[str, int] = {}
        pieces = [self._new(part, numbers) for part in parts]
        rows, keys = [], []
        for one, other in combinations(pieces, 2):
            row, a, b = combine(one, other)
            rows.append(row)
            keys.append(np.minimum(a, b) * len(numbers) + np.maximum(a, b))
        row, key = np.concatenate(rows), np.concatenate(keys)
        order = np.argsort(row, kind="stable")
        return row[order], _number(key[order])

    def _piece(self, part: str) -> Held:
        if part not in self._made:
            self._made[part] = self._new(part, {})
        return self._made[part]

    def _new(self, part: str, numbers: dict[str, int]) -> Held:
        field, _, key = part.partition(".")
        return _pieces(self._columns[field], FIELDS[field].keys[key], numbers)


def _pieces(column: Column, key: KeyPart, numbers: dict[str, int]) -> Held:
    """(row, piece number) for every key piece of everything a record holds; each distinct value keyed once.

    numbers: the number of each piece so far; new pieces are added to it.
    """
    pieces: list[int] = []
    lengths = np.zeros(len(column.values), dtype=np.int64)
    for place, value in enumerate(column.values[1:], start=1):
        made = key(value)
        lengths[place] = len(made)
        pieces.extend(numbers.setdefault(piece, len(numbers)) for piece in made)
    flat = np.asarray(pieces, dtype=np.int64)
    ends = np.cumsum(lengths)
    of_value = np.repeat(np.arange(len(lengths)), lengths)
    rows, codes = column.held
    if (lengths[1:] <= 1).all():
        keep = lengths[codes] == 1
        return rows[keep], flat[ends[codes[keep]] - 1]
    by_code = np.argsort(codes, kind="stable")
    _, row_of, piece_of = combine((codes[by_code].astype(np.int64), rows[by_code]), (of_value, flat))
    order = np.lexsort((piece_of, row_of))
    return row_of[order], piece_of[order]


def _number(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same values as small consecutive numbers, so that the next product cannot overflow."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class Groups:
    """The records of each key, key after key."""

    rows: Rows
    starts: Rows
    sizes: Rows

    @property
    def number(self) -> int:
        """How many keys there are."""
        return len(self.sizes)

    @classmethod
    def of(cls, rows: Rows, keys: NDArray[np.int64]) -> "Groups":
        """Groups (row, key) by key; a row counts once a key."""
        packed = np.unique((keys.astype(np.uint64) << np.uint64(32)) | rows.astype(np.uint64))
        key = packed >> np.uint64(32)
        starts = (
            np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))) if len(key) else np.zeros(0, dtype=np.int64)
        )
        sizes = np.diff(np.concatenate((starts, [len(key)])))
        return cls((packed & LOW).astype(np.int64), starts, sizes)

    def made(self, cap: int) -> int:
        """How many pairs a cap would give."""
        sizes = self.sizes[self.sizes <= cap]
        return int((sizes * (sizes - 1) // 2).sum())

    def pairs(self, cap: int) -> Iterator[NDArray[np.uint64]]:
        """Packed pairs (left row high, right row low) of all keys with at most `cap` records."""
        for size in np.unique(self.sizes):
            if not 2 <= size <= cap:
                continue
            members = self.rows[self.starts[self.sizes == size][:, None] + np.arange(size)]
            left, right = np.triu_indices(size, 1)
            yield ((members[:, left] << 32) | members[:, right]).astype(np.uint64).ravel()


def _cap(groups: Groups, blocking: Blocking, family: str, records: int) -> int:
    """The rule set's cap, halved until the family makes no more pairs than it may."""
    cap = blocking.caps.get(family, blocking.cap)
    while cap > 2 and groups.made(cap) > blocking.pairs_per_record * max(records, 1):
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
    found = []
    keyed = _Keyed(columns, live)
    for name in blocking.families:
        held = keyed.family(name, blocking)
        if held is None:
            continue
        rows, keys = held
        shared = np.intersect1d(keys[rows == pair[0]], keys[rows == pair[1]])
        if len(shared):
            groups = Groups.of(rows, keys)
            cap = _cap(groups, blocking, name, int(live.sum()))
            sizes = [len(np.unique(rows[keys == key])) for key in shared]
            found.append(Meeting(name, min(sizes), min(sizes) > cap))
    return found
