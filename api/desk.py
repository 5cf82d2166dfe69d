"""The way to the stewards' desk: its pages are read when somebody asks for the first of them.

No form or integration needs them, and reading them is a tenth of what a server does before it is ready.
"""

from anyio import Lock
from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import answer


def is_here(scope: Scope) -> bool:
    """Whether a request is for the desk."""
    path = str(scope.get("path", ""))
    return path == "/steward" or path.startswith("/steward/")


class Desk:
    """Lets the application answer for the desk from the first request on that is for it."""

    def __init__(self, app: ASGIApp, whole: FastAPI) -> None:
        self.app, self.whole = app, whole
        self._lock, self._is_open = Lock(), False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if not self._is_open and is_here(scope):
            async with self._lock:
                if not self._is_open:
                    for router in await run_sync(pages):
                        self.whole.include_router(router)
                    self._is_open = True
        await self.app(scope, receive, send)


def pages() -> list[APIRouter]:
    """The routes of all pages."""
    from api.steward.pages import ROUTERS

    return ROUTERS


def told(error: Exception, scope: Scope, request_id: str) -> Response:
    """An error as a page where it came up on the desk, and for programs as problem+json."""
    if not is_here(scope):
        return answer(error, request_id)
    from api.steward.failing import failing_page

    return failing_page(error, Request(scope), request_id)
