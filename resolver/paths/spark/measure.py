"""Measure: what is true of all records: who says the same, with whom values are seen, how often they occur.

A worker prints what each record is met by, and what is counted is sent to where its like are: a key, a value, all that
a record says. So everything is counted by the bucket, and none needs to know of another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from pyspark.sql import DataFrame

from resolver.columns import Column, Rows, distinct, pairs_once
from resolver.index import DAMPING, LEAST, LIMIT, MOST, rare_up_to, who
from resolver.lists import ROW
from resolver.model.frozen import Frozen
from resolver.model.reference import Counts
from resolver.paths.spark.arrow import Make, Schema, home, listed, whole
from resolver.paths.spark.contacts import SAYS, Fields, Laid, Order
from resolver.paths.spark.parcels import (
    BESIDES,
    CASES,
    COPIES,
    COUNTS,
    FACTS,
    FEW,
    KEYS,
    NORMAL,
    PARCEL,
    ROWS,
    SUMS,
    VALUES,
    bucket_of,
    cut,
    of_kind,
    opened,
    places,
    sent,
    told,
    tolds,
    uncut,
    unpacked,
)
from resolver.paths.spark.values import BITS, CONTENT, SPELLED, numbers, said
from resolver.paths.spark.work import Work
from resolver.steps.compare import compared_columns
from resolver.steps.copies import first_of_many
from resolver.steps.footprint import LOW_BITS, loose_keys_of
from rules.company import DOMAIN
from rules.ruleset import SHARED, SHARED_FROM, SWAPPED, Ruleset
from rules.values.distinct import begins
from rules.values.hashes import hashed

COPY: Schema = {ROW: pl.Int64(), "original": pl.Int64()}
KEY: Schema = {"key": pl.Int64(), ROW: pl.Int64()}
VALUE: Schema = {"value": pl.Int64(), "person": pl.Int64(), ROW: pl.Int64(), "place": pl.Int64()}
"""Who holds a shared value, as which of its values."""
FACT: Schema = {ROW: pl.Int64(), "fact": pl.Int64()}
SEEN: Schema = {"field": pl.Int64(), "persons": pl.Int64(), ROW: pl.Int64(), "place": pl.Int64()}
"""A value that several persons share, by the first record that holds it."""
HELD: Schema = {"field": pl.String(), "value": pl.String(), "records": pl.Int64()}
"""How many of the records that meet others hold a value."""
NAMES = ("given", "family")
TIES = 1000
"""Values that as many persons share as the last one shown are looked at, so many of them at most."""
COPIED, MET, PAIRS_SHARING, TOTAL, SQUARES, BOTH = "copies", "met", "pairs", "total", "squares", "both"


@dataclass(frozen=True)
class Whole:
    """What is known of all records before any two meet, as parcels.

    contents: CONTENT of those that meet others, so many of them; by_stretch: how many in each. keys: KEY of these; rows
    are their numbers, by stretch. copies: COPY of those for whom another one is looked at, `copied` of them. values:
    what shared values are seen with, SEEN. held: HELD. sums: over both.
    """

    contents: DataFrame
    number: int
    by_stretch: Rows
    keys: DataFrame
    rows: DataFrame
    copies: DataFrame
    copied: int
    values: DataFrame
    held: DataFrame
    sums: dict[str, int]


def measured(work: Work, found: Laid, fields: Fields, frozen: Frozen, named: Sequence[int]) -> Whole:
    """Looks at all live records. named: numbers of those that verdicts name, which stand for themselves."""
    buckets = work.buckets(found.live)
    first = partial(_copied, named=np.asarray(named, dtype=np.int64), order=found.order)
    says = sent(found.says, work.buckets(found.order.rows))
    copies = work.stage("copies", lambda: whole(says, first, PARCEL))
    copied = work.note("copied", lambda: tolds(of_kind(copies, SUMS))).get(COPIED, 0)
    make = partial(_printed, fields=fields, frozen=frozen, order=found.order, buckets=buckets)

    def prints() -> DataFrame:
        if not copied:
            return unpacked(found.normalised, make, PARCEL, FEW)
        both = found.normalised.unionByName(of_kind(copies, COPIES))
        return whole(sent(both, found.order.stretches), partial(_others, make=make), PARCEL)

    met = work.stage("prints", prints)
    counts = work.note("printed", lambda: tolds(of_kind(met, SUMS)))
    shared_by = partial(_seen, buckets=buckets)
    values = work.stage("values", lambda: whole(sent(of_kind(met, VALUES), buckets), shared_by, PARCEL))
    held = work.stage("counts", lambda: whole(sent(of_kind(met, COUNTS), buckets), _held, PARCEL))
    beside = of_kind(met, FACTS).unionByName(of_kind(values, BESIDES))
    contents = work.stage("contents", lambda: whole(sent(beside, buckets), _contents, PARCEL))
    sums = work.note("sums", lambda: tolds(of_kind(values, SUMS).unionByName(of_kind(held, SUMS))))
    by_stretch = np.asarray([counts.get(f"{MET} {place}", 0) for place in range(found.order.stretches)], dtype=np.int64)
    return Whole(
        contents=contents,
        number=int(by_stretch.sum()),
        by_stretch=by_stretch,
        keys=of_kind(met, KEYS),
        rows=of_kind(met, ROWS),
        copies=of_kind(copies, COPIES),
        copied=copied,
        values=of_kind(values, CASES),
        held=of_kind(held, COUNTS),
        sums=sums,
    )


def _copied(parcels: pl.DataFrame, named: Rows, order: Order) -> pl.DataFrame:
    """COPY: of many records that say the same, all but the first; see `steps.copies`."""
    says = opened(parcels, SAYS, COPIES).sort(ROW)
    rows = says[ROW].to_numpy()
    original = rows[first_of_many(says["content"].to_numpy().view(np.uint64), ~np.isin(rows, named))]
    copies = pl.DataFrame({ROW: rows, "original": original}).filter(pl.Series(original != rows))
    return pl.concat([cut(copies, order.of_rows(copies[ROW]), COPIES), told({COPIED: len(copies)})])


def _others(parcels: pl.DataFrame, make: Make) -> pl.DataFrame:
    """What is made of the records of a stretch but the copies."""
    copies = opened(parcels, COPY, COPIES)[ROW]
    return make(opened(parcels, {}, NORMAL).filter(~pl.col(ROW).is_in(copies.implode())))


def _printed(frame: pl.DataFrame, fields: Fields, frozen: Frozen, order: Order, buckets: int) -> pl.DataFrame:
    """What records are met by, each for where its like are. frame: NORMALISED with `row`."""
    frame = frame.filter(pl.col("excluded").is_null())
    columns, rows = compared_columns(frame, frozen.ruleset), frame[ROW].to_numpy()
    holders, keys = loose_keys_of(columns, np.ones(len(rows), dtype=np.bool_), frozen)
    keyed = pl.DataFrame({"key": keys.view(np.int64), ROW: rows[holders]})
    person = who(columns, len(rows), named=frozen.is_of_people)
    at, place, values = numbers(columns, fields.compared, frozen)
    held = pl.DataFrame({"value": values, "person": person[at], ROW: rows[at], "place": place})
    counts = _counts(columns, frozen.rules)
    spelled = counts["value"].str.replace_all(" ", "", literal=True)
    says = frame.select(ROW, "source").with_columns(said(frame, fields.compared))
    stretch = order.of_rows(rows)
    met = {f"{MET} {place}": number for place, number in enumerate(np.bincount(stretch).tolist())}
    parts = [
        cut(frame.select(ROW), stretch, ROWS),
        cut(says, bucket_of(frame[ROW], buckets), FACTS),
        cut(keyed, places(keyed["key"], buckets), KEYS),
        cut(held, places(held["value"], buckets), VALUES),
        cut(counts, (hashed(spelled) % np.uint64(buckets)).astype(np.int64), COUNTS),
        told(met),
    ]
    return pl.concat(parts)


def _counts(columns: Mapping[str, Column], ruleset: Ruleset) -> pl.DataFrame:
    """HELD of some records, of the fields in which it counts; names are always counted."""
    parts = [pl.DataFrame(schema=dict(HELD))]
    for name, column in columns.items():
        if name in NAMES or _weighs(name, ruleset):
            held = {"value": column.values[1:], "records": column.counts[1:]}
            parts.append(pl.DataFrame(held).select(pl.lit(name).alias("field"), "value", "records"))
    return pl.concat(parts)


def _weighs(name: str, ruleset: Ruleset) -> bool:
    """Whether it counts how often the values of a field occur."""
    return name in ruleset.compare and (ruleset.compare[name].frequency or ruleset.compare[name].rarity)


def _seen(parcels: pl.DataFrame, buckets: int) -> pl.DataFrame:
    """With how many persons each value of a bucket is seen.

    What is not what it is for most travels on to the records that hold the value; of all the rest are told sums.
    """
    held = opened(parcels, VALUE, VALUES)
    number, person, rows, place = (held[name].to_numpy() for name in VALUE)
    spells, number = (number & SPELLED) > 0, number & ~np.int64(SPELLED)
    order = np.lexsort((place, rows, number))
    number, person, rows, place = (of[order] for of in (number, person, rows, place))
    first = np.flatnonzero(begins(number))
    if not len(first):
        return pl.DataFrame()
    records = np.diff(first, append=len(number))
    of_value = np.repeat(np.arange(len(first)), records)
    named = np.flatnonzero(person > 0)
    known, _ = pairs_once(of_value[named], person[named])
    persons = np.bincount(known, minlength=len(first))
    spelled = np.bincount(of_value[spells[order]], minlength=len(first))
    field = number[first] & int(LOW_BITS)
    telling = (persons >= SHARED_FROM[0]) | ((spelled > 0) & (spelled < records))
    tells = telling[of_value]
    fact = (place << BITS) | (persons << 1)[of_value] | (spelled > 0)[of_value]
    facts = pl.DataFrame({ROW: rows[tells], "fact": fact[tells]})
    shown = pl.DataFrame({"field": field, "persons": persons, ROW: rows[first], "place": place[first]})
    return pl.concat(
        [
            cut(facts, bucket_of(facts[ROW], buckets), BESIDES),
            uncut(most(shown), CASES),
            told(_sharing(field, persons, records)),
        ]
    )


def most(shown: pl.DataFrame) -> pl.DataFrame:
    """SEEN of the values that most persons share, and those that as many share as the last of them."""
    order = [pl.col("persons").neg(), "field", ROW, "place"]
    shown = shown.filter(pl.col("persons") >= LEAST).sort(order)
    if len(shown) > MOST:
        shown = shown.filter(pl.col("persons") >= shown["persons"][MOST - 1]).head(TIES)
    return shown


def _sharing(field: Rows, persons: Rows, records: Rows) -> dict[str, int]:
    """How many pairs of records share a value, by field and by how many persons do."""
    level = np.searchsorted(SHARED_FROM, persons, side="right")
    pairs = records * (records - 1) // 2
    counts: dict[str, int] = {}
    for bit in distinct(field):
        for above in range(1, len(SHARED_FROM) + 1):
            counts[f"{PAIRS_SHARING} {bit} {above}"] = int(pairs[(field == bit) & (level == above)].sum())
    return counts


def _held(parcels: pl.DataFrame) -> pl.DataFrame:
    """HELD of the values of a bucket, and sums over them."""
    held = opened(parcels, HELD, COUNTS).group_by("field", "value").agg(pl.col("records").sum())
    squares = (pl.col("records") ** 2).sum().cast(pl.Int64).alias("squares")
    sums = held.filter(~pl.col("value").str.starts_with(DOMAIN)).group_by("field")
    counts: dict[str, int] = {}
    for name, total, square in sums.agg(pl.col("records").sum(), squares).rows():
        counts |= {f"{TOTAL} {name}": total, f"{SQUARES} {name}": square}
    spelled = held.with_columns(name=pl.col("value").str.replace_all(" ", "", literal=True))
    given, family = (
        spelled.filter(field=field).group_by("name").agg(pl.col("records").sum().alias(field)) for field in NAMES
    )
    counts |= {f"all {name}": int(side[name].sum()) for name, side in zip(NAMES, (given, family), strict=True)}
    counts[BOTH] = int(given.join(family, on="name").select((pl.col("given") * pl.col("family")).sum()).item())
    return pl.concat([uncut(held, COUNTS), told(counts)])


def _contents(parcels: pl.DataFrame) -> pl.DataFrame:
    """CONTENT: with each record what is told of its values, where that is not what it is for most."""
    records = opened(parcels, {name: CONTENT[name] for name in (ROW, "source", "said")}, FACTS).sort(ROW)
    facts = opened(parcels, FACT, BESIDES).sort(ROW, "fact")
    at = np.searchsorted(records[ROW].to_numpy(), facts[ROW].to_numpy())
    known = records.with_columns(listed(at, facts["fact"].to_numpy(), len(records)).alias("told"))
    return uncut(known, FACTS, int(parcels["bucket"][0]))


def counted(whole: Whole, fields: Fields, ruleset: Ruleset) -> dict[str, Counts]:
    """How often values occur, of the fields in which it counts; without the rare ones that weigh as if unseen.

    Only what weighs otherwise is brought home, so that it stays small however many records there are.
    """
    names = [name for name in fields.compared if _weighs(name, ruleset)]
    sizes = {name: tuple(whole.sums.get(f"{what} {name}", 0) for what in (TOTAL, SQUARES)) for name in names}
    agreement = {name: squares / max(total, 1) ** 2 for name, (total, squares) in sizes.items()}
    least = {}
    for name, (total, _) in sizes.items():
        weightless = whole.number
        if ruleset.compare[name].frequency:
            weightless = int(total * agreement[name] * np.exp(-LIMIT / DAMPING))
        if ruleset.compare[name].rarity:
            weightless = min(weightless, rare_up_to(whole.number))
        least[name] = max(weightless, 1)
    found = home(unpacked(whole.held, partial(_common, least=least), HELD)).sort("field", "value")
    made = {}
    for name, (total, _) in sizes.items():
        mine = found.filter(field=name)
        records = mine["records"].to_numpy().astype(np.int64)
        made[name] = Counts(mine["value"], records, total, agreement[name])
    return made


def _common(held: pl.DataFrame, least: dict[str, int]) -> pl.DataFrame:
    bounds = pl.col("field").replace_strict(least, default=None, return_dtype=pl.Int64)
    return held.filter(pl.col("records") > bounds, ~pl.col("value").str.starts_with(DOMAIN))


def chances(whole: Whole, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """How often two records at random show a level that a random sample is too small to see; see `Index.chance`.

    names: of the shared fields, by bit.
    """
    all_pairs = max(whole.number * (whole.number - 1) / 2, 1.0)
    made: dict[str, dict[str, float]] = {
        name: {
            level: whole.sums.get(f"{PAIRS_SHARING} {bit} {above}", 0) / all_pairs
            for above, level in enumerate(SHARED, start=1)
        }
        for bit, name in enumerate(names)
    }
    given, family = (whole.sums.get(f"all {name}", 0) for name in NAMES)
    if given and family:
        made["given"] = {SWAPPED: 3 * (whole.sums.get(BOTH, 0) / (given * family)) ** 2}
    return made
