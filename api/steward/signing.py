"""Signing in and out: by name and password, by an API key or a token, or, on an open server, by a name alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import BoundedSemaphore
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.access import AccessError, Caller, Role
from api.deps import Server, Session, server_of
from api.gate import is_from_here
from api.steward.frame import KEYS, THEME, THEMES, Told, back, inside, keep, render
from api.steward.session import COOKIE, LONGEST, Looks, csrf_of, fresh, must_be_ours, sent, sign_in, whose
from resolver.errors import UsageError
from resolver.store import sittings, users
from resolver.store.audit import Line
from resolver.store.sittings import By, Sitting, latest

router = APIRouter(include_in_schema=False)
YEAR = 365 * 24 * 3600
WRONG = "That name and password do not fit. Check both, and try again."
"""One text for all: it does not tell which."""
TRYING = BoundedSemaphore(2)
"""Passwords that are tried at a time: each takes memory and a processor."""


@dataclass(frozen=True)
class Door:
    """How one comes in. is_open: by a name alone; tenants: then, whose contacts there are to choose from."""

    is_open: bool
    tenants: Sequence[str] = ()

    @classmethod
    def of(cls, request: Request) -> "Door":
        """That of the server, for whoever asks."""
        here = server_of(request)
        is_open = here.gate.is_open() and is_from_here(request)
        return cls(is_open, whose(here) if is_open else ())


def signing_address(path: str) -> str:
    """Where one signs in to come to a page."""
    return f"/steward/sign-in?next={quote(inside(path), safe='')}"


def signing_page(
    request: Request, door: Door, next_: str, kept: str = "", wrong: str = "", status: int = 200
) -> Response:
    """The page for signing in. kept: a form that is to be sent afterwards, as JSON: its address, names and values."""
    token = request.cookies.get(COOKIE) or fresh()
    name = getattr(request.state, "sent", FormData()).get("name") if wrong else ""
    found = render(
        request, "sign_in.html", status, door=door, csrf=csrf_of(token), next=next_, kept=kept, wrong=wrong,
        name=name or "", whole=next_,
    )  # fmt: skip
    if COOKIE not in request.cookies:
        keep(request, found, COOKIE, token)
    return found


@router.get("/steward/sign-in")
def steward_sign_in(request: Request, next: str | None = None) -> Response:  # noqa: A002 - as it is in the address
    """The page for signing in."""
    return signing_page(request, Door.of(request), inside(next))


@router.post("/steward/sign-in")
def steward_signed_in(request: Request, form: Annotated[FormData, Depends(sent)]) -> Response:
    """Signs somebody in, and leads to where they wanted; with a form in hand first to that."""
    token = request.cookies.get(COOKIE, "")
    must_be_ours(request, form, token)
    here, next_, kept = server_of(request), inside(_line(form, "next")), str(form.get("kept") or "")
    try:
        sitting = _known(request, here, form)
    except AccessError as refused:
        return signing_page(request, Door.of(request), next_, kept, wrong=str(refused), status=401)
    made = sign_in(here, sitting, token or None)
    caller = Caller(sitting.tenant, sitting.role, sitting.name, sitting.key)
    request.state.session = Session(
        caller, here.tenants.resolver(sitting.tenant), request.state.request_id, here, [("sign_in", ())]
    )
    unsent = _unsent(kept)
    if unsent is None:
        answer = back(request, next_)
    else:
        action, fields = unsent
        answer = render(
            request, "resume.html", csrf=csrf_of(made), next=next_, action=action, fields=fields, name=sitting.name
        )
    keep(request, answer, COOKIE, made)
    return answer


@router.post("/steward/sign-out")
def steward_sign_out(visit: Looks) -> Response:
    """Signs somebody out."""
    here = server_of(visit.request)
    with here.database.adding() as connection:
        sittings.end(connection, visit.request.cookies[COOKIE])
    visit.audit("sign_out")
    answer = back(visit.request, "/steward/queue", Told("You are signed out."))
    answer.headers["Location"] = "/steward/sign-in"
    answer.delete_cookie(COOKIE, path="/steward")
    return answer


@router.post("/steward/looks")
def steward_looks(visit: Looks) -> Response:
    """How the desk looks, and whether keys are on, for this browser."""
    answer = back(visit.request, _line(visit.form, "next"))
    theme, keys = _line(visit.form, "theme"), _line(visit.form, "keys")
    if theme in THEMES:
        keep(visit.request, answer, THEME, theme, YEAR)
    if keys in ("on", "off"):
        keep(visit.request, answer, KEYS, keys, YEAR)
    return answer


def _line(form: FormData, name: str) -> str:
    typed = form.get(name)
    said = typed.strip() if isinstance(typed, str) else ""
    return said if len(said) <= LONGEST * 3 else ""


def _known(request: Request, here: Server, form: FormData) -> Sitting:
    """Who signs in. Raises AccessError with what to tell them."""
    now, name = datetime.now(UTC), _line(form, "name")
    credential = _line(form, "credential")
    if credential:
        caller = here.gate.caller(credential, request)
        ends = here.gate.ends(credential)
        by = By.KEY if ends is None else By.TOKEN
        return Sitting(caller.tenant, caller.name, caller.role, by, latest(now, ends), now, caller.key)
    door = Door.of(request)
    if not name:
        raise AccessError("Write your name." if door.is_open else "Write your name and password.")
    if not door.is_open:
        return _by_password(here, name, str(form.get("password") or ""), request.state.request_id)
    tenant = str(form.get("tenant") or "")
    if tenant not in {"", *door.tenants}:
        raise AccessError("Choose whose contacts you want to see.")
    return Sitting(tenant, name[:LONGEST], Role.ADMIN, By.NOTHING, latest(now), now)


def _by_password(here: Server, name: str, password: str, request_id: str) -> Sitting:
    now = datetime.now(UTC)
    with here.database.reading() as connection:
        user, hashed = users.stored(connection, name)
    if user is not None and user.wait_until is not None and user.wait_until > now:
        raise AccessError("Too many wrong passwords. Wait half a minute, and try again.")
    with TRYING:
        right = users.fits(password, hashed)
    if user is not None:
        with here.database.adding() as connection:
            users.tried(connection, name, right=right)
    if user is None or not right:
        if user is not None:
            here.recorder.add([Line(now, user.tenant, name, str(user.role), "sign_in.refused", (), request_id)])
        raise AccessError(WRONG)
    return Sitting(user.tenant, user.name, user.role, By.USER, latest(now), now)


def _unsent(kept: str) -> tuple[str, list[tuple[str, str]]] | None:
    """A form that was sent when nobody was signed in: its address, and its fields. Raises UsageError for nonsense."""
    if not kept:
        return None
    try:
        action, fields = json.loads(kept)
        told = [(str(name), str(value)) for name, value in fields]
    except (ValueError, TypeError) as error:
        raise UsageError("what was typed before cannot be read any more") from error
    return inside(str(action)), told
