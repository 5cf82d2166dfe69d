"""Footing: keeps what is true of the whole in step with the records, and tells whose standing changed with it."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from sqlalchemy import Connection, Table, bindparam, delete

from resolver.columns import Rows, distinct
from resolver.model.frozen import Frozen
from resolver.steps.copies import MANY, first_of_many
from resolver.steps.footprint import CONTENT, LOW_BITS, SHARED, SPELLED, caps_of, known_for
from resolver.store.acts import judged, named_by
from resolver.store.database import insert, upsert
from resolver.store.lookups import pairs, persons, sizes
from resolver.store.rows import fetch, unpacked
from resolver.store.tables import holders, keys, sharing
from rules.ruleset import SHARED_FROM


@dataclass(frozen=True)
class Held:
    """Who holds what, as the tables know it: (number, record) of keys and of values, and (value, person, records)."""

    keys: pl.DataFrame
    values: pl.DataFrame
    sharing: pl.DataFrame

    @classmethod
    def of(cls, rows: pl.DataFrame) -> "Held":
        """rows: as `store.rows.ROW`."""
        values = _long(rows, "values")
        seen = values.filter(_known_for(SHARED)).join(rows.select(record="number", person="person"), on="record")
        shared = seen.filter(pl.col("person") > 0).group_by("number", "person").agg(records=pl.len().cast(pl.Int64))
        return cls(_long(rows.filter("met"), "keys"), values, shared)


def _long(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    places, numbers = unpacked(rows[name])
    return pl.DataFrame({"number": numbers.view(np.int64), "record": rows["number"].to_numpy()[places]})


def _known_for(what: np.uint64) -> pl.Expr:
    return (pl.col("number") & int(LOW_BITS)) == int(what)


def exchange(
    connection: Connection, before: pl.DataFrame, after: pl.DataFrame, frozen: Frozen
) -> tuple[pl.DataFrame, Rows]:
    """Puts the numbers of some records' new rows in place of the old ones.

    before, after: rows of the same records, ROW; of new ones only `after`. Returns `after` with `met`, and with the
    rows of other records that now meet others or no longer do; and the numbers of the records whose standing changed:
    they hold a key or a value that became too common, or is no longer.
    """
    old, new = Held.of(before), Held.of(after)
    moved = _swap(connection, holders, "value", old.values, new.values)
    touched = _shared_by_more(connection, old.sharing, new.sharing)
    flipped = moved.filter(_known_for(SPELLED) & ((pl.col("now") == 0) != (pl.col("then") == 0)))
    named = known_for(flipped["number"].to_numpy().view(np.uint64), SHARED).view(np.int64)
    contents = moved.filter(_known_for(CONTENT))["number"].to_numpy()
    before, after = _standing(connection, before, after, contents, frozen)
    crossed = _swap(connection, keys, "key", _long(before.filter("met"), "keys"), _long(after.filter("met"), "keys"))
    limit = caps_of(crossed["number"].to_numpy().view(np.uint64), frozen)
    common = crossed.filter(pl.Series((crossed["then"].to_numpy() > limit) != (crossed["now"].to_numpy() > limit)))
    standing = [
        pairs(connection, holders, np.concatenate((touched, named)))[1],
        pairs(connection, keys, common["number"].to_numpy())[1],
    ]
    return after, distinct(np.concatenate(standing))


def lay(connection: Connection, after: pl.DataFrame, frozen: Frozen) -> tuple[pl.DataFrame, Held]:
    """Puts the numbers of all records there are into empty tables. Returns the rows with `met`, and what they hold."""
    rows = after.with_columns(met=_met(connection, after, frozen))
    held = Held.of(rows)
    for table, by, of in ((keys, "key", held.keys), (holders, "value", held.values)):
        ordered = of.sort("number", "record")
        insert(connection, table, {by: ordered["number"].to_numpy(), "record": ordered["record"].to_numpy()})
    seen = held.sharing.sort("number", "person")
    columns = {"value": seen["number"], "person": seen["person"], "records": seen["records"]}
    insert(connection, sharing, {name: column.to_numpy() for name, column in columns.items()})
    return rows, held


def _swap(connection: Connection, table: Table, by: str, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Takes rows out of a table and puts others in. Returns the numbers that changed hands: how many records held each
    `then` and hold it `now`."""
    gone, came = old.join(new, on=["number", "record"], how="anti"), new.join(old, on=["number", "record"], how="anti")
    if len(gone):
        out = delete(table).where(table.c[by] == bindparam("one"), table.c.record == bindparam("of"))
        connection.execute(out, [{"one": one, "of": of} for one, of in gone.iter_rows()])
    came = came.sort("number", "record")
    insert(connection, table, {by: came["number"].to_list(), "record": came["record"].to_list()})
    counted = pl.concat([came.select("number", more=pl.lit(1)), gone.select("number", more=pl.lit(-1))])
    moved = counted.group_by("number").agg(pl.col("more").sum()).sort("number")
    now = pl.Series("now", sizes(connection, table, moved["number"].to_numpy()))
    return moved.select("number", now, then=now - moved["more"])


def _shared_by_more(connection: Connection, old: pl.DataFrame, new: pl.DataFrame) -> Rows:
    """Counts anew with whom values are seen. Returns the values whose level changed with it."""
    both = pl.concat([new, old.with_columns(-pl.col("records"))])
    change = both.group_by("number", "person").agg(pl.col("records").sum()).filter(pl.col("records") != 0)
    values = change["number"].unique().sort().to_numpy()
    then = persons(connection, values)
    rows = [{"value": value, "person": person, "records": more} for value, person, more in change.iter_rows()]
    upsert(connection, sharing, rows, ("value", "person"), adding=("records",))
    empty = delete(sharing).where(sharing.c.records == 0, sharing.c.value == bindparam("one"))
    fewer = change.filter(pl.col("records") < 0)["number"].unique().to_list()
    if fewer:
        connection.execute(empty, [{"one": value} for value in fewer])
    levels = [np.searchsorted(SHARED_FROM, number, side="right") for number in (then, persons(connection, values))]
    return np.asarray(values[levels[0] != levels[1]])


def _standing(
    connection: Connection, before: pl.DataFrame, after: pl.DataFrame, contents: Rows, frozen: Frozen
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who meets others by keys: all live records, but of many that say the same only the first.

    contents: those that records gained or lost. Returns the rows, and others that it is another for now.
    """
    mine = _long(after, "values").filter(_known_for(CONTENT))["number"].to_numpy()
    crowded = mine[sizes(connection, holders, mine) > MANY]
    members = pairs(connection, holders, np.concatenate((contents, crowded)))[1]
    beside = fetch(connection, frozen.tenant, "number", np.setdiff1d(members, after["number"].to_numpy()))
    rows = pl.concat([after, beside]).sort("record_id", "source")
    rows = rows.with_columns(met=_met(connection, rows, frozen))
    flipped = rows.join(beside.select("number", was="met"), on="number", how="left", maintain_order="left")
    kept = flipped.filter(pl.col("was").is_null() | (pl.col("was") != pl.col("met"))).drop("was")
    return pl.concat([before, beside.join(kept, on="number", how="semi")]), kept


def _met(connection: Connection, rows: pl.DataFrame, frozen: Frozen) -> pl.Series:
    places, values = unpacked(rows["values"])
    says = (values & LOW_BITS) == CONTENT
    content = np.zeros(len(rows), dtype=np.uint64)
    content[places[says]] = values[says]
    named = rows["number"].is_in(named_by(judged(connection, rows["number"].to_numpy())))
    alone = (named | frozen.is_clean(rows["source"])).to_numpy()
    live = rows["excluded"].is_null().to_numpy()
    original = first_of_many(content, live & (content > 0) & ~alone)
    return pl.Series(live & (original == np.arange(len(rows))))
