"""Crossing: pages of some other origins may ask for what OpenRefine needs (CORS); of everything else, none may."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.settings import Settings

PATH = "/reconcile"
"""Where it is allowed, and below it."""


class Crossing:
    """Answers browsers that ask on behalf of a page of another origin, as the reconciliation API demands."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.crossing = CORSMiddleware(
            app,
            allow_origins=settings.reconcile_origins.split(),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "X-API-Key"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope.get("path", "")
        here = scope["type"] == "http" and (path == PATH or path.startswith(f"{PATH}/"))
        await (self.crossing if here else self.app)(scope, receive, send)
