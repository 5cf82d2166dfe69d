"""Reading: the rules in words, what another threshold would do, and how the desk and its people fare."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import Connection
from starlette.responses import Response

from api.steward.charts import columns
from api.steward.frame import Told, back, page
from api.steward.session import Admins, Looks
from api.steward.trying import SHOWN, counted, effect
from api.steward.wording import alike
from resolver import review
from resolver.errors import UsageError
from resolver.model.frozen import Frozen
from resolver.paths.ruling import (
    InForce,
    Proposal,
    ask_second,
    in_force,
    proposed,
    put_in_force_as_seen,
    with_thresholds,
)
from resolver.standing import DAYS, Standing, standing
from resolver.trust import trust
from resolver.words.plain import count

router = APIRouter(include_in_schema=False)
In100 = Annotated[float, Query(ge=1, le=99.99)]
IN_100: TypeAdapter[float] = TypeAdapter(Annotated[float, Field(ge=1, le=99.99)])
"""The same in a form."""
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
    line = _line(match)
    frozen, foreseen = proposed(visit.resolver, Proposal(thresholds={"match": line}))
    visit.audit("rules.preview", *(one.entity_id for one in foreseen[:SHOWN]))
    return page(
        visit,
        "rules.html",
        **_rules(found),
        trust=trust(visit.resolver, found.match),
        tried={
            "match": match,
            "effect": effect(visit, frozen, foreseen),
            "trust": trust(visit.resolver, line),
        },
    )


@router.post("/steward/rules")
def steward_rules_put_in_force(visit: Admins) -> Response:
    """Joins from another threshold on, if that is still what was previewed."""
    match = _in100(visit.text("match"))

    def made(present: Frozen, _: Connection) -> Frozen:
        return replace(present, rules=with_thresholds(present.rules, {"match": _line(match)}))

    events = put_in_force_as_seen(visit.resolver, made, visit.text("seen") or "", visit.who)
    visit.audit("rules.use")
    changed = count(len(events), "person", "people")
    return back(visit.request, "/steward/rules", Told(f"In force: joined from {match:g} in 100 on. {changed} changed."))


@router.post("/steward/rules/second")
def steward_second_opinions(visit: Admins) -> Response:
    """From how many records on a case needs two stewards; never where nothing is typed."""
    least = visit.number("second_from")
    ask_second(visit.resolver, least, visit.who)
    visit.audit("rules.second")
    asked = "One steward is enough" if least is None else f"Cases of {least} records or more need two stewards"
    return back(visit.request, "/steward/rules", Told(f"Saved: {asked}."))


def _line(match: float) -> float:
    """The same as a probability, without what dividing adds: 99.9 in 100 is 0.999."""
    return round(match / PERCENT, 6)


def _in100(text: str | None) -> float:
    """What a form says of so many in 100. Raises UsageError for what cannot be."""
    try:
        return IN_100.validate_python(text)
    except ValidationError as error:
        raise UsageError("write a number from 1 to 99.99") from error


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
        "second_from": frozen.rules.review.second_from,
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


def _days(found: Standing) -> list[tuple[str, int]]:
    """How many cases were decided on each of the last days, those without any too."""
    decided = Counter[str]()
    for day in found.decided:
        decided[day.day] += day.cases
    today = datetime.now(UTC)
    each = [f"{today - timedelta(days=ago):%Y-%m-%d}" for ago in range(DAYS - 1, -1, -1)]
    return [(day, decided[day]) for day in each]
