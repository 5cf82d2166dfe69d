"""Why: the evidence, for people to read."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Reads
from api.problems import answers
from api.schemas.entity import ENTITY, NamedEntity
from api.schemas.why import HowOut, WhyOut
from resolver.paths.explaining import explain
from resolver.paths.growing import how as growth

router = APIRouter(tags=["explanations"])
MEANT = "An entity's id, or a record as `source:id`."


@router.get("/v1/entities/{entity_id}/how", responses=answers(404, 410), summary="How an entity came together")
def how(entity_id: NamedEntity, session: Reads) -> HowOut:
    """Which records were joined by which evidence, step by step, the strongest first.

    The steps are a tree: each joins two records, or what earlier steps made of them. What people said comes first.
    """
    found = growth(session.resolver, entity_id)
    session.audit("entity.read", *(one.entity_id for one in found))
    return HowOut.of(found)


@router.get("/v1/why", responses=answers(404, 410), summary="Why two are one person, or why not")
def why(
    session: Reads,
    a: Annotated[
        str, Query(min_length=1, max_length=800, pattern=r"^[^\x00]+$", description=MEANT, examples=["crm:1"])
    ],
    b: Annotated[str, Query(min_length=1, max_length=800, pattern=r"^[^\x00]+$", description=MEANT, examples=[ENTITY])],
) -> WhyOut:
    """Whether the two were ever compared and by which keys, what each field shows, what people said, and the decision.

    `flips` tells the smallest changes that would turn it. Of an entity the record is told of that is most like the
    other side.
    """
    found = explain(session.resolver, a, b)
    session.audit("entity.read", *dict.fromkeys((found.why.left_entity, found.why.right_entity)))
    return WhyOut.of(found)
