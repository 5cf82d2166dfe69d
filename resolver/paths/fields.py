"""Fields: the golden values that a person may choose."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import polars as pl

from resolver.contact import CONTACT_COLUMNS, FORMER
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
    if word in GOLDEN_FIELDS or word.startswith(OPEN_PREFIXES):
        return word
    like = get_close_matches(word, GOLDEN_FIELDS, 1)
    hint = f"did you mean {like[0]}?" if like else f"there are {', '.join(GOLDEN_FIELDS)}"
    raise UsageError(f"there is no golden value {word!r}; {hint}")


def offered(content: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The golden values that a contact could give besides e-mails and phones, which are cleaned first, by field.

    >>> offered({"given_name": "Ann", "organisations": [{"name": "Acme", "title": None}]})
    {'given_name': ('Ann',), 'company': ('Acme',)}
    """
    names = [*NAME, "birth_date", *PLAIN, *(name for name in content if name.startswith(OPEN_PREFIXES))]
    told: dict[str, dict[str, None]] = {name: {content[name]: None} for name in names if content.get(name)}
    for column, called in PARTS.items():
        for item in content.get(column) or []:
            if not item.get("end") and item.get("type") != FORMER:
                for part, value in item.items():
                    field = called.get(part, part)
                    if value and field in GOLDEN_FIELDS:
                        told.setdefault(field, {})[value] = None
    return {name: tuple(values) for name, values in told.items()}
