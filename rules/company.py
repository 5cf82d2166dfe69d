"""Companies: what is left of a name without its legal form, and which names mean one company."""

import re
from functools import cached_property, lru_cache

import numpy as np
import polars as pl

from rules.field import MISSING, Field, Levels, Strings
from rules.lists import aliases, words
from rules.text import Mask, Pairs, Places, Texts, fold, fold_series, marks, mask, numbered, numbers_in, only, skeleton

DOMAIN = "@"
"""Before an employer that is known by the name of a mail domain alone: "@acme"."""

LEVELS = ("same", "same core", "typo", "similar", "different")

_FORMS = frozenset(tuple(form.split()) for form in words("legal_forms") | words("legal_forms_long"))
_LONGEST_FORM = max(map(len, _FORMS))
# Forms that some countries write in front: "OOO Romashka", "UAB Baltic", "Aktsionernoe obshchestvo Romashka"
_FORMS_IN_FRONT = frozenset(tuple(form.split()) for form in words("legal_forms_long") if " " in form and len(form) > 11)
_FORMS_IN_FRONT |= {("ooo",), ("oao",), ("zao",), ("pao",), ("uab",), ("sia",), ("ao",), ("pt",), ("tov",)}
# Ltd, Co Ltd and joint-stock company in Chinese, Japanese and Korean, written without a blank in front or behind
_EASTERN_FORMS = re.compile(
    "股份有限公司|有限責任公司|有限责任公司|有限公司|株式会社|有限会社|合同会社|주식회사|유한회사|[㈱㈲㈜]"
)
SHORTEST_DOMAIN = 4
_AND = frozenset(("and", "und", "et", "og", "och"))
_LONG_WORDS = {short: long for short, long in aliases("company_abbreviations").items() if short != long}
_GENERIC = words("generic_company_words")
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
    tokens = ["and" if token in _AND else token for token in _letters_joined(folded.split())]
    return " ".join(_in_full(_without_form(tokens)))


def _in_full(tokens: list[str]) -> list[str]:
    """Abbreviations as the words they stand for: mfg is manufacturing, a leading st a saint."""
    long = [_LONG_WORDS.get(token, token) for token in tokens]
    return ["saint", *long[1:]] if long[0] == "st" and len(long) > 1 else long


_FORM_ENDS = sorted({form[-1] for form in _FORMS})
_LONG_FORM_ENDS = sorted({" ".join(form[-2:]) for form in _FORMS if len(form) > 1})
_SIMPLE_FORMS = sorted(form[0] for form in _FORMS if len(form) == 1)
_UNUSUAL_START = ["the", "st", *sorted({form[0] for form in _FORMS_IN_FRONT})]
_CHANGED = pl.Series(sorted(_AND - {"and"} | _LONG_WORDS.keys()))


def _fast(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Covers words with at most one legal form of one word behind them."""
    folded, covered = fold_series(raw)
    rest = folded.str.extract(r"^(.+) ([^ ]+)$", 1)
    has_form = folded.str.extract(r"([^ ]+)$", 1).is_in(_SIMPLE_FORMS) & rest.is_not_null()
    value = rest.zip_with(has_form.fill_null(value=False), folded)
    plain = covered & raw.str.contains("[&+]").not_() & folded.str.contains(r"(?:^| )[a-z](?:$| )").not_()
    plain &= value.str.extract(r"([^ ]+)$", 1).is_in([*_FORM_ENDS, *sorted(_AND)]).not_()
    plain &= folded.str.split(" ").list.set_intersection(pl.Series([_CHANGED.to_list()])).list.len() == 0
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


@lru_cache(maxsize=1 << 16)
def core(value: str) -> tuple[str, ...]:
    """The words of a normalised name that tell it apart; all of them when none does.

    >>> core("acme international holdings"), core("global solutions")
    (('acme',), ('global', 'solutions'))
    """
    tokens = tuple(value.removeprefix(DOMAIN).split())
    return tuple(token for token in tokens if token not in _GENERIC) or tokens


_SMALL_WORDS = frozenset(("and", "of", "the", "for", "de", "und"))


@lru_cache(maxsize=1 << 16)
def acronyms(value: str) -> tuple[str, ...]:
    """The initials of a name, three or more of them, without and with its connecting words (but "and").

    >>> acronyms("international business machines"), acronyms("bank of america")
    (('ibm',), ('boa',))
    """
    tokens = value.split()
    plain = "".join(token[0] for token in tokens if token not in _SMALL_WORDS)
    every = "".join(token[0] for token in tokens if token not in _AND)
    return tuple(initials for initials in dict.fromkeys((plain, every)) if len(initials) > 2)


def _same_core(left: str, right: str) -> bool:
    """Equal without generic words, one within the other, or one the other's initials."""
    a, b = core(left), core(right)
    if "".join(a) == "".join(b) or left in acronyms(right) or right in acronyms(left):
        return True
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    if not set(shorter) <= set(longer):
        return False
    return any(len(word) > 3 and word not in _GENERIC and word.isalpha() for word in shorter)


def _at_domain(left: str, right: str) -> bool:
    a, b = ("".join(word for word in core(value) if word not in _SMALL_WORDS) for value in (left, right))
    return a == b or (min(len(a), len(b)) >= SHORTEST_DOMAIN and (a.startswith(b) or b.startswith(a)))


class _Companies(Texts):
    """Distinct companies, and the tests of their pairs."""

    @cached_property
    def _cores(self) -> Texts:
        return Texts([" ".join(core(value)) for value in self.values])

    @cached_property
    def _ordered(self) -> Texts:
        """With the words in alphabetical order."""
        return Texts([" ".join(sorted(value.split())) for value in self.values])

    @cached_property
    def _numbers(self) -> Places:
        return numbered(numbers_in(value) for value in self.values)

    @cached_property
    def _from_domain(self) -> Mask:
        return mask((value.startswith(DOMAIN) for value in self.values), len(self.values))

    def at_domain(self, a: Places, b: Places) -> Mask:
        """One is a domain, and one begins with the letters of the other: "dye and mercado" is at dyemercado.com."""
        return self.one_by_one(self._from_domain[a] != self._from_domain[b], a, b, _at_domain)

    def either_from_domain(self, a: Places, b: Places) -> Mask:
        """A domain with another name says nothing, and two mailboxes at one domain are compared as such."""
        return np.asarray(self._from_domain[a] | self._from_domain[b])

    def same(self, a: Places, b: Places) -> Mask:
        """Equal but for blanks."""
        return np.asarray(self.spelling[a] == self.spelling[b])

    def same_core(self, a: Places, b: Places) -> Mask:
        """Equal without generic words, one within the other, or one the other's initials."""
        held = marks(core(value) for value in self.values)
        initials = marks((value, *acronyms(value)) for value in self.values)
        only_a, only_b = held[a] & ~held[b], held[b] & ~held[a]
        possible = (only_a == 0) | (only_b == 0) | ((initials[a] & initials[b]) != 0)
        possible |= self._cores.spelling[a] == self._cores.spelling[b]
        return self.one_by_one(possible, a, b, _same_core)

    def misspelt(self, a: Places, b: Places) -> Mask:
        """Jaro-Winkler .92, one edit or 90% of the letters, the same numbers, and cores of Jaro-Winkler .88."""
        possible = np.flatnonzero(self._numbers[a] == self._numbers[b])
        # "smith holdings" and "south holdings" are alike only in what says nothing
        possible = possible[self._cores.jaro_winkler(a[possible], b[possible], 0.88)]
        x, y = a[possible], b[possible]
        told = np.zeros(len(a), dtype=np.bool_)
        told[possible] = self.jaro_winkler(x, y, 0.92) | self.one_edit(x, y) | self._ordered.ratio(x, y, 90)
        return told

    def alike(self, a: Places, b: Places) -> Mask:
        """80% of the letters, or Jaro-Winkler .9."""
        return self._ordered.ratio(a, b, 80) | self.jaro_winkler(a, b, 0.9)


def compare(left: Strings, right: Strings) -> Levels:
    """Companies agree when their names are spelled alike once legal forms, case and accents are set aside.

    "same core" is equal without words such as Group or Services, a part of the longer name, its initials, or a mail
    domain that spells it; "typo" is Jaro-Winkler .92, one edit or 90% of the letters, with the same numbers; "similar"
    is 80%.
    """
    pairs = Pairs(left, right, COMPANY.code("different"))
    companies = _Companies(pairs.values)
    pairs.settle(COMPANY.code("same core"), companies.at_domain)
    pairs.settle(MISSING, companies.either_from_domain)
    pairs.settle(COMPANY.code("same"), companies.same)
    pairs.settle(COMPANY.code("same core"), companies.same_core)
    pairs.settle(COMPANY.code("typo"), companies.misspelt)
    pairs.settle(COMPANY.code("similar"), companies.alike)
    return pairs.codes


def _joined(value: str) -> str:
    """The letters alone, as a mail domain spells them."""
    return value.removeprefix(DOMAIN).replace(" ", "")


def _initials_key(value: str) -> tuple[str, ...]:
    name = value.removeprefix(DOMAIN)
    return acronyms(name) or ((name,) if " " not in name and 2 < len(name) < 7 else ())


def _start_key(value: str) -> tuple[str, ...]:
    """How a name begins, where it goes on."""
    name = _joined(value)
    return (name[:4],) if len(name) > 4 else ()


COMPANY = Field(
    "company",
    levels=LEVELS,
    normalise=normalise,
    fast=_fast,
    compare=compare,
    keys={
        "same": lambda value: (_joined(value),),
        "skeleton": lambda value: (skeleton("".join(core(value))),),
        "first4": _start_key,
        "first_word": lambda value: (core(value)[0],),
        "acronym": _initials_key,
    },
)
