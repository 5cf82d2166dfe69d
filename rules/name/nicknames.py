"""Which given names are forms of one name, by lists of short forms in several languages."""

import re
from functools import cache, lru_cache
from itertools import chain

import polars as pl

from rules.lists import groups, words
from rules.name.phonetic import phonetic
from rules.values.rewriting import Forms

_LISTS = ("nicknames", "nicknames_europe", "nicknames_romanised")
ENDING = "[aeio]$"
"""Pattern of the vowel that tells the sexes apart."""
_NONE: frozenset[str] = frozenset()


@cache
def _full_names() -> frozenset[str]:
    return frozenset(group[0] for name in _LISTS for group in groups(name))


@cache
def _heads() -> dict[str, frozenset[str]]:
    """Name -> the full names whose group it is in, itself included when it heads one."""
    found: dict[str, set[str]] = {}
    for group in chain.from_iterable(map(groups, _LISTS)):
        for name in group:
            found.setdefault(name, set()).add(group[0])
    return {name: frozenset(heads) for name, heads in found.items()}


def nicknames_agree(left: str, right: str) -> bool:
    """Whether two folded given names are forms of one name.

    >>> nicknames_agree("bill", "william"), nicknames_agree("christina", "christopher")
    (True, False)
    """
    shared = full_names_of(left) & full_names_of(right)
    # Mary and Rose are both short for Rosemary, and two names all the same
    return bool(shared) and (left in shared or right in shared or not {left, right} <= _full_names())


def full_names_of(name: str) -> frozenset[str]:
    """The full names that a folded given name can stand for, itself included when it is one; none when it is not known.

    >>> sorted(full_names_of("bob")), full_names_of("xyz")
    (['bert', 'bob', 'bobby', 'robert'], frozenset())
    """
    return _heads().get(name, _NONE)


@cache
def known_given() -> frozenset[str]:
    """Folded given names that people are known to have, short forms included.

    >>> {"marta", "bob"} <= known_given()
    True
    """
    return words("given_names") | frozenset(_heads())


def stem(name: str) -> str:
    """A name without the vowel that tells the sexes apart: Mario and Maria have one.

    >>> stem("mario") == stem("maria")
    True
    """
    return re.sub(ENDING, "", name)


@lru_cache(maxsize=1 << 16)
def roots(value: str) -> tuple[str, ...]:
    """What all forms of a folded given name have in common: the sound of the full names each word can stand for.

    >>> roots("katya"), roots("ekaterina")
    (('~e2365', '~i2365', '~k365'), ('~e2365', '~k365'))
    """
    found: dict[str, None] = {}
    for word in value.split():
        if len(word) > 1 and word != "and":
            heads = full_names_of(word)
            full = (word,) if not heads else sorted({"~" + phonetic(head, 6) for head in heads})
            found.update(dict.fromkeys(full))
    return tuple(found)


def all_roots(values: pl.Series) -> Forms:
    """`roots` of every given name of a column; a root may come twice."""
    found = Forms.words(values)
    found = found.where((found.form.str.len_chars() > 1) & (found.form != "and"))
    known = found.form.is_in([*_heads()])
    listed = found.where(known)
    return Forms.together(found.where(~known), Forms.of(listed.form, roots).at(listed.place))
