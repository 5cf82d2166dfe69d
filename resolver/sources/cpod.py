"""cPod CRM: contacts as its API lists them, with names in snake_case or camelCase and either sign of deletion."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from resolver.contact import (
    Consent,
    Contact,
    Custom,
    Email,
    ExternalId,
    Flag,
    Links,
    Moment,
    Organisation,
    Phone,
    Provenance,
    Social,
    Tag,
)
from resolver.sources.adapter import Adapter, Export, Setting
from resolver.sources.json_values import (
    Fields,
    dicts_in,
    export,
    json_text,
    region_of,
    snake_and_camel,
    text_or_none,
    unless_empty,
)

KIND = "cpod"
_OURS = {"account_id", "opted_in", "gdpr_consent", "schema_version", "source_type", "is_deleted", "custom_fields"}
_WITHDRAWN = {
    "withdrawn",
    "revoked",
    "refused",
    "denied",
    "objected",
    "objection",
    "opt_out",
    "opted_out",
    "opt-out",
    "erased",
}
_JSON_TYPES = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}
_ENVELOPE = {"nextCursor", "next_cursor", "total"}


def recognises(document: Any) -> bool:
    """A list response, a bare list or one contact, or several responses as a list."""
    for part in dicts_in(document):
        if part.get("items") == [] and not _ENVELOPE.isdisjoint(part):
            return True
        items = part.get("items")
        if any(map(_is_contact, items[:50] if isinstance(items, list) else [part])):
            return True
    return False


def read(document: Any, setting: Setting) -> Export:
    """Contacts of a response, of a bare list, of one contact, or of several responses as a list."""
    parts = document if isinstance(document, list) else [document]
    records, envelopes = [], []
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("items"), list):
            records += part["items"]
            envelopes.append(part)
        else:
            records.append(part)
    whole, warnings = _whole(envelopes, len(records)) if envelopes else (isinstance(document, list), [])
    return export(records, partial(_contact, setting), whole, warnings)


ADAPTER = Adapter(KIND, recognises, read)


def _is_contact(record: Any) -> bool:
    if not isinstance(record, dict) or not {"tenant_id", "tenantId"} & record.keys():
        return False
    return any(spelled in record for name in _OURS for spelled in snake_and_camel(name))


def _whole(envelopes: list[dict[str, Any]], count: int) -> tuple[bool, list[str]]:
    """(whether nothing is missing, what to tell) of the pages of one list."""
    last = envelopes[-1]
    if last.get("nextCursor") or last.get("next_cursor"):
        return False, ["this is not the last page; what is absent may be on the next ones"]
    total = last.get("total")
    if isinstance(total, int) and total > count:
        return False, [f"the list says that it has {total} contacts, and holds {count}"]
    return True, []


def _contact(setting: Setting, record_id: str, record: Mapping[str, Any]) -> Contact:
    fields = Fields(record, snake_and_camel)
    fields.drop("id")
    account, created_by = fields.text("account_id"), fields.text("created_by")
    email, phone = fields.text("email"), fields.text("phone")
    linkedin = fields.text("linkedin_url") or fields.text("linkedInUrl")
    region = None if phone is None or phone.strip().startswith("+") else region_of(account, setting)
    at_account, interaction = fields.flag("is_primary"), fields.time("last_interaction_at")
    deleted, deleted_at = _deletion(fields)
    custom = _custom(fields)
    provenance = Provenance(
        source_type=fields.text("source_type"),
        app_source=fields.text("source"),
        created_by=created_by,
        updated_by=fields.text("updated_by"),
    )
    contact = Contact(
        source=ADAPTER.source(setting),
        record_id=record_id,
        tenant=fields.text("tenant_id") or setting.tenant,
        app=fields.text("app_id"),
        given_name=fields.text("first_name"),
        family_name=fields.text("last_name"),
        full_name=fields.text("display_name"),
        emails=[Email(raw=email, type="work")] if email else [],
        phones=[Phone(raw=phone, region=region)] if phone else [],
        organisations=_organisations(fields, account),
        socials=[Social(raw=linkedin, network="linkedin")] if linkedin else [],
        external_ids=_external_ids(custom, setting),
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        moments=[Moment(name="last_interaction", at=interaction)] if interaction else [],
        deleted=deleted,
        deleted_at=deleted_at,
        deleted_by=fields.text("deleted_by"),
        deleted_how="soft" if deleted else None,
        consent=_consent(fields),
        provenance=unless_empty(provenance),
        links=unless_empty(Links(reports_to=fields.text("reports_to_contact_id"))),
        flags=[Flag(name="is_primary_at_account", value=at_account)] if at_account is not None else [],
        tags=[Tag(name=tag, scope=KIND) for tag in fields.texts("tags")],
        custom=custom,
        version=fields.text("version"),
        schema_version=fields.text("schema_version"),
    )
    contact.raw = fields.left_text()
    return contact


def _organisations(fields: Fields, account: str | None) -> list[Organisation]:
    """The account by its id (its name stands with the accounts) and what the contact is there."""
    organisation = Organisation(
        account_id=account,
        title=fields.text("job_title"),
        seniority=fields.text("seniority"),
        decision_role=fields.text("decision_role"),
    )
    told = organisation.model_dump(exclude_defaults=True, exclude_none=True)
    return [organisation] if told else []


def _deletion(fields: Fields) -> tuple[bool | None, datetime | None]:
    """(whether it was deleted, when). The flag and the status are told by different parts of the API; one is enough.

    A time of deletion alone tells it too, unless the flag says otherwise: a contact may have been restored.
    """
    flag, status, at = fields.flag("is_deleted"), fields.text("status"), fields.time("deleted_at")
    by_status = None if status is None else status.strip().lower() == "deleted"
    if status is not None and not by_status:
        fields.put_back("status", status)
    if flag or by_status:
        return True, at
    if flag is None and by_status is None:
        return (True if at else None), at
    return False, at


def _consent(fields: Fields) -> list[Consent]:
    """What was agreed to and what was withdrawn; that nobody opted in is not a denial, and grants nothing."""
    opted_in, opted_at = fields.flag("opted_in"), fields.time("opted_in_at")
    gdpr = fields.take("gdpr_consent")
    found = []
    if opted_in:
        found.append(Consent(channel="email", state="granted", at=opted_at, evidence="opted_in"))
    elif opted_at is not None:
        evidence = "opted_in_at without opted_in"
        found.append(Consent(channel="email", state="unknown", at=opted_at, evidence=evidence))
    if gdpr in (None, "", {}, []):
        return found
    told = Fields(gdpr if isinstance(gdpr, dict) else {"basis": gdpr}, snake_and_camel)
    withdrawn_at = told.time("withdrawn_at") or told.time("revoked_at")
    basis, at, evidence = told.text("basis"), told.time("recorded_at"), json_text(gdpr)
    if withdrawn_at or _is_withdrawn(basis, told):
        denied = partial(Consent, state="denied", at=withdrawn_at or at, basis=basis, evidence=evidence)
        return [*found, denied(channel="email"), denied(channel="marketing")]
    return [*found, Consent(channel="marketing", state="unknown", at=at, basis=basis, evidence=evidence)]


def _is_withdrawn(basis: str | None, told: Fields) -> bool:
    """The record of consent is free JSON: any word for a withdrawal counts, at the risk of a mail too few."""
    words = [word.strip().lower() for word in (basis, told.text("status"), told.text("state")) if word]
    return not _WITHDRAWN.isdisjoint(words) or bool(told.flag("withdrawn") or told.flag("revoked"))


def _custom(fields: Fields) -> list[Custom]:
    """Custom fields by their names; what is no text stands as JSON."""
    values = fields.take("custom_fields")
    if not isinstance(values, dict):
        fields.put_back("custom_fields", values)
        return []
    return [
        Custom(name=text_or_none(name) or "", value=shown, type=_JSON_TYPES.get(type(value)), scope=KIND)
        for name, value in values.items()
        if (shown := _shown(value)) is not None
    ]


def _shown(value: Any) -> str | None:
    text = text_or_none(value)
    return json_text(value) if text is None and value is not None and not isinstance(value, str) else text


def _external_ids(custom: list[Custom], setting: Setting) -> list[ExternalId]:
    """Ids in those custom fields of which the setting says whose they are: an account's own words prove nothing."""
    return [
        ExternalId(system=setting.systems[field.name], raw=field.value, relation="self")
        for field in custom
        if field.name in setting.systems and field.value
    ]
