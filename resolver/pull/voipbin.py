"""VoIPBIN: newest first, each page ends before a time; no filter by time of change, so every pull is a full one.

The next page is `tm_create < token` (strictly), so contacts created in the same microsecond as the last of a page
would be skipped. The pull therefore asks from one microsecond later: the page begins with what is known already,
and with its twins. The token is filled on the last page too; only an empty page is the end.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
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
    secret,
)

_TITLE = "VoIPBIN"
_VARIABLES = "RESOLVER_VOIPBIN_TOKEN or RESOLVER_VOIPBIN_ACCESSKEY"


def _credentials(environ: Mapping[str, str]) -> Credentials:
    if token := secret(environ, "RESOLVER_VOIPBIN_TOKEN"):
        return bearer(token)
    if key := secret(environ, "RESOLVER_VOIPBIN_ACCESSKEY"):
        return Credentials(params={"accesskey": key}, secrets=(key,))
    raise missing(_TITLE, _VARIABLES)


def _ask(cursor: Cursor, plan: Plan) -> Ask:
    token = {} if cursor is None else {"page_token": str(cursor)}
    return Ask("/v1.0/contacts", {"page_size": str(plan.page_size), **token})


def _rows(document: Any) -> list[Any]:
    return listed(document, "result")


def _read(document: Any, place: Place) -> Page:
    rows = _rows(document)
    if not rows:
        return Page()
    token = document.get("next_page_token")
    if not isinstance(token, str) or not token:
        return Page(doubt="no page token came although there may be more")
    later = _a_microsecond_later(token)
    if later is None:
        doubt = "the page token is not a time, so contacts created at one moment may have been skipped"
        return Page(next=token if fresh(rows, place) else None, doubt=doubt)
    if later != place.cursor and fresh(rows, place):
        return Page(next=later)
    full = len(rows) >= place.page_size
    crowd = f"{len(rows)} contacts or more were created at {token}, and no more than a page of one moment is listed"
    if token == place.cursor:
        return Page(doubt=f"the page token did not move from {token}")
    return Page(next=token, doubt=crowd if full else "")


def _a_microsecond_later(token: str) -> str | None:
    """The token one microsecond on, written the way it came; None when it is not a time."""
    try:
        moment = datetime.fromisoformat(token) + timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None
    zone = "Z" if token.endswith(("Z", "z")) else moment.strftime("%z")
    return moment.strftime(f"%Y-%m-%d{token[10:11] or 'T'}%H:%M:%S.%f") + zone


VOIPBIN = System(
    kind="voipbin",
    title=_TITLE,
    address="https://api.voipbin.net",
    sizes=(2, 100, 100),
    variables=_VARIABLES,
    incremental=False,
    counted=False,
    first=None,
    credentials=_credentials,
    ask=_ask,
    rows=_rows,
    read=_read,
)
