"""Matching: whom a contact would be joined with, if it were taken over; nothing is written."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from sqlalchemy import Connection

from resolver.columns import Rows
from resolver.model.cutoffs import WORTH_ASKING
from resolver.model.frozen import Frozen
from resolver.model.model import Evidence
from resolver.model.odds import log_odds, probabilities
from resolver.paths.arrive import unstored
from resolver.paths.linkage import joins_above
from resolver.paths.reading import resolve_rows
from resolver.paths.resettle import Writing, meeting, weighed
from resolver.paths.taking import KEY
from resolver.paths.whole import Stored
from resolver.result import Scored
from resolver.store.rows import fetch

NUMBER = 0
"""Stands for the contact among records that are stored; none of these has it."""


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


def match(connection: Connection, frozen: Frozen, contact: pl.DataFrame) -> list[Match]:
    """The entities that one contact, RECORDS, may be of, the likeliest first."""
    new = unstored(connection, frozen, contact, NUMBER)
    reading = Writing(connection, frozen, NUMBER)
    one, other = meeting(reading, new)
    same = fetch(connection, frozen.tenant, "record_id", contact["record_id"].to_list(), ("number", *KEY))
    itself = same.filter(pl.col("source") == contact["source"][0])["number"].to_numpy()
    one, other = one[~np.isin(other, itself)], other[~np.isin(other, itself)]
    if not len(one):
        return []
    others = fetch(connection, frozen.tenant, "number", other, (*KEY, "number", "normalised"))
    rows = pl.concat([new.select(others.columns), others]).sort("record_id", "source")
    scored = weighed(reading, rows, (one, other))
    numbers = rows["number"].to_numpy()
    found = np.where(numbers[scored.left] == NUMBER, numbers[scored.right], numbers[scored.left])
    joined = _joined(connection, frozen, new, found[scored.logits > joins_above(frozen.ruleset.thresholds)])
    return _by_entity(connection, frozen, found, scored, joined)


def _joined(connection: Connection, frozen: Frozen, new: pl.DataFrame, like: Rows) -> set[int]:
    """The records that the contact would be one entity with. like: those that evidence connects it with."""
    if not len(like):
        return set()
    reaches = fetch(connection, frozen.tenant, "number", like, ("reach",))["reach"].unique().to_numpy()
    rows = pl.concat([new, fetch(connection, frozen.tenant, "reach", reaches)]).sort("record_id", "source")
    region = resolve_rows(connection, frozen, rows, Stored(connection))
    numbers = rows["number"].to_numpy()
    mine = region.entity == region.entity[np.flatnonzero(numbers == NUMBER)[0]]
    return set(numbers[mine].tolist()) - {NUMBER}


def _by_entity(connection: Connection, frozen: Frozen, found: Rows, scored: Scored, joined: set[int]) -> list[Match]:
    """The best record of each entity that the contact is joined with, or that a steward would be asked about."""
    patterns, logits = scored.patterns, scored.logits
    numbers = np.asarray([*joined, *found.tolist()], dtype=np.int64)
    rows = fetch(connection, frozen.tenant, "number", numbers, ("number", *KEY, "entity"))
    named = fetch(connection, frozen.tenant, "number", rows["entity"].unique().to_numpy(), ("number", "name"))
    names = dict(named.iter_rows())
    of = {number: (names[entity], f"{source}:{record_id}") for number, source, record_id, entity in rows.iter_rows()}
    ours = {of[number][0] for number in joined}
    best: dict[str, Match] = {}
    for place in np.argsort(-logits, kind="stable").tolist():
        entity, record = of[int(found[place])]
        decision = _decision(entity in ours, float(logits[place]))
        if entity not in best and decision != Decision.NONE:
            chance = float(probabilities(logits[place]))
            evidence = tuple(frozen.model.evidence(int(patterns[place])))
            best[entity] = Match(entity, decision, chance, record, evidence)
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
