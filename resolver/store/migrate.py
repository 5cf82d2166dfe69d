"""Migrate: brings a store's tables to what this version of the program knows."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from resolver.errors import UsageError
from resolver.store.database import Database

VERSIONS = "schema_version"
"""The table that holds the version."""


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings; nothing of them is in a file."""
    made = Config()
    # a percent sign in a path would be taken for a placeholder
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


@cache
def newest() -> str:
    """The version that this program knows."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def version(connection: Connection) -> str | None:
    """The version of a store; None when there is nothing in the database."""
    return MigrationContext.configure(connection, opts={"version_table": VERSIONS}).get_current_revision()


def upgrade(database: Database) -> tuple[str | None, str]:
    """Makes the tables, or changes them to those of this program. Returns the version before and after.

    Raises UsageError for a store that a newer program made.
    """
    with database.writing("") as connection:
        before = version(connection)
        if before != newest():
            _refuse_unknown(before)
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
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if there is not None and there not in known:
        raise UsageError(f"the store is of version {there}, which this program does not know; use a newer program")
