"""What a person agreed to and what not, from all of the person's live records in all systems."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from resolver.contact import Consent, Contact
from resolver.steps.gather import STATES


@dataclass(frozen=True)
class Said:
    """The strictest word on one channel, who said it, and whether somebody else said the opposite."""

    channel: str
    state: str
    record_key: str
    evidence: str
    granted_by: str | None


def strictest(entity: Sequence[Contact]) -> dict[str, Said]:
    """For each channel the most restrictive state: a denial outlives everything, also a later grant."""
    told = [(one, contact.record_key) for contact in entity for one in contact.consent]
    found: dict[str, Said] = {}
    for channel in sorted({one.channel for one, _ in told}):
        here = [(one, key) for one, key in told if one.channel == channel]
        one, key = min(here, key=lambda pair: (*_rank(pair[0]), pair[1]))
        granted = min((key for other, key in here if other.state == "granted"), default=None)
        conflict = granted if one.state == "denied" else None
        found[channel] = Said(channel, one.state, key, one.evidence or one.basis or "", conflict)
    return found


def _rank(consent: Consent) -> tuple[int, bool, float]:
    at = consent.at.timestamp() if consent.at else 0.0
    return -STATES.index(consent.state), consent.at is None, at


def unstorable(said: Iterable[Said], title: str) -> list[str]:
    """A warning for each denial that the system has no field for."""
    return [
        f"no {one.channel}: {one.record_key} says so ({one.evidence}); "
        f"{title} has no field for it, so it cannot be stored here"
        for one in said
        if one.state == "denied"
    ]


def conflicts(said: Iterable[Said]) -> list[str]:
    """A warning for each channel that one record denies and another grants."""
    return [
        f"{one.channel}: {one.record_key} denies what {one.granted_by} grants; it stays denied until a person asks"
        for one in said
        if one.granted_by
    ]
