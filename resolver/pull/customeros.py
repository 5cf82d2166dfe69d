"""CustomerOS: GraphQL, pages counted from 1 (page 0 is page 1 again), filtered by time of change.

An answer with `errors` is partial even with status 200: what it holds is kept, and the pull is not complete.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from resolver.pull.system import (
    Ask,
    Credentials,
    Cursor,
    Page,
    Place,
    Plan,
    PullError,
    System,
    clipped,
    fresh,
    listed,
    missing,
    number,
    part,
    secret,
    zulu,
)

_TITLE = "CustomerOS"
_VARIABLES = "RESOLVER_CUSTOMEROS_API_KEY, or RESOLVER_CUSTOMEROS_APP_KEY and RESOLVER_CUSTOMEROS_TENANT,"
_GONE = "sourceOfTruth"  # later schemas lack it, and one unknown field fails the whole query
_QUERY = """
query ($p: Pagination!, $w: Filter) {
  contacts(pagination: $p, where: $w, sort: [{by: "CREATED_AT", direction: ASC}]) {
    totalPages totalElements content {
      metadata { id created lastUpdated source sourceOfTruth appSource version }
      id prefix name firstName lastName username description timezone profilePhotoUrl hide
      createdAt updatedAt source sourceOfTruth appSource
      tags { id name }
      jobRoles {
        id jobTitle primary description company startedAt endedAt organization { metadata { id } name }
      }
      organizations(pagination: {page: 1, limit: 10}) { content { metadata { id } name } totalElements totalPages }
      emails {
        id email rawEmail work label primary source createdAt updatedAt
        emailValidationDetails {
          verified verifyingCheckAll isValidSyntax isRisky isCatchAll canConnectSmtp isMailboxFull isRoleAccount
          isFreeAccount smtpSuccess deliverable
        }
      }
      primaryEmail { id email }
      phoneNumbers {
        id e164 rawPhoneNumber validated label primary country { codeA2 } source createdAt updatedAt
      }
      locations {
        id name rawAddress country countryCodeA2 region locality street houseNumber postalCode addressType
      }
      socials { id url alias externalId followersCount }
      customFields { id name datatype value source }
      owner { id firstName lastName }
    }
  }
}
""".strip()


def _credentials(environ: Mapping[str, str]) -> Credentials:
    if key := secret(environ, "RESOLVER_CUSTOMEROS_API_KEY"):
        return Credentials(headers={"X-CUSTOMER-OS-API-KEY": key}, secrets=(key,))
    key, tenant = secret(environ, "RESOLVER_CUSTOMEROS_APP_KEY"), secret(environ, "RESOLVER_CUSTOMEROS_TENANT")
    if key and tenant:
        return Credentials(headers={"X-Openline-API-KEY": key, "X-Openline-TENANT": tenant}, secrets=(key,))
    raise missing(_TITLE, _VARIABLES)


def _ask(cursor: Cursor, plan: Plan) -> Ask:
    variables: dict[str, Any] = {"p": {"page": cursor, "limit": plan.page_size}}
    if plan.since:
        changed = {"property": "UPDATED_AT", "operation": "GTE", "value": zulu(plan.since)}
        variables["w"] = {"filter": changed}
    query = _QUERY.replace(f" {_GONE}", "") if plan.lean else _QUERY
    return Ask("/query", body={"query": query, "variables": variables})


def _simpler(plan: Plan, words: str) -> Plan | None:
    return replace(plan, lean=True) if _GONE in words and not plan.lean else None


def _errors(document: Any) -> str:
    """What GraphQL reported, or ""."""
    told = part(document, "errors")
    if not told:
        return ""
    messages = [str(part(error, "message") or "no message") for error in told] if isinstance(told, list) else []
    return clipped("; ".join(dict.fromkeys(messages))) or "errors without a message"


def _rows(document: Any) -> list[Any]:
    contacts, errors = part(part(document, "data"), "contacts"), _errors(document)
    if errors and not part(contacts, "content"):
        raise PullError(f"errors came in place of contacts: {errors}", words=errors)
    return listed(contacts, "content")


def _read(document: Any, place: Place) -> Page:
    rows, contacts, errors = _rows(document), document["data"]["contacts"], _errors(document)
    page, pages = int(place.cursor or 1), number(part(contacts, "totalPages")) or 0
    return Page(
        next=page + 1 if page < pages and fresh(rows, place) else None,
        total=number(part(contacts, "totalElements")),
        errors=f"errors came beside the data: {errors}" if errors else "",
    )


CUSTOMEROS = System(
    kind="customeros",
    title=_TITLE,
    address="https://api.customeros.ai",
    sizes=(1, 50, 1000),
    variables=_VARIABLES,
    incremental=True,
    counted=True,
    first=1,
    credentials=_credentials,
    ask=_ask,
    rows=_rows,
    read=_read,
    simpler=_simpler,
)
