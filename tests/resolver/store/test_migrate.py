import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from resolver.errors import UsageError
from resolver.store.database import Database
from resolver.store.migrate import VERSIONS, must_fit, newest, upgrade, version
from resolver.store.tables import metadata


@pytest.fixture
def empty(url):
    made = Database(url)
    yield made
    made.close()


def version_of(database):
    with database.reading() as connection:
        return version(connection)


def of_version(database, number):
    upgrade(database)
    with database.writing("") as connection:
        connection.execute(text(f"UPDATE {VERSIONS} SET version_num = '{number}'"))  # noqa: S608
    return database


def test_an_empty_database_becomes_a_store(empty):
    assert version_of(empty) is None
    assert upgrade(empty) == (None, newest())
    assert version_of(empty) == newest()


def test_upgrading_twice_changes_nothing(empty):
    upgrade(empty)
    assert upgrade(empty) == (newest(), newest())


def test_the_migrations_make_the_very_tables_that_the_program_knows(database):
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSIONS, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_whoever_opens_an_empty_database_gets_a_store(empty):
    must_fit(empty)
    must_fit(empty)
    assert version_of(empty) == newest()


@pytest.mark.parametrize("opening", [upgrade, must_fit])
def test_a_store_of_a_newer_program_is_refused_and_left_alone(empty, opening):
    newer = of_version(empty, "9999")
    with pytest.raises(UsageError, match=r"version 9999, which this program does not know; use a newer program"):
        opening(newer)
    assert version_of(newer) == "9999"


def test_a_folder_with_a_percent_sign_is_a_folder(tmp_path):
    folder = tmp_path / "100%"
    folder.mkdir()
    made = Database(str(folder / "contacts.db"))
    assert upgrade(made) == (None, newest())
    made.close()
