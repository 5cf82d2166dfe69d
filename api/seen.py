"""Seen: which state of entities a caller saw before they act on them, and before they look again."""

import re
from typing import Annotated

from fastapi import Depends, Header

_TAG = r'(?:W/)?"[^"]*"'
TAGS = rf"^(?:\*|{_TAG}(?:\s*,\s*{_TAG})*)$"
"""A list of entity tags (RFC 9110, 13.1)."""
LONGEST = 8000
"""Characters of such a list."""


def versions_in(tags: str) -> frozenset[str]:
    """The versions that a list of tags names; a weak one counts as well, as a version names the state to the letter.

    >>> sorted(versions_in('"9b1d", W/"2f40"')), versions_in("*")
    (['2f40', '9b1d'], frozenset())
    """
    return frozenset(tag.removeprefix("W/").strip('"') for tag in re.findall(_TAG, tags))


def _seen(
    if_match: Annotated[
        str | None,
        Header(
            max_length=LONGEST,
            pattern=TAGS,
            description="Only if each entity still has one of these versions, the ETags they were read with.",
            examples=['"3b0e6f4c1d2a49788c5e7f60"'],
        ),
    ] = None,
) -> frozenset[str] | None:
    return versions_in(if_match or "") or None


Seen = Annotated[frozenset[str] | None, Depends(_seen)]
"""The versions that If-Match names; None where it names none, so that any state will do."""
IfNoneMatch = Annotated[
    str | None,
    Header(
        max_length=LONGEST,
        pattern=TAGS,
        description="The ETag that you have: 304 if it is still that.",
        examples=['"3b0e6f4c1d2a49788c5e7f60"'],
    ),
]


def is_known(version: str, if_none_match: str | None) -> bool:
    """Whether a caller has this version already.

    >>> is_known("9b1d", 'W/"9b1d", "2f40"'), is_known("9b1d", None), is_known("9b1d", "*")
    (True, False, True)
    """
    return if_none_match == "*" or version in versions_in(if_none_match or "")
