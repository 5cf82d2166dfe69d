"""Home: the way in, help, and the files that pages name."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from api.steward.frame import GUARD, HOME, page, statics
from api.steward.session import Looks

router = APIRouter(include_in_schema=False)
LONG = "public, max-age=31536000, immutable"
"""For a file with the mark of its content in the address: there will never be another one there."""


@router.get("/steward")
@router.get("/steward/")
def steward_home() -> Response:
    """To the queue."""
    return RedirectResponse(HOME, 303, dict(GUARD))


@router.get("/steward/help")
def steward_help(visit: Looks) -> Response:
    """What the desk is, its words and its keys."""
    return page(visit, "help.html")


@router.get("/steward/static/{name}")
async def steward_static(name: str, request: Request, v: str = "") -> Response:
    """A file that pages name."""
    found = statics().get(name)
    if found is None:
        raise HTTPException(404)
    kept = LONG if v == found.mark else "no-cache"
    headers = {**GUARD, "Cache-Control": kept, "ETag": f'"{found.mark}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.kind, headers=headers)
