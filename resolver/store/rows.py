"""Rows: records as the store keeps them, read and written as frames."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import ColumnElement, Connection, and_, bindparam, select, update

from resolver.columns import Rows
from resolver.frames import NORMALISED, RECORD_KEY, RECORDS
from resolver.hashes import Hashes
from resolver.store.database import among, bound, frame_of
from resolver.store.documents import frame
from resolver.store.tables import records

ROW: dict[str, pl.DataType] = {
    "number": pl.Int64(),
    "source": pl.String(),
    "record_id": pl.String(),
    "name": pl.String(),
    "content": pl.String(),
    "mark": pl.Int64(),
    "normalised": pl.String(),
    "excluded": pl.String(),
    "keys": pl.Binary(),
    "values": pl.Binary(),
    "person": pl.Int64(),
    "met": pl.Boolean(),
    "reach": pl.Int64(),
    "entity": pl.Int64(),
}
"""A record of one tenant as it is stored; see `tables.records`."""
FORGOTTEN = "forgotten"
"""Why a record is in no entity of which nothing else is known any more; such rows are never read."""
BESIDE = ("record_key", "tenant", "file", "line")
"""Columns of RECORDS that are no content of a record."""


def fetch(
    connection: Connection, tenant: str, by: str, values: Sequence[Any] | Rows, columns: Sequence[str] = tuple(ROW)
) -> pl.DataFrame:
    """Rows of a tenant whose column `by` has one of some values, in the order of their content (record_id, source)."""
    chosen = [records.c[name] for name in columns]
    # Put together with nothing, the tenant is looked up in no index: SQLite would read all of a tenant's rows by it.
    whose = records.c.tenant if by == "record_id" else records.c.tenant.concat("")
    query = select(*chosen).where(whose == tenant, _known(), among(records.c[by], "wanted", connection))
    found = frame_of(connection, query, {name: ROW[name] for name in columns}, {"wanted": bound(values, connection)})
    return _in_order(found)


def _of(tenant: str) -> ColumnElement[bool]:
    return and_(records.c.tenant == tenant, _known())


def _known() -> ColumnElement[bool]:
    return records.c.excluded.is_distinct_from(FORGOTTEN)


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("record_id", "source") if {"record_id", "source"} <= set(rows.columns) else rows


def every(connection: Connection, tenant: str, columns: Sequence[str] = tuple(ROW)) -> pl.DataFrame:
    """All rows of a tenant, in the order of their content."""
    query = select(*(records.c[name] for name in columns)).where(_of(tenant))
    return _in_order(frame_of(connection, query, {name: ROW[name] for name in columns}, {}))


def is_empty(connection: Connection, tenant: str) -> bool:
    """Whether the store holds no record of a tenant."""
    return connection.execute(select(records.c.number).where(_of(tenant)).limit(1)).first() is None


def contacts(rows: pl.DataFrame) -> pl.DataFrame:
    """RECORDS of some rows."""
    held = {name: dtype for name, dtype in RECORDS.items() if name not in BESIDE}
    return frame(rows["content"], held).with_columns(rows.select(RECORD_KEY, "source", "record_id"))


def compared(rows: pl.DataFrame) -> pl.DataFrame:
    """NORMALISED of some rows, without what is not compared."""
    return frame(
        rows["normalised"], {name: NORMALISED[name] for name in NORMALISED if name not in ("record_key", *WHO)}
    )


WHO = ("tenant", "source", "excluded")
"""Columns of NORMALISED that tell about the record rather than the person."""


def packed(held: tuple[Rows, Hashes], length: int) -> list[bytes]:
    """(row, number), rows ascending, as the bytes of each row's numbers."""
    rows, numbers = held
    data, size = numbers.astype("<u8").tobytes(), numbers.itemsize
    ends = (np.searchsorted(rows, np.arange(length + 1)) * size).tolist()
    return [data[begin:end] for begin, end in pairwise(ends)]


def unpacked(numbers: pl.Series) -> tuple[Rows, Hashes]:
    """(row, number) of all that `packed` put away."""
    data = np.frombuffer(b"".join(numbers.to_list()), dtype="<u8").astype(np.uint64)
    return np.repeat(np.arange(len(numbers)), numbers.bin.size().to_numpy() // data.itemsize), data


def amend(connection: Connection, numbers: Rows, columns: Mapping[str, Sequence[Any]]) -> None:
    """Gives some rows new values."""
    each: list[Sequence[Any]] = [numbers.tolist(), *columns.values()]
    names = ["at", *(f"new_{name}" for name in columns)]
    changed = [dict(zip(names, row, strict=True)) for row in zip(*each, strict=True)]
    if changed:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
        connection.execute(update(records).where(records.c.number == bindparam("at")).values(**values), changed)
