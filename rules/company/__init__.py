"""Companies: what is left of a name without its legal form, and which names mean one company."""

import re

import polars as pl

from rules.company.compare import AND, DOMAIN, LEVELS, Companies, acronyms, core, cores
from rules.field import Field
from rules.lists import aliases, words
from rules.values.pairs import completed
from rules.values.text import fold, fold_series, only, skeleton, skeletons

__all__ = ["COMPANY", "DOMAIN", "normalise"]

_FORMS = frozenset(tuple(form.split()) for form in words("legal_forms") | words("legal_forms_long"))
_LONGEST_FORM = max(map(len, _FORMS))
# Forms that some countries write in front: "OOO Romashka", "UAB Baltic", "Aktsionernoe obshchestvo Romashka"
_FORMS_IN_FRONT = frozenset(tuple(form.split()) for form in words("legal_forms_long") if " " in form and len(form) > 11)
_FORMS_IN_FRONT |= {("ooo",), ("oao",), ("zao",), ("pao",), ("uab",), ("sia",), ("ao",), ("pt",), ("tov",)}
# Ltd, Co Ltd and joint-stock company in Chinese, Japanese and Korean, written without a blank in front or behind
_EASTERN_FORMS = re.compile(
    "股份有限公司|有限責任公司|有限责任公司|有限公司|株式会社|有限会社|合同会社|주식회사|유한회사|[㈱㈲㈜]"
)
_LONG_WORDS = {short: long for short, long in aliases("company_abbreviations").items() if short != long}
_PLACEHOLDERS = words("placeholder_companies")


def normalise(raw: str | None) -> str | None:
    """Folded words in full without the legal form, "&" as "and", single letters joined; None for a placeholder.

    >>> normalise("Müller GmbH & Co. KG"), normalise("The A.B.C. Mfg. Company, Inc."), normalise("self-employed")
    ('muller', 'abc manufacturing', None)
    """
    if raw is None:
        return None
    plain = raw if raw.isascii() else _EASTERN_FORMS.sub(" ", raw)
    folded = fold(plain.replace("&", " and ").replace("+", " and ")) or fold(raw)
    if folded is None or folded in _PLACEHOLDERS or not any(map(str.isalpha, folded)):
        return None
    tokens = ["and" if token in AND else token for token in _letters_joined(folded.split())]
    return " ".join(_in_full(_without_form(tokens)))


def _in_full(tokens: list[str]) -> list[str]:
    """Abbreviations as the words they stand for: mfg is manufacturing, a leading st a saint."""
    long = [_LONG_WORDS.get(token, token) for token in tokens]
    return ["saint", *long[1:]] if long[0] == "st" and len(long) > 1 else long


_FORM_ENDS = sorted({form[-1] for form in _FORMS})
_LONG_FORM_ENDS = sorted({" ".join(form[-2:]) for form in _FORMS if len(form) > 1})
_SIMPLE_FORMS = sorted(form[0] for form in _FORMS if len(form) == 1)
_UNUSUAL_START = ["the", "st", *sorted({form[0] for form in _FORMS_IN_FRONT})]
_OTHER_AND = pl.Series([sorted(AND - {"and"})])
_SHORT_WORDS = pl.Series([sorted(_LONG_WORDS)])


def _fast(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Covers words with at most one legal form of one word behind them, its letters together or apart (L.L.C.)."""
    folded, covered = fold_series(raw.str.replace_all("[&+]", " and "))
    filler = folded.is_in(sorted(_PLACEHOLDERS))
    folded = folded.str.replace(r"^(.*[a-z0-9]{2}) ([a-z]) ([a-z])(?: ([a-z]))?$", "${1} ${2}${3}${4}")
    rest = folded.str.extract(r"^(.+) ([^ ]+)$", 1)
    has_form = folded.str.extract(r"([^ ]+)$", 1).is_in(_SIMPLE_FORMS) & rest.is_not_null()
    value = rest.zip_with(has_form.fill_null(value=False), folded).str.replace("^(.+) and$", "${1}")
    plain = covered & folded.str.contains(r"(?:^| )[a-z](?:$| )").not_()
    plain &= value.str.extract(r"([^ ]+)$", 1).is_in([*_FORM_ENDS, *sorted(AND)]).not_()
    tokens = folded.str.split(" ").list
    plain &= tokens.set_intersection(_OTHER_AND).list.len() == 0
    plain &= value.str.extract(r"^([^ ]+)", 1).is_in(_UNUSUAL_START).not_()
    plain &= folded.str.extract(r"([^ ]+ [^ ]+)$", 1).is_in(_LONG_FORM_ENDS).fill_null(value=False).not_()
    plain &= filler.not_() & folded.str.contains("[a-z]")
    in_full = (tokens.set_intersection(_SHORT_WORDS).list.len() == 0).fill_null(value=True)
    long = value.filter(~in_full).str.split(" ").list.eval(pl.element().replace(_LONG_WORDS)).list.join(" ")
    return only(completed(value, in_full, long), plain), plain.fill_null(value=False) | raw.is_null()


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
    if tuple(tokens) in _FORMS:
        return tokens
    kept = tokens[1:] if tokens[0] == "the" and len(tokens) > 1 else tokens
    front = next((size for size in range(min(_LONGEST_FORM, len(kept) - 1), 0, -1) if _in_front(kept[:size])), 0)
    kept = kept[front:]
    shrinking = True
    while shrinking:
        shrinking = False
        for size in range(min(_LONGEST_FORM, len(kept) - 1), 0, -1):
            if tuple(kept[-size:]) in _FORMS:
                kept, shrinking = kept[:-size], True
                break
        while len(kept) > 1 and kept[-1] == "and":
            kept, shrinking = kept[:-1], True
    # "The Limited" is a name, not a form
    return tokens if kept == ["the"] or tuple(kept) in _FORMS else kept


def _in_front(tokens: list[str]) -> bool:
    return tuple(tokens) in _FORMS_IN_FRONT


def _joined(value: str) -> str:
    """The letters alone, as a mail domain spells them."""
    return value.removeprefix(DOMAIN).replace(" ", "")


def _all_joined(values: pl.Series) -> pl.Series:
    return values.str.strip_prefix(DOMAIN).str.replace_all(" ", "", literal=True)


def _initials_key(value: str) -> tuple[str, ...]:
    name = value.removeprefix(DOMAIN)
    return acronyms(name) or ((name,) if " " not in name and 2 < len(name) < 7 else ())


def _start_key(value: str) -> tuple[str, ...]:
    """How a name begins, where it goes on."""
    name = _joined(value)
    return (name[:4],) if len(name) > 4 else ()


def _all_starts(values: pl.Series) -> pl.Series:
    names = _all_joined(values)
    return only(names.str.head(4), names.str.len_chars() > 4)


COMPANY = Field(
    "company",
    levels=LEVELS,
    normalise=normalise,
    fast=_fast,
    judge=Companies,
    keys={
        "same": lambda value: (_joined(value),),
        "skeleton": lambda value: (skeleton("".join(core(value))),),
        "first4": _start_key,
        "first_word": lambda value: (core(value)[0],),
        "acronym": _initials_key,
    },
    fast_keys={
        "same": _all_joined,
        "skeleton": lambda values: skeletons(cores(values).list.join("")),
        "first4": _all_starts,
        "first_word": lambda values: cores(values).list.first(),
    },
)
