"""Searching: which entities a tenant has, a page at a time, by what their records hold or are called.

Every way to ask reads an index: of keys and values by their numbers, of words in the order of their letters, of records
by their ids, of entities by theirs, and of the feed by what happened last.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    exists,
    func,
    intersect,
    select,
    tuple_,
)

from resolver.columns import Rows
from resolver.store.database import unsought
from resolver.store.tables import changes, records, words

PREFIX = 3
"""From so many letters on, a word stands for all that begin with it."""
BEHIND = "{"
"""Comes after all letters of a word."""
Found = Select[tuple[int]] | CompoundSelect[tuple[int]]
"""The numbers of entities."""


class Order(StrEnum):
    """In which order entities are listed: by id, or those that changed last first."""

    ID = "id"
    UPDATED = "updated"


def by_numbers(tenant: str, table: Table, numbers: Rows) -> Select[tuple[int]]:
    """Entities with a record that holds one of some numbers. table: `keys` or `holders`."""
    by, record = table.columns.values()
    return (
        select(records.c.entity)
        .join(table, record == records.c.number)
        .where(_anywhere(tenant), records.c.entity.is_not(None), by.in_(numbers.tolist()))
    )


def by_record(tenant: str, key: str) -> Select[tuple[int]]:
    """Entities with a record of an id, bare or written `source:id`."""
    parts = key.split(":")
    named = [(":".join(parts[:place]), ":".join(parts[place:])) for place in range(1, len(parts))]
    keyed = tuple_(records.c.source, records.c.record_id).in_(named)
    ids = [key, *(record_id for _, record_id in named)]
    return select(records.c.entity).where(
        records.c.tenant == tenant,
        records.c.record_id.in_(ids),
        (records.c.record_id == key) | keyed,
        records.c.entity.is_not(None),
    )


def by_words(tenant: str, asked: Collection[str]) -> Found:
    """Entities called by all of some words, or by words that begin so."""
    each = [select(words.c.entity).where(words.c.tenant == tenant, _begins(word)) for word in sorted(asked)]
    return each[0] if len(each) == 1 else intersect(*each)


def _begins(word: str) -> ColumnElement[bool]:
    if len(word) < PREFIX:
        return words.c.word == word
    return and_(words.c.word >= word, words.c.word < word + BEHIND)


def page(
    connection: Connection, tenant: str, found: Sequence[Found], order: Order, after: str | None, limit: int
) -> list[tuple[int, str]]:
    """(number, place) of entities that all of some queries find, or of all. place: what the next page comes `after`."""
    query: Select[Any] = _of_all(tenant, order, after) if not found else _of_found(tenant, _both(found), order, after)
    return [(number, str(place)) for number, place in connection.execute(query.limit(limit))]


def _both(found: Sequence[Found]) -> FromClause:
    each = [select(one.subquery().c.entity) for one in found]
    return (each[0].distinct() if len(each) == 1 else intersect(*each)).subquery()


def _of_all(tenant: str, order: Order, after: str | None) -> Select[Any]:
    if order == Order.ID:
        query = select(records.c.number, records.c.name).where(
            records.c.tenant == tenant, records.c.entity == records.c.number, records.c.name > (after or "")
        )
        return query.order_by(records.c.name)
    later, oldest = changes.alias(), records.alias()
    superseded = exists().where(later.c.entity == changes.c.entity, later.c.number > changes.c.number)
    present = exists().where(oldest.c.number == changes.c.entity, oldest.c.entity == oldest.c.number)
    walked = select(changes.c.entity, changes.c.number).where(changes.c.tenant == tenant, ~superseded, present)
    if after is not None:
        walked = walked.where(changes.c.number < int(after))
    return walked.order_by(changes.c.number.desc())


def _of_found(tenant: str, found: FromClause, order: Order, after: str | None) -> Select[Any]:
    if order == Order.ID:
        named = select(records.c.number, records.c.name).join(found, found.c.entity == records.c.number)
        return named.where(_anywhere(tenant), records.c.name > (after or "")).order_by(records.c.name)
    last = func.max(changes.c.number)
    told = (
        select(changes.c.entity, last)
        .join(found, found.c.entity == changes.c.entity)
        .where(unsought(changes.c.tenant) == tenant)
        .group_by(changes.c.entity)
        .order_by(last.desc())
    )
    return told if after is None else told.having(last < int(after))


def _anywhere(tenant: str) -> ColumnElement[bool]:
    return unsought(records.c.tenant) == tenant
