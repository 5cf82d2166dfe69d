import pytest

from tests.receivers import receiving
from tests.servers import new_database


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def place(request, tmp_path):
    """Where a store lives: in SQLite, and in PostgreSQL too where a test is marked with `on_both`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return str(tmp_path / "contacts.db")
    return new_database(request.getfixturevalue("server"))
