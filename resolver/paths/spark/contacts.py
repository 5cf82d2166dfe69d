"""Contacts: records get the numbers that they have in a batch, and their values are normalised, a stretch at a time.

The number of a record is its place in the order of content (record_id, source), so that whatever breaks a tie by the
smaller row breaks it here as there. The records of a run are cut into stretches of that order, and whatever is told of
a record later is sent to its stretch.

What all records have between them is asked first, as one stretch of them may have none of what others have.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from polars._typing import PolarsDataType
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from resolver.columns import Rows
from resolver.frames import NORMALISED
from resolver.lists import ROW
from resolver.model.layout import kind
from resolver.on_disk import in_memory
from resolver.paths.outcome import IDENTIFYING
from resolver.paths.spark.arrow import Schema, aligned, col, contacts, each, frame_schema, home, whole
from resolver.paths.spark.parcels import (
    COPIES,
    NORMAL,
    PARCEL,
    RECORDS,
    SUMS,
    cut,
    of_kind,
    opened,
    places,
    sent,
    told,
    tolds,
    uncut,
)
from resolver.paths.spark.work import Work
from resolver.result import NO_TENANT
from resolver.steps.compare import compared_columns
from resolver.steps.footprint import content_of
from resolver.steps.prepare import BOUNCES, Prepared, prepare
from rules.ruleset import Ruleset

MARKED = "bounces_elsewhere"
"""Which records have the one address that another record, which has the same id, says that it bounces."""
HINTED = ("given", "family", "company")
"""Fields that e-mails tell something of where others have them."""
STAGE = "contacts"
SAMPLED = 200
"""Records by which it is told where a stretch of them begins."""
ORDER = ("record_id", "source")
SAYS: Schema = {ROW: pl.Int64(), "content": pl.Int64()}
"""A record that others may say the same as, and a number for all that it says."""
IDENTIFIED: Schema = {"record_key": pl.String(), "says": pl.Boolean(), "may": pl.Boolean(), "id": pl.String()}
"""An id of a record, and whether this says that its person's mail bounces, or may be told so."""
LIVE, DENIED, HOLDS = "live", "denied", "holds "
"""What is counted of the records of a stretch: those that can meet others, those of the rest that say no to something;
and of which fields any holds anything."""


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

    def held(self, counts: dict[str, int], ruleset: Ruleset) -> "Fields":
        """The same, with those that are compared. counts: of all stretches."""
        names = [name for name in self.schema if kind(name) in ruleset.compare]
        return replace(self, compared=tuple(name for name in names if counts.get(f"{HOLDS}{name}")))


@dataclass(frozen=True)
class Sight:
    """What one look at all records tells: a row for each tenant and source.

    seen: `tenant`, `source`, how many `rows`, the `hash` of them whatever their order, whether any `bounces` without
    saying where, and of each list whether any has something in it. schema: of the records.
    """

    seen: pl.DataFrame
    schema: Schema

    @classmethod
    def of(cls, records: DataFrame) -> "Sight":
        """Looks."""
        schema = frame_schema(records)
        row = sf.xxhash64(*map(col, sorted(records.columns))).cast("decimal(38,0)")
        tenant = sf.coalesce("tenant", sf.lit(NO_TENANT)) if "tenant" in schema else sf.lit(NO_TENANT)
        asked = [sf.count("*").alias("rows"), sf.sum(row).cast("string").alias("hash")]
        bounces = _bounces() if _may_bounce(schema) else sf.lit(False)
        asked.append(sf.max(bounces).alias("bounces"))
        lists = [name for name, dtype in schema.items() if isinstance(dtype, pl.List)]
        asked += [sf.max(sf.size(col(name)) > 0).alias(f"list {name}") for name in lists]
        seen = home(records.groupBy(tenant.alias("tenant"), sf.col("source")).agg(*asked))
        return cls(seen.sort("tenant", "source"), schema)

    def of_tenant(self, tenant: str) -> "Sight":
        """What it tells of one tenant."""
        return replace(self, seen=self.seen.filter(pl.col("tenant") == tenant))

    @property
    def tenants(self) -> list[str]:
        """Their names; NO_TENANT for records without one."""
        return self.seen["tenant"].unique().sort().to_list()

    @property
    def rows(self) -> int:
        """How many records there are."""
        return int(self.seen["rows"].sum())

    @property
    def bounces(self) -> bool:
        """Whether any record without an address says that its person's mail bounces."""
        return bool(self.seen["bounces"].any())

    @property
    def filled(self) -> dict[str, bool]:
        """Of each list, whether any record has something in it."""
        lists = [name for name in self.seen.columns if name.startswith("list ")]
        return {name.removeprefix("list "): bool(self.seen[name].any()) for name in lists}


@dataclass(frozen=True)
class Order:
    """The stretches of records in the order of their ids.

    cuts: the id that each stretch but the first begins with. begins: the number of the first record of each.
    """

    cuts: pl.Series
    begins: Rows
    rows: int

    @property
    def stretches(self) -> int:
        """How many there are."""
        return len(self.begins)

    def of_ids(self, ids: pl.Series) -> Rows:
        """The stretches of some records, by what their sources name them."""
        return self.cuts.search_sorted(ids.fill_null(""), side="right").to_numpy().astype(np.int64)

    def of_rows(self, rows: pl.Series | Rows) -> Rows:
        """The same by their numbers."""
        return np.searchsorted(self.begins, np.asarray(rows), side="right") - 1


def ordered(work: Work, records: DataFrame, rows: int) -> Order:
    """Cuts so many records into stretches that a worker can hold, and counts these."""
    ids, wanted = records.select("record_id"), work.buckets(rows)

    def cuts() -> dict[str, Any]:
        if wanted == 1:
            return {"ids": []}
        drawn = home(ids.sample(min(1.0, SAMPLED * wanted / rows)))["record_id"].drop_nulls().sort()
        at = np.arange(1, wanted) * len(drawn) // wanted
        return {"ids": drawn.gather(at).unique().sort().to_list() if len(drawn) else []}

    found = pl.Series("cuts", work.note("cuts", cuts)["ids"], dtype=pl.String)
    order = Order(found, np.zeros(len(found) + 1, dtype=np.int64), rows)

    def sizes() -> dict[str, Any]:
        if not len(found):
            return {"rows": [rows]}
        of_part = each(ids, partial(_sizes, order=order), {"part": pl.Int64(), "rows": pl.Int64()})
        told = home(of_part).group_by("part").agg(pl.col("rows").sum())
        counts = np.zeros(order.stretches, dtype=np.int64)
        counts[told["part"].to_numpy()] = told["rows"].to_numpy()
        return {"rows": counts.tolist()}

    counts = np.asarray(work.note("stretches", sizes)["rows"], dtype=np.int64)
    return replace(order, begins=np.cumsum(counts) - counts)


def _sizes(ids: pl.DataFrame, order: Order) -> pl.DataFrame:
    counts = np.bincount(order.of_ids(ids["record_id"]), minlength=order.stretches)
    return pl.DataFrame({"part": np.arange(order.stretches), "rows": counts})


def fields_of(schema: Schema, filled: dict[str, bool], levels: Collection[str]) -> Fields:
    """What the records have. filled: as `Sight` tells it. levels: fields that the records have which a model was
    trained on, where one judges."""
    made = prepare(example(schema, filled)).normalised
    known = [name for name in HINTED if name in made.columns or name in levels]
    return Fields(tuple(known), tuple(made.columns))


def example(schema: Schema, filled: dict[str, bool]) -> pl.DataFrame:
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


def _may_bounce(schema: Schema) -> bool:
    return {"bounce_unattributed", "emails", "external_ids"} <= set(schema)


def _own() -> Any:
    """How many addresses a record has."""
    return sf.coalesce(sf.size("emails"), sf.lit(0))


def _bounces() -> Any:
    return sf.col("bounce_unattributed").isNotNull() & (_own() <= 0)


def marked(records: DataFrame, sight: Sight) -> DataFrame:
    """The records; where any bounces without saying where, with whether another one says it of their only address."""
    if not sight.bounces:
        return records
    may = _own() == 1
    asked = records.filter(_bounces() | may).select(
        "source", "record_key", "external_ids", _bounces().alias("says"), may.alias("may")
    )
    ids = each(asked, _identifiers, IDENTIFIED)
    says = ids.filter("says").select("id").distinct()
    meant = ids.filter("may").join(says, "id", "left_semi").select("record_key").distinct()
    joined = records.join(meant.withColumn(MARKED, sf.lit(True)), "record_key", "left")
    return joined.withColumn(MARKED, sf.coalesce(MARKED, sf.lit(False)) & may)


def _identifiers(asked: pl.DataFrame) -> pl.DataFrame:
    normalised = prepare(contacts(asked.drop("says", "may"))).normalised
    if "identifier" not in normalised.columns:
        return pl.DataFrame(schema=dict(IDENTIFIED))
    named = asked.select("record_key", "says", "may").with_columns(normalised["identifier"].alias("id"))
    return named.filter(pl.col("id").list.len() > 0).explode("id")


def found_in(records: pl.DataFrame) -> pl.DataFrame:
    """RECORDS, with what other records say of them where that is marked."""
    if MARKED not in records.columns:
        return records
    marks, records = records[MARKED], records.drop(MARKED)
    if not marks.any():
        return records
    status = pl.element().struct.with_fields(pl.lit(BOUNCES[0]).alias("status"))
    return records.with_columns(
        emails=pl.when(marks).then(pl.col("emails").list.eval(status)).otherwise(_with_status(records))
    )


def _with_status(records: pl.DataFrame) -> pl.Expr:
    """E-mails whose struct has a status, where they have none."""
    inner = records.schema["emails"].inner  # type: ignore[attr-defined]
    if any(part.name == "status" for part in inner.fields):
        return pl.col("emails")
    nothing = pl.element().struct.with_fields(pl.lit(None, dtype=pl.String).alias("status"))
    return pl.col("emails").list.eval(nothing)


@dataclass(frozen=True)
class Laid:
    """The records of a run by stretch, as parcels.

    records: with their number, and names that came in one piece split. normalised: what `Fields.schema` says, in the
    same order. says: SAYS. schema: of the records as they were found. counts: of all stretches.
    """

    records: DataFrame
    normalised: DataFrame
    says: DataFrame
    order: Order
    schema: Schema
    counts: dict[str, int]

    @property
    def shown(self) -> Schema:
        """The columns of the records as a batch shows them: with names split."""
        return prepare(example(self.schema, {})).records.schema

    @property
    def live(self) -> int:
        """How many records can meet others."""
        return self.counts.get(LIVE, 0)


@dataclass(frozen=True)
class Saying:
    """Whose records may say the same as others: those of sources that hold nobody twice stand for themselves."""

    tenant: str
    rules: Ruleset
    alone: pl.Series

    def of(self, prepared: Prepared, rows: pl.Series) -> pl.DataFrame:
        """SAYS of some records that are numbered so."""
        columns = compared_columns(prepared.normalised, self.rules)
        may = ~prepared.normalised["source"].is_in(self.alone.implode()) & prepared.normalised["excluded"].is_null()
        says, content = content_of(columns, may.to_numpy(), self.tenant)
        return pl.DataFrame({ROW: rows.to_numpy()[says], "content": content.view(np.int64)})


def laid(work: Work, records: DataFrame, sight: Sight, fields: Fields, saying: Saying) -> Laid:
    """Sorts, numbers and normalises the records."""
    order = ordered(work, records, sight.rows)

    def prepared() -> DataFrame:
        cuts = each(marked(records, sight), partial(_cut, order=order), PARCEL)
        make = partial(_laid, order=order, fields=fields, saying=saying, buckets=work.buckets(sight.rows))
        return whole(sent(cuts, order.stretches), make, PARCEL)

    made = work.stage(STAGE, prepared)
    counts = work.note("laid", lambda: tolds(of_kind(made, SUMS)))
    records, normal, says = (of_kind(made, kind) for kind in (RECORDS, NORMAL, COPIES))
    return Laid(records, normal, says, order, sight.schema, counts)


def _cut(records: pl.DataFrame, order: Order) -> pl.DataFrame:
    return cut(contacts(records), order.of_ids(records["record_id"]), RECORDS)


def _laid(parcels: pl.DataFrame, order: Order, fields: Fields, saying: Saying, buckets: int) -> pl.DataFrame:
    frame = opened(parcels, {}, RECORDS).sort(*ORDER, maintain_order=True)
    stretch = int(parcels["bucket"][0])
    rows = pl.Series(ROW, order.begins[stretch] + np.arange(len(frame)))
    prepared = prepare(found_in(frame), fields.known)
    # How a mark shows is up to those who ask for it: the records are written as they were found.
    kept = [frame[name] for name in ("emails", MARKED) if MARKED in frame.columns]
    records = in_memory(prepared.records).with_columns(rows, *kept)
    normal = aligned(prepared.normalised.frame().with_columns(rows, frame["record_id"]), fields.schema)
    out = normal["excluded"].is_not_null()
    counts = {LIVE: int((~out).sum()), DENIED: len(denied(records.filter(out)))}
    counts |= {f"{HOLDS}{name}": 1 for name, column in prepared.normalised.fields.items() if not column.is_empty}
    says, parts = saying.of(prepared, rows), [uncut(records, RECORDS, stretch), uncut(normal, NORMAL, stretch)]
    return pl.concat([*parts, cut(says, places(says["content"], buckets), COPIES), told(counts)])


def denied(records: pl.DataFrame) -> pl.DataFrame:
    """The records that say no to being contacted in any way."""
    if not isinstance(records.schema.get("consent"), pl.List):
        return records.clear()
    no = pl.element().struct.field("state") == "denied"
    return records.filter(pl.col("consent").list.eval(no).list.any().fill_null(value=False))
