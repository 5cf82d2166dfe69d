"""Compare: candidate pairs -> one level code a field. Each distinct pair of values is compared once.

Arrays in, arrays out: a batch hands over millions of pairs, the online path fifty, and both get the same levels.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Codes, Column, Normalised, Rows, combine, encode_all
from resolver.index import Index
from resolver.model.layout import Layout, kind
from resolver.steps.across import Across
from resolver.threads import at_once
from rules.field import MISSING, Field, Judge, Levels, Places
from rules.registry import FIELDS
from rules.ruleset import SHARED, SHARED_FROM, UNUSUAL, Ruleset
from rules.values.arrays import which
from rules.values.distinct import begins

NOTHING = (np.zeros(0, dtype=np.int64),) * 3
WARM = 200
"""Pairs that a judge is asked before the first batch, so that the judges of all fields get ready side by side."""


@dataclass(frozen=True)
class Compared:
    """What the fields of each pair show.

    levels: field -> a code a pair; 0 is missing, `i + 1` the i-th of `Layout.levels[field]`.
    rarity: natural logarithm of the Bayes factor that the agreeing values add because they are rarer (positive) or
        more common (negative) than the average agreement.
    """

    levels: dict[str, Levels]
    rarity: NDArray[np.float64]


def compared_columns(normalised: pl.DataFrame | Normalised, ruleset: Ruleset) -> dict[str, Column]:
    """The columns of NORMALISED that the rule set compares, encoded; those that hold nothing are left out."""
    return encode_all(normalised, [name for name in normalised.columns if kind(name) in ruleset.compare])


@dataclass(frozen=True)
class Comparer:
    """All that pairs of records are compared by: what the columns' values say, and what is true of the whole.

    It serves any records that hold values of these columns.
    """

    layout: Layout
    index: Index
    ruleset: Ruleset
    judges: Mapping[str, Judge]
    across: Across

    @classmethod
    def of(cls, columns: Mapping[str, Column], layout: Layout, index: Index, ruleset: Ruleset) -> "Comparer":
        """columns: those whose values will be compared."""
        known, across = [name for name in layout.levels if name in columns], Across.of(columns)
        judges = {
            name: across.family_judge() if name == "family" else FIELDS[kind(name)].judge(columns[name].values.slice(1))
            for name in known
        }
        return cls(layout, index, ruleset, judges, across)

    def warm(self, columns: Mapping[str, Column]) -> None:
        """Makes the judges of all fields work out, side by side, what they will need of every value of a batch."""
        judges = [(judge, len(columns[name].values) - 1) for name, judge in self.judges.items()]
        # Those with the most values, which take longest, come first.
        at_once(lambda each: _warm(*each), sorted(judges, key=lambda each: -each[1]))

    def compare(self, columns: Mapping[str, Column], left: Rows, right: Rows) -> Compared:
        """Compares the records `left[i]` and `right[i]` for every i, field by field; what has no column is left out."""
        levels: dict[str, Levels] = {}
        rarity = np.zeros(len(left))
        index = self.index
        for name, judge in self.judges.items():
            expanded, comparison = self.layout.levels[name], self.ruleset.compare[kind(name)]
            field, column = FIELDS[kind(name)], columns[name]
            found, agreed, first = _best(judge, column, left, right)
            levels[name] = _split(found, agreed, field, expanded, index.persons.get(name))
            if name == "email":
                part = which(found == field.code("same name part"))
                levels[name][part[index.from_name[agreed[part]]]] = MISSING
            if comparison.rarity:
                _mark_unusual(levels[name], first, expanded, index.rare[name])
            if comparison.frequency:
                same = which(found == 1)
                rarity[same] += index.frequency[name][agreed[same]]
        if "given" in levels and "family" in levels:
            swapped = self.across.mark_swapped(levels, columns, left, right, self.layout)
            places = which(swapped)
            sides = (_rarity_of_names(columns, side[places], index) for side in (left, right))
            rarity[places] += np.minimum(*sides)
        if "middle" in levels and "family" in levels:
            self.across.mark_former_names(levels["family"], columns, left, right, self.layout.levels["family"])
        return Compared(levels, rarity)


def _rarity_of_names(columns: Mapping[str, Column], rows: Rows, index: Index) -> NDArray[np.float64]:
    """How rare given and family name are together. Of two swapped ones those that are less rare stand in place."""
    weighed = [name for name in ("given", "family") if name in index.frequency]
    return sum((index.frequency[name][columns[name].first[rows]] for name in weighed), np.zeros(len(rows)))


def _warm(judge: Judge, values: int) -> None:
    """Asks a judge of so many values for neighbours in the alphabet."""
    if not values:
        return
    first = np.linspace(0, max(values - 2, 0), WARM, dtype=np.int64)
    judge(first, np.minimum(first + 1, values - 1))


def _best(judge: Judge, column: Column, left: Rows, right: Rows) -> tuple[Levels, Codes, tuple[Codes, Codes]]:
    """Each pair's best level over all values either side holds, the code of a value that gave it where there is one,
    and the codes of both sides' first values, the smaller one in front."""
    levels = np.zeros(len(left), dtype=np.uint8)
    a, b = column.first[left], column.first[right]
    low, high = np.minimum(a, b), np.maximum(a, b)
    agreed, both = low, low > 0
    of_several = NOTHING
    if column.starts is not None:
        several = (column.several[left] | column.several[right]) & both
        places = which(several)
        if len(places):
            both, agreed = both & ~several, low.copy()
            place, x, y = combine(column.of(left[places]), column.of(right[places]))
            of_several = places[place], np.minimum(x, y), np.maximum(x, y)
    chosen = which(both)
    ends: tuple[Places, Places] = low[chosen], high[chosen]
    if len(of_several[0]):
        # one question for all: to ask a judge takes longer than to answer for a few pairs more
        ends = np.concatenate((ends[0], of_several[1])), np.concatenate((ends[1], of_several[2]))
    told = judge(ends[0] - 1, ends[1] - 1)
    levels[chosen] = told[: len(chosen)]
    _best_of_several(of_several[0], of_several[1], told[len(chosen) :], (levels, agreed))
    return levels, agreed, (low, high)


def _best_of_several(place: Rows, low: Rows, told: Levels, found: tuple[Levels, Codes]) -> None:
    """Writes to `found` the best level of pairs whose records hold several values, and a value that shows it.

    place: which pair each two values are of, ascending. low: the smaller code of the two. told: their level.
    """
    known = told > 0
    place, packed = place[known], (told[known].astype(np.int64) << 32) | low[known]
    if len(place):
        # Packed as (level, value), one minimum finds the best level and a value that shows it, whichever side is left.
        first = which(begins(place))
        best = np.minimum.reduceat(packed, first)
        at = place[first]
        found[0][at] = best >> 32
        found[1][at] = best & 0xFFFFFFFF


def _split(found: Levels, agreed: Codes, field: Field, expanded: tuple[str, ...], persons: Rows | None) -> Levels:
    """The field's own codes as codes of its expanded levels; equal values split by how many persons share them."""
    translate = np.zeros(len(field.levels) + 1, dtype=np.uint8)
    for level, code in field.codes.items():
        translate[code] = expanded.index(level) + 1
    levels = translate.take(found)
    if persons is not None:
        same = which(found == 1)
        number = persons[agreed[same]]
        for level, at_least in zip(SHARED, SHARED_FROM, strict=True):
            levels[same[number >= at_least]] = expanded.index(level) + 1
    return levels


def _mark_unusual(
    levels: Levels, first: tuple[Codes, Codes], expanded: tuple[str, ...], rare: NDArray[np.bool_]
) -> None:
    """A difference where one value is hardly seen elsewhere may be a slip of the pen rather than another person."""
    unusual = rare.take(first[0]) | rare.take(first[1])
    unusual &= levels == expanded.index("different") + 1
    levels[unusual] = expanded.index(UNUSUAL) + 1
