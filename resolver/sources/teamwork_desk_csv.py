"""Teamwork Desk as CSV (through Skyvia): rows in the form in which the API gives them.

Skyvia's column lists are not published, so headers are matched without regard to case, and any may be absent.
Customers name companies by id only, and custom fields belong to tickets of one inbox: both stand in files of their own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resolver.contact import Custom
from resolver.sources.json_values import text_or_none

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
    {"addmethod", "avatarurl", "customerwelcomeemails", "extradata", "facebookurl", "linkedinurl", "numtickets"}
    | {"permission", "trusted", "twitterhandle", "verifiedemail", "welcomeemailsent"}
)
_FEWEST = 4  # names of Desk's own, from which a customer is recognised whatever else is absent
_STAMPS = {"id", "state", "createdat", "createdbyid", "updatedat", "updatedbyid", "deletedat", "deletedbyid"}
_OF_COMPANIES = frozenset(
    _STAMPS
    | {"name", "description", "details", "industry", "website", "permission", "kind", "note", "notes", "domains"}
)
_OF_TICKETS = frozenset(
    _STAMPS
    | {"customerid", "inboxid", "contactid", "companyid", "agentid", "statusid", "priorityid", "typeid", "sourceid"}
    | {"customer", "inbox", "contact", "company", "agent", "status", "priority", "type", "source", "tags", "files"}
    | {"subject", "message", "messages", "messagecount", "previewtext", "originalrecipient", "bcc", "cc", "isread"}
    | {"readonly", "notifycustomer", "imageshidden", "activities", "timelogs", "suggestions", "spam_score"}
    | {"spam_rules", "spamscore", "spamrules", "resolutiontimemins", "responsetimemins", "happinesssurveysentat"}
)
"""Columns of every ticket; any other is a custom field of its inbox."""


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
    """Id -> name of the companies that have both, whether rows of a file or objects of the API."""
    cells = [_by_lower_name(row) for row in rows if isinstance(row, Mapping)]
    return {row["id"][1].strip(): row["name"][1] for row in cells if "id" in row and "name" in row}


def ticket_fields(rows: Iterable[Any]) -> dict[str, list[Custom]]:
    """Customer id -> the custom fields of the customer's tickets, each named after the inbox that defines it.

    A blank means that the ticket's inbox has no such field, never that its value was cleared. A value that several
    tickets of one inbox share counts once; deleted tickets do not count.
    """
    found: dict[str, dict[tuple[str, str], Custom]] = {}
    for row in rows:
        cells = _by_lower_name(row) if isinstance(row, Mapping) else {}
        if "customerid" not in cells or cells.get("state", ("", ""))[1].strip().lower() == "deleted":
            continue
        customer = found.setdefault(cells["customerid"][1].strip(), {})
        inbox = cells.get("inboxid", ("", "unknown"))[1].strip()
        for folded, (name, value) in cells.items():
            if folded not in _OF_TICKETS:
                key = f"desk:inbox:{inbox}:{name}"
                customer.setdefault((key, value), Custom(name=key, value=value, scope="teamwork_desk"))
    return {customer: list(fields.values()) for customer, fields in found.items()}


def _by_lower_name(row: Row) -> dict[str, tuple[str, str]]:
    """Lower-case name -> (name, value) of the cells that are not blank."""
    texts = ((name.strip(), text_or_none(value)) for name, value in row.items())
    return {name.lower(): (name, text) for name, text in texts if text is not None}
