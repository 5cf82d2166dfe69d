"""What names of people say by themselves, and the tests of pairs of them that follow from it."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.field import Places
from rules.name.keys import first_words, joined
from rules.name.nicknames import ENDING, full_names_of, known_given, nicknames_agree, stem
from rules.name.phonetic import phonetic, phonetics
from rules.name.romanised import FEWEST_CONSONANTS, all_romanised, consonants, same_consonants
from rules.name.words import (
    COUPLE,
    PARTICLE,
    half_of_couple,
    initials_agree,
    same_couple,
    without_particles,
    words_agree,
)
from rules.values.arrays import which
from rules.values.pairs import SLACK, Texts, Told, bits, jaro_needs, mark, narrowed, without_blanks
from rules.values.rewriting import Forms, as_lines, as_words, once, once_lines
from rules.values.sets import Sets
from rules.values.text import Mask, Scores, jaro_winkler, mask, one_edit, take

_ALIKE, _MISSPELT, _ROUNDING = 0.82, 0.92, 1e-6
"""Jaro-Winkler similarities, and by how much a float of 32 bits may miss one."""

# The least of m / |a| + m / |b|, with m letters in common, for Jaro-Winkler of .82 of names that begin with 0, 1, ... 4
# equal letters: each takes a tenth off what Jaro's similarity lacks (Winkler, 1990).
_FOR_FRONT = 0.1 * np.arange(5)
_NEEDED = (3 * (_ALIKE - _FOR_FRONT) / (1 - _FOR_FRONT) - 1 - SLACK).astype(np.float32)
_LEAST_JARO = (_ALIKE - _FOR_FRONT[-1]) / (1 - _FOR_FRONT[-1])


# No reading of a name by its consonants takes one of these for another, adds one or leaves one out.
_BLANK, _VOWELS, _LASTING = (np.uint64(bits(letters)[0]) for letters in (" ", "aeiou", "bmnrx"))


class Names(Texts, ABC):
    """Distinct names, and the tests of their pairs. A pair's places are in the order of the alphabet, as in `Pairs`."""

    hear: Callable[[pl.Series], Forms] = staticmethod(all_romanised)
    """How names in one word are read."""

    def strings(self, places: Places) -> list[str]:
        """The names at these places, which are asked for so often that Python's own strings of them are kept."""
        found: list[str] = self._strings[places].tolist()
        return found

    @cached_property
    def _strings(self) -> NDArray[np.object_]:
        return np.array(self.values.to_list(), dtype=np.object_)

    # --- one name

    @cached_property
    def _size(self) -> NDArray[np.float32]:
        return self.length.astype(np.float32)

    @cached_property
    def _front(self) -> NDArray[np.uint32]:
        """The first four letters, a byte each."""
        four = "".join([value[:4].ljust(4, "\0") for value in self.values.to_list()])
        return np.frombuffer(four.encode("utf-32-le"), dtype=np.uint32).astype(np.uint8).view(np.uint32)

    @cached_property
    def joined(self) -> pl.Series:
        """The names without their blanks."""
        return joined(self.values) if self.many.any() else self.values

    @cached_property
    def many(self) -> Mask:
        """Whether a name has several words."""
        return self._flags(lambda value: " " in value)

    @cached_property
    def spelling(self) -> NDArray[np.uint64]:
        """Numbers of the names without their blanks."""
        return self.numbered(without_blanks, lambda _: self.joined)

    @cached_property
    def _once(self) -> NDArray[np.uint64]:
        return self.numbered(once, lambda values: as_words(once_lines(as_lines(values))))

    @cached_property
    def _sound(self) -> NDArray[np.uint64]:
        return self.numbered(phonetic, phonetics)

    @cached_property
    def _first_word(self) -> NDArray[np.uint64]:
        return self.numbered(lambda value: value.partition(" ")[0], first_words)

    @cached_property
    def _ending(self) -> NDArray[np.uint64]:
        return self.numbered(lambda value: value[-3:], lambda values: values.str.tail(3))

    @cached_property
    def _stem(self) -> NDArray[np.uint64]:
        return self.numbered(stem, lambda values: values.str.replace(ENDING, ""))

    @cached_property
    def _after_particle(self) -> Mask:
        """Whether a name begins as if a particle were joined to it."""
        return self._flags(re.compile(PARTICLE).match)

    @cached_property
    def _couple(self) -> Mask:
        return self._flags(lambda value: COUPLE in value)

    @cached_property
    def _known(self) -> Mask:
        return self._flags(known_given().__contains__)

    def _flags(self, test: Callable[[str], object]) -> Mask:
        return mask(map(bool, map(test, self.values.to_list())), len(self.values))

    @cached_property
    def full(self) -> Sets:
        """The full names that each given name can stand for."""
        return Sets(Forms.of(self.values, full_names_of), len(self.values))

    @cached_property
    def _words(self) -> Told:
        """Marks of the words of a name, and of the full names that the first can stand for."""
        return Told(
            self.values,
            lambda value: mark((*value.split(), *map("~".__add__, full_names_of(value.partition(" ")[0])))),
        )

    @cached_property
    def _readings(self) -> Forms:
        return self.hear(self.joined)

    @cached_property
    def sounds(self) -> Sets:
        """How each name in one word is read."""
        return Sets(self._readings, len(self.values))

    @cached_property
    def _parts(self) -> Sets:
        """The words of more than two letters of each name, a dot in front, and how these are read."""
        many, single = pl.Series(self.many), pl.Series(~self.many & (self.length > 2))
        words = Forms.words(self.values)
        words = words.where(words.form.str.len_chars() > 2)
        double = words.where(many.gather(words.place))
        heard = self.hear(double.form)
        return Sets(
            Forms.together(
                words.rewritten(lambda forms: "." + forms),
                self._readings.where(single.gather(self._readings.place)),
                heard.at(double.place),
            ),
            len(self.values),
        )

    @cached_property
    def _consonants(self) -> Told:
        return Told(self.joined, lambda name: mark(consonants(name)))

    # --- pairs at a glance

    @property
    @abstractmethod
    def kin(self) -> NDArray[np.uint64]:
        """Marks of whatever makes two names agree that are spelled differently."""

    def may_agree(self, a: Places, b: Places) -> Mask:
        """Whether two names can show any level but the last, by numbers alone; most of those that cannot are told."""
        one, other = self.letters[a], self.letters[b]
        x, y = self._size[a], self._size[b]
        left, right = x - np.bitwise_count(one & ~other), y - np.bitwise_count(other & ~one)
        beside = self._front[a] ^ self._front[b]
        begin_alike = (beside & 0xFF) == 0
        front = begin_alike.view(np.uint8) + ((beside & 0xFFFF) == 0) + ((beside & 0xFFFFFF) == 0) + (beside == 0)
        told = np.minimum(left, right) * (x + y) >= _NEEDED.take(front) * (x * y)
        told |= (self.kin[a] & self.kin[b]) != 0
        told |= ((one | other) & _BLANK) != 0
        told |= begin_alike & (np.minimum(x, y) <= 2)
        # One may be the other without its particles: all its letters are in the longer one.
        told |= ((left == x) | (right == y)) & (x != y)
        told |= _without_vowels(one, other)
        rest = which(begin_alike & ~told)
        told[rest] = self._sound[a[rest]] == self._sound[b[rest]]
        return np.asarray(told)

    # --- pairs

    def begin_alike(self, a: Places, b: Places) -> Mask:
        """One first letter."""
        return np.asarray(((self._front[a] ^ self._front[b]) & 0xFF) == 0)

    def initials(self, a: Places, b: Places) -> Mask:
        """Equal or abbreviated word by word, or all words by their letters."""
        begin_alike, several = self.begin_alike(a, b), self.many[a] | self.many[b]
        told = begin_alike & ~several & (np.minimum(self.length[a], self.length[b]) == 1)
        return np.asarray(told | self.one_by_one(begin_alike & several, a, b, initials_agree))

    def cut_short(self, a: Places, b: Places) -> Mask:
        """The first two letters alone, as some systems abbreviate: "ti" and "timothy"."""
        begin_alike = ((self._front[a] ^ self._front[b]) & 0xFFFF) == 0
        return np.asarray((self.length[a] == 2) & (self.length[b] > 2) & begin_alike)

    def nicknames(self, a: Places, b: Places) -> Mask:
        """Forms of one name by the lists."""
        return self.one_by_one(self.full.share(a, b), a, b, nicknames_agree)

    def words(self, a: Places, b: Places) -> Mask:
        """One name among several, or a short form of the first."""
        likely = narrowed(self.many[a] | self.many[b], a, b, lambda x, y: (self._words[x] & self._words[y]) != 0)
        return self.one_by_one(likely, a, b, words_agree)

    def same_couple(self, a: Places, b: Places) -> Mask:
        """Two couples of whom both have the same or a short name."""
        return self.one_by_one(self._couple[a] & self._couple[b], a, b, same_couple)

    def half_of_couple(self, a: Places, b: Places) -> Mask:
        """A couple and one name that one of the two may have."""
        return self.one_by_one(self._couple[a] ^ self._couple[b], a, b, half_of_couple)

    def any_couple(self, a: Places, b: Places) -> Mask:
        """What is left of the pairs in which there is a couple."""
        return np.asarray(self._couple[a] | self._couple[b])

    def spelled(self, a: Places, b: Places) -> tuple[Mask, Mask]:
        """Whether each pair is misspelt (one edit from four letters on, or Jaro-Winkler of .92), and alike (of .82).

        Of names with one first word only the rest can be misspelt: Jaro-Winkler favours equal beginnings, which would
        make "maria luisa" a misspelt "maria laura".
        """
        misspelt, alike = np.zeros((2, len(a)), dtype=np.bool_)
        chosen = which(self.can_share(a, b, partial(jaro_needs, _LEAST_JARO)))
        if not len(chosen):
            return misspelt, alike
        a, b = a[chosen], b[chosen]
        left, right = self.strings(a), self.strings(b)
        score = jaro_winkler(left, right, _ALIKE)
        alike[chosen] = score > 0
        misspelt[chosen] = _misspelt(left, right, score, np.minimum(self.length[a], self.length[b]))
        begun = which(self.many[a] & self.many[b] & (self._first_word[a] == self._first_word[b]))
        if len(begun):
            x, y = ([side[place].partition(" ")[2] for place in begun.tolist()] for side in (left, right))
            shorter = np.minimum([*map(len, x)], [*map(len, y)])
            misspelt[chosen[begun]] = _misspelt(x, y, jaro_winkler(x, y, _ALIKE), shorter)
        return misspelt, alike

    def one_sound(self, a: Places, b: Places) -> Mask:
        """One sound code and one first letter."""
        told = (np.minimum(self.length[a], self.length[b]) > 1) & self.begin_alike(a, b)
        return np.asarray(told & (self._sound[a] == self._sound[b]))

    def two_names(self, a: Places, b: Places) -> Mask:
        """Known to be different names, spelled alike: Mario and Maria, Elsa and Ella.

        Spellings with one sound (Brian, Bryan) are not, unless they differ in the ending that tells the sexes apart.
        """
        told_apart = (self._sound[a] != self._sound[b]) | (self._stem[a] == self._stem[b])
        return np.asarray(self._known[a] & self._known[b] & told_apart)

    def one_reading(self, a: Places, b: Places) -> Mask:
        """One name in two ways of writing it down.

        A letter twice is a slip of the key as often as another spelling: that is left to "typo".
        """
        return np.asarray(self.sounds.share(a, b) & (self._once[a] != self._once[b]))

    def without_vowels(self, a: Places, b: Places) -> Mask:
        """One name of a script that writes no short vowels, folded as it stands, and its spelling with vowels."""
        possible = _without_vowels(self.letters[a], self.letters[b])
        possible &= np.minimum(self.length[a], self.length[b]) >= FEWEST_CONSONANTS
        likely = narrowed(possible, a, b, lambda x, y: (self._consonants[x] & self._consonants[y]) != 0)
        return self.one_by_one(likely, a, b, _same_consonants)

    def part_of(self, a: Places, b: Places) -> Mask:
        """A double name shares a name, an initial fits, or only the particles differ ("vanderberg" and "berg")."""
        x, y = self.length[a], self.length[b]
        initial = np.minimum(x, y) == 1
        several = (self.many[a] | self.many[b]) & ~initial
        beheaded = (x != y) & (self._ending[a] == self._ending[b]) & ~several & ~initial
        beheaded &= np.where(x > y, self._after_particle[a], self._after_particle[b])
        told = (initial & self.begin_alike(a, b)) | self.one_by_one(beheaded, a, b, without_particles)
        return np.asarray(told | narrowed(several, a, b, self._share_part))

    def _share_part(self, a: Places, b: Places) -> Mask:
        return self._parts.share(a, b)


def _misspelt(left: list[str], right: list[str], score: Scores, shorter: NDArray[np.integer]) -> Mask:
    """score: Jaro-Winkler similarity, 0 below .82. shorter: the letters of the shorter of the two."""
    told = one_edit(left, right) & (shorter > 3)
    # Scores are rounded: on the line the library must say it itself.
    close = which(score > _MISSPELT - _ROUNDING)
    told[close] |= jaro_winkler(take(left, close), take(right, close), _MISSPELT) > 0
    return told


def _same_consonants(left: str, right: str) -> bool:
    return same_consonants(left.replace(" ", ""), right.replace(" ", ""))


def _without_vowels(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> Mask:
    """Whether one of two names has vowels and the other may be the same one without, by their letters."""
    bare = ((one & _VOWELS) == 0) ^ ((other & _VOWELS) == 0)
    return np.asarray(bare & (((one ^ other) & _LASTING) == 0))
