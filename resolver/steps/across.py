"""Across: what given, middle and family name show only when they are compared with each other."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, Rows, combine
from resolver.model.layout import Layout
from rules.field import Levels
from rules.name_compare import same_words
from rules.registry import FIELDS
from rules.ruleset import SWAPPED

CLOSE = "typo"
"""The least of the family name's levels at which two names in different places are the same name."""


def mark_swapped(
    levels: dict[str, Levels], columns: Mapping[str, Column], left: Rows, right: Rows, layout: Layout
) -> NDArray[np.bool_]:
    """Given and family name in each other's place, or their words shared out in another way ("Maria Jose" "Garcia").

    It is one level on the given name, and the family name says no more. Names that agree in their own places stay.
    Returns for which pairs it is so.
    """
    given, family = columns["given"], columns["family"]
    swapped = np.zeros(len(left), dtype=bool)
    for test, least in ((_crossed, CLOSE), (_shared_out, "same")):
        worse = [levels[name] > layout.levels[name].index(least) + 1 for name in ("given", "family")]
        places = np.flatnonzero(worse[0] & worse[1] & ~swapped)
        swapped[places] = test(given, family, left[places], right[places])
    levels["given"][swapped] = layout.levels["given"].index(SWAPPED) + 1
    levels["family"][swapped] = 0
    return swapped


def mark_former_names(
    levels: Levels, columns: Mapping[str, Column], left: Rows, right: Rows, expanded: tuple[str, ...]
) -> None:
    """A family name that is the other's middle name is often the name before marriage."""
    part = expanded.index("part of") + 1
    places = np.flatnonzero(levels > part)
    middle, family = columns["middle"], columns["family"]
    one, other = left[places], right[places]
    former = _alike(middle, one, family, other, "same") | _alike(family, one, middle, other, "same")
    levels[places[former]] = part


def _crossed(given: Column, family: Column, left: Rows, right: Rows) -> NDArray[np.bool_]:
    """For each pair of rows whether either's given name is the other's family name."""
    return _alike(given, left, family, right) & _alike(family, left, given, right)


def _alike(column: Column, left: Rows, across: Column, right: Rows, least: str = CLOSE) -> NDArray[np.bool_]:
    """For each pair of rows whether a name in `column` of the left is, at that level or better, one in `across` of the
    right. Each distinct pair of names is compared once, as family names are.
    """
    field = FIELDS["family"]
    pair, a, b = combine(column.of(left), across.of(right))
    distinct, inverse = np.unique((a << 32) | b, return_inverse=True)
    found = field.compare(
        column.values[distinct >> 32].tolist(), across.values[distinct & np.int64(0xFFFFFFFF)].tolist()
    )[inverse]
    alike = np.zeros(len(left), dtype=bool)
    alike[pair[(found > 0) & (found <= field.code(least))]] = True
    return alike


def _shared_out(given: Column, family: Column, left: Rows, right: Rows) -> NDArray[np.bool_]:
    """For each pair of rows whether given and family name have the same words, but shared out in another way."""
    words, letters = zip(*(_sizes(column) for column in (given, family)), strict=True)
    g_left, g_right, f_left, f_right = (column.first[side] for column in (given, family) for side in (left, right))
    several = (words[0][g_left] + words[1][f_left] > 2) & (words[0][g_right] + words[1][f_right] > 2)
    as_long = letters[0][g_left] + letters[1][f_left] == letters[0][g_right] + letters[1][f_right]
    known = (g_left > 0) & (g_right > 0) & (f_left > 0) & (f_right > 0)
    told = np.zeros(len(left), dtype=np.bool_)
    places = np.flatnonzero(known & several & as_long)
    names = [
        (given.values[g[places]].tolist(), family.values[f[places]].tolist())
        for g, f in ((g_left, f_left), (g_right, f_right))
    ]
    told[places] = same_words(*names[0], *names[1])
    return told


def _sizes(column: Column) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many words and letters each value of a column has."""
    blanks = np.asarray([value.count(" ") for value in column.values], dtype=np.int64)
    return blanks + 1, np.asarray([len(value) for value in column.values], dtype=np.int64) - blanks
