"""Matching: whom a contact would be joined with, if it were taken over; nothing is written."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection

from resolver.columns import Rows, distinct
from resolver.contact import Contact
from resolver.model.cutoffs import WORTH_ASKING
from resolver.model.frozen import Frozen
from resolver.model.layout import kind
from resolver.model.model import Evidence
from resolver.model.odds import log_odds, probabilities
from resolver.paths.arrive import DELETED, bouncing
from resolver.paths.linkage import joins_above
from resolver.paths.reading import part_of, scored_of
from resolver.paths.region import Region
from resolver.paths.resettle import met_by_each, weighed
from resolver.paths.whole import Stored
from resolver.result import Scored
from resolver.steps.keys import NO_KEYS
from resolver.steps.single import Values, single, single_keys
from resolver.steps.weigh import DOUBT
from resolver.store.rows import Row, framed, read
from resolver.store.scores import Pairs, within
from rules.values.arrays import among
from rules.values.hashes import Hashes

NUMBER = 0
"""Stands for a contact among records that are stored; further ones are -1, -2, and so on. None of these has such."""
RESOLVED = ("number", "source", "record_id", "normalised", "excluded", "keys", "reach", "entity")
"""What it takes to resolve records of the store."""
COMPARED = RESOLVED[:4]
"""What it takes to compare them."""
KEYS, REACH, ENTITY = (RESOLVED.index(name) for name in ("keys", "reach", "entity"))


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

    def row(self, number: int = NUMBER) -> Row:
        """The contact as a row of the store, as far as it takes to resolve it: `RESOLVED`."""
        said = json.dumps(self.values), DELETED if self.contact.deleted else None
        return number, self.contact.source, self.contact.record_id, *said, self.keys.tobytes(), number, None


def match(connection: Connection, frozen: Frozen, contact: Contact) -> list[Match]:
    """The entities that one contact may be of, the likeliest first."""
    return of_newcomers(connection, frozen, [Newcomer.of(connection, frozen, contact)])[0]


def of_newcomers(connection: Connection, frozen: Frozen, news: Sequence[Newcomer]) -> list[list[Match]]:
    """The entities that each newcomer may be of, the likeliest first. They are looked up and compared together, but for
    each of them the store is what it is without the others."""
    whole = Stored(connection)
    met = met_by_each([new.keys for new in news], frozen, whole)
    rows = {row[0]: row for row in read(connection, frozen.tenant, "number", _all(met), RESOLVED)}
    each = _compared(frozen, news, [[rows[number] for number in mine.tolist()] for mine in met], whole)
    near: dict[int, list[Row]] = {}
    for row in read(connection, frozen.tenant, "reach", _all([one.reaches for one in each]), RESOLVED):
        near.setdefault(row[REACH], []).append(row)
    told = within(connection, _all([np.array([row[0] for row in rows], dtype=np.int64) for rows in near.values()]))
    around = [_Around.of(one, near, told) for one in each]
    joined = _joined(frozen, around, whole)
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

    number: stands for it. others: rows, RESOLVED, by number. like: the number of the record that each scored pair is
    about. reaches: those that evidence for joining connects it with.
    """

    new: Newcomer
    number: int
    others: Mapping[int, Row]
    like: Rows
    scored: Scored
    reaches: Rows

    @property
    def row(self) -> Row:
        """The newcomer as a row of the store."""
        return self.new.row(self.number)

    @property
    def pairs(self) -> Pairs:
        """The scored pairs."""
        return Pairs(np.full(len(self.like), self.number), self.like, self.scored.patterns, self.scored.logits)


def _compared(frozen: Frozen, news: Sequence[Newcomer], met: Sequence[Sequence[Row]], whole: Stored) -> list[_Compared]:
    """Newcomers compared with whom they meet, all in one go: what two records show depends on no third one.

    met: the records that share a key with each, itself among them where it is in the store already.
    """
    keys = [(new.contact.source, new.contact.record_id) for new in news]
    others = [{row[0]: row for row in mine if (row[1], row[2]) != key} for key, mine in zip(keys, met, strict=True)]
    own = NUMBER - np.arange(len(news))
    every = {number: row for mine in others for number, row in mine.items()}
    newest = [new.row(number) for new, number in zip(news, own.tolist(), strict=True)]
    rows = framed([row[: len(COMPARED)] for row in (*every.values(), *newest)], COMPARED)
    ends = np.repeat(own, [*map(len, others)]), np.array([number for mine in others for number in mine], dtype=np.int64)
    scored = weighed(rows, ends, frozen, whole)
    of_row = rows["number"].to_numpy()
    left, right = of_row[scored.left], of_row[scored.right]
    mine, like = np.minimum(left, right), np.maximum(left, right)
    joins = scored.logits > joins_above(frozen.ruleset.thresholds)
    found = []
    for new, number, there in zip(news, own.tolist(), others, strict=True):
        ours = mine == number
        reaches = np.array(sorted({there[one][REACH] for one in like[ours & joins].tolist()}), dtype=np.int64)
        found.append(_Compared(new, number, there, like[ours], scored.where(ours), reaches))
    return found


@dataclass(frozen=True)
class _Around:
    """A newcomer, the records that any evidence connects it with, and the scored pairs of all these."""

    compared: _Compared
    near: Sequence[Row]
    pairs: Pairs

    @classmethod
    def of(cls, compared: _Compared, near: Mapping[int, Sequence[Row]], told: Pairs) -> "_Around":
        """near: the records of each reach. told: the pairs of all these."""
        mine = [row for reach in compared.reaches.tolist() for row in near[reach]]
        numbers = np.array(sorted(row[0] for row in mine), dtype=np.int64)
        own = compared.pairs
        own = own.where(among(own.right, numbers) & (own.logits > DOUBT))
        inside = told.where(among(told.left, numbers) & among(told.right, numbers))
        return cls(compared, mine, Pairs(*(np.concatenate(both) for both in zip(own, inside, strict=True))))

    @property
    def rows(self) -> list[Row]:
        """The records and the newcomer."""
        return [*self.near, self.compared.row]

    def is_apart(self, others: Iterable["_Around"]) -> bool:
        """Whether it has no record in common with others, and none that says the same as any of theirs: then nothing of
        one tells about the other. Who says the same has the same keys."""
        told, reaches = {row[KEYS] for row in self.rows}, set(self.compared.reaches.tolist())
        return all(
            reaches.isdisjoint(other.compared.reaches.tolist()) and told.isdisjoint(row[KEYS] for row in other.rows)
            for other in others
        )


def _is_one(around: _Around, threshold: float) -> bool:
    """Whether the records are one entity, and every two of them and of the newcomer speak for being one person.

    However they are grouped on the way, the mean between two groups is above the threshold: all end up as one.
    """
    two = len(around.near) * (len(around.near) + 1) // 2
    return len({row[ENTITY] for row in around.near}) == 1 and int((around.pairs.logits > threshold).sum()) == two


def _joined(frozen: Frozen, around: Sequence[_Around], whole: Stored) -> list[Sequence[Row]]:
    """The records that each newcomer would be one entity with."""
    threshold = joins_above(frozen.ruleset.thresholds)
    together: list[list[_Around]] = []
    for one in around:
        if one.near and not _is_one(one, threshold):
            fitting = next((some for some in together if one.is_apart(some)), None)
            if fitting is None:
                together.append([one])
            else:
                fitting.append(one)
    joined = {one.compared.number: one.near for one in around}
    for some in together:
        joined |= _grouped(frozen, some, whole)
    return [joined[one.compared.number] for one in around]


def _grouped(frozen: Frozen, around: Sequence[_Around], whole: Stored) -> dict[int, Sequence[Row]]:
    """The same for each of those that are apart from each other, by its number."""
    rows = framed([row for one in around for row in one.rows], RESOLVED)
    numbers = rows["number"].to_numpy()
    pairs = Pairs(*(np.concatenate(columns) for columns in zip(*(one.pairs for one in around), strict=True)))
    entity = Region.of(part_of(whole.connection, rows, scored_of(numbers, pairs, frozen)), frozen, whole).entity
    of = dict(zip(numbers.tolist(), entity.tolist(), strict=True))
    return {one.compared.number: [row for row in one.near if of[row[0]] == of[one.compared.number]] for one in around}


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
