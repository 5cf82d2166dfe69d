"""Cases that are alike, decided at once: with a preview, exceptions, and one entry in the history."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.problems import entry_of
from api.steward.asking import Asked
from api.steward.frame import Told, back, page
from api.steward.session import Decides, Looks, Visit
from api.steward.wording import SAYS, alike, names, so_far
from resolver import beside, review
from resolver.errors import ConflictError, ResolverError, StaleError, UsageError
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.words.plain import count

router = APIRouter(include_in_schema=False)


@router.get("/steward/alike")
def steward_alike(request: Request, visit: Looks) -> Response:
    """What deciding all cases that show the same would be about."""
    return _page(visit, _pattern(request), (), None)


@router.post("/steward/alike")
def steward_decide_alike(request: Request, visit: Decides) -> Response:
    """Decides them, but for those that were ticked; with `look` it only tells anew what it would be about."""
    pattern, out = _pattern(request), visit.texts("exclude")
    if visit.text("look"):
        return _page(visit, pattern, out, None)
    verdict = visit.text("verdict")
    try:
        if verdict not in list(Verdict):
            raise UsageError(f"say {', '.join(SAYS.values())}")
        decision = Decision(Verdict(verdict), visit.text("why"))
        free = visit.number("free")
        seen = None if free is None else min(review.AT_ONCE, free - len(out))
        said, found = beside.decide_rest(visit.resolver, pattern, decision, out, visit.who, seen)
    except (StaleError, ConflictError, UsageError) as refused:
        return _page(visit, pattern, out, refused)
    visit.audit("desk.decide_alike", f"act {said.act}")
    told = Told(f"Saved: {SAYS[decision.verdict]} for {count(found.cases, 'case')}.", said.act)
    return back(request, "/steward/queue", told)


def _pattern(request: Request) -> str:
    pattern = Asked.of(request).pattern
    if pattern is None:
        raise UsageError("name which cases: open this page from the queue")
    return pattern


def _page(visit: Visit, pattern: str, out: tuple[str, ...], refused: ResolverError | None) -> Response:
    found = review.alike(visit.resolver, pattern, out, visit.who)
    visit.audit("desk.alike", *(item.case_id for item in found.sample))
    verdict = beside.agreed(found.verdicts)
    return page(
        visit,
        "alike.html",
        status=200 if refused is None else int(entry_of(refused).status),
        here="/steward/queue",
        pattern=pattern,
        alike=alike(pattern),
        found=found,
        sample=[(item, names(item)) for item in found.sample],
        out=out,
        verdict=verdict,
        word=SAYS[verdict] if verdict is not None else None,
        decided=sum(found.verdicts.values()),
        so_far=so_far(found.verdicts),
        agreeing=beside.AGREEING,
        refused=None if refused is None else str(refused),
        why=visit.text("why") or "",
        whole="/steward/queue",
        query=Asked(pattern=pattern).query(),
    )
