"""Growing: how an entity came together, join by join, the strongest evidence first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlalchemy import Connection

from resolver.columns import Rows
from resolver.evidence import Line
from resolver.judgement import Judgement, Verdict
from resolver.model.frozen import Frozen
from resolver.paths.explaining import Bench, links_of
from resolver.paths.judging import spoken
from resolver.paths.online import Resolver
from resolver.paths.viewing import present
from resolver.steps.footprint import CONTENT, is_known_for
from resolver.store import past
from resolver.store.rows import fetch, unpacked

By = Literal["person", "copy", "evidence"]
Side = int | str
"""What a step joins: the outcome of an earlier step, by its number, or a record, as `source:id`."""


@dataclass(frozen=True)
class Step:
    """One join. left, right: the two records that are the reason; joins: what became one by it.

    by: a person's word, the same content (one record is looked at for many that say the same), or evidence; said: who
    said so. records: how many are one after it. lines: what the two records show, in bits that sum up to `probability`.
    """

    number: int
    left: str
    right: str
    by: By
    joins: tuple[Side, Side]
    records: int
    probability: float
    lines: list[Line]
    said: Judgement | None = None


@dataclass(frozen=True)
class Growth:
    """How the entity came together. records: all that it is made of."""

    entity_id: str
    records: tuple[str, ...]
    steps: list[Step]


@dataclass(frozen=True)
class _Link:
    left: int
    right: int
    by: By
    said: Judgement | None = None


def how(resolver: Resolver, entity_id: str) -> list[Growth]:
    """The joins of the entity that an id stands for, or of the parts that it was split into; see `Step`.

    What people said comes first, then copies, then evidence; of the links that would close a circle none is told, so
    that the joins are the strongest tree (Kruskal 1956). Raises UnknownError and GoneError as `viewing.view` does.
    """
    with resolver.database.reading() as connection:
        numbers = present(connection, resolver.tenant, entity_id)
        found = past.by_number(connection, resolver.tenant, numbers)
        frozen = resolver.frozen(connection)
        return [_growth(connection, frozen, number, entity.entity_id) for number, entity in found.items()]


def _growth(connection: Connection, frozen: Frozen, number: int, entity_id: str) -> Growth:
    members = fetch(connection, frozen.tenant, "entity", [number], ("number",))["number"].to_numpy()
    bench = Bench.of(connection, frozen, members)
    return Growth(entity_id, tuple(sorted(bench.rows["record_key"])), list(_steps(connection, bench, members)))


def _steps(connection: Connection, bench: Bench, members: Rows) -> Iterator[Step]:
    keys = dict(zip(bench.rows["number"].to_list(), bench.rows["record_key"].to_list(), strict=True))
    group: dict[int, Side] = dict(keys)
    inside: dict[Side, list[int]] = {key: [number] for number, key in keys.items()}
    made = 0
    for link in _links(connection, bench, members):
        left, right = group[link.left], group[link.right]
        if left == right:
            continue
        made += 1
        joined = inside.pop(left) + inside.pop(right)
        inside[made] = joined
        group.update(dict.fromkeys(joined, made))
        weighing = bench.weighing((bench.row(link.left), bench.row(link.right)))
        yield Step(
            made,
            keys[link.left],
            keys[link.right],
            link.by,
            (left, right),
            len(joined),
            weighing.probability,
            weighing.lines,
            link.said,
        )


def _links(connection: Connection, bench: Bench, members: Rows) -> Iterator[_Link]:
    """All that may have joined two records, the strongest first."""
    numbers = dict(zip(bench.rows["record_key"].to_list(), bench.rows["number"].to_list(), strict=True))
    told = {frozenset((one.left_key, one.right_key)): one for one in spoken(connection, bench.frozen.tenant, members)}
    for one in told.values():
        if one.verdict == Verdict.SAME and one.left_key in numbers and one.right_key in numbers:
            yield _Link(numbers[one.left_key], numbers[one.right_key], "person", one)
    yield from _copies(bench)
    for left, right, _ in sorted(links_of(connection, members), key=lambda link: (-link[2], link[:2])):
        yield _Link(left, right, "evidence")


def _copies(bench: Bench) -> Iterator[_Link]:
    """Each record that is not looked at with the one that is looked at for it."""
    at, values = unpacked(bench.rows["values"])
    content = is_known_for(values, CONTENT)
    says = dict(zip(at[content].tolist(), values[content].tolist(), strict=True))
    numbers, met = bench.rows["number"].to_list(), bench.rows["met"].to_numpy()
    first = {says[row]: numbers[row] for row in reversed(np.flatnonzero(met).tolist()) if row in says}
    for row in np.flatnonzero(~met).tolist():
        if says.get(row) in first:
            yield _Link(first[says[row]], numbers[row], "copy")
