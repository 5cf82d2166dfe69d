"""The server of the tests of the API."""

from tests.api.conftest import app, as_role, client, db, population

__all__ = ["app", "as_role", "client", "db", "population"]
