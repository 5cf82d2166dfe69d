"""Arrow: Spark's rows as polars frames, and back. Every function of the engine that runs on a worker goes through here.

`mapInArrow` takes columns by their position and `applyInArrow` refuses the large types that polars writes, so what is
handed back is put in the order and the types of its schema first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from polars._typing import PolarsDataType
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from resolver.frames import RECORDS

Schema: TypeAlias = Mapping[str, PolarsDataType]
Make: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]
Stream: TypeAlias = Callable[[Iterator[pl.DataFrame]], Iterator[pl.DataFrame]]


def arrow_schema(schema: Schema) -> pa.Schema:
    """A frame's schema in the types that Spark knows."""
    made = pl.DataFrame(schema=schema).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    return pa.schema([pa.field(field.name, _small(field.type)) for field in made])


def _small(dtype: pa.DataType) -> pa.DataType:
    """Without large offsets and unsigned numbers, neither of which Spark has."""
    if pa.types.is_large_string(dtype):
        return pa.string()
    if pa.types.is_large_binary(dtype):
        return pa.binary()
    if pa.types.is_large_list(dtype):
        return pa.list_(_small(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([pa.field(field.name, _small(field.type)) for field in dtype])
    return pa.int64() if pa.types.is_unsigned_integer(dtype) else dtype


def handed(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """A frame as Spark takes it: the columns of the schema, in its order and types; absent ones are null."""
    table = frame.select(name for name in schema.names if name in frame.columns).to_arrow(
        compat_level=pl.CompatLevel.oldest()
    )
    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def taken(table: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    """What Spark hands over, as a frame."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table is no single column
    return frame


def aligned(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The columns of a schema, in its order; absent ones are null."""
    return frame.select(
        name if name in frame.columns else pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items()
    )


def frame_schema(frame: DataFrame) -> Schema:
    """The polars types of a Spark frame."""
    return taken(to_arrow_schema(frame.schema, timezone="UTC").empty_table()).schema


def contacts(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of RECORDS in their own types, where Spark's are others (it has no unsigned numbers)."""
    wrong = [
        pl.col(name).cast(RECORDS[name])
        for name, dtype in frame.schema.items()
        if name in RECORDS and not isinstance(dtype, pl.List | pl.Struct) and dtype != RECORDS[name]
    ]
    return frame.with_columns(wrong)


def each(frame: DataFrame, make: Make, schema: Schema) -> DataFrame:
    """What is made of a frame's rows, a batch at a time: the result must not depend on where a batch ends."""
    return streamed(frame, lambda parts: map(make, parts), schema)


def whole(frame: DataFrame, make: Make, schema: Schema) -> DataFrame:
    """What is made of a frame's rows, a partition at a time, which must fit a worker's memory; nothing of an empty
    one."""

    def made(parts: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        there = [part for part in parts if len(part)]
        if there:
            yield make(pl.concat(there, rechunk=True))

    return streamed(frame, made, schema)


def streamed(frame: DataFrame, make: Stream, schema: Schema) -> DataFrame:
    """What is made of the batches of each partition, one after the other."""
    target, names = arrow_schema(schema), frame.columns

    def mapped(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in make(taken(batch.rename_columns(names)) for batch in batches):
            yield from handed(part, target).to_batches()

    return _plain(frame).mapInArrow(mapped, from_arrow_schema(target))


def _plain(frame: DataFrame) -> DataFrame:
    """The columns under plain names: PySpark looks those up by name that it hands to Python, and stumbles over dots."""
    return frame.toDF(*map(_plain_name, range(len(frame.columns))))


def _plain_name(place: int) -> str:
    return f"c{place}"


def col(name: str) -> Column:
    """A column by its whole name: Spark takes a dot in it, as in `custom.region`, for the way into a struct."""
    return sf.col("`" + name.replace("`", "``") + "`")


def home(frame: DataFrame) -> pl.DataFrame:
    """A small result on the driver."""
    return taken(frame.toArrow())


def away(session: SparkSession, frame: pl.DataFrame) -> DataFrame:
    """A frame of the driver in Spark."""
    schema = arrow_schema(frame.schema)
    return session.createDataFrame(handed(frame, schema), from_arrow_schema(schema))


def listed(rows: NDArray[np.int64], numbers: NDArray[np.int64], length: int) -> pl.Series:
    """(row, number), rows ascending, as a list for each of so many rows."""
    ends = np.searchsorted(rows, np.arange(length + 1))
    lists = pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), pa.array(numbers, pa.int64()))
    made = pl.from_arrow(lists)
    assert isinstance(made, pl.Series)  # noqa: S101 - an array is one column
    return made


def spread(lists: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The inverse of `listed`: (row, number); null is an empty list."""
    number = lists.list.len().fill_null(0).to_numpy().astype(np.int64)
    rows = np.repeat(np.arange(len(lists)), number)
    return rows, lists.filter(pl.Series(number > 0)).list.explode().to_numpy().astype(np.int64)
