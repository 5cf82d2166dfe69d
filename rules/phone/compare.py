"""Phone numbers beside each other: one line, an extension of it, a wrong digit, or a part that fits."""

import re
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from rules.field import MISSING, Levels, Places, Strings
from rules.phone.parts import EXTENSION, LOOSE, TAIL, digits, digits_of, extension_of
from rules.values import hidden
from rules.values.arrays import first_of, which
from rules.values.digits import Packed, last, one_slip, pack
from rules.values.distinct import FEW
from rules.values.hidden import HIDDEN
from rules.values.pairs import by_strings, in_parts
from rules.values.pairs import number as number_of
from rules.values.text import Mask, mask

LEVELS = ("same", "same, extension on one side", "same, unverified", "one digit differs", hidden.LEVEL, "different")
_SAME, _EXTENSION, _UNVERIFIED, _ONE_DIGIT, _SHOWN, _DIFFERENT = range(1, len(LEVELS) + 1)
# A byte of marks for each value: how many digits, and whether the number is sure, without a country, or odd: hidden in
# part or too long to be packed.
_SIZE, _SURE, _LOOSE, _ODD = 31, 32, 64, 128
# So many digits in front say where a number is, not whose, where those behind them are hidden.
AREA = 6


_DIGITS = re.compile("[0-9]+")


class _Facts(NamedTuple):
    """What is known of each number: its packed digits; how many they are, and flags; a number for its extension."""

    digits: Packed
    marks: NDArray[np.uint8]
    extension: NDArray[np.uint64]


def _few_facts(values: list[str]) -> _Facts:
    """The same by plain functions."""
    packed, marks, extensions = [], [], []
    for value in values:
        number, (_, extended, extra) = digits(value), value.partition(EXTENSION)
        whole = int(number, 16) if _DIGITS.fullmatch(number) else None
        size = _ODD if whole is None or whole >> 64 else len(number)
        packed.append(0 if size == _ODD else whole)
        marks.append(size + _SURE * value.startswith("+") + _LOOSE * value.startswith(LOOSE))
        extensions.append(number_of(extra) if extended else 0)
    return _Facts(np.array(packed, np.uint64), np.array(marks, np.uint8), np.array(extensions, np.uint64))


class Lines:
    """Two numbers agree when they ring the same line; an extension, no country, a wrong or hidden digit weakens that.

    One that is hidden in part agrees as far as it is shown when three digits do: those at the end, and those in front
    from the seventh on.
    Two different extensions of one switchboard cannot be compared: they say neither same nor different.
    """

    def __init__(self, values: pl.Series) -> None:
        self._values = values
        self._shown, self._edits = by_strings(_as_shown)(values), by_strings(_edits)(values)

    def __call__(self, a: Places, b: Places) -> Levels:
        return in_parts(self._levels, a, b)

    @cached_property
    def _facts(self) -> _Facts:
        if len(self._values) < FEW:
            return _few_facts(self._values.to_list())
        value = pl.col("value")
        digits, extension = pack(digits_of(value)), extension_of(value)
        facts = self._values.to_frame("value").select(
            digits=digits.fill_null(0),
            marks=pl.when(digits.is_null()).then(_ODD).otherwise(digits_of(value).str.len_bytes()).cast(pl.UInt8)
            + value.str.starts_with("+").cast(pl.UInt8) * _SURE
            + value.str.starts_with(LOOSE).cast(pl.UInt8) * _LOOSE,
            extension=pl.when(extension.is_null()).then(0).otherwise(extension.hash()),
        )
        return _Facts(*(facts[name].to_numpy() for name in _Facts._fields))

    def _levels(self, a: Places, b: Places) -> Levels:
        digits, marks, _ = self._facts
        x, y, mine, other = digits[a], digits[b], marks[a], marks[b]
        either = mine | other
        one_size = ((mine ^ other) & _SIZE == 0) & (either < _ODD)
        levels = np.full(len(a), _DIFFERENT, dtype=np.uint8)
        levels[one_size & one_slip(x, y)] = _ONE_DIGIT
        same = which(one_size & (x == y))
        levels[same] = self._of_same_digits(a[same], b[same])
        ends = which(~one_size & (either & _LOOSE != 0) & (either < _ODD))
        if len(ends):
            shorter = np.minimum(mine[ends] & _SIZE, other[ends] & _SIZE)
            ends, tail = ends[shorter >= TAIL], last(shorter[shorter >= TAIL])
            levels[ends[one_slip(x[ends] & tail, y[ends] & tail)]] = _ONE_DIGIT
            same = ends[(x[ends] ^ y[ends]) & tail == 0]
            levels[same] = self._of_same_digits(a[same], b[same])
        odd = which(either >= _ODD)
        if len(odd):
            levels[odd] = self._of_odd(a[odd], b[odd])
        return levels

    def _of_same_digits(self, a: Places, b: Places) -> Levels:
        """Levels of pairs with the same digits, at least as many of them as count."""
        _, marks, extension = self._facts
        mine, other = extension[a], extension[b]
        apart = (mine != other) & (mine != 0) & (other != 0)
        unsure = marks[a] & marks[b] & _SURE == 0
        return first_of({MISSING: apart, _UNVERIFIED: unsure, _EXTENSION: mine != other}, _SAME)

    @cached_property
    def _ends(self) -> tuple[hidden.Ends, NDArray[np.uint32]]:
        """What each number shows at its ends, and how many characters it has, of which "…" is one."""
        digits = self._values.to_frame("value").select(digits_of(pl.col("value"))).to_series()
        return hidden.Ends(digits), digits.str.len_chars().to_numpy()

    def _far_apart(self, a: Places, b: Places) -> Mask:
        """Pairs of which the digits that both show at an end tell that they are different, and not by one slip."""
        ends, size = self._ends
        _, marks, _ = self._facts
        loose = (marks[a] | marks[b]) & _LOOSE != 0
        shorter, longer = np.minimum(size[a], size[b]), np.maximum(size[a], size[b])
        beside = (shorter == longer) | (loose & (shorter >= TAIL))
        differing = ends.behind(a, b)
        contradict = (differing > 0) | (~loose & (ends.before(a, b) > 0))
        return np.asarray((differing > 2) | (contradict & ~beside))

    def _of_odd(self, a: Places, b: Places) -> Levels:
        """Levels of pairs of which one is hidden in part, or has more digits than can be packed."""
        levels = np.full(len(a), _DIFFERENT, dtype=np.uint8)
        open_ = which(~self._far_apart(a, b))
        if len(open_):
            a, b = a[open_], b[open_]
            edits, shown = self._edits(a, b), self._shown(a, b)
            levels[open_[edits == 1]] = _ONE_DIGIT
            same = which(edits == 0)
            levels[open_[same]] = self._of_same_digits(a[same], b[same])
            fits = shown != _DIFFERENT
            levels[open_[fits]] = shown[fits]
        return levels


def _as_shown(left: Strings, right: Strings) -> Levels:
    """Levels of pairs of which one or both are hidden in part; where both are in full, it is not what tells them.

    Where a country is unknown, nobody knows where the digits in front belong: they are left out.
    """
    cut = mask((HIDDEN in a or HIDDEN in b for a, b in zip(left, right, strict=True)), len(left))
    loose = _either_loose(left, right)
    sides = []
    for side in (left, right):
        shown = [
            HIDDEN + number.partition(HIDDEN)[2] if open_end and HIDDEN in number else number
            for number, open_end in zip(map(digits, side), loose.tolist(), strict=True)
        ]
        sides.append(shown)
    found = hidden.alike(*sides)
    enough = found.back + np.maximum(found.front - AREA, 0) >= hidden.LEAST
    return np.where(cut, hidden.told(found.fits, enough, LEVELS), _DIFFERENT).astype(np.uint8)


def _either_loose(left: Strings, right: Strings) -> Mask:
    return mask((a[0] == LOOSE or b[0] == LOOSE for a, b in zip(left, right, strict=True)), len(left))


def _edits(left: Strings, right: Strings) -> NDArray[np.uint8]:
    """Digits replaced, or neighbours swapped, between the numbers of each pair: 0, 1, or 2 for more.

    Where a country is unknown, only as many last digits count as both have.
    """
    numbers = [[*map(digits, side)] for side in (left, right)]
    sizes = np.array([[*map(len, side)] for side in numbers], np.intp)
    shorter = sizes.min(axis=0)
    alike = which((sizes[0] == sizes[1]) | (_either_loose(left, right) & (shorter >= TAIL)))
    ends = [(k, -size) for k, size in zip(alike.tolist(), shorter[alike].tolist(), strict=True)]
    edits = np.full(len(left), 2, np.uint8)
    if ends:
        ours, theirs = ([side[k][end:] for k, end in ends] for side in numbers)
        edits[alike] = cpdist(ours, theirs, scorer=OSA.distance, score_cutoff=1)
    return edits
