"""One worker process of the server."""

from typing import TYPE_CHECKING

from api import logs
from api.settings import load
from resolver.memory import be_frugal, loading

if TYPE_CHECKING:
    from fastapi import FastAPI


def app() -> "FastAPI":
    """The application, by the settings in the environment; any ASGI server may ask for it: api.worker:app."""
    be_frugal()
    logs.begin()
    with loading():
        from api.app import create_app

        return create_app(load())
