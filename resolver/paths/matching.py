"""Matching: whom a contact would be joined with, if it were taken over; nothing is written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection

from resolver.columns import Rows, distinct
from resolver.contact import Contact
from resolver.hashes import Hashes
from resolver.model.cutoffs import WORTH_ASKING
from resolver.model.frozen import Frozen
from resolver.model.layout import kind
from resolver.model.model import Evidence
from resolver.model.odds import log_odds, probabilities
from resolver.paths.arrive import DELETED, bouncing
from resolver.paths.linkage import joins_above
from resolver.paths.reading import resolve_rows, scored_of
from resolver.paths.resettle import met_by_each, weighed
from resolver.paths.whole import Stored
from resolver.result import Scored
from resolver.steps.keys import NO_KEYS
from resolver.steps.single import Values, single, single_keys
from resolver.steps.weigh import DOUBT
from resolver.store.rows import Row, framed, read
from resolver.store.scores import Pairs, within

NUMBER = 0
"""Stands for the contact among records that are stored; none of these has it."""
RESOLVED = ("number", "source", "record_id", "normalised", "excluded", "keys", "reach", "entity")
"""What it takes to resolve records of the store."""
REACH, ENTITY = RESOLVED.index("reach"), RESOLVED.index("entity")


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

    said: the contact as plain data. values: what is compared of it. keys: by what it is found: none where it says too
    little, or was deleted, and then nobody can be like it.
    """

    contact: Contact
    said: Mapping[str, Any]
    values: Values
    keys: Hashes

    @classmethod
    def of(cls, connection: Connection, frozen: Frozen, contact: Contact) -> "Newcomer":
        """What the steps of a batch would make of the contact, beside what the store holds."""
        known, said = frozen.model.layout.levels, contact.model_dump()
        values = single(said, known)
        if bouncing(connection, frozen, values.get("identifier", []), pl.Series(dtype=pl.Int64)):
            values = single(said, known, bounces=True)
        if contact.deleted:
            return cls(contact, said, values, NO_KEYS)
        compared = {name: held for name, held in values.items() if kind(name) in frozen.ruleset.compare}
        return cls(contact, said, values, single_keys(compared, frozen))

    @property
    def row(self) -> tuple[Any, ...]:
        """The contact as a row of the store, as far as it takes to resolve it: `RESOLVED`."""
        said = json.dumps(self.values), DELETED if self.contact.deleted else None
        return NUMBER, self.contact.source, self.contact.record_id, *said, self.keys.tobytes(), NUMBER, None


def match(connection: Connection, frozen: Frozen, contact: Contact) -> list[Match]:
    """The entities that one contact may be of, the likeliest first."""
    return of_newcomers(connection, frozen, [Newcomer.of(connection, frozen, contact)])[0]


def of_newcomers(connection: Connection, frozen: Frozen, news: Sequence[Newcomer]) -> list[list[Match]]:
    """The entities that each newcomer may be of, the likeliest first. They are looked up together, but for each of them
    the store is what it is without the others."""
    whole = Stored(connection)
    met = met_by_each([new.keys for new in news], frozen, whole)
    rows = {row[0]: row for row in read(connection, frozen.tenant, "number", _all(met), RESOLVED)}
    each = [
        _Compared.of(frozen, new, [rows[number] for number in mine.tolist()], whole)
        for new, mine in zip(news, met, strict=True)
    ]
    near: dict[int, list[Row]] = {}
    for row in read(connection, frozen.tenant, "reach", _all([one.reaches for one in each]), RESOLVED):
        near.setdefault(row[REACH], []).append(row)
    told = within(connection, _all([np.array([row[0] for rows in near.values() for row in rows], dtype=np.int64)]))
    joined = [
        _joined(frozen, one, [row for reach in one.reaches.tolist() for row in near[reach]], told, whole)
        for one in each
    ]
    found = [_by_entity(frozen, one, with_it) for one, with_it in zip(each, joined, strict=True)]
    entities = sorted({entity for best in found for entity in best})
    named = read(connection, frozen.tenant, "number", entities, ("number", "name"))
    names: dict[int, str] = dict(named)  # type: ignore[arg-type]
    return [_in_order([Match(names[entity], *one) for entity, one in best.items()]) for best in found]


def _all(several: Sequence[Rows]) -> Rows:
    return distinct(np.concatenate([np.zeros(0, dtype=np.int64), *several]))


@dataclass(frozen=True)
class _Compared:
    """A newcomer and whom it meets.

    others: rows, RESOLVED, by number. like: the number of the record that each scored pair is about.
    """

    new: Newcomer
    others: Mapping[int, Row]
    like: Rows
    scored: Scored
    reaches: Rows
    """Of those that evidence for joining connects it with."""

    @property
    def pairs(self) -> Pairs:
        """The scored pairs."""
        return Pairs(np.full(len(self.like), NUMBER), self.like, self.scored.patterns, self.scored.logits)

    @classmethod
    def of(cls, frozen: Frozen, new: Newcomer, met: Sequence[Row], whole: Stored) -> "_Compared":
        """met: the records that share a key with it, itself among them where it is in the store already."""
        itself = (new.contact.source, new.contact.record_id)
        others = {row[0]: row for row in met if (row[1], row[2]) != itself}
        rows = framed([*others.values(), new.row], RESOLVED)
        numbers = np.array([*others], dtype=np.int64)
        scored = weighed(rows, (np.full(len(numbers), NUMBER), numbers), frozen, whole)
        of_row = rows["number"].to_numpy()
        like = np.where(of_row[scored.left] == NUMBER, of_row[scored.right], of_row[scored.left])
        certain = like[scored.logits > joins_above(frozen.ruleset.thresholds)].tolist()
        reaches = np.array(sorted({others[number][REACH] for number in certain}), dtype=np.int64)
        return cls(new, others, like, scored, reaches)


def _joined(frozen: Frozen, compared: "_Compared", near: Sequence[Row], told: Pairs, whole: Stored) -> Sequence[Row]:
    """The records that the contact would be one entity with. near: all that any evidence connects it with. told: the
    pairs of these, and of others."""
    if len(near) < 2:
        return near  # nothing else speaks for or against it
    rows = framed([*near, compared.new.row], RESOLVED)
    numbers = rows["number"].to_numpy()
    pairs = Pairs(*(np.concatenate(both) for both in zip(told, compared.pairs, strict=True)))
    among = np.isin(pairs.left, numbers) & np.isin(pairs.right, numbers) & (pairs.logits > DOUBT)
    scored = scored_of(numbers, pairs.where(among), frozen)
    entity = resolve_rows(whole.connection, frozen, rows, whole, scored).entity
    ours = set(numbers[entity == entity[numbers == NUMBER]].tolist())
    return [row for row in near if row[0] in ours]


Best = tuple[Decision, float, str, tuple[Evidence, ...]]
"""What `Match` says besides the entity."""


def _by_entity(frozen: Frozen, compared: _Compared, joined: Sequence[Row]) -> dict[int, Best]:
    """The best record of each entity that the contact is joined with, or that a steward would be asked about."""
    ours, scored = {row[ENTITY] for row in joined}, compared.scored
    chances = probabilities(scored.logits)
    best: dict[int, Best] = {}
    for place in np.argsort(-scored.logits, kind="stable").tolist():
        row = compared.others[int(compared.like[place])]
        decision = _decision(row[ENTITY] in ours, float(scored.logits[place]))
        if decision != Decision.NONE and row[ENTITY] not in best:
            evidence = frozen.model.explained(int(scored.patterns[place]))
            best[row[ENTITY]] = decision, float(chances[place]), _key(row), evidence
    for row in sorted(joined, key=lambda row: (row[ENTITY], _key(row))):
        # joined through others alone, without a record that the contact was compared with
        best.setdefault(row[ENTITY], (Decision.AUTO, max(each[1] for each in best.values()), _key(row), ()))
    return best


def _key(row: Row) -> str:
    return f"{row[1]}:{row[2]}"


def _in_order(found: list[Match]) -> list[Match]:
    return sorted(found, key=lambda each: (each.decision != Decision.AUTO, -each.probability, each.entity_id))


def _decision(joined: bool, logit: float) -> Decision:
    if joined:
        return Decision.AUTO
    return Decision.REVIEW if logit >= log_odds(WORTH_ASKING) else Decision.NONE
