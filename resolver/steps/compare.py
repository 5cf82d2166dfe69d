"""Compare: candidate pairs -> one level code a field. Each distinct pair of values is compared once.

Arrays in, arrays out: a batch hands over millions of pairs, the online path fifty, and both get the same levels.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, Rows, combine
from resolver.index import Index
from resolver.model.layout import Layout, kind
from rules.field import MISSING, Field, Levels
from rules.registry import FIELDS
from rules.ruleset import SHARED, SHARED_FROM, SWAPPED, UNUSUAL, Ruleset


@dataclass(frozen=True)
class Compared:
    """What the fields of each pair show.

    levels: field -> a code a pair; 0 is missing, `i + 1` the i-th of `Layout.levels[field]`.
    rarity: natural logarithm of the Bayes factor that the agreeing values add because they are rarer (positive) or
        more common (negative) than the average agreement.
    """

    levels: dict[str, Levels]
    rarity: NDArray[np.float64]


def compare(
    columns: Mapping[str, Column], left: Rows, right: Rows, layout: Layout, index: Index, ruleset: Ruleset
) -> Compared:
    """Compares the records `left[i]` and `right[i]` for every i, field by field."""
    levels: dict[str, Levels] = {}
    rarity = np.zeros(len(left))
    for name, expanded in layout.levels.items():
        comparison = ruleset.compare[kind(name)]
        field, column = FIELDS[kind(name)], columns[name]
        found, agreed = _best(field, column, left, right)
        levels[name] = _split(found, agreed, field, expanded, index.persons.get(name))
        if name == "email":
            levels[name][(found == field.code("same name part")) & index.from_name[agreed]] = MISSING
        if comparison.rarity:
            _mark_unusual(levels[name], column, left, right, expanded, index.rare[name])
        if comparison.frequency:
            rarity += index.rarity(name, agreed, found == 1)
    if "given" in levels and "family" in levels:
        _mark_swapped(levels, columns, left, right, layout)
    if "middle" in levels and "family" in levels:
        _mark_former_names(levels["family"], columns, left, right, layout.levels["family"])
    return Compared(levels, rarity)


def _best(field: Field, column: Column, left: Rows, right: Rows) -> tuple[Levels, Rows]:
    """Each pair's best level over all values either side holds, and the code of a value that gave it."""
    levels, agreed = np.zeros(len(left), dtype=np.uint8), np.zeros(len(left), dtype=np.int64)
    if column.starts is None:
        a, b = column.codes[left].astype(np.int64), column.codes[right].astype(np.int64)
        both = np.flatnonzero((a > 0) & (b > 0))
        levels[both] = _levels(field, column, a[both], b[both])
        agreed[both] = np.minimum(a[both], b[both])
        return levels, np.where(levels > 0, agreed, 0)
    rows, codes = column.held
    pair, a, b = combine(_held_by(rows, codes, left), _held_by(rows, codes, right))
    found = _levels(field, column, a, b).astype(np.int64)
    known = found > 0
    pair, packed = pair[known], (found[known] << 32) | np.minimum(a[known], b[known])
    if len(pair):
        # Packed as (level, value), one minimum finds the best level and a value that shows it, whichever side is left.
        first = np.flatnonzero(np.concatenate(([True], pair[1:] != pair[:-1])))
        best = np.minimum.reduceat(packed, first)
        levels[pair[first]] = best >> 32
        agreed[pair[first]] = best & 0xFFFFFFFF
    return levels, agreed


def _held_by(rows: Rows, codes: NDArray[np.int32], wanted: Rows) -> tuple[Rows, Rows]:
    """(place in wanted, code) for everything that the wanted records hold."""
    begin = np.searchsorted(rows, wanted, side="left")
    number = np.searchsorted(rows, wanted, side="right") - begin
    place = np.repeat(np.arange(len(wanted)), number)
    offsets = np.arange(len(place)) - np.repeat(np.cumsum(number) - number, number)
    return place, codes[np.repeat(begin, number) + offsets].astype(np.int64)


def _levels(field: Field, column: Column, a: NDArray[np.integer], b: NDArray[np.integer]) -> Levels:
    """Levels of pairs of values, given by their codes; each distinct pair is compared once."""
    low, high = np.minimum(a, b).astype(np.uint64), np.maximum(a, b).astype(np.uint64)
    distinct, inverse = _distinct((low << np.uint64(32)) | high)
    left = column.values[(distinct >> np.uint64(32)).astype(np.int64)]
    right = column.values[(distinct & np.uint64(0xFFFFFFFF)).astype(np.int64)]
    return field.compare(left.tolist(), right.tolist())[inverse]


def _distinct(packed: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    distinct, inverse = np.unique(packed, return_inverse=True)
    return distinct, inverse


def _split(found: Levels, agreed: Rows, field: Field, expanded: tuple[str, ...], persons: Rows | None) -> Levels:
    """The field's own codes as codes of its expanded levels; equal values split by how many persons share them."""
    translate = np.zeros(len(field.levels) + 1, dtype=np.uint8)
    for level, code in field.codes.items():
        translate[code] = expanded.index(level) + 1
    levels = translate[found]
    if persons is not None:
        same = found == 1
        for level, at_least in zip(SHARED, SHARED_FROM, strict=True):
            levels[same & (persons[agreed] >= at_least)] = expanded.index(level) + 1
    return levels


def _mark_unusual(
    levels: Levels, column: Column, left: Rows, right: Rows, expanded: tuple[str, ...], rare: NDArray[np.bool_]
) -> None:
    """A difference where one value is hardly seen elsewhere may be a slip of the pen rather than another person."""
    different = levels == expanded.index("different") + 1
    unusual = rare[column.codes[left]] | rare[column.codes[right]]
    levels[different & unusual] = expanded.index(UNUSUAL) + 1


def _spellings(*columns: Column) -> list[NDArray[np.int64]]:
    """For each column its codes as numbers of spellings that mean the same in all of them."""
    numbers: dict[str, int] = {"": 0}
    return [
        np.asarray([numbers.setdefault(value.replace(" ", ""), len(numbers)) for value in column.values])
        for column in columns
    ]


def _mark_swapped(
    levels: dict[str, Levels], columns: Mapping[str, Column], left: Rows, right: Rows, layout: Layout
) -> None:
    """Given and family name in each other's place: one level on the given name, and the family name says no more."""
    given, family = columns["given"], columns["family"]
    of_given, of_family = _spellings(given, family)
    g_left, g_right = of_given[given.codes[left]], of_given[given.codes[right]]
    f_left, f_right = of_family[family.codes[left]], of_family[family.codes[right]]
    crossed = (g_left == f_right) & (f_left == g_right) & (g_left > 0) & (f_left > 0) & (g_left != g_right)
    levels["given"][crossed] = layout.levels["given"].index(SWAPPED) + 1
    levels["family"][crossed] = 0


def _mark_former_names(
    levels: Levels, columns: Mapping[str, Column], left: Rows, right: Rows, expanded: tuple[str, ...]
) -> None:
    """A family name that is the other's middle name is often the name before marriage."""
    middle, family = columns["middle"], columns["family"]
    of_middle, of_family = _spellings(middle, family)
    m_left, m_right = of_middle[middle.codes[left]], of_middle[middle.codes[right]]
    f_left, f_right = of_family[family.codes[left]], of_family[family.codes[right]]
    former = ((m_left == f_right) & (m_left > 0)) | ((m_right == f_left) & (m_right > 0))
    worse = levels > expanded.index("part of") + 1
    levels[former & worse] = expanded.index("part of") + 1
