"""Companies: what is left of a name without its legal form, and which names mean one company."""

from functools import lru_cache

import polars as pl
from rapidfuzz import fuzz

from rules.field import Field, Levels, Strings
from rules.lists import words
from rules.text import (
    Mask,
    Pairs,
    fold,
    fold_series,
    jaro_winkler,
    one_by_one,
    one_edit,
    only,
    ratio,
    same_letters,
    same_numbers,
    skeleton,
)

LEVELS = ("same", "same core", "typo", "similar", "different")

_FORMS = frozenset(tuple(form.split()) for form in words("legal_forms"))
_LONGEST_FORM = max(map(len, _FORMS))
# Forms that some countries write in front: "OOO Romashka", "UAB Baltic"
_FORMS_IN_FRONT = frozenset(("ooo", "oao", "zao", "pao", "uab", "sia", "ao", "pt"))
_GENERIC = words("generic_company_words")
_PLACEHOLDERS = words("placeholder_companies")


def normalise(raw: str | None) -> str | None:
    """Folded words without the legal form, "&" as "and", runs of single letters joined; None for a placeholder.

    >>> normalise("Müller GmbH & Co. KG"), normalise("The A.B.C. Company, Inc."), normalise("self-employed")
    ('muller', 'abc', None)
    """
    if raw is None:
        return None
    folded = fold(raw.replace("&", " and ").replace("+", " and "))
    if folded is None or folded in _PLACEHOLDERS or not any(map(str.isalpha, folded)):
        return None
    return " ".join(_without_form(_letters_joined(folded.split())))


_FORM_ENDS = sorted({form[-1] for form in _FORMS})
_LONG_FORM_ENDS = sorted({" ".join(form[-2:]) for form in _FORMS if len(form) > 1})
_SIMPLE_FORMS = sorted(form[0] for form in _FORMS if len(form) == 1)
_UNUSUAL_START = ["the", *sorted(_FORMS_IN_FRONT)]


def _fast(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Covers words with at most one legal form of one word behind them."""
    folded, covered = fold_series(raw)
    rest = folded.str.extract(r"^(.+) ([^ ]+)$", 1)
    has_form = folded.str.extract(r"([^ ]+)$", 1).is_in(_SIMPLE_FORMS) & rest.is_not_null()
    value = rest.zip_with(has_form.fill_null(value=False), folded)
    plain = covered & raw.str.contains("[&+]").not_() & folded.str.contains(r"(?:^| )[a-z](?:$| )").not_()
    plain &= value.str.extract(r"([^ ]+)$", 1).is_in([*_FORM_ENDS, "and", "und", "et"]).not_()
    plain &= value.str.extract(r"^([^ ]+)", 1).is_in(_UNUSUAL_START).not_()
    plain &= folded.str.extract(r"([^ ]+ [^ ]+)$", 1).is_in(_LONG_FORM_ENDS).fill_null(value=False).not_()
    plain &= folded.is_in(sorted(_PLACEHOLDERS)).not_() & folded.str.contains("[a-z]")
    return only(value, plain), plain.fill_null(value=False) | raw.is_null()


def _letters_joined(tokens: list[str]) -> list[str]:
    """["s", "p", "a"] -> ["spa"]: S.p.A. and SpA are one word, and so are A.B.C. and ABC."""
    joined: list[str] = []
    in_run = False
    for token in tokens:
        single = len(token) == 1 and token.isalpha()
        if single and in_run:
            joined[-1] += token
        else:
            joined.append(token)
        in_run = single
    return joined


def _without_form(tokens: list[str]) -> list[str]:
    """Takes legal forms off the end, and "the" off the front, as long as a word with a meaning is left."""
    kept = tokens[1:] if tokens[0] == "the" and len(tokens) > 1 else tokens
    if kept[0] in _FORMS_IN_FRONT and len(kept) > 1:
        kept = kept[1:]
    shrinking = True
    while shrinking:
        shrinking = False
        for size in range(min(_LONGEST_FORM, len(kept) - 1), 0, -1):
            if tuple(kept[-size:]) in _FORMS:
                kept, shrinking = kept[:-size], True
                break
        while len(kept) > 1 and kept[-1] in {"and", "und", "et"}:
            kept, shrinking = kept[:-1], True
    # "The Limited" is a name, not a form
    return tokens if kept == ["the"] or tuple(kept) in _FORMS else kept


@lru_cache(maxsize=1 << 16)
def core(value: str) -> tuple[str, ...]:
    """The words of a normalised name that tell it apart; all of them when none does.

    >>> core("acme international holdings"), core("global solutions")
    (('acme',), ('global', 'solutions'))
    """
    tokens = tuple(value.split())
    return tuple(token for token in tokens if token not in _GENERIC) or tokens


@lru_cache(maxsize=1 << 16)
def acronym(value: str) -> str | None:
    """The initials of a name of three words or more, connecting words left out."""
    initials = "".join(token[0] for token in value.split() if token not in {"and", "of", "the", "for", "de", "und"})
    return initials if len(initials) > 2 else None


def _same_core(left: str, right: str) -> bool:
    """Equal without generic words, one within the other, or one the other's initials."""
    a, b = core(left), core(right)
    if a == b or "".join(a) == "".join(b):
        return True
    if " " not in left and left == acronym(right):
        return True
    if " " not in right and right == acronym(left):
        return True
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    if not set(shorter) <= set(longer):
        return False
    return any(len(word) > 3 and word not in _GENERIC and word.isalpha() for word in shorter)


def _misspelt(left: list[str], right: list[str]) -> Mask:
    alike = (jaro_winkler(left, right, 0.92) > 0) | (ratio(left, right, fuzz.token_sort_ratio, 90) > 0)
    alike |= one_edit(left, right) & one_by_one(lambda a, b: len(a) > 3 and len(b) > 3)(left, right)
    cores = [" ".join(core(value)) for value in left], [" ".join(core(value)) for value in right]
    # "smith holdings" and "south holdings" are alike only in what says nothing
    return alike & same_numbers(left, right) & (jaro_winkler(*cores, 0.88) > 0)


def _alike(left: list[str], right: list[str]) -> Mask:
    return (ratio(left, right, fuzz.token_sort_ratio, 80) > 0) | (jaro_winkler(left, right, 0.9) > 0)


def compare(left: Strings, right: Strings) -> Levels:
    """Companies agree when their names are spelled alike once legal forms, case and accents are set aside.

    "same core" is equal without words such as Group or Services, a part of the longer name, or its initials;
    "typo" is Jaro-Winkler .92, one edit or 90% of the letters, with the same numbers; "similar" is 80%.
    """
    pairs = Pairs(left, right, COMPANY.code("different"))
    pairs.settle(COMPANY.code("same"), same_letters)
    pairs.settle(COMPANY.code("same core"), one_by_one(_same_core))
    pairs.settle(COMPANY.code("typo"), _misspelt)
    pairs.settle(COMPANY.code("similar"), _alike)
    return pairs.codes


def _initials_key(value: str) -> tuple[str, ...]:
    initials = acronym(value)
    if initials is None and " " not in value and 2 < len(value) < 7:
        initials = value
    return (initials,) if initials else ()


COMPANY = Field(
    "company",
    levels=LEVELS,
    normalise=normalise,
    fast=_fast,
    compare=compare,
    keys={
        "same": lambda value: (value.replace(" ", ""),),
        "skeleton": lambda value: (skeleton("".join(core(value))),),
        "first_word": lambda value: (core(value)[0],),
        "acronym": _initials_key,
    },
)
