"""Rekeying: another model or other rules, and all records of a store resolved by them."""

import polars as pl
from sqlalchemy import Connection, delete

from resolver.frames import in_order
from resolver.model.frozen import Frozen
from resolver.paths.arrive import rows_of
from resolver.paths.footing import Held
from resolver.paths.resettle import Writing, settle_all
from resolver.store import models
from resolver.store.database import among, bound
from resolver.store.journal import Event, begin_commit
from resolver.store.rows import amend, contacts, every
from resolver.store.tables import holders, keys, sharing

MADE = ("normalised", "keys", "values", "person", "met")


def put_in_force(connection: Connection, frozen: Frozen, who: str | None = None) -> list[Event]:
    """Resolves a tenant's store by another model or other rules from now on."""
    writing = Writing(connection, frozen, begin_commit(connection, frozen.tenant, "train", who))
    models.write(connection, writing.commit, frozen)
    return rekey(writing)


def rekey(writing: Writing) -> list[Event]:
    """Resolves everything anew, from the records' content alone. What happens to entities is what differs."""
    connection = writing.connection
    rows = every(connection, writing.frozen.tenant)
    if not len(rows):
        return []
    _forget_keys(connection, rows)
    after = rows_of(connection, writing.frozen, in_order(contacts(rows)), rows)
    amend(connection, after["number"].to_numpy(), after.select(MADE).to_dict(as_series=False))
    return settle_all(writing, after)


def _forget_keys(connection: Connection, rows: pl.DataFrame) -> None:
    numbers = {"numbers": bound(rows["number"].to_list(), connection)}
    for table in (keys, holders):
        connection.execute(delete(table).where(among(table.c.record, "numbers", connection)), numbers)
    values = Held.of(rows).sharing["number"].unique().to_list()
    connection.execute(
        delete(sharing).where(among(sharing.c.value, "numbers", connection)), {"numbers": bound(values, connection)}
    )
