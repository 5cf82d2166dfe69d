"""The application: settings in, an ASGI application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import problems
from api.crossing import Crossing
from api.deps import Server
from api.desk import Desk, told
from api.limits import Body, Clock, Crowd
from api.observing import Observing
from api.routes import ROUTERS
from api.settings import Settings
from resolver.store.opening import opened
from resolver.webhooks.delivering import Patience, delivering

DESCRIPTION = """\
Who is this, and do we know them already? Contacts from many systems, one entity a person, each with a golden record.

Errors are problem+json (RFC 9457) with a stable `code`. Scores are probabilities, times RFC 3339 in UTC. Every answer
carries `X-Request-Id`; quote it when you ask about one.
"""
TAGS = [{"name": "operation", "description": "Whether the server is alive, ready, and how it fares."}]


def create_app(settings: Settings) -> FastAPI:
    """The API over the store that the settings name, which is made where it is missing.

    Raises UsageError where the store or the settings do not fit.
    """
    server = Server(opened(settings.db, make=True), settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        with delivering(server.database, Patience(allow_private=settings.webhooks_allow_private)):
            yield
        server.close()

    app = FastAPI(
        title="contact-resolver",
        description=DESCRIPTION,
        version=version("contact-resolver"),
        openapi_tags=TAGS,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.server = server
    for router in ROUTERS:
        app.include_router(router)
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _told)
    # the last one added is the outermost
    app.add_middleware(Desk, whole=app)
    app.add_middleware(Body, settings=settings)
    app.add_middleware(Crowd, settings=settings)
    app.add_middleware(Clock, settings=settings)
    app.add_middleware(Observing, metrics=server.metrics, recorder=server.recorder)
    app.add_middleware(Crossing, settings=settings)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


async def _told(request: Request, error: Exception) -> Response:
    # the framework takes an error that comes up while it reads a body for a mistake in the body
    cause = error.__cause__ if isinstance(error.__cause__, problems.LimitError) else error
    return told(cause, request.scope, request.state.request_id)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the shape of problems."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, tags=app.openapi_tags, routes=app.routes
        )
        shapes = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document.setdefault("components", {}).setdefault("schemas", {}).update(
            {**shapes.pop("$defs", {}), "Problem": shapes}
        )
        app.openapi_schema = document
    return app.openapi_schema
