"""Opening: a store by its path or URL, and what is wrong with a database, told in one line."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, ProgrammingError

from resolver.errors import UsageError
from resolver.store.database import Database
from resolver.store.migrate import must_fit, version
from resolver.store.tables import changes, models, records

FAULTS = {
    "file is not a database": "is a file, but no database",
    "database is locked": "is in use by another program that does not let go; try again when it is done",
    "readonly database": "cannot be written to",
    "read-only transaction": "cannot be written to",
    "unable to open database file": "cannot be opened",
    "database or disk is full": "cannot grow, as the disk is full",
    "disk image is malformed": "is damaged; take a backup of it",
    "permission denied": "does not allow that",
}
"""What a database says, and what that means for the store."""


def opened(url: str, *, make: bool = False) -> Database:
    """The store that a path or URL names, of the version that this program knows; see `connected`."""
    database = connected(url, make=make)
    with _closed_if_refused(database):
        must_fit(database)
    return database


def connected(url: str, *, make: bool = False) -> Database:
    """The database of a store, of whatever version. make: an empty one will do, and a file that is not there yet.

    Raises UsageError where there is no store, and where something else lives in the database; of what the database
    itself refuses, see `faults`.
    """
    database = _driven(url)
    if database.is_sqlite:
        _refuse_path(Path(database.engine.url.database or ""), make=make)
    with _closed_if_refused(database):
        with database.reading() as connection:
            there, tables = version(connection), inspect(connection).get_table_names()
        if there is None and tables:
            raise UsageError(f"{shown(url)} holds tables of something else; give the store a database of its own")
        if there is None and not make:
            raise UsageError(f"{shown(url)} holds no store; make one with: resolver load FILE... --db URL")
    return database


def _refuse_path(path: Path, *, make: bool) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it, such as {path / 'contacts.db'}")
    if not make and not path.exists():
        raise UsageError(f"there is no store {path}; make one with: resolver load FILE... --db {path}")


@contextmanager
def _closed_if_refused(database: Database) -> Iterator[None]:
    with ExitStack() as refused:
        refused.callback(database.close)
        yield
        refused.pop_all()


def _driven(url: str) -> Database:
    try:
        return Database(url)
    except ImportError as error:
        raise UsageError(
            "a store on a PostgreSQL server needs a driver; install it with: pip install 'contact-resolver[postgres]'"
        ) from error


def shown(url: str) -> str:
    """A path or URL as it may be printed: without a password."""
    try:
        return make_url(url).render_as_string(hide_password=True) if "://" in url else url
    except ArgumentError:
        return "the store"


@contextmanager
def faults(url: str) -> Iterator[None]:
    """Tells what a database refuses as a UsageError. A statement that it does not understand is a mistake of ours."""
    try:
        yield
    except DatabaseError as error:
        said = str(error.orig).strip()
        meaning = next((words for text, words in FAULTS.items() if text in said), None)
        if meaning is None and isinstance(error, ProgrammingError):
            raise
        if meaning is None and isinstance(error, OperationalError):
            meaning = f"does not answer: {' '.join(said.split())}"
        if meaning is None:
            raise
        raise UsageError(f"{shown(url)} {meaning}") from error


def tenants(connection: Connection) -> list[str]:
    """Whose contacts a store holds; a tenant has a model before it has records."""
    query = select(models.c.tenant).where(models.c.end.is_(None)).order_by(models.c.tenant)
    return list(connection.execute(query).scalars())


def sizes(connection: Connection) -> dict[str, int]:
    """How many records and entities a store holds of all tenants, and the cursor of its last change.

    Both are counted in the index of entities alone: a million records take about a tenth of a second.
    """
    held = select(func.count().label("records")).where(records.c.entity.is_not(None)).group_by(records.c.entity)
    each = held.subquery()
    counted = connection.execute(select(func.coalesce(func.sum(each.c.records), 0), func.count()).select_from(each))
    number, entities = counted.one()
    cursor = connection.execute(select(func.coalesce(func.max(changes.c.number), 0))).scalar()
    return {"records": int(number), "entities": entities, "feed_cursor": int(cursor or 0)}
