"""The queue: which cases wait, the most valuable first, and which of them are alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.steward.asking import VIEWS, Asked
from api.steward.frame import page
from api.steward.session import Looks
from api.steward.wording import REASONS, Alike, alike, names, said_of
from resolver import beside, review
from resolver.beside import Pattern
from resolver.review import Item
from resolver.standing import standing
from resolver.store.cases import Wanted
from resolver.words.plain import field_word
from rules.registry import FIELDS

router = APIRouter(include_in_schema=False)
ON_A_PAGE = 40
AGES = ((1, "over a day"), (7, "over a week"), (30, "over a month"))
FEWEST_ALIKE = 3
"""Cases that show the same are told of as a pattern from so many on."""
MOST_PATTERNS = 4


@dataclass(frozen=True)
class Line:
    """A case in the list. late: whether it was due before now; held: who works on it now, if another does; said: what
    stewards said of it, where it needs two."""

    item: Item
    names: list[str]
    alike: Alike
    href: str
    late: bool
    held: str | None
    said: str | None


@dataclass(frozen=True)
class Group:
    """Cases that are alike. href: where they are decided at once; cases: where they are listed."""

    pattern: Pattern
    alike: Alike
    href: str
    cases: str


@router.get("/steward/queue")
def steward_queue(request: Request, visit: Looks) -> Response:
    """The cases that wait, with what they can be narrowed down by."""
    asked = Asked.of(request)
    wanted = asked.wanted(visit.who)
    found = review.queue(visit.resolver, wanted, asked.sort, request.query_params.get("cursor") or None, ON_A_PAGE)
    counted = review.counts(visit.resolver, wanted)
    waiting = standing(visit.resolver)
    every = Wanted(unsaid_by=visit.who)
    # to count a long queue takes longer than all else here
    free = counted if wanted == every else review.counts(visit.resolver, every)
    second = review.counts(visit.resolver, Wanted(said=True))["all"].get("cases", 0)
    first = asked.view == "all" and not asked.narrowed and "cursor" not in request.query_params
    visit.audit("desk.queue", *(item.case_id for item in found.items))
    return page(
        visit,
        "queue.html",
        asked=asked,
        lines=[_line(item, asked, visit.who) for item in found.items],
        following=asked.query(cursor=found.cursor) if found.cursor else None,
        number=counted["all"].get("cases", 0),
        tabs=_tabs(asked, free, (waiting.snoozed, second), visit.who),
        done=waiting.done_today,
        choices=_choices(asked, counted),
        groups=_groups(visit.resolver, asked) if first else [],
        agreeing=beside.AGREEING,
    )


def _line(item: Item, asked: Asked, who: str) -> Line:
    late = item.due is not None and item.due < datetime.now(UTC)
    held = item.holder if item.holder not in (None, who) else None
    href, said = f"/steward/cases/{item.case_id}{asked.query()}", said_of(item.opinions)
    return Line(item, names(item), alike(item.pattern), href, late, held, said)


def _tabs(
    asked: Asked, free: Mapping[str, dict[str, int]], aside: tuple[int, int], who: str
) -> list[tuple[str, str, bool, int]]:
    """(word, address, whether it is this one, how many) of each view; of second opinions only where any are wanted.

    aside: how many are put aside, and how many wait for a second opinion.
    """
    every = free["all"].get("cases", 0)
    numbers = (every, free["assignee"].get(who, 0), every - sum(free["assignee"].values()), *aside)
    words = ("All", "Mine", "Unassigned", "Snoozed", "Second opinion")
    return [
        (word, f"/steward/queue{Asked(view=view).query()}", asked.view == view, number)
        for word, view, number in zip(words, VIEWS, numbers, strict=True)
        if view != "second" or number or asked.view == view
    ]


def _choices(asked: Asked, counted: Mapping[str, dict[str, int]]) -> list[tuple[str, str, list[tuple[str, str]], Any]]:
    """(name, label, (value, words) of each choice, what is chosen) of what the list can be narrowed down by."""

    def numbered(by: str, words: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
        return [(name, f"{(words or {}).get(name, name)} ({number:,})") for name, number in counted[by].items()]

    fields = [(name, field_word(name)) for name in FIELDS]
    return [
        ("reason", "Reason", numbered("reason", REASONS), asked.reason),
        ("source", "Source", numbered("source"), asked.source),
        ("field", "Differs in", fields, asked.field),
        ("assignee", "Assigned to", numbered("assignee"), asked.assignee),
        ("age", "Waiting", [(str(days), words) for days, words in AGES], None if asked.age is None else str(asked.age)),
    ]


def _groups(resolver: Any, asked: Asked) -> list[Group]:
    found = [one for one in beside.patterns(resolver) if one.cases >= FEWEST_ALIKE][:MOST_PATTERNS]
    return [
        Group(
            one,
            alike(one.pattern),
            "/steward/alike" + Asked(pattern=one.pattern).query(),
            "/steward/queue" + Asked(pattern=one.pattern, sort=asked.sort).query(),
        )
        for one in found
    ]
