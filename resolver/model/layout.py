"""Levels of all fields of a pair as one number, and back: a million pairs share a few thousand patterns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.field import Levels
from rules.ruleset import Ruleset, levels_of

CATEGORY = "category."

Floats = NDArray[np.float64]
Patterns = NDArray[np.uint64]
Positions = NDArray[np.int64]


def kind(name: str) -> str:
    """The rule that a compared column follows: all `category.*` columns share one."""
    return "category" if name.startswith(CATEGORY) else name


@dataclass(frozen=True)
class Layout:
    """The fields that can be compared in this data, with the levels each may show, best first."""

    levels: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, names: Sequence[str], ruleset: Ruleset) -> "Layout":
        """Those of the named columns that the rule set compares, in its order; categories last."""
        known = [name for name in ruleset.compare if name in names]
        categories = sorted(name for name in names if name.startswith(CATEGORY))
        return cls({name: levels_of(kind(name), ruleset.compare[kind(name)]) for name in [*known, *categories]})

    @property
    def fields(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(self.levels)

    @property
    def is_single(self) -> bool:
        """Whether one field is all there is, categories aside: a list of names."""
        return sum(not name.startswith(CATEGORY) for name in self.levels) == 1

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where each field's levels lie in a vector of all levels; missing has no place."""
        ends = np.cumsum([len(levels) for levels in self.levels.values()])
        return {
            name: slice(int(end) - len(levels), int(end))
            for (name, levels), end in zip(self.levels.items(), ends, strict=True)
        }

    @property
    def size(self) -> int:
        """How many levels there are in all."""
        return sum(len(levels) for levels in self.levels.values())

    def pack(self, levels: Mapping[str, Levels], pairs: int) -> Patterns:
        """Level codes of each field -> one number a pair (mixed radix, 0 = missing, so is a field not given)."""
        packed = np.zeros(pairs, dtype=np.uint64)
        for name, names in self.levels.items():
            packed *= np.uint64(len(names) + 1)
            packed += levels.get(name, np.uint64(0))
        return packed

    def unpack(self, patterns: Patterns) -> dict[str, Levels]:
        """The inverse of `pack`."""
        rest, levels = patterns.copy(), {}
        for name, names in reversed(self.levels.items()):
            radix = np.uint64(len(names) + 1)
            levels[name] = (rest % radix).astype(np.uint8)
            rest //= radix
        return {name: levels[name] for name in self.levels}

    def shown(self, patterns: Patterns) -> list[dict[str, str]]:
        """For each pattern the level of every field that both sides have."""
        codes = self.unpack(patterns)
        return [
            {name: self.levels[name][each[place] - 1] for name, each in codes.items() if each[place]}
            for place in range(len(patterns))
        ]

    def positions(self, patterns: Patterns) -> Positions:
        """(patterns x fields): where each shown level lies in a vector of all levels; `size` where it is missing."""
        table = np.full((len(patterns), len(self.levels)), self.size, dtype=np.int64)
        for column, (name, codes) in enumerate(self.unpack(patterns).items()):
            table[:, column] = np.where(codes > 0, self.places[name].start + codes.astype(np.int64) - 1, self.size)
        return table

    def sums(self, positions: Positions, vector: Floats) -> Floats:
        """For each pattern the sum of a vector over all levels, at the levels it shows; missing adds nothing."""
        out: Floats = np.append(vector, 0.0)[positions].sum(axis=1)
        return out

    def counts(self, positions: Positions, weights: Floats) -> Floats:
        """For each level the weight of all patterns that show it."""
        spread = np.repeat(weights, positions.shape[1])
        return np.bincount(positions.ravel(), weights=spread, minlength=self.size + 1)[: self.size].astype(np.float64)
