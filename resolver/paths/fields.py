"""Fields: the golden values that a person may choose."""

from difflib import get_close_matches

import polars as pl

from resolver.contact import CONTACT_COLUMNS
from resolver.errors import UsageError
from resolver.frames import OPEN_PREFIXES
from resolver.steps.offer import ADDRESS, NAME, PLAIN, WORK

PARTS = {"organisations": WORK, "addresses": ADDRESS}
"""Columns of a contact whose parts are golden values, and what these are called there."""
GOLDEN_FIELDS = (
    *(*NAME, "email", "phone", "birth_date", *PLAIN),
    *(
        names.get(part.name, part.name)
        for column, names in PARTS.items()
        for part in CONTACT_COLUMNS[column].inner.fields  # type: ignore[attr-defined]
        if part.dtype == pl.String
    ),
)
"""The golden values that are texts, besides `custom.*` and `category.*`."""


def golden_field(word: str) -> str:
    """The golden field of that name; UsageError where there is none whose value is a text."""
    if is_golden(word):
        return word
    like = get_close_matches(word, GOLDEN_FIELDS, 1)
    hint = f"did you mean {like[0]}?" if like else f"there are {', '.join(GOLDEN_FIELDS)}"
    raise UsageError(f"there is no golden value {word!r}; {hint}")


def is_golden(word: str) -> bool:
    """Whether a golden value of that name is a text, which a person may choose."""
    return word in GOLDEN_FIELDS or word.startswith(OPEN_PREFIXES)
