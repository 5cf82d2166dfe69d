"""What an adapter hands over: canonical contacts, and an account of everything it did with its input."""

from dataclasses import dataclass

import polars as pl

REJECTS: dict[str, pl.DataType] = {
    "file": pl.String(),
    "line": pl.UInt32(),
    "reason": pl.String(),
    "raw": pl.String(),
}
"""Rows that could not be used. `line` is the physical line where the row starts, 0 for a whole file."""

RAW_LIMIT = 2_000
"""Characters of a rejected row that are kept."""


@dataclass(frozen=True)
class ColumnUse:
    """What became of one column of one file.

    field: the canonical field, `category.<name>`, or None when the column is kept as custom.
    why: "header", "values" or "told".
    """

    file: str
    column: str
    field: str | None
    why: str


@dataclass(frozen=True)
class FileInfo:
    """One input as it was read. `digest` is blake2b-128 in hex; `rows` counts the rows that became records."""

    path: str
    source: str
    format: str
    rows: int
    delimiter: str | None
    encoding: str | None
    digest: str


@dataclass(frozen=True)
class Load:
    """Contacts in canonical form, what was refused, and what was inferred on the way."""

    records: pl.DataFrame
    rejects: pl.DataFrame
    columns: list[ColumnUse]
    files: list[FileInfo]
    warnings: list[str]
    settings: dict[str, str]


def rejects_frame(rows: list[tuple[str, int, str, str]]) -> pl.DataFrame:
    """(file, line, reason, raw) rows as a frame; raw is clipped."""
    clipped = [(file, line, reason, raw[:RAW_LIMIT]) for file, line, reason, raw in rows]
    return pl.DataFrame(clipped, schema=REJECTS, orient="row")
