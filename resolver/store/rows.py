"""Rows: records as the store keeps them, read and written as frames."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, select, update

from resolver.columns import Normalised, Rows, column_of_lists, encode_all
from resolver.frames import NORMALISED, RECORD_KEY, RECORDS, in_order
from resolver.store.database import bound, frame_of, frame_with, one_of, plain, unsought
from resolver.store.documents import frame, lines
from resolver.store.tables import records
from rules.values.distinct import FEW
from rules.values.hashes import Hashes

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
Row = Sequence[Any]
"""Some columns of a row, in a given order."""
FORGOTTEN = "forgotten"
"""Why a record is in no entity of which nothing else is known any more; such rows are never read."""
BESIDE = ("record_key", "tenant", "file", "line")
"""Columns of RECORDS that are no content of a record."""


def fetch(
    connection: Connection, tenant: str, by: str, values: Sequence[Any] | Rows, columns: Sequence[str] = tuple(ROW)
) -> pl.DataFrame:
    """Rows of a tenant whose column `by` has one of some values, in the order of their content (record_id, source)."""
    return framed(read(connection, tenant, by, values, columns), columns)


def read(
    connection: Connection, tenant: str, by: str, values: Sequence[Any] | Rows, columns: Sequence[str] = tuple(ROW)
) -> Sequence[Row]:
    """The same as tuples in no order: for a few rows a frame takes longer than to find them."""
    if not len(values):
        return []
    told = {"tenant": tenant, "wanted": bound(values, connection)}
    return plain(connection, _query(by, tuple(columns), connection.dialect.name), told)


def framed(rows: Sequence[Row], columns: Sequence[str]) -> pl.DataFrame:
    """Rows as a frame, in the order of their content where they tell it."""
    told = {name: ROW[name] for name in columns}
    if len(rows) < FEW and {"record_id", "source"} <= set(columns):
        rows = sorted(rows, key=itemgetter(columns.index("record_id"), columns.index("source")))
        return frame_with(rows, told)
    return _in_order(frame_with(rows, told))


@cache
def _query(by: str, columns: tuple[str, ...], dialect: str) -> Select[Any]:
    whose = records.c.tenant if by == "record_id" else unsought(records.c.tenant)
    chosen = [records.c[name] for name in columns]
    return select(*chosen).where(whose == bindparam("tenant"), _known(), one_of(records.c[by], "wanted", dialect))


def _of(tenant: str) -> ColumnElement[bool]:
    return and_(records.c.tenant == tenant, _known())


def _known() -> ColumnElement[bool]:
    return records.c.excluded.is_distinct_from(FORGOTTEN)


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    return in_order(rows) if {"record_id", "source"} <= set(rows.columns) else rows


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


def compared(rows: pl.DataFrame) -> Normalised:
    """NORMALISED of some rows. rows: `normalised`, and what else of NORMALISED is wanted, under its name there."""
    plain = {name: rows[name] for name in ("record_key", *WHO) if name in rows.columns}
    fields = {name: dtype for name, dtype in NORMALISED.items() if name not in ("record_key", *WHO)}
    if len(rows) >= FEW:
        found = frame(rows["normalised"], fields)
        return Normalised(plain, encode_all(found, found.columns))
    documents = [json.loads(text) for text in rows["normalised"].to_list()]
    there = {name for document in documents for name in document}
    names = [*(name for name in fields if name in there), *sorted(there - fields.keys())]
    return Normalised(plain, {name: column_of_lists([_listed(each.get(name)) for each in documents]) for name in names})


def written(normalised: Normalised) -> pl.Series:
    """The inverse of `compared`: what is compared of each row, as a line of JSON."""
    if len(normalised) >= FEW:
        return lines(normalised.frame().drop("record_key", *WHO, strict=False))
    documents: list[dict[str, str | list[str]]] = [{} for _ in range(len(normalised))]
    for name in sorted(normalised.fields):
        several = isinstance(NORMALISED.get(name), pl.List)
        for document, held in zip(documents, normalised.fields[name].lists(), strict=True):
            if held:
                document[name] = held if several else held[0]
    texts = [json.dumps(document, ensure_ascii=False, separators=(",", ":")) for document in documents]
    return pl.Series("line", texts, dtype=pl.String)


def _listed(held: str | list[str] | None) -> list[str] | None:
    return [held] if isinstance(held, str) else held


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
    packs = numbers.to_list()
    data = np.frombuffer(b"".join(packs), dtype="<u8").astype(np.uint64)
    sizes = np.fromiter(map(len, packs), dtype=np.int64, count=len(packs))
    return np.repeat(np.arange(len(packs)), sizes // data.itemsize), data


def amend(connection: Connection, numbers: Rows, columns: Mapping[str, Sequence[Any]]) -> None:
    """Gives some rows new values."""
    each: list[Sequence[Any]] = [numbers.tolist(), *columns.values()]
    names = ["at", *(f"new_{name}" for name in columns)]
    changed = [dict(zip(names, row, strict=True)) for row in zip(*each, strict=True)]
    if changed:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
        connection.execute(update(records).where(records.c.number == bindparam("at")).values(**values), changed)
