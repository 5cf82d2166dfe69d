"""Matching: whom a contact would be joined with, if it were taken over; nothing is written."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import Connection

from resolver.columns import Rows, column_of_lists
from resolver.contact import Contact
from resolver.hashes import Hashes
from resolver.model.cutoffs import WORTH_ASKING
from resolver.model.frozen import Frozen
from resolver.model.layout import kind
from resolver.model.model import Evidence
from resolver.model.odds import log_odds, probabilities
from resolver.paths.arrive import DELETED
from resolver.paths.linkage import joins_above
from resolver.paths.reading import resolve_rows
from resolver.paths.resettle import Writing, met_by, weighed
from resolver.paths.whole import Stored
from resolver.result import Scored
from resolver.steps.footprint import BOUNCED, value_numbers
from resolver.steps.keys import NO_KEYS
from resolver.steps.single import Values, single, single_keys
from resolver.store.lookups import signed, sizes
from resolver.store.rows import Row, framed, read
from resolver.store.tables import holders

NUMBER = 0
"""Stands for the contact among records that are stored; none of these has it."""
RESOLVED = ("number", "source", "record_id", "normalised", "excluded", "keys", "reach", "entity")
"""What it takes to resolve records of the store."""


class Decision(StrEnum):
    """What would become of the contact."""

    AUTO = "auto"
    REVIEW = "review"
    NONE = "none"


@dataclass(frozen=True)
class Match:
    """An entity that a contact may be of.

    probability: that the contact and the record of the entity that is most like it are one person. record: this record,
    as `source:id`. evidence: what speaks for and against that, in bits. decision: whether the contact would be joined
    with the entity, whether a steward would be asked, or neither.
    """

    entity_id: str
    decision: Decision
    probability: float
    record: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Newcomer:
    """A contact that is in no store yet.

    values: what is compared of it. keys: by what it is found; without any nobody can be like it.
    """

    contact: Contact
    values: Values
    keys: Hashes

    @classmethod
    def of(cls, connection: Connection, frozen: Frozen, contact: Contact) -> "Newcomer":
        """What the steps of a batch would make of the contact, beside what the store holds."""
        known, said, bounces = frozen.model.layout.levels, contact.model_dump(), False
        if contact.external_ids:
            ids = column_of_lists([single(said, known).get("identifier")])
            told = value_numbers({"identifier": ids}, "identifier", BOUNCED, frozen)
            bounces = bool(sizes(connection, holders, signed(told[told > 0])).any())
        values = single(said, known, bounces=bounces)
        if contact.deleted:
            return cls(contact, values, NO_KEYS)
        compared = {name: held for name, held in values.items() if kind(name) in frozen.ruleset.compare}
        return cls(contact, values, single_keys(compared, frozen))

    @property
    def row(self) -> tuple[Any, ...]:
        """The contact as a row of the store, as far as it takes to resolve it: `RESOLVED`."""
        said = json.dumps(self.values), DELETED if self.contact.deleted else None
        return NUMBER, self.contact.source, self.contact.record_id, *said, self.keys.tobytes(), NUMBER, None


def match(connection: Connection, frozen: Frozen, contact: Contact) -> list[Match]:
    """The entities that one contact may be of, the likeliest first."""
    return of_newcomer(connection, frozen, Newcomer.of(connection, frozen, contact))


def of_newcomer(connection: Connection, frozen: Frozen, new: Newcomer) -> list[Match]:
    """The entities that a newcomer may be of, the likeliest first."""
    contact, reading = new.contact, Writing(connection, frozen, NUMBER)
    met, itself = met_by(connection, new.keys, frozen), (contact.source, contact.record_id)
    others = [row for row in read(connection, frozen.tenant, "number", met, RESOLVED) if row[1:3] != itself]
    if not others:
        return []
    rows = framed([*others, new.row], RESOLVED)
    numbers = np.array([row[0] for row in others], dtype=np.int64)
    scored = weighed(reading, rows, (np.full(len(numbers), NUMBER), numbers))
    of_row = rows["number"].to_numpy()
    like = np.where(of_row[scored.left] == NUMBER, of_row[scored.right], of_row[scored.left])
    reach, certain = {row[0]: row[-2] for row in others}, like[scored.logits > joins_above(frozen.ruleset.thresholds)]
    joined = _joined(connection, frozen, new, {reach[number] for number in certain.tolist()})
    return _by_entity(connection, frozen, [*others, *joined], (like, scored), {row[0] for row in joined})


def _joined(connection: Connection, frozen: Frozen, new: Newcomer, reaches: Collection[int]) -> list[Row]:
    """The records that the contact would be one entity with, as RESOLVED. reaches: those it is connected with."""
    if not reaches:
        return []
    near = read(connection, frozen.tenant, "reach", sorted(reaches), RESOLVED)
    rows = framed([*near, new.row], RESOLVED)
    numbers, entity = rows["number"].to_numpy(), resolve_rows(connection, frozen, rows, Stored(connection)).entity
    ours = set(numbers[entity == entity[numbers == NUMBER]].tolist())
    return [row for row in near if row[0] in ours]


def _by_entity(
    connection: Connection, frozen: Frozen, rows: Sequence[Row], found: tuple[Rows, Scored], joined: Collection[int]
) -> list[Match]:
    """The best record of each entity that the contact is joined with, or that a steward would be asked about.

    rows: all records that count, as RESOLVED. found: the record that each scored pair is about. joined: those that the
    contact is joined with, by number.
    """
    like, scored = found
    entities = sorted({row[-1] for row in rows})
    named = read(connection, frozen.tenant, "number", entities, ("number", "name"))
    names: dict[int, str] = dict(named)  # type: ignore[arg-type]
    of = {row[0]: (names[row[-1]], f"{row[1]}:{row[2]}") for row in rows}
    ours = {of[number][0] for number in joined}
    best: dict[str, Match] = {}
    chances = probabilities(scored.logits)
    for place in np.argsort(-scored.logits, kind="stable").tolist():
        entity, record = of[int(like[place])]
        decision = _decision(entity in ours, float(scored.logits[place]))
        if decision == Decision.NONE:
            continue
        if entity not in best:
            evidence = tuple(frozen.model.evidence(int(scored.patterns[place])))
            best[entity] = Match(entity, decision, float(chances[place]), record, evidence)
    for entity, record in sorted(of[number] for number in joined):
        # joined through others alone, without a record that the contact was compared with
        best.setdefault(
            entity, Match(entity, Decision.AUTO, max(each.probability for each in best.values()), record, ())
        )
    return sorted(best.values(), key=lambda each: (each.decision != Decision.AUTO, -each.probability, each.entity_id))


def _decision(joined: bool, logit: float) -> Decision:
    if joined:
        return Decision.AUTO
    return Decision.REVIEW if logit >= log_odds(WORTH_ASKING) else Decision.NONE
