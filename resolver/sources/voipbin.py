"""VoIPBIN: lists of contacts, single contacts and webhook events, in all three shapes that its API has had.

Until mid-2026 a contact has phone_numbers and emails with a sub-type, since then addresses with free labels; times were
once text without a zone, with 9999-01-01 for "never". Its E.164 numbers are digits without punctuation, nothing more.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, Literal, TypeVar

from resolver.contact import Contact, Custom, Email, ExternalId, Moment, Note, Organisation, Phone, Provenance, Tag
from resolver.sources.adapter import Adapter, Export, Setting
from resolver.sources.json_values import Fields, dicts_in, export, region_of, unless_empty
from resolver.sources.points import Oddities, address_of

KIND = "voipbin"
SYSTEMS = {"sf_": "salesforce", "hubspot_": "hubspot", "erp_": "erp"}
"""Prefix of an external id -> the system that gave it; a setting adds to it. The prefix "" is for all others."""

Kind = Literal["mobile", "work", "home", "main", "fax", "other", "unknown"]
_KINDS: dict[str, Kind] = {  # what a label says, the surest first: a "work fax" is a fax
    r"fax": "fax",
    r"\b(?:mob|cell|handy|portable)": "mobile",
    r"\b(?:main|switchboard|reception)": "main",
    r"\b(?:work|office|business|direct|desk)": "work",
    r"\b(?:home|priv)": "home",
    r"\bother": "other",
}
_SALESFORCE_CONTACT = re.compile(r"003[A-Za-z0-9]{12}(?:[A-Z0-5]{3})?")
_EVENT = re.compile(r"contact_\w+")
_EVENT_KEY = "@event"
_OURS = {"phone_numbers", "emails", "addresses", "tm_create", "tm_delete"}


def recognises(document: Any) -> bool:
    """A list response, a contact, a webhook event, or several of them as a list."""
    for part in dicts_in(document):
        if part.get("result") == [] and "next_page_token" in part:
            return True
        if any(_is_contact(record) for record in _records(part)):
            return True
    return False


def read(document: Any, setting: Setting) -> Export:
    """Contacts of a response, of an event, or of several as a list.

    A list is whole when it names no next page or its last page is empty; a single contact or an event never is.
    """
    records = list(_records(document))
    whole, warnings = _whole(document, records)
    oddities = Oddities()
    result = export(records, partial(_contact, setting, oddities), whole, warnings)
    result.warnings.extend(oddities.warnings())
    return result


ADAPTER = Adapter(KIND, recognises, read)

_P = TypeVar("_P", Phone, Email)


@dataclass
class _Child(Generic[_P]):
    """A number or an address of a contact with what is told of it; `again`: an earlier one has the same value."""

    part: _P
    created: datetime | None
    moments: list[Moment]
    custom: list[Custom] = field(default_factory=list)
    again: bool = False


def _records(document: Any) -> Iterator[Any]:
    """Records in order; one that an event brought says so."""
    if isinstance(document, list):
        for part in document:
            yield from _records(part)
        return
    if isinstance(document, dict):
        event = document.get("type")
        if isinstance(document.get("result"), list):
            yield from document["result"]
            return
        if isinstance(event, str) and _EVENT.fullmatch(event) and "data" in document:
            data = document["data"]
            yield {**data, _EVENT_KEY: event} if isinstance(data, dict) else data
            return
    yield document


def _is_contact(record: Any) -> bool:
    return isinstance(record, dict) and "customer_id" in record and not _OURS.isdisjoint(record)


def _whole(document: Any, records: list[Any]) -> tuple[bool, list[str]]:
    """(whether nothing is missing, what to tell). A next page is named even by the last page that holds records."""
    last = document[-1] if isinstance(document, list) and document else document
    if isinstance(last, dict) and isinstance(last.get("result"), list):
        more = bool(last["result"]) and bool(last.get("next_page_token"))
        told = "a next page is named: the list is known to be whole only when an empty page ends it"
        return not more, [told] if more else []
    events = any(isinstance(record, dict) and _EVENT_KEY in record for record in records)
    return isinstance(document, list) and not events, []


def _contact(setting: Setting, oddities: Oddities, record_id: str, record: Mapping[str, Any]) -> Contact:
    fields = Fields(record)
    fields.drop("id")
    company, title, tenant = fields.text("company"), fields.text("job_title"), fields.text("customer_id")
    numbers, mail = _children(fields, record_id, tenant)
    phones, more_phones = _one_each(numbers, lambda phone: (_canonical(phone.raw), phone.kind == "fax"))
    emails, more_emails = _one_each(mail, lambda email: address_of(email.raw))
    if more_phones or more_emails:
        oddities.note("contacts with several primary numbers or addresses, the oldest was chosen", record_id)
    children: list[_Child[Any]] = [*numbers, *mail]
    if again := [child.part.model_dump(exclude_none=True) for child in children if child.again]:
        fields.put_back("repeated", again)
    external_ids, external_custom = _external_ids(fields, setting)
    deleted, deleted_at, how = _deletion(fields, record)
    notes = fields.text("notes")
    contact = Contact(
        source=ADAPTER.source(setting),
        record_id=record_id,
        tenant=tenant or setting.tenant,
        given_name=fields.text("first_name"),
        family_name=fields.text("last_name"),
        full_name=fields.text("display_name"),
        emails=emails,
        phones=_with_region(phones, region_of(company, setting)),
        organisations=[Organisation(name=company, title=title)] if company or title else [],
        external_ids=external_ids,
        created_at=fields.time("tm_create"),
        updated_at=fields.time("tm_update"),
        moments=[moment for child in children for moment in child.moments],
        deleted=deleted,
        deleted_at=deleted_at,
        deleted_how=how,
        provenance=unless_empty(Provenance(source_type=fields.text("source"))),
        tags=[Tag(id=tag, scope=KIND) for tag in fields.texts("tag_ids")],
        custom=[custom for child in children for custom in child.custom] + external_custom,
        notes=[Note(text=notes, source="notes")] if notes else [],
    )
    contact.raw = fields.left_text()
    return contact


def _with_region(phones: list[Phone], region: str | None) -> list[Phone]:
    """The region for numbers that name no country themselves."""
    return [
        phone if phone.raw.strip().startswith("+") else phone.model_copy(update={"region": region}) for phone in phones
    ]


def _external_ids(fields: Fields, setting: Setting) -> tuple[list[ExternalId], list[Custom]]:
    """The id without the prefix that names its system, and the whole text if there was one.

    Ids without a system get one of their own, so that they meet no id of another source.
    """
    whole = (fields.text("external_id") or "").strip()
    if not whole:
        return [], []
    systems = {**SYSTEMS, **setting.systems}
    prefix = max((start for start in systems if start and whole.lower().startswith(start.lower())), key=len, default="")
    if prefix and len(whole) > len(prefix):
        own = ExternalId(system=systems[prefix], raw=whole[len(prefix) :], relation="self")
        return [own], [Custom(name="external_id", value=whole, scope=KIND)]
    shaped = "salesforce" if _SALESFORCE_CONTACT.fullmatch(whole) else f"{KIND}:unknown"
    return [ExternalId(system=systems.get("", shaped), raw=whole, relation="self")], []


def _deletion(
    fields: Fields, record: Mapping[str, Any]
) -> tuple[bool | None, datetime | None, Literal["event", "soft"] | None]:
    """(whether it was deleted, when, how it is known). None when nothing is told, or nothing that can be read."""
    fields.drop(_EVENT_KEY)
    at = fields.time("tm_delete")
    if record.get(_EVENT_KEY) == "contact_deleted":
        return True, at, "event"
    if at is not None:
        return True, at, "soft"
    told = "tm_delete" in record and not fields.has("tm_delete")
    return (False if told else None), None, None


def _children(fields: Fields, record_id: str, tenant: str | None) -> tuple[list[_Child[Phone]], list[_Child[Email]]]:
    """Numbers and addresses of all shapes. One without a value, or of a sort that is neither, is left over."""
    numbers = ((part, _number(part)) for part in fields.parts("phone_numbers"))
    phones = [_phone(part, number, part.text("type")) for part, number in numbers if number]
    mail = ((part, part.text("address")) for part in fields.parts("emails"))
    emails = [_email(part, address, part.text("type")) for part, address in mail if address]
    for part in fields.parts("addresses"):
        sort = part.text("type")
        target = part.text("target") if sort in ("tel", "email") else None
        if target is None:
            part.put_back("type", sort)
            continue
        for name, parent in (("contact_id", record_id), ("customer_id", tenant)):
            if (value := part.text(name)) != parent:
                part.put_back(name, value)
        if sort == "tel":
            phones.append(_phone(part, target, part.text("name"), part.text("detail")))
        else:
            emails.append(_email(part, target, part.text("name")))
    return phones, emails


def _number(part: Fields) -> str | None:
    """The number as it was typed, unless only its other form has a country. What is not used is left over.

    Digits that are the same without punctuation say nothing more.
    """
    typed, digits = part.text("number"), part.text("number_e164")
    if typed is None or digits is None:
        return typed or digits
    if digits.strip().startswith("+") and not typed.strip().startswith("+"):
        part.put_back("number", typed)
        return digits
    if digits != _canonical(typed):
        part.put_back("number_e164", digits)
    return typed


def _phone(part: Fields, raw: str, label: str | None, detail: str | None = None) -> _Child[Phone]:
    """A word for the kind is no label of its own; any other text is."""
    kind = _kind(label) if _kind(label) != "unknown" else _kind(detail)
    shown = ", ".join(text for text in (label if label != kind else None, detail) if text)
    phone = Phone(raw=raw, kind=kind, label=shown or None, primary=part.flag("is_primary"), id=part.text("id"))
    return _child(part, phone, "phone")


def _email(part: Fields, raw: str, label: str | None) -> _Child[Email]:
    kind = label.strip().lower() if label else None
    return _child(part, Email(raw=raw, type=kind, primary=part.flag("is_primary"), id=part.text("id")), "email")


def _child(part: Fields, value: _P, sort: str) -> _Child[_P]:
    created = part.time("tm_create")
    moments = [Moment(name=f"{sort}_created:{value.id or value.raw}", at=created)] if created else []
    scope = f"{KIND}:address:{value.id or value.raw}"
    texts = [(name, part.text(name)) for name in ("target_name", "detail")]
    custom = [Custom(name=name, value=text, scope=scope) for name, text in texts if text is not None]
    return _Child(value, created, moments, custom)


def _kind(label: str | None) -> Kind:
    """What a type, or a label that somebody typed, says of a number."""
    text = (label or "").lower()
    return next((kind for pattern, kind in _KINDS.items() if re.search(pattern, text)), "unknown")


def _canonical(number: str) -> str:
    """As VoIPBIN normalises: a leading plus and the digits; a text without digits as it stands."""
    digits = re.sub(r"[^0-9]", "", number)
    plus = "+" if number.strip().startswith("+") else ""
    return plus + digits if digits else number


def _one_each(children: list[_Child[_P]], key: Callable[[_P], Hashable]) -> tuple[list[_P], bool]:
    """(each value once, whether several were primary). It is primary if any was; of several primaries the oldest."""
    found: dict[Hashable, _Child[_P]] = {}
    for child in children:
        first = found.setdefault(key(child.part), child)
        if first is not child:
            child.again = True
            told = child.part.model_dump(exclude_none=True)
            missing = {name: value for name, value in told.items() if getattr(first.part, name) in (None, "unknown")}
            primary = first.part.primary or child.part.primary
            first.part = first.part.model_copy(update={**missing, "primary": primary})
            first.created = min((time for time in (first.created, child.created) if time), default=None)
    primaries = [child for child in found.values() if child.part.primary]
    for child in sorted(primaries, key=lambda child: child.created or datetime.max.replace(tzinfo=UTC))[1:]:
        child.part = child.part.model_copy(update={"primary": False})
    return [child.part for child in found.values()], len(primaries) > 1
