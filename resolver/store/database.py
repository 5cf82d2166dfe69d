"""Database: one place that knows SQLite from PostgreSQL."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    TableValuedAlias,
    Text,
    any_,
    bindparam,
    column,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import Dialect, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from resolver.errors import UsageError
from resolver.store import sqlite
from rules.values.hashes import hashed

Values = Sequence[Any] | np.ndarray[Any, Any] | pl.Series
AT_ONCE = 50_000
"""Rows that are handed to the database at a time."""
CONNECTIONS = 23
"""The most that a process has to a database: four of them are within what a PostgreSQL server allows by itself. Threads
beyond that wait for one another."""
KEPT = 5
"""Those of them that stay open when nobody needs them."""
WAIT_SECONDS = 60
"""How long a writer waits for another one."""


class Database:
    """A store's database: an SQLite file, or a PostgreSQL server.

    Readers see the state of one moment. Writers of one tenant come one after the other, in SQLite all of them do.
    """

    def __init__(self, url: str) -> None:
        """url: "contacts.db", "sqlite:///contacts.db" or "postgresql://user@host/name"."""
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the state of one moment."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, tenant: str) -> Iterator[Connection]:
        """A transaction in which nobody else writes to the tenant's records."""
        with self.engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                self._wait_for(connection, tenant)
                yield connection

    @contextmanager
    def trying(self, tenant: str) -> Iterator[Connection]:
        """Like `writing`, but nothing of it stays."""
        with self.engine.connect() as connection:
            connection.execution_options(writes=True)
            transaction = connection.begin()
            try:
                self._wait_for(connection, tenant)
                yield connection
            finally:
                transaction.rollback()

    @contextmanager
    def adding(self) -> Iterator[Connection]:
        """A transaction that only adds rows which nobody else touches: on a server it waits for no other writer."""
        with self.engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def _wait_for(self, connection: Connection, tenant: str) -> None:
        """Waits for other writers. SQLite's wait when a transaction begins."""
        if not self.is_sqlite:
            number = int(hashed(pl.Series([tenant])).view(np.int64)[0])
            connection.execute(select(func.pg_advisory_xact_lock(number)))

    def close(self) -> None:
        """Gives back all connections."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if "://" not in url:
        url = f"sqlite:///{url}"
    try:
        made = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            "the database is named by a path or a URL: contacts.db, postgresql://user@host/name"
        ) from error
    if made.drivername in ("postgres", "postgresql"):
        made = made.set(drivername="postgresql+psycopg")
    if made.get_backend_name() not in ("sqlite", "postgresql"):
        raise UsageError(f"there is no store on {made.get_backend_name()}; it lives in SQLite or PostgreSQL")
    if made.get_backend_name() == "postgresql":
        server = create_engine(made, pool_pre_ping=True, pool_size=KEPT, max_overflow=CONNECTIONS - KEPT)
        event.listen(server, "checkin", _leave_to_server)
        return server
    if made.database and not Path(made.database).parent.is_dir():
        raise UsageError(f"there is no folder {Path(made.database).parent} for the database")
    engine = create_engine(
        made, connect_args={"timeout": WAIT_SECONDS}, pool_size=KEPT, max_overflow=CONNECTIONS - KEPT
    )
    sqlite.set_up(engine)
    return engine


def _leave_to_server(connection: Any, _: Any) -> None:
    """After reading, a connection would begin all transactions as READ WRITE: whether it may write is for the server
    to say (default_transaction_read_only)."""
    if connection is not None and connection.read_only is not None:
        connection.read_only = None


def among(of: ColumnElement[Any], name: str, connection: Connection) -> ColumnElement[bool]:
    """Whether a column is one of the values bound to `name` by `bound`: any number of them as one parameter."""
    return one_of(of, name, connection.dialect.name)


def one_of(of: ColumnElement[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """The same for a statement that is made once for all connections of a dialect."""
    if dialect == "sqlite":
        return of.in_(select(each_of(name, dialect).c.value))
    kind = BigInteger if not isinstance(of.type, String) else Text
    return of == any_(bindparam(name, type_=ARRAY(kind)))


def each_of(name: str, dialect: str) -> TableValuedAlias:
    """The numbers bound to `name` as a table of one column, `value`."""
    if dialect == "sqlite":
        return func.json_each(bindparam(name, type_=Text)).table_valued(column("value"))
    numbers = func.unnest(bindparam(name, type_=ARRAY(BigInteger)))
    return numbers.table_valued(column("value", BigInteger)).render_derived()


def unsought(of: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column put together with nothing, which is looked up in no index: by a tenant's SQLite would read all there is
    of the tenant, where a few numbers tell what is wanted."""
    return of.concat("")


def bound(values: Values, connection: Connection) -> Any:
    """Values as `among` takes them."""
    listed = list(_listed(values))
    return json.dumps(listed) if connection.dialect.name == "sqlite" else listed


def insert(connection: Connection, table: Table, columns: Mapping[str, Values]) -> None:
    """Adds rows, a sequence a column, the fastest way there is."""
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        for rows in _in_parts(columns):
            connection.exec_driver_sql(f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})", rows)  # noqa: S608
        return
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN") as copy:
        for rows in _in_parts(columns):
            for row in rows:
                copy.write_row(row)
    cursor.close()


def _in_parts(columns: Mapping[str, Values]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows as tuples, so many at a time that they take little memory."""
    for begin in range(0, len(next(iter(columns.values()))), AT_ONCE):
        yield list(zip(*(_listed(values[begin : begin + AT_ONCE]) for values in columns.values()), strict=True))


def _listed(values: Values) -> Sequence[Any]:
    if isinstance(values, pl.Series):
        return values.to_list()
    return values.tolist() if isinstance(values, np.ndarray) else values


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    adding: Sequence[str] = (),
) -> None:
    """Adds rows; those whose keys are there already take the new values, or add them to their own."""
    if not rows:
        return
    statement = _insert(connection)(table)
    given = statement.excluded
    changed = {
        name: table.c[name] + given[name] if name in adding else given[name] for name in rows[0] if name not in keys
    }
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=changed), list(rows))


def _insert(connection: Connection) -> Any:
    """The dialect's own `insert`, which knows ON CONFLICT; the other dialect is not loaded."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_or

        return insert_or
    from sqlalchemy.dialects.postgresql import insert as insert_on_server

    return insert_on_server


def plain(connection: Connection, query: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """The rows of a query, asked and told as the driver does, who may tell 1 for true: what SQLAlchemy makes of a
    statement and of each row takes it longer than to find a few.

    query: one of those that are made once for all connections of a dialect.
    """
    text, given, names = _compiled(query, connection.dialect)
    told = {**given, **parameters}
    driver: Any = connection.dialect.loaded_dbapi
    try:
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(text, told if names is None else [told[name] for name in names])
            return cursor.fetchall()
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, dialect=connection.dialect) from error


@lru_cache
def _compiled(query: Select[Any], dialect: Dialect) -> tuple[str, Mapping[str, Any], list[str] | None]:
    """A query as the driver takes it, the parameters that it brings along, and the names of all in their order where
    they have no names there."""
    compiled = query.compile(dialect=dialect)
    return str(compiled), compiled.params, compiled.positiontup if compiled.positional else None


def frame_of(
    connection: Connection, query: Select[Any], schema: Mapping[str, pl.DataType], parameters: Mapping[str, Any] | None
) -> pl.DataFrame:
    """The rows of a query as a frame."""
    return frame_with(connection.execute(query, parameters or {}).all(), schema)


def frame_with(rows: Sequence[Sequence[Any]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Rows as a frame."""
    each: Any = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pl.DataFrame(
        [
            # drivers tell 1 for true
            pl.Series(name, values, dtype=dtype, strict=dtype != pl.Boolean)
            for (name, dtype), values in zip(schema.items(), each, strict=True)
        ]
    )


def allot(connection: Connection, table: Table, number: int) -> list[int]:
    """So many numbers that no row of a table has had, ascending."""
    if connection.dialect.name == "sqlite":
        last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).scalar() or 0
        return list(range(last + 1, last + 1 + number))
    sequence = func.pg_get_serial_sequence(table.name, table.primary_key.columns.values()[0].name)
    drawn = select(func.nextval(sequence)).select_from(func.generate_series(1, number).alias("each"))
    return sorted(connection.execute(drawn).scalars())
