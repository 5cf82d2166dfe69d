"""Groups: how many records make a person, and which groups deserve a look."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import polars as pl

from resolver.columns import Column, Rows, distinct
from resolver.report.view import Person, View
from resolver.runs import LOW
from resolver.steps.doubt import THIN
from rules.field import Field
from rules.registry import FIELDS

STEPS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, 20), (21, 50), (51, 100), (101, None))
LISTED = 5
MEMBERS = 25
"""Members of a listed group that are shown."""
SUSPECTS = 100
VALUES = 30
"""Values of one field of one group that are told apart; more would not change the verdict."""


@dataclass(frozen=True)
class Bin:
    """People whose groups hold so many records."""

    label: str
    people: int
    records: int


@dataclass(frozen=True)
class Group:
    """One person's records. likely: the surest link of its weakest member, where that is known."""

    title: str
    size: int
    members: list[Person]
    likely: float | None = None


@dataclass(frozen=True)
class Groups:
    """How large groups are, the largest of them, and those that hang on thin evidence."""

    bins: list[Bin]
    largest: list[Group]
    weakest: list[Group]


def groups(view: View) -> Groups:
    """Counts groups by size and gathers the few worth listing."""
    top = view.sizes.filter(pl.col("size") > 1).sort("size", "entity", descending=[True, False]).head(LISTED)
    thin = view.result.review.filter(pl.col("reason") == THIN).sort("probability").head(4 * LISTED)
    of_key = view.members.filter(pl.col("record_key").is_in(thin["left_key"].implode()))
    entity = dict(of_key.select("record_key", "entity").iter_rows())
    chances = thin.select("left_key", "probability").rows()[::-1]
    weakest = {entity[key]: chance for key, chance in chances if key in entity}
    weak = dict(sorted(weakest.items(), key=lambda item: item[1])[:LISTED])
    listed = gather(view, [*top["entity"], *weak])
    return Groups(
        bins=_bins(view.sizes),
        largest=[listed[code] for code in top["entity"]],
        weakest=[replace(listed[code], likely=chance) for code, chance in weak.items()],
    )


def gather(view: View, entities: list[int], most: int = MEMBERS) -> dict[int, Group]:
    """The named groups with their first members."""
    if not entities:
        return {}
    rows = view.live.filter(pl.col("entity").is_in(entities))
    keys = {
        int(code): keys
        for code, keys in rows.group_by("entity").agg(pl.col("record_key").sort().head(most)).iter_rows()
    }
    sizes = dict(rows.group_by("entity").len().iter_rows())
    people = view.people(key for members in keys.values() for key in members)
    names = view.names(list(keys))
    return {
        code: Group(names[code] or people[members[0]].title, int(sizes[code]), [people[key] for key in members])
        for code, members in keys.items()
    }


def _bins(sizes: pl.DataFrame) -> list[Bin]:
    counted = sizes.group_by("size").len().sort("size").rows()
    bins = []
    for low, high in STEPS:
        inside = [(size, number) for size, number in counted if size >= low and (high is None or size <= high)]
        label = f"{low}" if low == high else f"{low} to {high}" if high else f"over {low - 1}"
        bins.append(Bin(label, sum(number for _, number in inside), sum(size * number for size, number in inside)))
    last = max((place for place, found in enumerate(bins) if found.people), default=0)
    return bins[: max(last + 1, 2)]


@dataclass(frozen=True)
class Mixed:
    """A group whose records live and work in clearly different places."""

    group: Group
    streets: int
    companies: int


def most_mixed(view: View) -> Mixed | None:
    """The group with most different street addresses and employers; None when no group has two of both.

    Spellings of one street or employer count once: values count as different only where their field says so.
    """
    columns = view.result.compared.fields
    if not {"street", "company"} <= columns.keys():
        return None
    entity = view.members["entity"].to_numpy()
    large = np.zeros(len(entity), dtype=bool)
    large[view.sizes.filter(pl.col("size") > 2)["entity"].to_numpy()] = True
    rows = np.flatnonzero(large[entity] & view.members["live"].to_numpy())
    of_street, of_company = (_number(columns[name], rows, entity) for name in ("street", "company"))
    both = np.flatnonzero((of_street > 1) & (of_company > 1))
    suspects = both[np.argsort(-(of_street + of_company)[both], kind="stable")][:SUSPECTS]
    rows = rows[np.isin(entity[rows], suspects)]
    streets, companies = (
        _different(FIELDS[name], _values(columns[name], rows, entity)) for name in ("street", "company")
    )
    found = [code for code in suspects.tolist() if min(streets[code], companies[code]) > 1]
    if not found:
        return None
    code = max(found, key=lambda code: (streets[code] + companies[code], -code))
    return Mixed(gather(view, [code])[code], streets[code], companies[code])


def _number(column: Column, rows: Rows, entity: Rows) -> Rows:
    """How many distinct values each entity's records hold. rows: the records that are looked at."""
    return np.bincount(_held(column, rows, entity) >> 32, minlength=len(entity))


def _held(column: Column, rows: Rows, entity: Rows) -> Rows:
    """Each entity with each code that its records hold, as one number (the entity high), in ascending order."""
    place, code = column.of(rows)
    return distinct((entity[rows[place]] << 32) | code)


def _values(column: Column, rows: Rows, entity: Rows) -> dict[int, list[str]]:
    """Entity -> the first of the distinct values of its records, in their order."""
    held = _held(column, rows, entity)
    values, found = column.values.gather(held & LOW).to_list(), dict[int, list[str]]()
    for owner, value in zip((held >> 32).tolist(), values, strict=True):
        found.setdefault(owner, []).append(value)
    return {owner: each[:VALUES] for owner, each in found.items()}


def _different(field: Field, lists: dict[int, list[str]]) -> dict[int, int]:
    """For each list how many of its values are clearly different from all such before them."""
    pairs = [pair for values in lists.values() for pair in combinations(values, 2)]
    compared = field.compare([later for _, later in pairs], [earlier for earlier, _ in pairs]).tolist()
    levels = dict(zip(pairs, compared, strict=True))
    different, number = field.code("different"), {}
    for code, values in lists.items():
        kinds: list[str] = []
        for value in values:
            if all(levels[kind, value] == different for kind in kinds):
                kinds.append(value)
        number[code] = len(kinds)
    return number
