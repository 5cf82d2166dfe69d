"""Failing: errors as pages that say what happened, and what to do next. What was typed is not lost."""

import json

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.problems import entry_of
from api.steward.frame import GUARD, inside, is_part, render
from api.steward.session import SignedOutError, typed
from api.steward.signing import Door, signing_address, signing_page
from resolver.errors import ConflictError, GoneError, StaleError, UnknownError
from resolver.store.desk import HeldError

WHOLE = {"HX-Retarget": "body", "HX-Reswap": "innerHTML show:window:top", "HX-Push-Url": "false"}
"""Tells the script of a page to show an answer in place of all of it."""
NEXT = {
    HeldError: "Take another case, or come back when their time is over.",
    StaleError: "Look at it as it is now, and decide again. What you typed is kept below.",
    ConflictError: "Undo in the history what it contradicts, if that was wrong, and try again.",
    GoneError: "Whoever it was about was forgotten or deleted. There is nothing to do here.",
    UnknownError: "Look at the address again, or find the person by name, e-mail or phone.",
}
"""What somebody can do about an error. The nearest class counts."""
OTHERS = {
    403: "Ask whoever runs this desk for that right.",
    422: "Change what you typed, and send it again.",
    429: "Wait a moment, and try again.",
    500: "Try again. If it happens again, tell whoever runs this desk the number below.",
    503: "Try again in a moment. Nothing was saved.",
    504: "Try again. Nothing was saved.",
}
"""The same by status, for all other errors."""


def failing_page(error: Exception, request: Request, request_id: str) -> Response:
    """The page that tells an error."""
    if isinstance(error, SignedOutError):
        return _signed_out(request, error)
    entry = entry_of(error)
    visit = getattr(request.state, "visit", None)
    found = render(
        request,
        "error.html",
        int(entry.status),
        visit=visit,
        entry=entry,
        detail=_detail(error) or entry.detail or str(error),
        advice=_advice(error, int(entry.status)),
        request_id=request_id,
        typed=typed(getattr(request.state, "sent", FormData())),
        again=request.url.path,
        before=_before(request),
    )
    found.headers.update(entry.headers(error))
    if is_part(request):
        found.headers.update(WHOLE)
    return found


def _detail(error: Exception) -> str | None:
    """What is wrong with an address or a form that does not fit."""
    if not isinstance(error, RequestValidationError):
        return None
    return "; ".join(f"{one['loc'][-1]}: {str(one['msg'])[:1].lower()}{str(one['msg'])[1:]}" for one in error.errors())


def _advice(error: Exception, status: int) -> str:
    near = next((NEXT[kind] for kind in type(error).__mro__ if kind in NEXT), None)
    return near or OTHERS.get(status, "Go back, and try something else.")


def _before(request: Request) -> str:
    """The page that the request came from: to look at it as it is now."""
    came = request.headers.get("referer", "")
    _, _, path = came.partition(f"//{request.headers.get('host', '')}")
    return inside(path or None)


def _signed_out(request: Request, error: SignedOutError) -> Response:
    """To the page for signing in; with a form in hand at once, as it would be lost on the way."""
    query = f"?{request.url.query}" if request.url.query else ""
    if request.method == "POST" and is_part(request) and "HX-Boosted" not in request.headers:
        # what a page asks for by itself, such as to hold its case longer: nobody typed it, so nobody is to send it
        # again, and it must not take the place of the decision that was sent beside it
        return Response(status_code=401, headers=dict(GUARD))
    if request.method == "POST":
        kept = json.dumps([request.url.path, typed(error.sent)])
        found = signing_page(request, Door(error.is_open, error.tenants), _before(request), kept, status=401)
        if is_part(request):
            found.headers.update(WHOLE)
        return found
    came = request.headers.get("hx-current-url")
    if came is not None:
        path = came.partition(f"//{request.headers.get('host', '')}")[2]
        return Response(status_code=401, headers={**GUARD, "HX-Redirect": signing_address(path)})
    return RedirectResponse(signing_address(request.url.path + query), 303, dict(GUARD))
