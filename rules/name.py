"""Names of people in parts (given, middle, family, suffix), and names in one string."""

import re
from collections.abc import Callable, Iterable
from itertools import chain

import numpy as np
import polars as pl

from rules.field import MISSING, Field, Levels, Strings
from rules.name_parts import CREDENTIALS, PARTICLES, PLACEHOLDERS, PREFIXES, SUFFIXES, Parts, is_placeholder, parse_full
from rules.name_parts import suffix as suffix_of
from rules.nicknames import nicknames_agree, roots, two_names
from rules.text import (
    Mask,
    Pairs,
    fold,
    fold_series,
    jaro_winkler,
    mask,
    one_by_one,
    one_edit,
    only,
    phonetic,
    same_letters,
    skeleton,
)

__all__ = [
    "FAMILY",
    "GIVEN",
    "MIDDLE",
    "SUFFIX",
    "Parts",
    "conflict",
    "nicknames_agree",
    "parse_full",
    "suffix_of",
]

# --- normalise ------------------------------------------------------------------------------------------------------

# Family names that are placeholders too when they are all of a full name
_ALSO_FAMILIES = frozenset(("guest", "sales", "sample", "blank", "private", "manager", "foo", "member", "temp", "x"))
_JOINING_LETTERS = frozenset("odlt")  # O Connell, D Angelo, L Oreal, T Hooft


def given(raw: str | None) -> str | None:
    """Folded words of given names, titles and suffixes left out; None for a placeholder.

    >>> given("Dr. Anna-Maria")
    'anna maria'
    """
    if raw is None or is_placeholder(raw) or "@" in raw:
        return None
    return _without_titles((fold(raw) or "").split())


def middle(raw: str | None) -> str | None:
    """Folded words of middle names; None for a placeholder."""
    return None if raw is None or is_placeholder(raw) or "@" in raw else fold(raw)


def family(raw: str | None) -> str | None:
    """Folded words of a family name, each with its particles joined to it; None for a placeholder.

    >>> family("van der Berg Jr."), family("O’Connell"), family("Smith-Jones")
    ('vanderberg', 'oconnell', 'smith jones')
    """
    if raw is None or "@" in raw or (is_placeholder(raw) and fold(raw) not in _ALSO_FAMILIES):
        return None
    words = (_without_titles((fold(raw) or "").split()) or "").split()
    end = len(words)
    while end and words[end - 1] in PARTICLES:
        end -= 1
    # "Berg, van den" exported as "Berg van den"
    words = words[end:] + words[:end] if end else words
    joined, waiting = [], ""
    for place, word in enumerate(words):
        is_last = place == len(words) - 1
        if not is_last and (word in PARTICLES or (word in _JOINING_LETTERS and len(words[place + 1]) > 2)):
            waiting += "st" if word in {"saint", "sainte"} else word
        else:
            joined.append(waiting + word)
            waiting = ""
    return " ".join(joined)


def _without_titles(words: list[str]) -> str | None:
    start, end = 0, len(words)
    while start < end - 1 and words[start] in PREFIXES:
        start += 1
    while end - 1 > start and (words[end - 1] in SUFFIXES or words[end - 1] in CREDENTIALS):
        end -= 1
    # "Anna (Ms)": some write the title behind
    while end - 1 > start and words[end - 1] in PREFIXES:
        end -= 1
    return " ".join(words[start:end]) or None


def _fast(special: Iterable[str], marks: str = "@") -> Callable[[pl.Series], tuple[pl.Series, pl.Series]]:
    """A vectorised normaliser that folds, and leaves values with a special word or mark to the plain one."""
    words = pl.Series(sorted(set(chain.from_iterable(entry.split() for entry in special)) | {"na", "n", "a"}))

    def fast(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
        folded, covered = fold_series(raw)
        tokens = folded.str.split(" ").list
        plain = covered & raw.str.contains(f"[{marks}]").not_() & folded.str.contains("[a-z]")
        plain &= tokens.set_intersection(pl.Series([words.to_list()])).list.len() == 0
        covered = plain.fill_null(value=False) | raw.is_null()
        return only(folded, covered), covered

    return fast


# --- compare --------------------------------------------------------------------------------------------------------

GIVEN_LEVELS = ("same", "nickname", "initial", "typo", "similar", "different")
MIDDLE_LEVELS = ("same", "initial", "typo", "different")
FAMILY_LEVELS = ("same", "part of", "typo", "similar", "different")
SUFFIX_LEVELS = ("same", "conflict")


def _initials_agree(left: str, right: str) -> bool:
    """Word by word equal or abbreviated, with at least one abbreviated: "j" and "john", "j r" and "john robert"."""
    if left[0] != right[0]:
        return False
    abbreviated = False
    for a, b in zip(left.split(), right.split(), strict=False):
        if a != b:
            if a[0] != b[0] or min(len(a), len(b)) > 1:
                return False
            abbreviated = True
    return abbreviated


def _cut_short(left: str, right: str) -> bool:
    """The first two letters alone, as some systems abbreviate: "ti" and "timothy"."""
    return len(left) == 2 and len(right) > 2 and right.startswith(left)


def _words_agree(left: str, right: str) -> bool:
    """One name among several ("anna" and "anna maria"), or a short form of the first ("bill j" and "william")."""
    if " " not in left and " " not in right:
        return False
    a, b = left.split(), right.split()
    if set(a) <= set(b) or set(b) <= set(a):
        return True
    return nicknames_agree(a[0], b[0]) and (
        len(a) == 1 or len(b) == 1 or a[1:] == b[1:] or _initials_agree(" ".join(a[1:]), " ".join(b[1:]))
    )


def _misspelt(left: list[str], right: list[str]) -> Mask:
    """One edit apart (from four letters on), or Jaro-Winkler of .92; a first word that both share is set aside."""
    rests = [_without_shared_start(a, b) for a, b in zip(left, right, strict=True)]
    left, right = [a for a, _ in rests], [b for _, b in rests]
    long_enough = mask((len(a) > 3 and len(b) > 3 for a, b in rests), len(left))
    return (jaro_winkler(left, right, 0.92) > 0) | (long_enough & one_edit(left, right))


def _misspelt_given(left: list[str], right: list[str]) -> Mask:
    """Misspelt, and not two names that are merely spelled alike (Mario and Maria)."""
    return _not_two_names(_misspelt(left, right), left, right)


def _alike_given(left: list[str], right: list[str]) -> Mask:
    """Alike, and not two names that hardly resemble each other (Dana and Daniel are sister and brother)."""
    return _not_two_names(_alike(left, right), left, right)


def _not_two_names(found: Mask, left: list[str], right: list[str]) -> Mask:
    for place in np.flatnonzero(found).tolist():
        found[place] = not two_names(left[place], right[place])
    return found


def _without_shared_start(left: str, right: str) -> tuple[str, str]:
    """Jaro-Winkler favours equal beginnings, which would make "maria luisa" a misspelt "maria laura"."""
    if " " not in left or " " not in right:
        return left, right
    (a, _, left_rest), (b, _, right_rest) = left.partition(" "), right.partition(" ")
    return (left_rest, right_rest) if a == b else (left, right)


def _alike(left: list[str], right: list[str]) -> Mask:
    """Jaro-Winkler of .82, one sound and one first letter, or the first two letters alone."""
    sounds = (
        a[0] == b[0] and len(a) > 1 < len(b) and phonetic(a) == phonetic(b) for a, b in zip(left, right, strict=True)
    )
    return (jaro_winkler(left, right, 0.82) > 0) | mask(sounds, len(left)) | one_by_one(_cut_short)(left, right)


def compare_given(left: Strings, right: Strings) -> Levels:
    """Given names agree when they are spelled alike once case, accents and nicknames are set aside.

    "nickname" also stands for one of several given names, "initial" for the first two letters; "typo" is one edit
    or Jaro-Winkler .92, "similar" .82, one sound, or two names that are spelled alike (Mario and Maria).
    """
    pairs = Pairs(left, right, GIVEN.code("different"))
    pairs.settle(GIVEN.code("same"), same_letters)
    pairs.settle(GIVEN.code("initial"), one_by_one(_initials_agree))
    pairs.settle(GIVEN.code("nickname"), one_by_one(nicknames_agree))
    pairs.settle(GIVEN.code("nickname"), one_by_one(_words_agree))
    pairs.settle(GIVEN.code("initial"), one_by_one(_cut_short))
    pairs.settle(GIVEN.code("typo"), _misspelt_given)
    pairs.settle(GIVEN.code("similar"), _misspelt)
    pairs.settle(GIVEN.code("similar"), _alike_given)
    return pairs.codes


def compare_middle(left: Strings, right: Strings) -> Levels:
    """Middle names agree when they are spelled alike, when one is the other's initial, or one of several.

    "initial" stands for both of the latter; "typo" is one edit or Jaro-Winkler .92.
    """
    pairs = Pairs(left, right, MIDDLE.code("different"))
    pairs.settle(MIDDLE.code("same"), same_letters)
    pairs.settle(MIDDLE.code("initial"), one_by_one(_initials_agree))
    pairs.settle(MIDDLE.code("initial"), one_by_one(_words_agree))
    pairs.settle(MIDDLE.code("typo"), _misspelt)
    return pairs.codes


_PARTICLE_RUN = re.compile(f"(?:{'|'.join(sorted(PARTICLES, key=lambda word: (-len(word), word)))}|[odlt])+")


def _part_of(left: str, right: str) -> bool:
    """A double name shares a name, an initial fits, or only the particles differ ("vanderberg" and "berg")."""
    if len(left) == 1 or len(right) == 1:
        return left[0] == right[0]
    if " " in left or " " in right:
        shared = set(left.split()) & set(right.split())
        return any(len(word) > 2 for word in shared)
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    if len(shorter) < 3 or not longer.endswith(shorter):
        return False
    return _PARTICLE_RUN.fullmatch(longer.removesuffix(shorter)) is not None


def compare_family(left: Strings, right: Strings) -> Levels:
    """Family names agree when they are spelled alike once case, accents and particles are set aside.

    "part of" is one name of a double name, an initial, or a name without its particles; "typo" is one edit or
    Jaro-Winkler .92, "similar" .82 or the same sound.
    """
    pairs = Pairs(left, right, FAMILY.code("different"))
    pairs.settle(FAMILY.code("same"), same_letters)
    pairs.settle(FAMILY.code("part of"), one_by_one(_part_of))
    pairs.settle(FAMILY.code("typo"), _misspelt)
    pairs.settle(FAMILY.code("similar"), _alike)
    return pairs.codes


def compare_suffix(left: Strings, right: Strings) -> Levels:
    """Generations must not contradict: a Junior is not a Senior, a second not a third.

    A Junior can be called the second too, and a Senior the first: such pairs say nothing (0).
    """
    told = (MISSING if {a, b} == {"jr", "2"} else 1 if a == b else 2 for a, b in zip(left, right, strict=True))
    return np.fromiter(told, dtype=np.uint8, count=len(left))


def conflict(left: str | None, right: str | None) -> bool:
    """Whether two canonical suffixes cannot be one person's.

    >>> conflict("jr", "sr"), conflict("jr", "2"), conflict("jr", None)
    (True, False, False)
    """
    if left is None or right is None:
        return False
    return bool(compare_suffix([left], [right])[0] == SUFFIX.code("conflict"))


# --- keys -----------------------------------------------------------------------------------------------------------


def _joined(value: str) -> str:
    return value.replace(" ", "")


GIVEN = Field(
    "given",
    levels=GIVEN_LEVELS,
    normalise=given,
    fast=_fast(chain(PREFIXES, SUFFIXES, CREDENTIALS, PLACEHOLDERS)),
    compare=compare_given,
    keys={
        "same": lambda value: (_joined(value),),
        "root": roots,
        "initial": lambda value: (value[0],),
        "phonetic": lambda value: (phonetic(value.partition(" ")[0]),),
        "first3": lambda value: (_joined(value)[:3],),
        "last3": lambda value: (_joined(value)[-3:],),
    },
)

MIDDLE = Field(
    "middle",
    levels=MIDDLE_LEVELS,
    normalise=middle,
    fast=_fast(PLACEHOLDERS),
    compare=compare_middle,
    keys={"same": lambda value: (_joined(value),), "initial": lambda value: (value[0],)},
)

FAMILY = Field(
    "family",
    levels=FAMILY_LEVELS,
    normalise=family,
    fast=_fast(chain(PREFIXES, SUFFIXES, CREDENTIALS, PLACEHOLDERS, PARTICLES, _JOINING_LETTERS)),
    compare=compare_family,
    keys={
        "same": lambda value: (_joined(value),),
        "tokens": lambda value: tuple(dict.fromkeys(word for word in value.split() if len(word) > 2)),
        "phonetic": lambda value: (phonetic(_joined(value)),),
        "skeleton": lambda value: (skeleton(_joined(value)),),
        "initial": lambda value: (value[0],),
        "first3": lambda value: (_joined(value)[:3],),
        "first4": lambda value: (_joined(value)[:4],),
        "last3": lambda value: (_joined(value)[-3:],),
    },
)


def _fast_suffix(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Covers what ends in no suffix and no degree, which is nearly everything: there is none."""
    folded, covered = fold_series(raw)
    ending = folded.str.extract(r"([^ ]+)$", 1).is_in([*SUFFIXES, *CREDENTIALS]).fill_null(value=False)
    return pl.repeat(None, len(raw), dtype=pl.String, eager=True), covered & ~ending


SUFFIX = Field("suffix", levels=SUFFIX_LEVELS, normalise=suffix_of, fast=_fast_suffix, compare=compare_suffix)
