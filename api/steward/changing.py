"""Changing: what a steward does to people: pins, splits, merges, and what the law asks for, forgetting."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.steward import people, person
from api.steward.frame import Told, back, page
from api.steward.session import Admins, Decides, Visit
from resolver import beside
from resolver.errors import StaleError, UsageError
from resolver.paths import calling, seconding
from resolver.paths.choosing import choices
from resolver.paths.fields import golden_field
from resolver.paths.finding import record_keys
from resolver.paths.foreseeing import merged, parted
from resolver.paths.ruling import in_force
from resolver.words.plain import count

router = APIRouter(include_in_schema=False)
MOST = 100
"""People of one merge."""


def _place(entity_id: str) -> str:
    return f"/steward/people/{quote(entity_id, safe='')}"


@router.get("/steward/people/{entity_id}/pin")
def steward_person_pin(
    entity_id: str, visit: Decides, field: Annotated[str, Query(max_length=200)] = "full_name"
) -> Response:
    """Which value a field is to have."""
    view = people.seen(visit, entity_id)
    name = golden_field(field)
    return page(
        visit,
        "person_pin.html",
        **people.frame(view),
        field=name,
        word=person.value_word(name),
        now=view.golden.get(name),
        choices=choices(view, name),
    )


@router.post("/steward/people/{entity_id}/pin")
def steward_person_pinned(entity_id: str, visit: Decides) -> Response:
    """Holds a value, whatever the records say."""
    field = golden_field(visit.text("field") or "")
    value = visit.text("other") or visit.text("value")
    if value is None:
        raise UsageError("choose a value, or write one")
    done = visit.resolver.pin(entity_id, {field: value}, who=visit.who, why=visit.text("why"), seen=_seen(visit))
    visit.audit("pin", entity_id)
    told = Told(f"Saved: {person.value_word(field)} is pinned. It stays, whatever the records say.", done.act)
    return back(visit.request, _place(entity_id), told)


@router.post("/steward/people/{entity_id}/release")
def steward_person_released(entity_id: str, visit: Decides) -> Response:
    """Lets the records decide a value again."""
    field = golden_field(visit.text("field") or "")
    done = visit.resolver.release(entity_id, field, who=visit.who, seen=_seen(visit))
    visit.audit("pin.release", entity_id)
    told = Told(f"Saved: the records decide the {person.value_word(field)} again.", done.act)
    return back(visit.request, _place(entity_id), told)


@router.post("/steward/people/{entity_id}/split")
def steward_person_split(entity_id: str, visit: Decides) -> Response:
    """What splitting some records off would make; nothing is done yet."""
    view = people.seen(visit, entity_id)
    chosen = visit.texts("records")
    if not chosen:
        raise UsageError("tick the records that are another person")
    blocked, found = parted(visit.resolver, view.entity_id, record_keys(visit.resolver, chosen))
    after = {one.after.entity_id: one.after for one in found if one.after is not None}
    visit.audit("split.preview", view.entity_id)
    return page(
        visit,
        "person_split.html",
        **people.frame(view),
        chosen=chosen,
        blocked=blocked,
        needs_second=_needs_second(visit, len(view.members)),
        outcome=person.outcome([(beside.title(one), one) for one in after.values()], "What there would be"),
    )


@router.post("/steward/people/{entity_id}/split/done")
def steward_person_split_done(entity_id: str, visit: Decides) -> Response:
    """Says that some records are another person."""
    keys = record_keys(visit.resolver, visit.texts("records"))
    why, alone = visit.text("why"), visit.caller.decides_alone
    done = visit.resolver.split(entity_id, *keys, who=visit.who, why=why, seen=_seen(visit), alone=alone)
    visit.audit("split", entity_id)
    told = Told(
        f"Saved: {count(len(keys), 'record')} {'is' if len(keys) == 1 else 'are'} another person now.", done.act
    )
    return back(visit.request, _place(entity_id), told)


@router.get("/steward/people/{entity_id}/merge")
def steward_person_merge(entity_id: str, visit: Decides, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """With whom a person is to be one."""
    view = people.seen(visit, entity_id)
    text = q.strip()
    found = [] if not text else list(calling.called(visit.resolver, text, limit=people.FEW).entities)
    if not found:
        found = [
            one.entity for one in calling.like(visit.resolver, text or person.name_of(view.golden, ""), people.FEW)
        ]
    others = [people.line(one) for one in found if one.entity_id != view.entity_id]
    visit.audit("entity.search", *(str(one["id"]) for one in others))
    return page(visit, "person_merge.html", **people.frame(view), typed_in=text, lines=others)


@router.get("/steward/merge")
def steward_merge(visit: Decides, people_: Annotated[list[str], Query(alias="person", max_length=MOST)]) -> Response:
    """What a merge would make; nothing is done yet."""
    if len(people_) < 2:
        raise UsageError("tick somebody to merge with")
    found = merged(visit.resolver, people_)
    visit.audit("merge.preview", *(one.entity_id for one in found.entities))
    now = [(person.name_of(one.golden, one.entity_id), one) for one in found.entities]
    return page(
        visit,
        "merge.html",
        found=found,
        needs_second=_needs_second(visit, sum(len(one.members) for one in found.entities)),
        now=now,
        names={one.entity_id: name for name, one in now},
        outcome=person.beside([*now], found.golden),
        words=person.value_word,
    )


@router.post("/steward/merge")
def steward_merged(visit: Decides) -> Response:
    """Says that some people are one."""
    ids = visit.texts("person")
    why, alone = visit.text("why"), visit.caller.decides_alone
    done = visit.resolver.merge(*ids, who=visit.who, why=why, seen=_seen(visit), alone=alone)
    visit.audit("merge", *ids)
    told = Told(f"Saved: {count(len(ids), 'person', 'people')} are one now. Their old ids lead here.", done.act)
    return back(visit.request, _place(ids[0]), told)


@router.get("/steward/people/{entity_id}/forget")
def steward_person_forget(entity_id: str, visit: Admins) -> Response:
    """Whether a person is really to be forgotten."""
    view = people.seen(visit, entity_id)
    return page(visit, "person_forget.html", **people.frame(view))


@router.post("/steward/people/{entity_id}/forget")
def steward_person_forgotten(entity_id: str, visit: Admins) -> Response:
    """Erases all records of a person with their history, for good."""
    view = people.seen(visit, entity_id)
    if visit.text("sure") != "yes":
        raise UsageError("tick that you are sure; forgetting cannot be undone")
    if visit.form.get("version") != view.version:
        raise StaleError(f"person {view.entity_id} is not what you saw; look at it again")
    visit.resolver.forget(*((one.source, one.record_id) for one in view.members), who=visit.who)
    visit.audit("forget", view.entity_id)
    told = Told(f"Forgotten: {count(len(view.members), 'record')} with all their history.", careful=True)
    return back(visit.request, "/steward/people", told)


def _needs_second(visit: Visit, records: int) -> bool:
    """Whether who looks may not say alone who is who of so many records."""
    return not visit.caller.decides_alone and seconding.needs_second(in_force(visit.resolver).frozen, records)


def _seen(visit: Visit) -> frozenset[str]:
    """The states of people that the form was made of."""
    versions = frozenset(visit.texts("version"))
    if not versions:
        raise UsageError("the form does not say what you saw; open the page again")
    return versions
