"""Checking: whether a store is what it should be."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection, Table, func, select

from resolver.columns import Rows
from resolver.paths.footing import Held
from resolver.paths.rekeying import rekey
from resolver.paths.resettle import Writing
from resolver.store.case_tables import cases
from resolver.store.database import among, bound, frame_of
from resolver.store.journal import goldens
from resolver.store.rows import every
from resolver.store.tables import acts, golden, holders, judgements, keys, memberships, records, sharing, words
from resolver.store.words import words_of


def problems(connection: Connection, tenant: str) -> Iterator[str]:
    """What is wrong with a tenant's store, a sentence each; nothing when all is well."""
    rows = every(connection, tenant)
    numbers = rows["number"].to_numpy()
    held = Held.of(rows)
    for table, wanted in ((keys, held.keys), (holders, held.values)):
        if not _same(_stored(connection, table, numbers), wanted):
            yield f"the table {table.name} is not what the records hold"
    if not _sharing_agrees(connection, held):
        yield "the table sharing is not what the records hold"
    yield from _groups(connection, rows)
    yield from _spans(connection, numbers)
    if not _words_agree(connection, tenant, numbers):
        yield "the table words is not what the golden records say"
    yield from _said(connection, tenant)


def differing(writing: Writing) -> list[str]:
    """Entities and open cases that are not what a batch over all gives. The transaction is to be rolled back."""
    before = _open_cases(writing)
    found = [f"entity {event.entity} would be {event.kind}" for event in rekey(writing)]
    return found if before == _open_cases(writing) else [*found, "the open cases are not what the records say"]


def _open_cases(writing: Writing) -> set[tuple[Any, ...]]:
    told = (cases.c.number, cases.c.kind, cases.c.one, cases.c.other, cases.c.reason, cases.c.records, cases.c.title)
    query = select(*told).where(cases.c.tenant == writing.frozen.tenant, cases.c.end.is_(None))
    return {tuple(row) for row in writing.connection.execute(query)}


def _stored(connection: Connection, table: Table, numbers: Rows) -> pl.DataFrame:
    query = select(*table.columns.values()).where(among(table.c.record, "numbers", connection))
    schema = {"number": pl.Int64(), "record": pl.Int64()}
    return frame_of(connection, query, schema, {"numbers": bound(numbers, connection)})


def _same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    return one.sort(pl.all()).equals(other.select(one.columns).sort(pl.all()))


def _words_agree(connection: Connection, tenant: str, numbers: Rows) -> bool:
    told = goldens(connection, numbers)
    wanted = {(word, entity) for entity, content in told.items() for word in words_of(content)}
    held = connection.execute(select(words.c.word, words.c.entity).where(words.c.tenant == tenant))
    return {(word, entity) for word, entity in held} == wanted


def _sharing_agrees(connection: Connection, held: Held) -> bool:
    values = {"values": bound(held.values["number"].unique().to_list(), connection)}
    query = select(sharing).where(among(sharing.c.value, "values", connection))
    schema = {"number": pl.Int64(), "person": pl.Int64(), "records": pl.Int64()}
    return _same(frame_of(connection, query, schema, values), held.sharing)


def _groups(connection: Connection, rows: pl.DataFrame) -> Iterator[str]:
    """Every live record is of one entity, named after its oldest record, that has a golden record; others of none."""
    live = rows["excluded"].is_null()
    if not (rows["entity"].is_not_null() == live).all():
        yield "a live record is of no entity, or one that is set aside is of one"
    oldest = rows.filter(live).group_by("entity").agg(pl.col("number").min())
    if not (oldest["entity"] == oldest["number"]).all():
        yield "an entity is not named after its oldest record"
    numbers = {"numbers": bound(rows["number"].to_list(), connection)}
    of = select(memberships.c.record, memberships.c.entity).where(
        memberships.c.end.is_(None), among(memberships.c.record, "numbers", connection)
    )
    open_now = frame_of(connection, of, {"number": pl.Int64(), "entity": pl.Int64()}, numbers)
    if not _same(open_now, rows.filter(live).select("number", "entity")):
        yield "the memberships of now are not those of the records"
    told = select(golden.c.entity).where(golden.c.end.is_(None), among(golden.c.entity, "numbers", connection))
    if sorted(connection.execute(told, numbers).scalars()) != sorted(oldest["entity"].drop_nulls().to_list()):
        yield "an entity has no golden record, or one that is gone has one"


def _spans(connection: Connection, numbers: Rows) -> Iterator[str]:
    """Spans of one record, or entity, follow each other."""
    for table, by in ((memberships, "record"), (golden, "entity")):
        query = select(table.c[by], table.c.begin, table.c.end).where(among(table.c[by], "numbers", connection))
        schema = {"of": pl.Int64(), "begin": pl.Int64(), "end": pl.Int64()}
        spans = frame_of(connection, query, schema, {"numbers": bound(numbers, connection)}).sort("of", "begin")
        ends = pl.col("end").fill_null(np.iinfo(np.int64).max)
        wrong = (ends <= pl.col("begin")) | (ends.shift().over("of") > pl.col("begin"))
        if spans.select(wrong.fill_null(value=False).any()).item():
            yield f"spans in {table.name} overlap"


def _said(connection: Connection, tenant: str) -> Iterator[str]:
    """An act is in force until an act in force undoes it; verdicts name records that are there."""
    rows = connection.execute(select(acts).where(acts.c.tenant == tenant).order_by(acts.c.number.desc())).all()
    undone: set[int] = set()
    for row in rows:  # from the newest on: what undoes an act is newer than the act
        force = row.number not in undone
        if force and row.undoes is not None:
            undone.add(row.undoes)
        if force != row.in_force:
            yield f"act {row.number} is {'not ' if force else ''}in force, and should be otherwise"
    for side in (judgements.c.left, judgements.c.right):
        lost = select(func.count()).select_from(judgements.outerjoin(records, side == records.c.number))
        if connection.execute(lost.where(records.c.number.is_(None))).scalar():
            yield "a verdict names a record that is not there"
