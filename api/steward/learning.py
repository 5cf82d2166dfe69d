"""Learning: what people's decisions would change of the rules; a proposal, until an admin puts it in force."""

from math import exp
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.steward.frame import Told, back, page
from api.steward.session import Admins, Looks, Visit
from api.steward.trying import SHOWN, effect
from api.steward.wording import speaks
from resolver import learning
from resolver.errors import UsageError
from resolver.learning import LABELS, Moved, Which
from resolver.words.plain import count, field_word

router = APIRouter(include_in_schema=False)
PLACE = "/steward/learn"
MOST = 20
"""Weights that are told one by one, those that moved most."""
DONE = {
    Which.LEARNED: "In force: the rules with what decisions taught.",
    Which.ESTIMATED: "In force: the rules without what decisions taught.",
}


@router.get(PLACE)
def steward_learning(visit: Looks) -> Response:
    """What decisions teach, and what would count more or less."""
    visit.audit("rules.learning")
    return _page(visit)


@router.get(f"{PLACE}/try")
def steward_learning_tried(visit: Admins, which: Which = Which.LEARNED) -> Response:
    """What that would do to the people that there are; nothing is saved."""
    frozen, foreseen = learning.proposed(visit.resolver, which)
    visit.audit("rules.preview", *(one.entity_id for one in foreseen[:SHOWN]))
    return _page(visit, tried={"which": which, "effect": effect(visit, frozen, foreseen)})


@router.post(PLACE)
def steward_learned(visit: Admins) -> Response:
    """Puts in force what was previewed, if that is what it would still be."""
    which = visit.text("which")
    if which not in list(Which):
        raise UsageError(f"say {' or '.join(Which)}")
    events = learning.put_in_force(visit.resolver, Which(which), visit.text("seen") or "", visit.who)
    visit.audit("rules.use")
    changed = count(len(events), "person", "people")
    return back(visit.request, PLACE, Told(f"{DONE[Which(which)]} {changed} changed."))


def _page(visit: Visit, tried: dict[str, Any] | None = None) -> Response:
    found = learning.learning(visit.resolver)
    taught = found.present.model.taught
    return page(
        visit,
        "learn.html",
        found=found,
        used=found.same + found.different,
        learned_from=0 if taught is None else taught.labels,
        foretold=[
            (word, one.errors, exp(-one.loss))
            for word, one in (("As estimated", found.before), ("As corrected", found.after))
        ],
        lines=[_line(one) for one in found.moved[:MOST]],
        beyond=max(len(found.moved) - MOST, 0),
        tried=tried,
    )


def _line(one: Moved) -> dict[str, Any]:
    """A weight, as it is read."""
    everywhere = one.field == LABELS
    return {
        "word": "All records that are compared" if everywhere else field_word(one.field),
        "level": None if everywhere else one.level,
        "about": one.level,
        "now": one.now,
        "then": one.then,
        "now_words": speaks(one.now),
        "then_words": speaks(one.then),
    }
