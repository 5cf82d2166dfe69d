"""Hanging together: which records any evidence connects; on the driver where few pairs join, else in Spark.

In Spark every record is pointed at a smaller one it is connected with, by turns the large-star and the small-star step
of Kiveris et al. (2014), until each component is a star around its smallest record. A round is saved, so that no plan
grows and a broken run goes on with the last one.
"""

from functools import partial
from typing import Any

import numpy as np
import polars as pl
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from resolver.columns import distinct
from resolver.components import components
from resolver.lists import ROW
from resolver.paths.spark.arrow import away, home
from resolver.paths.spark.parcels import FACTS, bucket_of, cut, facts, opened, written_out
from resolver.paths.spark.weighing import EDGE
from resolver.paths.spark.work import Work

ROOT = "root"


def roots(work: Work, edges: DataFrame, number: int, buckets: int) -> DataFrame:
    """(row, root) of the rows that so many pairs connect with others: the smallest row of each component.

    edges: EDGE, as parcels; what is found are parcels of kind FACTS in the buckets of the rows.
    """
    if number > work.scale.edges:
        return facts(stars(work, written_out(edges, EDGE)), buckets)

    def found() -> DataFrame:
        rooted = on_driver(opened(home(edges), EDGE))
        return away(work.session, cut(rooted, bucket_of(rooted[ROW], buckets), FACTS))

    return work.stage("roots", found)


def on_driver(edges: pl.DataFrame) -> pl.DataFrame:
    """The same for pairs that fit the driver's memory."""
    left, right = edges["left"].to_numpy(), edges["right"].to_numpy()
    rows = distinct(np.concatenate((left, right)))
    root = components(len(rows), np.searchsorted(rows, left), np.searchsorted(rows, right))
    return pl.DataFrame({ROW: rows, ROOT: rows[root]})


def stars(work: Work, edges: DataFrame) -> DataFrame:
    """The same for any number of pairs: (row, root) by rounds of stars, saved under the work."""
    ordered = edges.select(sf.greatest("left", "right").alias("one"), sf.least("left", "right").alias("other"))
    now, before, turn = work.stage("stars_0", lambda: ordered.filter("one != other").distinct()), None, 0
    while (sums := _sums(work, now, turn)) != before:
        before, turn = sums, turn + 1
        now = work.stage(f"stars_{turn}", partial(_round, now))
    pointing = now.select(sf.col("one").alias(ROW), sf.col("other").alias(ROOT))
    return pointing.unionByName(pointing.select(sf.col(ROOT).alias(ROW), ROOT).distinct())


def _sums(work: Work, now: DataFrame, turn: int) -> dict[str, Any]:
    """What stays the same once nothing changes; sums as decimals, as they outgrow 64 bits."""
    wide = "decimal(38,0)"
    asked = now.agg(
        sf.count("*").alias("pairs"),
        *(sf.sum(sf.col(name).cast(wide)).cast("string").alias(name) for name in ("one", "other")),
    )
    return work.note(f"stars_{turn}_sums", lambda: home(asked).row(0, named=True))


def _round(pairs: DataFrame) -> DataFrame:
    return _small(_large(pairs))


def _large(pairs: DataFrame) -> DataFrame:
    """Each record's larger neighbours are pointed at the smallest of all its neighbours and itself."""
    both = pairs.unionByName(pairs.select(sf.col("other").alias("one"), sf.col("one").alias("other")))
    least = sf.least(sf.col("one"), sf.min("other").over(Window.partitionBy("one"))).alias("least")
    near = both.select("one", "other", least).filter(sf.col("other") > sf.col("one"))
    return near.select(sf.col("other").alias("one"), sf.col("least").alias("other")).distinct()


def _small(pairs: DataFrame) -> DataFrame:
    """Each record and its smaller neighbours are pointed at the smallest of these. pairs: one > other."""
    least = sf.min("other").over(Window.partitionBy("one")).alias("least")
    near = pairs.select("one", "other", least)
    moved = near.select(sf.col("other").alias("one"), sf.col("least").alias("other"))
    own = near.select("one", sf.col("least").alias("other"))
    return moved.unionByName(own).filter("one != other").distinct()
