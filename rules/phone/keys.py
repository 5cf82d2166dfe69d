"""Keys by which phone numbers meet: plain for one value, vectorised for a column."""

from collections.abc import Mapping

import polars as pl

from rules.field import FastKey, KeyPart
from rules.phone.parts import LOOSE, TAIL, digits, digits_of
from rules.values.hidden import in_full
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


def take_apart(values: pl.Series) -> pl.DataFrame:
    """`value`, its `digits` and the last of these, its `tail`, where they are enough; null for what is half hidden."""
    value, number = pl.col("value"), pl.col("digits")
    tail = pl.when(number.str.len_bytes() >= TAIL).then(number.str.slice(-TAIL))
    known = in_full(values).to_frame("value").with_columns(digits=digits_of(value))
    return known.with_columns(tail=tail)


def _fast_same_key(known: pl.DataFrame) -> pl.Series:
    made = pl.when(~pl.col("value").str.starts_with(LOOSE)).then("+" + pl.col("digits"))
    return known.select(made).to_series()


def _fast_deletes_key(known: pl.DataFrame) -> pl.Series:
    """The digits that are left as one number: all are equally many, so that zeros in front make no difference."""
    tail = pl.col("tail").cast(pl.UInt64)
    rest = [tail // 10 ** (place + 1) * 10**place + tail % 10**place for place in range(TAIL)]
    return known.select(pl.when(tail.is_not_null()).then(pl.concat_arr(rest).arr.to_list())).to_series()


KEYS: Mapping[str, KeyPart] = {"same": _same_key, "digits": _digits_key, "deletes": _deletes_key}
FAST_KEYS: Mapping[str, FastKey] = {
    "same": _fast_same_key,
    "digits": lambda known: known["tail"],
    "deletes": _fast_deletes_key,
}
