"""Pins: golden values that a person chose."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import Stewards
from api.problems import answers
from api.schemas.acts import ActOut, PinIn
from api.schemas.entity import NamedEntity
from api.seen import Seen

router = APIRouter(tags=["entities"])
Field = Annotated[
    str,
    Path(max_length=200, pattern=r"^[^\x00]+$", description="A golden value that is a text.", examples=["full_name"]),
]


@router.put("/v1/entities/{entity_id}/pins/{field}", responses=answers(404, 409, 410), summary="Pin a golden value")
def pin(entity_id: NamedEntity, field: Field, asked: PinIn, session: Stewards, seen: Seen) -> ActOut:
    """Holds a golden value against whatever the records say, until it is let go of."""
    done = session.resolver.pin(entity_id, {field: asked.value}, who=session.caller.name, why=asked.reason, seen=seen)
    session.audit("pin", entity_id)
    return ActOut.of(session.resolver.deed(done.act))


@router.delete(
    "/v1/entities/{entity_id}/pins/{field}", responses=answers(404, 409, 410), summary="Let go of a pinned value"
)
def release(entity_id: NamedEntity, field: Field, session: Stewards, seen: Seen) -> ActOut:
    """The records decide the value again."""
    done = session.resolver.release(entity_id, field, who=session.caller.name, seen=seen)
    session.audit("pin.release", entity_id)
    return ActOut.of(session.resolver.deed(done.act))
