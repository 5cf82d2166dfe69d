import sqlite3

import pytest
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, ProgrammingError

from resolver.errors import UsageError
from resolver.store.opening import faults, opened, shown, tenants


@pytest.mark.parametrize(
    ("kind", "said", "told"),
    [
        (DatabaseError, "file is not a database", "x.db is a file, but no database"),
        (OperationalError, "attempt to write a readonly database", "x.db cannot be written to"),
        (OperationalError, "database or disk is full", "x.db cannot grow, as the disk is full"),
        (OperationalError, "disk I/O\n error", "x.db does not answer: disk I/O error"),
        (ProgrammingError, "permission denied for table records", "x.db does not allow that"),
    ],
)
def test_what_a_database_refuses_is_told_in_one_line(kind, said, told):
    with pytest.raises(UsageError) as raised, faults("x.db"):
        raise kind("SELECT 1", None, sqlite3.OperationalError(said))
    assert str(raised.value) == told


@pytest.mark.parametrize("kind", [ProgrammingError, IntegrityError])
def test_a_mistake_of_ours_stays_what_it_is(kind):
    with pytest.raises(kind), faults("x.db"):
        raise kind("SELECT 1", None, sqlite3.OperationalError("no such function"))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("contacts.db", "contacts.db"),
        ("postgresql://kim:secret@host/x", "postgresql://kim:***@host/x"),
        ("://", "the store"),
    ],
)
def test_a_store_is_named_without_its_password(url, name):
    assert shown(url) == name


def test_a_new_store_holds_nobody(tmp_path):
    database = opened(str(tmp_path / "new.db"), make=True)
    with database.reading() as connection:
        assert tenants(connection) == []
    database.close()
