"""Values of a JSON record that an adapter reads: as text, time or flag, and whatever was not taken, kept as JSON."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from anyascii import anyascii

from resolver.contact import Contact, Part
from resolver.sources.adapter import Export, Refused, Setting

_Value = TypeVar("_Value")
_Part = TypeVar("_Part", bound=Part)
Spellings = Callable[[str], tuple[str, ...]]
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def text_or_none(value: Any) -> str | None:
    """A text as it stands, a number in its exact digits; None for blanks and for anything else.

    >>> text_or_none(" Ann "), text_or_none(123456789012345678), text_or_none(True), text_or_none(" ")
    (' Ann ', '123456789012345678', None, None)
    """
    if value is None or isinstance(value, bool | dict | list):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        # whole numbers up to here are exact as floats
        value = int(value) if value.is_integer() and abs(value) < 2**53 else value
    # half a surrogate pair cannot be stored as UTF-8
    text = str(value).encode("utf-8", "replace").decode()
    return text if text.strip() else None


def time_or_none(value: str | None) -> datetime | None:
    """ISO 8601 in UTC; without a zone it is UTC. None for blanks and for years that mean "never".

    Raises ValueError for a text that is no time.

    >>> time_or_none("2026-03-02 10:15:00.123456").isoformat(), time_or_none("9999-01-01 00:00:00.000000")
    ('2026-03-02T10:15:00.123456+00:00', None)
    """
    if value is None or value.strip().startswith("0000-"):
        return None
    if not _DATE.match(value.strip()):
        raise ValueError(f"{value!r} does not begin with a date")
    moment = datetime.fromisoformat(value.strip())
    if moment.year in (1, 9999):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def flag_or_none(value: Any) -> bool | None:
    """true and false, also as words; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def json_text(value: Any) -> str:
    """Compact JSON with sorted keys; the same value gives the same text."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return text.encode("utf-8", "replace").decode()


def one_spelling(name: str) -> tuple[str, ...]:
    """Fields are spelled in one way."""
    return (name,)


@lru_cache(maxsize=1000)
def snake_and_camel(name: str) -> tuple[str, ...]:
    """Fields are spelled "opted_in_at" or "optedInAt".

    >>> snake_and_camel("opted_in_at")
    ('opted_in_at', 'optedInAt')
    """
    first, *others = name.split("_")
    return (name, first + "".join(word.capitalize() for word in others)) if others else (name,)


class Fields:
    """The fields of one JSON object. What is not taken, or is not what it was taken for, is left over."""

    def __init__(self, record: Mapping[str, Any], spellings: Spellings = one_spelling) -> None:
        self._rest = dict(record)
        self._spellings = spellings
        self._inner: dict[str, Fields | list[Fields]] = {}

    def has(self, name: str) -> bool:
        """Whether something stands there that was not taken."""
        return not _empty(self._rest.get(self._key(name)))

    def text(self, name: str) -> str | None:
        """A text or a number; blank is None."""
        return self._as(name, text_or_none)

    def time(self, name: str) -> datetime | None:
        """A time in UTC; a sentinel is None. What cannot be read as a time is left over."""
        key = self._key(name)
        value = text_or_none(self._rest.get(key))
        try:
            moment = time_or_none(value)
        except (ValueError, OverflowError):
            return None
        if value is not None:
            del self._rest[key]
        return moment

    def flag(self, name: str) -> bool | None:
        """True, false or not known."""
        return self._as(name, flag_or_none)

    def take(self, name: str) -> Any:
        """The value, whatever it is."""
        return self._rest.pop(self._key(name), None)

    def drop(self, *names: str) -> None:
        """Takes what is understood and says nothing about the contact."""
        for name in names:
            self.take(name)

    def put_back(self, name: str, value: Any) -> None:
        """Leaves a value over that nothing could hold."""
        self._rest[name] = value

    def part(self, name: str) -> "Fields":
        """The fields of an object inside; none when there is no object."""
        key = self._key(name)
        fields = Fields(self._rest.pop(key) if isinstance(self._rest.get(key), dict) else {}, self._spellings)
        self._inner[key] = fields
        return fields

    def parts(self, name: str) -> list["Fields"]:
        """The fields of each object in a list. Nulls say nothing; what is no object is left over."""
        key = self._key(name)
        values = self._rest.get(key)
        if not isinstance(values, list):
            return []
        self._rest[key] = [value for value in values if value is not None and not isinstance(value, dict)]
        fields = [Fields(value, self._spellings) for value in values if isinstance(value, dict)]
        self._inner[key] = fields
        return fields

    def texts(self, name: str) -> list[str]:
        """The texts and numbers in a list; what is neither is left over."""
        key = self._key(name)
        values = self._rest.get(key)
        if not isinstance(values, list):
            return []
        self._rest[key] = [value for value in values if isinstance(value, bool | dict | list)]
        return [text for text in map(text_or_none, values) if text is not None]

    def left(self) -> dict[str, Any]:
        """What was not taken, without what is empty."""
        rest = {name: value for name, value in self._rest.items() if not _empty(value)}
        for name, inner in self._inner.items():
            if isinstance(inner, Fields):
                found: Any = inner.left()
            else:
                # an object that was taken whole still holds the place of the others
                lefts = [fields.left() for fields in inner]
                found = [*(lefts if any(lefts) else []), *rest.get(name, [])]
            if found:
                rest[name] = found
        return rest

    def left_text(self) -> str | None:
        """What was not taken, as JSON; None when all was."""
        left = self.left()
        return json_text(left) if left else None

    def _as(self, name: str, convert: Callable[[Any], _Value | None]) -> _Value | None:
        key = self._key(name)
        value = convert(self._rest.get(key))
        if value is not None:
            del self._rest[key]
        return value

    def _key(self, name: str) -> str:
        """The spelling that has a value, otherwise the first one."""
        spellings = self._spellings(name)
        if len(spellings) == 1:
            return name
        return next((key for key in spellings if not _empty(self._rest.get(key))), spellings[0])


def _empty(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def export(
    records: Iterable[Any], build: Callable[[str, Mapping[str, Any]], Contact], complete: bool, warnings: list[str]
) -> Export:
    """Contacts of records in order; build gets the id and the record. Only the newest state of an id is kept.

    A refused record may be one that is known: it must not count as absent, so the export is not complete.
    """
    contacts, refused = [], []
    for place, record in enumerate(records, 1):
        record_id = text_or_none(record.get("id")) if isinstance(record, dict) else None
        if record_id is None:
            reason = "the record has no id" if isinstance(record, dict) else "the record is not a JSON object"
            refused.append(Refused(place, reason, json_text(record)))
        else:
            contacts.append(build(record_id.strip(), record))
    kept = newest(contacts)
    older = len(contacts) - len(kept)
    if older:
        warnings = [*warnings, f"records that repeat an id: {older}; the newest of each is kept"]
    return Export(kept, complete and not refused, refused, warnings)


def newest(contacts: list[Contact]) -> list[Contact]:
    """One contact an id, where the id first stood: the last changed one; of equals a deleted one, then the last."""
    found: dict[tuple[str | None, str], Contact] = {}
    for contact in contacts:
        key = (contact.tenant, contact.record_id)
        if key not in found or _state(contact) >= _state(found[key]):
            found[key] = contact
    return list(found.values())


def _state(contact: Contact) -> tuple[datetime, bool]:
    times = (contact.created_at, contact.updated_at, contact.deleted_at)
    return max((time for time in times if time is not None), default=_EARLIEST), bool(contact.deleted)


def region_of(organisation: str | None, setting: Setting) -> str | None:
    """The region of phone numbers without a country: of the organisation, also by how its name begins; else of all.

    >>> region_of("Brightwater Logistics Ltd.", Setting(region="US", regions={"brightwater": "GB"}))
    'GB'
    """
    name = _plain(organisation or "")
    fitting = [
        (len(start), region)
        for start, region in ((_plain(known), region) for known, region in setting.regions.items())
        if start and name.startswith(start) and not name[len(start) : len(start) + 1].isalnum()
    ]
    return max(fitting)[1] if fitting else setting.region


@lru_cache(maxsize=10_000)
def _plain(name: str) -> str:
    return anyascii(name).casefold().strip()


def unless_empty(part: _Part) -> _Part | None:
    """A part of a contact in which something is told."""
    return part if any(value is not None for _, value in part) else None


def dicts_in(document: Any) -> Iterator[dict[str, Any]]:
    """A document that is one object, or the first objects of a list: what a shape is recognised by."""
    if isinstance(document, dict):
        yield document
    elif isinstance(document, list):
        yield from (value for value in document[:50] if isinstance(value, dict))
