"""Region: a part of the records that no evidence connects with the rest, resolved on its own.

Entities depend on nothing outside such a part, but for what is true of the whole: how many records hold a key, and
with how many persons a value is seen. A store looks that up, and so a few records among millions are resolved by the
very steps that a batch takes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows, distinct
from resolver.index import Index
from resolver.model.frozen import Frozen
from resolver.paths.stages import Grouped, Near, Seen, Trained, facts_of
from resolver.paths.verdicts import Verdicts
from resolver.result import Scored
from resolver.steps.block import Candidates, Ends, Family, Groups
from resolver.steps.compare import Comparer, compared_columns
from resolver.steps.copies import originals
from resolver.steps.footprint import SHARED, SPELLED, caps_of, family_of, shared_fields, value_numbers
from resolver.steps.gather import with_gathered
from resolver.steps.keys import Keys
from resolver.steps.merge import merge
from resolver.steps.offer import offers
from resolver.steps.prepare import Prepared
from resolver.steps.weigh import weigh


class Whole(Protocol):
    """What is true of all records."""

    def sizes(self, keys: Keys) -> Rows:
        """How many records hold each key."""
        ...

    def persons(self, values: Keys) -> Rows:
        """With how many different persons each value is seen."""
        ...

    def held(self, values: Keys) -> NDArray[np.bool_]:
        """Whether any record holds each value."""
        ...


def index_of(columns: Mapping[str, Column], frozen: Frozen, whole: Whole) -> Index:
    """The index of some records' values: how often they occur as it was when the model was trained, with whom as it is
    now."""

    def told(name: str, what: np.uint64, of: Callable[[Keys], NDArray[Any]]) -> Rows:
        numbers = value_numbers(columns, name, what, frozen)
        there = numbers > 0
        found = np.zeros(len(numbers), dtype=np.int64)
        found[there] = of(numbers[there])
        return found

    persons = {name: told(name, SHARED, whole.persons) for name in shared_fields(columns, frozen)}
    spelled = told("email", SPELLED, whole.held) > 0 if "email" in columns else np.zeros(0, dtype=np.bool_)
    return Index.frozen(columns, frozen.ruleset, frozen.reference, persons, spelled)


def candidates_of(
    held: tuple[Rows, Keys], records: int, frozen: Frozen, sides: Rows | None, whole: Whole
) -> Candidates:
    """Which of some records meet. held: (row, key) of those that may."""
    rows, keys = held
    ordered = np.sort(keys)
    twice = distinct(ordered[1:][ordered[1:] == ordered[:-1]])
    if len(twice):
        twice = twice[whole.sizes(twice) <= caps_of(twice, frozen)]
    at = np.minimum(np.searchsorted(twice, keys), max(len(twice) - 1, 0))
    kept = twice[at] == keys if len(twice) else np.zeros(len(keys), dtype=np.bool_)
    rows, keys = rows[kept], keys[kept]
    families, ends = [], []
    bits = family_of(keys)
    for bit, name in enumerate(frozen.ruleset.blocking.families):
        mine = bits == bit
        groups, cap = Groups.of(rows[mine], keys[mine]), frozen.ruleset.blocking.caps[name]
        families.append(Family(name, groups.keys, groups.above(1), groups.above(cap), cap))
        ends.append((bit, Ends.of(groups, cap)))
    return Candidates(records, families, ends, sides)


@dataclass(frozen=True)
class Region:
    """What became of some records, in the order of their rows.

    entity, reach: for each row the smallest row of its entity, and of all that any evidence connects it with.
    scored: the pairs that were compared and are not beyond doubt.
    """

    entity: Rows
    reach: Rows
    scored: Scored

    @classmethod
    def of(
        cls, normalised: pl.DataFrame, held: tuple[Rows, Keys], judged: pl.DataFrame, frozen: Frozen, whole: Whole
    ) -> "Region":
        """normalised: NORMALISED with all that tells about the records, in the order of their content. held: (row, key)
        of each. judged: left_key, right_key and verdict on any of them."""
        columns = compared_columns(normalised, frozen.ruleset)
        live = normalised["excluded"].is_null().to_numpy()
        sides = frozen.sides(normalised["source"])
        verdicts = Verdicts.of(judged, normalised["record_key"])
        original = originals(columns, live, verdicts.told(sides))
        met = live & (original == np.arange(len(live)))
        index = index_of(columns, frozen, whole)
        seen = Seen(columns, live, original, met, sides, verdicts, index)
        comparer = Comparer.of(columns, frozen.model.layout, index, frozen.ruleset)
        trained = Trained(frozen.model, comparer, given=True)
        rows, keys = held
        mine = met[rows]
        candidates = candidates_of((rows[mine], keys[mine]), len(live), frozen, sides, whole)
        found = weigh(candidates, columns, comparer, frozen.model)
        near = Near.of(seen, trained, found, frozen.ruleset)
        grouped = Grouped.of(seen, trained, near, frozen.ruleset, None)
        return cls(grouped.entity, near.reach, grouped.scored)


def golden_of(prepared: Prepared, entity: Rows, frozen: Frozen) -> pl.DataFrame:
    """GOLDEN with `founder`, the smallest row of an entity. entity: as in `Region`; -1 for a record that is in none."""
    facts = facts_of(prepared.records, entity)
    return with_gathered(merge(facts, offers(prepared), frozen.ruleset), prepared.records, facts)
