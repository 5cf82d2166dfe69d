"""E-mails, phones, roles and profiles of a CustomerOS contact."""

from typing import Literal

from resolver.contact import Address, Counter, Custom, Email, ExternalId, Moment, Organisation, Phone, Social
from resolver.sources.json_values import Fields
from resolver.sources.points import Oddities, each_once, whole_number, with_one_primary
from rules import phone as number
from rules import social
from rules.phone import parts as phone_parts

KIND = "customeros"

Status = Literal["ok", "undeliverable", "unverified", "unknown"]
Kind = Literal["mobile", "work", "home", "main", "fax", "other", "unknown"]

_KINDS: dict[str, Kind] = {
    "MAIN": "main",
    "WORK": "work",
    "HOME": "home",
    "MOBILE": "mobile",
    "FAX": "fax",
    "OTHER": "other",
}
_DELIVERY: dict[str | None, Status] = {"UNDELIVERABLE": "undeliverable", "DELIVERABLE": "ok", "OK": "ok"}
_REMARKS = {
    "isValidSyntax": (False, "not written as an address is"),
    "isRisky": (True, "risky"),
    "isCatchAll": (True, "its domain takes mail for any name"),
    "isMailboxFull": (True, "mailbox full"),
    "isSystemGenerated": (True, "made by a system"),
    "canConnectSmtp": (False, "no connection to the mail server"),
    "smtpSuccess": (False, "not confirmed by the mail server"),
    "verifyingCheckAll": (True, "still being checked"),
}
"""What a check found that is worth telling: when, and in which words."""


class Beside:
    """What parts of a contact say of themselves that no place of theirs holds: as custom values and moments."""

    def __init__(self) -> None:
        self.custom: list[Custom] = []
        self.moments: list[Moment] = []

    def texts(self, part: Fields, of: str, *names: str) -> None:
        """Texts under names like "jobRoles.id"; the same one once."""
        for name in names:
            custom = Custom(name=f"{of}.{name}", value=part.text(name), scope=KIND)
            if custom.value is not None and custom not in self.custom:
                self.custom.append(custom)

    def times(self, part: Fields, of: str, part_id: str | None) -> None:
        """When the part was made and changed, under names like "email_created:<id of the e-mail>"."""
        for name, what in (("createdAt", "created"), ("updatedAt", "updated")):
            at = part.time(name)
            if at is not None:
                self.moments.append(Moment(name=f"{of}_{what}:{part_id}" if part_id else f"{of}_{what}", at=at))


def emails(record_id: str, fields: Fields, beside: Beside, oddities: Oddities) -> list[Email]:
    """All addresses once, with one primary. `primaryEmail` names it, or adds it when it is not listed."""
    main = fields.part("primaryEmail")
    main_id, main_raw = main.text("id"), main.text("email") or main.text("rawEmail")
    found = [email for part in fields.parts("emails") if (email := _email(part, beside))]
    if main_raw:
        found.append(Email(raw=main_raw, primary=True, id=main_id))
    elif main_id:
        named = {"primary": True}
        found = [email.model_copy(update=named) if email.id == main_id else email for email in found]
    return with_one_primary(each_once(found), "e-mail", record_id, oddities)


def _email(part: Fields, beside: Beside) -> Email | None:
    """An address as the system cleaned it, or as it was typed; what was typed otherwise is left over."""
    clean, typed = part.text("email"), part.text("rawEmail")
    raw = clean or typed
    if raw is None:
        return None
    if typed is not None and typed.strip().casefold() != raw.strip().casefold():
        part.put_back("rawEmail", typed)
    checks = part.part("emailValidationDetails")
    found = {name: checks.flag(name) for name in _REMARKS}
    remarks = [words for name, (when, words) in _REMARKS.items() if found[name] is when]
    beside.texts(part, "emails", "source")
    beside.texts(checks, "emails", "alternateEmail", "primaryDomain")
    email_id = part.text("id")
    beside.times(part, "email", email_id)
    return Email(
        raw=raw,
        type=_type(part.text("label"), part.flag("work")),
        primary=part.flag("primary"),
        status=_status(checks, found),
        status_reason="; ".join(remarks) or None,
        role=checks.flag("isRoleAccount"),
        free=checks.flag("isFreeAccount"),
        id=email_id,
    )


def _type(label: str | None, work: bool | None) -> str | None:
    """WORK and PERSONAL say it; MAIN and OTHER say less than `work`."""
    if label and (label.upper() in ("WORK", "PERSONAL") or not work):
        return label.lower()
    return None if work is None else "work" if work else "personal"


def _status(checks: Fields, found: dict[str, bool | None]) -> Status | None:
    """What the check says of delivery. That it was made (`verified`) counts where it says nothing else."""
    verified, told = checks.flag("verified"), checks.text("deliverable")
    deliverable = told.strip().upper() if told else None
    if deliverable not in (None, "UNKNOWN", *_DELIVERY):
        checks.put_back("deliverable", told)
    if deliverable in _DELIVERY:
        return _DELIVERY[deliverable]
    if found["isValidSyntax"] is False:
        return "undeliverable"
    if verified is False:
        return "unverified"
    if deliverable is not None and not found["smtpSuccess"]:
        return "unknown"
    return "ok" if verified else None


def phones(record_id: str, fields: Fields, beside: Beside, region: str | None, oddities: Oddities) -> list[Phone]:
    """All numbers once, with one primary. `region` is for numbers of which nothing tells the country."""
    found: dict[tuple[str, str | None], Phone] = {}
    for part in fields.parts("phoneNumbers"):
        phone = _phone(part, region)
        if phone is None:
            continue
        beside.texts(part, "phoneNumbers", "source")
        beside.times(part, "phone", phone.id)
        held = found.setdefault((phone.raw.strip(), phone.kind), phone)
        if phone.primary and not held.primary:
            found[phone.raw.strip(), phone.kind] = held.model_copy(update={"primary": True})
    return with_one_primary(list(found.values()), "phone", record_id, oddities)


def _phone(part: Fields, region: str | None) -> Phone | None:
    """The number as it was typed, or the validated E.164 form; the other one is left over.

    E.164 has no extensions: a number that was typed with one stays as it is.
    """
    e164, typed = part.text("e164"), part.text("rawPhoneNumber")
    validated, label = part.flag("validated"), part.text("label")
    region = part.part("country").text("codeA2") or region
    extension = phone_parts.extension(number.normalise(typed, region) or "") if typed else ""
    sure = bool(e164 and e164.strip().startswith("+") and validated and not extension)
    raw = e164 if sure else typed or e164
    if raw is None:
        return None
    for name, value in (("e164", e164), ("rawPhoneNumber", typed)):
        if value is not None and value.strip() != raw.strip():
            part.put_back(name, value)
    kind = _KINDS.get(label.strip().upper(), "unknown") if label else None
    return Phone(
        raw=raw,
        region=region,
        kind=kind,
        extension=extension or None,
        label=label if kind == "unknown" else None,
        primary=part.flag("primary"),
        validated=validated,
        id=part.text("id"),
    )


def organisations(record_id: str, fields: Fields, beside: Beside, oddities: Oddities) -> list[Organisation]:
    """Roles, present and past, then the organisations of which no role is told."""
    _with_latest(fields)
    held = [role for part in fields.parts("jobRoles") if (role := _role(part, beside))]
    listed = fields.part("organizations")
    total = whole_number(listed.text("totalElements"))
    listed.drop("totalPages")
    content = listed.parts("content")
    if total is not None and total > len(content):
        oddities.note("contacts of which not all organisations are included", record_id)
    for part in content:
        organisation = Organisation(account_id=_id(part), name=part.text("name"))
        if (organisation.account_id or organisation.name) and not _known(organisation, held):
            held.append(organisation)
    primary = [role for role in held if role.primary]
    if len(primary) < 2:
        return held
    oddities.note("records with several primary roles, one was chosen", record_id)
    chosen = next((role for role in primary if role.end is None), primary[0])
    return [role if role is chosen else role.model_copy(update={"primary": False}) for role in held]


def _with_latest(fields: Fields) -> None:
    """Adds the latest role to the others when it is not among them."""
    latest, roles = fields.take("latestOrganizationWithJobRole"), fields.take("jobRoles")
    fields.put_back("jobRoles", roles)
    if not isinstance(latest, dict):
        fields.put_back("latestOrganizationWithJobRole", latest)
        return
    role, organisation = latest.get("jobRole"), latest.get("organization")
    whole = {**(role if isinstance(role, dict) else {}), "organization": organisation}
    listed = roles if isinstance(roles, list) else []
    by = "id" if whole.get("id") is not None else "organization"
    if not any(isinstance(other, dict) and other.get(by) == whole[by] for other in listed):
        fields.put_back("jobRoles", [*listed, whole])


def _role(part: Fields, beside: Beside) -> Organisation | None:
    """A role with its organisation; `company` is the name where no organisation is linked."""
    linked, written = part.part("organization"), part.text("company")
    name = linked.text("name")
    if name is not None and written is not None and written.strip() != name.strip():
        part.put_back("company", written)
    role = Organisation(
        name=name or written,
        account_id=_id(linked),
        title=part.text("jobTitle"),
        description=part.text("description"),
        primary=part.flag("primary"),
        start=part.time("startedAt"),
        end=part.time("endedAt"),
    )
    beside.texts(part, "jobRoles", "id")
    return role if role.name or role.account_id or role.title or role.description else None


def _id(organisation: Fields) -> str | None:
    """Of an organisation, in its metadata or (in older schemas) beside it."""
    metadata, old = organisation.part("metadata").text("id"), organisation.text("id")
    if metadata is not None and old not in (None, metadata):
        organisation.put_back("id", old)
    return metadata or old


def _known(organisation: Organisation, held: list[Organisation]) -> bool:
    """By its id; by its name where one of the two has no id."""
    return any(
        organisation.account_id == other.account_id
        if organisation.account_id and other.account_id
        else bool(organisation.name) and organisation.name == other.name
        for other in held
    )


def addresses(fields: Fields, beside: Beside) -> list[Address]:
    """Locations, with the country as a code where there is one."""
    found = []
    for part in fields.parts("locations"):
        address = Address(
            raw=part.text("rawAddress"),
            house_number=part.text("houseNumber"),
            street=part.text("street") or part.text("address"),
            unit=part.text("address2"),
            city=part.text("locality"),
            region=part.text("region"),
            postal_code=part.text("postalCode") or part.text("zip"),
            country=part.text("countryCodeA2") or part.text("country"),
            type=part.text("addressType"),
        )
        beside.texts(part, "locations", "id", "name", "country")
        if any(value is not None for _, value in address):
            found.append(address)
    return found


def socials(fields: Fields) -> tuple[list[Social], list[ExternalId], list[Counter]]:
    """Profiles; the id that a network itself gives a person's page; followers of each network."""
    found, ids, counters = [], [], []
    for part in fields.parts("socials"):
        url, alias, given = part.text("url"), part.text("alias"), part.text("externalId")
        raw = url or alias
        if raw is None:
            part.put_back("externalId", given)
            continue
        network = (social.normalise(url) or "").partition(":")[0] or None
        found.append(Social(raw=raw, network=network, handle=alias, id=part.text("id")))
        if given and network:
            ids.append(ExternalId(system=network, raw=given, url=url, relation="third_party"))
        else:
            part.put_back("externalId", given)  # of a page that is nobody's own
        followers = whole_number(part.text("followersCount"))
        if followers is not None:
            counters.append(Counter(name=f"{network or 'social'}_followers", value=followers))
    return found, ids, counters
