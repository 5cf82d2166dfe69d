"""Teamwork Desk, API v2: numbered pages over a list that moves while it is read, filtered by time of change."""

import json
from collections.abc import Mapping
from typing import Any

from resolver.pull.system import (
    Ask,
    Credentials,
    Cursor,
    Page,
    Place,
    Plan,
    System,
    bearer,
    fresh,
    listed,
    missing,
    number,
    part,
    secret,
    zulu,
)

_TITLE = "Teamwork Desk"
_VARIABLES = "RESOLVER_TEAMWORK_DESK_TOKEN"


def _credentials(environ: Mapping[str, str]) -> Credentials:
    if token := secret(environ, _VARIABLES):
        return bearer(token)
    raise missing(_TITLE, _VARIABLES)


def _ask(cursor: Cursor, plan: Plan) -> Ask:
    """The addresses of a customer stand in `included`, and only when they are asked for."""
    params = {"page": str(cursor), "pageSize": str(plan.page_size)}
    params |= {"includes": "contacts,companies", "orderBy": "updatedAt"}
    if plan.since:
        params["filter"] = json.dumps({"updatedAt": {"$gte": zulu(plan.since)}}, separators=(",", ":"))
    return Ask("/desk/api/v2/customers.json", params)


def _rows(document: Any) -> list[Any]:
    return listed(document, "customers")


def _read(document: Any, place: Place) -> Page:
    pagination, meta = part(document, "pagination"), part(part(document, "meta"), "page")
    more = part(pagination, "hasMorePages") or part(meta, "hasMore")
    total = number(part(pagination, "records"))
    follows = more is True and fresh(_rows(document), place)
    return Page(
        next=int(place.cursor or 1) + 1 if follows else None,
        total=number(part(meta, "count")) if total is None else total,
    )


TEAMWORK_DESK = System(
    kind="teamwork_desk",
    title=_TITLE,
    address="https://{site}.teamwork.com",
    sizes=(1, 50, 500),
    variables=_VARIABLES,
    incremental=True,
    counted=True,
    first=1,
    credentials=_credentials,
    ask=_ask,
    rows=_rows,
    read=_read,
)
