"""Values that name somebody inside one space only: the ids of one system, the handles of one network."""

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.field import MISSING, Levels, Places, Strings
from rules.values import hidden
from rules.values.pairs import Texts, by_strings, in_parts
from rules.values.text import Mask

LEVELS = ("same", "typo", hidden.LEVEL, "different")
_SAME, _TYPO, _SHOWN, _DIFFERENT = range(1, len(LEVELS) + 1)
_FEWEST_FOR_TYPO = 6


class Scoped(Texts, ABC):
    """What the judges of such fields share; each says in its own docstring when two values agree.

    The space stands in front of the name. Values of different spaces cannot be compared; "typo" is one edit between
    names of six characters or more.
    """

    def __init__(self, values: pl.Series) -> None:
        super().__init__(values)
        self._as_shown = by_strings(self.as_shown)(values)

    @staticmethod
    @abstractmethod
    def space(value: pl.Expr) -> pl.Expr:
        """The front of a value that says its space."""

    @staticmethod
    @abstractmethod
    def as_shown(left: Strings, right: Strings) -> Levels:
        """Levels of pairs of values of one space of which one or both are hidden in part."""

    def __call__(self, a: Places, b: Places) -> Levels:
        return in_parts(self._levels, a, b)

    @cached_property
    def _facts(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32], Mask]:
        """A number for the space of each value, the characters of its name, and whether it is hidden in part."""
        value, space = pl.col("value"), self.space(pl.col("value"))
        facts = self.values.to_frame("value").select(
            space=space.hash(),
            size=value.str.len_chars() - space.str.len_chars(),
            cut=value.str.contains(hidden.HIDDEN, literal=True),
        )
        return facts["space"].to_numpy(), facts["size"].to_numpy(), facts["cut"].to_numpy()

    def _levels(self, a: Places, b: Places) -> Levels:
        space, size, cut = self._facts
        levels = np.full(len(a), MISSING, dtype=np.uint8)
        one = np.flatnonzero(space[a] == space[b])
        x, y = a[one], b[one]
        in_part = cut[x] | cut[y]
        levels[one] = np.where(x == y, _SAME, _DIFFERENT)
        if in_part.any():
            levels[one[in_part]] = self._as_shown(x[in_part], y[in_part])
        open_ = np.flatnonzero((x != y) & ~in_part & (np.minimum(size[x], size[y]) >= _FEWEST_FOR_TYPO))
        levels[one[open_[self.one_edit(x[open_], y[open_])]]] = _TYPO
        return levels
