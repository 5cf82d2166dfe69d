"""Look-ups by number: who holds a key or a value, how many do, and with how many persons a value is seen."""

from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, func, literal, select

from resolver.columns import Rows, distinct
from resolver.store.database import bound, each_of, one_of, plain
from resolver.store.tables import sharing
from rules.values.hashes import Hashes

ALL = 2**62
"""More than anything is counted to."""


def signed(numbers: Hashes) -> Rows:
    """Numbers of 64 bits as databases keep them."""
    return numbers.view(np.int64)


def pairs(connection: Connection, table: Table, numbers: Rows) -> tuple[Rows, Rows]:
    """(number, record) of all that hold some numbers, in their order. table: `keys` or `holders`."""
    return _two(connection, _holding(*table.columns.values(), connection.dialect.name), numbers)


def sizes(connection: Connection, table: Table, numbers: Rows, most: int = ALL) -> Rows:
    """How many records hold each of some numbers; of those that more than `most` hold no more are counted."""
    return _counts(connection, table.columns.values()[0], numbers, most)


def persons(connection: Connection, numbers: Rows, most: int = ALL) -> Rows:
    """With how many different persons each of some values is seen, counted to `most`."""
    return _counts(connection, sharing.c.value, numbers, most)


def _counts(connection: Connection, by: ColumnElement[Any], numbers: Rows, most: int) -> Rows:
    asked = distinct(numbers)
    found, number = _two(connection, _counting(by, connection.dialect.name), asked, most=most)
    counts = np.zeros(len(asked), dtype=np.int64)
    counts[np.searchsorted(asked, found)] = number
    return np.asarray(counts[np.searchsorted(asked, numbers)])


def _two(connection: Connection, query: Select[Any], numbers: Rows, **more: int) -> tuple[Rows, Rows]:
    if not len(numbers):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    rows = plain(connection, query, {"numbers": bound(distinct(numbers), connection), **more})
    both = np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


@cache
def _holding(by: ColumnElement[Any], other: ColumnElement[Any], dialect: str) -> Select[Any]:
    """Made once: to put a statement together takes longer than to look up a few numbers."""
    return select(by, other).where(one_of(by, "numbers", dialect)).order_by(by, other)


@cache
def _counting(by: ColumnElement[Any], dialect: str) -> Select[Any]:
    """Stops at `most` for each number: what is held by a tenth of all records is not counted through."""
    asked = each_of("numbers", dialect)
    some = select(literal(1)).where(by == asked.c.value).limit(bindparam("most")).correlate(asked).subquery()
    return select(asked.c.value, select(func.count()).select_from(some).scalar_subquery())
