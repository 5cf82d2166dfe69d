"""Rekeying: another model or other rules, and all records of a store resolved by them."""

from dataclasses import replace

import polars as pl
from sqlalchemy import Connection, delete

from resolver.model.frozen import Frozen
from resolver.paths.arrive import made_anew
from resolver.paths.footing import Held
from resolver.paths.resettle import Writing, settle_alike, settle_all
from resolver.store import models
from resolver.store.database import among, bound
from resolver.store.journal import Event, begin_commit
from resolver.store.rows import amend, every
from resolver.store.tables import holders, keys, sharing
from rules.ruleset import Ruleset

MADE = ("normalised", "keys", "values", "person", "met")


BOUNDS = ("thresholds", "review")
"""Parts of a rule set that tell what becomes of what was compared: nothing is compared by them, no model is trained."""


def put_in_force(connection: Connection, frozen: Frozen, who: str | None = None) -> list[Event]:
    """Resolves a tenant's store by another model or other rules from now on."""
    short = only_bounds_differ(connection, frozen)
    writing = Writing(connection, frozen, begin_commit(connection, frozen.tenant, "train", who))
    models.write(connection, writing.commit, frozen)
    return settle_alike(writing) if short else rekey(writing)


def compare_alike(rules: Ruleset, others: Ruleset) -> bool:
    """Whether two rule sets differ in BOUNDS at most."""
    return rules.model_copy(update={part: getattr(others, part) for part in BOUNDS}) == others


def only_bounds_differ(connection: Connection, frozen: Frozen) -> bool:
    """Whether by another model or other rules records hold the same keys and values as by what is in force, and are as
    much alike. Where nothing differs somebody may want all to be made anew."""
    begin = models.current(connection, frozen.tenant)
    if begin is None:
        return False
    present = models.read(connection, frozen.tenant, begin)
    if frozen.rules == present.rules or not compare_alike(frozen.rules, present.rules):
        return False
    return replace(frozen, rules=present.rules).fingerprint == present.fingerprint


def rekey(writing: Writing) -> list[Event]:
    """Resolves everything anew, from the records' content alone. What happens to entities is what differs."""
    connection = writing.connection
    rows = every(connection, writing.frozen.tenant)
    if not len(rows):
        return []
    _forget_keys(connection, rows)
    after = made_anew(connection, writing.frozen, rows)
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
