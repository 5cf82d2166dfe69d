"""Telling: what a run says of its records besides who is who: values that many persons share, and who must not be
written to because somebody who was left out said so. Both are few enough for the driver."""

from typing import Any

import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from resolver.index import LEAST, MOST, Shared
from resolver.lists import ROW
from resolver.model.frozen import Frozen
from resolver.paths.spark.arrow import home
from resolver.paths.spark.contacts import Fields, found_in
from resolver.paths.spark.measure import TELLS, Whole
from resolver.paths.spark.values import columns_of, shared
from resolver.result import as_dicts
from resolver.steps.compare import compared_columns
from resolver.steps.prepare import prepare
from resolver.steps.suppress import CHANNEL_OF, suppressions

TIES = 1000
"""Values that as many persons share as the last one shown are looked at, so many of them at most."""


def most_shared(whole: Whole, normalised: DataFrame, fields: Fields, frozen: Frozen) -> list[dict[str, Any]]:
    """See `index.most_shared`."""
    names = shared(fields.compared, frozen)
    top = home(whole.seen.filter(sf.col("persons") >= LEAST).orderBy(sf.desc("persons")).limit(MOST)).sort("persons")
    if not len(top):
        return []
    several = whole.seen.filter(sf.col("persons") >= top["persons"][0]).limit(TIES).select("base", "field", "persons")
    held = whole.prints.select(ROW, "said", sf.posexplode("values").alias("place", "value"))
    at = held.withColumn("base", sf.col("value").bitwiseAND(sf.lit(TELLS))).join(sf.broadcast(several), "base")
    first = at.groupBy("base", "field", "persons").agg(sf.min(sf.struct(ROW, "place", "said")).alias("first"))
    told = [
        (names[field], _value(first["said"], first["place"], fields, names), persons)
        for _, field, persons, first in home(first).rows()
    ]
    counts = _holders(normalised, told)
    found = [Shared(name, value, persons, counts[name, value]) for name, value, persons in told]
    return as_dicts(sorted(found, key=lambda one: (-one.persons, one.field, one.value))[:MOST])


def _value(said: str, place: int, fields: Fields, names: list[str]) -> str:
    """The value at a place among those that a record holds in the shared fields."""
    columns = columns_of(pl.Series([said]), fields.compared)
    codes = [(name, code) for name in names if name in columns for code in columns[name].held[1].tolist()]
    name, code = codes[place]
    return str(columns[name].values[code])


def _holders(normalised: DataFrame, told: list[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    """How many records hold each value of a field, those left out included."""
    found = {}
    for name in {name for name, _, _ in told}:
        values = [value for one, value, _ in told if one == name]
        each = normalised.select(sf.explode(name).alias("value")).filter(sf.col("value").isin(values))
        for value, records in home(each.groupBy("value").agg(sf.count("*").alias("records"))).rows():
            found[name, value] = records
    return found


def suppressed(contacts: DataFrame, normalised: DataFrame, fields: Fields, frozen: Frozen) -> list[dict[str, Any]]:
    """See `steps.suppress`. contacts: the records with their number and mark."""
    names = [name for name in CHANNEL_OF if name in fields.compared]
    if "consent" not in contacts.columns or not names:
        return []
    denied = contacts.filter(sf.exists("consent", lambda each: each["state"] == "denied")).select(ROW)
    values = [sf.coalesce(name, sf.array().cast("array<string>")) for name in names]
    held = normalised.select(ROW, "excluded", sf.explode(sf.concat(*values)).alias("value"))
    said = held.filter(sf.col("excluded").isNotNull()).join(denied, ROW)
    heard = held.filter(sf.col("excluded").isNull()).join(said.select("value"), "value", "left_semi")
    rows = said.select(ROW).unionByName(heard.select(ROW)).distinct()
    found = home(contacts.join(rows, ROW)).sort(ROW)
    if not len(found):
        return []
    prepared = prepare(found_in(found), fields.known)
    columns = compared_columns(prepared.normalised, frozen.ruleset)
    return suppressions(prepared.records, columns, prepared.normalised["excluded"]).to_dicts()
