"""Values of which there are few: gender, a kind of business, a segment."""

import numpy as np

from rules.field import Field, Levels, Strings
from rules.lists import aliases, words
from rules.text import fold

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


def compare(left: Strings, right: Strings) -> Levels:
    """Categories agree when they are the same word."""
    pairs = zip(left, right, strict=True)
    return np.fromiter((1 if a == b else 2 for a, b in pairs), dtype=np.uint8, count=len(left))


CATEGORY = Field(
    "category",
    levels=LEVELS,
    normalise=normalise,
    compare=compare,
    keys={"same": lambda value: (value,)},
)
