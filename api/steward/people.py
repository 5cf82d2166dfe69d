"""People: found by whatever is typed, and looked at with all that they are made of."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.steward import person
from api.steward.frame import back, page
from api.steward.session import Looks, Visit
from api.steward.shapes import bars
from resolver import review
from resolver.paths import calling
from resolver.paths.growing import how
from resolver.paths.ruling import in_force
from resolver.paths.viewing import View, values_of
from resolver.plan.living import plans_of
from resolver.store.cases import Wanted
from resolver.store.past import Entity

router = APIRouter(include_in_schema=False)
PAGE = 50
FEW = 20
"""Cases about a person that are shown on their page."""


@router.get("/steward/people")
def steward_people(
    visit: Looks,
    q: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """People who may be meant by what is typed; without it those that changed last."""
    text = q.strip()
    meant = calling.named(visit.resolver, text) if text and after is None else None
    if meant is not None:
        return back(visit.request, f"/steward/people/{quote(meant, safe='')}")
    found = calling.called(visit.resolver, text, after, PAGE)
    near = calling.like(visit.resolver, text) if text and not found.entities else []
    visit.audit("entity.search", *(one.entity_id for one in (*found.entities, *(each.entity for each in near))))
    return page(
        visit,
        "people.html",
        sought=text,
        lines=[line(entity) for entity in found.entities],
        near=[(line(each.entity), each) for each in near],
        following=f"/steward/people?{urlencode({'q': text, 'after': found.after})}" if found.after else None,
        again=after is not None,
    )


def line(entity: Entity) -> dict[str, object]:
    """A person in a list."""
    golden = values_of(entity)
    return {
        "id": entity.entity_id,
        "name": person.name_of(golden, entity.entity_id),
        "golden": golden,
        "records": entity.records,
        "sources": sorted({key.partition(":")[0] for key in entity.records}),
    }


@router.get("/steward/people/{entity_id}")
def steward_person(entity_id: str, visit: Looks) -> Response:
    """A person: the merged contact with where each value comes from, and the records side by side."""
    view = seen(visit, entity_id)
    if view.successors:
        return _parts(visit, view)
    wanted = Wanted(entities=review.about(visit.resolver, view.entity_id))
    return page(
        visit,
        "person.html",
        **frame(view),
        values=person.values(view),
        sheet=person.sheet(view, fields(visit)),
        cases=review.queue(visit.resolver, wanted, limit=FEW).items,
    )


@router.get("/steward/people/{entity_id}/how")
def steward_person_how(entity_id: str, visit: Looks) -> Response:
    """How a person came together, step by step."""
    view = seen(visit, entity_id)
    if view.successors:
        return _parts(visit, view)
    growth = how(visit.resolver, view.entity_id)[0]
    return page(visit, "person_how.html", **frame(view), growth=growth, bars=bars)


@router.get("/steward/people/{entity_id}/history")
def steward_person_history(entity_id: str, visit: Looks) -> Response:
    """What happened to a person, whether or not they are still there under this id."""
    changes, deeds = visit.resolver.history(entity_id), visit.resolver.deeds_on(entity_id)
    view = seen(visit, entity_id)
    if view.successors:
        return _parts(visit, view)
    return page(visit, "person_history.html", **frame(view), happenings=person.history(changes, deeds, view.entity_id))


@router.get("/steward/people/{entity_id}/plans")
def steward_person_plans(entity_id: str, visit: Looks) -> Response:
    """What to write back to the systems that hold a person several times."""
    view = seen(visit, entity_id)
    if view.successors:
        return _parts(visit, view)
    return page(visit, "person_plans.html", **frame(view), plans=plans_of(visit.resolver, view.entity_id))


def seen(visit: Visit, entity_id: str) -> View:
    """A person as they are, for a page that shows them."""
    view = visit.resolver.view(entity_id)
    visit.audit("entity.read", view.entity_id)
    return view


def fields(visit: Visit) -> list[str]:
    """What is compared."""
    return list(in_force(visit.resolver).frozen.model.layout.fields)


def frame(view: View) -> dict[str, Any]:
    """What every page of a person shows above the rest."""
    return {"view": view, "name": person.name_of(view.golden, view.entity_id), "moved": view.asked != view.entity_id}


def _parts(visit: Visit, view: View) -> Response:
    """The page of an id that stands for several people, since it was split."""
    each = [found for one in view.successors for found in visit.resolver.entity(one)]
    return page(visit, "person_split_up.html", view=view, lines=[line(entity) for entity in each])
