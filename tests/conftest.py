"""How hypothesis runs: no stop-watch (a busy machine is no bug), and in CI the same examples every time.

Whoever runs the tests at home draws new examples each time, and so finds what CI has not. Here too are the databases
that a store can live in.
"""

import os

import pytest
from hypothesis import settings

from tests.servers import new_database, postgres, programs
from tests.soak import SOAK

settings.register_profile("here", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("here")


def pytest_report_header():
    return None if SOAK is None else f"soak: to have the same sequences again, make soak SEED={SOAK}"


def pytest_terminal_summary(terminalreporter):
    """What tests have to tell beside that they passed: `record_property("told", "...")`."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", []):
            if name == "told":
                terminalreporter.write_line(value)


@pytest.fixture(scope="session")
def server():
    """The URL of a PostgreSQL server."""
    if programs() is None:
        pytest.skip("there is no PostgreSQL on this machine: initdb was not found")
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty database of each kind."""
    return (
        str(tmp_path / "contacts.db") if request.param == "sqlite" else new_database(request.getfixturevalue("server"))
    )


@pytest.fixture
def store():
    """Opens stores, as `living.fresh` does, and closes them when the test is over."""
    from tests.resolver.store.living import fresh

    made = []

    def opened(*given):
        made.append(fresh(*given))
        return made[-1]

    yield opened
    for resolver in made:
        resolver.database.close()


@pytest.fixture
def database(url):
    """An empty store of each kind."""
    from resolver.store.database import Database
    from resolver.store.migrate import upgrade

    made = Database(url)
    upgrade(made)
    yield made
    made.close()
