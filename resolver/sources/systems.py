"""The adapters of all known systems, and which of them an export belongs to."""

from collections.abc import Sequence
from typing import Any

from resolver.sources import atlassian, cpod, customeros, teamwork_desk, voipbin
from resolver.sources.adapter import Adapter
from resolver.sources.teamwork_desk_csv import is_companies, is_tickets
from resolver.sources.vcard import VCARD

ADAPTERS: tuple[Adapter, ...] = (
    atlassian.ADAPTER,
    voipbin.ADAPTER,
    teamwork_desk.ADAPTER,
    customeros.ADAPTER,
    cpod.ADAPTER,
    VCARD,
)
"""Shapes do not overlap, so their order decides nothing."""


def recognise(shape: Any) -> Adapter | None:
    """The adapter of a parsed document or of a CSV header; None when it is no known system's."""
    return next((adapter for adapter in ADAPTERS if adapter.recognises(shape)), None)


def companion(header: Sequence[str]) -> tuple[str, str] | None:
    """(kind, role) of a CSV file that only adds to another system's records, by its header; None for any other."""
    for role, fits in {"companies": is_companies, "tickets": is_tickets}.items():
        if fits(header):
            return teamwork_desk.ADAPTER.kind, role
    return None
