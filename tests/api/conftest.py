"""A server over a fresh store with a small trained population, and callers of each role."""

import shutil
import warnings
from contextlib import ExitStack
from dataclasses import replace
from threading import Event

import pytest

from api.app import create_app
from api.settings import Settings
from resolver.store import access, audit
from resolver.store.database import Database
from tests.api import probe
from tests.resolver.store.living import fresh, people, trained

with warnings.catch_warnings():
    # Starlette would rather have a client that is not on this list of libraries; the one it warns of does the same
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

FEW = 60
"""Records of the population."""


@pytest.fixture(scope="session")
def population(tmp_path_factory):
    """A store with some people, of tenant "acme"; not to be changed: `db` is a copy."""
    path = tmp_path_factory.mktemp("population") / "contacts.db"
    resolver = fresh(path, replace(trained(), tenant="acme"), "acme")
    resolver.take(people().head(FEW))
    resolver.database.close()
    return path


@pytest.fixture
def db(population, tmp_path):
    """The path of a store of one's own with these people."""
    return shutil.copy(population, tmp_path / "contacts.db")


@pytest.fixture
def app(db):
    """The application on that store."""
    return create_app(Settings(db=str(db)))


@pytest.fixture
def client(app):
    """Asks the application; errors are answers."""
    with TestClient(app, base_url="http://127.0.0.1:8400", client=("127.0.0.1", 50_000)) as client:
        yield client


@pytest.fixture
def as_role(app):
    """as_role("read", tenant="acme"): the headers of a caller with that role."""
    made = {}

    def headers(role, tenant="acme"):
        if (role, tenant) not in made:
            with app.state.server.database.writing(tenant) as connection:
                key = access.drawn(tenant, access.Role(role), f"a {role} of {tenant}")
                made[role, tenant] = access.make(connection, key)
        return bearing(made[role, tenant])

    return headers


@pytest.fixture
def asking(db):
    """asking(in_work=1): asks an application with settings of its own, which has the routes of `probe` too."""
    with ExitStack() as leaving:

        def opened(**settings):
            app = create_app(Settings(**{"db": str(db), **settings}))
            app.include_router(probe.router)
            app.state.begun, app.state.ended, app.state.gate = [], [], Event()
            client = TestClient(app, base_url="http://127.0.0.1:8400", client=("127.0.0.1", 50_000))
            return leaving.enter_context(client)

        yield opened


@pytest.fixture
def probing(asking):
    """Asks an application that has the routes of `probe` too."""
    return asking()


@pytest.fixture
def key_of(db):
    """key_of("read"): a new key, as it is shown."""
    database = Database(str(db))

    def made(role="read", tenant="acme", name="a form", expires=None):
        with database.writing(tenant) as connection:
            return access.make(connection, access.drawn(tenant, access.Role(role), name, expires))

    yield made
    database.close()


def bearing(credential):
    """The header that shows a credential."""
    return {"Authorization": f"Bearer {credential}"}


def audit_of(client, tenant="acme"):
    """The audit as (who, role, action, targets)."""
    server = client.app.state.server
    server.recorder.flush()
    with server.database.reading() as connection:
        return [(line.who, line.role, line.action, line.targets) for line in audit.last(connection, tenant, 1000)]
