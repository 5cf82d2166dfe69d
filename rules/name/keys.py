"""The keys of names for whole columns: the vectorised twins of the keys in `rules/name/__init__.py`."""

from collections.abc import Callable, Mapping

import polars as pl

from rules.name.nicknames import all_roots
from rules.name.phonetic import phonetics
from rules.name.romanised import all_family_sounds, all_romanised
from rules.values.deletes import all_deletes
from rules.values.rewriting import Forms
from rules.values.text import skeletons

FastKey = Callable[[pl.Series], pl.Series]


def joined(values: pl.Series) -> pl.Series:
    """Names without their blanks."""
    return values.str.replace_all(" ", "", literal=True)


def _of_joined(key: FastKey) -> FastKey:
    return lambda values: key(joined(values))


def _listed(make: Callable[[pl.Series], Forms]) -> FastKey:
    return lambda values: make(values).listed(len(values))


def _initial(values: pl.Series) -> pl.Series:
    return values.str.slice(0, 1)


def first_words(values: pl.Series) -> pl.Series:
    """The first word of each name."""
    return values.str.extract("^([^ ]*)")


_ENDS: Mapping[str, FastKey] = {
    "same": joined,
    "initial": _initial,
    "first3": _of_joined(lambda values: values.str.slice(0, 3)),
    "last3": _of_joined(lambda values: values.str.tail(3)),
}
GIVEN_KEYS: Mapping[str, FastKey] = {
    **_ENDS,
    "root": _listed(all_roots),
    "phonetic": lambda values: phonetics(first_words(values)),
    "sound": _of_joined(_listed(all_romanised)),
}
MIDDLE_KEYS: Mapping[str, FastKey] = {name: _ENDS[name] for name in ("same", "initial")}
FAMILY_KEYS: Mapping[str, FastKey] = {
    **_ENDS,
    "tokens": lambda values: values.str.extract_all("[^ ]{3,}"),
    "phonetic": _of_joined(phonetics),
    "sound": _of_joined(_listed(all_family_sounds)),
    "skeleton": _of_joined(skeletons),
    "deletes": _of_joined(lambda values: all_deletes(values, 4)),
}
