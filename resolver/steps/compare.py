"""Compare: candidate pairs -> one level code a field. Each distinct pair of values is compared once.

Arrays in, arrays out: a batch hands over millions of pairs, the online path fifty, and both get the same levels.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows, combine, encode_all
from resolver.index import Index
from resolver.model.layout import Layout, kind
from resolver.steps.across import mark_former_names, mark_swapped
from rules.field import MISSING, Field, Levels
from rules.registry import FIELDS
from rules.ruleset import SHARED, SHARED_FROM, UNUSUAL, Ruleset


@dataclass(frozen=True)
class Compared:
    """What the fields of each pair show.

    levels: field -> a code a pair; 0 is missing, `i + 1` the i-th of `Layout.levels[field]`.
    rarity: natural logarithm of the Bayes factor that the agreeing values add because they are rarer (positive) or
        more common (negative) than the average agreement.
    """

    levels: dict[str, Levels]
    rarity: NDArray[np.float64]


def compared_columns(normalised: pl.DataFrame, ruleset: Ruleset) -> dict[str, Column]:
    """The columns of NORMALISED that the rule set compares, encoded; those that hold nothing are left out."""
    return encode_all(normalised, [name for name in normalised.columns if kind(name) in ruleset.compare])


def compare(
    columns: Mapping[str, Column], left: Rows, right: Rows, layout: Layout, index: Index, ruleset: Ruleset
) -> Compared:
    """Compares the records `left[i]` and `right[i]` for every i, field by field; what has no column is left out."""
    levels: dict[str, Levels] = {}
    rarity = np.zeros(len(left))
    for name, expanded in layout.levels.items():
        if name not in columns:
            continue
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
        swapped = mark_swapped(levels, columns, left, right, layout)
        rarity += np.minimum(*(_rarity_of_names(columns, side, swapped, index) for side in (left, right)))
    if "middle" in levels and "family" in levels:
        mark_former_names(levels["family"], columns, left, right, layout.levels["family"])
    return Compared(levels, rarity)


def _rarity_of_names(
    columns: Mapping[str, Column], rows: Rows, asked: NDArray[np.bool_], index: Index
) -> NDArray[np.float64]:
    """How rare given and family name are together. Of two swapped ones those that are less rare stand in place."""
    weighed = [name for name in ("given", "family") if name in index.frequency]
    return sum((index.rarity(name, columns[name].first[rows], asked) for name in weighed), np.zeros(len(rows)))


def _best(field: Field, column: Column, left: Rows, right: Rows) -> tuple[Levels, Rows]:
    """Each pair's best level over all values either side holds, and the code of a value that gave it."""
    levels, agreed = np.zeros(len(left), dtype=np.uint8), np.zeros(len(left), dtype=np.int64)
    if column.starts is None:
        a, b = column.codes[left].astype(np.int64), column.codes[right].astype(np.int64)
        both = np.flatnonzero((a > 0) & (b > 0))
        levels[both] = _levels(field, column, a[both], b[both])
        agreed[both] = np.minimum(a[both], b[both])
        return levels, np.where(levels > 0, agreed, 0)
    pair, a, b = combine(column.of(left), column.of(right))
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
    unusual = rare[column.first[left]] | rare[column.first[right]]
    levels[different & unusual] = expanded.index(UNUSUAL) + 1
