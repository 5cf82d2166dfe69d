"""Evidence: what each level of each field weighs here, how often it was seen, and which values lie."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column
from resolver.index import DAMPING, LIMIT
from resolver.model.layout import Layout, kind
from resolver.model.model import BITS
from resolver.parted import Parted
from resolver.report.view import View
from rules.registry import FIELDS

TENANTS = 5
"""Tenants whose evidence is shown; each learns its own weights, and pages have an end."""
UNUSABLE = 10
SPELLED_OUT = 4
"""Characters from which a value serves as an example."""


@dataclass(frozen=True)
class Level:
    """One level: its bits, how often each kind shows it, and how many comparisons did."""

    name: str
    weight: float
    same: float
    strangers: float
    joined: int
    apart: int


@dataclass(frozen=True)
class Example:
    """A value that agrees, how many records hold it, and the bits that its frequency adds or takes."""

    value: str
    records: int
    weight: float


@dataclass(frozen=True)
class FieldEvidence:
    """What one field shows."""

    name: str
    meaning: str
    levels: list[Level]
    common: Example | None
    rare: Example | None


@dataclass(frozen=True)
class Evidence:
    """All fields of one tenant. most: the heaviest weight either way, for the length of the bars."""

    tenant: str
    fields: list[FieldEvidence]

    @property
    def most(self) -> float:
        """The heaviest weight either way."""
        return max((abs(level.weight) for found in self.fields for level in found.levels), default=1.0) or 1.0


def evidence(view: View) -> list[Evidence]:
    """The evidence of the largest tenants."""
    return [_of_tenant(view, tenant) for tenant in view.tenants[:TENANTS] if tenant in view.result.models]


def _of_tenant(view: View, tenant: str) -> Evidence:
    model, rules = view.result.models[tenant], view.run["ruleset"]["rules"]["compare"]
    columns, members, pairs = view.result.compared.fields, view.of_tenant(tenant), view.result.of_pairs
    if len(view.tenants) > 1:
        keys = view.members["record_key"].filter(view.members["tenant"] == tenant)
        pairs = Parted.of(pairs.frame().filter(pl.col("left_key").is_in(keys.implode())))
    counts, bits = _counts(pairs, model.layout), model.weights()
    same, strangers = model.first.levels[0], model.first.levels[1]
    fields = []
    for name, place in model.layout.places.items():
        levels = [
            Level(
                level,
                bits[name][at],
                float(same[place][at]),
                float(strangers[place][at]),
                *counts.get((name, level), (0, 0)),
            )
            for at, level in enumerate(model.layout.levels[name])
        ]
        field = FIELDS.get(kind(name))
        common, rare = None, None
        if rules.get(kind(name), {}).get("frequency") and name in columns:
            common, rare = _examples(columns[name], members)
        fields.append(FieldEvidence(name, field.explanation if field else "", levels, common, rare))
    return Evidence(tenant, fields)


def _counts(pairs: Parted, layout: Layout) -> dict[tuple[str, str], tuple[int, int]]:
    """(field, level) -> comparisons that show it: (joined, not joined)."""
    shown = {name: levels for name, levels in layout.levels.items() if name in pairs.columns}
    tables = {name: np.zeros(2 * len(levels) + 2, dtype=np.int64) for name, levels in shown.items()}
    for part in pairs.parts(["decision", *shown]):
        joined = (part["decision"] == "match").to_numpy().astype(np.uint8)
        for name, levels in shown.items():
            codes = part[name].cast(pl.Enum(list(levels))).to_physical().fill_null(len(levels)).to_numpy()
            both = codes.astype(np.uint8) * np.uint8(2) + joined
            tables[name] += np.bincount(both, minlength=len(tables[name]))
    return {
        (name, level): (int(tables[name][2 * at + 1]), int(tables[name][2 * at]))
        for name, levels in shown.items()
        for at, level in enumerate(levels)
    }


def _examples(column: Column, members: NDArray[np.bool_]) -> tuple[Example | None, Example | None]:
    """The commonest value, and the rarest that two records share; as `resolver.index` weighs frequencies.

    members: whose values they are.
    """
    rows, codes = column.held
    counts = np.bincount(codes[members[rows]], minlength=len(column.values))
    number, shared = int(counts.sum()), np.flatnonzero(counts > 1)
    if not len(shared) or counts[shared].min() == counts[shared].max():
        return None, None
    average = int((counts**2).sum()) / number**2

    def example(place: int) -> Example:
        rarer = np.log(average) - np.log(counts[place] / number)
        weight = float(BITS * np.clip(DAMPING * rarer, -LIMIT, LIMIT))
        return Example(str(column.values[place]), int(counts[place]), weight)

    rarest = shared[counts[shared] == counts[shared].min()]
    # A value of a letter or two is rather a slip than a name, and no good example.
    telling = rarest[column.values.gather(rarest).str.len_chars().to_numpy() >= SPELLED_OUT]
    return example(int(np.argmax(counts))), example(int(telling[0] if len(telling) else rarest[0]))


@dataclass(frozen=True)
class SharedValue:
    """A value that many different people hold. weight: what agreeing on it adds; own: what an unshared one would."""

    tenant: str
    field: str
    value: str
    people: int
    records: int
    weight: float | None
    own: float | None


@dataclass(frozen=True)
class Unusable:
    """What was typed into a field and says nothing about anybody, and in how many records."""

    field: str
    value: str
    records: int


@dataclass(frozen=True)
class Shared:
    """Values that are not identity. unusable_records: how many records hold nothing but fillers, field by field."""

    values: list[SharedValue]
    unusable: list[Unusable]
    unusable_records: dict[str, int]


def shared(view: View) -> Shared:
    """What the runs of all tenants found, and what cleaning refused."""
    values = []
    for tenant in view.tenants:
        bits = view.result.models[tenant].weights() if tenant in view.result.models else {}
        for found in view.run["tenants"][tenant]["shared_values"]:
            name, people = str(found["field"]), int(found["persons"])
            levels = view.result.models[tenant].layout.levels.get(name, ()) if bits else ()
            level = f"same, shared by {'10 or more' if people >= 10 else '5 to 9' if people >= 5 else '3 or 4'}"
            weight = bits[name][levels.index(level)] if level in levels else None
            own = bits[name][0] if levels else None
            values.append(SharedValue(tenant, name, str(found["value"]), people, int(found["records"]), weight, own))
    values.sort(key=lambda value: (-value.people, value.field, value.value))
    unusable, records = [], {}
    for name, column in (("email", "emails"), ("phone", "phones")):
        refused = _refused(view, name, column)
        records[name] = int(refused["len"].sum())
        unusable += [Unusable(name, str(value), int(number)) for value, number in refused.head(UNUSABLE).iter_rows()]
    return Shared(values, unusable, {name: number for name, number in records.items() if number})


def _refused(view: View, name: str, column: str) -> pl.DataFrame:
    """(raw, len): the first thing typed in records that hold something there, but nothing that can be compared."""
    records, columns = view.result.of_records, view.result.compared.fields
    none = pl.DataFrame(schema={"raw": pl.String, "len": pl.UInt32})
    if column not in records.columns or not isinstance(records.schema[column], pl.List):
        return none
    held = records[column].list.len().fill_null(0) > 0
    empty = pl.Series([True]).new_from_index(0, len(records))
    if name in columns:
        empty = pl.Series(columns[name].number == 0)
    raw = records[column].filter(held & empty).list.first().struct.field("raw")
    return raw.to_frame().group_by("raw").len().sort("len", "raw", descending=[True, False]) if len(raw) else none
