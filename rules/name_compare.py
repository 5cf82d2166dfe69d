"""Which level two names of people show: word lists, initials, sound and spelling, each distinct name looked at once.

What one name says (its words, sound, full names) is worked out for each distinct name; a pair is then judged by arrays,
and only the few pairs that these leave open (names of several words above all) are looked at one by one.
"""

import re
from functools import cached_property

import numpy as np

from rules.field import MISSING, Levels, Strings
from rules.name_parts import PARTICLES
from rules.nicknames import full_names_of, known_given, nicknames_agree, stem
from rules.romanised import consonants, family_sounds, is_vowelless, romanised, same_consonants
from rules.text import Mask, Pairs, Places, Texts, jaro_winkler, marks, mask, numbered, one_edit, phonetic

GIVEN_LEVELS = ("same", "nickname", "initial", "same sound", "typo", "similar", "different")
MIDDLE_LEVELS = ("same", "initial", "typo", "different")
FAMILY_LEVELS = ("same", "part of", "same sound", "typo", "similar", "different")
SUFFIX_LEVELS = ("same", "conflict")

COUPLE = " and "
"""Between the given names of two people whom one record names: "john and mary"."""


def _code(levels: tuple[str, ...], level: str) -> int:
    return levels.index(level) + 1


# --- one pair of names of several words -----------------------------------------------------------------------------


def _initials_agree(left: str, right: str) -> bool:
    """Word by word equal or abbreviated, with at least one abbreviated: "j" and "john", "jr" and "john robert"."""
    if left[0] != right[0]:
        return False
    a, b = left.split(), right.split()
    if _letters_for_words(a, b) or _letters_for_words(b, a):
        return True
    abbreviated = False
    for x, y in zip(a, b, strict=False):
        if x != y:
            if x[0] != y[0] or min(len(x), len(y)) > 1:
                return False
            abbreviated = True
    return abbreviated


def _letters_for_words(short: list[str], words: list[str]) -> bool:
    return len(short) == 1 and 1 < len(short[0]) == len(words) and all(map(str.startswith, words, short[0]))


def _words_agree(left: str, right: str) -> bool:
    """One name among several ("anna" and "anna maria"), or a short form of the first ("bill j" and "william")."""
    a, b = left.split(), right.split()
    if set(a) <= set(b) or set(b) <= set(a):
        return True
    return nicknames_agree(a[0], b[0]) and (
        len(a) == 1 or len(b) == 1 or a[1:] == b[1:] or _initials_agree(" ".join(a[1:]), " ".join(b[1:]))
    )


def _same_couple(left: str, right: str) -> bool:
    """Two couples of whom everyone is in the other too, by the same or a short name."""
    a, b = left.split(COUPLE), right.split(COUPLE)
    return all(any(_one_person(x, y) for y in b) for x in a) and all(any(_one_person(x, y) for x in a) for y in b)


def _one_person(left: str, right: str) -> bool:
    return left == right or nicknames_agree(left, right) or _initials_agree(left, right)


def _half_of_couple(left: str, right: str) -> bool:
    """A couple and one name that one of the two may have."""
    couple, name = (left, right) if COUPLE in left else (right, left)
    return any(_one_person(person, name) for person in couple.split(COUPLE))


def _shared_name(left: str, right: str) -> bool:
    """A double name shares a name of more than two letters, or the sound of one."""
    a, b = left.split(), right.split()
    if any(len(word) > 2 for word in set(a) & set(b)):
        return True
    return not _sounds(a).isdisjoint(_sounds(b))


def _sounds(words: list[str]) -> set[str]:
    return {sound for word in words if len(word) > 2 for sound in family_sounds(word)}


_PARTICLE_RUN = re.compile(f"(?:{'|'.join(sorted(PARTICLES, key=lambda word: (-len(word), word)))}|[odlt])+")


def _without_particles(left: str, right: str) -> bool:
    """Only the particles differ: "vanderberg" and "berg"."""
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    if len(shorter) < 3 or not longer.endswith(shorter):
        return False
    return _PARTICLE_RUN.fullmatch(longer.removesuffix(shorter)) is not None


_TWICE = re.compile(r"(.)\1+")


# --- many pairs at once ---------------------------------------------------------------------------------------------


class _Names(Texts):
    """Distinct names, and the tests of their pairs. A pair's places are in the order of the alphabet, as in `Pairs`."""

    @cached_property
    def _sound(self) -> Places:
        return numbered(phonetic(value) for value in self.values)

    @cached_property
    def _known(self) -> Mask:
        return mask((value in known_given() for value in self.values), len(self.values))

    @cached_property
    def _stem(self) -> Places:
        return numbered(stem(value) for value in self.values)

    @cached_property
    def _couple(self) -> Mask:
        return mask((COUPLE in value for value in self.values), len(self.values))

    def same(self, a: Places, b: Places) -> Mask:
        """Equal but for blanks."""
        return np.asarray(self.spelling[a] == self.spelling[b])

    def initials(self, a: Places, b: Places) -> Mask:
        """Equal or abbreviated word by word, or all words by their letters."""
        begin_alike = self.first[a] == self.first[b]
        several = self.many[a] | self.many[b]
        told = begin_alike & ~several & (np.minimum(self.length[a], self.length[b]) == 1)
        return np.asarray(told | self.one_by_one(begin_alike & several, a, b, _initials_agree))

    def cut_short(self, a: Places, b: Places) -> Mask:
        """The first two letters alone, as some systems abbreviate: "ti" and "timothy"."""
        starts = numbered(value[:2] for value in self.values)
        return np.asarray((self.length[a] == 2) & (self.length[b] > 2) & (starts[a] == starts[b]))

    def nicknames(self, a: Places, b: Places) -> Mask:
        """Forms of one name by the lists."""
        full = marks(full_names_of(value) for value in self.values)
        return self.one_by_one((full[a] & full[b]) != 0, a, b, nicknames_agree)

    def words(self, a: Places, b: Places) -> Mask:
        """One name among several, or a short form of the first."""
        held = marks((*value.split(), *map("~".__add__, full_names_of(value.split()[0]))) for value in self.values)
        return self.one_by_one((self.many[a] | self.many[b]) & ((held[a] & held[b]) != 0), a, b, _words_agree)

    def same_couple(self, a: Places, b: Places) -> Mask:
        """Two couples of whom both have the same or a short name."""
        return self.one_by_one(self._couple[a] & self._couple[b], a, b, _same_couple)

    def half_of_couple(self, a: Places, b: Places) -> Mask:
        """A couple and one name that one of the two may have."""
        return self.one_by_one(self._couple[a] ^ self._couple[b], a, b, _half_of_couple)

    def any_couple(self, a: Places, b: Places) -> Mask:
        """What is left of the pairs in which there is a couple."""
        return np.asarray(self._couple[a] | self._couple[b])

    def misspelt(self, a: Places, b: Places) -> Mask:
        """One edit apart (from four letters on), or Jaro-Winkler of .92; a first word that both share is set aside.

        Jaro-Winkler favours equal beginnings, which would make "maria luisa" a misspelt "maria laura".
        """
        starts = numbered(value.partition(" ")[0] for value in self.values)
        aside = self.many[a] & self.many[b] & (starts[a] == starts[b])
        told = np.zeros(len(a), dtype=np.bool_)
        whole, rest = np.flatnonzero(~aside), np.flatnonzero(aside)
        told[whole] = self.jaro_winkler(a[whole], b[whole], 0.92) | self.one_edit(a[whole], b[whole])
        if len(rest):
            x, y = ([self.values[place].partition(" ")[2] for place in side[rest].tolist()] for side in (a, b))
            long_enough = mask((len(p) > 3 and len(q) > 3 for p, q in zip(x, y, strict=True)), len(x))
            told[rest] = (jaro_winkler(x, y, 0.92) > 0) | (long_enough & one_edit(x, y))
        return told

    def alike(self, a: Places, b: Places) -> Mask:
        """Jaro-Winkler of .82, one sound and one first letter, or the first two letters alone."""
        one_sound = (self._sound[a] == self._sound[b]) & (self.first[a] == self.first[b])
        one_sound &= (self.length[a] > 1) & (self.length[b] > 1)
        return np.asarray(self.jaro_winkler(a, b, 0.82) | one_sound | self.cut_short(a, b))

    def two_names(self, a: Places, b: Places) -> Mask:
        """Known to be different names, spelled alike: Mario and Maria, Elsa and Ella.

        Spellings with one sound (Brian, Bryan) are not, unless they differ in the ending that tells the sexes apart.
        """
        told_apart = (self._sound[a] != self._sound[b]) | (self._stem[a] == self._stem[b])
        return np.asarray(self._known[a] & self._known[b] & told_apart)

    def given_sound(self, a: Places, b: Places) -> Mask:
        """One name in two ways of writing it down, unless these are two names."""
        readings = [frozenset(romanised(value.replace(" ", ""))) for value in self.values]
        return np.asarray(self._share(readings, a, b) & ~self.two_names(a, b))

    def family_sound(self, a: Places, b: Places) -> Mask:
        """One name in two ways of writing it down, or in the forms of a man and of a woman."""
        return self._share([frozenset(family_sounds(value.replace(" ", ""))) for value in self.values], a, b)

    def without_vowels(self, a: Places, b: Places) -> Mask:
        """One name of a script that writes no short vowels, folded as it stands, and its spelling with vowels."""
        bare = mask((is_vowelless(value.replace(" ", "")) for value in self.values), len(self.values))
        told = np.zeros(len(a), dtype=np.bool_)
        possible = np.flatnonzero(bare[a] ^ bare[b])
        if len(possible):
            words = [value.replace(" ", "") for value in self.values]
            mark = marks(map(consonants, words))
            possible = possible[(mark[a[possible]] & mark[b[possible]]) != 0]
            pairs = zip(a[possible].tolist(), b[possible].tolist(), strict=True)
            told[possible] = mask((same_consonants(words[x], words[y]) for x, y in pairs), len(possible))
        return told

    def _share(self, sets: list[frozenset[str]], a: Places, b: Places) -> Mask:
        mark = marks(map(sorted, sets))
        # A letter twice is a slip of the key as often as another spelling: that is left to "typo".
        once = numbered(_TWICE.sub(r"\1", value) for value in self.values)
        told = np.zeros(len(a), dtype=np.bool_)
        possible = np.flatnonzero(((mark[a] & mark[b]) != 0) & (once[a] != once[b]))
        places = zip(a[possible].tolist(), b[possible].tolist(), strict=True)
        told[possible] = mask((not sets[x].isdisjoint(sets[y]) for x, y in places), len(possible))
        return told

    def part_of(self, a: Places, b: Places) -> Mask:
        """A double name shares a name, an initial fits, or only the particles differ ("vanderberg" and "berg")."""
        initial = np.minimum(self.length[a], self.length[b]) == 1
        told = initial & (self.first[a] == self.first[b])
        several = (self.many[a] | self.many[b]) & ~initial
        words = [value.split() for value in self.values]
        held = marks((*names, *sorted(_sounds(names))) for names in words)
        told |= self.one_by_one(several & ((held[a] & held[b]) != 0), a, b, _shared_name)
        ends = numbered(value[-3:] for value in self.values)
        one_end = (ends[a] == ends[b]) & (self.length[a] != self.length[b]) & ~several & ~initial
        return np.asarray(told | self.one_by_one(one_end, a, b, _without_particles))


def compare_given(left: Strings, right: Strings) -> Levels:
    """Given names agree when they are spelled alike once case, accents and nicknames are set aside.

    "nickname" also stands for one of several given names, "initial" for the first two letters; "same sound" is one
    name in two ways of writing it down, "typo" one edit or Jaro-Winkler .92, "similar" .82, one sound code, two names
    that are spelled alike (Mario and Maria), or a couple and one of the two.
    """
    pairs = Pairs(left, right, _code(GIVEN_LEVELS, "different"))
    names = _Names(pairs.values)
    pairs.settle(_code(GIVEN_LEVELS, "same"), names.same)
    pairs.settle(_code(GIVEN_LEVELS, "nickname"), names.same_couple)
    pairs.settle(_code(GIVEN_LEVELS, "similar"), names.half_of_couple)
    pairs.settle(_code(GIVEN_LEVELS, "different"), names.any_couple)
    pairs.settle(_code(GIVEN_LEVELS, "initial"), names.initials)
    pairs.settle(_code(GIVEN_LEVELS, "nickname"), names.nicknames)
    pairs.settle(_code(GIVEN_LEVELS, "nickname"), names.words)
    pairs.settle(_code(GIVEN_LEVELS, "initial"), names.cut_short)
    pairs.settle(_code(GIVEN_LEVELS, "same sound"), names.given_sound)
    pairs.settle(_code(GIVEN_LEVELS, "typo"), lambda a, b: names.misspelt(a, b) & ~names.two_names(a, b))
    pairs.settle(_code(GIVEN_LEVELS, "same sound"), names.without_vowels)
    pairs.settle(_code(GIVEN_LEVELS, "similar"), names.misspelt)
    pairs.settle(_code(GIVEN_LEVELS, "similar"), lambda a, b: names.alike(a, b) & ~names.two_names(a, b))
    return pairs.codes


def compare_middle(left: Strings, right: Strings) -> Levels:
    """Middle names agree when they are spelled alike, when one is the other's initial, or one of several.

    "initial" stands for both of the latter; "typo" is one edit or Jaro-Winkler .92.
    """
    pairs = Pairs(left, right, _code(MIDDLE_LEVELS, "different"))
    names = _Names(pairs.values)
    pairs.settle(_code(MIDDLE_LEVELS, "same"), names.same)
    pairs.settle(_code(MIDDLE_LEVELS, "initial"), names.initials)
    pairs.settle(_code(MIDDLE_LEVELS, "initial"), names.words)
    pairs.settle(_code(MIDDLE_LEVELS, "typo"), names.misspelt)
    return pairs.codes


def compare_family(left: Strings, right: Strings) -> Levels:
    """Family names agree when they are spelled alike once case, accents and particles are set aside.

    "part of" is one name of a double name, an initial, or a name without its particles; "same sound" is one name in two
    ways of writing it down (Mueller, Müller) or with another gender's ending (Ivanov, Ivanova); "typo" is one edit or
    Jaro-Winkler .92, "similar" .82 or one sound code.
    """
    pairs = Pairs(left, right, _code(FAMILY_LEVELS, "different"))
    names = _Names(pairs.values)
    pairs.settle(_code(FAMILY_LEVELS, "same"), names.same)
    pairs.settle(_code(FAMILY_LEVELS, "part of"), names.part_of)
    pairs.settle(_code(FAMILY_LEVELS, "same sound"), names.family_sound)
    pairs.settle(_code(FAMILY_LEVELS, "typo"), names.misspelt)
    pairs.settle(_code(FAMILY_LEVELS, "same sound"), names.without_vowels)
    pairs.settle(_code(FAMILY_LEVELS, "similar"), names.alike)
    return pairs.codes


def same_words(given_a: Strings, family_a: Strings, given_b: Strings, family_b: Strings) -> Mask:
    """Whether the whole names of each pair of people have the same words, however given and family name share them out.

    "Maria Jose" "Garcia" and "Maria" "Jose Garcia", or family name first: "Garcia Jose" "Maria". A couple never does.

    >>> same_words(["maria jose"], ["garcia"], ["maria"], ["jose garcia"]).tolist()
    [True]
    """
    names = zip(given_a, family_a, given_b, family_b, strict=True)
    return mask((_has_words_of(f"{a} {b}", f"{c} {d}") for a, b, c, d in names), len(given_a))


def _has_words_of(left: str, right: str) -> bool:
    if COUPLE in left or COUPLE in right:
        return False
    return left.replace(" ", "") == right.replace(" ", "") or sorted(left.split()) == sorted(right.split())


def compare_suffix(left: Strings, right: Strings) -> Levels:
    """Generations must not contradict: a Junior is not a Senior, a second not a third.

    A Junior can be called the second too, and a Senior the first: such pairs say nothing (0).
    """
    told = (MISSING if {a, b} == {"jr", "2"} else 1 if a == b else 2 for a, b in zip(left, right, strict=True))
    return np.fromiter(told, dtype=np.uint8, count=len(left))
