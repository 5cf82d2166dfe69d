"""Telling: what a run says of its records besides who is who: values that many persons share, and who must not be
written to because somebody who was left out said so. Both are few enough for the driver."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import polars as pl

from resolver.index import MOST, Shared
from resolver.lists import ROW
from resolver.model.frozen import Frozen
from resolver.paths.spark.arrow import Schema, home
from resolver.paths.spark.contacts import DENIED, Fields, Laid, denied, found_in
from resolver.paths.spark.measure import HELD, SEEN, Whole, most
from resolver.paths.spark.parcels import FEW, PARCEL, RECORDS, opened, those, uncut, unpacked
from resolver.paths.spark.values import columns_of, shared
from resolver.result import as_dicts
from resolver.steps.compare import compared_columns
from resolver.steps.prepare import exclusions, prepare
from resolver.steps.suppress import CHANNEL_OF, suppressions

SAID: Schema = {ROW: pl.Int64(), "said": pl.String()}


def most_shared(found: Laid, whole: Whole, fields: Fields, frozen: Frozen) -> list[dict[str, Any]]:
    """See `index.most_shared`."""
    names = shared(fields.compared, frozen)
    shown = most(opened(home(whole.values), SEEN))
    if not len(shown):
        return []
    rows = shown[ROW].unique().sort()
    said = home(unpacked(whole.contents, partial(those, name=ROW, values=rows), SAID, FEW))
    first = shown.join(said, ROW)
    told = [
        (names[field], _value(text, place, fields, names), persons)
        for field, persons, _, place, text in first.select(*SEEN, "said").rows()
    ]
    counts = _holders(found, told)
    return as_dicts(
        sorted(
            (Shared(name, value, persons, counts[name, value]) for name, value, persons in told),
            key=lambda one: (-one.persons, one.field, one.value),
        )[:MOST]
    )


def _value(said: str, place: int, fields: Fields, names: list[str]) -> str:
    """The value at a place among those that a record holds in the shared fields."""
    columns = columns_of(pl.Series([said]), fields.compared)
    codes = [(name, code) for name in names if name in columns for code in columns[name].held[1].tolist()]
    name, code = codes[place]
    return str(columns[name].values[code])


def _holders(found: Laid, told: list[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    """How many records hold each value of a field, those left out included."""
    wanted: dict[str, list[str]] = {}
    for name, value, _ in told:
        wanted.setdefault(name, []).append(value)
    counts = home(unpacked(found.normalised, partial(_holding, wanted=wanted), HELD, FEW))
    sums = counts.group_by("field", "value").agg(pl.col("records").sum())
    return {(name, value): records for name, value, records in sums.rows()}


def _holding(normal: pl.DataFrame, wanted: dict[str, list[str]]) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=dict(HELD))]
    for name, values in wanted.items():
        held = _values(normal, name).filter(pl.col("value").is_in(values))
        counts = held.group_by("value").agg(pl.len().cast(pl.Int64).alias("records"))
        parts.append(counts.select(pl.lit(name).alias("field"), "value", "records"))
    return pl.concat(parts)


def suppressed(found: Laid, fields: Fields, frozen: Frozen) -> list[dict[str, Any]]:
    """See `steps.suppress`."""
    names = [name for name in CHANNEL_OF if name in fields.compared]
    if not found.counts.get(DENIED) or not names:
        return []
    rows = {ROW: pl.Int64()}
    said = home(unpacked(found.records, _refused, rows, FEW))[ROW].sort()
    values = {"value": pl.String()}
    told = home(unpacked(found.normalised, partial(_held, rows=said, names=names), values, FEW))["value"].unique()
    heard = home(unpacked(found.normalised, partial(_hears, values=told, names=names), rows, FEW))[ROW]
    meant = pl.concat([said, heard]).unique().sort()
    records = opened(home(unpacked(found.records, partial(_packed, rows=meant), PARCEL, FEW)), {}).sort(ROW)
    prepared = prepare(found_in(records.drop(ROW)), fields.known)
    columns = compared_columns(prepared.normalised, frozen.ruleset)
    return suppressions(prepared.records, columns, prepared.normalised["excluded"]).to_dicts()


def _refused(records: pl.DataFrame) -> pl.DataFrame:
    """The records that were left out and say no to being contacted."""
    return denied(records.filter(exclusions(records).is_not_null())).select(ROW)


def _held(normal: pl.DataFrame, rows: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    held = those(normal, ROW, rows)
    return pl.concat([_values(held, name) for name in names])


def _values(normal: pl.DataFrame, name: str) -> pl.DataFrame:
    return pl.DataFrame({"value": normal[name].explode(empty_as_null=False, keep_nulls=False)})


def _hears(normal: pl.DataFrame, values: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """The live records that hold any of some values."""
    holds = [pl.col(name).list.eval(pl.element().is_in(values.implode())).list.any() for name in names]
    return normal.filter(pl.col("excluded").is_null(), pl.any_horizontal(holds)).select(ROW)


def _packed(records: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    return uncut(those(records, ROW, rows), RECORDS)
