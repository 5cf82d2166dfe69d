"""What an adapter for one source system is: how it knows its export, and how it reads it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ConfigDict

from resolver.contact import Contact


@dataclass(frozen=True)
class Setting:
    """What a system's export does not say of itself.

    instance: which install of the system (a site, a cloud id), part of the source's name when given.
    tenant: for systems whose records name none. regions: organisation or account name (lower case) -> alpha-2.
    region: for phone numbers without a country when nothing nearer is known. date_order: of locale dates.
    systems: prefix of an external id -> the system it belongs to ("sf_" -> "salesforce").
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    instance: str | None = None
    tenant: str | None = None
    region: str | None = None
    regions: dict[str, str] = field(default_factory=dict)
    date_order: Literal["dmy", "mdy", "ymd"] = "mdy"
    systems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """A record that could not be used: where it stood (line, or number in the list), why, and what it said."""

    place: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Export:
    """What one file of a system held.

    complete: False when the pull broke or reported errors; then what is absent was not necessarily deleted.
    """

    contacts: list[Contact]
    complete: bool = True
    refused: list[Refused] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Adapter:
    """One source system.

    kind: its name, also the source of its records ("voipbin", or "voipbin-<instance>").
    recognises: whether a parsed JSON document, or a CSV header as a list of names, has this system's shape.
    read: the same document, or CSV rows as dicts in order, to an Export.
    """

    kind: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any, Setting], Export]

    def source(self, setting: Setting) -> str:
        """The source name of the records of one install."""
        return f"{self.kind}-{setting.instance}" if setting.instance else self.kind
