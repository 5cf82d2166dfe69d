"""What a field is: how its values are cleaned, keyed and compared, and the names of its levels.

A field never sees records. It works on *normalised values*, plain strings; who owns a value, how often it
occurs and what is missing is the business of the steps. Level codes are small integers: 0 is missing,
`i + 1` is `levels[i]`, so a smaller positive code is a better agreement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Levels: TypeAlias = NDArray[np.uint8]
Strings: TypeAlias = Sequence[str]
KeyPart: TypeAlias = Callable[[str], tuple[str, ...]]

MISSING = 0


@dataclass(frozen=True)
class Field:
    """All that is believed about one field.

    normalise: one raw value (then, by position, its context such as a phone's region) -> the string that is
        compared, or None when there is nothing in it. This plain function is the definition.
    compare: two equally long sequences of normalised values -> a level code for each place; 0 only where the
        two cannot be compared (two extensions of one switchboard), which counts like a missing value.
    keys: names the ways in which one normalised value can meet another; each gives none, one or several strings.
    fast: the vectorised twin of `normalise` for a batch: equally long String series of raw values (and context) ->
        (normalised series, Boolean series "covered"). What it does not cover goes through `normalise`; tests prove
        the two equal.
    """

    name: str
    levels: tuple[str, ...]
    normalise: Callable[..., str | None]
    compare: Callable[[Strings, Strings], Levels]
    keys: Mapping[str, KeyPart] = field(default_factory=dict)
    fast: Callable[..., tuple[pl.Series, pl.Series]] | None = None

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """Level name -> code."""
        return {name: code for code, name in enumerate(self.levels, start=1)}

    def code(self, level: str) -> int:
        """The code of a level, by its name."""
        return self.codes[level]

    @property
    def explanation(self) -> str:
        """The sentence a steward reads when asking why: the first line of `compare`'s docstring."""
        return (self.compare.__doc__ or "").strip().partition("\n")[0]
