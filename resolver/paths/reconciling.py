"""Reconciling: for each row of somebody's table, the entities it may be of; the best guesses, even if they are poor.

A match tells only what is worth a decision. Whoever reconciles a column of names wants to see namesakes too: entities
that are called so are weighed like any others, and come with their probability, however small it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection

from resolver.contact import Contact
from resolver.errors import TooLittleError
from resolver.model.frozen import Frozen
from resolver.model.model import Evidence
from resolver.model.odds import probabilities
from resolver.paths.matching import NUMBER, RESOLVED, Decision, Match, Newcomer, of_newcomers
from resolver.paths.online import Resolver
from resolver.paths.resettle import weighed
from resolver.paths.searching import Asking, Sought, search
from resolver.paths.showing import is_field
from resolver.paths.whole import Stored
from resolver.store import past
from resolver.store.past import Entity
from resolver.store.rows import framed, read

NAMED_BY = ("full_name", "company", "email", "phone")
"""What an entity is called by: the first of these that it has."""


@dataclass(frozen=True)
class Row:
    """What is said of somebody. words: what they are called, or the id of an entity."""

    contact: Contact
    words: str | None = None
    limit: int = 5


@dataclass(frozen=True)
class Candidate:
    """An entity that somebody may be. certain: whether they would be joined with it, and with no other one.

    features: what speaks for and against it, in bits a field.
    """

    entity: Entity
    probability: float
    certain: bool
    features: dict[str, float] = field(default_factory=dict)


def called(entity: Entity) -> str:
    """What people call an entity; its id where it has no name."""
    return next((str(entity.golden[name]) for name in NAMED_BY if entity.golden.get(name)), entity.entity_id)


def described(entity: Entity) -> str:
    """What tells an entity from its namesakes, in one line."""
    told = (entity.golden.get(name) for name in ("job_title", "company", "city", "email"))
    return ", ".join(dict.fromkeys(str(value) for value in told if value))


def reconcile(resolver: Resolver, rows: Mapping[str, Row]) -> dict[str, list[Candidate]]:
    """The candidates of each row, the likeliest first, all as of one moment."""
    with resolver.database.reading() as connection:
        frozen = resolver.frozen(connection)
        meant = {name: _by_id(connection, frozen.tenant, row.words.strip()) for name, row in rows.items() if row.words}
        told = {name: [Candidate(entity, 1.0, True) for entity in named[:1]] for name, named in meant.items() if named}
        asked = {name: row for name, row in rows.items() if name not in told}
        news = [Newcomer.of(connection, frozen, row.contact) for row in asked.values()]
        found = zip(asked.items(), news, of_newcomers(connection, frozen, news), strict=True)
        told |= {name: _candidates(connection, frozen, row, new, matches) for (name, row), new, matches in found}
        return {name: told[name] for name in rows}


def suggest(resolver: Resolver, prefix: str, skip: int, limit: int) -> list[Entity]:
    """Entities whose names hold words that begin so, or the one with that id; after the first ones that are skipped."""
    with resolver.database.reading() as connection:
        named = _by_id(connection, resolver.tenant, prefix.strip())
        frozen = resolver.frozen(connection)
        found = _called(connection, frozen, prefix, skip + limit) if not named else []
        return [*named, *found][skip : skip + limit]


def _candidates(
    connection: Connection, frozen: Frozen, row: Row, new: Newcomer, found: Sequence[Match]
) -> list[Candidate]:
    """found: whom the row's contact matches."""
    joined = [one.entity_id for one in found if one.decision == Decision.AUTO]
    entities = past.by_id(connection, frozen.tenant, [one.entity_id for one in found])
    matched = [
        Candidate(entities[one.entity_id], one.probability, joined == [one.entity_id], _features(one.evidence))
        for one in found
    ]
    others: list[Entity] = []
    if row.words and len(matched) < row.limit:
        alike = _called(connection, frozen, row.words, row.limit + len(matched))
        others = [entity for entity in alike if entity.entity_id not in entities]
    weighed_too = _weighed(connection, frozen, new, others)
    return sorted(
        [*matched, *weighed_too], key=lambda each: (not each.certain, -each.probability, each.entity.entity_id)
    )[: row.limit]


def _weighed(connection: Connection, frozen: Frozen, new: Newcomer, others: Sequence[Entity]) -> list[Candidate]:
    """Entities by the record of each that is most like the newcomer."""
    if not others:
        return []
    numbers = [past.number_of(connection, frozen.tenant, entity.entity_id) for entity in others]
    found = read(connection, frozen.tenant, "entity", [number for number in numbers if number], RESOLVED)
    rows = framed([*found, new.row()], RESOLVED)
    members = np.array([row[0] for row in found], dtype=np.int64)
    scored = weighed(rows, (np.full(len(members), NUMBER), members), frozen, Stored(connection))
    of_row, of_entity = rows["number"].to_numpy(), rows["entity"].to_list()
    best: dict[int, tuple[float, int]] = {}
    for place, logit in enumerate(scored.logits.tolist()):
        left, right = int(scored.left[place]), int(scored.right[place])
        entity = of_entity[right if of_row[left] == NUMBER else left]
        best[entity] = max(best.get(entity, (-np.inf, 0)), (logit, int(scored.patterns[place])))
    return [
        Candidate(
            entity,
            float(probabilities(np.asarray(best[number][0]))),
            False,
            _features(frozen.model.evidence(best[number][1])),
        )
        for entity, number in zip(others, numbers, strict=True)
        if number in best
    ]


def _called(connection: Connection, frozen: Frozen, words: str, limit: int) -> list[Entity]:
    try:
        return list(search(connection, frozen, Sought(words=words), Asking(limit=limit)).entities)
    except TooLittleError:
        return []  # nobody is called by signs that are no words


def _by_id(connection: Connection, tenant: str, entity_id: str) -> list[Entity]:
    """What an id stands for now; nothing for what is no id."""
    numbers = past.resolved(connection, tenant, entity_id)
    return past.entities(connection, tenant, numbers) if numbers else []


def _features(evidence: Iterable[Evidence]) -> dict[str, float]:
    told: dict[str, float] = {}
    for line in evidence:
        if is_field(line.field):
            told[line.field] = told.get(line.field, 0.0) + float(line.weight)
    return told
