"""Numbering: the rows of a frame get their places in an order: sorted by Spark, and counted part by part."""

from typing import Any

import numpy as np
import polars as pl
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from resolver.lists import ROW
from resolver.paths.spark.arrow import away, home
from resolver.paths.spark.work import Work

PART_BITS = 33
"""`monotonically_increasing_id` counts rows in the lower bits, and partitions above them."""


def numbered(work: Work, name: str, frame: DataFrame, *order: Column) -> DataFrame:
    """A frame's rows with their numbers in an order, saved."""
    place = f"{ROW}_place"
    placed = work.stage(name, lambda: frame.orderBy(*order).withColumn(place, sf.monotonically_increasing_id()))
    part = sf.shiftright(place, PART_BITS).alias("part")

    def counts() -> dict[str, Any]:
        found = home(placed.groupBy(part).agg(sf.count("*").alias("rows"))).sort("part")
        return {"part": found["part"].to_list(), "rows": found["rows"].to_list()}

    told = work.note(f"{name}_parts", counts)
    sizes = np.asarray(told["rows"], dtype=np.int64)
    begins = pl.DataFrame({"part": pl.Series(told["part"], dtype=pl.Int64), "begin": np.cumsum(sizes) - sizes})
    begins = begins.with_columns(begin=pl.col("begin") - pl.col("part") * (1 << PART_BITS))
    joined = placed.withColumn("part", part).join(sf.broadcast(away(work.session, begins)), "part")
    return joined.withColumn(ROW, sf.col(place) + sf.col("begin")).drop("part", "begin", place)
