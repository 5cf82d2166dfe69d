"""Measure: what is true of all records, counted by Spark: who says the same, with whom values are seen, how often they
occur."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any

import numpy as np
import polars as pl
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from resolver.index import DAMPING, LIMIT, rare_up_to
from resolver.lists import ROW
from resolver.model.frozen import Frozen
from resolver.model.layout import kind
from resolver.model.reference import Counts
from resolver.paths.spark.arrow import Schema, away, col, each, home, listed
from resolver.paths.spark.contacts import Fields
from resolver.paths.spark.parcels import facts
from resolver.paths.spark.values import BITS, SPELLED, numbers, said
from resolver.paths.spark.work import Work
from resolver.steps.compare import compared_columns
from resolver.steps.copies import MANY
from resolver.steps.footprint import CONTENT, LOW_BITS, Footprints, is_known_for
from rules.company import DOMAIN
from rules.ruleset import SHARED, SHARED_FROM, SWAPPED, Ruleset

PRINT: Schema = {
    ROW: pl.Int64(),
    "source": pl.String(),
    "said": pl.String(),
    "person": pl.Int64(),
    "content": pl.Int64(),
    "keys": pl.List(pl.Int64()),
    "values": pl.List(pl.Int64()),
}
"""A live record: what it says, its person as far as a name tells, a number for all of it where any of it is personal,
the keys by which it is met, and a number for each shared value (see `values.numbers`)."""
NAMES = ("given", "family")
TELLS, _COUNTS = ~int(LOW_BITS), SPELLED - 1
"""The bits of a shared value's number that tell the value, and those that tell the field."""


@dataclass(frozen=True)
class Whole:
    """What is known of all records before any two meet.

    contents: CONTENT of those that meet others, as parcels. prints: PRINT of these, so many of them. copies: (row,
    original) of those for whom another one is looked at. seen: (base, field, records, persons) of each shared value.
    """

    contents: DataFrame
    prints: DataFrame
    number: int
    copies: DataFrame
    seen: DataFrame


def printed(frame: pl.DataFrame, fields: Fields, frozen: Frozen) -> pl.DataFrame:
    """PRINT of the live records of a batch. frame: NORMALISED with `row`."""
    frame = frame.filter(pl.col("excluded").is_null())
    columns, number = compared_columns(frame, frozen.ruleset), len(frame)
    live = np.ones(number, dtype=np.bool_)
    prints = Footprints.of(columns, live, ~live, frozen)
    rows, values = prints.values
    says = is_known_for(values, CONTENT)
    content = np.zeros(number, dtype=np.uint64)
    content[rows[says]] = values[says]
    held = content.view(np.int64)
    at, keys = prints.keys
    return pl.DataFrame(
        {
            ROW: frame[ROW],
            "source": frame["source"],
            "said": said(frame, fields.compared),
            "person": prints.person,
            "content": pl.select(pl.when(pl.Series(held != 0)).then(pl.Series(held))).to_series(),
            "keys": listed(at, keys.view(np.int64), number),
            "values": numbers(columns, fields.compared, frozen, number),
        }
    )


def with_compared(work: Work, normalised: DataFrame, fields: Fields, ruleset: Ruleset) -> Fields:
    """The fields with those that anybody holds anything in."""
    names = [name for name in fields.schema if kind(name) in ruleset.compare]
    types = dict(normalised.dtypes)

    def found() -> dict[str, Any]:
        asked = [
            sf.max(sf.size(col(name)) > 0 if types[name].startswith("array") else col(name).isNotNull()).alias(name)
            for name in names
        ]
        return home(normalised.agg(*asked)).row(0, named=True)

    told = work.note("fields", found)
    return replace(fields, compared=tuple(name for name in names if told[name]))


def measured(work: Work, normalised: DataFrame, fields: Fields, frozen: Frozen, named: Sequence[int]) -> Whole:
    """Looks at all live records. named: numbers of those that verdicts name, which stand for themselves."""
    prints = work.stage("prints", lambda: each(normalised, partial(printed, fields=fields, frozen=frozen), PRINT))
    copies = work.stage("copies", lambda: _copies(work, normalised, prints, frozen, named))
    met = prints.join(copies.select(ROW), ROW, "left_anti")
    held = met.select(ROW, "person", sf.posexplode("values").alias("place", "value")).filter("value != 0")
    base = sf.col("value").bitwiseAND(sf.lit(TELLS)).alias("base")
    held = held.select(
        ROW,
        "person",
        "place",
        base,
        sf.col("value").bitwiseAND(sf.lit(_COUNTS)).alias("field"),
        sf.col("value").bitwiseAND(sf.lit(SPELLED)).alias("spells"),
    )

    def seen() -> DataFrame:
        return held.groupBy("base", "field").agg(
            sf.count("*").alias("records"),
            sf.countDistinct(sf.when(sf.col("person") > 0, sf.col("person"))).alias("persons"),
            sf.sum(sf.signum("spells")).cast("bigint").alias("spelled"),
        )

    values = work.stage("seen", seen)
    number = work.note("met", lambda: {"number": met.count()})["number"]
    contents = work.stage("contents", lambda: facts(_told(met, held, values), work.buckets(number)))
    return Whole(contents, met, number, copies, values)


def _told(met: DataFrame, held: DataFrame, values: DataFrame) -> DataFrame:
    """CONTENT: with each record what is told of its values, where that is not what it is for most."""
    mixed = (sf.col("spelled") > 0) & (sf.col("spelled") < sf.col("records"))
    telling = values.filter((sf.col("persons") >= SHARED_FROM[0]) | mixed)
    fact = (
        sf.shiftleft(sf.col("place").cast("bigint"), BITS)
        .bitwiseOR(sf.shiftleft(sf.col("persons"), 1))
        .bitwiseOR(sf.signum("spelled").cast("bigint"))
    )
    told = held.join(telling, ["base", "field"]).groupBy(ROW).agg(sf.sort_array(sf.collect_list(fact)).alias("told"))
    return met.select(ROW, "source", "said").join(told, ROW, "left")


def _copies(work: Work, normalised: DataFrame, prints: DataFrame, frozen: Frozen, named: Sequence[int]) -> DataFrame:
    """(row, original): of many records that say the same, all but the first; see `steps.copies`."""
    eligible = prints.filter(sf.col("content").isNotNull()).select(ROW, "source", "content")
    if named:
        alone = away(work.session, pl.DataFrame({ROW: pl.Series(named, dtype=pl.Int64)}))
        eligible = eligible.join(sf.broadcast(alone), ROW, "left_anti")
    if frozen.clean:
        sources = home(normalised.groupBy("source").count())
        crowded = sources.filter(frozen.is_clean(sources["source"]) & (pl.col("count") > 1)).select("source")
        eligible = eligible.join(sf.broadcast(away(work.session, crowded)), "source", "left_anti")
    many = (eligible.groupBy("content").agg(sf.count("*").alias("number"), sf.min(ROW).alias("original"))).filter(
        sf.col("number") > MANY
    )
    return eligible.join(many, "content").filter(sf.col(ROW) != sf.col("original")).select(ROW, "original")


def held_by(work: Work, normalised: DataFrame, whole: Whole, fields: Fields, ruleset: Ruleset) -> DataFrame:
    """(field, value, records): how many of the records that meet others hold each value, where it counts."""
    names = [name for name in fields.compared if name in NAMES or _counts(name, ruleset)]
    types = dict(normalised.dtypes)
    met = normalised.join(whole.prints.select(ROW), ROW, "left_semi")

    def counts() -> DataFrame:
        lists = [_named(name, is_list=types[name].startswith("array")) for name in names]
        held = met.select(sf.explode(sf.flatten(sf.array(*lists))).alias("held")).select("held.*")
        return held.filter(sf.col("value").isNotNull()).groupBy("field", "value").agg(sf.count("*").alias("records"))

    if not names:
        return away(work.session, pl.DataFrame(schema={"field": pl.String, "value": pl.String, "records": pl.Int64}))
    return work.stage("counts", counts)


def _counts(name: str, ruleset: Ruleset) -> bool:
    """Whether it counts how often the values of a field occur."""
    return name in ruleset.compare and (ruleset.compare[name].frequency or ruleset.compare[name].rarity)


def _named(name: str, *, is_list: bool) -> Column:
    held = col(name) if is_list else sf.array(col(name))
    return sf.coalesce(
        sf.transform(held, lambda value: sf.struct(sf.lit(name).alias("field"), value.alias("value"))),
        sf.array().cast("array<struct<field:string,value:string>>"),
    )


def counted(work: Work, held: DataFrame, fields: Fields, ruleset: Ruleset, records: int) -> dict[str, Counts]:
    """How often values occur, of the fields in which it counts; without the rare ones that weigh as if unseen.

    Only what weighs otherwise is brought home, so that it stays small however many records there are. held: as
    `held_by` gave it.
    """
    told = held.filter(~sf.col("value").startswith(DOMAIN))

    def sums() -> dict[str, Any]:
        squares = sf.sum(sf.col("records") * sf.col("records"))
        return {"fields": home(told.groupBy("field").agg(sf.sum("records"), squares)).rows()}

    sizes = {name: (total, squares) for name, total, squares in work.note("sums", sums)["fields"]}
    made = {}
    for name in fields.compared:
        if not _counts(name, ruleset):
            continue
        total, squares = sizes.get(name, (0, 0))
        agreement = squares / max(total, 1) ** 2
        weightless = records
        if ruleset.compare[name].frequency:
            weightless = int(total * agreement * np.exp(-LIMIT / DAMPING))
        if ruleset.compare[name].rarity:
            weightless = min(weightless, rare_up_to(records))
        kept = told.filter((sf.col("field") == name) & (sf.col("records") > max(weightless, 1)))
        found = home(kept.select("value", "records")).sort("value")
        made[name] = Counts(found["value"], found["records"].to_numpy().astype(np.int64), total, agreement)
    return made


def chances(
    work: Work, seen: DataFrame, held: DataFrame, names: Sequence[str], records: int
) -> dict[str, dict[str, float]]:
    """How often two records at random show a level that a random sample is too small to see; see `Index.chance`.

    seen: as in `Whole`; names: of the shared fields, by bit. held: as `held_by` gave it. records: that meet others.
    """
    level = reduce(lambda so_far, least: so_far + (sf.col("persons") >= least).cast("int"), SHARED_FROM, sf.lit(0))

    def found() -> dict[str, Any]:
        pairs = sf.sum(sf.col("records") * (sf.col("records") - 1) / 2)
        told = seen.groupBy("field", level.alias("level")).agg(pairs.alias("pairs"))
        return {"pairs": home(told).sort("field", "level").rows(), "swapped": _swapped(held)}

    told = work.note("chances", found)
    all_pairs = max(records * (records - 1) / 2, 1.0)
    made: dict[str, dict[str, float]] = {name: dict.fromkeys(SHARED, 0.0) for name in names}
    for bit, above, pairs in told["pairs"]:
        if above:
            made[names[bit]][SHARED[above - 1]] = pairs / all_pairs
    if told["swapped"] is not None:
        made["given"] = {SWAPPED: told["swapped"]}
    return made


def _swapped(held: DataFrame) -> float | None:
    """How often two strangers have each other's names; None where records have not both."""
    name = sf.replace(sf.col("value"), sf.lit(" "), sf.lit("")).alias("name")
    given, family = (
        held.filter(sf.col("field") == field).groupBy(name).agg(sf.sum("records").alias(field)) for field in NAMES
    )
    sums = [
        home(side.agg(sf.sum(field).alias("all")))["all"][0] for side, field in zip((given, family), NAMES, strict=True)
    ]
    if None in sums:
        return None
    both = given.join(family, "name").agg(sf.sum(sf.col("given") * sf.col("family")).alias("both"))
    return 3 * float((home(both)["both"][0] or 0) / (sums[0] * sums[1])) ** 2
