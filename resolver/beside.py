"""Beside: what a steward sees around a case: its place in the queue, who else it may be, and what changed meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from resolver import review
from resolver.errors import UsageError
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.paths.online import Resolver
from resolver.paths.viewing import values_of
from resolver.review import Alike, Said
from resolver.store import acts, cases, desk, past
from resolver.store.cases import Kind, Sort, Wanted, case_id, number_of
from resolver.store.past import Entity

AGREEING = 5
"""So many cases of a pattern are decided one by one, all alike, before the rest is decided at once."""
PATTERNS = 20
"""Patterns are told of at most."""
NEAR = 5
"""So many others who may be the same person are told of at most."""


@dataclass(frozen=True)
class Around:
    """Where a case is in a queue: how many come before it, how many there are, and those right before and after it."""

    ahead: int
    cases: int
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Near:
    """Somebody else who may be the same person as one of a case: the case that asks it, and with what chance."""

    case_id: str
    entity_id: str
    title: str
    chance: float


@dataclass(frozen=True)
class Pattern:
    """Open cases that show the same, how many there are, and how such cases were decided so far."""

    pattern: str
    cases: int
    verdicts: Mapping[str, int]

    @property
    def agreed(self) -> Verdict | None:
        """What was said of all that were decided, where that is AGREEING or more; None where it was not always that."""
        return agreed(self.verdicts)


@dataclass(frozen=True)
class Drift:
    """What became of a person of a case since it was looked at.

    now: the ids that the person's id stands for now. gained, lost: records. values: by field, as it was and as it is.
    """

    entity_id: str
    title: str
    now: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    values: Mapping[str, tuple[Any, Any]]


def agreed(verdicts: Mapping[str, int]) -> Verdict | None:
    """The one verdict of AGREEING cases or more, None where there are fewer or several verdicts."""
    said = [verdict for verdict, number in verdicts.items() if number]
    return Verdict(said[0]) if len(said) == 1 and verdicts[said[0]] >= AGREEING else None


def around(resolver: Resolver, called: str, wanted: Wanted, sort: Sort = Sort.WORTH) -> Around:
    """Where a case is in the queue that is asked for, or would be. Raises UnknownError where there never was one."""
    now = datetime.now(UTC)
    with resolver.database.reading() as connection:
        row = cases.read(connection, resolver.tenant, number_of(called))
        ahead, number, *ends = cases.around(connection, resolver.tenant, wanted, now, (sort, row))
    before, after = (None if end is None else case_id(end) for end in ends)
    return Around(ahead, number, before, after)


def patterns(resolver: Resolver) -> list[Pattern]:
    """The most frequent kinds of open cases."""
    tenant = resolver.tenant
    with resolver.database.reading() as connection:
        return [
            Pattern(row.pattern, row.number, desk.verdicts_on(connection, tenant, row.pattern))
            for row in cases.patterns(connection, tenant, PATTERNS)
        ]


def nearby(resolver: Resolver, called: str) -> list[Near]:
    """Who else may be the same person as those of a case, the likeliest first: the other open cases about them."""
    tenant = resolver.tenant
    with resolver.database.reading() as connection:
        row = cases.read(connection, tenant, number_of(called))
        here = (row.one, row.other)
        rows, _ = cases.page(connection, tenant, Wanted(entities=here), datetime.now(UTC), (Sort.WORTH, None), NEAR + 1)
        asked = [one for one in rows if one.number != row.number and one.kind == Kind.BETWEEN]
        others = {one.other if one.one in here else one.one: one for one in asked}
        found = past.by_number(connection, tenant, sorted(set(others) - set(here)))
    told = [
        Near(case_id(others[number].number), entity.entity_id, title(entity), others[number].chance)
        for number, entity in found.items()
    ]
    return sorted(told, key=lambda one: (-one.chance, one.entity_id))[:NEAR]


def since(resolver: Resolver, called: str, version: int) -> list[Drift]:
    """What became of the persons of a case since a version of it; of those only that changed."""
    tenant = resolver.tenant
    with resolver.database.reading() as connection:
        row = cases.read(connection, tenant, number_of(called))
        numbers = sorted({row.one, row.other})
        then = past.by_number(connection, tenant, numbers, version)
        told = [_drift(connection, tenant, entity) for entity in then.values()]
    return [one for one in told if one.now != (one.entity_id,) or one.gained or one.lost or one.values]


def _drift(connection: Connection, tenant: str, was: Entity) -> Drift:
    numbers = past.resolved(connection, tenant, was.entity_id) or []
    now = past.entities(connection, tenant, numbers)
    here = {key for entity in now for key in entity.records}
    values = _differing(values_of(was), values_of(now[0])) if len(now) == 1 else {}
    return Drift(
        was.entity_id,
        title(was),
        tuple(entity.entity_id for entity in now),
        tuple(sorted(here - set(was.records))),
        tuple(sorted(set(was.records) - here)),
        values,
    )


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = [name for name in dict.fromkeys([*was, *now]) if was.get(name) != now.get(name)]
    return {name: (was.get(name), now.get(name)) for name in names}


def decide_rest(
    resolver: Resolver, pattern: str, decision: Decision, exclude: Sequence[str], who: str, seen: int | None
) -> tuple[Said, Alike]:
    """Decides the open cases of a pattern as all that were decided so far; else as `review.decide_alike`.

    Raises UsageError unless AGREEING of them or more were decided, and all of them in this way.
    """
    if agreed(review.verdicts(resolver, pattern)) != decision.verdict:
        raise UsageError(f"first decide {AGREEING} cases like this one by one, all in the same way")
    return review.decide_alike(resolver, pattern, decision, exclude, who, seen)


def last_act(resolver: Resolver, who: str) -> int | None:
    """The last of what somebody did that is in force and no undoing: what an undo takes back first."""
    with resolver.database.reading() as connection:
        return acts.last_of(connection, resolver.tenant, who)


def title(entity: Entity) -> str:
    """What a person is called."""
    return next((str(entity.golden[name]) for name in cases.NAMES if entity.golden.get(name)), "?")
