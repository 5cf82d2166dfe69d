"""Census: how many records and people a tenant has, source by source, and how its scored pairs are spread."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Integer, and_, cast, func, select

from resolver.judgement import Verdict
from resolver.store.tables import acts, judgements, records, scores

STEPS = 8
"""Scored pairs are counted in steps of an eighth of a natural log odds."""


@dataclass(frozen=True)
class SourceCount:
    """How many live records a source has, and of how many people they are."""

    source: str
    records: int
    people: int

    @property
    def again(self) -> int:
        """Records of people whom the source has already."""
        return self.records - self.people


@dataclass(frozen=True)
class Census:
    """All live records and people of a tenant, and those of each source, the largest first."""

    records: int
    people: int
    sources: tuple[SourceCount, ...]


def census(connection: Connection, tenant: str) -> Census:
    """How many there are."""
    live = and_(records.c.tenant == tenant, records.c.entity.is_not(None))
    number, people = func.count(), func.count(records.c.entity.distinct())
    whole = connection.execute(select(number, people).where(live)).one()
    each = connection.execute(
        select(records.c.source, number, people).where(live).group_by(records.c.source).order_by(number.desc())
    )
    return Census(whole[0], whole[1], tuple(SourceCount(*row) for row in each))


def spread(connection: Connection, tenant: str) -> dict[int, int]:
    """How many scored pairs there are at each step of log odds."""
    step = _step()
    query = select(step, func.count()).join(records, records.c.number == scores.c.left)
    rows = connection.execute(query.where(records.c.tenant == tenant).group_by(step)).all()
    return {int(place): int(number) for place, number in rows}


def told(connection: Connection, tenant: str) -> list[tuple[int, bool]]:
    """What people said of scored pairs that they were sure of: the step of log odds, and whether they are the same."""
    both = and_(scores.c.left == judgements.c.left, scores.c.right == judgements.c.right)
    sure = judgements.c.verdict.in_((str(Verdict.SAME), str(Verdict.DIFFERENT)))
    query = (
        select(_step(), judgements.c.verdict)
        .join_from(judgements, acts, acts.c.number == judgements.c.act)
        .join(scores, both)
        .where(acts.c.tenant == tenant, acts.c.in_force, sure)
    )
    return [(int(place), verdict == Verdict.SAME) for place, verdict in connection.execute(query)]


def _step() -> ColumnElement[int]:
    return cast(func.round(scores.c.logit * STEPS), Integer)
