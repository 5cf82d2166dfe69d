"""Meet: which records meet, by the keys they share.

Spark brings equal keys together in order; a worker reads them one after the other, and of a key that too many records
hold keeps nothing but their number. So a key is dropped before it makes a single pair, and needs no memory however
common it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from resolver.columns import Rows
from resolver.lists import ROW
from resolver.paths.spark.arrow import Schema, each, home, listed, spread, streamed
from resolver.paths.spark.work import Work
from resolver.steps.block import Family, above, cap_of, made
from resolver.steps.footprint import LOW_BITS
from rules.ruleset import Blocking
from rules.values.distinct import begins

GROUP: Schema = {"family": pl.Int64(), "size": pl.Int64(), "keys": pl.Int64(), "rows": pl.List(pl.Int64())}
"""A key and the records that hold it; those of one record and those of too many are only counted."""
PAIR: Schema = {"left": pl.Int64(), "right": pl.Int64(), "mask": pl.Int64()}


@dataclass(frozen=True)
class Met:
    """The keys of all records, and what they come to.

    families: those that there are keys for, each with the cap it has. bits: of each. pairs: how many pairs all of them
    make, those that several make counted several times.
    """

    groups: DataFrame
    families: list[Family]
    bits: Mapping[str, int]
    pairs: int


def met(work: Work, prints: DataFrame, blocking: Blocking, names: Sequence[str], records: int) -> Met:
    """Groups the keys. prints: PRINT of the records that meet others, so many of them; names: the families that they
    have keys for, by bit."""
    most = max([blocking.cap, *blocking.caps.values()])

    def groups() -> DataFrame:
        keys = prints.select(ROW, sf.explode("keys").alias("key"))
        ordered = keys.repartition("key").sortWithinPartitions("key", ROW)
        return streamed(ordered, partial(_groups, most=most), GROUP)

    grouped = work.stage("groups", groups)

    def sizes() -> dict[str, Any]:
        told = grouped.groupBy("family", "size").agg(sf.sum("keys").alias("keys"))
        return {"sizes": home(told).sort("family", "size").rows()}

    told = work.note("sizes", sizes)["sizes"]
    families, pairs = [], 0
    for bit, name in enumerate(names):
        of_size = np.zeros(max((size for family, size, _ in told if family == bit), default=0) + 1, dtype=np.int64)
        for family, size, keys in told:
            if family == bit:
                of_size[size] = keys
        number, of_size[:2] = int(of_size.sum()), 0
        cap = cap_of(of_size, blocking, name, records)
        families.append(Family(name, number, above(of_size, 1), above(of_size, cap), cap))
        pairs += made(of_size, cap)
    return Met(grouped, families, {name: bit for bit, name in enumerate(names)}, pairs)


def _groups(parts: Iterator[pl.DataFrame], most: int) -> Iterator[pl.DataFrame]:
    """Batches of (row, key), sorted by key and row -> GROUP. A key may go on in the next batch."""
    open_key, open_rows, open_size = -1, np.zeros(0, dtype=np.int64), 0
    for part in parts:
        if not len(part):
            continue
        keys, rows = part["key"].to_numpy(), part[ROW].to_numpy()
        starts = np.flatnonzero(begins(keys))
        if open_size and keys[0] == open_key:
            first = int(starts[1]) if len(starts) > 1 else len(keys)
            open_size += first
            open_rows = np.concatenate((open_rows, rows[: max(first, 0)]))[: most + 1]
            keys, rows, starts = keys[first:], rows[first:], starts[1:] - first
        if not len(keys):
            continue
        if open_size:
            yield _made(np.asarray([open_key]), np.asarray([open_size]), open_rows, most)
        last = int(starts[-1])
        open_key, open_size, open_rows = int(keys[last]), len(keys) - last, rows[last:][: most + 1]
        if last:
            yield _made(keys[starts[:-1]], np.diff(starts), rows[:last], most)
    if open_size:
        yield _made(np.asarray([open_key]), np.asarray([open_size]), open_rows, most)


def _made(keys: Rows, sizes: Rows, rows: Rows, most: int) -> pl.DataFrame:
    """GROUP of some keys. rows: of each key, one after the other; of one held by more than `most` the first ones."""
    family, kept = keys & int(LOW_BITS), (sizes > 1) & (sizes <= most)
    there = np.repeat(kept, np.minimum(sizes, len(rows)))[: len(rows)]
    place = np.repeat(np.arange(int(kept.sum())), sizes[kept])
    groups = pl.DataFrame(
        {
            "family": family[kept],
            "size": sizes[kept],
            "keys": np.ones(int(kept.sum()), dtype=np.int64),
            "rows": listed(place, rows[there], int(kept.sum())),
        }
    )
    rest = pl.DataFrame({"family": family[~kept], "size": sizes[~kept]})
    counted = rest.group_by("family", "size").agg(pl.len().cast(pl.Int64).alias("keys"))
    nothing = pl.lit([], dtype=pl.List(pl.Int64)).alias("rows")
    return pl.concat([groups, counted.with_columns(nothing)])


def pairs(met: Met, families: list[Family], chosen: Rows | None = None) -> DataFrame:
    """(left, right, mask, times) of the distinct pairs that some families make: a bit for each that made it, and how
    many keys did. chosen: the only left rows wanted, ascending."""
    caps = np.zeros(64, dtype=np.int64)
    for family in families:
        caps[met.bits[family.name]] = family.cap
    raw = each(met.groups.filter(sf.size("rows") > 1), partial(_pairs, caps=caps, chosen=chosen), PAIR)
    # By the left row alone, so that what is known of it is joined where the pairs are.
    return (
        raw.repartition("left")
        .groupBy("left", "right")
        .agg(sf.bit_or("mask").alias("mask"), sf.count("*").alias("times"))
    )


def _pairs(groups: pl.DataFrame, caps: Rows, chosen: Rows | None) -> pl.DataFrame:
    sizes, families = groups["size"].to_numpy(), groups["family"].to_numpy()
    places, rows = spread(groups["rows"])
    begin = np.searchsorted(places, np.arange(len(groups)))
    found = [pl.DataFrame(schema=dict(PAIR))]
    for size in np.unique(sizes):
        mine = np.flatnonzero((sizes == size) & (size <= caps[families]))
        members = rows[begin[mine][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        left, right = members[:, one].ravel(), members[:, other].ravel()
        made = pl.DataFrame({"left": left, "right": right, "mask": np.repeat(np.int64(1) << families[mine], len(one))})
        found.append(made if chosen is None else made.filter(pl.Series(_among(left, chosen))))
    return pl.concat(found)


def _among(rows: Rows, chosen: Rows) -> Any:
    places = np.minimum(np.searchsorted(chosen, rows), max(len(chosen) - 1, 0))
    return chosen[places] == rows if len(chosen) else np.zeros(len(rows), dtype=np.bool_)
