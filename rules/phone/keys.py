"""Keys by which phone numbers meet: plain for one value, vectorised for a column."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from rules.field import FastKey, KeyPart
from rules.phone.parts import LOOSE, TAIL, digits, digits_of
from rules.values.pairs import spread
from rules.values.text import deletes


def _same_key(value: str) -> tuple[str, ...]:
    """The number in E.164; none without a country, where strangers of many countries would meet."""
    return () if value[0] == LOOSE else ("+" + digits(value),)


def _digits_key(value: str) -> tuple[str, ...]:
    """The last digits, by which a number with and one without its country meet."""
    tail = digits(value)[-TAIL:]
    return (tail,) if len(tail) == TAIL else ()


def _deletes_key(value: str) -> tuple[str, ...]:
    """The last digits without one of them: numbers with one wrong digit meet."""
    return tuple(made for tail in _digits_key(value) for made in deletes(tail, TAIL) if made != tail)


def _fast_same_key(values: pl.Series) -> pl.Series:
    value = pl.col("value")
    made = pl.when(~value.str.starts_with(LOOSE)).then("+" + digits_of(value))
    return values.to_frame("value").select(made).to_series()


def _fast_digits_key(values: pl.Series) -> pl.Series:
    number = digits_of(pl.col("value"))
    made = pl.when(number.str.len_bytes() >= TAIL).then(number.str.slice(-TAIL))
    return values.to_frame("value").select(made).to_series()


def _fast_deletes_key(values: pl.Series) -> pl.Series:
    tails = _fast_digits_key(values)
    there = tails.is_not_null()
    known = tails.filter(there)
    # Without the first digit of all, then without the second of all, and so on; then those of each number side by side.
    made = pl.concat([known.str.slice(0, place) + known.str.slice(place + 1) for place in range(TAIL)])
    order = np.arange(len(made)).reshape(TAIL, len(known)).T.ravel()
    lists = made.gather(order).reshape((len(known), TAIL)).arr.to_list()
    return spread(lists, there)


KEYS: Mapping[str, KeyPart] = {"same": _same_key, "digits": _digits_key, "deletes": _deletes_key}
FAST_KEYS: Mapping[str, FastKey] = {
    "same": _fast_same_key,
    "digits": _fast_digits_key,
    "deletes": _fast_deletes_key,
}
