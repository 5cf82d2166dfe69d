"""Keys: by what each record can be met. Every key is a number of 64 bits, the hash of the pieces it is made of.

The pieces of a value are its field's; each distinct value is keyed once, with the field's vectorised twin where it has
one. Two different keys of a million get one number once in 40 million runs, and then two strangers are compared.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from threading import Lock
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows, ranges
from rules.field import Field
from rules.registry import FIELDS
from rules.ruleset import Blocking

Keys = NDArray[np.uint64]
Held = tuple[Rows, Keys]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))


def mixed(numbers: Keys) -> Keys:
    """Numbers spread over 64 bits, so that sums of different ones do not meet (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        numbers = (numbers + np.uint64(1)) * _ODD
        for shift, factor in _MIX:
            numbers = (numbers ^ (numbers >> shift)) * factor
        return numbers ^ (numbers >> np.uint64(31))


def _joined(first: Keys, second: Keys) -> Keys:
    """One key of two, which stand in this order."""
    with np.errstate(over="ignore"):
        return mixed(first * _ODD + second)


class Pieces(Protocol):
    """Key pieces of records."""

    @property
    def held(self) -> Held:
        """(row, key) of every piece, in the order of the rows."""
        ...

    def beside(self, rows: Rows) -> Held:
        """For every piece of some rows: the place in `rows`, and the key."""
        ...


@dataclass(frozen=True)
class Single:
    """At most one piece a record: `keys[row]`, 0 for none."""

    keys: Keys

    @property
    def held(self) -> Held:
        """(row, key) of every piece."""
        rows = np.flatnonzero(self.keys)
        return rows, self.keys[rows]

    def beside(self, rows: Rows) -> Held:
        """For every piece of some rows: the place in `rows`, and the key."""
        keys = self.keys[rows]
        places = np.flatnonzero(keys)
        return places, keys[places]


@dataclass(frozen=True)
class Several:
    """Any number of pieces: those of a row are `keys[starts[row]:starts[row + 1]]`."""

    keys: Keys
    starts: Rows

    @classmethod
    def of(cls, rows: Rows, keys: Keys, records: int) -> "Several":
        """From (row, key) in the order of the rows."""
        return cls(keys, _starts(np.bincount(rows, minlength=records)))

    @cached_property
    def number(self) -> Rows:
        """How many pieces each row has."""
        return np.diff(self.starts)

    @property
    def held(self) -> Held:
        """(row, key) of every piece."""
        return np.repeat(np.arange(len(self.number), dtype=np.int64), self.number), self.keys

    def beside(self, rows: Rows) -> Held:
        """For every piece of some rows: the place in `rows`, and the key. Rows with several come last."""
        number = self.number[rows]
        one, more = np.flatnonzero(number == 1), np.flatnonzero(number > 1)
        first = self.keys[self.starts[rows[one]]]
        rest = self.keys[ranges(self.starts[rows[more]], number[more])]
        return np.concatenate((one, np.repeat(more, number[more]))), np.concatenate((first, rest))


def _starts(number: Rows) -> Rows:
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(number)))


class Keyed:
    """The keys of a set of columns, family by family.

    Each `field.key` is made once, however many families use it, and forgotten with the last of these. Several threads
    may ask for families at the same time.
    """

    def __init__(self, columns: Mapping[str, Column], live: NDArray[np.bool_], blocking: Blocking) -> None:
        """live: which records may be met at all."""
        self._columns, self._live, self._blocking = columns, live, blocking
        self._uses = Counter(part for _, name in self.families for part in blocking.families[name])
        self._made: dict[str, Pieces] = {}
        self._locks = {part: Lock() for part in self._uses}

    @property
    def families(self) -> list[tuple[int, str]]:
        """The bit and the name of each family that has keys for these columns."""
        return [(bit, name) for bit, name in enumerate(self._blocking.families) if self._has(name)]

    def held(self, name: str) -> Held:
        """(row, key) of one family, in any order; each family is asked for once."""
        parts = self._blocking.families[name]
        pieces = [self._piece(part) for part in parts]
        rows, keys = _any_two(pieces) if name in self._blocking.any_order else _all(pieces)
        met = self._live[rows]
        return (rows, keys) if met.all() else (rows[met], keys[met])

    def _has(self, name: str) -> bool:
        """Whether there are columns for a family's parts; the nameless meet only where nobody has a given name."""
        there = all(part.partition(".")[0] in self._columns for part in self._blocking.families[name])
        return there and not (name in self._blocking.nameless and "given" in self._columns)

    def _piece(self, part: str) -> Pieces:
        with self._locks[part]:
            if part not in self._made:
                field, _, key = part.partition(".")
                self._made[part] = _pieces(self._columns[field], FIELDS[field], key)
            self._uses[part] -= 1
            return self._made[part] if self._uses[part] else self._made.pop(part)


def _all(pieces: Sequence[Pieces]) -> Held:
    """(row, key) of the pieces in their order."""
    rows, keys = pieces[0].held
    for part in pieces[1:]:
        places, others = part.beside(rows)
        rows, keys = rows[places], _joined(keys[places], others)
    return rows, keys


def _any_two(pieces: Sequence[Pieces]) -> Held:
    """(row, key) of any two of the pieces, whichever stands first."""
    found: list[Held] = []
    for one, other in combinations(pieces, 2):
        rows, keys = one.held
        places, others = other.beside(rows)
        keys = keys[places]
        found.append((rows[places], _joined(np.minimum(keys, others), np.maximum(keys, others))))
    every, made = zip(*found, strict=True)
    return np.concatenate(every), np.concatenate(made)


def _pieces(column: Column, field: Field, key: str) -> Pieces:
    """The pieces of everything that each record holds; each distinct value is keyed once."""
    made = made_keys(field, key, column.values.slice(1))
    if made.dtype == pl.String:
        hashes = np.where(made.is_null().to_numpy(), np.uint64(0), _hashes(made))
        # Place 0 of the values is what is missing; it has no keys.
        keys = np.concatenate((np.zeros(1, dtype=np.uint64), hashes))[column.codes]
        if column.starts is None:
            return Single(keys)
        there = keys != 0
        return Several.of(column.rows[there], keys[there], len(column))
    number = made.list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = made.filter(pl.Series(number > 0)).list.explode()
    of_code = Several(_hashes(flat), _starts(np.concatenate((np.zeros(1, dtype=np.int64), number))))
    places = np.repeat(np.arange(len(column.codes)), again := of_code.number[column.codes])
    keys = of_code.keys[ranges(of_code.starts[column.codes], again)]
    return Several.of(column.rows[places], keys, len(column))


def _hashes(pieces: pl.Series) -> Keys:
    """A number for each string, never 0."""
    hashes: Keys = np.maximum(pieces.hash().to_numpy(), np.uint64(1))
    return hashes


def made_keys(field: Field, key: str, values: pl.Series) -> pl.Series:
    """The pieces of distinct normalised values as a String or List(String) series; null or an empty list for none."""
    if key in field.fast_keys:
        return field.fast_keys[key](values)
    keyed = field.keys[key]
    return pl.Series([list(keyed(value)) for value in values], dtype=pl.List(pl.String))
