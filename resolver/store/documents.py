"""Documents: records as lines of JSON, and back to the very same values."""

import io
import json
from collections.abc import Mapping

import polars as pl

from resolver.frames import OPEN_PREFIXES

_LATER_NULL = ',"[a-z_]+":null'
_FIRST_NULL = r'\{"[a-z_]+":null,?'
_OPEN = rf'"(?:{"|".join(prefix.replace(".", "[.]") for prefix in OPEN_PREFIXES)})(?:[^"\\]|\\.)+":'
BATCH = 100_000
"""Rows written at a time."""


def lines(frame: pl.DataFrame) -> pl.Series:
    """Each row as JSON. What is null or empty is left out, so that what columns there are makes no difference.

    The patterns only ever meet names: inside a string of JSON a quotation mark has a backslash before it.
    """
    if not frame.width:
        return pl.Series("line", ["{}"] * frame.height)
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    frame = frame.select(sorted(frame.columns)).with_columns(
        pl.when(pl.col(name).list.len() > 0).then(pl.col(name)) for name in lists
    )
    parts = [_written(part) for part in frame.iter_slices(BATCH)]
    return pl.concat([pl.Series("line", dtype=pl.String), *parts])


def _written(frame: pl.DataFrame) -> pl.Series:
    buffer = io.BytesIO()
    frame.write_ndjson(buffer)
    text = pl.Series("line", buffer.getvalue().decode().split("\n")[:-1], dtype=pl.String)
    return text.str.replace_all(_LATER_NULL, "").str.replace_all(_FIRST_NULL, "{")


def frame(documents: pl.Series, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The rows that lines of JSON hold, and of the columns in `schema`, and `custom.*` and `category.*` of text, those
    that any row has; the same goes for the parts of structs."""
    named = documents.str.extract_all(_OPEN).explode().drop_nulls().unique().sort()
    found = {json.loads(name[:-1]): pl.String() for name in named}
    there = {name: _slim(dtype, documents) for name, dtype in {**schema, **found}.items() if _named(name, documents)}
    held = pl.Struct(there)
    return documents.str.json_decode(held).struct.unnest() if held.fields else pl.DataFrame(height=len(documents))


def _named(name: str, documents: pl.Series) -> bool:
    return documents.str.contains(f"{json.dumps(name, ensure_ascii=False)}:", literal=True).any()


def _slim(dtype: pl.DataType, documents: pl.Series) -> pl.DataType:
    """The type without the parts of structs that no document names, as every part costs.

    A struct keeps one part at least: that it is there may say all.
    """
    if isinstance(dtype, pl.List):
        return pl.List(_slim(dtype.inner, documents))  # type: ignore[arg-type]
    if not isinstance(dtype, pl.Struct):
        return dtype
    kept = {part.name: _slim(part.dtype, documents) for part in dtype.fields if _named(part.name, documents)}  # type: ignore[arg-type]
    return pl.Struct(kept or dtype.fields[:1])
