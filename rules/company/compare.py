"""Which level two names of companies show: what tells them apart, initials, mail domains and spelling."""

from functools import cached_property, lru_cache, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.field import MISSING, Levels, Places
from rules.lists import words
from rules.values.pairs import (
    OPEN,
    Pairs,
    Texts,
    at_a_glance,
    jaro_needs,
    mark,
    marks,
    may_hold,
    narrowed,
)
from rules.values.text import Mask, mask

LEVELS = ("same", "same core", "typo", "similar", "different")
_SAME, _SAME_CORE, _TYPO, _SIMILAR, _DIFFERENT = range(1, len(LEVELS) + 1)

DOMAIN = "@"
"""Before an employer that is known by the name of a mail domain alone: "@acme"."""
SHORTEST_DOMAIN = 4
"""Letters that a name and a mail domain must begin with for one to be found in the other."""

AND = frozenset(("and", "und", "et", "og", "och"))
_GENERIC = words("generic_company_words")
_SMALL_WORDS = frozenset(("and", "of", "the", "for", "de", "und"))
_LEAST_INITIALS = 3


@lru_cache(maxsize=1 << 16)
def core(value: str) -> tuple[str, ...]:
    """The words of a normalised name that tell it apart; all of them when none does.

    >>> core("acme international holdings"), core("global solutions")
    (('acme',), ('global', 'solutions'))
    """
    tokens = tuple(value.removeprefix(DOMAIN).split())
    return tuple(token for token in tokens if token not in _GENERIC) or tokens


def cores(values: pl.Series) -> pl.Series:
    """`core` of every value of a String series, as a List(String) series."""
    tokens = values.str.strip_prefix(DOMAIN).str.split(" ")
    telling = _without(tokens, _GENERIC)
    return telling.zip_with(telling.list.len() > 0, tokens)


@lru_cache(maxsize=1 << 16)
def acronyms(value: str) -> tuple[str, ...]:
    """The initials of a name, three or more of them, without and with its connecting words (but "and").

    >>> acronyms("international business machines"), acronyms("bank of america")
    (('ibm',), ('boa',))
    """
    return tuple(filter(None, dict.fromkeys(initials(value, kind) for kind in (_SMALL_WORDS, AND))))


def initials(value: str, left_out: frozenset[str]) -> str:
    """The initials of a name, three or more of them, without some words; else an empty text."""
    found = "".join(token[0] for token in value.split() if token not in left_out)
    return found if len(found) >= _LEAST_INITIALS else ""


def _without(tokens: pl.Series, left_out: frozenset[str]) -> pl.Series:
    return tokens.list.filter(~pl.element().is_in(sorted(left_out)))


def _initials(tokens: pl.Series) -> pl.Series:
    """The first letters of each list of words, where they are enough for an acronym; else an empty text."""
    enough = tokens.list.len() >= _LEAST_INITIALS
    return tokens.list.eval(pl.element().str.head(1)).list.join("").zip_with(enough, pl.Series([""]))


def _is_telling(word: str) -> bool:
    """Whether a word has four letters or more, nothing else, and is not generic."""
    return len(word) >= 4 and word.isalpha() and word not in _GENERIC


def _begins(one: str, other: str) -> bool:
    """Whether one of two names as a mail domain spells them begins with the other, or is the same."""
    long = min(len(one), len(other)) >= SHORTEST_DOMAIN
    return one == other or (long and (one.startswith(other) or other.startswith(one)))


class Companies(Texts):
    """Companies agree when their names are spelled alike once legal forms, case and accents are set aside.

    "same core" is equal without words such as Group or Services, a part of the longer name, its initials, or a mail
    domain that spells it; "typo" is Jaro-Winkler .92, one edit or 90% of the letters, with the same numbers; "similar"
    is 80%.
    """

    def __call__(self, a: Places, b: Places) -> Levels:
        """Places of the values of each pair -> their level codes; 0 where a mail domain says nothing of the other."""
        return at_a_glance(self._glance, self._closely, a, b)

    def _glance(self, a: Places, b: Places) -> Levels:
        """What numbers alone tell, of nearly all pairs."""
        pairs = Pairs(a, b, OPEN)
        pairs.settle(MISSING, self._no_such_domain)
        pairs.settle(OPEN, self._either_from_domain)
        pairs.settle(_SAME, self.same)
        pairs.settle(OPEN, self._core_or_initials)
        pairs.settle(_DIFFERENT, self._unlike)
        return pairs.codes

    def _closely(self, a: Places, b: Places) -> Levels:
        """What is told of the others."""
        pairs = Pairs(a, b, _DIFFERENT)
        pairs.settle(_SAME_CORE, self._at_domain)
        pairs.settle(MISSING, self._either_from_domain)
        pairs.settle(_SAME_CORE, self._same_core)
        pairs.settle(_TYPO, self._misspelt)
        pairs.settle(_SIMILAR, self._alike)
        return pairs.codes

    # --- what a name says by itself ---

    @cached_property
    def _from_domain(self) -> Mask:
        return self.flagged(lambda value: value.startswith(DOMAIN), lambda values: values.str.starts_with(DOMAIN))

    @cached_property
    def _few_cores(self) -> list[tuple[str, ...]]:
        return [*map(core, self.listed)]

    @cached_property
    def _core(self) -> pl.Series:
        return cores(self.values)

    @cached_property
    def _cores(self) -> Texts:
        if self.few:
            return Texts(pl.Series([*map(" ".join, self._few_cores)], dtype=pl.String))
        return Texts(self._core.list.join(" "))

    @cached_property
    def _core_words(self) -> NDArray[np.int64]:
        """How many words the core has."""
        if self.few:
            return np.array([*map(len, self._few_cores)])
        return self._core.list.len().to_numpy().astype(np.int64)

    @cached_property
    def _held(self) -> NDArray[np.uint64]:
        if self.few:
            return np.array([*map(mark, self._few_cores)], dtype=np.uint64)
        return marks(self._core)

    @cached_property
    def _telling(self) -> Mask:
        """Whether the core has a word of four letters or more that is not generic."""
        if self.few:
            return np.array([any(map(_is_telling, words)) for words in self._few_cores])
        word = pl.element()
        long = word.str.contains(r"^\pL{4,}$") & ~word.is_in(sorted(_GENERIC))
        return self._core.list.eval(long).list.any().to_numpy()

    @cached_property
    def _initials(self) -> tuple[NDArray[np.uint64], ...]:
        """Numbers of the values themselves, and of their two kinds of acronyms (an empty text where they have none)."""
        whole = self.numbered(str, lambda values: values)
        kinds = (
            self.numbered(
                lambda value, kind=kind: initials(value, kind),  # type: ignore[misc]
                lambda values, kind=kind: _initials(_without(values.str.split(" "), kind)),  # type: ignore[misc]
            )
            for kind in (_SMALL_WORDS, AND)
        )
        return whole, *kinds

    @cached_property
    def _spelt(self) -> pl.Series:
        """As a mail domain spells the core."""
        if self.few:
            spelt = ("".join(word for word in words if word not in _SMALL_WORDS) for words in self._few_cores)
            return pl.Series([*spelt], dtype=pl.String)
        return _without(self._core, _SMALL_WORDS).list.join("")

    @cached_property
    def _beginning(self) -> NDArray[np.uint64]:
        return Texts(self._spelt).numbered(
            lambda value: value[:SHORTEST_DOMAIN], lambda values: values.str.head(SHORTEST_DOMAIN)
        )

    # --- what pairs show ---

    def _either_from_domain(self, a: Places, b: Places) -> Mask:
        """A domain with another name says nothing, and two mailboxes at one domain are compared as such."""
        return np.asarray(self._from_domain[a] | self._from_domain[b])

    def _no_such_domain(self, a: Places, b: Places) -> Mask:
        """There is a domain, and it cannot be the other's."""
        return narrowed(self._either_from_domain(a, b), a, b, self._begin_otherwise)

    def _begin_otherwise(self, a: Places, b: Places) -> Mask:
        two_domains = self._from_domain[a] & self._from_domain[b]
        return np.asarray(two_domains | (self._beginning[a] != self._beginning[b]))

    def _at_domain(self, a: Places, b: Places) -> Mask:
        """One is a domain, and one begins with the letters of the other: "dye and mercado" is at dyemercado.com."""
        return narrowed(self._either_from_domain(a, b), a, b, self._begin_alike)

    def _begin_alike(self, a: Places, b: Places) -> Mask:
        if self.few:
            texts = Texts(self._spelt)
            return mask(map(_begins, texts.strings(a), texts.strings(b)), len(a))
        one, other = pl.col("one").str, pl.col("other").str
        long = (one.len_chars() >= SHORTEST_DOMAIN) & (other.len_chars() >= SHORTEST_DOMAIN)
        begins = long & (one.starts_with(pl.col("other")) | other.starts_with(pl.col("one")))
        spelt = pl.DataFrame({"one": self._spelt.gather(a), "other": self._spelt.gather(b)})
        return spelt.select((pl.col("one") == pl.col("other")) | begins).to_series().to_numpy()

    def _core_or_initials(self, a: Places, b: Places) -> Mask:
        """The words of one core may be in the other, or one may be the other's initials."""
        told = may_hold(self._held[a], self._held[b]) | (self.many[a] != self.many[b])
        return np.asarray(told | (self._cores.spelling[a] == self._cores.spelling[b]))

    def _same_core(self, a: Places, b: Places) -> Mask:
        """Equal without generic words, one within the other, or one the other's initials."""
        told = np.asarray(self._cores.spelling[a] == self._cores.spelling[b])
        told |= narrowed(np.asarray(self.many[a] != self.many[b]), a, b, self._by_initials)
        return told | narrowed(may_hold(self._held[a], self._held[b]), a, b, self._within)

    def _by_initials(self, a: Places, b: Places) -> Mask:
        """One word is the initials of several; one side of each pair has several words."""
        one, several = np.where(self.many[a], (b, a), (a, b))
        whole, *initials = self._initials
        told = [whole[one] == letters[several] for letters in initials]
        return np.asarray(np.logical_or(*told))

    def _within(self, a: Places, b: Places) -> Mask:
        """All words of one core are in the other, one of them a telling one."""
        shorter, longer = np.where(self._core_words[a] > self._core_words[b], (b, a), (a, b))
        if self.few:
            each = zip(shorter.tolist(), longer.tolist(), strict=True)
            inside = mask((set(self._few_cores[x]) <= set(self._few_cores[y]) for x, y in each), len(a))
            return np.asarray(inside & self._telling[shorter])
        others = self._core.gather(shorter).list.set_difference(self._core.gather(longer))
        return np.asarray((others.list.len() == 0).to_numpy() & self._telling[shorter])

    def _unlike(self, a: Places, b: Places) -> Mask:
        """Too few letters in common for any of what follows.

        A Jaro-Winkler of .9 needs the most letters to be ruled out. With m letters in common it needs m/|a| + m/|b| of
        1.5, and so does one edit in four letters or more; 80% of the letters need 1.6.
        """
        return ~self.can_share(a, b, partial(jaro_needs, (0.9 - 0.4) / 0.6))

    def _misspelt(self, a: Places, b: Places) -> Mask:
        """Jaro-Winkler .92, one edit or 90% of the letters, the same numbers, and cores of Jaro-Winkler .88."""
        told = np.asarray(self.digits[a] == self.digits[b])
        # "smith holdings" and "south holdings" are alike only in what says nothing
        told = narrowed(told, a, b, lambda x, y: self._cores.jaro_winkler(x, y, 0.88))
        return narrowed(told, a, b, self._spelled_alike)

    def _spelled_alike(self, a: Places, b: Places) -> Mask:
        return self.jaro_winkler(a, b, 0.92) | self.one_edit(a, b) | self.words_ratio(a, b, 90)

    def _alike(self, a: Places, b: Places) -> Mask:
        """80% of the letters, or Jaro-Winkler .9."""
        return self.words_ratio(a, b, 80) | self.jaro_winkler(a, b, 0.9)
