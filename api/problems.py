"""Problems: errors as problem+json (RFC 9457). One table says which error has which status and code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.access import AccessError, RoleError
from resolver.errors import (
    ConflictError,
    GoneError,
    InputError,
    NeedsSecondError,
    NothingUsableError,
    ReusedError,
    RulesError,
    StaleError,
    TooLittleError,
    UnknownError,
    UsageError,
    VersionError,
)
from resolver.store.desk import HeldError

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:contact-resolver:problem:"
"""What the `type` of a problem begins with; its code follows."""


class LimitError(Exception):
    """A request that goes beyond a limit. `again`: after so many seconds it may be tried again."""

    def __init__(self, detail: str, again: float | None = None) -> None:
        self.again = again
        super().__init__(detail)


class TooLargeError(LimitError):
    """The body has more bytes than one may have."""


class TooDeepError(LimitError):
    """The body is nested deeper than one may be."""


class UnfitError(LimitError):
    """The request holds what no text has."""


class TooManyError(LimitError):
    """The caller sends more requests in a second than agreed."""


class BusyError(LimitError):
    """More requests are in work than the server can do side by side."""


class TooSlowError(LimitError):
    """The work took longer than a request may take."""


class UnreadyError(Exception):
    """The store is not what this program needs."""


class DuplicatesError(Exception):
    """A contact seems to be there already. told: whom it is like, and what the caller may do."""

    def __init__(self, detail: str, told: Mapping[str, Any]) -> None:
        self.told = told
        super().__init__(detail)


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """An error. `code` is stable; quote `request_id` when you ask about it."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldProblem] | None = None


@dataclass(frozen=True)
class Entry:
    """How an error is told: status, stable code, title, and where its own text may not be shown a fixed one.

    more: what else the answer says, from the error. headers: likewise, of the answer.
    """

    status: int
    code: str
    title: str
    detail: str | None = None
    more: Callable[[Any], Mapping[str, Any]] = field(default=lambda _: {})
    headers: Callable[[Any], Mapping[str, str]] = field(default=lambda _: {})


def _again(error: LimitError) -> Mapping[str, str]:
    return {"Retry-After": str(max(1, round(error.again)))} if error.again is not None else {}


def _fields(error: RequestValidationError) -> Mapping[str, Any]:
    return {"errors": [{"field": _place(one["loc"]), "message": one["msg"]} for one in error.errors()]}


def _place(loc: tuple[Any, ...]) -> str:
    """Where in a request something is wrong: `record.emails.0`, `limit`; characters that no UTF-8 has are replaced."""
    parts = loc[1:] if len(loc) > 1 else loc
    return ".".join(str(part) for part in parts).encode(errors="replace").decode()


def _when(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _challenge(_: AccessError) -> Mapping[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="contact-resolver"'}


DATABASE = Entry(
    503, "store_unavailable", "The store does not answer", "the database does not answer; try again",
    headers=lambda _: {"Retry-After": "1"},
)  # fmt: skip
UNEXPECTED = Entry(500, "internal_error", "Something is wrong with this server", "quote the request id to who runs it")

TABLE: dict[type[Exception], Entry] = {
    AccessError: Entry(401, "unauthorized", "Who is asking is not known", headers=_challenge),
    RoleError: Entry(403, "forbidden", "The role does not allow that"),
    UnknownError: Entry(404, "not_found", "There is no such thing"),
    StaleError: Entry(409, "stale", "It has changed since"),
    ConflictError: Entry(409, "conflict", "It contradicts what is there"),
    HeldError: Entry(
        409,
        "held",
        "Somebody else works on it",
        more=lambda error: {"holder": error.holder, "until": _when(error.until)},
    ),
    NeedsSecondError: Entry(409, "needs_second", "Two stewards have to say so"),
    GoneError: Entry(410, "gone", "It is not there any more"),
    VersionError: Entry(412, "version_mismatch", "The record is not as expected"),
    DuplicatesError: Entry(
        409, "duplicates_detected", "The contact seems to be there already", more=lambda error: error.told
    ),
    TooLargeError: Entry(413, "too_large", "The body is too large"),
    RequestValidationError: Entry(
        422, "invalid_request", "The request is not as described", "see errors", more=_fields
    ),
    UnfitError: Entry(400, "bad_request", "The request cannot be read"),
    TooDeepError: Entry(422, "too_deep", "The body is nested too deeply"),
    TooLittleError: Entry(422, "too_little", "The contact says too little"),
    ReusedError: Entry(422, "idempotency_key_reused", "The key was used for another request"),
    UsageError: Entry(422, "unusable", "The request does not fit together"),
    RulesError: Entry(422, "invalid_rules", "The rule set has a mistake"),
    InputError: Entry(422, "unreadable", "The input cannot be read"),
    NothingUsableError: Entry(422, "nothing_usable", "There is nothing to work with"),
    TooManyError: Entry(429, "too_many_requests", "Too many requests", headers=_again),
    Exception: UNEXPECTED,
    # what a statement of ours does to the store is no outage of it
    IntegrityError: UNEXPECTED,
    ProgrammingError: UNEXPECTED,
    BusyError: Entry(503, "busy", "The server is busy", headers=_again),
    DBAPIError: DATABASE,
    PoolTimeoutError: DATABASE,
    UnreadyError: Entry(503, "not_ready", "The server is not ready"),
    TooSlowError: Entry(504, "timeout", "The request took too long", headers=_again),
}
"""Which error has which status and code. The nearest class counts."""

REFUSED = {
    400: ("bad_request", "the request cannot be read"),
    404: ("no_such_route", "there is nothing at this address; see /openapi.json"),
    405: ("method_not_allowed", "this address takes other methods; see the header Allow"),
}
"""Code and text of what the framework itself refuses."""
COMMON = (400, 401, 403, 413, 422, 429, 500, 503, 504)
"""Statuses that any request may meet."""


def entry_of(error: Exception) -> Entry:
    """How an error is told."""
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        code, detail = REFUSED.get(status, (status.name.lower(), status.phrase.lower()))
        return Entry(status, code, status.phrase, detail, headers=lambda told: told.headers or {})
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)


def answer(error: Exception, request_id: str) -> JSONResponse:
    """The answer that tells an error."""
    entry = entry_of(error)
    detail = entry.detail or str(error)
    told = {
        "type": TYPE + entry.code,
        "title": entry.title,
        "status": int(entry.status),
        "code": entry.code,
        "detail": detail.encode(errors="replace").decode(),
        "request_id": request_id,
        **entry.more(error),
    }
    return JSONResponse(told, entry.status, dict(entry.headers(error)), MEDIA_TYPE)


def answers(*statuses: int, alone: bool = False) -> dict[int | str, dict[str, Any]]:
    """What `responses=` of a route is given: these statuses, and those that any request may meet.

    alone: the route asks for no credential and no body, so that only 500 may be met.
    """
    common = (HTTPStatus.INTERNAL_SERVER_ERROR,) if alone else COMMON
    return {status: _described(status) for status in sorted({*map(int, common), *statuses})}


def _described(status: int) -> dict[str, Any]:
    entries = [entry for entry in TABLE.values() if entry.status == status]
    phrase = HTTPStatus(status).phrase
    entry = entries[0] if entries else Entry(status, REFUSED[status][0], phrase, REFUSED[status][1])
    example = {
        "type": TYPE + entry.code,
        "title": entry.title,
        "status": status,
        "code": entry.code,
        "detail": entry.detail or entry.title.lower(),
        "request_id": "5f0c7a1e9b3d4c28a6e1f2d3c4b5a697",
    }
    codes = ", ".join(f"`{code}`" for code in dict.fromkeys(one.code for one in entries or [entry]))
    return {
        "description": f"{phrase}: {codes}",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }
