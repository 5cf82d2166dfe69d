"""Which two places are one, as far as both sides tell where they are."""

import operator
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.field import MISSING, Levels, Places
from rules.values.arrays import which
from rules.values.distinct import FEW, in_columns, told_apart
from rules.values.pairs import OPEN, Texts, at_a_glance, jaro_needs, narrowed, one_edit_needs
from rules.values.text import Mask

LEVELS = ("same", "mostly", "partly", "conflict")
_SAME, _MOSTLY, _PARTLY, _CONFLICT = range(1, len(LEVELS) + 1)

Agreement = NDArray[np.int8]
"""Of pairs of pieces: 2 equal, 1 near, -1 in conflict, 0 where a side is missing."""


class Place(NamedTuple):
    """A normalised place taken apart; each piece may be empty."""

    postal: str
    city: str
    region: str
    country: str


def pieces(value: str) -> Place:
    """A normalised place taken apart."""
    return Place(*value.split("|"))


def all_pieces(values: pl.Series) -> pl.DataFrame:
    """`pieces` of every value of a String series, a column each."""
    if len(values) < FEW:
        return in_columns(Place._fields, [*map(pieces, values.to_list())])
    return values.str.split_exact("|", 3).struct.rename_fields(list(Place._fields)).struct.unnest()


class _Pieces(Texts):
    """The distinct texts of one piece of places, and which of them each place has (-1: none)."""

    def __init__(self, pieces: pl.Series) -> None:
        (distinct,), self.of = told_apart(pieces)
        super().__init__(distinct)
        self.of[Texts(pieces).flagged(operator.not_, lambda every: every == "")] = -1

    def agreement(self, a: Places, b: Places) -> Agreement:
        """Whether the texts of each pair are equal, in conflict or missing."""
        told = (a == b) * np.int8(3) - np.int8(1)
        return np.asarray(told * (np.minimum(a, b) >= 0))


class _Postals(_Pieces):
    @cached_property
    def _beginning(self) -> NDArray[np.uint64]:
        return self.numbered(lambda value: value[:3], lambda values: values.str.head(3))

    def unlike(self, a: Places, b: Places) -> Mask:
        """Whether each pair is plainly not near."""
        return np.asarray(~self.can_share(a, b, one_edit_needs) & (self._beginning[a] != self._beginning[b]))

    def near(self, a: Places, b: Places) -> Mask:
        """One digit differs, or one is the beginning of the other (a British outward code)."""
        long = (self.length[a] > 2) & (self.length[b] > 2) & (self._beginning[a] == self._beginning[b])
        return self.one_edit(a, b) | self.one_by_one(long, a, b, _begins)


class _Cities(_Pieces):
    @cached_property
    def _beginning(self) -> NDArray[np.uint64]:
        return self.numbered(lambda value: value.partition(" ")[0], lambda values: values.str.extract("^([^ ]+)"))

    def unlike(self, a: Places, b: Places) -> Mask:
        """Whether each pair is plainly not near; one edit in five letters or more leaves as much as Jaro-Winkler."""
        alike = self.joined_up.can_share(a, b, partial(jaro_needs, (0.9 - 0.4) / 0.6))
        return np.asarray(~alike & (self._beginning[a] != self._beginning[b]))

    def near(self, a: Places, b: Places) -> Mask:
        """Jaro-Winkler of .9, one edit from five letters on, or the beginning ("frankfurt" and "frankfurt am main")."""
        long = (self.joined_up.length[a] > 4) & (self.joined_up.length[b] > 4)
        near = self.joined_up.jaro_winkler(a, b, 0.9) | (long & self.joined_up.one_edit(a, b))
        begins = self._beginning[a] == self._beginning[b]
        return near | self.one_by_one(begins, a, b, lambda x, y: _begins(f"{x} ", f"{y} "))


def _begins(left: str, right: str) -> bool:
    return left.startswith(right) or right.startswith(left)


def _table() -> Levels:
    """The level of each combination of agreements, for `_level`."""
    postal, city, elsewhere = np.meshgrid(np.arange(-1, 3), np.arange(-1, 3), [False, True], indexing="ij")
    best, worst = np.maximum(postal, city), np.minimum(postal, city)
    both = (postal != 0) & (city != 0)
    one_equal = best == 2
    all_equal = one_equal & (worst != 1) & (worst != -1)
    all_near = (best > 0) & (worst >= 0)
    conflict = both | (best == -1) | (worst == -1) | (best == 1) | elsewhere
    conditions = [all_equal & ~elsewhere, all_near & ~elsewhere, one_equal, conflict]
    return np.select(conditions, [_SAME, _MOSTLY, _PARTLY, _CONFLICT], default=MISSING).astype(np.uint8).ravel()


_TABLE = _table()


def _level(postal: Agreement, city: Agreement, elsewhere: Mask) -> Levels:
    return np.asarray(_TABLE[((postal + np.int8(1)) * np.int8(4) + city + np.int8(1)) * np.int8(2) + elsewhere])


class Localities:
    """Places agree when postal code and city do, as far as both sides have them.

    "mostly" is one of them equal and the other misspelt (city Jaro-Winkler .9 or one edit, postal code one digit), or
    all that both have misspelt; "partly" is one equal and the other not, or a city of one name in two regions. Places
    that share neither, and do not contradict each other by region or country, cannot be compared.
    """

    def __init__(self, values: pl.Series) -> None:
        self._values = values

    def __call__(self, a: Places, b: Places) -> Levels:
        """Places of the values of each pair -> their level codes; 0 where the two cannot be compared."""
        return at_a_glance(self._glance, self._closely, a, b)

    @cached_property
    def _pieces(self) -> tuple[_Postals, _Cities, _Pieces, _Pieces]:
        postal, city, region, country = all_pieces(self._values)
        return _Postals(postal), _Cities(city), _Pieces(region), _Pieces(country)

    def _glance(self, a: Places, b: Places) -> Levels:
        """What is told without looking at the spelling, where that cannot change it."""
        postals, cities, _, _ = self._pieces
        postal, city, elsewhere = self._agreement(a, b)
        codes = _level(postal, city, elsewhere)
        # a region or country alone says nothing when it agrees
        equal = which(a == b)
        codes[equal] = np.where((postal[equal] == 0) & (city[equal] == 0), MISSING, _SAME)
        asked = which(((postal == -1) | (city == -1)) & ~elsewhere)
        for piece, agreement in ((postals, postal), (cities, city)):
            in_conflict = agreement[asked] == -1
            unlike = narrowed(in_conflict, piece.of[a[asked]], piece.of[b[asked]], piece.unlike)
            asked = asked[~unlike]
        codes[asked] = OPEN
        return codes

    def _closely(self, a: Places, b: Places) -> Levels:
        """What the spelling tells of the others."""
        postal, city, elsewhere = self._agreement(a, b)
        postals, cities, _, _ = self._pieces
        for piece, agreement in ((postals, postal), (cities, city)):
            differ = which(agreement == -1)
            agreement[differ[piece.near(piece.of[a[differ]], piece.of[b[differ]])]] = 1
        return _level(postal, city, elsewhere)

    def _agreement(self, a: Places, b: Places) -> tuple[Agreement, Agreement, Mask]:
        """Of postal codes and of cities, and whether region or country say that it is elsewhere."""
        postal, city, region, country = (piece.agreement(piece.of[a], piece.of[b]) for piece in self._pieces)
        both = (postal != 0) & (city != 0)
        return postal, city, (country == -1) | ((region == -1) & ~both)
