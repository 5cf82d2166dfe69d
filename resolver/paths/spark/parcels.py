"""Parcels: rows that must meet, cut by the bucket in which they meet, and sent there many at a time.

Spark moves rows one by one, each packed, hashed, written and read by itself, and a pair costs more on the way than it
costs to compare. So wherever the engine itself looks at the rows, a worker cuts what it has by bucket, and Spark is
handed each cut as one binary value (an Arrow stream): what it moves are thousands of rows in one. Contacts and what is
counted of them travel so, as pairs do.

A record lies in the bucket that its number leaves as a rest, a pair in that of its left record. What a pair needs to be
told of its two records is sent to its bucket once, however many pairs of the bucket name them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from resolver.columns import Rows, distinct
from resolver.lists import ROW
from resolver.paths.spark.arrow import Make, Schema, each, home, streamed, whole
from resolver.steps.footprint import KEY_BITS
from rules.values.distinct import begins
from rules.values.hashes import mixed

PARCEL: Schema = {"bucket": pl.Int32(), "kind": pl.Int32(), "parcel": pl.Binary()}
RECORDS, NORMAL, COPIES, ROWS, KEYS, VALUES, COUNTS = range(7)
"""What is in a parcel, of records: as they were found; their normalised values; who says the same; who meets others;
keys and who holds them; values and who holds them; how many hold a value, or what pairs come to."""
PAIRS, WANTED, FACTS, BESIDES, CASES, ASKED, CLUSTERS, GOLDEN, SUMS = range(7, 16)
"""And of pairs: these; the records that they name; what is told of records, and besides; what a steward should see, and
the records that this names; who belongs to whom; golden records; sums."""
TOLD: Schema = {"what": pl.String(), "number": pl.Int64()}
REQUEST: Schema = {ROW: pl.Int64(), "target": pl.Int64()}
"""A record that pairs name, and the bucket of these."""
LENGTH = 50_000
"""Rows in a parcel: Parquet looks at the size of what it holds back only after a hundred of them."""
AT_A_TIME = 20
"""Full parcels of pairs that are opened together; of records, which are several times as wide, FEW."""
FEW = 2
NARROW = (pl.Int8, pl.Int16, pl.Int32)

Beside: TypeAlias = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]


def cut(frame: pl.DataFrame, bucket: NDArray[np.integer[Any]], kind: int) -> pl.DataFrame:
    """A frame as PARCEL. bucket: of each row."""
    if not len(frame):
        return pl.DataFrame(schema=dict(PARCEL))
    # Numbers of two bytes are sorted by counting, several times as fast as longer ones.
    order = np.argsort(bucket.astype(np.min_scalar_type(int(bucket.max()))), kind="stable")
    ordered, frame = bucket[order], frame[order]
    starts = np.flatnonzero(begins(ordered))
    ends = np.append(starts[1:], len(ordered))
    cuts = [(begin, end) for first, end in zip(starts, ends, strict=True) for begin in range(first, end, LENGTH)]
    parcels = [_closed(frame.slice(begin, min(LENGTH, end - begin))) for begin, end in cuts]
    buckets = [int(ordered[begin]) for begin, _ in cuts]
    columns = {"bucket": buckets, "kind": [kind] * len(cuts), "parcel": parcels}
    return pl.DataFrame(columns, schema=dict(PARCEL))


def uncut(frame: pl.DataFrame, kind: int, bucket: int = 0) -> pl.DataFrame:
    """A frame that lies in one bucket as PARCEL; in whichever, for those who look at all of them."""
    return cut(frame, np.full(len(frame), bucket), kind)


def told(counts: Mapping[str, int]) -> pl.DataFrame:
    """What a worker counted, as a parcel."""
    return uncut(pl.DataFrame({"what": [*counts], "number": [*map(int, counts.values())]}, schema=dict(TOLD)), SUMS)


def tolds(parcels: DataFrame) -> dict[str, int]:
    """What all workers counted, on the driver."""
    found = opened(home(parcels), TOLD).group_by("what").agg(pl.col("number").sum()).sort("what")
    return dict(found.rows())


def _closed(frame: pl.DataFrame) -> bytes:
    """A frame as bytes. A number takes no more of them than the largest of its column, which costs less than to
    compress numbers; texts are compressed."""
    frame = pl.DataFrame([of.shrink_dtype() if of.dtype == pl.Int64 else of for of in frame])
    numbers = all(dtype.is_numeric() for dtype in frame.dtypes)
    written = BytesIO()
    # In the newest form of Arrow texts that are gone would travel with those that are left.
    oldest = pl.CompatLevel.oldest()
    frame.write_ipc_stream(written, compression="uncompressed" if numbers else "lz4", compat_level=oldest)
    return written.getvalue()


def of_kind(parcels: DataFrame, kind: int, called: int | None = None) -> DataFrame:
    """The parcels of one kind; called: what kind they are from now on."""
    found = parcels.filter(parcels["kind"] == kind)
    return found if called is None else found.withColumn("kind", sf.lit(called))


def opened(parcels: pl.DataFrame, schema: Schema, *kinds: int) -> pl.DataFrame:
    """The rows that lie in the parcels of some kinds: of all where none is told. schema: of the rows where there are
    none."""
    if kinds:
        parcels = parcels.filter(pl.col("kind").is_in(kinds))
    found = [_opened(parcel) for parcel in parcels["parcel"]]
    return pl.concat(found, rechunk=True) if found else pl.DataFrame(schema=dict(schema))


def _opened(parcel: bytes) -> pl.DataFrame:
    found = pl.read_ipc_stream(parcel)
    return found.with_columns(of.cast(pl.Int64) for of in found if of.dtype in NARROW)


def those(frame: pl.DataFrame, name: str, values: pl.Series) -> pl.DataFrame:
    """The rows that hold any of some values in a column."""
    return frame.filter(pl.col(name).is_in(values.implode()))


def places(numbers: pl.Series, buckets: int) -> Rows:
    """The buckets in which equal keys or values meet; their lowest bits tell what they are keys or values of."""
    telling = numbers.to_numpy().view(np.uint64) >> (np.uint64(64) - KEY_BITS)
    return (telling % np.uint64(buckets)).astype(np.int64)


def bucket_of(numbers: pl.Series, buckets: int) -> Rows:
    """The buckets of some records, given by number."""
    return np.asarray(numbers.to_numpy() % buckets)


def named_by_two(one: pl.Series, other: pl.Series) -> NDArray[np.uint64]:
    """A number for each couple of records, whichever of them is told first; two couples hardly ever have the same."""
    low, high = (pick(one.to_numpy(), other.to_numpy()).view(np.uint64) for pick in (np.minimum, np.maximum))
    with np.errstate(over="ignore"):
        return mixed(mixed(low) + high)


def bucket_of_two(one: pl.Series, other: pl.Series, buckets: int) -> Rows:
    """The buckets of some couples."""
    return (named_by_two(one, other) % np.uint64(buckets)).astype(np.int64)


def sent(parcels: DataFrame, buckets: int) -> DataFrame:
    """Parcels with all of a bucket in one partition, and nothing else there."""
    return parcels.repartitionById(buckets, "bucket")


def opening(parts: Iterator[pl.DataFrame], schema: Schema, at_a_time: int = AT_A_TIME) -> Iterator[pl.DataFrame]:
    """The rows that lie in batches of parcels, some parcels at a time."""
    for part in parts:
        for few in part.iter_slices(at_a_time):
            yield opened(few, schema)


def unpacked(parcels: DataFrame, make: Make, schema: Schema, at_a_time: int = AT_A_TIME) -> DataFrame:
    """What is made of the rows in parcels, some parcels at a time: the result must not depend on where these end."""
    return streamed(parcels, lambda parts: map(make, opening(parts, {}, at_a_time)), schema)


def written_out(parcels: DataFrame, schema: Schema) -> DataFrame:
    """The rows in parcels as rows of Spark."""
    return unpacked(parcels, pl.DataFrame.clone, schema, FEW)


def facts(records: DataFrame, buckets: int) -> DataFrame:
    """What is told of records, with their number, as parcels."""
    return each(records, lambda part: cut(part, bucket_of(part[ROW], buckets), FACTS), PARCEL)


def placed(pairs: pl.DataFrame, buckets: int, kinds: tuple[int, int] = (PAIRS, WANTED)) -> pl.DataFrame:
    """Pairs as parcels in the bucket of their left record, and parcels that ask for the records which they name."""
    target = bucket_of(pairs["left"], buckets)
    parts, ends = [cut(pairs, target, kinds[0])], (pairs["left"].to_numpy(), pairs["right"].to_numpy())
    for bucket in distinct(target):
        mine = target == bucket
        rows = pl.Series(distinct(np.concatenate([end[mine] for end in ends])))
        asked = pl.DataFrame({ROW: rows, "target": pl.repeat(int(bucket), len(rows), dtype=pl.Int64, eager=True)})
        parts.append(cut(asked, bucket_of(rows, buckets), kinds[1]))
    return pl.concat(parts)


def beside(told: pl.DataFrame, rows: pl.Series, names: list[str], missing: int | None = None) -> pl.DataFrame:
    """What is told of some records, given by number, in their order. told: by number, some rows of records.

    missing: what stands where nothing is told of a record; where none is given something is told of each.
    """
    known = told[ROW].to_numpy()
    at = np.minimum(np.searchsorted(known, rows.to_numpy()), len(known) - 1)
    found = told.select(names)[at]
    if missing is None:
        return found
    there = pl.Series(known[at] == rows.to_numpy())
    return found.select(pl.when(there).then(pl.col(name)).otherwise(missing).alias(name) for name in names)


@dataclass(frozen=True)
class Pairs:
    """Pairs of records, as parcels of so many buckets, and the parcels that ask for the records which they name."""

    found: DataFrame
    wanted: DataFrame
    buckets: int

    @classmethod
    def of(cls, parcels: DataFrame, buckets: int) -> "Pairs":
        """parcels: as `placed` made them, of pairs that lie in their buckets."""
        return cls(of_kind(parcels, PAIRS), of_kind(parcels, WANTED), buckets)

    def now(self, found: DataFrame) -> "Pairs":
        """The same pairs, or some of them, with what was found out about them."""
        return Pairs(found, self.wanted, self.buckets)

    def beside(self, told: DataFrame, make: Beside, schema: Schema) -> DataFrame:
        """What is made of the pairs of a bucket and what is told of the records that they name, these by number.

        told: parcels of kind FACTS, in the buckets of the records.
        """
        asked = sent(self.wanted.unionByName(told), self.buckets)
        both = sent(self.found.unionByName(whole(asked, supplied, PARCEL)), self.buckets)
        return whole(both, partial(_beside, make=make), schema)


def supplied(parcels: pl.DataFrame) -> pl.DataFrame:
    """What is told of records, sent on to all buckets that asked for them."""
    told = opened(parcels, {ROW: pl.Int64()}, FACTS).sort(ROW)
    asked = opened(parcels, REQUEST, WANTED)
    known, rows = told[ROW].to_numpy(), asked[ROW].to_numpy()
    if not len(known):
        return pl.DataFrame(schema=dict(PARCEL))
    at = np.minimum(np.searchsorted(known, rows), len(known) - 1)
    there = known[at] == rows
    return cut(told[at[there]], asked["target"].to_numpy()[there], FACTS)


def _beside(parcels: pl.DataFrame, make: Beside) -> pl.DataFrame:
    if not (parcels["kind"] == PAIRS).any():
        return pl.DataFrame()
    return make(opened(parcels, {}, PAIRS), opened(parcels, {ROW: pl.Int64()}, FACTS).sort(ROW))
