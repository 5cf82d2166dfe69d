"""Conditions: ETag, If-Match and If-None-Match (RFC 9110, 13.1), and what they say of a record's version."""

import re
from typing import Annotated, Literal

from fastapi import Depends, Header

from resolver.errors import UsageError
from resolver.paths.keeping import Condition

_TAG = r'(?:W/)?"[^"]*"'
_TAGS = rf"^(?:\*|{_TAG}(?:\s*,\s*{_TAG})*)$"

IfMatch = Annotated[
    str | None,
    Header(
        max_length=1000,
        pattern=_TAGS,
        description="Only if the record has this version, the ETag it was read with; `*`: only if it is there.",
        examples=['"9b1d2f400f3a5c7e"'],
    ),
]
IfNoneMatch = Annotated[Literal["*"] | None, Header(description="`*`: only if the record is not there yet.")]


def etag(version: str) -> str:
    """The header ETag of a version."""
    return f'"{version}"'


def condition(if_match: str | None, if_none_match: str | None) -> Condition:
    """What the two headers ask for. A weak tag is no version: writing over needs certainty.

    >>> condition('"9b1d", W/"2f40"', None).versions
    ('9b1d', 'W/2f40')
    """
    absent = if_none_match is not None
    if if_match is None or if_match.strip() == "*":
        return Condition(any_version=if_match is not None, absent=absent)
    tags = tuple(tag.replace('"', "") for tag in re.findall(_TAG, if_match))
    if not tags:
        raise UsageError("If-Match names versions in quotation marks, as they stand in ETag")
    return Condition(tags, absent=absent)


def _for_putting(if_match: IfMatch = None, if_none_match: IfNoneMatch = None) -> Condition:
    return condition(if_match, if_none_match)


def _for_deleting(if_match: IfMatch = None) -> Condition:
    return condition(if_match, None)


Putting = Annotated[Condition, Depends(_for_putting)]
Deleting = Annotated[Condition, Depends(_for_deleting)]
