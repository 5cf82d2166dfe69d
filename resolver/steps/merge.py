"""Merge: the members of each entity -> one golden record, every value with the record it came from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Rows
from resolver.frames import GOLDEN, check
from rules.ruleset import Criterion, Ruleset, Survivorship

MULTIPLE = {
    "email": "other_emails",
    "phone": "other_phones",
    "external_ids": "other_external_ids",
    "socials": "other_socials",
}
"""Fields of which a person may have several: the best is golden, the others are kept beside it."""


@dataclass(frozen=True)
class Offers:
    """What the records offer for one group of golden columns.

    row: the record of each offer, ascending. values: the columns offered. same: equal numbers for offers that mean
    the same value. valid: whether the value can be what it says it is. barred: what must not become golden, however
    alone it stands, nor may the same value from another record of the entity (an address that bounces). second: what
    must not while the entity offers anything else, whatever the criteria say (a value that is hidden in part).
    """

    row: Rows
    values: pl.DataFrame
    same: Rows
    valid: NDArray[np.bool_]
    barred: NDArray[np.bool_] | None = None
    second: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Facts:
    """What survivorship asks of records: their entity, source, when they were last changed, and how they were made."""

    entity: Rows
    record_key: pl.Series
    source: pl.Series
    updated: pl.Series
    made_by: pl.Series


def merge(facts: Facts, offers: dict[str, Offers], ruleset: Ruleset) -> pl.DataFrame:
    """Offers of each survivorship group -> GOLDEN, one row an entity in the order of its first record.

    facts.entity: for each row the first row of its entity, or -1 for records that are left out.
    """
    live = np.flatnonzero(facts.entity >= 0)
    founders, place = np.unique(facts.entity[live], return_inverse=True)
    of_row = np.full(len(facts.entity), -1, dtype=np.int64)
    of_row[live] = place
    members = (
        pl.DataFrame({"place": place, "key": facts.record_key.gather(live)})
        .group_by("place", maintain_order=True)
        .agg(pl.col("key").sort())
        .sort("place")["key"]
    )
    values: list[pl.Series] = []
    origin: list[pl.Series] = []
    for name, offered in offers.items():
        by = _criteria(ruleset.survivorship, name)
        best = _best(facts, of_row, offered, by, ruleset.survivorship)
        taken = pl.Series(np.where(best >= 0, best, 0)) if len(offered.row) else pl.Series([], dtype=pl.Int64)
        known = pl.Series(best >= 0)
        keys = _take(facts.record_key, pl.Series(offered.row[taken.to_numpy()]) if len(taken) else taken, known)
        for column in offered.values:
            value = _take(column, taken, known)
            values.append(value)
            origin.append(pl.select(pl.when(value.is_not_null()).then(keys)).to_series().alias(column.name))
        if name in MULTIPLE:
            values.append(_others(of_row, offered, best, len(founders)).alias(MULTIPLE[name]))
    golden = pl.DataFrame([pl.Series("founder", founders), members.alias("records"), *values])
    golden = golden.with_columns(
        pl.DataFrame(origin).to_struct("provenance") if origin else pl.lit(None).alias("provenance")
    )
    return check(golden, GOLDEN)


def _criteria(survivorship: Survivorship, name: str) -> Sequence[Criterion]:
    """What chooses the value of a group; of a column that belongs to none, what `other` says."""
    return {str(group): by for group, by in survivorship.groups.items()}.get(name, survivorship.groups["other"])


def _take(column: pl.Series, places: pl.Series, known: pl.Series) -> pl.Series:
    """The column at the places, null where nothing is known."""
    if not len(column):
        return pl.Series(column.name, [None] * len(known), dtype=column.dtype)
    taken = column.gather(places)
    return pl.select(pl.when(known).then(taken)).to_series().alias(column.name)


def _best(
    facts: Facts, of_row: Rows, offered: Offers, by: Sequence[Criterion], survivorship: Survivorship
) -> NDArray[np.int64]:
    """For each entity the place of the offer that wins, or -1. What the criteria leave equal, content decides."""
    entity = of_row[offered.row]
    place = np.flatnonzero((entity >= 0) & ~_barred(entity, offered) & ~_second(entity, offered))
    number = int(of_row.max(initial=-1)) + 1
    best = np.full(number, -1, dtype=np.int64)
    if not len(place):
        return best
    criteria = [_criterion(criterion, facts, entity, offered, survivorship)[place] for criterion in by]
    order = place[np.lexsort((offered.row[place], *reversed(criteria), entity[place]))]
    first = order[np.concatenate(([True], entity[order][1:] != entity[order][:-1]))]
    best[entity[first]] = first
    return best


def _barred(entity: Rows, offered: Offers) -> NDArray[np.bool_]:
    """Offers that are barred, or mean the same as one of their entity that is."""
    if offered.barred is None or not offered.barred.any():
        return np.zeros(len(entity), dtype=bool)
    value = entity * (int(offered.same.max()) + 1) + offered.same
    return np.isin(value, value[offered.barred])


def _second(entity: Rows, offered: Offers) -> NDArray[np.bool_]:
    """Offers that come second, in entities where another one comes first, be that barred."""
    if offered.second is None or not offered.second.any():
        return np.zeros(len(entity), dtype=bool)
    return offered.second & np.isin(entity, entity[~offered.second])


def _criterion(
    criterion: Criterion, facts: Facts, entity: Rows, offered: Offers, survivorship: Survivorship
) -> NDArray[np.int64]:
    """A number for each offer, smaller is better."""
    if criterion == "valid":
        return (~offered.valid).astype(np.int64)
    trusted = {"source": (facts.source, survivorship.sources), "made_by": (facts.made_by, survivorship.made_by)}
    if criterion in trusted:
        return _rank(*trusted[criterion], offered.row)
    if criterion == "frequent":
        packed = entity * (int(offered.same.max(initial=0)) + 1) + offered.same
        _, inverse, counts = np.unique(packed, return_inverse=True, return_counts=True)
        often: NDArray[np.int64] = -counts[inverse].astype(np.int64)
        return often
    if criterion == "complete":
        # An initial is hardly a value: "J." must not beat "John" for being there.
        filled = [
            pl.col(name).str.len_chars().fill_null(0) > 2 for name, d in offered.values.schema.items() if d == pl.String
        ]
        if not filled:
            return np.zeros(len(offered.row), dtype=np.int64)
        return -offered.values.select(pl.sum_horizontal(filled).cast(pl.Int64)).to_series().to_numpy()
    updated: NDArray[np.int64] = facts.updated.dt.epoch("us").fill_null(0).to_numpy()
    return -updated[offered.row]


def _rank(values: pl.Series, order: Sequence[str], rows: Rows) -> NDArray[np.int64]:
    """The place of each row's value in an order of trust; the end for values it does not name."""
    places = {value: place for place, value in enumerate(order)}
    trust = values.replace_strict(places, default=len(places), return_dtype=pl.Int64).fill_null(len(places))
    return trust.gather(rows).to_numpy()


def _others(of_row: Rows, offered: Offers, best: NDArray[np.int64], entities: int) -> pl.Series:
    """The distinct values of each entity apart from the golden one, in the order of their content."""
    entity = of_row[offered.row]
    golden = np.full(len(offered.row), False)
    golden[best[best >= 0]] = True
    same_as_golden = np.full(entities, -1, dtype=np.int64)
    same_as_golden[entity[golden]] = offered.same[golden]
    kept = (entity >= 0) & (offered.same != same_as_golden[entity])
    frame = pl.DataFrame(
        {
            "entity": entity[kept],
            "same": offered.same[kept],
            "value": offered.values.to_series(0).filter(pl.Series(kept)),
        }
    ).unique(["entity", "same"], keep="first", maintain_order=True)
    lists = frame.group_by("entity").agg(pl.col("value").sort())
    return (
        pl.DataFrame({"entity": np.arange(entities)})
        .join(lists, on="entity", how="left", maintain_order="left")["value"]
        .fill_null(pl.Series([[]], dtype=pl.List(pl.String)))
    )
