"""E-mails and phones as a system lists them: each address once, one primary, counts, and a word about what was odd."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from resolver.contact import Email, Phone

Point = TypeVar("Point", Email, Phone)

_BOUNCED = ("undeliverable", "bounced")


class Oddities:
    """What is told about records, one sentence a kind: how often, and where first."""

    def __init__(self) -> None:
        self._records: dict[str, dict[str, None]] = {}

    def note(self, kind: str, record_id: str) -> None:
        """A record counts once a kind."""
        self._records.setdefault(kind, {})[record_id] = None

    def warnings(self) -> list[str]:
        """The sentences, in the order in which the kinds were met."""
        return [f"{kind}: {len(ids)} (first: {next(iter(ids))})" for kind, ids in self._records.items()]


def address_of(raw: str) -> str:
    """What makes two spellings of an e-mail one address in a list.

    >>> address_of(" Ann@X.example ")
    'ann@x.example'
    """
    return raw.strip().casefold()


def whole_number(text: str | None) -> int | None:
    """The count that a text is, if it can be held in 64 bits.

    >>> whole_number("37"), whole_number("many")
    (37, None)
    """
    text = (text or "").strip()
    return int(text) if text.isdecimal() and len(text) < 19 else None


def each_once(emails: Iterable[Email]) -> list[Email]:
    """Every address where it first stood, as it was first spelled; primary if it is anywhere, bounced if it is."""
    found: dict[str, Email] = {}
    for email in emails:
        address = address_of(email.raw)
        found[address] = _together(found[address], email) if address in found else email
    return list(found.values())


def _together(held: Email, again: Email) -> Email:
    new = {name: value for name, value in again if getattr(held, name) is None}
    if held.primary or again.primary:
        new["primary"] = True
    if again.status in _BOUNCED and held.status not in _BOUNCED:
        new |= {"status": again.status, "status_reason": again.status_reason, "status_at": again.status_at}
    return held.model_copy(update=new)


def with_one_primary(points: Sequence[Point], what: str, record_id: str, oddities: Oddities) -> list[Point]:
    """The points with one primary: of those marked, or of all when none is, the first that does not bounce.

    A choice that had to be made is told.
    """
    marked = [point for point in points if point.primary]
    if not points or len(marked) == 1:
        return list(points)
    if len(points) > 1:
        oddities.note(f"records with {'several primary' if marked else 'no primary'} {what}, one was chosen", record_id)
    candidates = marked or points
    chosen = next((point for point in candidates if _sound(point)), candidates[0])
    return [point.model_copy(update={"primary": point is chosen}) for point in points]


def _sound(point: Email | Phone) -> bool:
    return point.kind != "fax" if isinstance(point, Phone) else point.status not in _BOUNCED
