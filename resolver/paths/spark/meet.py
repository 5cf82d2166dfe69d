"""Meet: which records meet, by the keys they share.

Equal keys are sent to one bucket, and of a key that too many records hold a worker keeps few of them and the number of
the others. So a key is dropped before it makes a single pair, and needs no memory however common it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from pyspark.sql import DataFrame

from resolver.columns import Rows, distinct
from resolver.lists import ROW
from resolver.paths.spark.arrow import Schema, home, listed, spread, streamed, whole
from resolver.paths.spark.measure import KEY, Whole
from resolver.paths.spark.packing import MADE, Packing
from resolver.paths.spark.parcels import (
    KEYS,
    PAIRS,
    PARCEL,
    SUMS,
    cut,
    of_kind,
    opened,
    opening,
    placed,
    sent,
    uncut,
    unpacked,
)
from resolver.paths.spark.work import Work
from resolver.steps.block import Family, above, cap_of, made
from resolver.steps.footprint import LOW_BITS
from rules.ruleset import Blocking
from rules.values.distinct import begins
from rules.values.hashes import among_many

GROUP: Schema = {"family": pl.Int64(), "size": pl.Int64(), "keys": pl.Int64(), "rows": pl.List(pl.Int64())}
"""A key and the records that hold it, ascending; those of one record and those of too many are only counted."""
COUNT: Schema = {name: GROUP[name] for name in ("family", "size", "keys")}
ROW_BITS = 40
"""Bits that tell a record, where the others tell which of few millions of keys it holds."""
HELD = 12_000_000
"""Keys of one bucket in memory before those that are too common are thinned out."""


@dataclass(frozen=True)
class Met:
    """The keys of all records, and what they come to.

    groups: GROUP, as parcels. families: those that there are keys for, each with the cap it has. bits: of each. pairs:
    how many pairs all of them make, those that several make counted several times. packing: of these.
    """

    groups: DataFrame
    families: list[Family]
    bits: Mapping[str, int]
    pairs: int
    packing: Packing

    @property
    def buckets(self) -> int:
        """Into how many the records are cut."""
        return self.packing.buckets


def met(work: Work, known: Whole, blocking: Blocking, names: Sequence[str], rows: int) -> Met:
    """Groups the keys of so many records. names: the families that they have keys for, by bit."""
    keys, records = known.keys, known.number
    most, buckets = max([blocking.cap, *blocking.caps.values()]), work.buckets(records)

    grouped = work.stage("groups", lambda: streamed(sent(keys, buckets), partial(_grouped, most=most), PARCEL))

    def sizes() -> dict[str, Any]:
        told = opened(home(of_kind(grouped, SUMS)), COUNT).group_by("family", "size").agg(pl.col("keys").sum())
        return {"sizes": told.sort("family", "size").rows()}

    told = work.note("sizes", sizes)["sizes"]
    families, pairs = [], 0
    for bit, name in enumerate(names):
        of_size = np.zeros(max((size for family, size, _ in told if family == bit), default=0) + 1, dtype=np.int64)
        for family, size, times in told:
            if family == bit:
                of_size[size] = times
        number, of_size[:2] = int(of_size.sum()), 0
        cap = cap_of(of_size, blocking, name, records)
        families.append(Family(name, number, above(of_size, 1), above(of_size, cap), cap))
        pairs += made(of_size, cap)
    packing = Packing(rows, buckets)
    return Met(of_kind(grouped, KEYS), families, {name: bit for bit, name in enumerate(names)}, pairs, packing)


def _grouped(parts: Iterator[pl.DataFrame], most: int) -> Iterator[pl.DataFrame]:
    for found in groups_of(opening(parts, KEY), most):
        yield pl.concat([uncut(found, KEYS), uncut(sizes_of(found), SUMS)])


def groups_of(parts: Iterator[pl.DataFrame], most: int) -> Iterator[pl.DataFrame]:
    """Some frames of KEY at a time, in any order, with every record of any of their keys -> GROUP."""
    held, over = pl.DataFrame(schema=dict(KEY)), pl.DataFrame(schema={"key": pl.Int64, "more": pl.Int64})
    waiting: list[pl.DataFrame] = []
    enough = HELD
    for part in parts:
        waiting.append(part)
        if sum(map(len, waiting)) > enough:
            held, over = _thinned(pl.concat([held, *waiting]), over, most)
            waiting, enough = [], max(HELD, len(held))
    held, over = _thinned(pl.concat([held, *waiting]), over, most)
    if len(held):
        yield _made(held["key"].to_numpy(), held[ROW].to_numpy(), over, most)


def _thinned(held: pl.DataFrame, over: pl.DataFrame, most: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """KEY in the order of the keys, each with one record too many at most; how many more there are is told `over`."""
    held = held.rechunk()  # rows are gathered from one chunk several times as fast as from many
    held = held[np.argsort(held["key"].to_numpy())]
    starts = np.flatnonzero(begins(held["key"].to_numpy()))
    place = np.arange(len(held)) - np.repeat(starts, np.diff(starts, append=len(held)))
    kept = pl.Series(place <= most)
    if kept.all():
        return held, over
    more = held.filter(~kept).group_by("key").agg(pl.len().cast(pl.Int64).alias("more"))
    return held.filter(kept), pl.concat([over, more]).group_by("key").agg(pl.col("more").sum())


def _made(keys: Rows, rows: Rows, over: pl.DataFrame, most: int) -> pl.DataFrame:
    """GROUP of keys, ascending, each with one record too many at most, and with more of which `over` tells."""
    starts = np.flatnonzero(begins(keys))
    there = np.diff(starts, append=len(keys))
    sizes, kept = there.copy(), (there > 1) & (there <= most)
    sizes[np.searchsorted(keys[starts], over["key"].to_numpy())] += over["more"].to_numpy()
    family, number = keys[starts] & int(LOW_BITS), int(kept.sum())
    group, held = np.repeat(np.arange(number), sizes[kept]), rows[np.repeat(kept, there)]
    held = np.sort((group << ROW_BITS) | held) & ((1 << ROW_BITS) - 1)
    groups = pl.DataFrame(
        {
            "family": family[kept],
            "size": sizes[kept],
            "keys": np.ones(number, dtype=np.int64),
            "rows": listed(group, held, number),
        }
    )
    counted = sizes_of(pl.DataFrame({"family": family[~kept], "size": sizes[~kept]}).with_columns(keys=1))
    nothing = pl.lit([], dtype=pl.List(pl.Int64)).alias("rows")
    return pl.concat([groups, counted.with_columns(nothing)])


def sizes_of(groups: pl.DataFrame) -> pl.DataFrame:
    """COUNT: how many keys of each family are held by how many records."""
    return groups.group_by("family", "size").agg(pl.col("keys").sum().cast(pl.Int64))


def pairs(met: Met, families: list[Family], chosen: Rows | None = None) -> DataFrame:
    """(left, right, mask, times) of the distinct pairs that some families make, as `parcels.placed` has them: a bit for
    each that made it, and how many keys did. chosen: the only left rows wanted, ascending."""
    caps = np.zeros(64, dtype=np.int64)
    for family in families:
        caps[met.bits[family.name]] = family.cap
    raw = unpacked(met.groups, partial(_raw, caps=caps, chosen=chosen, packing=met.packing), PARCEL)
    return whole(sent(raw, met.buckets), partial(_distinct, packing=met.packing), PARCEL)


def _raw(groups: pl.DataFrame, caps: Rows, chosen: Rows | None, packing: Packing) -> pl.DataFrame:
    left, right, family = made_by(groups, caps, chosen)
    return cut(pl.DataFrame({"pair": packing.of(left, right, family)}), left % packing.buckets, PAIRS)


def _distinct(parcels: pl.DataFrame, packing: Packing) -> pl.DataFrame:
    """Each pair of a bucket once, in their order, so that whatever is looked up for them is looked up in order."""
    left, right, masks, times = packing.told(opened(parcels, MADE)["pair"].to_numpy(), int(parcels["bucket"][0]))
    told = pl.DataFrame({"left": left, "right": right, "mask": masks, "times": times})
    return placed(told, packing.buckets)


def made_by(groups: pl.DataFrame, caps: Rows, chosen: Rows | None) -> tuple[Rows, Rows, Rows]:
    """(left, right, family) of all pairs that keys which are not too common make; those that several make are there
    several times. chosen: as above."""
    groups = groups.filter(pl.col("size") > 1, pl.col("rows").list.len() > 0)
    sizes, families = groups["size"].to_numpy(), groups["family"].to_numpy()
    places, rows = spread(groups["rows"])
    begin = np.searchsorted(places, np.arange(len(groups)))
    wanted = np.ones(len(rows), dtype=np.bool_) if chosen is None else among_many(rows, chosen)
    found = [(np.zeros(0, dtype=np.int64),) * 3]
    for size in distinct(sizes):
        mine = np.flatnonzero((sizes == size) & (size <= caps[families]))
        one, other = np.triu_indices(size, 1)
        left, right = (begin[mine, None] + end for end in (one, other))
        kept = wanted[left]
        found.append((rows[left[kept]], rows[right[kept]], np.repeat(families[mine], kept.sum(axis=1))))
    left, right, family = map(np.concatenate, zip(*found, strict=True))
    return left, right, family
