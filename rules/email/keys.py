"""Keys by which e-mail addresses meet: plain for one value, vectorised for a column."""

import re
from collections.abc import Mapping
from functools import partial

import polars as pl

from rules.email.parts import MAILBOX, SHORTEST_NAME_PART, address, is_role, mailbox, mailbox_name, parted, roles
from rules.field import FastKey, KeyPart
from rules.values.hidden import in_full
from rules.values.pairs import completed
from rules.values.text import only

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


def take_apart(values: pl.Series) -> pl.DataFrame:
    """`value`, the columns of `parted` and the `letters` of the name; null but for persons' mailboxes in full."""
    known = only(in_full(values), ~roles(values))
    parts = parted(known).with_columns(value=known)
    return parts.with_columns(letters=_without("[^A-Za-z]+", parts))


def _without(drop: str, parts: pl.DataFrame) -> pl.Series:
    """The mailbox names without what `drop` matches."""
    return parts["name"].str.replace_all(drop, "")


def _kept(left: pl.Series, shortest: int) -> pl.Series:
    """What is left of each mailbox name, if it is enough."""
    return only(left, left.str.len_bytes() >= shortest)


def _digits(parts: pl.DataFrame) -> pl.Series:
    first = _kept(parts["letters"].str.slice(0, 1), 1)
    return first + _kept(_without("[^0-9]+", parts), FEWEST_DIGITS)


def _mailboxes(parts: pl.DataFrame) -> pl.Series:
    return parts.select(pl.concat_str(MAILBOX, separator="@")).to_series()


def _of_names(made: FastKey, plain: KeyPart, parts: pl.DataFrame) -> pl.Series:
    """What is made of mailbox names in ASCII; the few others go through the plain key."""
    found, values = made(parts), parts["value"]
    odd = (values.str.len_bytes() != values.str.len_chars()).fill_null(value=False)
    if not odd.any():
        return found
    told = [next(iter(plain(value)), None) for value in values.filter(odd).to_list()]
    return completed(found, ~odd, pl.Series(told, dtype=pl.String))


_FAST: Mapping[str, FastKey] = {
    "local": lambda parts: _kept(_without("[^A-Za-z0-9]+", parts), SHORTEST_NAME_PART),
    "letters": lambda parts: _kept(parts["letters"], SHORTEST_LETTERS),
    "digits": _digits,
    "start": lambda parts: _kept(_without("[^A-Za-z0-9]+", parts), START + 2).str.slice(0, START),
}
FAST_KEYS: Mapping[str, FastKey] = {
    "same": lambda parts: parts["address"],
    "mailbox": _mailboxes,
    **{key: partial(_of_names, made, KEYS[key]) for key, made in _FAST.items()},
}
