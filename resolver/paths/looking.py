"""Looking: whom a contact may be, with all that a form or a steward needs to see; nothing is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from resolver.contact import Contact
from resolver.errors import TooLittleError
from resolver.model.cutoffs import EVEN, FORGOTTEN
from resolver.model.frozen import Frozen
from resolver.paths.matching import Decision, Match, Newcomer, of_newcomers
from resolver.paths.showing import Content, match_key, shown
from resolver.store import past
from resolver.store.contents import named
from resolver.store.past import Entity
from rules.ruleset import Thresholds

MOST = 100
"""Entities that are told of at most."""


class Grade(StrEnum):
    """How sure it is that a contact is of an entity: certain is joined without a doubt, probable is likelier than not,
    possible is worth a look."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


@dataclass(frozen=True)
class Shown:
    """What one field showed. left: what the contact says in it; right: what the record says that is most like it."""

    field: str
    level: str
    weight: float
    left: str | None
    right: str | None


@dataclass(frozen=True)
class Found:
    """An entity that a contact may be of, and why."""

    match: Match
    grade: Grade
    match_key: str
    evidence: tuple[Shown, ...]
    entity: Entity


@dataclass(frozen=True)
class Wanted:
    """What is worth being told. threshold: the least probability. exclude: ids of entities, and records as `source:id`
    whose entities are not meant. sources: only entities that have a record of one of these; of any where none is named.
    """

    limit: int = 10
    threshold: float = 0.0
    only_certain: bool = False
    exclude: Collection[str] = ()
    sources: Collection[str] = ()


Looked = list[Found] | TooLittleError
"""What was found, or that the contact says too little."""


def look(connection: Connection, frozen: Frozen, contact: Contact, wanted: Wanted) -> list[Found]:
    """The entities that a contact may be of, the likeliest first.

    Raises TooLittleError for a contact that says nothing by which anybody could be found.
    """
    (found,) = look_all(connection, frozen, [(contact, wanted)])
    if isinstance(found, TooLittleError):
        raise found
    return found


def look_all(connection: Connection, frozen: Frozen, asked: Sequence[tuple[Contact, Wanted]]) -> list[Looked]:
    """The same for several contacts, each with what is wanted of it, which are looked up together."""
    news = [Newcomer.of(connection, frozen, contact) for contact, _ in asked]
    likely = [
        _wanted(matches, wanted, frozen.ruleset.thresholds)
        for matches, (_, wanted) in zip(of_newcomers(connection, frozen, news), asked, strict=True)
    ]
    entities = past.by_id(connection, frozen.tenant, sorted({one.entity_id for some in likely for one in some}))
    kept = [
        _meant(connection, frozen.tenant, some, entities, wanted)
        for some, (_, wanted) in zip(likely, asked, strict=True)
    ]
    said = named(connection, frozen.tenant, sorted({one.record for some in kept for one in some}))
    return [
        [_found(one, entities[one.entity_id], new.said, said[one.record].content, frozen) for one in some]
        if len(new.keys)
        else TooLittleError("the contact says too little for anybody to be found by; add an e-mail, a phone or a name")
        for new, some in zip(news, kept, strict=True)
    ]


def _wanted(matches: Sequence[Match], wanted: Wanted, fixed: Thresholds) -> list[Match]:
    likely = [one for one in matches if one.probability >= wanted.threshold]
    return [one for one in likely if grade_of(one, fixed) == Grade.CERTAIN] if wanted.only_certain else likely


def _meant(
    connection: Connection, tenant: str, likely: Sequence[Match], entities: Mapping[str, Entity], wanted: Wanted
) -> list[Match]:
    unwanted = _unwanted(connection, tenant, wanted.exclude)
    return [one for one in likely if _is_meant(entities[one.entity_id], unwanted, wanted.sources)][: wanted.limit]


def grade_of(found: Match, fixed: Thresholds) -> Grade:
    """How sure a match is."""
    if found.decision == Decision.AUTO:
        return Grade.CERTAIN if found.probability >= (fixed.sure or 1 - FORGOTTEN) else Grade.PROBABLE
    return Grade.PROBABLE if is_likely(found, fixed) else Grade.POSSIBLE


def is_likely(found: Match, fixed: Thresholds) -> bool:
    """Whether the two records alone would be joined, whatever the rest of the entity says."""
    return found.probability > (fixed.match or EVEN)


def _found(one: Match, entity: Entity, mine: Content, theirs: Content, frozen: Frozen) -> Found:
    evidence = tuple(
        Shown(line.field, line.level, float(line.weight), shown(mine, line.field), shown(theirs, line.field))
        for line in one.evidence
    )
    return Found(one, grade_of(one, frozen.ruleset.thresholds), match_key(one.evidence), evidence, entity)


def _unwanted(connection: Connection, tenant: str, words: Collection[str]) -> set[str]:
    """The words, and the present ids of the entities that they name."""
    numbers = [number for word in words for number in past.resolved(connection, tenant, word) or []]
    now = past.entities(connection, tenant, numbers) if numbers else []
    return {*words, *(entity.entity_id for entity in now)}


def _is_meant(entity: Entity, unwanted: set[str], sources: Collection[str]) -> bool:
    if entity.entity_id in unwanted or not unwanted.isdisjoint(entity.records):
        return False
    return not sources or any(record.startswith(f"{source}:") for source in sources for record in entity.records)
