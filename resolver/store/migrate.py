"""Migrate: brings a store's tables to what this version of the program knows.

Alembic is loaded when there are tables to make: a server over a store of this version starts without it.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

from resolver.errors import UsageError
from resolver.store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

VERSIONS = "schema_version"
"""The table that holds the version."""
FOLDER = Path(__file__).parent / "migrations"


def config(connection: Connection | None = None) -> "Config":
    """Alembic's settings; nothing of them is in a file."""
    from alembic.config import Config

    made = Config()
    # a percent sign in a path would be taken for a placeholder
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


@cache
def known() -> tuple[str, ...]:
    """The versions that this program knows, oldest first: the numbers that the files of its migrations begin with."""
    return tuple(sorted(file.stem.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*.py")))


def newest() -> str:
    """The version that this program brings a store to."""
    return known()[-1]


def version(connection: Connection) -> str | None:
    """The version of a store; None when there is nothing in the database."""
    if not inspect(connection).has_table(VERSIONS):
        return None
    found: str | None = connection.execute(select(column("version_num")).select_from(table(VERSIONS))).scalar()
    return found


def upgrade(database: Database) -> tuple[str | None, str]:
    """Makes the tables, or changes them to those of this program. Returns the version before and after.

    Raises UsageError for a store that a newer program made.
    """
    with database.writing("") as connection:
        before = version(connection)
        if before != newest():
            _refuse_unknown(before)
            from alembic import command

            command.upgrade(config(connection), "head")
        return before, newest()


def fits(database: Database) -> bool:
    """Whether a store is of the version that this program knows."""
    with database.reading() as connection:
        return version(connection) == newest()


def must_fit(database: Database) -> None:
    """Makes the tables in an empty database; raises UsageError for a store of another version."""
    with database.reading() as connection:
        there = version(connection)
    if there is None:
        upgrade(database)
    elif there != newest():
        _refuse_unknown(there)
        raise UsageError(
            f"the store is of version {there}, this program of {newest()}; run: resolver db upgrade --db URL"
        )


def _refuse_unknown(there: str | None) -> None:
    if there is not None and there not in known():
        raise UsageError(f"the store is of version {there}, which this program does not know; use a newer program")
