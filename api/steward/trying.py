"""Trying: what other rules, or another model, would do to people, as pages tell it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.steward import person
from api.steward.session import Visit
from resolver.model.frozen import Frozen
from resolver.paths.previewing import Foreseen
from resolver.store.census import Census, census
from resolver.store.database import Database
from resolver.store.journal import Kind

SHOWN = 12
"""Of so many people it is told one by one what would happen."""
FIRST = (Kind.MERGED, Kind.SPLIT, Kind.CREATED, Kind.UPDATED)
"""What is told first of them."""


@dataclass(frozen=True)
class Effect:
    """What would happen. seen: what names all that would be in force, to put in force that and nothing else.

    people, then: how many there are, and would be. lines: of the first; beyond: how many more there are.
    """

    seen: str
    people: int
    then: int
    kinds: Mapping[str, int]
    lines: list[tuple[str, str, str, str]]
    beyond: int


def effect(visit: Visit, frozen: Frozen, foreseen: Sequence[Foreseen]) -> Effect:
    """What would happen were a model put in force."""
    now = counted(visit.resolver.database, visit.resolver.tenant).people
    more = sum((one.after is not None) - (one.before is not None) for one in foreseen)
    first = sorted(foreseen, key=_order)[:SHOWN]
    return Effect(
        frozen.fingerprint,
        now,
        now + more,
        Counter(one.kind for one in foreseen),
        person.foreseen(first),
        len(foreseen) - len(first),
    )


def counted(database: Database, tenant: str) -> Census:
    """How many records and people there are."""
    with database.reading() as connection:
        return census(connection, tenant)


def _order(one: Foreseen) -> tuple[int, str]:
    return FIRST.index(one.kind) if one.kind in FIRST else len(FIRST), one.entity_id
