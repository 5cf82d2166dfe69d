"""One worker process of the server."""

from typing import TYPE_CHECKING

from api import logs
from api.settings import load
from resolver.memory import be_frugal, loading

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def app() -> "ASGIApp":
    """The application, by the settings in the environment; any ASGI server may ask for it: api.worker:app."""
    be_frugal()
    logs.begin()
    with loading():
        from api.app import create_app
        from api.processors import OneProcessor, is_possible

        made = create_app(load())
        return OneProcessor(made) if is_possible() else made
