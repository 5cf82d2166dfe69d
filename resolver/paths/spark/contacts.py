"""Contacts: records get the numbers that they have in a batch, and their values are normalised, each batch by itself.

The number of a record is its place in the order of content (record_id, source), so that whatever breaks a tie by the
smaller row breaks it here as there. Which fields there are is asked of all records first, as one batch of them may have
none of what others have.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from polars._typing import PolarsDataType
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from resolver.frames import NORMALISED
from resolver.lists import ROW
from resolver.paths.outcome import IDENTIFYING
from resolver.paths.spark.arrow import Schema, away, col, contacts, each, home, taken
from resolver.paths.spark.work import Work
from resolver.steps.prepare import BOUNCES, prepare

MARKED = "bounces_elsewhere"
"""Which records have the one address that another record, which has the same id, says that it bounces."""
PART_BITS = 33
"""`monotonically_increasing_id` counts rows in the lower bits, and partitions above them."""
HINTED = ("given", "family", "company")
"""Fields that e-mails tell something of where others have them."""


@dataclass(frozen=True)
class Fields:
    """What the records of a run have between them.

    known: fields to which e-mails may add. own: the columns of NORMALISED that a batch of all records has for what its
    records say. compared: the fields that anybody holds anything in and that are compared.
    """

    known: tuple[str, ...]
    own: tuple[str, ...]
    compared: tuple[str, ...] = ()

    @property
    def schema(self) -> Schema:
        """One row a record: its number, what its source names it by, and NORMALISED."""
        names = dict.fromkeys([*self.own, *self.known])
        return {
            ROW: pl.Int64(),
            "record_id": pl.String(),
            **{name: NORMALISED.get(name, pl.String()) for name in names},
        }

    @property
    def identifying(self) -> list[str]:
        """The columns that the id of an entity is made of, besides the id of its first record."""
        return [name for name in IDENTIFYING if name in self.own or name in self.compared]


def numbered(work: Work, name: str, frame: DataFrame, *order: SparkColumn) -> DataFrame:
    """A frame's rows with their numbers in an order, saved: sorted by Spark, and counted part by part."""
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


def frame_schema(frame: DataFrame) -> Schema:
    """The polars types of a Spark frame."""
    return taken(frame.limit(0).toArrow()).schema


def fields_of(work: Work, records: DataFrame, levels: Collection[str]) -> Fields:
    """What the records have. levels: fields that the records have which a model was trained on, where one judges."""
    schema = frame_schema(records)
    lists = [name for name, dtype in schema.items() if isinstance(dtype, pl.List)]

    def held() -> dict[str, Any]:
        asked = [sf.max(sf.size(col(name)) > 0).alias(name) for name in lists]
        return home(records.agg(*asked)).row(0, named=True) if asked else {}

    filled = work.note("filled", held)
    made = prepare(example({name: schema[name] for name in schema if name != ROW}, filled)).normalised
    known = [name for name in HINTED if name in made.columns or name in levels]
    return Fields(tuple(known), tuple(made.columns))


def example(schema: Schema, filled: dict[str, bool | None]) -> pl.DataFrame:
    """One made-up record that holds something wherever any of the records does."""
    row = {name: _example(name, dtype) for name, dtype in schema.items()}
    row |= {name: [] for name in filled if not filled[name]}
    return contacts(pl.DataFrame([row], schema=dict(schema), orient="row"))


def _example(name: str, dtype: PolarsDataType) -> Any:
    if name in ("end", "deleted"):
        return None
    if isinstance(dtype, pl.Struct):
        return {part.name: _example(part.name, part.dtype) for part in dtype.fields}
    if isinstance(dtype, pl.List):
        return [_example(name, dtype.inner)]
    if dtype == pl.String:
        return "granted" if name == "state" else "x"
    if isinstance(dtype, pl.Datetime):
        return datetime(2000, 1, 1, tzinfo=UTC)
    return False if dtype == pl.Boolean else 1


def marked(work: Work, records: DataFrame, schema: Schema) -> DataFrame:
    """The records, and whether another one says of their only address that it bounces."""
    if not {"bounce_unattributed", "emails", "external_ids"} <= set(schema):
        return records.withColumn(MARKED, sf.lit(False))
    own = sf.coalesce(sf.size("emails"), sf.lit(0))
    flagged = sf.col("bounce_unattributed").isNotNull() & (own <= 0)
    if not work.note("bounces", lambda: {"any": home(records.filter(flagged).limit(1).select(ROW)).height})["any"]:
        return records.withColumn(MARKED, sf.lit(False))
    asked = records.filter(flagged | (own == 1)).select(
        ROW, "source", "record_key", "external_ids", flagged.alias("says"), (own == 1).alias("may")
    )
    ids = each(asked, _identifiers, {ROW: pl.Int64(), "says": pl.Boolean(), "may": pl.Boolean(), "id": pl.String()})
    told = ids.filter("says").select("id").distinct()
    meant = ids.filter("may").join(told, "id", "left_semi").select(ROW).distinct().withColumn(MARKED, sf.lit(True))
    return records.join(meant, ROW, "left").fillna(value=False, subset=[MARKED])


def _identifiers(asked: pl.DataFrame) -> pl.DataFrame:
    normalised = prepare(contacts(asked.drop(ROW, "says", "may"))).normalised
    if "identifier" not in normalised.columns:
        return pl.DataFrame(schema={ROW: pl.Int64(), "says": pl.Boolean(), "may": pl.Boolean(), "id": pl.String()})
    named = asked.select(ROW, "says", "may").with_columns(normalised["identifier"].alias("id"))
    return named.filter(pl.col("id").list.len() > 0).explode("id")


def found_in(frame: pl.DataFrame) -> pl.DataFrame:
    """RECORDS of a batch, with what other records say of them."""
    records = contacts(frame.drop(ROW, MARKED))
    if not frame[MARKED].any():
        return records
    status = pl.element().struct.with_fields(pl.lit(BOUNCES[0]).alias("status"))
    return records.with_columns(
        emails=pl.when(frame[MARKED]).then(pl.col("emails").list.eval(status)).otherwise(_with_status(records))
    )


def _with_status(records: pl.DataFrame) -> pl.Expr:
    """E-mails whose struct has a status, where they have none."""
    inner = records.schema["emails"].inner  # type: ignore[attr-defined]
    if any(part.name == "status" for part in inner.fields):
        return pl.col("emails")
    nothing = pl.element().struct.with_fields(pl.lit(None, dtype=pl.String).alias("status"))
    return pl.col("emails").list.eval(nothing)


def normalised(frame: pl.DataFrame, fields: Fields) -> pl.DataFrame:
    """NORMALISED of a batch, row for row, with the number of each and what its source names it by."""
    return prepare(found_in(frame), fields.known).normalised.frame().with_columns(frame[ROW], frame["record_id"])


def split(records: DataFrame, schema: Schema) -> DataFrame:
    """The records with names that came in one piece split into their parts, as a batch shows them."""
    if "full_name" not in schema:
        return records
    shape = _split(example({name: schema[name] for name in schema if name != ROW}, {})).schema
    return each(records.drop(ROW), _split, shape)


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    return prepare(contacts(frame)).records
