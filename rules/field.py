"""What a field is: how its values are cleaned, keyed and compared, and the names of its levels.

A field never sees records. It works on *normalised values*, plain strings; who owns a value, how often it
occurs and what is missing is the business of the steps. Level codes are small integers: 0 is missing,
`i + 1` is `levels[i]`, so a smaller positive code is a better agreement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Levels: TypeAlias = NDArray[np.uint8]
Places: TypeAlias = NDArray[np.integer]
Strings: TypeAlias = Sequence[str]
KeyPart: TypeAlias = Callable[[str], tuple[str, ...]]
FastKey: TypeAlias = Callable[[Any], pl.Series]

MISSING = 0


def _as_it_is(values: pl.Series) -> pl.Series:
    return values


class Judge(Protocol):
    """Knows the distinct values of a column, in ascending order, and tells the levels of pairs of them."""

    def __call__(self, a: Places, b: Places, /) -> Levels:
        """a, b: places of the values of each pair, a <= b -> a level code for each pair.

        0 only where the two cannot be compared (two extensions of one switchboard), which counts like a missing value.
        """
        ...


@dataclass(frozen=True)
class Field:
    """All that is believed about one field.

    normalise: one raw value (then, by position, its context such as a phone's region) -> the string that is
        compared, or None when there is nothing in it. This plain function is the definition.
    judge: a String series of distinct normalised values in ascending order, none of them null or empty -> what tells
        the levels of pairs of them.
    keys: names the ways in which one normalised value can meet another; each gives none, one or several strings.
        This plain function of one value is the definition.
    take_apart: what is common to the fast keys of a field, done once for all of them: a String series of distinct
        normalised values -> whatever its fast keys take; the values themselves unless a field says otherwise.
    fast_keys: the vectorised twins of some keys for a batch: what is taken apart -> a String or List(String) series of
        the pieces of each value, null or empty for none; tests prove them equal to `keys`. In a list they may be the
        numbers that `hashed` gives for the pieces (UInt64).
    fast: the vectorised twin of `normalise` for a batch: equally long String series of raw values (and context) ->
        (normalised series, Boolean series "covered"). What it does not cover goes through `normalise`; tests prove
        the two equal.
    """

    name: str
    levels: tuple[str, ...]
    normalise: Callable[..., str | None]
    judge: Callable[[pl.Series], Judge]
    keys: Mapping[str, KeyPart] = field(default_factory=dict)
    take_apart: Callable[[pl.Series], Any] = _as_it_is
    fast_keys: Mapping[str, FastKey] = field(default_factory=dict)
    fast: Callable[..., tuple[pl.Series, pl.Series]] | None = None

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """Level name -> code."""
        return {name: code for code, name in enumerate(self.levels, start=1)}

    def code(self, level: str) -> int:
        """The code of a level, by its name."""
        return self.codes[level]

    def compare(self, left: Strings, right: Strings) -> Levels:
        """Two equally long sequences of normalised values -> a level code for each place."""
        values = pl.Series([*left, *right], dtype=pl.String).unique().sort()
        one, other = (values.search_sorted(pl.Series(side, dtype=pl.String)).to_numpy() for side in (left, right))
        return self.judge(values)(np.minimum(one, other), np.maximum(one, other))

    @property
    def explanation(self) -> str:
        """The sentence a steward reads when asking why: the first line of the judge's docstring."""
        return (self.judge.__doc__ or "").strip().partition("\n")[0]
