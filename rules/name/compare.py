"""Which level two names of people show: word lists, initials, sound and spelling.

Most pairs of a batch are told apart at a glance, by a few numbers of each name. The others come again and again, and
what was told of them is remembered; only a pair that is new is looked at closely, step by step.
"""

from abc import abstractmethod
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.field import MISSING, Levels, Places
from rules.name.facts import Names
from rules.name.romanised import all_family_sounds
from rules.values.arrays import first_of, which
from rules.values.memory import Memory
from rules.values.pairs import Pairs, in_parts
from rules.values.text import Mask

GIVEN_LEVELS = ("same", "nickname", "initial", "same sound", "typo", "similar", "different")
MIDDLE_LEVELS = ("same", "initial", "typo", "different")
FAMILY_LEVELS = ("same", "part of", "same sound", "typo", "similar", "different")
SUFFIX_LEVELS = ("same", "conflict")

_SAME = 1


def _code(levels: tuple[str, ...], level: str) -> int:
    return levels.index(level) + 1


def _first(steps: dict[str, Mask], levels: tuple[str, ...]) -> Levels:
    """For each pair the first of these levels that it shows, or the last of the field."""
    return first_of({_code(levels, level): told for level, told in steps.items()}, len(levels))


class _Judge(Names):
    """What the judges of names have in common: equal pairs first, then those that are plainly different."""

    levels: tuple[str, ...]
    """Best first; the last is of pairs that nothing speaks for."""

    def __call__(self, a: Places, b: Places) -> Levels:
        return in_parts(self._judge, a, b)

    def _judge(self, a: Places, b: Places) -> Levels:
        levels = np.full(len(a), _SAME, dtype=np.uint8)
        rest = which(a != b)
        if not len(rest):
            return levels
        a, b = a[rest], b[rest]
        told = np.full(len(rest), len(self.levels), dtype=np.uint8)
        open_ = which(self.may_agree(a, b))
        if len(open_):
            # what few pairs are asked only once is not worth remembering
            judge = self.closely if self.few else self._remembered
            told[open_] = judge(a[open_], b[open_])
        levels[rest] = told
        return levels

    @cached_property
    def _remembered(self) -> Memory:
        return Memory(self.closely, len(self.values))

    @abstractmethod
    def closely(self, a: Places, b: Places) -> Levels:
        """The levels of pairs that differ, each looked at step by step."""


class GivenNames(_Judge):
    """Given names agree when they are spelled alike once case, accents and nicknames are set aside.

    "nickname" also stands for one of several given names, "initial" for the first two letters; "same sound" is one
    name in two ways of writing it down, "typo" one edit or Jaro-Winkler .92, "similar" .82, one sound code, two names
    that are spelled alike (Mario and Maria), or a couple and one of the two.
    """

    levels = GIVEN_LEVELS

    @cached_property
    def kin(self) -> NDArray[np.uint64]:
        """Marks of the ways in which each name is read, and of the full names that it can stand for."""
        return self.sounds.marks | self.full.marks

    def closely(self, a: Places, b: Places) -> Levels:
        pairs = Pairs(a, b, len(self.levels))
        pairs.settle(_SAME, self.same)
        pairs.settle(_code(GIVEN_LEVELS, "nickname"), self.same_couple)
        pairs.settle(_code(GIVEN_LEVELS, "similar"), self.half_of_couple)
        pairs.settle(_code(GIVEN_LEVELS, "different"), self.any_couple)
        pairs.settle(_code(GIVEN_LEVELS, "initial"), self.initials)
        pairs.settle(_code(GIVEN_LEVELS, "nickname"), self.nicknames)
        pairs.settle(_code(GIVEN_LEVELS, "nickname"), self.words)
        pairs.settle(_code(GIVEN_LEVELS, "initial"), self.cut_short)
        pairs.settle(_code(GIVEN_LEVELS, "same sound"), lambda a, b: self.one_reading(a, b) & ~self.two_names(a, b))
        return pairs.judged(self._by_spelling)

    def _by_spelling(self, a: Places, b: Places) -> Levels:
        misspelt, alike = self.spelled(a, b)
        one_name = ~self.two_names(a, b)
        steps = {
            "typo": misspelt & one_name,
            "same sound": self.without_vowels(a, b),
            "similar": misspelt | (alike | self.one_sound(a, b)) & one_name,
        }
        return _first(steps, GIVEN_LEVELS)


class MiddleNames(_Judge):
    """Middle names agree when they are spelled alike, when one is the other's initial, or one of several.

    "initial" stands for both of the latter; "typo" is one edit or Jaro-Winkler .92.
    """

    levels = MIDDLE_LEVELS

    @cached_property
    def kin(self) -> NDArray[np.uint64]:
        """Marks of nothing: no other spelling of a middle name counts."""
        return np.zeros(len(self.values), dtype=np.uint64)

    def closely(self, a: Places, b: Places) -> Levels:
        pairs = Pairs(a, b, len(self.levels))
        pairs.settle(_SAME, self.same)
        pairs.settle(_code(MIDDLE_LEVELS, "initial"), self.initials)
        pairs.settle(_code(MIDDLE_LEVELS, "initial"), self.words)
        pairs.settle(_code(MIDDLE_LEVELS, "typo"), lambda a, b: self.spelled(a, b)[0])
        return pairs.codes


class FamilyNames(_Judge):
    """Family names agree when they are spelled alike once case, accents and particles are set aside.

    "part of" is one name of a double name, an initial, or a name without its particles; "same sound" is one name in two
    ways of writing it down (Mueller, Müller) or with another gender's ending (Ivanov, Ivanova); "typo" is one edit or
    Jaro-Winkler .92, "similar" .82 or one sound code.
    """

    levels = FAMILY_LEVELS
    hear = staticmethod(all_family_sounds)

    @property
    def kin(self) -> NDArray[np.uint64]:
        """Marks of the ways in which each name is read."""
        return self.sounds.marks

    def closely(self, a: Places, b: Places) -> Levels:
        pairs = Pairs(a, b, len(self.levels))
        pairs.settle(_SAME, self.same)
        pairs.settle(_code(FAMILY_LEVELS, "part of"), self.part_of)
        pairs.settle(_code(FAMILY_LEVELS, "same sound"), self.one_reading)
        return pairs.judged(self._by_spelling)

    def _by_spelling(self, a: Places, b: Places) -> Levels:
        misspelt, alike = self.spelled(a, b)
        steps = {
            "typo": misspelt,
            "same sound": self.without_vowels(a, b),
            "similar": alike | self.one_sound(a, b) | self.cut_short(a, b),
        }
        return _first(steps, FAMILY_LEVELS)


class Suffixes:
    """Generations must not contradict: a Junior is not a Senior, a second not a third.

    A Junior can be called the second too, and a Senior the first: such pairs say nothing (0).
    """

    def __init__(self, values: pl.Series) -> None:
        names = values.to_list()
        table = [[_generations(one, other) for other in names] for one in names]
        self._levels = np.asarray(table, dtype=np.uint8).reshape(len(names), len(names))

    def __call__(self, a: Places, b: Places) -> Levels:
        return self._levels[a, b]


def _generations(one: str, other: str) -> int:
    if {one, other} == {"jr", "2"}:
        return MISSING
    return _code(SUFFIX_LEVELS, "same" if one == other else "conflict")
