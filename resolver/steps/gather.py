"""Gather: what an entity keeps of all its members because nothing of it may be lost: consent, tags, notes, links.

Golden values choose one; these add up. Each item says which record it is from.
"""

import numpy as np
import polars as pl

from resolver.on_disk import Table
from resolver.steps.merge import Facts

CHOSEN = frozenset({"emails", "phones", "socials", "external_ids", "organisations", "addresses", "consent"})
"""Columns that have a place of their own in the golden record."""
FOLDED = frozenset({("tags", "name")})
"""Parts in which case makes no difference: "ops" and "Ops" are one tag."""
STATES = ("granted", "unknown", "denied")
"""From the least to the most restrictive: what nobody said is not granted, and a denial outlives everything."""
CONSENT = {
    "channel": pl.String(),
    "state": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "evidence": pl.String(),
    "record_key": pl.String(),
    "conflict": pl.Boolean(),
    "against": pl.String(),
}
BESIDE = {"provenance": "provenance_right"}
"""A golden record's own provenance is where its values are from; how its members were made stands beside that."""
FOUNDER, KEY = "founder", "record_key"


def with_gathered(golden: pl.DataFrame, records: Table, facts: Facts) -> pl.DataFrame:
    """GOLDEN (with `founder`, ascending) and beside it what its members keep; null where they have nothing."""
    lists = beside(golden[FOUNDER], records, facts)
    return golden.with_columns(lists) if lists else golden


def beside(founders: pl.Series, records: Table, facts: Facts) -> list[pl.Series]:
    """What the members of some entities keep, given by their first rows, which ascend."""
    gathered = gather(records, facts)
    if not len(gathered):
        return []
    at = np.full(len(founders), len(gathered))
    at[founders.search_sorted(gathered[FOUNDER]).to_numpy()] = np.arange(len(gathered))
    lists = pl.concat([gathered, gathered.clear(1)], rechunk=True).drop(FOUNDER)
    return [column.gather(at).alias(BESIDE.get(column.name, column.name)) for column in lists]


def gather(records: Table, facts: Facts) -> pl.DataFrame:
    """One row an entity that has anything: `founder` (its first row) and a list of structs for each kind."""
    kept = [
        name
        for name, dtype in records.schema.items()
        if name not in CHOSEN and isinstance(dtype.inner if isinstance(dtype, pl.List) else dtype, pl.Struct)
    ]
    told = ["consent"] if isinstance(records.schema.get("consent"), pl.List) else []
    owner = [pl.Series(FOUNDER, facts.entity), facts.record_key.alias(KEY)]
    owned = pl.DataFrame([*owner, *(records[name] for name in (*kept, *told))]).filter(pl.col(FOUNDER) >= 0)
    made = [*(_all(owned, name) for name in kept), *(_consent(owned) for _ in told)]
    gathered = pl.DataFrame({FOUNDER: pl.Series([], dtype=pl.Int64)})
    for frame in made:
        if len(frame):
            gathered = gathered.join(frame, on=FOUNDER, how="full", coalesce=True)
    return gathered.sort(FOUNDER)


def _items(owned: pl.DataFrame, name: str) -> pl.DataFrame:
    """founder, record_key and the parts of each item of a column of structs, or of lists of structs."""
    chosen = owned.select(FOUNDER, KEY, name)
    if isinstance(owned.schema[name], pl.List):
        chosen = chosen.filter(pl.col(name).list.len() > 0).explode(name)
    return chosen.filter(pl.col(name).is_not_null()).unnest(name)


def _all(owned: pl.DataFrame, name: str) -> pl.DataFrame:
    """Every distinct item of an entity, with the first record (by key) that has it."""
    items = _items(owned, name)
    parts = [part for part in items.columns if part not in (FOUNDER, KEY)]
    items = items.sort(FOUNDER, KEY, maintain_order=True)
    same = [pl.col(part).str.to_lowercase() if (name, part) in FOLDED else pl.col(part) for part in parts]
    distinct = items.filter(pl.struct(FOUNDER, *same).is_first_distinct())
    return distinct.group_by(FOUNDER, maintain_order=True).agg(pl.struct(*parts, KEY).alias(name))


def _consent(owned: pl.DataFrame) -> pl.DataFrame:
    """For each channel the strictest state, who said it and when; on a `conflict`, `against` is who granted it."""
    items = _items(owned, "consent")
    absent = [part for part in CONSENT if part not in items.columns and part not in ("conflict", "against")]
    items = items.with_columns(pl.lit(None, dtype=CONSENT[part]).alias(part) for part in absent).with_columns(
        pl.col("state")
        .replace_strict(dict(zip(STATES, range(len(STATES)), strict=True)), return_dtype=pl.Int8)
        .alias("rank")
    )
    ordered = items.sort(
        [FOUNDER, "channel", "rank", "at", KEY], descending=[False, False, True, False, False], nulls_last=True
    )
    strictest = (
        ordered.group_by(FOUNDER, "channel", maintain_order=True)
        .agg(
            pl.col("state").first(),
            pl.col("at").first(),
            pl.col("evidence").first(),
            pl.col(KEY).first(),
            (pl.col("rank").max() == len(STATES) - 1).and_(pl.col("rank").min() == 0).alias("conflict"),
            pl.col(KEY).last().alias("against"),
        )
        .with_columns(pl.when("conflict").then("against").alias("against"))
    )
    return strictest.group_by(FOUNDER, maintain_order=True).agg(pl.struct(*CONSENT).alias("consent"))
