"""Values of which there are few: gender, a kind of business, a segment."""

import numpy as np
import polars as pl

from rules.field import Field, Judge, Levels, Places
from rules.lists import aliases, words
from rules.values.text import fold

LEVELS = ("same", "different")

_PLACEHOLDERS = words("placeholder_identifiers") | {"other", "prefer not to say", "not disclosed", "u"}
_GENDERS = aliases("genders")


def normalise(raw: str | None) -> str | None:
    """Folded words; None for a placeholder.

    >>> normalise("Café / Bar"), normalise("n/a")
    ('cafe bar', None)
    """
    folded = fold(raw)
    return None if folded in _PLACEHOLDERS else folded


def gender(raw: str | None) -> str | None:
    """ "m", "f" or "x" for the ways a gender or a form of address is written, else None.

    >>> gender("Female"), gender("Herr"), gender("unknown")
    ('f', 'm', None)
    """
    return _GENDERS.get(fold(raw) or "")


def judge(_: pl.Series) -> Judge:
    """Categories agree when they are the same word."""
    return _levels


def _levels(a: Places, b: Places) -> Levels:
    return np.where(a == b, np.uint8(1), np.uint8(2))


CATEGORY = Field(
    "category",
    levels=LEVELS,
    normalise=normalise,
    judge=judge,
    keys={"same": lambda value: (value,)},
)
