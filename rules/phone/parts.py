"""The parts of a normalised phone number: its digits, its extension, and the marks for what is unsure of it."""

import polars as pl

EXTENSION = ";ext="
POSSIBLE, LOOSE = "?", "~"
"""In front of a number of a possible length, and of one whose country is unknown."""

TAIL = 8
"""Digits at the end that stand for a number when the country is unknown on one side."""


def digits(value: str) -> str:
    """The digits of a normalised value, with the country code if it is known, without the extension, "…" if hidden.

    >>> digits("?+447700900123;ext=5"), digits("~2079460018")
    ('447700900123', '2079460018')
    """
    return value.partition(EXTENSION)[0].lstrip(POSSIBLE + LOOSE + "+")


def extension(value: str) -> str:
    """The extension of a normalised value, or nothing.

    >>> extension("?+447700900123;ext=5"), extension("~2079460018")
    ('5', '')
    """
    return value.partition(EXTENSION)[2]


def digits_of(value: pl.Expr) -> pl.Expr:
    """`digits` of many values."""
    return value.str.splitn(EXTENSION, 2).struct.field("field_0").str.strip_chars_start(POSSIBLE + LOOSE + "+")


def extension_of(value: pl.Expr) -> pl.Expr:
    """`extension` of many values, null for none."""
    return value.str.splitn(EXTENSION, 2).struct.field("field_1")
