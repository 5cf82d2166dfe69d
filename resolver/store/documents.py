"""Documents: records as lines of JSON, and back to the very same values."""

import io
import json
import re
from collections.abc import Callable, Mapping
from functools import partial

import polars as pl

from resolver.frames import OPEN_PREFIXES
from resolver.threads import at_once
from rules.values.distinct import FEW

_OPEN_NAME = rf'(?:{"|".join(prefix.replace(".", "[.]") for prefix in OPEN_PREFIXES)})(?:[^"\\]|\\.)+'
_OPEN = f'"{_OPEN_NAME}":'
_EMPTY = rf'"(?:[a-z_]+|{_OPEN_NAME})":(?:null|\[\])'
_LATER_NULL, _FIRST_NULL = f",{_EMPTY}", rf"\{{{_EMPTY},?"
_NULLS = re.compile(_LATER_NULL), re.compile(_FIRST_NULL)
BATCH = 100_000
"""Rows written at a time."""
PART = 25_000
"""Rows read at a time, side by side."""


def lines(frame: pl.DataFrame) -> pl.Series:
    """Each row as JSON. What is null or empty is left out, so that what columns there are makes no difference.

    The patterns only ever meet names: inside a string of JSON a quotation mark has a backslash before it.
    """
    if not frame.width:
        return pl.Series("line", ["{}"] * frame.height)
    frame = frame.select(sorted(frame.columns))
    parts = [_written(part) for part in frame.iter_slices(BATCH)]
    return pl.concat(parts) if parts else pl.Series("line", dtype=pl.String)


def _written(frame: pl.DataFrame) -> pl.Series:
    buffer = io.BytesIO()
    frame.write_ndjson(buffer)
    listed = buffer.getvalue().decode().split("\n")[:-1]
    if len(listed) < FEW:
        plain = [_NULLS[1].sub("{", _NULLS[0].sub("", line)) for line in listed]
        return pl.Series("line", plain, dtype=pl.String)
    text = pl.Series("line", listed, dtype=pl.String)
    return text.str.replace_all(_LATER_NULL, "").str.replace_all(_FIRST_NULL, "{")


def frame(documents: pl.Series, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The rows that lines of JSON hold, and of the columns in `schema`, and `custom.*` and `category.*` of text, those
    that any row has; the same goes for the parts of structs."""
    if len(documents) < FEW:
        text = "\n".join(documents.to_list())
        named, has = sorted({*re.findall(_OPEN, text)}), text.__contains__
    else:
        named = documents.str.extract_all(_OPEN).explode().drop_nulls().unique().sort().to_list()
        has = partial(_any_has, documents)
    found = {json.loads(name[:-1]): pl.String() for name in named}
    there = {name: _slim(dtype, has) for name, dtype in {**schema, **found}.items() if has(_member(name))}
    held = pl.Struct(there)
    if not held.fields:
        return pl.DataFrame(height=len(documents))
    parts = [documents.slice(begin, PART) for begin in range(0, len(documents), PART)] or [documents]
    read = at_once(lambda part: part.str.json_decode(held), parts, len(documents))
    return (pl.concat(read) if len(read) > 1 else read[0]).struct.unnest()


def that_tell(documents: pl.Series, name: str) -> pl.Series:
    """Which lines of JSON may have a member of a name, however deep."""
    return documents.str.contains(_member(name), literal=True)


def _member(name: str) -> str:
    """How a member of that name is written."""
    return f"{json.dumps(name, ensure_ascii=False)}:"


def _any_has(documents: pl.Series, text: str) -> bool:
    return documents.str.contains(text, literal=True).any()


def _slim(dtype: pl.DataType, has: Callable[[str], bool]) -> pl.DataType:
    """The type without the parts of structs that no document names, as every part costs.

    A struct keeps one part at least: that it is there may say all.
    """
    if isinstance(dtype, pl.List):
        return pl.List(_slim(dtype.inner, has))  # type: ignore[arg-type]
    if not isinstance(dtype, pl.Struct):
        return dtype
    kept = {part.name: _slim(part.dtype, has) for part in dtype.fields if has(_member(part.name))}  # type: ignore[arg-type]
    return pl.Struct(kept or dtype.fields[:1])
