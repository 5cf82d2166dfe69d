"""Taking: contacts that come, change and go -> the store."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from sqlalchemy import Connection

from resolver.columns import Rows
from resolver.errors import UsageError
from resolver.frames import in_order
from resolver.paths.arrive import bounced_ids, content_of, rows_of
from resolver.paths.resettle import Writing, resettle, settle_all
from resolver.store.database import allot, insert
from resolver.store.journal import Event
from resolver.store.lookups import pairs
from resolver.store.rows import ROW, amend, contacts, fetch, is_empty
from resolver.store.sqlite import expect_much
from resolver.store.tables import holders, records

KEY = ["source", "record_id"]
MUCH = 1000
"""Records that change more pages of a database than it keeps in memory."""
Key = tuple[str, str]
"""A record's source, and its id there."""


@dataclass(frozen=True)
class Taken:
    """What became of contacts, and of entities. refused: contacts that were forgotten and did not come back."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: int = 0
    events: Sequence[Event] = ()


def take(writing: Writing, found: pl.DataFrame) -> Taken:
    """Takes over contacts, new ones and new states of known ones. found: RECORDS, each record once."""
    connection, tenant = writing.connection, writing.frozen.tenant
    if any("\0" in "".join(found[name].to_list()) for name in KEY):
        raise UsageError("a record's source or id has a NUL character in it, which no database takes")
    first = is_empty(connection, tenant)
    known = _stored(writing, found)
    found = in_order(found)
    content = content_of(found)
    there = found.select(*KEY, content["mark"]).join(
        known.select(*KEY, was="mark"), on=KEY, how="left", maintain_order="left"
    )
    fresh = there.select(pl.col("was").ne_missing(pl.col("mark"))).to_series()
    found, content, new = found.filter(fresh), content.filter(fresh), int(there["was"].null_count())
    before = known.join(found, on=KEY, how="semi")
    after = rows_of(connection, writing.frozen, found, content, before)
    if first:
        return Taken(new, events=settle_all(writing, _written(connection, tenant, after)))
    if len(after) > MUCH:
        expect_much(connection)
    after, before = _with_bouncing(writing, after, before)
    happened = resettle(writing, before, _written(connection, tenant, after))
    return Taken(new, int(fresh.sum()) - new, int((~fresh).sum()), events=happened)


def remove(writing: Writing, numbers: Rows, how: str) -> Taken:
    """Sets records aside as deleted. how: `event` where somebody said so, `absent` where a full export lacks them."""
    rows = fetch(writing.connection, writing.frozen.tenant, "number", numbers).filter(pl.col("excluded").is_null())
    if not len(rows):
        return Taken()
    gone = contacts(rows).with_columns(deleted=pl.lit(value=True), deleted_how=pl.lit(how))
    return Taken(gone=len(rows), events=take(writing, gone).events)


def _stored(writing: Writing, found: pl.DataFrame) -> pl.DataFrame:
    """ROW of those of the contacts that the store has."""
    same_id = fetch(writing.connection, writing.frozen.tenant, "record_id", found["record_id"].unique().to_list())
    return same_id.join(found, on=KEY, how="semi", maintain_order="left")


def _with_bouncing(writing: Writing, after: pl.DataFrame, before: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows, and those of records of which they say, or no longer say, that their mail bounces."""
    changed = np.setxor1d(bounced_ids(before), bounced_ids(after))
    _, numbers = pairs(writing.connection, holders, changed)
    more = fetch(
        writing.connection, writing.frozen.tenant, "number", np.setdiff1d(numbers, after["number"].drop_nulls())
    )
    if not len(more):
        return after, before
    found = in_order(pl.concat([contacts(rows) for rows in (after, more)], how="diagonal_relaxed"))
    known = pl.concat([before, more])
    return rows_of(writing.connection, writing.frozen, found, content_of(found), known), known


def _written(connection: Connection, tenant: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Writes the rows, and returns them with the numbers that new ones got."""
    new = rows["number"].is_null()
    numbers = pl.Series(allot(connection, records, int(new.sum())), dtype=pl.Int64)
    came = rows.filter(new).with_columns(number=numbers, reach=numbers)
    insert(connection, records, {"tenant": [tenant] * len(came), **came.to_dict()})
    known = rows.filter(~new)
    changed = [name for name in ROW if name not in ("number", *KEY, "name", "reach", "entity", "met")]
    amend(connection, known["number"].to_numpy(), known.select(changed).to_dict(as_series=False))
    return pl.concat([came, known]).sort("record_id", "source")
