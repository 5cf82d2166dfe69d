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
WHOLE = {
    "given": ("same", "nickname", "same sound", "typo"),
    "family": ("same", "same sound", "typo"),
}
"""The levels at which a name as a whole, and no initial or part of it, is the same name in another place."""
WORD = 3
"""Letters of a word that says something; two such words make a whole name."""


def mark_swapped(
    levels: dict[str, Levels], columns: Mapping[str, Column], left: Rows, right: Rows, layout: Layout
) -> NDArray[np.bool_]:
    """Given and family name in each other's place, or the words of a whole name shared out in another way.

    It is one level on the given name, and the family name says no more, nor does a middle name that moved with them.
    Names that agree in their own places stay. Returns which pairs are so.
    """
    given, family = columns["given"], columns["family"]
    swapped, turned = np.zeros(len(left), dtype=bool), np.zeros(len(left), dtype=bool)
    places = _worse(levels, layout, CLOSE)
    ahead = _alike(given, left[places], family, right[places])
    behind = _alike(family, left[places], given, right[places])
    swapped[places] = ahead & behind
    if "middle" in columns:
        for told, one, other in ((ahead & ~behind, left, right), (behind & ~ahead, right, left)):
            some = places[told]
            turned[some] = _family_first(columns, one[some], other[some])
        swapped |= turned
    places = _worse(levels, layout, "same")
    places = places[~swapped[places]]
    swapped[places] = _shared_out(given, family, left[places], right[places])
    levels["given"][swapped] = layout.levels["given"].index(SWAPPED) + 1
    levels["family"][swapped] = 0
    if "middle" in levels:
        levels["middle"][turned] = 0
    return swapped


def _worse(levels: Mapping[str, Levels], layout: Layout, least: str) -> Rows:
    """The places of the pairs whose given and family names both agree less than that."""
    worse = [levels[name] > layout.levels[name].index(least) + 1 for name in ("given", "family")]
    return np.flatnonzero(worse[0] & worse[1])


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


def _family_first(columns: Mapping[str, Column], one: Rows, other: Rows) -> NDArray[np.bool_]:
    """For each pair of rows whether the one's names are the other's family, given and middle name, in this order.

    The other may have no middle name; nothing else may be left over.
    """
    first, second, third = (_written(columns[name], one) for name in ("given", "middle", "family"))
    given, middle, family = (_written(columns[name], other) for name in ("given", "middle", "family"))
    rest, names = _joined(second, third), _joined(given, middle)
    apart = _agree("given", second, given) & ((middle == "") | _agree("family", third, middle))
    together = (second != "") & _agree("given", rest, names, but=("nickname",))
    long = _long_words(_joined(family, names)) >= 2
    return np.asarray(_agree("family", first, family) & (apart | together) & long)


def _written(column: Column, rows: Rows) -> NDArray[np.object_]:
    """The first name that each row holds; "" for none."""
    return column.values[column.first[rows]]


def _joined(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.object_]:
    """One name behind the other, a blank between them."""
    return np.asarray([f"{a} {b}".strip() for a, b in zip(one, other, strict=True)], dtype=object)


def _long_words(names: NDArray[np.object_]) -> NDArray[np.int64]:
    """How many words of each name say something."""
    return np.asarray([sum(len(word) >= WORD for word in name.split()) for name in names], dtype=np.int64)


def _agree(
    name: str, one: NDArray[np.object_], other: NDArray[np.object_], but: tuple[str, ...] = ()
) -> NDArray[np.bool_]:
    """Whether each pair of names is one name at one of the `WHOLE` levels of that field; never where one is missing."""
    field, agree = FIELDS[name], np.zeros(len(one), dtype=bool)
    known = np.flatnonzero((one != "") & (other != ""))
    found = field.compare(one[known].tolist(), other[known].tolist())
    agree[known] = np.isin(found, [field.code(level) for level in WHOLE[name] if level not in but])
    return agree


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
