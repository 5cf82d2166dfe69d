"""Region: a part of the records that no evidence connects with the rest, resolved on its own.

Entities depend on nothing outside such a part, but for what is true of the whole: how many records hold a key, and
with how many persons a value is seen. A store looks that up, and so a few records among millions are resolved by the
very steps that a batch takes.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Normalised, Rows, distinct
from resolver.index import Index
from resolver.model.frozen import Frozen
from resolver.paths.stages import Grouped, Near, Seen, Trained, facts_of
from resolver.paths.verdicts import Verdicts
from resolver.result import Scored
from resolver.steps.block import Batch, Candidates, Ends, Family, Groups, packed
from resolver.steps.compare import Comparer, compared_columns
from resolver.steps.copies import originals
from resolver.steps.footprint import SHARED, SPELLED, caps_of, family_of, most_meeting, numbers_at, shared_fields
from resolver.steps.gather import with_gathered
from resolver.steps.keys import NO_KEYS, Keys
from resolver.steps.merge import merge
from resolver.steps.offer import offers
from resolver.steps.prepare import Prepared
from resolver.steps.weigh import UNTOLD, Weighed, weigh, weigh_few
from rules.email.parts import local
from rules.values.arrays import which
from rules.values.distinct import FEW


class Whole(Protocol):
    """What is true of all records."""

    def sizes(self, keys: Keys, most: int) -> Rows:
        """How many records hold each key; those that more than `most` hold may be told to be held by any more."""
        ...

    def persons(self, values: Keys) -> Rows:
        """With how many different persons each value is seen, as far as levels tell it apart."""
        ...

    def held(self, values: Keys) -> NDArray[np.bool_]:
        """Whether any record holds each value."""
        ...


def index_of(columns: Mapping[str, Column], frozen: Frozen, whole: Whole) -> Index:
    """The index of some records' values: how often they occur as it was when the model was trained, with whom as it is
    now."""
    # with whom a value is seen counts only where two records agree in it
    shared = {name: which(columns[name].counts > 1) for name in shared_fields(columns, frozen)}
    spelling = {"email": _one_name_elsewhere(columns["email"])} if "email" in columns else {}
    kinds = (SHARED, shared, whole.persons), (SPELLED, spelling, whole.held)
    wanted = [(name, what, places) for what, fields, _ in kinds for name, places in fields.items()]
    each = iter(numbers_at(columns, wanted, frozen))
    persons, spelled = (_told(columns, fields, [next(each) for _ in fields], ask) for _, fields, ask in kinds)
    from_name = spelled["email"] > 0 if spelled else np.zeros(0, dtype=np.bool_)
    return Index.frozen(columns, frozen.ruleset, frozen.reference, persons, from_name)


def _told(
    columns: Mapping[str, Column],
    fields: Mapping[str, Rows],
    numbers: Sequence[Keys],
    ask: Callable[[Keys], NDArray[Any]],
) -> dict[str, Rows]:
    """For each value of some fields what is told of its number; 0 where it has none.

    fields: the places of the values that have one. numbers: of these, 0 where it is none. ask: tells of others.
    """
    every = np.concatenate([NO_KEYS, *numbers])
    told = np.zeros(len(every), dtype=np.int64)
    there = every > 0
    told[there] = ask(every[there])
    found, begin = {}, 0
    for name, places in fields.items():
        of_field = found[name] = np.zeros(len(columns[name].values), dtype=np.int64)
        of_field[places] = told[begin : begin + len(places)]
        begin += len(places)
    return found


def _one_name_elsewhere(email: Column) -> Rows:
    """The places of addresses that may have their local part in common with another one, where there are few; else of
    all."""
    if len(email.values) >= FEW:
        return np.arange(1, len(email.values))
    names = [*map(local, email.listed)]
    times = Counter(names)
    return np.array([place for place, name in enumerate(names) if place and times[name] > 1], dtype=np.int64)


def are_few(keys: Keys, frozen: Frozen, whole: Whole) -> NDArray[np.bool_]:
    """Which keys so few records hold that these meet by them."""
    return np.asarray(whole.sizes(keys, most_meeting(frozen) + 1) <= caps_of(keys, frozen))


def sharing(held: tuple[Rows, Keys], frozen: Frozen, whole: Whole) -> tuple[Rows, Keys]:
    """Those of (row, key) by which some records meet: not alone, and not too common."""
    rows, keys = held
    ordered = np.sort(keys)
    twice = distinct(ordered[1:][ordered[1:] == ordered[:-1]])
    twice = twice[are_few(twice, frozen, whole)]
    at = np.minimum(np.searchsorted(twice, keys), max(len(twice) - 1, 0))
    kept = twice[at] == keys if len(twice) else np.zeros(len(keys), dtype=np.bool_)
    return rows[kept], keys[kept]


def candidates_of(held: tuple[Rows, Keys], records: int, frozen: Frozen, sides: Rows | None) -> Candidates:
    """Which of some records meet. held: (row, key) of those that do; see `sharing`."""
    rows, keys = held
    families, ends = [], []
    bits = family_of(keys)
    for bit, name in enumerate(frozen.ruleset.blocking.families):
        mine = bits == bit
        groups, cap = Groups.of(rows[mine], keys[mine]), frozen.ruleset.blocking.caps[name]
        families.append(Family(name, groups.keys, groups.above(1), groups.above(cap), cap))
        ends.append((bit, Ends.of(groups, cap)))
    return Candidates(records, families, ends, sides)


@dataclass(frozen=True)
class Part:
    """Some records that no evidence connects with others, in the order of their content.

    normalised: NORMALISED with all that tells about them. held: (row, key) of each. judged: left_key, right_key and
    verdict on any of them. scored: all pairs of them that are not beyond doubt, where they were compared before.
    """

    normalised: Normalised
    held: tuple[Rows, Keys]
    judged: pl.DataFrame
    scored: Scored | None = None


def _found(part: Part, seen: Seen, trained: Trained, frozen: Frozen, whole: Whole) -> list[Weighed]:
    """The pairs that meet, weighed now or before, batch after batch."""
    known = part.scored
    if known is not None:
        known = known.where(seen.met[known.left] & seen.met[known.right])
    met = int(seen.met.sum())
    if known is not None and len(known.left) == met * (met - 1) // 2:
        return [_recalled(known, np.zeros(0, dtype=np.uint64))]
    rows, keys = part.held
    mine = seen.met[rows]
    shared = sharing((rows[mine], keys[mine]), frozen, whole)
    if len(seen.live) >= FEW:
        candidates = candidates_of(shared, len(seen.live), frozen, seen.sides)
        return weigh(candidates, seen.columns, trained.comparer, frozen.model)
    batch = Batch.of_few(*shared, seen.sides)
    if known is not None:
        return [_recalled(known, packed(batch.left, batch.right))]
    return [weigh_few(batch, seen.columns, trained.comparer, frozen.model)]


def _recalled(scored: Scored, met: NDArray[np.uint64]) -> Weighed:
    """Pairs that were weighed before. met: all candidates, packed; those that are not scored are beyond doubt."""
    weak = met[~np.isin(met, packed(scored.left, scored.right))]
    return Weighed(scored.left, scored.right, scored.patterns, scored.logits, weak, UNTOLD)


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
    def of(cls, part: Part, frozen: Frozen, whole: Whole) -> "Region":
        """Resolves the records."""
        normalised = part.normalised
        columns = compared_columns(normalised, frozen.ruleset)
        live = normalised["excluded"].is_null().to_numpy()
        sides = frozen.sides(normalised["source"])
        verdicts = Verdicts.of(part.judged, normalised["record_key"])
        original = originals(columns, live, verdicts.told(sides))
        met = live & (original == np.arange(len(live)))
        seen = Seen(columns, live, original, met, sides, verdicts)

        def ready() -> Comparer:
            return Comparer.of(columns, frozen.model.layout, index_of(columns, frozen, whole), frozen.ruleset)

        trained = Trained(frozen.model, ready, given=True)
        near = Near.of(seen, trained, _found(part, seen, trained, frozen, whole), frozen.ruleset)
        grouped = Grouped.of(seen, trained, near, frozen.ruleset, None)
        return cls(grouped.entity, near.reach, grouped.scored)


def golden_of(prepared: Prepared, entity: Rows, frozen: Frozen) -> pl.DataFrame:
    """GOLDEN with `founder`, the smallest row of an entity. entity: as in `Region`; -1 for a record that is in none."""
    facts = facts_of(prepared.records, entity)
    return with_gathered(merge(facts, offers(prepared), frozen.ruleset), prepared.records, facts)
