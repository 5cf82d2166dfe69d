"""Values of which an export shows only a part: "j***@x.com", "***-**-1234", "+1 *** *** 4567".

In a normalised value HIDDEN stands for each stretch that is hidden, however long: whether the asterisks were counted
nobody knows. Such a value is evidence as far as it goes. It is never a key, never counts as shared by several persons,
and never becomes golden beside a value in full.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import Postfix, Prefix
from rapidfuzz.process import cpdist

from rules.field import MISSING, KeyPart, Levels, Places, Strings
from rules.values.arrays import which
from rules.values.text import Mask, mask, only

LEVEL = "same as far as shown"
LEAST = 3
"""So many characters must be shown by both sides for their agreement to say anything."""

HIDDEN = "…"
"""What no value in full has: it is not allowed in an address, and an id or a handle that has it was cut off."""
SIGNS = "*＊∗•●"
_RUN = re.compile(rf"[{SIGNS}]{{2,}}|#{{3,}}|{HIDDEN}")
# One sign alone is a footnote or a bullet, but not inside a word.
_IN_WORD = rf"[{SIGNS}#]{{2,}}|{HIDDEN}|(?:[^\W\d_])[{SIGNS}](?:[^\W\d_])"
NAME = f"(?:{_IN_WORD})"
"""Pattern of a name that is hidden in part, for Python and polars alike."""
_LETTERS = r"[^\s.,;()\-]*"
# A word is looked at from its start alone: from each of its letters, a long one would take the square of its length.
_NAME_WORD = re.compile(rf"(?<![^\s.,;()\-]){_LETTERS}{NAME}{_LETTERS}")
_XS = re.compile(r"(?<![^\W_])x{2,}(?:[-. ]x+)*[-. ]?(?=\d)|(?<=\d)[-. ]?x{3,}(?![^\W_])", re.IGNORECASE)


class Alike(NamedTuple):
    """How far pairs of values agree, an array each: whether one value can be both; characters both show at either end.

    Where both are in full, `front` counts what is equal and `back` is 0.
    """

    fits: Mask
    front: NDArray[np.int64]
    back: NDArray[np.int64]


def is_masked(raw: str) -> bool:
    """Whether any raw value shows only a part of itself, as far as that can be told without knowing its field.

    >>> is_masked("j***@x.com"), is_masked("XXX-XX-6789"), is_masked("Alexx 3"), is_masked("footnote*")
    (True, True, False, False)
    """
    return _RUN.search(raw) is not None or _XS.search(raw) is not None


def marked(raw: str) -> str:
    """The text with HIDDEN for every run of signs that hides something.

    >>> marked("ab**12"), marked("#1*")
    ('ab…12', '#1*')
    """
    return _RUN.sub(HIDDEN, raw)


def as_initials(raw: str | None) -> str | None:
    """A name in which every word that is hidden in part is its first letter: more than that may be hidden.

    >>> as_initials("Anna J***"), as_initials("•••n")
    ('Anna J', '')
    """
    return None if raw is None else _NAME_WORD.sub(lambda word: word[0][:1].strip(f"{SIGNS}#{HIDDEN}"), raw)


def alike(left: Strings, right: Strings) -> Alike:
    """Compares values, hidden in part or in full, by what they show.

    >>> [column.tolist() for column in alike(["j…e", "…1234"], ["jane", "…34"])]
    [[True, True], [1, 0], [1, 2]]
    """
    fronts = [[value.partition(HIDDEN)[0] for value in side] for side in (left, right)]
    backs = [[value.rpartition(HIDDEN)[2] for value in side] for side in (left, right)]
    front = cpdist(*fronts, scorer=Prefix.similarity, dtype=np.int64)
    back = cpdist(*backs, scorer=Postfix.similarity, dtype=np.int64)
    shown, ends = (np.array([[*map(len, side)] for side in sides], np.int64) for sides in (fronts, backs))
    whole = np.array([[HIDDEN not in value for value in side] for side in (left, right)], np.bool_)
    fits = (front >= shown.min(axis=0)) & (back >= ends.min(axis=0))
    # A value in full is as long as all that the other shows of it.
    for mine, other in ((0, 1), (1, 0)):
        fits &= ~whole[mine] | whole[other] | (shown[mine] >= shown[other] + ends[other])
    fits &= ~whole.all(axis=0) | (shown[0] == shown[1])
    back[whole.all(axis=0)] = 0
    _middles(left, right, fits, whole)
    return Alike(fits, front, back)


def _middles(left: Strings, right: Strings, fits: Mask, whole: NDArray[np.bool_]) -> None:
    """What is shown between two hidden stretches must be found in the other value, where that is in full."""
    several = mask((a.count(HIDDEN) + b.count(HIDDEN) > 1 for a, b in zip(left, right, strict=True)), len(left))
    for place in which(several & fits & whole.any(axis=0)).tolist():
        full, shown = (left[place], right[place]) if whole[0, place] else (right[place], left[place])
        pattern = ".*".join(map(re.escape, shown.split(HIDDEN)))
        fits[place] = re.fullmatch(pattern, full, re.DOTALL) is not None


_VALUE = pl.col("value")
# What leaves of eight bytes so many of the first ones.
_FIRST = np.array([(1 << 64) - (1 << 8 * (8 - shown)) for shown in range(9)], dtype=np.uint64)
_BYTES = np.uint64(0x0101010101010101)


class Ends:
    """What many values show at either end, up to eight bytes of each: most pairs that do not fit differ there."""

    def __init__(self, values: pl.Series) -> None:
        front, back = _VALUE.str.splitn(HIDDEN, 2).struct.field("field_0"), _VALUE.str.split(HIDDEN).list.last()
        first, last = front.str.encode("hex").str.slice(0, 16), back.str.encode("hex").str.slice(-16)
        ends = values.to_frame("value").select(
            first=first.str.pad_end(16, "0").str.to_integer(base=16, dtype=pl.UInt64),
            last=last.str.pad_start(16, "0").str.to_integer(base=16, dtype=pl.UInt64),
            before=front.str.len_bytes().clip(upper_bound=8).cast(pl.UInt8),
            behind=back.str.len_bytes().clip(upper_bound=8).cast(pl.UInt8),
        )
        self._first, self._last, self._before, self._behind = (column.to_numpy() for column in ends)

    def before(self, a: Places, b: Places) -> NDArray[np.uint8]:
        """How many of the bytes that both show in front differ; if any does, one value cannot be both."""
        shown = _FIRST[np.minimum(self._before[a], self._before[b])]
        return _differing((self._first[a] ^ self._first[b]) & shown)

    def behind(self, a: Places, b: Places) -> NDArray[np.uint8]:
        """The same for those at the end."""
        shown = ~_FIRST[8 - np.minimum(self._behind[a], self._behind[b])]
        return _differing((self._last[a] ^ self._last[b]) & shown)


def _differing(bits: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """How many of the eight bytes are not 0."""
    for shift in (4, 2, 1):
        bits = bits | (bits >> np.uint64(shift))
    return np.asarray(np.bitwise_count(bits & _BYTES))


def told(fits: Mask, enough: Mask, levels: tuple[str, ...]) -> Levels:
    """The level codes of such pairs in a field: what contradicts differs, and too little shown says nothing (0)."""
    different, shown = levels.index("different") + 1, levels.index(LEVEL) + 1
    return np.select((~fits, enough), (different, shown), MISSING).astype(np.uint8)


def in_full(values: pl.Series) -> pl.Series:
    """Normalised values, null for those that are hidden in part: what the keys of a column are made of."""
    return only(values, ~values.str.contains(HIDDEN, literal=True))


def without_keys(keys: Mapping[str, KeyPart]) -> Mapping[str, KeyPart]:
    """The keys of a field, of which a value that is hidden in part has none: it would meet too many strangers."""
    return {name: partial(_if_whole, key) for name, key in keys.items()}


def _if_whole(key: KeyPart, value: str) -> tuple[str, ...]:
    return () if HIDDEN in value else key(value)
