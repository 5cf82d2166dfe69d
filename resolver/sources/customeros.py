"""CustomerOS: GraphQL answers with contacts, in pages or one by one.

Pages count from 1, and page 0 is page 1 again. A list never shows a hidden contact, and an archived, merged or erased
one is simply absent. The tenant is that of the key, which no answer names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from resolver.contact import (
    Contact,
    Counter,
    Custom,
    Flag,
    Links,
    Moment,
    Note,
    Person,
    Provenance,
    Tag,
)
from resolver.sources import customeros_points as points
from resolver.sources.adapter import Adapter, Export, Setting
from resolver.sources.json_values import Fields, dicts_in, export, json_text, region_of, text_or_none, unless_empty
from resolver.sources.points import Oddities, whole_number

_ONE = ("contact", "contact_ByEmail", "contact_ByPhone", "contact_ByLinkedIn")
_OURS = {"metadata", "jobRoles", "emails", "phoneNumbers", "socials", "customFields", "sourceOfTruth", "appSource"}
_PAGE = {"totalElements", "totalPages"}
_SHOWN = 200  # characters of an error message


def recognises(document: Any) -> bool:
    """An answer to `contacts` or to one of the queries for a single contact, or several of them as a list."""
    return any(_is_ours(page) for page in dicts_in(document))


def _is_ours(page: Mapping[str, Any]) -> bool:
    contacts = _data(page).get("contacts")
    if isinstance(contacts, dict) and isinstance(contacts.get("content"), list) and _PAGE & contacts.keys():
        return True
    records = [record for record in _records(page)[0] if isinstance(record, dict)]
    return any(len(_OURS & record.keys()) > 1 for record in records[:50])


def read(document: Any, setting: Setting) -> Export:
    """Contacts of one answer, or of several as a list.

    They are all there are when no answer reports errors and as many are here as the pages announce. A single contact
    is never all.
    """
    pages = document if isinstance(document, list) else [document]
    found = [_records(page) for page in pages]
    records = [_with_id(record) for part, _ in found for record in part]
    oddities = Oddities()
    warnings = [problem for page in pages for problem in _problems(page)]
    announced = max((total for _, total in found if total is not None), default=None)
    held = len({json_text(record.get("id") if isinstance(record, dict) else record) for record in records})
    if announced is not None and held < announced:
        warnings.append(f"pages are missing: {held} contacts are here, {announced} were announced")
    complete = announced is not None and not warnings
    result = export(records, partial(_contact, setting, oddities), complete, warnings)
    return replace(result, warnings=[*result.warnings, *oddities.warnings()])


def _data(page: Any) -> Mapping[str, Any]:
    data = page.get("data", page) if isinstance(page, dict) else None
    return data if isinstance(data, dict) else {}


def _records(page: Any) -> tuple[list[Any], int | None]:
    """The contacts of an answer, and how many its list announces; None when it is no list."""
    data = _data(page)
    contacts = data.get("contacts")
    if isinstance(contacts, dict) and isinstance(contacts.get("content"), list):
        content, total = contacts["content"], contacts.get("totalElements")
        return content, total if isinstance(total, int) else len(content)
    several = data.get("ui_contacts")
    if isinstance(several, list):
        return several, None
    return [data[name] for name in _ONE if data.get(name) is not None], None


def _problems(page: Any) -> list[str]:
    """Why an answer does not hold all that was asked for: GraphQL reports errors beside what it could give."""
    errors = page.get("errors") if isinstance(page, dict) else None
    if not errors:
        return [] if _data(page) else ["an answer without data"]
    first = errors[0] if isinstance(errors, list) else errors
    message = first.get("message") if isinstance(first, dict) else first
    count = len(errors) if isinstance(errors, list) else 1
    return [f"the answer reports errors: {count}; what is absent was not necessarily deleted ({message})"[:_SHOWN]]


def _with_id(record: Any) -> Any:
    """The record under the id in its metadata; the one beside it is deprecated."""
    metadata = record.get("metadata") if isinstance(record, dict) else None
    record_id = metadata.get("id") if isinstance(metadata, dict) else None
    return record if text_or_none(record_id) is None else {**record, "id": record_id}


def _contact(setting: Setting, oddities: Oddities, record_id: str, record: Mapping[str, Any]) -> Contact:
    fields, beside = Fields(record), points.Beside()
    fields.drop("id")
    metadata = fields.part("metadata")
    metadata.drop("id")
    organisations = points.organisations(record_id, fields, beside, oddities)
    present = next((each.name for each in organisations if each.end is None and each.name), None)
    region = region_of(present, setting)
    socials, external_ids, counters = points.socials(fields)
    moments, flags = _enrichment(fields)
    hidden, description = fields.flag("hide"), fields.text("description")
    contact = Contact(
        source=ADAPTER.source(setting),
        record_id=record_id,
        tenant=setting.tenant,
        name_prefix=_agreed(fields, "title", fields.text("prefix")),
        given_name=fields.text("firstName"),
        family_name=fields.text("lastName"),
        full_name=fields.text("name"),
        username=fields.text("username"),
        emails=points.emails(record_id, fields, beside, oddities),
        phones=points.phones(record_id, fields, beside, region, oddities),
        organisations=organisations,
        addresses=points.addresses(fields, beside),
        socials=socials,
        external_ids=external_ids,
        timezone=fields.text("timezone"),
        avatar=fields.text("profilePhotoUrl"),
        created_at=_agreed_time(fields, "createdAt", metadata.time("created")),
        updated_at=_agreed_time(fields, "updatedAt", metadata.time("lastUpdated")),
        deleted=hidden,
        deleted_how="hidden" if hidden else None,
        provenance=_provenance(fields, metadata),
        owners=_owners(fields),
        links=unless_empty(Links(user=_user(fields, beside))),
        flags=flags,
        counters=[*counters, *_events(fields)],
        tags=list(_tags(fields)),
        custom=[*_custom(fields, beside), *beside.custom],
        moments=[*moments, *beside.moments],
        notes=[Note(text=description, source="description")] if description else [],
        version=metadata.text("version"),
    )
    contact.raw = fields.left_text()
    return contact


def _agreed(fields: Fields, name: str, value: str | None) -> str | None:
    """The value, else its deprecated twin, which is left over when it says something else."""
    twin = fields.text(name)
    if value is not None and twin not in (None, value):
        fields.put_back(name, twin)
    return value or twin


def _agreed_time(fields: Fields, name: str, value: datetime | None) -> datetime | None:
    twin = fields.time(name)
    if value is not None and twin not in (None, value):
        fields.put_back(name, str(twin))
    return value or twin


def _provenance(fields: Fields, metadata: Fields) -> Provenance | None:
    provenance = Provenance(
        source_type=_agreed(fields, "source", metadata.text("source")),
        source_of_truth=_agreed(fields, "sourceOfTruth", metadata.text("sourceOfTruth")),
        app_source=_agreed(fields, "appSource", metadata.text("appSource")),
        contact_source=fields.text("label"),
    )
    return unless_empty(provenance)


def _owners(fields: Fields) -> list[Person]:
    part = fields.part("owner")
    owner, name = part.text("id"), part.text("name")
    names = [text for text in (part.text("firstName"), part.text("lastName")) if text]
    return [Person(id=owner, name=name or " ".join(names) or None)] if owner or name or names else []


def _user(fields: Fields, beside: points.Beside) -> str | None:
    """The first user whom the contact is connected to; more are kept as custom values."""
    first, *others = [*fields.parts("connectedUsers"), Fields({})]
    for part in others:
        beside.texts(part, "connectedUsers", "id")
    return first.text("id")


def _enrichment(fields: Fields) -> tuple[list[Moment], list[Flag]]:
    """When the contact was enriched, and what was found then: "enrich_email_requested", "enrich_email_found"."""
    part = fields.part("enrichDetails")
    moments, flags = [], []
    for name in list(part.left()):
        canonical = "enrich_" + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
        if (flag := part.flag(name)) is not None:
            flags.append(Flag(name=canonical, value=flag))
        elif name.endswith("At") and (at := part.time(name)) is not None:
            moments.append(Moment(name=canonical.removesuffix("_at"), at=at))
    return moments, flags


def _events(fields: Fields) -> list[Counter]:
    count = whole_number(fields.text("timelineEventsTotalCount"))
    return [] if count is None else [Counter(name="timeline_events", value=count)]


def _tags(fields: Fields) -> Iterator[Tag]:
    """Tags, and the flows in which the contact takes part."""
    for name, scope in (("tags", points.KIND), ("flows", f"{points.KIND}:flow")):
        for part in fields.parts(name):
            tag = Tag(name=part.text("name"), id=part.text("id") or part.part("metadata").text("id"), scope=scope)
            if tag.name or tag.id:
                yield tag


def _custom(fields: Fields, beside: points.Beside) -> Iterator[Custom]:
    """Custom fields by name; a value may be anything."""
    for part in fields.parts("customFields"):
        name, value = part.text("name"), part.take("value")
        if name is None or value is None:
            part.put_back("name", name)
            part.put_back("value", value)
            continue
        text = text_or_none(value) if not isinstance(value, bool | dict | list) else json_text(value)
        yield Custom(name=name, value=text, type=part.text("datatype"), scope=points.KIND)
        beside.texts(part, "customFields", "id", "source")


ADAPTER = Adapter(kind=points.KIND, recognises=recognises, read=read)
