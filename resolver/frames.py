"""The frames that flow between the steps, written once. Each step checks what comes through its door."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

import polars as pl
from polars._typing import PolarsDataType

from resolver.contact import CONTACT_COLUMNS
from rules.values.distinct import FEW

RECORDS: dict[str, pl.DataType] = {
    "record_key": pl.String(),
    **CONTACT_COLUMNS,
    "file": pl.String(),
    "line": pl.UInt32(),
    "date_order": pl.String(),
    "default_region": pl.String(),
}
"""One row a record: the values as found. `custom.*` and `category.*` columns may stand beside these."""

NORMALISED: dict[str, pl.DataType] = {
    "record_key": pl.String(),
    "tenant": pl.String(),
    "source": pl.String(),
    "excluded": pl.String(),
    **dict.fromkeys(("middle", "suffix", "birth_date"), pl.String()),
    **dict.fromkeys(("given", "family"), pl.List(pl.String())),
    **dict.fromkeys(("email", "phone", "company", "street", "place", "identifier", "social"), pl.List(pl.String())),
}
"""One row a record: the values that are compared. `excluded` is null or the reason why it meets nobody.

Where a field has several values, the first is the main one: the name that a person has now.
"""

SCORES: dict[str, pl.DataType] = {
    "left_key": pl.String(),
    "right_key": pl.String(),
    "weight": pl.Float64(),
    "probability": pl.Float64(),
    "decision": pl.String(),
}
"""Scored pairs: besides these, one named level per compared field. `weight` is a log2 Bayes factor with the prior."""

CLUSTERS: dict[str, pl.DataType] = {
    "source": pl.String(),
    "record_id": pl.String(),
    "record_key": pl.String(),
    "entity_id": pl.String(),
    "excluded": pl.String(),
}
"""Every input record exactly once."""

GOLDEN: dict[str, pl.DataType] = {"entity_id": pl.String(), "records": pl.List(pl.String())}
"""One row an entity: besides these, its golden values and a struct `provenance` (field -> record_key)."""

JUDGEMENTS: dict[str, pl.DataType] = {
    "left_key": pl.String(),
    "right_key": pl.String(),
    "verdict": pl.String(),
    "who": pl.String(),
    "when": pl.Datetime("us", "UTC"),
    "why": pl.String(),
    "tenant": pl.String(),
    "place": pl.String(),
    "unused": pl.String(),
}
"""What people said, a row a verdict: `place` is where it was read, `unused` null or why it does not count."""

RECORD_KEY = pl.concat_str("source", "record_id", separator=":").alias("record_key")
"""The name of a record wherever records meet."""

OPEN_PREFIXES = ("custom.", "category.")


class FrameError(TypeError):
    """A frame that does not fit the schema of the step it was handed to: a mistake in the program."""


class HasSchema(Protocol):
    """A frame, wherever it is."""

    @property
    def schema(self) -> pl.Schema:
        """The types of its columns."""


Frame = TypeVar("Frame", bound=HasSchema)


def check(frame: Frame, schema: Mapping[str, pl.DataType], *, required: tuple[str, ...] = ()) -> Frame:
    """Returns the frame when its columns fit the schema; columns may be absent unless required."""
    for name in required:
        if name not in frame.schema:
            raise FrameError(f"column {name!r} is missing")
    for name, dtype in frame.schema.items():
        if name in schema and not _fits(dtype, schema[name]):
            raise FrameError(f"column {name!r} is {dtype}, not {schema[name]}")
    return frame


def in_order(records: pl.DataFrame) -> pl.DataFrame:
    """RECORDS by record_id, then source; the frame itself where it is in this order already, which saves a copy."""
    ids, sources = records["record_id"], records["source"]
    if len(records) < FEW:
        keys = [*zip(ids.to_list(), sources.to_list(), strict=True)]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        return records if order == [*range(len(keys))] else records[order]
    same = ids[1:] == ids[:-1]
    rising = (ids[1:] > ids[:-1]) | (same & (sources[1:] >= sources[:-1]))
    return records if rising.fill_null(value=False).all() else records.sort("record_id", "source")


def _fits(found: PolarsDataType, wanted: PolarsDataType) -> bool:
    """Whether a type is the wanted one; structs may leave parts out, and all-null columns fit anything."""
    if found == wanted or isinstance(found, pl.Null):
        return True
    if isinstance(found, pl.List) and isinstance(wanted, pl.List):
        return _fits(found.inner, wanted.inner)
    if isinstance(found, pl.Struct) and isinstance(wanted, pl.Struct):
        parts = {part.name: part.dtype for part in wanted.fields}
        return all(part.name in parts and _fits(part.dtype, parts[part.name]) for part in found.fields)
    return False
