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
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows, ranges
from rules.field import Field
from rules.registry import FIELDS
from rules.ruleset import Blocking
from rules.values.distinct import GOLDEN

Keys = NDArray[np.uint64]
Held = tuple[Rows, Keys]
AT_ONCE = 1 << 17
"""Rows whose keys are put together at a time: what is needed on the way stays small."""

_MIX = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))


def mixed(numbers: Keys) -> Keys:
    """Numbers spread over 64 bits, so that sums of different ones do not meet (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        numbers = (numbers + np.uint64(1)) * GOLDEN
        for shift, factor in _MIX:
            numbers = (numbers ^ (numbers >> shift)) * factor
        return numbers ^ (numbers >> np.uint64(31))


def _joined(first: Keys, second: Keys) -> Keys:
    """One key of two, which stand in this order."""
    with np.errstate(over="ignore"):
        return mixed(first * GOLDEN + second)


class Pieces(Protocol):
    """Key pieces of records."""

    def held(self, begin: int, end: int) -> Held:
        """(row, key) of every piece of the rows begin, ..., end - 1, in their order."""
        ...

    def beside(self, rows: Rows) -> Held:
        """For every piece of some rows: the place in `rows`, and the key."""
        ...


@dataclass(frozen=True)
class Single:
    """At most one piece a record: `keys[row]`, 0 for none."""

    keys: Keys

    def held(self, begin: int, end: int) -> Held:
        """(row, key) of every piece of some rows."""
        keys = self.keys[begin:end]
        places = np.flatnonzero(keys)
        return places + begin, keys[places]

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

    @cached_property
    def number(self) -> Rows:
        """How many pieces each row has."""
        return np.diff(self.starts)

    def held(self, begin: int, end: int) -> Held:
        """(row, key) of every piece of some rows."""
        rows = np.repeat(np.arange(begin, end, dtype=np.int64), self.number[begin:end])
        return rows, self.keys[self.starts[begin] : self.starts[end]]

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

    def held(self, name: str) -> tuple[NDArray[np.int32], Keys]:
        """(row, key) of one family, in any order; each family is asked for once."""
        parts = self._blocking.families[name]
        pieces, make = [self._piece(part) for part in parts], _any_two if name in self._blocking.any_order else _all
        edges = range(0, len(self._live), AT_ONCE)
        found = [make(pieces, begin, min(begin + AT_ONCE, len(self._live))) for begin in edges]
        rows, keys = np.concatenate([rows for rows, _ in found]), np.concatenate([keys for _, keys in found])
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


def _all(pieces: Sequence[Pieces], begin: int, end: int) -> tuple[NDArray[np.int32], Keys]:
    """(row, key) of the pieces in their order, for some rows."""
    rows, keys = pieces[0].held(begin, end)
    for part in pieces[1:]:
        places, others = part.beside(rows)
        rows, keys = rows[places], _joined(keys[places], others)
    return rows.astype(np.int32), keys


def _any_two(pieces: Sequence[Pieces], begin: int, end: int) -> tuple[NDArray[np.int32], Keys]:
    """(row, key) of any two of the pieces, whichever stands first, for some rows."""
    found = []
    for one, other in combinations(pieces, 2):
        rows, keys = one.held(begin, end)
        places, others = other.beside(rows)
        keys = keys[places]
        found.append((rows[places], _joined(np.minimum(keys, others), np.maximum(keys, others))))
    every, made = zip(*found, strict=True)
    return np.concatenate(every).astype(np.int32), np.concatenate(made)


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
        return Several(keys[there], _starts(_of_rows(column, there)))
    number = made.list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = _hashes(made.filter(pl.Series(number > 0)).list.explode())
    of_code = Several(flat, _starts(np.concatenate((np.zeros(1, dtype=np.int64), number))))
    codes = (column.codes[begin : begin + AT_ONCE] for begin in range(0, len(column.codes), AT_ONCE))
    keys = np.concatenate([flat[:0], *(flat[ranges(of_code.starts[some], of_code.number[some])] for some in codes)])
    return Several(keys, _starts(_of_rows(column, of_code.number[column.codes])))


def _of_rows(column: Column, of_held: NDArray[Any]) -> Rows:
    """Numbers of what records hold, summed up for each record."""
    if column.starts is None:
        return of_held.astype(np.int64)
    return np.bincount(column.rows, of_held, minlength=len(column)).astype(np.int64)


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
