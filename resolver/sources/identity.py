"""Which record a row is: its id, rows that repeat one, and ids that are used twice."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import polars as pl

from resolver.sources.files import Table
from resolver.sources.group import Use
from resolver.sources.moments import moments
from resolver.sources.values import distinct_at_least
from rules.values.pairs import completed

_CELL, _VALUE = "\x1f", "\x1e"  # end a cell, and part its name from its value


@dataclass(frozen=True)
class Part:
    """One table. named: which columns are record_id, source and updated_at."""

    table: Table
    named: Mapping[str, str]
    uses: Sequence[Use]

    def content(self, rows: pl.Series | None = None) -> pl.Series:
        """Each row as text, the same wherever and in whatever order its columns stand."""
        cells = self.table.cells if rows is None else self.table.cells[rows]
        named = [pl.lit(f"{name}{_VALUE}") + pl.col(name) for name in sorted(cells.columns)]
        return cells.select(pl.concat_str(named, separator=_CELL, ignore_nulls=True).alias("content")).to_series()

    def raw(self, row: int) -> str:
        """A row as it could have stood in its file."""
        line = io.StringIO()
        writer = csv.writer(line, delimiter=self.table.info.delimiter or ",", lineterminator="")
        writer.writerow(cell or "" for cell in self.table.cells.row(row))
        return line.getvalue()


KEY = ("tenant", "source", "record_id")
"""What names a record: an id means something inside one source of one tenant."""


@dataclass
class Refused:
    """(file, line, reason, raw) of rows that did not become records, and what is told about them."""

    rejects: list[tuple[str, int, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, part: Part, row: int, reason: str) -> None:
        self.rejects.append((part.table.info.path, int(part.table.lines[row]), reason, part.raw(row)))


def identify(
    parts: Sequence[Part], orders: Mapping[tuple[str, str], str], *, forced: str | None
) -> tuple[list[pl.DataFrame], Refused]:
    """For each part a frame (row, source, record_id) of the rows that are records, in the order of the rows.

    A row without an id is named after its content, so that no order of rows or files changes its name. An id that
    rows with different content share goes to the newest; the others are refused.
    """
    refused = Refused()
    named = pl.concat([_named(part, place, forced, refused) for place, part in enumerate(parts)])
    named = _numbered(named)
    twice = named.filter(pl.struct(KEY).is_duplicated()) if _has_twice(named) else named.head(0)
    if twice.height:
        lost = _lost(twice, parts, orders, refused)
        named = named.join(lost, on=["part", "row"], how="anti", maintain_order="left")
    split = named.partition_by("part", as_dict=True, include_key=False)
    empty = named.clear().drop("part")
    return [split.get((place,), empty).select("row", "source", "record_id") for place in range(len(parts))], refused


def _has_twice(named: pl.DataFrame) -> bool:
    if distinct_at_least(named["record_id"]) == named.height:
        return False
    alone = named["source"].n_unique() <= 1 and named["tenant"].n_unique() <= 1
    distinct = named["record_id"].n_unique() if alone else named.select(KEY).n_unique()
    return distinct < named.height


def _named(part: Part, place: int, forced: str | None, refused: Refused) -> pl.DataFrame:
    """(part, row, source, record_id, made): `made` marks ids that come from the content."""
    cells = part.table.cells
    source = pl.lit(part.table.info.source, pl.String)
    if "source" in part.named:
        source = pl.coalesce(part.named["source"], source)
    column = part.named.get("record_id")
    given = pl.lit(None, pl.String) if column is None else pl.col(column)
    row = pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")
    tenant = pl.col(part.named["tenant"]) if "tenant" in part.named else pl.lit(None, pl.String)
    names = (tenant.alias("tenant"), source.alias("source"), given.alias("record_id"))
    frame = cells.select(row, *names, part=pl.lit(place, pl.UInt32))
    without = frame["record_id"].is_null()
    if without.any() and forced is not None and column == forced:
        for row in without.arg_true():
            refused.add(part, row, f"the id column {forced!r} is empty")
        frame, without = frame.filter(~without), pl.repeat(value=False, n=frame.height - int(without.sum()), eager=True)
    if not without.any():
        return frame.with_columns(made=pl.lit(value=False))
    rows = without.arg_true()
    texts = part.content(None if without.all() else rows)
    made = pl.Series(["h" + blake2b(text.encode(), digest_size=8).hexdigest() for text in texts], dtype=pl.String)
    ids = completed(frame["record_id"], ~without, made)
    return frame.with_columns(ids.alias("record_id"), made=without)


def _numbered(named: pl.DataFrame) -> pl.DataFrame:
    """Rows that are equal cell for cell and have no id of their own: -2, -3, ..."""
    if not named["made"].any():
        return named
    count = pl.int_range(1, pl.len() + 1).over(KEY)
    numbered = pl.concat_str("record_id", pl.lit("-"), count)
    return named.with_columns(
        pl.when(pl.col("made") & (count > 1)).then(numbered).otherwise("record_id").alias("record_id")
    )


def _lost(
    twice: pl.DataFrame, parts: Sequence[Part], orders: Mapping[tuple[str, str], str], refused: Refused
) -> pl.DataFrame:
    """(part, row) of all rows but the kept one of each id that is used twice."""
    detailed = []
    for (place,), rows in twice.partition_by("part", as_dict=True).items():
        part = parts[place]
        updated = pl.Series("updated_at", [None] * rows.height, dtype=pl.Datetime("us", "UTC"))
        if "updated_at" in part.named:
            column = part.table.cells[part.named["updated_at"]][rows["row"]]
            updated = moments(column, orders[part.table.info.path, part.table.info.source]).alias("updated_at")
        detailed.append(rows.with_columns(updated, part.content(rows["row"])))
    newest_first = pl.concat(detailed).sort(
        "updated_at", "content", descending=True, nulls_last=True, maintain_order=True
    )
    lost = newest_first.filter(~pl.struct(KEY).is_first_distinct())
    kept = newest_first.unique(KEY, keep="first", maintain_order=True).select(*KEY, kept="content")
    again = lost.join(kept, on=KEY, nulls_equal=True)
    equal = again["content"] == again["kept"]
    if equal.any():
        refused.warnings.append(f"rows that repeat a record exactly, read once: {int(equal.sum())}")
    for row in again.filter(~equal).iter_rows(named=True):
        reason = f"record id {row['record_id']!r} is used twice in source {row['source']!r}; kept the newer row"
        refused.add(parts[row["part"]], row["row"], reason)
    if not equal.all():
        refused.warnings.append(f"rows refused because a newer one has their id: {int((~equal).sum())}")
    return lost.select("part", "row")
