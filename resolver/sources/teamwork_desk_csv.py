"""Teamwork Desk as CSV (through Skyvia): rows in the form in which the API gives them.

Skyvia's column lists are not published, so headers are matched without regard to case, and any may be absent.
Customers name companies by id only, and custom fields belong to tickets of one inbox: both stand in files of their own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resolver.contact import Custom

Row = Mapping[str, Any]

FIELDS = (
    *("id", "firstName", "lastName", "email", "contacts", "organization", "company", "extraData", "notes"),
    *("verifiedEmail", "permission", "addMethod", "linkedinURL", "facebookURL", "twitterHandle", "googlePlusURL"),
    *("numTickets", "jobTitle", "phone", "mobile", "address", "externalId", "avatarURL", "customerwelcomeemails"),
    *("trusted", "welcomeEmailSent", "language", "title", "timezoneId", "lastTicketDate", "standing", "password"),
    *("createdAt", "updatedAt", "createdBy", "updatedBy", "state", "deletedAt", "deletedBy"),
)
"""The documented fields of a customer, as the API spells them."""

_SPELLED = {name.lower(): name for name in FIELDS}
_REFERENCES = {
    "companyid": "company",
    "createdbyid": "createdBy",
    "updatedbyid": "updatedBy",
    "deletedbyid": "deletedBy",
}
_OF_DESK = frozenset(
    "addmethod avatarurl customerwelcomeemails extradata facebookurl linkedinurl numtickets permission trusted "
    "twitterhandle verifiedemail welcomeemailsent".split()
)
_FEWEST = 4  # names of Desk's own, from which a customer is recognised whatever else is absent
_OF_COMPANIES = frozenset(
    "id name description details industry website permission kind note notes domains state createdat createdbyid "
    "updatedat updatedbyid deletedat deletedbyid".split()
)
_OF_TICKETS = frozenset(
    "id customerid inboxid contactid companyid agentid assignedtoid statusid priorityid typeid sourceid subject message "
    "previewtext originalrecipient bcc cc tags tagids files activities messages timelogs suggestions status priority "
    "type source agent inbox customer contact imageshidden isread readonly notifycustomer messagecount "
    "resolutiontimemins responsetimemins spamscore spamrules spam_score spam_rules happinesssurveysentat state createdat "
    "createdbyid updatedat updatedbyid deletedat deletedbyid".split()
)


def is_customers(names: Iterable[str]) -> bool:
    """Whether a header, or the names in an object, are those of a customer."""
    known = _lower(names)
    return "id" in known and len(known & _OF_DESK) >= _FEWEST


def is_companies(header: Sequence[str]) -> bool:
    """Whether a header is that of the Companies file: an id, a name, and nothing that a company has not."""
    known = _lower(header)
    return {"id", "name"} <= known <= _OF_COMPANIES


def is_tickets(header: Sequence[str]) -> bool:
    """Whether a header is that of the Tickets file."""
    return {"id", "customerid", "inboxid"} <= _lower(header)


def _lower(names: Iterable[str]) -> set[str]:
    return {name.strip().lower() for name in names}


def in_api_form(row: Row) -> dict[str, Any]:
    """A customer with the API's names: `CompanyId` becomes a reference, the JSON in `Contacts` a list.

    Blank cells are left out and unknown columns keep their names; a record of the API stays as it is. ValueError for
    contacts that are no JSON list.
    """
    customer: dict[str, Any] = {}
    for header, value in row.items():
        folded = header.strip().lower()
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if folded in _REFERENCES:
            customer.setdefault(_REFERENCES[folded], {"id": value})
        elif folded in _SPELLED and _SPELLED[folded] not in customer:
            customer[_SPELLED[folded]] = value
        else:
            customer[header] = value
    if isinstance(customer.get("contacts"), str):
        customer["contacts"] = _contacts(customer["contacts"])
    return customer


def _contacts(cell: str) -> list[Any]:
    try:
        contacts = json.loads(cell)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError("Contacts is not JSON") from error
    if contacts is None:
        return []
    if not isinstance(contacts, list):
        raise ValueError("Contacts is not a JSON list")
    return contacts


def company_names(rows: Iterable[Any]) -> dict[str, str]:
    """Id -> name of the companies that have one."""
    found = ({name.strip().lower(): value for name, value in row.items()} for row in rows if isinstance(row, Mapping))
    return {
        str(row["id"]): str(row["name"])
        for row in found
        if row.get("id") not in (None, "") and str(row.get("name") or "").strip()
    }


def ticket_fields(rows: Iterable[Any]) -> dict[str, list[Custom]]:
    """Customer id -> the custom fields of the customer's tickets, each named after the inbox that defines it.

    A blank means that the ticket's inbox has no such field, never that its value was cleared. A value that several
    tickets of one inbox share counts once.
    """
    found: dict[str, dict[Custom | tuple[str, str], Custom]] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            continue
        cells = {name.strip(): value for name, value in row.items() if value is not None and str(value).strip()}
        folded = {name.lower(): str(value) for name, value in cells.items()}
        if "customerid" not in folded or folded.get("state", "").lower() == "deleted":
            continue
        inbox = folded.get("inboxid", "unknown")
        for name, value in cells.items():
            if name.lower() not in _OF_TICKETS:
                custom = Custom(name=f"desk:inbox:{inbox}:{name}", value=str(value), scope="teamwork_desk")
                found.setdefault(folded["customerid"], {})[custom.name, str(value)] = custom
    return {customer: list(fields.values()) for customer, fields in found.items()}
