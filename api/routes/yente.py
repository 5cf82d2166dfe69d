"""The matching call of yente, so that its clients can ask this server."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import Matches
from api.problems import answers
from api.schemas.matching import Word
from api.schemas.yente import Feature, YenteAnswer, YenteOptions, YenteRequest, told
from rules.registry import FIELDS

router = APIRouter(tags=["matching"])


@router.post("/match/{dataset}", responses=answers(), summary="Look for people as clients of yente do")
def yente_match(
    asked: YenteRequest,
    dataset: Annotated[Word, Path(description="A source, or `default` for all of them.", examples=["default"])],
    session: Matches,
    options: Annotated[YenteOptions, Query()],
) -> YenteAnswer:
    """The examples are looked for as contacts; scores are the probabilities of being one person."""
    people = {name: example.record().contact("", "") for name, example in asked.queries.items()}
    each, _ = session.resolver.look_each(people, options.wanted(dataset))
    session.matched(len(each))
    session.audit("match", *dict.fromkeys(one.match.entity_id for found in each.values() for one in found or []))
    responses = {name: told(found or [], asked.queries[name], options.threshold) for name, found in each.items()}
    matcher = {name: Feature(description=field.explanation) for name, field in FIELDS.items()}
    return YenteAnswer(responses=responses, matcher=matcher, limit=options.limit)
