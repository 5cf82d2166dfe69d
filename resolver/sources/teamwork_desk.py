"""Teamwork Desk: customers as the API v2 lists them, or as CSV through Skyvia together with companies and tickets."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from resolver.contact import (
    Address,
    Contact,
    Counter,
    Custom,
    Email,
    ExternalId,
    Flag,
    Moment,
    Note,
    Organisation,
    Phone,
    Provenance,
    Social,
)
from resolver.sources import moments as cells
from resolver.sources.adapter import Adapter, Export, Refused, Setting
from resolver.sources.json_values import Fields, json_text, newest, region_of, text_or_none, time_or_none, unless_empty
from resolver.sources.points import Oddities, address_of, each_once, whole_number, with_one_primary
from resolver.sources.teamwork_desk_csv import company_names, in_api_form, is_customers, ticket_fields

_KIND = "teamwork_desk"
_TIMES = ("createdAt", "updatedAt", "deletedAt", "lastTicketDate")
_NEVER = re.compile(r"\b(?:0001|9999)\b")
_SALESFORCE_CONTACT = re.compile(r"003[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
_NETWORKS = {
    "linkedinURL": "linkedin",
    "facebookURL": "facebook",
    "twitterHandle": "twitter",
    "googlePlusURL": "googleplus",
}
_PHONES: dict[str, Literal["work", "mobile"]] = {"phone": "work", "mobile": "mobile"}
_FLAGS = {"trusted": "trusted", "welcomeEmailSent": "welcome_email_sent"}
_CUSTOM = {
    "permission": "permission",
    "standing": "standing",
    "customerwelcomeemails": "customer_welcome_emails",
}


@dataclass(frozen=True)
class _Around:
    """What a document says beside its customers: names of companies, values of contacts, custom fields of tickets."""

    setting: Setting
    companies: Mapping[str, str]
    contacts: Mapping[str, Mapping[str, Any]]
    custom: Mapping[str, list[Custom]]
    oddities: Oddities = field(default_factory=Oddities)


def recognises(document: Any) -> bool:
    """Whether a document, or a CSV header, holds customers of Desk."""
    if isinstance(document, list) and document and all(isinstance(name, str) for name in document):
        return is_customers(document)
    pages = list(_pages(document))
    if any(page.get("customers") == [] and {"included", "pagination"} <= page.keys() for page in pages):
        return True
    return any(is_customers(record) for page in pages for record in _customers(page)[:50] if isinstance(record, dict))


def read(document: Any, setting: Setting) -> Export:
    """Customers of one answer, of a list of pages, of a bare list, or of CSV rows.

    For CSV the document may be {"customers": rows, "companies": rows, "tickets": rows}. `Refused.place` is the number
    of the record over all pages, or of the row.
    """
    pages = list(_pages(document))
    records = [record for page in pages for record in _customers(page)]
    around = _Around(
        setting,
        company_names([*_included(pages, "companies"), *_beside(pages, "companies")]),
        {str(value.get("id")): value for value in _included(pages, "contacts") if isinstance(value, dict)},
        ticket_fields(_beside(pages, "tickets")),
    )
    complete, warnings = _completeness(pages, records)
    customers, refused = _usable(records)
    warnings += _to_iso([customer for _, customer in customers], setting)
    contacts = [_contact(record_id, customer, around) for record_id, customer in customers]
    kept = newest(contacts)
    if len(kept) < len(contacts):
        warnings.append(f"records that repeat an id: {len(contacts) - len(kept)}; the newest of each is kept")
    for customer in sorted(around.custom.keys() - {contact.record_id for contact in contacts}):
        around.oddities.note("customers whom tickets name and the export does not hold", customer)
    return Export(kept, complete and not refused, refused, [*warnings, *around.oddities.warnings()])


def _pages(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
    elif isinstance(document, list):
        pages = [page for page in document if isinstance(page, dict) and {"customers", "customer"} & page.keys()]
        yield from pages or [{"customers": document}]


def _customers(page: Mapping[str, Any]) -> list[Any]:
    several, one = page.get("customers"), page.get("customer")
    return several if isinstance(several, list) else [one] if isinstance(one, dict) else []


def _beside(pages: list[dict[str, Any]], name: str) -> list[Any]:
    return [value for page in pages if isinstance(page.get(name), list) for value in page[name]]


def _included(pages: list[dict[str, Any]], name: str) -> list[Any]:
    return _beside([page["included"] for page in pages if isinstance(page.get("included"), dict)], name)


def _completeness(pages: list[dict[str, Any]], records: list[Any]) -> tuple[bool, list[str]]:
    """Whether nobody is missing, and why not. One customer alone is no list of all."""
    reasons = []
    if any(page.get("errors") for page in pages):
        reasons.append("the answer reports errors; what is absent was not necessarily deleted")
    if any(not isinstance(page.get("customers"), list) for page in pages):
        reasons.append("the answer is not a list of customers; what is absent was not necessarily deleted")
    held = len({str(record.get("id") if isinstance(record, dict) else record) for record in records})
    paging = [page["pagination"] for page in pages if isinstance(page.get("pagination"), dict)]
    announced = max((_number(told, "records") for told in paging), default=0)
    last: Mapping[str, Any] = max(paging, key=lambda told: _number(told, "page"), default={})
    if held < announced or last.get("hasMorePages") is True:
        reasons.append(f"pages are missing: {held} customers are here, {announced} were announced")
    return not reasons, reasons


def _number(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    return value if isinstance(value, int) else 0


def _usable(records: list[Any]) -> tuple[list[tuple[str, dict[str, Any]]], list[Refused]]:
    """(id, customer in the API's form), and the records that are none."""
    customers, refused = [], []
    for place, record in enumerate(records, 1):
        try:
            if not isinstance(record, dict):
                raise ValueError("the record is not an object")
            customer = in_api_form(record)
            record_id = text_or_none(customer.get("id"))
            if record_id is None:
                raise ValueError("the record has no id")
        except ValueError as error:
            refused.append(Refused(place, str(error), json_text(record)))
        else:
            customers.append((record_id.strip(), customer))
    return customers, refused


def _to_iso(customers: list[dict[str, Any]], setting: Setting) -> list[str]:
    """Writes local dates as ISO 8601 in the customers; warns of those that do not fit the order of their parts."""
    told = [(customer, name, text_or_none(customer.get(name))) for customer in customers for name in _TIMES]
    local = [(customer, name, text) for customer, name, text in told if text is not None and not _is_iso(text)]
    if not local:
        return []
    texts = pl.Series(sorted({text for _, _, text in local}), dtype=pl.String)
    # a locale may part time and AM by a narrow no-break space, and date and time by a comma
    plain = pl.Series([" ".join(text.replace(",", " ").split()) for text in texts], dtype=pl.String)
    read = zip(texts, cells.moments(plain, setting.date_order), strict=True)
    iso = {text: time.isoformat() for text, time in read if time is not None}
    iso |= {text: "0001-01-01" for text in texts if text not in iso and _NEVER.search(text)}
    for customer, name, text in local:
        customer[name] = iso.get(text, text)
    unread = len(texts) - len(iso)
    order, proven = cells.date_order(plain)
    if proven and order not in ("ymd", setting.date_order):
        return [f"dates are written {order}, but were read as {setting.date_order} (date_order); unread: {unread}"]
    return [f"dates that cannot be read as {setting.date_order}, kept aside: {unread}"] if unread else []


def _is_iso(text: str) -> bool:
    try:
        time_or_none(text)
    except (ValueError, OverflowError):
        return False
    return True


def _contact(record_id: str, customer: Mapping[str, Any], around: _Around) -> Contact:
    fields = Fields({**customer, **_by_use(record_id, customer, around)})
    fields.drop("id", "password")  # a password is never returned, and would be nothing to keep
    organisations = _organisations(record_id, fields, around)
    external_ids, external_custom = _external_ids(fields, around.setting)
    address = fields.text("address")
    last_ticket = fields.time("lastTicketDate")
    provenance = Provenance(
        add_method=fields.text("addMethod"),
        created_by=_reference(fields, "createdBy"),
        updated_by=_reference(fields, "updatedBy"),
    )
    contact = Contact(
        source=ADAPTER.source(around.setting),
        record_id=record_id,
        tenant=around.setting.tenant,
        name_prefix=fields.text("title"),
        given_name=fields.text("firstName"),
        family_name=fields.text("lastName"),
        emails=_emails(record_id, fields, around),
        phones=list(_phones(fields, region_of(organisations[0].name if organisations else None, around.setting))),
        organisations=organisations,
        addresses=[Address(raw=address)] if address else [],
        socials=list(_socials(fields)),
        external_ids=external_ids,
        language=fields.text("language"),
        timezone=fields.text("timezoneId"),
        avatar=fields.text("avatarURL"),
        created_at=fields.time("createdAt"),
        updated_at=fields.time("updatedAt"),
        moments=[Moment(name="last_ticket", at=last_ticket)] if last_ticket else [],
        provenance=unless_empty(provenance),
        flags=[Flag(name=to, value=flag) for name, to in _FLAGS.items() if (flag := fields.flag(name)) is not None],
        counters=_counters(fields),
        custom=[*_custom(fields), *external_custom, *around.custom.get(record_id, [])],
        notes=[Note(text=text, source=name) for name in ("notes", "extraData") if (text := fields.text(name))],
        **_deletion(record_id, fields, around),
    )
    contact.raw = fields.left_text()
    return contact


def _by_use(record_id: str, customer: Mapping[str, Any], around: _Around) -> dict[str, list[Any]]:
    """Contacts with their values (the API names them by id): e-mails, and what is deleted or no e-mail, kept aside."""
    contacts = customer.get("contacts")
    known = [_with_value(contact, customer, around) for contact in contacts] if isinstance(contacts, list) else []
    if any(isinstance(contact, dict) and "value" not in contact for contact in known):
        around.oddities.note("customers with contacts that are not included (ask for includes=contacts)", record_id)
    emails = [contact for contact in known if _is_email(contact)]
    return {"contacts": emails, "contactsAside": [contact for contact in known if not _is_email(contact)]}


def _with_value(contact: Any, customer: Mapping[str, Any], around: _Around) -> Any:
    """That an address is as old as its customer says nothing more."""
    if not isinstance(contact, dict):
        return contact
    known = contact if "value" in contact else around.contacts.get(str(contact.get("id")), contact)
    made = customer.get("createdAt")
    return {name: value for name, value in known.items() if (name, value) != ("createdAt", made)}


def _emails(record_id: str, fields: Fields, around: _Around) -> list[Email]:
    """The contacts, and `email`, the main one where they do not say which is. `verifiedEmail` is of the main one."""
    emails = []
    for part in fields.parts("contacts"):
        part.drop("type", "state", "meta")
        emails.append(Email(raw=part.text("value") or "", primary=part.flag("isMain"), id=part.text("id")))
    emails = _with_main(each_once(emails), fields.text("email"))
    emails = with_one_primary(emails, "e-mail", record_id, around.oddities)
    verified = fields.flag("verifiedEmail")
    if verified is None:
        return emails
    status = "ok" if verified else "unverified"
    return [email.model_copy(update={"status": status}) if email.primary else email for email in emails]


def _is_email(contact: Any) -> bool:
    if not isinstance(contact, dict) or text_or_none(contact.get("value")) is None:
        return False
    return str(contact.get("type") or "email").lower() == "email" and contact.get("state") != "deleted"


def _with_main(emails: list[Email], main: str | None) -> list[Email]:
    if main is None:
        return emails
    if all(address_of(email.raw) != address_of(main) for email in emails):
        emails = [Email(raw=main, primary=False), *emails]
    if any(email.primary for email in emails):
        return emails
    return [email.model_copy(update={"primary": address_of(email.raw) == address_of(main)}) for email in emails]


def _organisations(record_id: str, fields: Fields, around: _Around) -> list[Organisation]:
    """The company, with the title. `organization` is its older form: its name, or an organisation of its own."""
    company = fields.part("company")
    company.drop("type", "meta")
    company_id, title, older = company.text("id"), fields.text("jobTitle"), fields.text("organization")
    name = company.text("name") or around.companies.get(company_id or "")
    if company_id and not name:
        around.oddities.note("customers whose company is known by its id only (companies are not included)", record_id)
    if not (company_id or name or title or older):
        return []
    first = Organisation(account_id=company_id, name=name or older, title=title)
    if not name or not older or name.strip().casefold() == older.strip().casefold():
        return [first]
    return [first.model_copy(update={"primary": True}), Organisation(name=older, primary=False)]


def _socials(fields: Fields) -> Iterator[Social]:
    for name, network in _NETWORKS.items():
        raw = fields.text(name)
        if raw is not None:
            bare = network == "twitter" and "/" not in raw
            yield Social(raw=raw, network=network, handle=raw.strip().removeprefix("@") if bare else None)


def _phones(fields: Fields, region: str | None) -> Iterator[Phone]:
    """The region is for numbers that name no country themselves."""
    for name, kind in _PHONES.items():
        raw = fields.text(name)
        if raw is not None:
            yield Phone(raw=raw, kind=kind, region=None if raw.strip().startswith("+") else region)


def _external_ids(fields: Fields, setting: Setting) -> tuple[list[ExternalId], list[Custom]]:
    """The id in the system that its prefix names, and the whole text where the prefix is no part of the id ("sf_")."""
    whole = (fields.text("externalId") or "").strip()
    if not whole:
        return [], []
    prefix = _prefix(whole, setting)
    if prefix and not prefix[-1].isalnum():
        own = ExternalId(system=setting.systems[prefix], raw=whole[len(prefix) :], relation="self")
        return [own], [Custom(name="external_id", value=whole, scope=_KIND)]
    shaped = "salesforce" if _SALESFORCE_CONTACT.fullmatch(whole) else f"{_KIND}:unknown"
    return [ExternalId(system=setting.systems.get(prefix, shaped), raw=whole, relation="self")], []


def _prefix(external_id: str, setting: Setting) -> str:
    """The longest known prefix that something follows; "" when there is none, and for what no prefix fits."""
    fits = (
        start for start in setting.systems if external_id.lower().startswith(start.lower()) and start != external_id
    )
    return max(fits, key=len, default="")


def _counters(fields: Fields) -> list[Counter]:
    told = fields.text("numTickets")
    tickets = whole_number(told)
    if tickets is None:
        fields.put_back("numTickets", told)
        return []
    return [Counter(name="tickets", value=tickets)]


def _custom(fields: Fields) -> Iterator[Custom]:
    for name, canonical in _CUSTOM.items():
        value = fields.take(name)
        if value not in (None, "", [], {}):
            text = text_or_none(value) or json_text(value)
            yield Custom(name=canonical, value=text, scope=_KIND)


def _deletion(record_id: str, fields: Fields, around: _Around) -> dict[str, Any]:
    """What a customer says of its deletion; without a state, the time tells."""
    state, at, by = fields.text("state"), fields.time("deletedAt"), _reference(fields, "deletedBy")
    known = {"active": False, "deleted": True}
    deleted = known.get((state or "").strip().lower(), True if at else None)
    if state is not None and state.strip().lower() not in known:
        fields.put_back("state", state)
        around.oddities.note("customers in a state that is neither active nor deleted", record_id)
    return {"deleted": deleted, "deleted_at": at, "deleted_by": by, "deleted_how": "soft" if deleted else None}


def _reference(fields: Fields, name: str) -> str | None:
    """The id that a reference like {"id": 2, "type": "users"} names."""
    value = fields.take(name)
    return text_or_none(value.get("id") if isinstance(value, dict) else value)


ADAPTER = Adapter(kind=_KIND, recognises=recognises, read=read)
