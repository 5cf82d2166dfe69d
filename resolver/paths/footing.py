"""Footing: keeps what is true of the whole in step with the records, and tells whose standing changed with it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, bindparam, delete

from resolver.columns import Rows, distinct
from resolver.frames import in_order
from resolver.model.frozen import Frozen
from resolver.steps.copies import MANY, first_of_many
from resolver.steps.footprint import CONTENT, LOW_BITS, SHARED, SPELLED, caps_of, is_known_for, known_for, most_meeting
from resolver.store.acts import judged, named_by
from resolver.store.database import insert, upsert
from resolver.store.lookups import pairs, persons, sizes
from resolver.store.rows import fetch, unpacked
from resolver.store.tables import holders, keys, sharing
from rules.ruleset import SHARED_FROM
from rules.values.distinct import begins

SHARING = {"number": pl.Int64, "person": pl.Int64, "records": pl.Int64}


@dataclass(frozen=True)
class Held:
    """Who holds what, as the tables know it: (number, record) of keys and of values, and (value, person, records)."""

    keys: pl.DataFrame
    values: pl.DataFrame
    sharing: pl.DataFrame

    @classmethod
    def of(cls, rows: pl.DataFrame) -> "Held":
        """rows: as `store.rows.ROW`."""
        places, values = unpacked(rows["values"])
        person = rows["person"].to_numpy()[places]
        told = is_known_for(values, SHARED) & (person > 0)
        one = np.ones(int(told.sum()), dtype=np.int64)
        sharing = dict(zip(SHARING, _summed((values[told].view(np.int64), person[told], one)), strict=True))
        return cls(_long(rows.filter("met"), "keys"), _long(rows, "values"), pl.DataFrame(sharing, schema=SHARING))


def _long(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    places, numbers = unpacked(rows[name])
    return pl.DataFrame({"number": numbers.view(np.int64), "record": rows["number"].to_numpy()[places]})


def _is_known_for(numbers: Rows, what: np.uint64) -> NDArray[np.bool_]:
    return is_known_for(numbers.view(np.uint64), what)


def exchange(
    connection: Connection, before: pl.DataFrame, after: pl.DataFrame, frozen: Frozen
) -> tuple[pl.DataFrame, Rows, "Moved"]:
    """Puts the numbers of some records' new rows in place of the old ones.

    before, after: rows of the same records, ROW; of new ones only `after`. Returns `after` with `met`, and with the
    rows of other records that now meet others or no longer do; and the numbers of the records whose standing changed:
    they hold a key or a value that became too common, or is no longer; and the keys that changed hands, counted at
    least as far as it matters for meeting by them.
    """
    old, new = Held.of(before), Held.of(after)
    moved = _swap(connection, holders, (old.values, new.values), 0)
    touched = _shared_by_more(connection, old.sharing, new.sharing)
    flipped = moved.where(_is_known_for(moved.number, SPELLED) & ((moved.now == 0) != (moved.then == 0)))
    named = known_for(flipped.number.view(np.uint64), SHARED).view(np.int64)
    contents = moved.number[_is_known_for(moved.number, CONTENT)]
    before, after = _standing(connection, before, after, contents, frozen)
    met = _long(before.filter("met"), "keys"), _long(after.filter("met"), "keys")
    crossed = _swap(connection, keys, met, most_meeting(frozen))
    limit = caps_of(crossed.number.view(np.uint64), frozen)
    common = crossed.where((crossed.then > limit) != (crossed.now > limit))
    standing = [
        pairs(connection, holders, np.concatenate((touched, named)))[1],
        pairs(connection, keys, common.number)[1],
    ]
    return after, distinct(np.concatenate(standing)), crossed


def held_by(connection: Connection, after: pl.DataFrame, frozen: Frozen) -> tuple[pl.DataFrame, Held]:
    """The rows of all records there are with `met`, and what they hold."""
    rows = after.with_columns(met=_met(connection, after, frozen))
    return rows, Held.of(rows)


def lay(connection: Connection, after: pl.DataFrame, frozen: Frozen) -> tuple[pl.DataFrame, Held]:
    """The same, and puts it into the tables, which are empty."""
    rows, held = held_by(connection, after, frozen)
    for table, by, of in ((keys, "key", held.keys), (holders, "value", held.values)):
        ordered = of.sort("number", "record")
        insert(connection, table, {by: ordered["number"].to_numpy(), "record": ordered["record"].to_numpy()})
    seen = held.sharing.sort("number", "person")
    columns = {"value": seen["number"], "person": seen["person"], "records": seen["records"]}
    insert(connection, sharing, {name: column.to_numpy() for name, column in columns.items()})
    return rows, held


class Moved(NamedTuple):
    """Numbers that changed hands: how many records held each `then`, and hold it `now`, as far as they were counted."""

    number: Rows
    then: Rows
    now: Rows

    def where(self, kept: NDArray[np.bool_]) -> "Moved":
        """Some of them."""
        return Moved(*(column[kept] for column in self))


def _swap(connection: Connection, table: Table, held: tuple[pl.DataFrame, pl.DataFrame], most: int) -> Moved:
    """Takes rows out of a table and puts others in. held: (number, record) as it was and as it is, each once.

    most: what more records than that hold is told to be held by any more.
    """
    old, new = held
    by = table.columns.values()[0].name
    number, record, more = _summed(_columns(old, -1), _columns(new, 1))
    gone, came = more < 0, more > 0
    if gone.any():
        out = delete(table).where(table.c[by] == bindparam("one"), table.c.record == bindparam("of"))
        each = zip(number[gone].tolist(), record[gone].tolist(), strict=True)
        connection.execute(out, [{"one": one, "of": of} for one, of in each])
    insert(connection, table, {by: number[came], "record": record[came]})
    changed = more != 0
    moved, more = _each_once(number[changed], more[changed])
    # Beyond that it makes no difference by how many they were or are held.
    enough = most + 1 + int(more.max(initial=0))
    now = sizes(connection, table, moved, enough)
    return Moved(moved, now - more, now)


def _summed(*several: tuple[Rows, Rows, Rows]) -> tuple[Rows, Rows, Rows]:
    """The distinct (a, b) of several (a, b, count) in their order, and the sum of the counts of each."""
    a, b, count = (np.concatenate(columns) for columns in zip(*several, strict=True))
    order = np.lexsort((b, a))
    a, b, count = a[order], b[order], count[order]
    starts = np.flatnonzero(begins(a) | begins(b))
    return a[starts], b[starts], _sums(count, starts)


def _each_once(numbers: Rows, counts: Rows) -> tuple[Rows, Rows]:
    """The distinct ones of ascending numbers, and the sum of the counts of each."""
    starts = np.flatnonzero(begins(numbers))
    return numbers[starts], _sums(counts, starts)


def _sums(counts: Rows, starts: Rows) -> Rows:
    """The sums of neighbours; starts: where each sum begins, none where there are no counts."""
    return np.asarray(np.add.reduceat(counts, starts)) if len(starts) else counts


def _columns(frame: pl.DataFrame, times: int) -> tuple[Rows, Rows, Rows]:
    """(a, b, count) of a frame, each counted so many times; once where it does not tell."""
    a, b, *count = (column.to_numpy() for column in frame)
    return a, b, times * (count[0] if count else np.ones(len(a), dtype=np.int64))


def _shared_by_more(connection: Connection, old: pl.DataFrame, new: pl.DataFrame) -> Rows:
    """Counts anew with whom values are seen. Returns the values whose level changed with it."""
    number, person, more = _summed(_columns(old, -1), _columns(new, 1))
    changed = more != 0
    number, person, more = number[changed], person[changed], more[changed]
    values = distinct(number)
    then = persons(connection, values, SHARED_FROM[-1])
    each = zip(number.tolist(), person.tolist(), more.tolist(), strict=True)
    rows = [{"value": value, "person": person, "records": added} for value, person, added in each]
    upsert(connection, sharing, rows, ("value", "person"), adding=("records",))
    empty = delete(sharing).where(sharing.c.records == 0, sharing.c.value == bindparam("one"))
    fewer = distinct(number[more < 0]).tolist()
    if fewer:
        connection.execute(empty, [{"one": value} for value in fewer])
    now = persons(connection, values, SHARED_FROM[-1])
    levels = [np.searchsorted(SHARED_FROM, number, side="right") for number in (then, now)]
    return np.asarray(values[levels[0] != levels[1]])


def _standing(
    connection: Connection, before: pl.DataFrame, after: pl.DataFrame, contents: Rows, frozen: Frozen
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who meets others by keys: all live records, but of many that say the same only the first.

    contents: those that records gained or lost. Returns the rows, and others that it is another for now.
    """
    members = pairs(connection, holders, np.concatenate((contents, crowded(connection, after))))[1]
    beside = fetch(connection, frozen.tenant, "number", np.setdiff1d(members, after["number"].to_numpy()))
    if not len(beside):
        rows = in_order(after)
        return before, rows.with_columns(met=_met(connection, rows, frozen))
    rows = in_order(pl.concat([after, beside]))
    rows = rows.with_columns(met=_met(connection, rows, frozen))
    flipped = rows.join(beside.select("number", was="met"), on="number", how="left", maintain_order="left")
    kept = flipped.filter(pl.col("was").is_null() | (pl.col("was") != pl.col("met"))).drop("was")
    return pl.concat([before, beside.join(kept, on="number", how="semi")]), kept


def crowded(connection: Connection, rows: pl.DataFrame) -> Rows:
    """What some records say that so many others say too that one stands for all. rows: as `store.rows.ROW`."""
    values = unpacked(rows["values"])[1]
    said = values[is_known_for(values, CONTENT)].view(np.int64)
    return said[sizes(connection, holders, said, MANY + 1) > MANY]


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
