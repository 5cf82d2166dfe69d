"""Look-ups by number: who holds a key or a value, how many do, and with how many persons a value is seen."""

from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from resolver.columns import Rows, distinct
from resolver.hashes import Hashes
from resolver.store.database import bound, one_of
from resolver.store.tables import sharing

COUNT = func.count()


def signed(numbers: Hashes) -> Rows:
    """Numbers of 64 bits as databases keep them."""
    return numbers.view(np.int64)


def pairs(connection: Connection, table: Table, numbers: Rows) -> tuple[Rows, Rows]:
    """(number, record) of all that hold some numbers, in their order. table: `keys` or `holders`."""
    by, record = table.columns.values()
    return _two(connection, by, record, numbers, grouped=False)


def sizes(connection: Connection, table: Table, numbers: Rows) -> Rows:
    """How many records hold each of some numbers."""
    by = table.columns.values()[0]
    return _counts(connection, by, COUNT, numbers)


def persons(connection: Connection, numbers: Rows) -> Rows:
    """With how many different persons each of some values is seen."""
    return _counts(connection, sharing.c.value, COUNT, numbers)


def _counts(connection: Connection, by: ColumnElement[Any], count: ColumnElement[Any], numbers: Rows) -> Rows:
    asked = distinct(numbers)
    found, number = _two(connection, by, count, asked, grouped=True)
    counts = np.zeros(len(asked), dtype=np.int64)
    counts[np.searchsorted(asked, found)] = number
    return np.asarray(counts[np.searchsorted(asked, numbers)])


def _two(
    connection: Connection, by: ColumnElement[Any], other: ColumnElement[Any], numbers: Rows, *, grouped: bool
) -> tuple[Rows, Rows]:
    if not len(numbers):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    query = _query(by, other, connection.dialect.name, grouped=grouped)
    rows = connection.execute(query, {"numbers": bound(distinct(numbers), connection)})
    both = np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


@cache
def _query(by: ColumnElement[Any], other: ColumnElement[Any], dialect: str, *, grouped: bool) -> Select[Any]:
    """Made once: to put a statement together takes longer than to look up a few numbers."""
    query = select(by, other).where(one_of(by, "numbers", dialect))
    return query.group_by(by) if grouped else query.order_by(by, other)
