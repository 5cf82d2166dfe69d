"""What a system is to a pull: where it listens, how it is asked, and what its answers say."""

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from resolver.errors import ResolverError, UsageError

_SHOWN = 200  # characters of a system's own words

Cursor = str | int | None
"""Where a page begins; None is the beginning of a list that counts no pages."""


class PullError(ResolverError):
    """A pull that cannot go on: why, the HTTP status if there was one, and the system's own words."""

    def __init__(self, reason: str, status: int | None = None, words: str = "") -> None:
        self.status, self.words = status, words
        super().__init__(reason)


@dataclass(frozen=True)
class Plan:
    """What one pull asks for. since: where the system can filter by it. lean: without fields newer servers lack."""

    base: str
    page_size: int
    since: datetime | None = None
    lean: bool = False


@dataclass(frozen=True)
class Ask:
    """One request; its body is never shown."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"


@dataclass(frozen=True)
class Credentials:
    """What a request carries to be let in, and the texts nobody may ever read. exchange: the ask for a bearer token."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    exchange: Ask | None = None


@dataclass(frozen=True)
class Place:
    """Where in the list a page was asked for. seen: the records that came before it in this round."""

    cursor: Cursor
    page_size: int
    seen: AbstractSet[str]


@dataclass(frozen=True)
class Page:
    """What an answer says beside its rows.

    next: where the next page begins, None after the last. total: how many records the system says there are.
    doubt: why the list may miss records although the system answered well.
    errors: what the system reported beside partial data; the page is worth asking for again.
    """

    next: Cursor = None
    total: int | None = None
    doubt: str = ""
    errors: str = ""


def no_simpler(_plan: Plan, _words: str) -> Plan | None:
    """Most systems can only be asked in one way."""
    return None


@dataclass(frozen=True)
class System:
    """One source system.

    address: its base URL, perhaps with {site}. sizes: least, usual and most records a page. variables: the environment
    variables of its credentials, for messages. incremental: whether `since` filters. counted: whether answers say how
    many records there are. rows: the list of records inside an answer, the object itself.
    simpler: another plan when the system's words say that it does not understand this one.
    """

    kind: str
    title: str
    address: str
    sizes: tuple[int, int, int]
    variables: str
    incremental: bool
    counted: bool
    first: Cursor
    credentials: Callable[[Mapping[str, str]], Credentials]
    ask: Callable[[Cursor, Plan], Ask]
    rows: Callable[[Any], list[Any]]
    read: Callable[[Any, Place], Page]
    simpler: Callable[[Plan, str], Plan | None] = no_simpler


def secret(environ: Mapping[str, str], name: str) -> str | None:
    """A key from the environment, or None. Raises UsageError, without the key, when it cannot be one."""
    value = environ.get(name, "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise UsageError(f"{name} holds a character that no key has; was it copied whole?")
    return value


def missing(title: str, variables: str) -> UsageError:
    """The error of a pull without credentials."""
    return UsageError(f"{title} wants credentials: set {variables} in the environment")


def bearer(token: str) -> Credentials:
    """Credentials that are one token."""
    return Credentials(headers={"Authorization": f"Bearer {token}"}, secrets=(token,))


def listed(holder: Any, name: str) -> list[Any]:
    """The list of that name. Raises PullError when the answer has another shape than the system documents."""
    value = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(value, list):
        raise PullError(f"the answer has an unknown shape, without a list {name!r}")
    return value


def clipped(text: str) -> str:
    """A system's own words as one short line."""
    line = " ".join(text.split())
    return "".join(letter for letter in line if letter.isprintable())[:_SHOWN]


def part(holder: Any, name: str) -> Any:
    """A member of an object, {} for anything else."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return {} if value is None else value


def number(value: Any) -> int | None:
    """A count as systems write it: a number, or its digits as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 19 else None


def identity(row: Any) -> str:
    """What a record is known by within one pull: its id, else all that it says."""
    known = part(row, "id") or part(part(row, "metadata"), "id")
    return str(known) if isinstance(known, str | int) and known else json.dumps(row, sort_keys=True)


def fresh(rows: list[Any], place: Place) -> bool:
    """Whether a page brought anything that was not seen before; else the list leads nowhere."""
    return any(identity(row) not in place.seen for row in rows)


def zulu(moment: datetime) -> str:
    """A time in UTC to the second, rounded down: asking for a little more never misses a change."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
