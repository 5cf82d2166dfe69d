"""Names of people in parts (given, middle, family, suffix), and names in one string."""

import re
from collections.abc import Callable, Iterable
from itertools import chain

import polars as pl

from rules.field import Field
from rules.name.compare import (
    FAMILY_LEVELS,
    GIVEN_LEVELS,
    MIDDLE_LEVELS,
    SUFFIX_LEVELS,
    FamilyNames,
    GivenNames,
    MiddleNames,
    Suffixes,
)
from rules.name.keys import FAMILY_KEYS, GIVEN_KEYS, MIDDLE_KEYS
from rules.name.nicknames import nicknames_agree, roots
from rules.name.parts import CREDENTIALS, PARTICLES, PLACEHOLDERS, PREFIXES, SUFFIXES, Parts, is_placeholder, parse_full
from rules.name.parts import suffix as suffix_of
from rules.name.phonetic import phonetic
from rules.name.romanised import family_sounds, romanised
from rules.name.words import COUPLE
from rules.values.deletes import deletes
from rules.values.hidden import HIDDEN, SIGNS, as_initials
from rules.values.text import fold, fold_series, only, skeleton

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


# What stands between the names of a couple; "y" and "e" would be initials more often
_BETWEEN_WORDS = frozenset(("and", "und", "et", "og", "och"))
_BETWEEN = re.compile(rf"&|(?<=\s)(?:\+|{'|'.join(sorted(_BETWEEN_WORDS))})(?=\s)", re.IGNORECASE)


def given(raw: str | None) -> str | None:
    """Folded words of given names, titles and suffixes left out; None for a placeholder.

    Two people named at once stay two people, whichever comes first: neither of them is found alone.

    >>> given("Dr. Anna-Maria"), given("J***"), given("Mary & John")
    ('anna maria', 'j', 'john and mary')
    """
    raw = as_initials(raw)
    if raw is None or is_placeholder(raw) or "@" in raw:
        return None
    parts = [(fold(part) or "").split() for part in _BETWEEN.split(raw)]
    if len(parts) == 1:
        return _without_titles(parts[0])
    # "Mr & Mrs" names nobody
    people = {_without_titles(words) or "" for words in parts if not PREFIXES.issuperset(words)}
    return COUPLE.join(sorted(people)) or None


def middle(raw: str | None) -> str | None:
    """Folded words of middle names; None for a placeholder."""
    raw = as_initials(raw)
    return None if raw is None or is_placeholder(raw) or "@" in raw else fold(raw)


def family(raw: str | None) -> str | None:
    """Folded words of a family name, each with its particles joined to it; None for a placeholder.

    >>> family("van der Berg Jr."), family("O’Connell"), family("Smith-Jones")
    ('vanderberg', 'oconnell', 'smith jones')
    """
    raw = as_initials(raw)
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
        plain = covered & raw.str.contains(f"[{marks}#{SIGNS}{HIDDEN}]").not_() & folded.str.contains("[a-z]")
        plain &= tokens.set_intersection(pl.Series([words.to_list()])).list.len() == 0
        covered = plain.fill_null(value=False) | raw.is_null()
        return only(folded, covered), covered

    return fast


def conflict(left: str | None, right: str | None) -> bool:
    """Whether two canonical suffixes cannot be one person's.

    >>> conflict("jr", "sr"), conflict("jr", "2"), conflict("jr", None)
    (True, False, False)
    """
    if left is None or right is None:
        return False
    return bool(SUFFIX.compare([left], [right])[0] == SUFFIX.code("conflict"))


# --- keys -----------------------------------------------------------------------------------------------------------


def _joined(value: str) -> str:
    return value.replace(" ", "")


GIVEN = Field(
    "given",
    levels=GIVEN_LEVELS,
    normalise=given,
    fast=_fast(chain(PREFIXES, SUFFIXES, CREDENTIALS, PLACEHOLDERS, _BETWEEN_WORDS), marks="@&+"),
    judge=GivenNames,
    keys={
        "same": lambda value: (_joined(value),),
        "root": roots,
        "initial": lambda value: (value[0],),
        "phonetic": lambda value: (phonetic(value.partition(" ")[0]),),
        "sound": lambda value: romanised(_joined(value)),
        "first3": lambda value: (_joined(value)[:3],),
        "last3": lambda value: (_joined(value)[-3:],),
    },
    fast_keys=GIVEN_KEYS,
)

MIDDLE = Field(
    "middle",
    levels=MIDDLE_LEVELS,
    normalise=middle,
    fast=_fast(PLACEHOLDERS),
    judge=MiddleNames,
    keys={"same": lambda value: (_joined(value),), "initial": lambda value: (value[0],)},
    fast_keys=MIDDLE_KEYS,
)

FAMILY = Field(
    "family",
    levels=FAMILY_LEVELS,
    normalise=family,
    fast=_fast(chain(PREFIXES, SUFFIXES, CREDENTIALS, PLACEHOLDERS, PARTICLES, _JOINING_LETTERS)),
    judge=FamilyNames,
    keys={
        "same": lambda value: (_joined(value),),
        "tokens": lambda value: tuple(dict.fromkeys(word for word in value.split() if len(word) > 2)),
        "phonetic": lambda value: (phonetic(_joined(value)),),
        "sound": lambda value: family_sounds(_joined(value)),
        "skeleton": lambda value: (skeleton(_joined(value)),),
        "initial": lambda value: (value[0],),
        "first3": lambda value: (_joined(value)[:3],),
        "deletes": lambda value: deletes(_joined(value), 4),
        "last3": lambda value: (_joined(value)[-3:],),
    },
    fast_keys=FAMILY_KEYS,
)


def _fast_suffix(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Covers what ends in no suffix and no degree, which is nearly everything: there is none."""
    folded, covered = fold_series(raw)
    ending = folded.str.extract(r"([^ ]+)$", 1).is_in([*SUFFIXES, *CREDENTIALS]).fill_null(value=False)
    return pl.repeat(None, len(raw), dtype=pl.String, eager=True), covered & ~ending


SUFFIX = Field("suffix", levels=SUFFIX_LEVELS, normalise=suffix_of, fast=_fast_suffix, judge=Suffixes)
