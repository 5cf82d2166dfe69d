"""From an entity of a store to plans: what each system that holds the person several times should be told."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl
from sqlalchemy import Connection, or_, select

from resolver.columns import Rows
from resolver.errors import UsageError
from resolver.paths.online import Resolver
from resolver.paths.viewing import present
from resolver.plan.book import Book, Space
from resolver.plan.model import Plan
from resolver.plan.plans import plans_in
from resolver.plan.references import SHORT
from resolver.steps.footprint import SHARED, is_known_for
from resolver.store import past
from resolver.store.lookups import pairs, signed
from resolver.store.rows import contacts, fetch, unpacked
from resolver.store.tables import holders, records

SAMPLE = 200
"""Records of a source that are looked at besides, the first by their ids: they show how the system is written."""
NAMING = ("reports_to", "parent")
"""Links by which a record names another one of its source."""
Held = Mapping[str, pl.DataFrame]
"""Rows, ROW, by source."""


def plans_of(resolver: Resolver, entity_id: str) -> list[Plan]:
    """A plan for each source that has several live records of the entity; none where every source has one at most.

    Besides the entity's own records those are read that name them, those whom these name in turn, and those that hold
    one of its addresses. Raises UnknownError and GoneError as `viewing.view` does, UsageError for one that was split.
    """
    with resolver.database.reading() as connection:
        numbers = present(connection, resolver.tenant, entity_id)
        if len(numbers) > 1:
            raise UsageError(f"entity {entity_id} was split; name one of its parts")
        (entity,) = past.entities(connection, resolver.tenant, numbers)
        members = fetch(connection, resolver.tenant, "entity", numbers)
        of_source = {name: rows for (name,), rows in members.partition_by("source", as_dict=True).items()}
        spaces = {
            (source, resolver.tenant or None): Space(source, resolver.tenant or None, _frame(rows, around))
            for source, rows, around in _with_surroundings(connection, resolver.tenant, of_source)
        }
    ids = {place: space_ids.to_list() for place, space_ids in _ids(members, resolver.tenant or None).items()}
    emails = {entity.entity_id: entity.golden["email"]} if "email" in entity.golden else {}
    return plans_in(Book(spaces, {entity.entity_id: ids}, emails))


def _ids(members: pl.DataFrame, tenant: str | None) -> dict[tuple[str, str | None], pl.Series]:
    found = members.partition_by("source", as_dict=True)
    return {(str(source), tenant): rows["record_id"] for (source,), rows in found.items()}


def _frame(rows: pl.DataFrame, around: pl.DataFrame) -> pl.DataFrame:
    """RECORDS of an entity's live records in a source, and of those around them."""
    every = pl.concat([rows, around]).unique("number", maintain_order=True).filter(pl.col("excluded").is_null())
    return contacts(every).sort("record_id", "source")


def _with_surroundings(
    connection: Connection, tenant: str, of_source: Held
) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:
    for source, rows in of_source.items():
        around = rows.clear() if len(rows) == 1 else _surroundings(connection, tenant, source, rows)
        yield source, rows, around


def _surroundings(connection: Connection, tenant: str, source: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The records of the source that play a part when some of its records become one."""
    _, values = unpacked(rows["values"])
    _, sharing = pairs(connection, holders, signed(values[is_known_for(values, SHARED)]))
    found = [_mine(connection, tenant, source, numbers) for numbers in (sharing, _sample(connection, tenant, source))]
    near = pl.concat([rows, _naming(connection, tenant, source, rows)])
    while len(near):
        found.append(near)
        known = pl.concat([each["record_id"] for each in found])
        named = [one for one in _named(near) if one not in known]
        near = fetch(connection, tenant, "record_id", named).filter(source=source)
    return pl.concat(found)


def _mine(connection: Connection, tenant: str, source: str, numbers: Rows) -> pl.DataFrame:
    return fetch(connection, tenant, "number", np.unique(numbers)).filter(source=source)


def _sample(connection: Connection, tenant: str, source: str) -> Rows:
    query = select(records.c.number).where(records.c.tenant == tenant, records.c.source == source)
    return np.asarray(connection.execute(query.order_by(records.c.record_id).limit(SAMPLE)).scalars().all(), np.int64)


def _naming(connection: Connection, tenant: str, source: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Records of the source that name any of its records, by its id or by one that another system gave it."""
    told = contacts(rows)
    ids = set(told["record_id"])
    if "external_ids" in told.columns:
        ids |= {one["raw"][:SHORT] for each in told["external_ids"].drop_nulls() for one in each}
    spelled = (f'"{link}":{_text(one)}' for one in sorted(ids) for link in NAMING)
    query = select(records.c.number).where(
        records.c.tenant == tenant,
        records.c.source == source,
        or_(*(records.c.content.contains(text, autoescape=True) for text in spelled)),
    )
    return _mine(connection, tenant, source, np.asarray(connection.execute(query).scalars().all(), dtype=np.int64))


def _text(one: str) -> str:
    """How a text begins in a record's JSON."""
    return pl.DataFrame({"": [one]}).write_ndjson().strip().removeprefix('{"":').removesuffix('"}')


def _named(rows: pl.DataFrame) -> list[str]:
    """The records that some records name."""
    told = contacts(rows)
    if "links" not in told.columns:
        return []
    named = (links.get(name) for links in told["links"].drop_nulls() for name in NAMING)
    return sorted({one for one in named if one})
