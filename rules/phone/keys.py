"""Keys by which phone numbers meet: plain for one value, vectorised for a column."""

from collections.abc import Mapping

import polars as pl

from rules.field import FastKey, KeyPart
from rules.phone.parts import LOOSE, TAIL, digits, digits_of
from rules.values.deletes import bytes_of, deletes, listed, rests
from rules.values.hidden import in_full


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
    tails = known["tail"]
    made = listed(rests(bytes_of(tails.drop_nulls(), TAIL)))
    there = tails.is_not_null()
    return made.gather(pl.select(pl.when(there).then(there.cum_sum() - 1)).to_series())


KEYS: Mapping[str, KeyPart] = {"same": _same_key, "digits": _digits_key, "deletes": _deletes_key}
FAST_KEYS: Mapping[str, FastKey] = {
    "same": _fast_same_key,
    "digits": lambda known: known["tail"],
    "deletes": _fast_deletes_key,
}
