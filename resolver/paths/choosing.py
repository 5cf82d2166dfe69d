"""Choosing: what the records of an entity say in a golden field, for somebody to choose from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from resolver.contact import CONTACT_COLUMNS
from resolver.paths.fields import PARTS
from resolver.paths.showing import Content
from resolver.paths.viewing import View
from rules.registry import FIELDS

POINTS = {"email": "emails", "phone": "phones"}
"""Golden values that are the raw text of an item of a list."""
WHERE = {
    names.get(part.name, part.name): (column, part.name)
    for column, names in PARTS.items()
    for part in CONTACT_COLUMNS[column].inner.fields  # type: ignore[attr-defined]
}
"""Golden values that are a part of an item of a list: the list, and the part."""


@dataclass(frozen=True)
class Choice:
    """A value, and the records, as `source:id`, that say so."""

    value: str
    records: tuple[str, ...]


def choices(view: View, field: str) -> tuple[Choice, ...]:
    """The different values that the records of an entity say in a golden field, the one that most say first."""
    found: dict[str, tuple[str, list[str]]] = {}
    for member in view.members:
        content = member.content or {}
        for value in dict.fromkeys(said(content, field)):
            found.setdefault(alike(field, value, content), (value, []))[1].append(member.key)
    each = sorted(found.values(), key=lambda one: (-len(one[1]), one[0]))
    return tuple(Choice(value, tuple(dict.fromkeys(records))) for value, records in each)


def others(view: View, field: str) -> tuple[Choice, ...]:
    """Those of them that say something else than the golden value."""
    golden = view.golden.get(field)
    if not isinstance(golden, str):
        return ()
    now = alike(field, golden, {})
    of = {member.key: member.content or {} for member in view.members}
    return tuple(one for one in choices(view, field) if alike(field, one.value, of[one.records[0]]) != now)


def alike(field: str, value: str, content: Content) -> str:
    """What two ways of writing one value have in common. content: the record that says it."""
    if field == "phone":
        value = FIELDS["phone"].normalise(value, content.get("default_region")) or value
    return " ".join(value.split()).casefold()


def said(content: Content, field: str) -> list[str]:
    """What a record says in a golden field.

    >>> said({"emails": [{"raw": "a@x.com"}], "given_name": "Ann"}, "email")
    ['a@x.com']
    >>> said({"organisations": [{"name": "Acme", "title": None}]}, "company"), said({}, "full_name")
    (['Acme'], [])
    """
    return [str(value).strip() for value in _values(content, field) if value not in (None, "")]


def _values(content: Content, field: str) -> Iterator[Any]:
    if field in POINTS:
        yield from (item.get("raw") for item in content.get(POINTS[field]) or [])
    elif field in WHERE:
        column, part = WHERE[field]
        yield from (item.get(part) for item in content.get(column) or [])
    elif field == "full_name" and not content.get("full_name"):
        parts = [content.get(name) for name in ("given_name", "middle_name", "family_name")]
        yield " ".join(str(part) for part in parts if part)
    else:
        value = content.get(field)
        yield value if isinstance(value, str) else None
