"""Judgements: two that look alike and are not one person."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Stewards
from api.problems import answers
from api.schemas.acts import ActOut, ActsDone, NotDuplicateIn
from api.schemas.entity import ENTITY

router = APIRouter(tags=["judgements"])
MEANT = "An entity's id, or a record as `source:id`."


@router.post("/v1/not-duplicates", responses=answers(404, 409, 410), summary="Say that two are different persons")
def not_duplicates(asked: NotDuplicateIn, session: Stewards) -> ActOut:
    """Keeps two entities or records apart, whatever the evidence says, and whatever they are merged with later.

    Refused (409) where people said, through others, that the two are one; the answer names who.
    """
    done = session.resolver.keep_apart(asked.a, asked.b, who=session.caller.name, why=asked.reason)
    told = session.resolver.deed(done.act)
    session.audit("not-duplicates", *dict.fromkeys(change.entity_id for change in told[1]))
    return ActOut.of(told)


@router.delete("/v1/not-duplicates", responses=answers(404, 409, 410), summary="Take that back")
def may_be_duplicates(
    session: Stewards,
    a: Annotated[str, Query(min_length=1, max_length=800, pattern=r"^[^\x00]+$", description=MEANT, examples=[ENTITY])],
    b: Annotated[
        str, Query(min_length=1, max_length=800, pattern=r"^[^\x00]+$", description=MEANT, examples=["web:2"])
    ],
) -> ActsDone:
    """Takes back every verdict that the two are different; the evidence decides again.

    Where they were taken apart by a split (409), undo that act.
    """
    done = session.resolver.let_meet(a, b, who=session.caller.name)
    told = [session.resolver.deed(one.act) for one in done]
    session.audit("not-duplicates.delete", *(str(one.act) for one in done))
    return ActsDone(acts=[ActOut.of(each) for each in told])
