"""Merge plans: what to write back to the source systems."""

from fastapi import APIRouter

from api.deps import Stewards
from api.problems import answers
from api.schemas.entity import NamedEntity
from api.schemas.plans import PlansOut
from resolver.plan.living import plans_of

router = APIRouter(tags=["merges"])


@router.get("/v1/merge-plans/{entity_id}", responses=answers(404, 410), summary="What to write back to the systems")
def merge_plans(entity_id: NamedEntity, session: Stewards) -> PlansOut:
    """For each system that holds the person several times: the steps, in order, that leave one record of them.

    Every step says what has to be so before it is sent, and how it is taken back. Consent comes first, and stays the
    strictest. What the system has no room for is listed as lost, and what a person should know as warnings.
    """
    found = plans_of(session.resolver, entity_id)
    session.audit("plan.read", entity_id)
    return PlansOut(entity_id=entity_id, plans=found)
