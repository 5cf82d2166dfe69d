"""Showing: what a record says in the fields that are compared, as it stands there, for people to read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from resolver.model.layout import CATEGORY, kind
from resolver.model.model import Evidence
from rules.registry import FIELDS

Content = Mapping[str, Any]
"""A canonical contact as plain data; what it does not say may be missing or null."""

BESIDE = 0.005
"""Bits below which evidence speaks neither for nor against."""
_GROUPS = {"given": "NAME", "middle": "NAME", "family": "NAME", "street": "ADDRESS", "place": "ADDRESS"}


def shown(content: Content, field: str) -> str | None:
    """What a contact says in a compared field; None where it says nothing.

    >>> shown({"emails": [{"raw": "ann@x.com"}, {"raw": "a@y.com"}]}, "email")
    'ann@x.com; a@y.com'
    >>> shown({"full_name": "Ann Lee"}, "family"), shown({}, "phone")
    ('Ann Lee', None)
    """
    if field.startswith(CATEGORY):
        said = [content.get(field) or content.get(field.removeprefix(CATEGORY))]
    else:
        said = list(_SAID[field](content)) if field in _SAID else []
    texts = dict.fromkeys(str(text).strip() for text in said if text)
    return "; ".join(text for text in texts if text) or None


def match_key(evidence: Iterable[Evidence]) -> str:
    """The fields that speak for and against two records being one person, the strongest first: "+EMAIL+NAME-SUFFIX"."""
    weights: dict[str, float] = {}
    for line in evidence:
        if is_field(line.field):
            name = _GROUPS.get(line.field, line.field.removeprefix(CATEGORY).upper())
            weights[name] = weights.get(name, 0.0) + float(line.weight)
    told = sorted(weights, key=lambda name: (-abs(weights[name]), name))
    agreeing = [f"+{name}" for name in told if weights[name] >= BESIDE]
    return "".join([*agreeing, *(f"-{name}" for name in told if weights[name] <= -BESIDE)])


def is_field(name: str) -> bool:
    """Whether a line of evidence is about a field, rather than about how common such pairs are."""
    return kind(name) in FIELDS


def _parts(column: str, *names: str) -> Callable[[Content], list[Any]]:
    """What stands in some parts of each item of a list, one text an item."""

    def said(content: Content) -> list[Any]:
        items: Sequence[Mapping[str, Any]] = content.get(column) or []
        return [" ".join(str(item[name]) for name in names if item.get(name)) for item in items]

    return said


def _name(*names: str) -> Callable[[Content], list[Any]]:
    """A part of the name, or all of it where it stands in one piece."""

    def said(content: Content) -> list[Any]:
        in_parts = content.get("given_name") or content.get("family_name")
        return [content.get(name) for name in names] if in_parts else [content.get("full_name")]

    return said


def _one_line(*names: str) -> Callable[[Content], list[Any]]:
    """Some parts of each address, or all of it where it stands in one line."""
    in_parts, whole = _parts("addresses", *names), _parts("addresses", "raw")

    def said(content: Content) -> list[Any]:
        return [parts or raw for parts, raw in zip(in_parts(content), whole(content), strict=True)]

    return said


_SAID: dict[str, Callable[[Content], list[Any]]] = {
    "given": _name("given_name"),
    "middle": lambda content: [content.get("middle_name")],
    "family": _name("family_name"),
    "suffix": lambda content: [content.get("name_suffix")],
    "email": _parts("emails", "raw"),
    "phone": _parts("phones", "raw"),
    "company": _parts("organisations", "name"),
    "street": _one_line("house_number", "street", "unit"),
    "place": _one_line("postal_code", "city", "region", "country"),
    "birth_date": lambda content: [content.get("birth_date")],
    "identifier": _parts("external_ids", "system", "raw"),
    "social": _parts("socials", "raw"),
}
