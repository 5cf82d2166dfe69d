"""Keys: by what each record can be met. Every key is a number of 64 bits, the hash of the pieces it is made of.

The pieces of a value are its field's; each distinct value is keyed once, with the field's vectorised twin where it has
one. The keys of records are put together a few records at a time. A key and the row that holds it are packed into one
number, so that of a key as many bits count as the rows leave: 44 where there are a million. Two different keys that
get one number are two strangers compared.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, combinations
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, End, Rows
from rules.field import Field, KeyPart
from rules.registry import FIELDS
from rules.ruleset import Blocking
from rules.values.arrays import ranges, which
from rules.values.distinct import FEW, GOLDEN
from rules.values.hashes import hashed

Keys = NDArray[np.uint64]
Held = tuple[Rows, Keys]
Made = TypeVar("Made")
NO_KEYS: Keys = np.zeros(0, dtype=np.uint64)
AT_ONCE = 1 << 15
"""Rows whose keys are put together at a time: what is needed on the way stays small."""


def low_bits(rows: int) -> int:
    """How many bits it takes to tell so many rows apart."""
    return max(rows - 1, 1).bit_length()


def with_rows(keys: Keys, rows: End, bits: int) -> Keys:
    """(row, key) as one number each: the key in front without so many of its bits, and the row in their place."""
    numbers = keys >> np.uint64(bits)
    numbers <<= np.uint64(bits)
    numbers |= rows.astype(np.uint64)
    return numbers


def _placed(keys: Keys, place: int) -> Keys:
    """Keys as part of one made of several: the sum of all parts is that, in whatever order they are added up."""
    with np.errstate(over="ignore"):
        return keys * GOLDEN ** np.uint64(place)


@dataclass(frozen=True)
class _Lists:
    """Items of many lists, of which most have one at most.

    first: the first item of each list, 0 for none. items, starts: those of list i are `items[starts[i]:starts[i + 1]]`;
    None where no list has several. several: which have.
    """

    first: NDArray[Any]
    items: NDArray[Any]
    starts: Rows | None
    several: NDArray[np.bool_]

    def of(self, lists: NDArray[np.integer]) -> tuple[Rows, NDArray[Any]]:
        """(place in `lists`, item) for each item of some lists, the first of all lists in front; 0 for none."""
        places, first = np.arange(len(lists)), self.first[lists]
        if self.starts is None:
            return places, first
        more = which(self.several[lists])
        begin = self.starts[lists[more]] + 1
        number = self.starts[lists[more] + 1] - begin
        rest = self.items[ranges(begin, number)]
        return np.concatenate((places, np.repeat(more, number))), np.concatenate((first, rest))


@dataclass(frozen=True)
class Pieces:
    """One `field.key` of all records: the codes of what they hold, and the keys of what each code stands for."""

    codes: _Lists
    keys: _Lists

    @property
    def number(self) -> float:
        """How many keys a value has."""
        return len(self.keys.items) / len(self.keys.first)

    def of(self, rows: Rows) -> Held:
        """(place in `rows`, key) for every piece of some rows."""
        places, codes = self.codes.of(rows)
        of_code, keys = self.keys.of(codes)
        found = which(keys)
        return places[of_code[found]], keys[found]


Placed = tuple[int, Pieces]
"""Pieces and their place in the family."""


class _Once(Generic[Made]):
    """Something that is made when it is first asked for, and forgotten with the last of its uses."""

    def __init__(self, make: Callable[[], Made], uses: int) -> None:
        self._make, self._uses, self._lock = make, uses, Lock()
        self._made: list[Made] = []

    def __call__(self) -> Made:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            self._uses -= 1
            return self._made[0] if self._uses else self._made.pop()


class Keyed:
    """The keys of a set of columns, family by family.

    Each `field.key` is made once, however many families use it. Several threads may ask for families at the same time.
    """

    def __init__(
        self, columns: Mapping[str, Column], live: NDArray[np.bool_], blocking: Blocking, *, lasting: bool = False
    ) -> None:
        """live: which records may be met at all. lasting: whether another run is to give the same keys."""
        self._columns, self._live, self._blocking = columns, live, blocking
        self.bits = low_bits(len(live))
        uses = Counter(part for _, name in self.families for part in blocking.families[name])
        fast = Counter(name for name, key in map(_split, uses) if key in FIELDS[name].fast_keys)
        apart = {
            name: _Once(partial(FIELDS[name].take_apart, _values(columns[name])), fast[name])
            for name in dict(map(_split, uses))
        }
        self._pieces = {
            part: _Once(partial(_pieces, columns[name], FIELDS[name], key, apart[name], lasting=lasting), number)
            for part, number in uses.items()
            for name, key in [_split(part)]
        }

    @property
    def families(self) -> list[tuple[int, str]]:
        """The bit and the name of each family that has keys for these columns."""
        return [(bit, name) for bit, name in enumerate(self._blocking.families) if self._has(name)]

    def held(self, name: str) -> Keys:
        """(key, row) of one family, packed, in any order; a few may be there twice. Each family is asked for once."""
        found = [with_rows(keys, rows, self.bits) for rows, keys in self.parts(name)]
        return np.concatenate([np.zeros(0, dtype=np.uint64), *found])

    def parts(self, name: str) -> Iterator[Held]:
        """(row, key) of one family, some rows at a time. Each family is asked for once."""
        parts = [(place, self._pieces[part]()) for place, part in enumerate(self._blocking.families[name])]
        # Rows with several pieces are multiplied as late as possible.
        pieces = sorted(parts, key=lambda each: each[1].number)
        make, everybody = _any_two if name in self._blocking.any_order else _all, self._live.all()
        for begin in range(0, len(self._live), AT_ONCE):
            rows, keys = make(pieces, np.arange(begin, min(begin + AT_ONCE, len(self._live))))
            met = slice(None) if everybody else self._live[rows]
            yield rows[met], keys[met]

    def _has(self, name: str) -> bool:
        """Whether there are columns for a family's parts; the nameless meet only where nobody has a given name."""
        there = all(part.partition(".")[0] in self._columns for part in self._blocking.families[name])
        return there and not (name in self._blocking.nameless and "given" in self._columns)


def all_of(parts: Sequence[Keys]) -> Keys:
    """The keys of one record, by those of each part: one for every choice of a piece of each."""
    made = _placed(parts[0], 0)
    for place, keys in enumerate(parts[1:], start=1):
        made = (made[:, None] + _placed(keys, place)).ravel()
    return made


def any_two(parts: Sequence[Keys]) -> Keys:
    """The same where two pieces of different parts are enough, whichever stands first."""
    found = [NO_KEYS]
    for one, other in combinations(parts, 2):
        least, most = np.minimum(one[:, None], other), np.maximum(one[:, None], other)
        found.append((least + _placed(most, 1)).ravel())
    return np.concatenate(found)


def _all(pieces: Sequence[Placed], rows: Rows) -> Held:
    """(row, key) of the pieces, for some rows."""
    place, first = pieces[0]
    places, keys = first.of(rows)
    rows, keys = rows[places], _placed(keys, place)
    for place, part in pieces[1:]:
        places, others = part.of(rows)
        rows, keys = rows[places], keys[places] + _placed(others, place)
    return rows, keys


def _any_two(pieces: Sequence[Placed], rows: Rows) -> Held:
    """(row, key) of any two of the pieces, whichever stands first, for some rows."""
    found = []
    for (_, one), (_, other) in combinations(pieces, 2):
        first, keys = one.of(rows)
        places, others = other.of(rows[first])
        keys = keys[places]
        found.append((rows[first[places]], np.minimum(keys, others) + _placed(np.maximum(keys, others), 1)))
    every, made = zip(*found, strict=True)
    return np.concatenate(every), np.concatenate(made)


def _split(part: str) -> tuple[str, str]:
    """Field and key of a part of a family."""
    name, _, key = part.partition(".")
    return name, key


def _pieces(column: Column, field: Field, key: str, apart: Callable[[], Any], *, lasting: bool) -> Pieces:
    """The pieces of everything that a record can hold; each distinct value is keyed once."""
    codes = _Lists(column.first, column.codes, column.starts, column.several)
    numbers = hashed if lasting else _hashes
    if key not in field.fast_keys or len(column.values) <= FEW:
        return Pieces(codes, _plain(field.keys[key], column, numbers))
    made = field.fast_keys[key](apart())
    first, starts = np.zeros(len(column.values), dtype=np.uint64), np.zeros(len(column.values) + 1, dtype=np.int64)
    if made.dtype == pl.String:
        there = made.is_not_null().to_numpy()
        first[1:][there] = numbers(made.drop_nulls())
        return Pieces(codes, _Lists(first, first, None, there))
    number = made.list.len().fill_null(0).to_numpy()
    np.cumsum(number, out=starts[2:])
    pieces = made.filter(pl.Series(number > 0)).list.explode()
    keys = numbers(pieces) if pieces.dtype == pl.String else pieces.to_numpy()
    first[1:][number > 0] = keys[starts[1:-1][number > 0]]
    return Pieces(codes, _Lists(first, keys, starts, np.diff(starts) > 1))


def _values(column: Column) -> pl.Series:
    """The values that have keys: place 0 is what is missing."""
    return column.values.slice(1)


def _hashes(pieces: pl.Series) -> Keys:
    """A number for each piece, spread over 64 bits and never 0. It serves for one run."""
    hashes: Keys = pieces.hash().to_numpy()
    return np.maximum(hashes, np.uint64(1))


def _plain(keyed: KeyPart, column: Column, numbers: Callable[[pl.Series], Keys]) -> _Lists:
    """The pieces of each value by the plain function."""
    listed = [(), *map(keyed, column.listed[1:])]
    number = np.fromiter(map(len, listed), dtype=np.int64, count=len(listed))
    starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(number)))
    keys = numbers(pl.Series([*chain.from_iterable(listed)], dtype=pl.String))
    first = np.zeros(len(listed), dtype=np.uint64)
    first[number > 0] = keys[starts[:-1][number > 0]]
    return _Lists(first, keys, starts, number > 1)
