"""Which given names are forms of one name, by lists of short forms in several languages."""

import re
from functools import cache, lru_cache
from itertools import chain

from rules.lists import groups
from rules.text import phonetic

_LISTS = ("nicknames", "nicknames_europe")
_ENDING = re.compile(r"[aeio]$")
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
    known = _heads()
    shared = known.get(left, _NONE) & known.get(right, _NONE)
    # Mary and Rose are both short for Rosemary, and two names all the same
    return bool(shared) and (left in shared or right in shared or not {left, right} <= _full_names())


def two_names(left: str, right: str) -> bool:
    """Whether two words spelled alike are known to be different names: Mario and Maria, Elsa and Ella.

    Spellings with one sound (Brian, Bryan) are not, unless they differ in the ending that tells the sexes apart.
    """
    known = _heads()
    return (
        left in known
        and right in known
        and (phonetic(left) != phonetic(right) or _ENDING.sub("", left) == _ENDING.sub("", right))
    )


@lru_cache(maxsize=1 << 16)
def roots(value: str) -> tuple[str, ...]:
    """What all forms of a folded given name have in common: the sound of the full names each word can stand for.

    >>> roots("katya"), roots("ekaterina")
    (('~e2365', '~i2365', '~k365'), ('~e2365', '~k365'))
    """
    known = _heads()
    found: dict[str, None] = {}
    for word in value.split():
        if len(word) > 1:
            heads = known.get(word)
            full = (word,) if heads is None else sorted({"~" + phonetic(head, 6) for head in heads})
            found.update(dict.fromkeys(full))
    return tuple(found)
