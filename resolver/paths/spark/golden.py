"""Golden: the ids of entities, and their golden records, by the batch's own survivorship on whole entities."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import polars as pl
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from resolver.ids import alike
from resolver.lists import ROW
from resolver.paths.outcome import CASES, consent_cases
from resolver.paths.spark.arrow import Schema, col, each, home, whole
from resolver.paths.spark.contacts import MARKED, Fields, example, found_in
from resolver.paths.spark.work import Work
from resolver.paths.stages import facts_of
from resolver.steps.gather import with_gathered
from resolver.steps.merge import MULTIPLE, merge
from resolver.steps.offer import offers
from resolver.steps.prepare import prepare
from rules.ruleset import Ruleset

MADE, TURN, ORIGIN = "made", "turn", "provenance"
ID: Schema = {"entity": pl.Int64(), "entity_id": pl.String()}


def named(work: Work, normalised: DataFrame, members: DataFrame, fields: Fields) -> DataFrame:
    """(entity, entity_id): ids minted from the content of each entity's first record.

    Those of equal content are told apart by counting in their order, as in a batch. members: (row, entity).
    """
    told = fields.identifying

    def ids() -> DataFrame:
        founders = members.filter(sf.col(ROW) == sf.col("entity")).select(ROW)
        content = normalised.select(ROW, "record_id", *told).join(founders, ROW)
        first = work.stage("alike", lambda: each(content, partial(_minted, told=told), ID))
        again = Window.partitionBy("entity_id").orderBy("entity")
        turned = first.withColumn(TURN, sf.row_number().over(again) - 1)
        twice = turned.filter(sf.col(TURN) > 0).select(sf.col("entity").alias(ROW), TURN)
        others = each(content.join(twice, ROW), partial(_minted, told=told), ID)
        return turned.filter(sf.col(TURN) == 0).select(*ID).unionByName(others)

    return work.stage("ids", ids)


def _minted(content: pl.DataFrame, told: Sequence[str]) -> pl.DataFrame:
    """The ids by content alone, or with the turn that a record takes among equals."""
    columns = [content["record_id"], *(content[name] for name in told)]
    if TURN in content.columns:
        columns.append(content[TURN].cast(pl.String))
    return pl.DataFrame([content[ROW].alias("entity"), alike(pl.DataFrame(columns))])


def merged(work: Work, records: DataFrame, schema: Schema, fields: Fields, ruleset: Ruleset) -> DataFrame:
    """GOLDEN with `entity_id`. records: the contacts of live records with their number, mark, entity and its id, those
    of an entity in one partition.

    schema: of the contacts. Columns that no entity has are left out, as a batch has none of them either.
    """
    filled: dict[str, bool | None] = {name: True for name, dtype in schema.items() if isinstance(dtype, pl.List)}
    one = example(schema, filled).with_columns(pl.lit(0).alias(ROW), pl.lit(value=False).alias(MARKED))
    one = one.with_columns(entity=pl.lit(0), entity_id=pl.lit(""))
    shape = _golden(one, fields, ruleset, None).schema
    origins = [part.name for part in shape[ORIGIN].fields]  # type: ignore[attr-defined]

    def golden() -> DataFrame:
        return whole(records, partial(_golden, fields=fields, ruleset=ruleset, origins=origins), shape)

    made = work.stage("golden", golden)
    there = home(made.select(sf.explode(MADE).alias("name")).distinct())["name"].to_list()
    parts = [sf.col(ORIGIN).getField(name).alias(name) for name in origins if name in there]
    origin = sf.struct(*parts) if parts else sf.lit(None).cast("string")
    return made.select(*(origin.alias(name) if name == ORIGIN else col(name) for name in shape if name in there))


def _golden(frame: pl.DataFrame, fields: Fields, ruleset: Ruleset, origins: Sequence[str] | None) -> pl.DataFrame:
    """The golden records of whole entities, and beside the first of them the columns that any of these has.

    origins: the parts of their provenance that any entity has; those that these have where none are told.
    """
    frame = frame.sort(ROW)
    rows = frame[ROW].to_numpy()
    prepared = prepare(found_in(frame.drop("entity", "entity_id")), fields.known)
    facts = facts_of(prepared.records, np.searchsorted(rows, frame["entity"].to_numpy()))
    golden = with_gathered(merge(facts, offers(prepared), ruleset), prepared.records, facts)
    made = pl.Series(MADE, [["entity_id", *golden.columns], *[None] * (len(golden) - 1)], dtype=pl.List(pl.String))
    if origins is not None:
        dtype = golden.schema[ORIGIN]
        own = [part.name for part in dtype.fields] if isinstance(dtype, pl.Struct) else []
        parts = [
            (pl.col(ORIGIN).struct.field(name) if name in own else pl.lit(None, dtype=pl.String)).alias(name)
            for name in origins
        ]
        golden = golden.with_columns(pl.struct(parts).alias(ORIGIN))
    # Entities elsewhere may have others beside the golden one; those here have none.
    nothing = pl.lit([], dtype=pl.List(pl.String))
    golden = golden.with_columns(nothing.alias(name) for name in MULTIPLE.values() if name not in golden.columns)
    ids = frame["entity_id"].gather(golden["founder"])
    return golden.select(ids.alias("entity_id"), pl.exclude("founder")).with_columns(made)


def consents(golden: DataFrame) -> DataFrame | None:
    """CASES about consent, without a number; None where nobody says anything of it."""
    if "consent" not in golden.columns:
        return None
    told = golden.filter(sf.exists("consent", lambda each: each["conflict"])).select("entity_id", "records", "consent")
    return each(told, _consents, CASES)


def _consents(golden: pl.DataFrame) -> pl.DataFrame:
    return consent_cases(golden.with_row_index("founder"), golden["entity_id"])
