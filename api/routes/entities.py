"""Entities: looked up, listed, and what happened to them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.conditions import etag
from api.deps import Reads
from api.problems import answers
from api.schemas.changes import ChangeOut
from api.schemas.entity import LARGEST, AsOf, Cursor, EntitiesOut, EntityOut, HistoryOut, Limit, NamedEntity
from api.seen import IfNoneMatch, is_known
from api.settings import PAGE
from resolver.paths.searching import Asking, Sought
from resolver.store.searching import Order

router = APIRouter(tags=["entities"])
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Not modified: you have this version already"}}


def _value(what: str, example: str) -> Any:
    return Query(min_length=1, max_length=800, pattern=r"^[^\x00]+$", description=what, examples=[example])


@router.get("/v1/entities", responses=answers(), summary="Find or list entities")
def entities(  # noqa: PLR0913, PLR0917
    session: Reads,
    email: Annotated[str | None, _value("Whose contacts have this e-mail address.", "ann.lee@example.com")] = None,
    phone: Annotated[str | None, _value("This phone number, however it is written.", "(281) 838-2880")] = None,
    linkedin: Annotated[str | None, _value("This LinkedIn profile, as an address or a handle.", "ann-lee")] = None,
    external_id: Annotated[
        str | None, _value("A record's id, `source:id`, or another system's id as `system:id`.", "crm:1")
    ] = None,
    q: Annotated[
        str | None, _value("Words of names and companies; from three letters on also how they begin.", "ann lee")
    ] = None,
    sort: Annotated[Order, Query(description="By id, or the one that changed last first.")] = Order.ID,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> EntitiesOut:
    """The entities that fit all that is asked for, or all of them, a page at a time.

    Values are normalised as the rules do it, so that however a number or an address is written, it is found. Follow
    `next_cursor` for more, with the same question.
    """
    page = session.resolver.search(Sought(email, phone, linkedin, external_id, q), Asking(cursor, limit, sort))
    session.audit("entity.search", *(entity.entity_id for entity in page.entities))
    return EntitiesOut.of(page)


@router.get(
    "/v1/entities/{entity_id}",
    response_model=EntityOut,
    responses={**answers(404, 410), **UNCHANGED},
    summary="Read an entity",
)
def entity(
    entity_id: NamedEntity,
    session: Reads,
    response: Response,
    as_of: AsOf = None,
    if_none_match: IfNoneMatch = None,
) -> EntityOut | Response:
    """The golden record of an entity with its records, and where each value comes from.

    Every id that was ever issued keeps answering: after a merge with the entity it is part of (`canonical_id`), after a
    split with its `successors`. ETag changes whenever the entity or one of its records does.
    """
    view = session.resolver.view(entity_id, as_of)
    session.audit("entity.read", view.entity_id)
    if view.version:
        response.headers["ETag"] = etag(view.version)
        if is_known(view.version, if_none_match):
            return Response(status_code=304, headers={"ETag": etag(view.version)})
    return EntityOut.of(view)


@router.get("/v1/entities/{entity_id}/history", responses=answers(404), summary="What happened to an entity")
def history(
    entity_id: NamedEntity,
    session: Reads,
    cursor: Annotated[int, Query(ge=0, le=LARGEST, description="What comes after it.", examples=[0])] = 0,
    limit: Limit = PAGE,
) -> HistoryOut:
    """What happened to the entity of this very id, in order: when, by whom, and where its records went."""
    changes = session.resolver.history(entity_id, cursor, limit + 1)
    session.audit("entity.read", entity_id)
    page = [ChangeOut.model_validate(change) for change in changes[:limit]]
    return HistoryOut(changes=page, next_cursor=page[-1].cursor if len(changes) > limit else None)
