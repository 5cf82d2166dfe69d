"""cPod CRM: pages by cursor, deleted contacts included; no filter by time of change, so every pull is a full one."""

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
)

_TITLE = "cPod"
_VARIABLES = "RESOLVER_CPOD_TOKEN, or RESOLVER_CPOD_CLIENT_ID and RESOLVER_CPOD_CLIENT_SECRET,"


def _credentials(environ: Mapping[str, str]) -> Credentials:
    if token := secret(environ, "RESOLVER_CPOD_TOKEN"):
        return bearer(token)
    client, key = secret(environ, "RESOLVER_CPOD_CLIENT_ID"), secret(environ, "RESOLVER_CPOD_CLIENT_SECRET")
    if client and key:
        body = {"client_id": client, "client_secret": key, "grant_type": "client_credentials"}
        return Credentials(secrets=(client, key), exchange=Ask("/api/v1/auth/token", body=body))
    raise missing(_TITLE, _VARIABLES)


def _ask(cursor: Cursor, plan: Plan) -> Ask:
    params = {"limit": str(plan.page_size), "includeDeleted": "true"}
    return Ask("/api/v1/crm/contacts", params if cursor is None else {**params, "cursor": str(cursor)})


def _rows(document: Any) -> list[Any]:
    return listed(document, "items")


def _read(document: Any, place: Place) -> Page:
    cursor = part(document, "nextCursor") or part(document, "next_cursor")
    follows = isinstance(cursor, str) and fresh(_rows(document), place)
    return Page(next=cursor if follows else None, total=number(part(document, "total")))


CPOD = System(
    kind="cpod",
    title=_TITLE,
    address="https://api.cyberpod.app",
    sizes=(1, 100, 500),
    variables=_VARIABLES,
    incremental=False,
    counted=True,
    first=None,
    credentials=_credentials,
    ask=_ask,
    rows=_rows,
    read=_read,
)
