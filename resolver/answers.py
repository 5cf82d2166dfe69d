"""Files in which people say who is who: read as text, and the records found that they name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from resolver.errors import InputError, UsageError

LEFT, RIGHT = ("left", "left_key", "left_id"), ("right", "right_key", "right_id")
"""What the columns with the two records of a pair may be called."""


@dataclass(frozen=True)
class Answers:
    """One file. cells: String columns, names in small letters, null where empty. lines: where each row starts."""

    path: Path
    cells: pl.DataFrame
    lines: pl.Series

    def first(self, names: Sequence[str]) -> str | None:
        """The first of these columns that the file has."""
        return next((name for name in names if name in self.cells.columns), None)

    def place(self, row: int) -> str:
        """The file and line of a row, as an error begins."""
        return f"{self.path}:{self.lines[row]}"


def read_answers(path: Path) -> Answers:
    """Reads a CSV, Parquet, JSON or JSONL file. Raises InputError when it, or one of its lines, cannot be read."""
    from resolver.sources.files import read_file

    table = read_file(path, "")
    for line, reason, _ in table.refused:
        raise InputError(f"{path}:{line}", reason)
    return Answers(path, table.cells.rename(lambda name: name.strip().lower()), table.lines)


def candidates(values: pl.Series, known: pl.DataFrame) -> pl.DataFrame:
    """Every record that each value may name: index (the value's row), value, and the columns of `known`.

    known: record_key, where there is one record_id, and whatever else is to be known of a record. A value names a
    record by its key (`source:id`) or by its bare id. A value that names nobody has no row.
    """
    key = pl.col("record_key")
    number = pl.col("record_id") if "record_id" in known.columns else key.str.replace("^[^:]*:", "")
    others = pl.exclude("record_id")
    named = pl.concat([known.select(others, value=number.cast(pl.String)), known.select(others, value=key)]).unique()
    return pl.DataFrame({"value": values}).with_row_index().join(named, on="value").sort("index", "record_key")


def record_keys(values: pl.Series, known: pl.DataFrame, place: Callable[[int], str]) -> pl.Series:
    """Record keys for keys or bare ids; what `known` does not hold stays as it is.

    place: where a row of `values` stands, for the UsageError about an id that several sources use.
    """
    found = candidates(values, known.select(pl.col("^record_(key|id)$")))
    double = found.filter(pl.col("index").is_duplicated())
    if len(double):
        row = int(double["index"][0])
        raise UsageError(f"{place(row)}: {several(values[row], double.filter(pl.col('index') == row)['record_key'])}")
    known_keys = (
        pl.DataFrame({"value": values}).with_row_index().join(found, on="index", how="left", maintain_order="left")
    )
    return known_keys.select(pl.col("record_key").fill_null(pl.col("value"))).to_series()


def several(value: str, keys: pl.Series) -> str:
    """What is wrong with an id that several sources use."""
    return f"id {value!r} may be any of {', '.join(keys)}; add a source column or write source:id"
