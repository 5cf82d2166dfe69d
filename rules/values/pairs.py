"""Many pairs of one field's values at once.

A field has up to millions of distinct values and many more pairs of them. What a value says by itself (its length,
letters, sound, full names) is a fact that is worked out once for each distinct value, for a whole column at a time or,
where a plain function must say it, when a pair first asks. A pair is then judged by arrays of such facts, and only the
few that these leave open are looked at as strings.
"""

import re
import zlib
from collections.abc import Callable, Iterable
from functools import cached_property, partial, wraps
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import fuzz

from rules.field import Judge, Levels, Places, Strings
from rules.values.arrays import which
from rules.values.distinct import FEW
from rules.values.text import Mask, jaro_winkler, mask, one_edit, ratio

_DIGITS = re.compile(r"\d+")
LOW = np.int64(0xFFFFFFFF)
AT_ONCE = 1 << 15
"""Values whose letters are spread out at a time: bounds memory."""
FEW_LETTERS = 16
"""Fewer values than this are looked at letter by letter."""
PART = 1 << 17
"""Pairs judged at a time: what is known of so many stays in the processor's cache."""
OPEN = 255
"""Of pairs that have no level yet."""
_FOR_MARK = np.uint64(58)
"""Bits to leave out of a number so that the rest names one of 64."""
SLACK = 1e-4
"""Letters that a bound gives away, so that rounding never shuts out a pair."""

Lengths: TypeAlias = NDArray[np.int32]


class Texts:
    """Distinct strings in ascending order, and arrays of what pairs of them can be judged by without looking at them.

    None of the strings is empty. Places are positions in `values`.
    """

    def __init__(self, values: pl.Series) -> None:
        self.values = values

    @property
    def few(self) -> bool:
        """Whether the values are so few that plain functions of each are quicker than columns at once."""
        return len(self.values) < FEW

    @cached_property
    def listed(self) -> list[str]:
        """The values as Python's own strings."""
        return self.values.to_list()

    def strings(self, places: Places) -> list[str]:
        """The values at these places."""
        return [self.listed[place] for place in places.tolist()] if self.few else self.values[places].to_list()

    def numbered(self, plain: Callable[[str], str], column: Callable[[pl.Series], pl.Series]) -> NDArray[np.uint64]:
        """A number for what is made of each value, equal for equal ones, by a function of one or its twin of many."""
        if not self.few:
            return numbers(column(self.values))
        return np.array([number(plain(value)) for value in self.listed], dtype=np.uint64)

    def flagged(self, plain: Callable[[str], object], column: Callable[[pl.Series], pl.Series]) -> Mask:
        """Which values pass a test, by a function of one or its twin of many."""
        if not self.few:
            return column(self.values).to_numpy()
        return np.array([bool(plain(value)) for value in self.listed], dtype=np.bool_)

    @cached_property
    def length(self) -> NDArray[np.int32]:
        """Characters of each value."""
        if self.few:
            return np.array([*map(len, self.listed)], dtype=np.int32)
        return self.values.str.len_chars().to_numpy().astype(np.int32)

    @property
    def letters(self) -> NDArray[np.uint64]:
        """A bit for each character that a value has.

        Some characters share a bit, which can only make two strings look more alike than they are.
        """
        return self._letters[0]

    @cached_property
    def _letters(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """The bits of the characters that a value has, and of those that it has more than once."""
        if len(self.values) < FEW_LETTERS:
            both = np.array([*map(bits, self.listed)], dtype=np.uint64).reshape(-1, 2)
            return both[:, 0], both[:, 1]
        places = [slice(at, at + AT_ONCE) for at in range(0, len(self.values), AT_ONCE)]
        parts = [letter_bits(self.values[part].to_list(), self.length[part]) for part in places]
        once, more = np.concatenate([np.zeros((2, 0), dtype=np.uint64), *parts], axis=1)
        return once, more

    @cached_property
    def first(self) -> NDArray[np.uint64]:
        """A number for the first character of each value."""
        return self.numbered(lambda value: value[:1], lambda values: values.str.slice(0, 1))

    @cached_property
    def many(self) -> Mask:
        """Whether a value has several words."""
        return self.flagged(lambda value: " " in value, lambda values: values.str.contains(" ", literal=True))

    @cached_property
    def spelling(self) -> NDArray[np.uint64]:
        """Numbers of the values without their blanks: "mary ann" and "maryann" have one."""
        return self.numbered(without_blanks, lambda values: values.str.replace_all(" ", "", literal=True))

    @cached_property
    def joined_up(self) -> "Texts":
        """The values without their blanks."""
        if self.few:
            return Texts(pl.Series([*map(without_blanks, self.listed)], dtype=pl.String))
        return Texts(self.values.str.replace_all(" ", "", literal=True))

    @cached_property
    def digits(self) -> NDArray[np.uint64]:
        """A number for the numbers in each value: equal where the same are in it in the same order."""
        return self.numbered(
            lambda value: " ".join(_DIGITS.findall(value)),
            lambda values: values.str.replace_all(r"\D+", " ").str.strip_chars(" "),
        )

    def same(self, a: Places, b: Places) -> Mask:
        """Equal but for blanks."""
        return np.asarray(self.spelling[a] == self.spelling[b])

    def common_at_most(self, a: Places, b: Places) -> NDArray[np.int32]:
        """No fewer letters than each pair can have in common, places set aside."""
        return np.minimum(*self._shared(a, b, self._letters[:1]))

    def can_share(self, a: Places, b: Places, least: Callable[[Lengths, Lengths], NDArray[np.floating]]) -> Mask:
        """Whether each pair can have as many letters in common as strings of such lengths need for something."""
        needed = least(self.length[a], self.length[b])
        told = self.common_at_most(a, b) >= needed
        # Letters that only one of the two has twice tell more, and are looked at for the few that are left.
        chosen = which(told)
        told[chosen] = np.minimum(*self._shared(a[chosen], b[chosen], self._letters)) >= needed[chosen]
        return told

    def _shared(self, a: Places, b: Places, bits: Iterable[NDArray[np.uint64]]) -> tuple[Lengths, Lengths]:
        """The letters of each side less those that only this side has by each kind of bits."""
        x, y = self.length[a], self.length[b]
        for letters in bits:
            one, other = letters[a], letters[b]
            x -= np.bitwise_count(one & ~other)
            y -= np.bitwise_count(other & ~one)
        return x, y

    def jaro_winkler(self, a: Places, b: Places, cutoff: float) -> Mask:
        """Whether each pair reaches this Jaro-Winkler similarity; only pairs that can are measured.

        Winkler adds to Jaro's similarity at most four tenths of what is missing, and only where first letters agree.
        """
        possible = self.can_share(a, b, partial(jaro_needs, (cutoff - 0.4) / 0.6))
        chosen = which(possible)
        if not len(chosen):
            return possible
        unlike = chosen[self.first[a[chosen]] != self.first[b[chosen]]]
        possible[unlike] = self.can_share(a[unlike], b[unlike], partial(jaro_needs, cutoff))
        return self.where(possible, a, b, lambda x, y: jaro_winkler(x, y, cutoff) > 0)

    def one_edit(self, a: Places, b: Places) -> Mask:
        """Whether each pair is one edit apart, and both have four letters or more."""
        shorter, longer = np.minimum(self.length[a], self.length[b]), np.maximum(self.length[a], self.length[b])
        possible = np.asarray((shorter > 3) & (longer - shorter <= 1))
        possible = narrowed(possible, a, b, lambda x, y: self.can_share(x, y, one_edit_needs))
        return self.where(possible, a, b, one_edit)

    def words_ratio(self, a: Places, b: Places, cutoff: float) -> Mask:
        """Whether each pair has this much of its letters in common, 0..100, words in alphabetical order.

        This is rapidfuzz.fuzz.token_sort_ratio of values with one blank between words and none at either end.
        """
        possible = self.can_share(a, b, lambda x, y: (x + y) * (cutoff / 200) - SLACK)
        return self.where(possible, a, b, lambda x, y: ratio(x, y, fuzz.token_sort_ratio, cutoff) > 0)

    def where(self, possible: Mask, a: Places, b: Places, test: Callable[[list[str], list[str]], Mask]) -> Mask:
        """The test of the pairs where it is possible at all, each distinct pair once; elsewhere it counts as failed."""
        told = np.zeros(len(a), dtype=np.bool_)
        chosen = which(possible)
        if len(chosen):
            x, y, places = distinct_pairs(a[chosen], b[chosen])
            told[chosen] = test(self.strings(x), self.strings(y))[places]
        return told

    def one_by_one(self, possible: Mask, a: Places, b: Places, test: Callable[[str, str], bool]) -> Mask:
        """The same for a test of one pair."""
        return self.where(possible, a, b, lambda left, right: mask(map(test, left, right), len(left)))


class Told:
    """A number for each value that a plain function tells, asked when a pair first needs it."""

    def __init__(self, values: pl.Series, tell: Callable[[str], int], dtype: Any = np.uint64) -> None:
        self._values, self._tell = values, tell
        self._known = np.zeros(len(values), dtype=np.bool_)
        self._found = np.zeros(len(values), dtype=dtype)
        self._lock = Lock()

    def __getitem__(self, places: Places) -> NDArray[Any]:
        with self._lock:
            asked = np.zeros(len(self._known), dtype=np.bool_)
            asked[places] = True
            new = which(asked & ~self._known)
            if len(new):
                self._found[new] = [*map(self._tell, self._values.gather(new).to_list())]
                self._known[new] = True
        return self._found[places]


class Pairs:
    """Pairs that get their level step by step: each step settles some, the next looks only at what is left.

    a, b: places of the values of each pair, a <= b, so that no step can depend on which side a value came from.
    """

    def __init__(self, a: Places, b: Places, last: int) -> None:
        """`last`: the code of what no step settles."""
        self._a, self._b = a, b
        self.codes = np.full(len(a), last, dtype=np.uint8)
        self._open: Places = np.arange(len(a))

    def settle(self, code: int, test: Callable[[Places, Places], Mask]) -> None:
        """Gives `code` to the open pairs that pass the test, which gets the places of their values."""
        if len(self._open):
            passed = test(self._a, self._b)
            self.codes[self._open[passed]] = code
            rest = which(~passed)
            if len(rest) < len(passed):
                self._open, self._a, self._b = self._open[rest], self._a[rest], self._b[rest]

    def judged(self, judge: Judge) -> Levels:
        """The codes, once a judge has told those of the pairs that are left."""
        self.codes[self._open] = judge(self._a, self._b)
        return self.codes


def without_blanks(value: str) -> str:
    """The letters alone."""
    return value.replace(" ", "")


def letter_bits(values: list[str], length: Lengths) -> NDArray[np.uint64]:
    """(2, values): a bit for each character that a value has, and for each that it has more than once."""
    letters = np.frombuffer("".join(values).encode("utf-32-le"), dtype=np.uint32)
    # Digits and lower-case letters, 64 apart in part, get bits of their own.
    letters = np.where(letters < 64, letters ^ 48, letters & 63)
    row = np.repeat(np.arange(len(values)), length)
    times = np.bincount(row * 64 + letters, minlength=len(values) * 64).reshape(-1, 64)
    bits = [np.packbits(times >= least, axis=1, bitorder="little").view(np.uint64)[:, 0] for least in (1, 2)]
    return np.stack(bits)


def bits(value: str) -> tuple[int, int]:
    """`letter_bits` of one value."""
    once = more = 0
    for letter in map(ord, value):
        bit = 1 << (letter ^ 48 if letter < 64 else letter & 63)
        more |= once & bit
        once |= bit
    return once, more


def jaro_needs(cutoff: float, x: Lengths, y: Lengths) -> NDArray[np.floating]:
    """The fewest letters in common with which strings of these lengths can have this Jaro similarity (Jaro, 1989).

    With m letters in common it is at most (m/x + m/y + 1) / 3.
    """
    return (3 * cutoff - 1) * (x * y / (x + y)) - SLACK


def in_parts(judge: Judge, a: Places, b: Places) -> Levels:
    """What a judge says of many pairs, asked for a part of them at a time, by places as numpy fetches them fastest."""
    if len(a) <= PART:
        return judge(a.astype(np.intp), b.astype(np.intp))
    levels = np.empty(len(a), dtype=np.uint8)
    for at in range(0, len(a), PART):
        part = slice(at, at + PART)
        levels[part] = judge(a[part].astype(np.intp), b[part].astype(np.intp))
    return levels


def at_a_glance(glance: Judge, closely: Judge, a: Places, b: Places) -> Levels:
    """What `glance` says of many pairs, and `closely` of those that it leaves OPEN, each distinct pair once."""
    levels = in_parts(glance, a, b)
    rest = which(levels == OPEN)
    if len(rest):
        x, y, places = distinct_pairs(a[rest], b[rest])
        levels[rest] = closely(x, y)[places]
    return levels


def narrowed(told: Mask, a: Places, b: Places, test: Callable[[Places, Places], Mask]) -> Mask:
    """Those of the pairs that are told to hold of which a further test holds too; writes to `told`."""
    chosen = which(told)
    if len(chosen):
        told[chosen] = test(a[chosen], b[chosen])
    return told


def spread(made: pl.Series, there: pl.Series) -> pl.Series:
    """What was made of some values, those where `there` holds, among all of them: null for the others.

    >>> spread(pl.Series(["a", "b"]), pl.Series([True, False, True])).to_list()
    ['a', None, 'b']
    """
    if len(there) < FEW:
        each = iter(made.to_list())
        return pl.Series(made.name, [next(each) if so else None for so in there.to_list()], dtype=made.dtype)
    places = pl.when(there).then(there.cast(pl.UInt32).cum_sum() - 1)
    return made.gather(pl.select(places).to_series())


def completed(made: pl.Series, covered: pl.Series, rest: pl.Series) -> pl.Series:
    """What was made where that covers, and one after the other the rest where it does not.

    >>> completed(pl.Series(["a", None, "c"]), pl.Series([True, False, True]), pl.Series(["b"])).to_list()
    ['a', 'b', 'c']
    """
    return made if covered.all() else made.zip_with(covered, spread(rest, ~covered))


def one_edit_needs(x: Lengths, y: Lengths) -> NDArray[np.floating]:
    """How many letters strings of these lengths have in common that are one edit apart."""
    return np.maximum(x, y) - 1.0


def numbers(values: pl.Series) -> NDArray[np.uint64]:
    """A number for each string, equal for equal ones.

    They are hashes of 64 bits: among a million values two different ones get one number once in 40 million runs.
    """
    return values.to_frame().hash_rows().to_numpy()


def number(text: str) -> int:
    """The same for one string: `numbers` and `number` are never compared with each other."""
    return hash(text) & 0xFFFFFFFFFFFFFFFF


def mark(members: Iterable[str]) -> int:
    """A 64-bit mark of a set (Bloom, 1970): sets with an element in common have a bit in common."""
    found = 0
    for member in members:
        found |= 1 << (zlib.crc32(member.encode()) & 63)
    return found


def marks(sets: pl.Series) -> NDArray[np.uint64]:
    """A 64-bit mark of each set of a List(String) series, none of them empty; `mark` gives others."""
    return marks_of(numbers(sets.explode()), sets.list.len().to_numpy().astype(np.int64))


def marks_of(held: NDArray[np.uint64], sizes: NDArray[np.integer]) -> NDArray[np.uint64]:
    """The same of sets one after the other, by the numbers of their elements and how many each has, if any."""
    found = np.zeros(len(sizes), dtype=np.uint64)
    some = which(sizes)
    if len(some):
        starts = (np.cumsum(sizes) - sizes)[some]
        found[some] = np.bitwise_or.reduceat(np.uint64(1) << (held >> _FOR_MARK), starts)
    return found


def may_hold(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> Mask:
    """Whether all that is in one of two sets may be in the other, by the marks of pairs of sets."""
    both = one & other
    return np.asarray((both == one) | (both == other))


def distinct_pairs(a: Places, b: Places) -> tuple[Places, Places, Places]:
    """The distinct ones of some pairs of places, and the place among them of each pair."""
    distinct, places = np.unique((a.astype(np.int64) << 32) | b, return_inverse=True)
    return distinct >> 32, distinct & LOW, places


def by_strings(compare: Callable[[Strings, Strings], Levels]) -> Callable[[pl.Series], Judge]:
    """A judge from a function of two lists of strings, which gets each distinct pair once."""

    @wraps(compare)
    def judge(values: pl.Series) -> Judge:
        def levels(a: Places, b: Places) -> Levels:
            x, y, places = distinct_pairs(a, b)
            return compare(values.gather(x).to_list(), values.gather(y).to_list())[places]

        return levels

    return judge
