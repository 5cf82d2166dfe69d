"""Reading: the rules in words, what another threshold would do, and how the desk and its people fare."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.steward import person
from api.steward.charts import columns
from api.steward.frame import page
from api.steward.session import Admins, Looks
from api.steward.wording import alike
from resolver import review
from resolver.paths.previewing import Foreseen
from resolver.paths.ruling import InForce, Proposal, in_force, proposed
from resolver.standing import DAYS, Standing, standing
from resolver.store.census import Census, census
from resolver.store.database import Database
from resolver.store.journal import Kind
from resolver.trust import trust

router = APIRouter(include_in_schema=False)
SHOWN = 12
"""Of so many people it is told one by one what a threshold would do."""
FIRST = (Kind.MERGED, Kind.SPLIT, Kind.CREATED, Kind.UPDATED)
"""What is told first of them."""
In100 = Annotated[float, Query(ge=1, le=99.9)]
PERCENT = 100
FEW = 5
"""Kinds of cases that the dashboard names."""


@router.get("/steward/rules")
def steward_rules(visit: Looks) -> Response:
    """What contacts are compared by, and how far that can be trusted."""
    found = in_force(visit.resolver)
    visit.audit("rules.read")
    return page(visit, "rules.html", **_rules(found), trust=trust(visit.resolver, found.match), tried=None)


@router.get("/steward/rules/try")
def steward_rules_tried(visit: Admins, match: In100) -> Response:
    """What another threshold would do to the people that there are; nothing is saved."""
    found = in_force(visit.resolver)
    _, foreseen = proposed(visit.resolver, Proposal(thresholds={"match": match / PERCENT}))
    now = counted(visit.resolver.database, visit.resolver.tenant)
    visit.audit("rules.preview", *(one.entity_id for one in foreseen[:SHOWN]))
    return page(
        visit,
        "rules.html",
        **_rules(found),
        trust=trust(visit.resolver, found.match),
        tried={
            "match": match,
            "people": now.people,
            "then": now.people + _more(foreseen),
            "kinds": Counter(one.kind for one in foreseen),
            "lines": person.foreseen(sorted(foreseen, key=_order)[:SHOWN]),
            "beyond": max(len(foreseen) - SHOWN, 0),
            "trust": trust(visit.resolver, match / PERCENT),
        },
    )


def _more(foreseen: Sequence[Foreseen]) -> int:
    """How many people there would be more."""
    return sum((one.after is not None) - (one.before is not None) for one in foreseen)


def _order(one: Foreseen) -> tuple[int, str]:
    return FIRST.index(one.kind) if one.kind in FIRST else len(FIRST), one.entity_id


def _rules(found: InForce) -> dict[str, Any]:
    frozen = found.frozen
    return {
        "name": frozen.rules.name,
        "since": found.since,
        "trained_on": found.records,
        "line": found.match,
        "asked": found.review,
        "fixed": frozen.rules.thresholds.match is not None,
        "clean": frozen.clean,
        "levels": {name: list(levels) for name, levels in frozen.model.layout.levels.items()},
        "families": list(frozen.rules.blocking.families),
    }


@router.get("/steward/dashboard")
def steward_dashboard(visit: Looks) -> Response:
    """How many records and people there are, how the queue fares, and whether engine and people agree."""
    found = standing(visit.resolver)
    rules = in_force(visit.resolver)
    whole = counted(visit.resolver.database, visit.resolver.tenant)
    visit.audit("dashboard.read")
    days = _days(found)
    return page(
        visit,
        "dashboard.html",
        standing=found,
        census=whole,
        ages=[(name.removeprefix("within "), number) for name, number in found.ages.items()],
        days=days,
        chart=columns([(day[5:], number) for day, number in days], every=5),
        patterns=[(alike(pattern), number) for pattern, number in review.patterns(visit.resolver)[:FEW]],
        trained_on=rules.records,
        since=rules.since,
    )


def counted(database: Database, tenant: str) -> Census:
    """How many records and people there are."""
    with database.reading() as connection:
        return census(connection, tenant)


def _days(found: Standing) -> list[tuple[str, int]]:
    """How many cases were decided on each of the last days, those without any too."""
    decided = Counter[str]()
    for day in found.decided:
        decided[day.day] += day.cases
    today = datetime.now(UTC)
    each = [f"{today - timedelta(days=ago):%Y-%m-%d}" for ago in range(DAYS - 1, -1, -1)]
    return [(day, decided[day]) for day in each]
