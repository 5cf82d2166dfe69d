"""Which two street lines mean one house, one building or one street."""

from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.address.street import NUMBER, STREET_WORDS
from rules.field import Levels, Places
from rules.values.distinct import FEW, in_columns, told_apart
from rules.values.pairs import (
    OPEN,
    Pairs,
    Texts,
    at_a_glance,
    jaro_needs,
    marks,
    may_hold,
    narrowed,
)
from rules.values.text import Mask, only, skeleton

LEVELS = (
    "same",
    "same, unit on one side",
    "same building, other unit",
    "typo",
    "same street, other number",
    "similar",
    "different",
)
_SAME, _UNIT_ON_ONE_SIDE, _OTHER_UNIT, _TYPO, _OTHER_NUMBER, _SIMILAR, _DIFFERENT = range(1, len(LEVELS) + 1)

_UNIT = " #"


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Street(NamedTuple):
    """A normalised street line taken apart; each piece may be empty."""

    number: str
    words: str
    unit: str

    @property
    def base(self) -> str:
        """The line without its unit."""
        return f"{self.number} {self.words}".strip()


@lru_cache(maxsize=1 << 18)
def parts(value: str) -> Street:
    """A normalised street line taken apart.

    >>> parts("12 main st #4")
    Street(number='12', words='main st', unit='4')
    """
    base, _, unit = value.partition(_UNIT)
    first, _, rest = base.partition(" ")
    return Street(first, rest, unit) if NUMBER.fullmatch(first) and rest else Street("", base, unit)


def all_parts(values: pl.Series) -> pl.DataFrame:
    """`parts` of every value of a String series: `number`, `words` and `unit`; each may be empty."""
    if len(values) < FEW:
        return in_columns(Street._fields, [*map(parts, values.to_list())])
    line = pl.col("line").str.splitn(_UNIT, 2).struct
    told = pl.col("base").str.extract_groups(rf"(?s)^({NUMBER.pattern}) (.+)$").struct
    return (
        values.to_frame("line")
        .select(base=line.field("field_0"), unit=line.field("field_1").fill_null(""))
        .select(number=told.field("1").fill_null(""), words=pl.coalesce(told.field("2"), "base"), unit="unit")
    )


def number_and_skeleton(value: str) -> tuple[str, ...]:
    """The house number with what typing errors leave of the street's longest own word; nothing without a number."""
    street = parts(value)
    names = [word for word in street.words.split() if word not in STREET_WORDS] or street.words.split()
    return (f"{street.number} {skeleton(max(names, key=len))}",) if street.number else ()


def all_bases(values: pl.Series) -> pl.Series:
    """The lines of a String series without their units."""
    return values.str.splitn(_UNIT, 2).struct.field("field_0")


def all_numbers(values: pl.Series) -> pl.Series:
    """The house numbers of a String series of lines; null where there is none."""
    found = all_parts(values)["number"]
    return only(found, found != "")


def number_misspelt(left: str, right: str) -> bool:
    """12 and 12a, 12 and 21, 1234 and 1244; but 12 and 13 are two houses."""
    if left == right or not left or not right:
        return False
    if left.rstrip(_LETTERS) == right.rstrip(_LETTERS):
        return True
    if len(left) == len(right):
        differ = [place for place in range(len(left)) if left[place] != right[place]]
        swapped = len(differ) == 2 and left[differ[0]] + left[differ[1]] == right[differ[1]] + right[differ[0]]
        return (len(differ) == 1 and len(left) > 2) or (swapped and differ[1] == differ[0] + 1)
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return len(longer) > 2 and any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))


def _within(left: str, right: str) -> bool:
    """The words of one are among the other's: two words, or a street's own name ("main" in "old main rd")."""
    a, b = set(left.split()), set(right.split())
    shorter = a if len(a) < len(b) else b
    return (a <= b or b <= a) and (
        len(shorter) > 1 or any(len(word) > 3 and word not in STREET_WORDS for word in shorter)
    )


def _there(texts: pl.Series) -> Mask:
    return Texts(texts).flagged(bool, lambda every: every != "")


class _Words(Texts):
    """The distinct words of street lines without number and unit."""

    @cached_property
    def _held(self) -> NDArray[np.uint64]:
        return marks(self.values.str.split(" "))

    def same_numbers(self, a: Places, b: Places) -> Mask:
        """Whether each pair has the same numbers: "5th ave" and "6th ave" are alike only in their letters."""
        return np.asarray(self.digits[a] == self.digits[b])

    def unlike(self, a: Places, b: Places) -> Mask:
        """Whether each pair is plainly below the similarity of `alike`."""
        return ~self.can_share(a, b, partial(jaro_needs, (0.92 - 0.4) / 0.6))

    def alike(self, a: Places, b: Places) -> Mask:
        """Jaro-Winkler of .92 and the same numbers."""
        return self.same_numbers(a, b) & self.jaro_winkler(a, b, 0.92)

    def near(self, a: Places, b: Places) -> Mask:
        """Jaro-Winkler of .88 with or without their blanks, and the same numbers."""
        near = self.jaro_winkler(a, b, 0.88) | self.joined_up.jaro_winkler(a, b, 0.88)
        return near & self.same_numbers(a, b)

    def within(self, a: Places, b: Places) -> Mask:
        """The words of one are among the other's."""
        return self.one_by_one(may_hold(self._held[a], self._held[b]), a, b, _within)


class Streets(Texts):
    """Street lines agree when number and street are the same once abbreviations and word order are set aside.

    "typo" is one number with a street of Jaro-Winkler .88 or within the other, or one street with a number one slip
    away; "similar" is one number and 80% of the letters, or another number and a street of .92.
    """

    def __call__(self, a: Places, b: Places) -> Levels:
        """Places of the values of each pair -> their level codes."""
        return at_a_glance(self._glance, self._closely, a, b)

    def _glance(self, a: Places, b: Places) -> Levels:
        """Another number and plainly another street, as nearly all pairs have."""
        different = (self._number[a] != self._number[b]) & self._words.unlike(self._street[a], self._street[b])
        return np.where(different, np.uint8(_DIFFERENT), np.uint8(OPEN))

    def _closely(self, a: Places, b: Places) -> Levels:
        """What is told of the others."""
        pairs = Pairs(a, b, _DIFFERENT)
        pairs.settle(_SAME, lambda x, y: self._one_house(x, y) & (self._unit[x] == self._unit[y]))
        pairs.settle(_UNIT_ON_ONE_SIDE, lambda x, y: self._one_house(x, y) & ~(self._has_unit[x] & self._has_unit[y]))
        pairs.settle(_OTHER_UNIT, self._one_house)
        pairs.settle(_TYPO, self._number_misspelt)
        pairs.settle(_TYPO, self._street_misspelt)
        pairs.settle(_OTHER_NUMBER, self._one_street)
        pairs.settle(_SIMILAR, self._lines_alike)
        pairs.settle(_SIMILAR, lambda x, y: self._words.alike(self._street[x], self._street[y]))
        return pairs.codes

    # --- what a line says by itself ---

    @cached_property
    def _parts(self) -> pl.DataFrame:
        return all_parts(self.values)

    @cached_property
    def _streets(self) -> tuple[_Words, NDArray[np.int32]]:
        (distinct,), places = told_apart(self._parts["words"])
        return _Words(distinct), places

    @property
    def _words(self) -> _Words:
        """What stands in the lines beside number and unit."""
        return self._streets[0]

    @property
    def _street(self) -> NDArray[np.int32]:
        """Which of these words each line has."""
        return self._streets[1]

    @cached_property
    def _numbers(self) -> tuple[Texts, NDArray[np.int32]]:
        (distinct,), places = told_apart(self._parts["number"])
        return Texts(distinct), places

    @property
    def _number(self) -> NDArray[np.int32]:
        return self._numbers[1]

    @cached_property
    def _digits(self) -> NDArray[np.uint64]:
        """Numbers of the house numbers without a letter behind them."""
        texts, _ = self._numbers
        return texts.numbered(lambda value: value.rstrip(_LETTERS), lambda values: values.str.strip_chars_end(_LETTERS))

    @cached_property
    def _has_number(self) -> Mask:
        return _there(self._parts["number"])

    @cached_property
    def _unit(self) -> NDArray[np.uint64]:
        return Texts(self._parts["unit"]).numbered(lambda unit: unit, lambda units: units)

    @cached_property
    def _has_unit(self) -> Mask:
        return _there(self._parts["unit"])

    # --- what pairs show ---

    def _one_street(self, a: Places, b: Places) -> Mask:
        return np.asarray(self._street[a] == self._street[b])

    def _one_number(self, a: Places, b: Places) -> Mask:
        return np.asarray(self._number[a] == self._number[b])

    def _one_house(self, a: Places, b: Places) -> Mask:
        return self._one_street(a, b) & self._one_number(a, b)

    def _number_misspelt(self, a: Places, b: Places) -> Mask:
        """One street, and two numbers of which one may be a slip for the other."""
        told = self._one_street(a, b) & self._has_number[a] & self._has_number[b]
        return narrowed(told, a, b, self._near_number)

    def _near_number(self, a: Places, b: Places) -> Mask:
        texts, places = self._numbers
        x, y = places[a], places[b]
        possible = (self._digits[x] == self._digits[y]) | (np.abs(texts.length[x] - texts.length[y]) <= 1)
        return texts.one_by_one(possible, x, y, number_misspelt)

    def _street_misspelt(self, a: Places, b: Places) -> Mask:
        """One number, and streets that are near or one within the other; the latter says nothing without a number."""
        return narrowed(self._one_number(a, b), a, b, self._near_street)

    def _near_street(self, a: Places, b: Places) -> Mask:
        x, y = self._street[a], self._street[b]
        return self._words.near(x, y) | (self._has_number[a] & self._words.within(x, y))

    def _lines_alike(self, a: Places, b: Places) -> Mask:
        """One number and 80% of the letters; where there is no number, the numbers among the words must be the same."""
        told = narrowed(self._one_number(a, b), a, b, self._comparable)
        return narrowed(told, a, b, lambda x, y: self.words_ratio(x, y, 80))

    def _comparable(self, a: Places, b: Places) -> Mask:
        return self._has_number[a] | self._words.same_numbers(self._street[a], self._street[b])
