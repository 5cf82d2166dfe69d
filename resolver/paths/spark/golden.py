"""Golden: the ids of entities, and their golden records, by the batch's own survivorship on whole entities."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from resolver.columns import Normalised
from resolver.frames import CLUSTERS as CLUSTERED
from resolver.ids import alike
from resolver.lists import ROW
from resolver.on_disk import in_memory
from resolver.paths.outcome import CASES as SHOWN_CASES
from resolver.paths.outcome import consent_cases
from resolver.paths.spark.arrow import Schema, aligned, each, whole
from resolver.paths.spark.contacts import Fields, Laid, Order, example, found_in
from resolver.paths.spark.parcels import (
    CASES,
    CLUSTERS,
    FACTS,
    FEW,
    GOLDEN,
    NORMAL,
    PARCEL,
    RECORDS,
    SUMS,
    bucket_of,
    cut,
    of_kind,
    opened,
    sent,
    told,
    tolds,
    uncut,
    unpacked,
    written_out,
)
from resolver.paths.spark.work import Work
from resolver.paths.stages import facts_of
from resolver.steps.gather import with_gathered
from resolver.steps.merge import MULTIPLE, merge
from resolver.steps.offer import offers
from resolver.steps.prepare import prepare, with_points
from rules.ruleset import Ruleset

TURN, ORIGIN, ENTITIES = "turn", "provenance", "entities"
ALWAYS = ("entity_id", "records", ORIGIN)
"""Columns that golden records have even where there are none."""
ID: Schema = {"entity": pl.Int64(), "entity_id": pl.String()}
OWNER: Schema = {ROW: pl.Int64(), **ID}
NAMED: Schema = {ROW: pl.Int64(), "record_key": pl.String(), "entity_id": pl.String()}
"""What a record and its entity are called."""


def named(work: Work, found: Laid, members: DataFrame, fields: Fields) -> DataFrame:
    """(entity, entity_id): ids minted from the content of each entity's first record.

    Those of equal content are told apart by counting in their order, as in a batch. members: (row, entity).
    """
    minted = partial(_minted, told=fields.identifying)

    def mint(founders: DataFrame) -> DataFrame:
        return whole(_beside(found.normalised, founders, found.order), minted, ID)

    def ids() -> DataFrame:
        turns = first.join(twice, "entity_id").withColumn(TURN, sf.row_number().over(again).cast("bigint") - 1)
        others = mint(turns.filter(sf.col(TURN) > 0).select(sf.col("entity").alias(ROW), TURN))
        kept = first.join(others, "entity", "left_anti")
        return kept.select(*ID).unionByName(others)

    first = work.stage("alike", lambda: mint(members.filter(sf.col(ROW) == sf.col("entity")).select(ROW)))
    twice = first.groupBy("entity_id").agg(sf.count("*").alias("times")).filter("times > 1").select("entity_id")
    if not work.note("minted_twice", lambda: {"ids": twice.count()})["ids"]:
        return first
    again = Window.partitionBy("entity_id").orderBy("entity")
    return work.stage("ids", ids)


def _beside(parcels: DataFrame, told: DataFrame, order: Order) -> DataFrame:
    """Parcels of records with what is told of some of them, by stretch."""
    facts = each(told, lambda part: cut(part, order.of_rows(part[ROW]), FACTS), PARCEL)
    return sent(parcels.unionByName(facts), order.stretches)


def _minted(parcels: pl.DataFrame, told: Sequence[str]) -> pl.DataFrame:
    """The ids by content alone, or with the turn that a record takes among equals."""
    founders = opened(parcels, {ROW: pl.Int64()}, FACTS)
    content = opened(parcels, {}, NORMAL).join(founders, ROW, maintain_order="left") if len(founders) else founders
    if not len(content):
        return pl.DataFrame(schema=dict(ID))
    columns = [content["record_id"], *(content[name] for name in told)]
    if TURN in content.columns:
        columns.append(content[TURN].cast(pl.String))
    return pl.DataFrame([content[ROW].alias("entity"), alike(pl.DataFrame(columns))])


@dataclass(frozen=True)
class Owned:
    """Who belongs to whom, as parcels.

    clusters: a row a record, as the result shows it. names: NAMED, in the buckets of the records. merging: the records
    of entities, and their normalised values, in so many buckets of these.
    """

    clusters: DataFrame
    names: DataFrame
    merging: DataFrame
    buckets: int


def owned(work: Work, found: Laid, owners: DataFrame, buckets: int) -> Owned:
    """owners: OWNER of every record. buckets: into which records are cut."""
    entities = work.buckets(found.live)
    make = partial(_owned, order=found.order, buckets=buckets, entities=entities)
    every = found.records.unionByName(found.normalised)
    made = work.stage("owned", lambda: whole(_beside(every, owners, found.order), make, PARCEL))
    merging = of_kind(made, RECORDS).unionByName(of_kind(made, NORMAL))
    return Owned(of_kind(made, CLUSTERS), of_kind(made, FACTS), merging, entities)


def _owned(parcels: pl.DataFrame, order: Order, buckets: int, entities: int) -> pl.DataFrame:
    """What a stretch sends on: the records of entities to these, and everybody's names to whoever asks for them."""
    owners = opened(parcels, OWNER, FACTS).sort(ROW)
    records, normal = (opened(parcels, {}, kind).sort(ROW) for kind in (RECORDS, NORMAL))
    every = normal.select("source", "record_id", "record_key", "excluded", ROW).with_columns(owners["entity_id"])
    live = normal["excluded"].is_null()
    entity = owners["entity"].filter(live)
    bucket, stretch = bucket_of(entity, entities), order.of_rows(owners[ROW])
    merging = records.filter(live).with_columns(entity, owners["entity_id"].filter(live))
    return pl.concat(
        [
            cut(every.select(*CLUSTERED), stretch, CLUSTERS),
            cut(every.select(*NAMED), bucket_of(owners[ROW], buckets), FACTS),
            cut(merging, bucket, RECORDS),
            cut(normal.filter(live), bucket, NORMAL),
        ]
    )


@dataclass(frozen=True)
class Merged:
    """The golden records, how many, and what a steward should see of them."""

    golden: DataFrame
    entities: int
    cases: DataFrame


def merged(work: Work, owned: Owned, schema: Schema, fields: Fields, ruleset: Ruleset) -> Merged:
    """Merges the records of each entity. schema: of the contacts.

    Columns that no entity has are left out, as a batch has none of them either.
    """
    filled = {name: True for name, dtype in schema.items() if isinstance(dtype, pl.List)}
    one = prepare(example(schema, filled), fields.known)
    ends = {ROW: 0, "entity": 0, "entity_id": ""}
    records = in_memory(one.records).with_columns(pl.lit(value).alias(name) for name, value in ends.items())
    shape = _golden(records, one.normalised, ruleset).schema
    make = partial(_merged, ruleset=ruleset, shape=shape)
    made = work.stage("golden", lambda: whole(sent(owned.merging, owned.buckets), make, PARCEL))
    counts = work.note("merged", lambda: tolds(of_kind(made, SUMS)))
    kept = {name: _there(name, dtype, counts) for name, dtype in shape.items() if counts.get(name) or name in ALWAYS}
    golden = unpacked(of_kind(made, GOLDEN), partial(_shown, shape=kept), kept, FEW)
    return Merged(golden, counts.get(ENTITIES, 0), written_out(of_kind(made, CASES), SHOWN_CASES))


def _there(name: str, dtype: Any, counts: dict[str, int]) -> Any:
    """The type of a column of golden records: of their provenance only what any of them has."""
    if name != ORIGIN:
        return dtype
    parts = [part for part in _origins(dtype) if counts.get(part)]
    return pl.Struct({part: pl.String() for part in parts}) if parts else pl.String()


def _origins(dtype: Any) -> list[str]:
    return [part.name for part in dtype.fields] if isinstance(dtype, pl.Struct) else []


def _shown(golden: pl.DataFrame, shape: Schema) -> pl.DataFrame:
    """Golden records with the columns that any of all has."""
    wanted = _origins(shape[ORIGIN])
    origin = (
        pl.struct(pl.col(ORIGIN).struct.field(name) for name in wanted) if wanted else pl.lit(None, dtype=pl.String)
    )
    return golden.with_columns(origin.alias(ORIGIN)).select(*shape)


def _merged(parcels: pl.DataFrame, ruleset: Ruleset, shape: Schema) -> pl.DataFrame:
    """The golden records of whole entities, the columns that any of these has, and the cases about their consent."""
    records, normal = (opened(parcels, {}, kind).sort(ROW) for kind in (RECORDS, NORMAL))
    compared = Normalised.of(normal.drop(ROW, "record_id"))
    golden = _golden(found_in(records), compared, ruleset)
    own = _origins(golden.schema[ORIGIN])
    counts = {ENTITIES: len(golden), **dict.fromkeys((*golden.columns, *own), 1)}
    parts = [
        (pl.col(ORIGIN).struct.field(name) if name in own else pl.lit(None, dtype=pl.String)).alias(name)
        for name in _origins(shape[ORIGIN])
    ]
    told_of = golden.with_columns(pl.struct(parts).alias(ORIGIN)) if parts else golden
    # Entities elsewhere may have others beside the golden one; those here have none.
    nothing = pl.lit([], dtype=pl.List(pl.String))
    told_of = told_of.with_columns(nothing.alias(name) for name in MULTIPLE.values() if name not in golden.columns)
    cases = consent_cases(golden)
    whole_bucket = np.full(len(golden), int(parcels["bucket"][0]))
    return pl.concat([cut(aligned(told_of, shape), whole_bucket, GOLDEN), uncut(cases, CASES), told(counts)])


def _golden(records: pl.DataFrame, normalised: Normalised, ruleset: Ruleset) -> pl.DataFrame:
    """GOLDEN with `entity_id`. records: with `row`, `entity` and `entity_id`, by row; normalised: theirs."""
    rows, ids = records[ROW].to_numpy(), records["entity_id"]
    entity = np.searchsorted(rows, records["entity"].to_numpy())
    prepared = with_points(records.drop(ROW, *ID), normalised)
    facts = facts_of(prepared.records, entity)
    golden = with_gathered(merge(facts, offers(prepared), ruleset), prepared.records, facts)
    return golden.select(ids.gather(golden["founder"]).alias("entity_id"), pl.exclude("founder"))
