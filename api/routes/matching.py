"""Matching: whom a contact may be."""

from fastapi import APIRouter

from api.deps import Matches
from api.problems import answers
from api.schemas.matching import MatchAnswer, MatchRequest, QueryAnswer, results

router = APIRouter(tags=["matching"])


@router.post("/v1/match", responses=answers(), summary="Look for a contact")
def match(asked: MatchRequest, session: Matches) -> MatchAnswer:
    """Whom a contact may be, the likeliest first: each with the probability, what would become of it, and why.

    Nothing is written. Ask for one contact (`record`), or for several at one moment (`queries`), of which each has its
    answer under its name. A contact by which nobody could be found is refused (`too_little`).
    """
    if not asked.queries:
        found, version = session.resolver.look(asked.record.contact("", ""), asked.wanted)
        session.matched(1)
        session.answered(found)
        session.audit("match", *(one.match.entity_id for one in found))
        return MatchAnswer(results=results(found), rules_version=version)
    people = {name: query.record.contact("", "") for name, query in asked.queries.items()}
    each, version = session.resolver.look_each(people, asked.wanted)
    session.matched(len(each))
    session.answered(*each.values())
    session.audit("match", *dict.fromkeys(one.match.entity_id for found in each.values() for one in found or []))
    told = {name: QueryAnswer(results=results(found or []), too_little=found is None) for name, found in each.items()}
    return MatchAnswer(responses=told, rules_version=version)
