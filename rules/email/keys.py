"""Keys by which e-mail addresses meet: plain for one value, vectorised for a column."""

import re
from collections.abc import Mapping
from functools import partial

import polars as pl

from rules.email.parts import MAILBOX, SHORTEST_NAME_PART, address, is_role, mailbox, mailbox_name, parted, roles
from rules.field import FastKey, KeyPart
from rules.values.pairs import completed

SHORTEST_LETTERS = 5
FEWEST_DIGITS = 2
START = 5

_MARKS, _NOT_LETTERS, _NOT_DIGITS = re.compile(r"[\W_]+"), re.compile(r"[\W\d_]+"), re.compile(r"[^0-9]+")


def _person(key: KeyPart, value: str) -> tuple[str, ...]:
    """The key of a person's mailbox; a function's brings nobody together."""
    return () if is_role(value) else key(value)


def _name_key(drop: re.Pattern[str], shortest: int, value: str) -> tuple[str, ...]:
    """The mailbox name without what `drop` matches, if enough of it remains."""
    kept = drop.sub("", mailbox_name(value))
    return (kept,) if len(kept) >= shortest else ()


def _digits_key(value: str) -> tuple[str, ...]:
    """First letter and digits: "ann.lee84@" and "annlee84@" meet."""
    name = mailbox_name(value)
    digits, letters = _NOT_DIGITS.sub("", name), _NOT_LETTERS.sub("", name)
    return (letters[0] + digits,) if len(digits) >= FEWEST_DIGITS and letters else ()


def _start_key(value: str) -> tuple[str, ...]:
    """How the mailbox name begins, where it goes on."""
    kept = _MARKS.sub("", mailbox_name(value))
    return (kept[:START],) if len(kept) >= START + 2 else ()


_PLAIN: Mapping[str, KeyPart] = {
    "same": lambda value: (address(value),),
    "mailbox": lambda value: (mailbox(value),),
    "local": partial(_name_key, _MARKS, SHORTEST_NAME_PART),
    "letters": partial(_name_key, _NOT_LETTERS, SHORTEST_LETTERS),
    "digits": _digits_key,
    "start": _start_key,
}
KEYS: Mapping[str, KeyPart] = {key: partial(_person, made) for key, made in _PLAIN.items()}


# --- for a column ---------------------------------------------------------------------------------------------------


def _of_persons(made: pl.Expr, values: pl.Series) -> pl.Series:
    """What is made of the parts of the values, but for the mailboxes of functions."""
    return parted(values).select(pl.when(~pl.lit(roles(values))).then(made)).to_series()


def _of_names(made: pl.Expr, plain: KeyPart, values: pl.Series) -> pl.Series:
    """The same for mailbox names in ASCII; the few others go through the plain key."""
    found = _of_persons(made, values)
    odd = values.str.len_bytes() != values.str.len_chars()
    if not odd.any():
        return found
    told = [next(iter(plain(value)), None) for value in values.filter(odd).to_list()]
    return completed(found, ~odd, pl.Series(told, dtype=pl.String))


def _kept(drop: str, shortest: int) -> pl.Expr:
    """The mailbox name without what `drop` matches, if enough of it remains."""
    left = pl.col("name").str.replace_all(drop, "")
    return pl.when(left.str.len_bytes() >= shortest).then(left)


_FAST: Mapping[str, pl.Expr] = {
    "local": _kept("[^A-Za-z0-9]+", SHORTEST_NAME_PART),
    "letters": _kept("[^A-Za-z]+", SHORTEST_LETTERS),
    "digits": pl.col("name").str.extract("([A-Za-z])") + _kept("[^0-9]+", FEWEST_DIGITS),
    "start": _kept("[^A-Za-z0-9]+", START + 2).str.slice(0, START),
}
FAST_KEYS: Mapping[str, FastKey] = {
    "same": partial(_of_persons, pl.col("address")),
    "mailbox": partial(_of_persons, pl.concat_str(MAILBOX, separator="@")),
    **{key: partial(_of_names, made, KEYS[key]) for key, made in _FAST.items()},
}
