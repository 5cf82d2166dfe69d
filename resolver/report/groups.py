"""Groups: how many records make a person, and which groups deserve a look."""

from dataclasses import dataclass, replace

import polars as pl

from resolver.report.view import Person, View
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
    normalised = view.result.normalised
    if not {"street", "company"} <= set(normalised.columns):
        return None
    large = view.sizes.filter(pl.col("size") > 2)
    inside = view.members["live"] & view.members["entity"].is_in(large["entity"].implode())
    held = normalised.select("street", "company").with_columns(view.members["entity"]).filter(inside)
    streets, companies = (_values(held, name) for name in ("street", "company"))
    both = streets.join(companies, on="entity")
    both = both.with_columns((pl.col("streets") + pl.col("companys")).alias("spread"))
    found: list[tuple[int, int, int, int]] = []
    for code, streets_, companies_ in (
        both.sort("spread", "entity", descending=[True, False])
        .head(SUSPECTS)
        .select("entity", "street", "company")
        .iter_rows()
    ):
        apart = _different(FIELDS["street"], streets_), _different(FIELDS["company"], companies_)
        if min(apart) > 1:
            found.append((sum(apart), int(code), *apart))
    if not found:
        return None
    _, code, number, employers = max(found, key=lambda item: (item[0], -item[1]))
    return Mixed(gather(view, [code])[code], number, employers)


def _values(held: pl.DataFrame, name: str) -> pl.DataFrame:
    """entity, the distinct values of its records in order, how many; for entities with two at least."""
    lists = held.select("entity", name).drop_nulls().explode(name).drop_nulls().unique()
    counted = lists.group_by("entity").agg(pl.col(name).sort().head(VALUES), pl.len().alias(f"{name}s"))
    return counted.filter(pl.col(f"{name}s") > 1)


def _different(field: Field, values: list[str]) -> int:
    """How many of the values are clearly different from all that come before them."""
    kinds: list[str] = []
    for value in values:
        if not kinds or (field.compare([value] * len(kinds), kinds) == field.code("different")).all():
            kinds.append(value)
    return len(kinds)
