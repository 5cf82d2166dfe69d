"""Across: what given, middle and family name show only when they are compared with each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Codes, Column, Rows, combine
from resolver.model.layout import Layout
from rules.field import Judge, Levels, Places
from rules.name.compare import FamilyNames
from rules.name.words import same_words
from rules.registry import FIELDS
from rules.ruleset import SWAPPED
from rules.values.arrays import which
from rules.values.distinct import FEW
from rules.values.pairs import AT_ONCE
from rules.values.text import Mask

NAMES = ("given", "middle", "family")
CLOSE = "typo"
"""The least of the family name's levels at which two names in different places are the same name."""
WHOLE = {
    "given": ("same", "nickname", "same sound", "typo"),
    "family": ("same", "same sound", "typo"),
}
"""The levels at which a name as a whole, and no initial or part of it, is the same name in another place."""
WORD = 3
"""Letters of a word that says something; two such words make a whole name."""

_OF_LETTERS = np.random.default_rng(0).integers(1 << 64, size=128, dtype=np.uint64)

Columns: TypeAlias = Mapping[str, Column]


@dataclass(frozen=True)
class Across:
    """All names of some columns, whatever their part, as family names.

    codes: given, middle, family -> the place among all names of each value of the column; -1 for the missing one.
    """

    names: FamilyNames
    codes: Mapping[str, Rows]

    @classmethod
    def of(cls, columns: Columns) -> "Across":
        """Serves any records that hold values of these columns."""
        values = {name: columns[name].values.slice(1) for name in NAMES if name in columns}
        missing = np.full(1, -1)
        if sum(map(len, values.values())) < FEW:
            listed = {name: columns[name].listed[1:] for name in values}
            names = sorted({*chain.from_iterable(listed.values())})
            code = {name: place for place, name in enumerate(names)}
            codes = {name: np.array([-1, *map(code.__getitem__, own)]) for name, own in listed.items()}
            return cls(FamilyNames(pl.Series(names, dtype=pl.String)), codes)
        every = pl.concat([pl.Series(dtype=pl.String), *values.values()]).unique().sort()
        codes = {name: np.concatenate((missing, every.search_sorted(own).to_numpy())) for name, own in values.items()}
        return cls(FamilyNames(every), codes)

    def family_judge(self) -> Judge:
        """The judge of the family names alone, which says by what is known of all names, not worked out again."""
        places = self.codes["family"][1:]

        def levels(a: Places, b: Places) -> Levels:
            return self.names(places.take(a), places.take(b))

        return levels

    def mark_swapped(
        self, levels: dict[str, Levels], columns: Columns, left: Rows, right: Rows, layout: Layout
    ) -> Mask:
        """Given and family name in each other's place, or the words of a whole name shared out in another way.

        It is one level on the given name, and the family name says no more, nor does a middle name that moved with
        them. Names that agree in their own places stay. Returns which pairs are so.
        """
        swapped, turned = np.zeros((2, len(left)), dtype=np.bool_)
        places = _worse(levels, layout, CLOSE)
        one, other = left[places], right[places]
        ahead = self._alike(columns, ("given", "family"), (one, other), self._close)
        # Where the given name is not the other's family name, only three names in another order are still swapped.
        asked = which(ahead | _holds(columns, "middle", other))
        behind = np.zeros(len(places), dtype=np.bool_)
        behind[asked] = self._alike(columns, ("family", "given"), (one[asked], other[asked]), self._close)
        swapped[places] = ahead & behind
        if "middle" in columns:
            for told, mine, theirs in ((ahead & ~behind, left, right), (behind & ~ahead, right, left)):
                some = places[told]
                some = some[_holds(columns, "middle", mine[some])]
                if len(some):
                    turned[some] = _family_first(columns, mine[some], theirs[some])
            swapped |= turned
        places = _worse(levels, layout, "same")
        places = places[~swapped[places]]
        swapped[places] = self._shared_out(columns, left[places], right[places])
        levels["given"][swapped] = layout.levels["given"].index(SWAPPED) + 1
        levels["family"][swapped] = 0
        if "middle" in levels:
            levels["middle"][turned] = 0
        return swapped

    def mark_former_names(
        self, levels: Levels, columns: Columns, left: Rows, right: Rows, expanded: tuple[str, ...]
    ) -> None:
        """A family name that is the other's middle name is often the name before marriage."""
        part = expanded.index("part of") + 1
        places = which(levels > part)
        rows = left[places], right[places]
        former = self._alike(columns, ("middle", "family"), rows, self.names.same)
        former |= self._alike(columns, ("family", "middle"), rows, self.names.same)
        levels[places[former]] = part

    def _close(self, a: Places, b: Places) -> Mask:
        return self.names(np.minimum(a, b), np.maximum(a, b)) <= FIELDS["family"].code(CLOSE)

    def _alike(
        self, columns: Columns, parts: tuple[str, str], rows: tuple[Rows, Rows], test: Callable[[Places, Places], Mask]
    ) -> Mask:
        """For each pair of rows whether a name in the one part of the left and one in the other of the right pass."""
        alike = np.zeros(len(rows[0]), dtype=np.bool_)
        pair, a, b = _names_beside((columns[parts[0]], columns[parts[1]]), rows)
        if len(pair):
            passed = test(*(self.codes[name][codes] for name, codes in zip(parts, (a, b), strict=True)))
            alike[pair[passed]] = True
        return alike

    def _shared_out(self, columns: Columns, left: Rows, right: Rows) -> Mask:
        """For each pair of rows whether given and family name have the same words, but shared out in another way."""
        places, many = np.arange(len(left)), self.names.many
        told = np.zeros(len(left), dtype=np.bool_)
        for rows in (left, right):
            given, family = self._full_names(columns, rows[places])
            several = (given >= 0) & (family >= 0) & (many[given] | many[family])
            places = places[several]
        if not len(places):
            return told
        letters = self._letters
        (given, family), (first, second) = (self._full_names(columns, rows[places]) for rows in (left, right))
        chosen = which(letters[given] + letters[family] == letters[first] + letters[second])
        told[places[chosen]] = same_words(
            *(self.names.strings(names[chosen]) for names in (given, family, first, second))
        )
        return told

    def _full_names(self, columns: Columns, rows: Rows) -> tuple[Rows, Rows]:
        """The places of the first given and family name of each row; -1 for none."""
        given, family = (self.codes[name][columns[name].first[rows]] for name in ("given", "family"))
        return given, family

    @cached_property
    def _letters(self) -> NDArray[np.uint64]:
        """A number for the letters of each name: names of the same letters in any order have one, and so have sums."""
        values = self.names.joined
        parts = [_sums_of_letters(values.slice(at, AT_ONCE)) for at in range(0, len(values), AT_ONCE)]
        return np.concatenate(parts)


def _sums_of_letters(values: pl.Series) -> NDArray[np.uint64]:
    listed = values.to_list()
    letters = np.frombuffer("".join(listed).encode("utf-32-le"), dtype=np.uint32)
    ends = np.cumsum(np.fromiter(map(len, listed), dtype=np.int64, count=len(listed)))
    return np.add.reduceat(_OF_LETTERS[letters & 127], ends - np.diff(ends, prepend=0))


def _names_beside(columns: tuple[Column, Column], rows: tuple[Rows, Rows]) -> tuple[Rows, Codes, Codes]:
    """(place of the pair of rows, code, code) for each two names that it holds, one on either side."""
    (one, other), (left, right) = columns, rows
    a, b = one.first[left], other.first[right]
    several = one.several[left] | other.several[right]
    alone, rest = which((a > 0) & (b > 0) & ~several), which(several)
    if not len(rest):
        return alone, a[alone], b[alone]
    pair, x, y = combine(one.of(left[rest]), other.of(right[rest]))
    return np.concatenate((alone, rest[pair])), np.concatenate((a[alone], x)), np.concatenate((b[alone], y))


def _holds(columns: Columns, name: str, rows: Rows) -> Mask:
    """Which rows hold a name of this part."""
    return columns[name].first[rows] > 0 if name in columns else np.zeros(len(rows), dtype=np.bool_)


def _worse(levels: Mapping[str, Levels], layout: Layout, least: str) -> Rows:
    """The places of the pairs whose given and family names both agree less than that."""
    worse = [levels[name] > layout.levels[name].index(least) + 1 for name in ("given", "family")]
    return which(worse[0] & worse[1])


def _family_first(columns: Columns, one: Rows, other: Rows) -> Mask:
    """For each pair of rows whether the one's names are the other's family, given and middle name, in this order.

    The other may have no middle name; nothing else may be left over.
    """
    first, second, third = (_written(columns[name], one) for name in NAMES)
    given, middle, family = (_written(columns[name], other) for name in NAMES)
    rest, names = _joined(second, third), _joined(given, middle)
    apart = _agree("given", second, given) & ((middle == "").to_numpy() | _agree("family", third, middle))
    together = (second != "").to_numpy() & _agree("given", rest, names, but=("nickname",))
    long = (_joined(family, names).str.count_matches(f"[^ ]{{{WORD},}}") >= 2).to_numpy()
    return np.asarray(_agree("family", first, family) & (apart | together) & long)


def _written(column: Column, rows: Rows) -> pl.Series:
    """The first name that each row holds; "" for none."""
    return column.values.gather(column.first[rows])


def _joined(one: pl.Series, other: pl.Series) -> pl.Series:
    """One name behind the other, a blank between them."""
    return (one + " " + other).str.strip_chars(" ")


def _agree(name: str, one: pl.Series, other: pl.Series, but: tuple[str, ...] = ()) -> Mask:
    """Whether each pair of names is one name at one of the `WHOLE` levels of that field; never where one is missing."""
    field, agree = FIELDS[name], np.zeros(len(one), dtype=np.bool_)
    known = which(((one != "") & (other != "")).to_numpy())
    found = field.compare(one.gather(known).to_list(), other.gather(known).to_list())
    agree[known] = np.isin(found, [field.code(level) for level in WHOLE[name] if level not in but])
    return agree
