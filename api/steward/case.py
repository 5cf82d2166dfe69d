"""A case: two to sixty records side by side, why it is asked, what each answer makes; and what is done with it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.problems import entry_of
from api.steward.asking import Asked
from api.steward.case_view import Typed, opened
from api.steward.frame import Told, back, page
from api.steward.session import Decides, Looks, Visit
from api.steward.wording import SAYS, plainly
from resolver import beside, review
from resolver.beside import Drift
from resolver.errors import ConflictError, ResolverError, StaleError, UsageError
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.review import Case, Said
from resolver.store.cases import Kind

router = APIRouter(include_in_schema=False)
CHOSEN, TYPED = "value.", "other."
"""Before the name of a field stands what was chosen for it, and what was typed in place of that."""
DAYS = (1, 7, 30)
"""A case is put aside for so many days."""
LABELS = {
    Kind.BETWEEN: (SAYS[Verdict.SAME], SAYS[Verdict.DIFFERENT]),
    Kind.INSIDE: ("Same: keep together", "Different: split"),
    Kind.CONSENT: ("Same: strictest consent", SAYS[Verdict.DIFFERENT]),
}
"""What the two answers are called, by what a case asks."""


@dataclass(frozen=True)
class Refused:
    """Why a decision was not taken, and what changed since the case was looked at."""

    title: str
    detail: str
    status: int
    drifts: list[Drift]


@router.get("/steward/cases/{case_id}")
def steward_case(case_id: str, request: Request, visit: Looks) -> Response:
    """A case in full."""
    asked = Asked.of(request)
    found = review.case(visit.resolver, case_id)
    place = beside.around(visit.resolver, case_id, asked.wanted(visit.who), asked.sort)
    visit.audit("desk.case", case_id)
    return _page(visit, found, asked, place=place)


@router.get("/steward/cases/{case_id}/place")
def steward_place(case_id: str, request: Request, visit: Looks) -> Response:
    """Where a case is in the queue: the piece of its page that may come later."""
    asked = Asked.of(request)
    place = beside.around(visit.resolver, case_id, asked.wanted(visit.who), asked.sort)
    visit.audit("desk.case", case_id)
    return page(visit, "place.html", place=place, asked=asked)


@router.post("/steward/cases/{case_id}/decision")
def steward_decision(case_id: str, request: Request, visit: Decides) -> Response:
    """Decides a case, and goes on to the next one; where that is refused, nothing that was typed is lost."""
    asked = Asked.of(request)
    typed = Typed()
    try:
        typed = _typed(visit)
        decision = _decision(visit, typed)
        answered = review.decide(visit.resolver, case_id, decision, visit.who, asked.wanted(visit.who))
    except (StaleError, ConflictError, UsageError) as refused:
        return _refused(visit, case_id, asked, typed, refused)
    visit.audit("desk.decide", case_id, *([f"act {answered.said.act}"] if answered.said else []))
    said = _saved(decision.verdict, case_id, answered.said)
    if answered.next is None:
        return back(request, f"/steward/queue{asked.query()}", said)
    path = f"/steward/cases/{answered.next.item.case_id}{asked.query()}"
    if not visit.is_part:
        return back(request, path, said)
    made = _page(visit, answered.next, asked, said=said, whole=path)
    made.headers["HX-Push-Url"] = path
    return made


@router.post("/steward/cases/{case_id}/withdraw")
def steward_withdraw(case_id: str, request: Request, visit: Decides) -> Response:
    """Takes back what who asks said of a case that another steward has to agree with."""
    review.withdraw(visit.resolver, case_id, visit.who)
    visit.audit("desk.withdraw", case_id)
    return _again(request, case_id, Told("Taken back. The case is in your queue again."))


@router.post("/steward/cases/{case_id}/claim")
def steward_claim(case_id: str, request: Request, visit: Decides) -> Response:
    """Holds a case for who asks, a while longer if they hold it already."""
    try:
        item = review.claim(visit.resolver, case_id, visit.who)
    except (StaleError, ConflictError):
        # somebody else was quicker: the page tells who, when it is looked at again or decided
        if not visit.is_part:
            raise
        item = review.case(visit.resolver, case_id).item
    visit.audit("desk.claim", case_id)
    if visit.is_part:
        return page(visit, "hold.html", item=item, asked=Asked.of(request))
    return _again(request, case_id, Told("Held for you for 15 minutes."))


@router.post("/steward/cases/{case_id}/release")
def steward_release(case_id: str, request: Request, visit: Decides) -> Response:
    """Lets go of a case, and leads to the queue."""
    review.release(visit.resolver, case_id, visit.who)
    visit.audit("desk.release", case_id)
    return back(request, f"/steward/queue{Asked.of(request).query()}", Told("Let go of the case."))


@router.post("/steward/cases/{case_id}/assign")
def steward_assign(case_id: str, request: Request, visit: Decides) -> Response:
    """Says for whom a case is, and by when."""
    due = visit.text("due")
    try:
        moment = None if due is None else datetime.fromisoformat(due).replace(hour=23, minute=59, tzinfo=UTC)
    except ValueError as error:
        raise UsageError(f"{due} is no date; write it as 2026-05-31") from error
    assignee = visit.text("assignee")
    review.assign(visit.resolver, case_id, assignee, moment)
    visit.audit("desk.assign", case_id)
    return _again(request, case_id, Told(f"Assigned to {assignee}." if assignee else "Assigned to nobody."))


@router.post("/steward/cases/{case_id}/snooze")
def steward_snooze(case_id: str, request: Request, visit: Decides) -> Response:
    """Puts a case aside for some days, and goes on to the next one; or takes it up again."""
    asked, days = Asked.of(request), visit.number("days")
    until = None if not days else datetime.now(UTC) + timedelta(days=min(days, 365))
    review.snooze(visit.resolver, case_id, until, visit.who)
    visit.audit("desk.snooze", case_id)
    if until is None:
        return _again(request, case_id, Told("Taken up again."))
    following = review.next_case(visit.resolver, asked.wanted(visit.who), visit.who)
    path = "/steward/queue" if following is None else f"/steward/cases/{following.item.case_id}"
    return back(request, path + asked.query(), Told(f"Put aside until {until:%d %b}."))


@router.post("/steward/cases/{case_id}/note")
def steward_note(case_id: str, request: Request, visit: Decides) -> Response:
    """Writes a note beside a case."""
    review.note(visit.resolver, case_id, visit.who, visit.text("note") or "")
    visit.audit("desk.note", case_id)
    return _again(request, case_id, Told("Noted."))


def _saved(verdict: Verdict, case_id: str, said: Said | None) -> Told:
    """What is told of a decision; said: what it did, nothing yet for None."""
    if said is None:
        return Told(f"Kept: {SAYS[verdict]}. It is done when another steward says the same.", case=case_id)
    return Told(f"Saved: {SAYS[verdict]}.", said.act)


def _again(request: Request, case_id: str, said: Told) -> Response:
    return back(request, f"/steward/cases/{case_id}{Asked.of(request).query()}", said)


def _typed(visit: Visit) -> Typed:
    """What the form holds; a value that was typed counts before one that was chosen."""
    values = {}
    for name in visit.form:
        if name.startswith((CHOSEN, TYPED)):
            field_name = name.partition(".")[2]
            said = visit.text(TYPED + field_name) or visit.text(CHOSEN + field_name)
            if said is not None:
                values[field_name] = said
    return Typed(visit.text("why") or "", visit.texts("leave_out"), visit.texts("also"), values)


def _decision(visit: Visit, typed: Typed) -> Decision:
    verdict = visit.text("verdict")
    if verdict not in list(Verdict):
        raise UsageError(f"say {', '.join(SAYS.values())}")
    # values are for one person: whoever says different has not chosen any
    values = typed.values if verdict == Verdict.SAME else {}
    also = typed.also if verdict == Verdict.SAME else ()
    return Decision(Verdict(verdict), typed.why or None, typed.leave_out, also, values, visit.number("version"))


def _seconded(found: Case, who: str) -> Typed:
    """What another steward chose, to be agreed with as it is; nothing where several said something, or nobody did."""
    if len(found.item.opinions) != 1 or found.item.opinions[0].who == who:
        return Typed()
    (first,) = found.item.opinions
    values = {name: str(value) for name, value in first.values.items()}
    return Typed(leave_out=first.leave_out, also=first.also, values=values)


def _refused(visit: Visit, case_id: str, asked: Asked, typed: Typed, error: ResolverError) -> Response:
    """The page of the case as it is now, with why the decision was refused and all that was typed."""
    found = review.case(visit.resolver, case_id)
    version = visit.number("version")
    drifts = []
    if isinstance(error, StaleError) and version is not None:
        drifts = beside.since(visit.resolver, case_id, version)
    entry = entry_of(error)
    told = Refused(entry.title, plainly(str(error)), int(entry.status), drifts)
    made = _page(visit, found, asked, typed=typed, refused=told, whole=f"/steward/cases/{case_id}{asked.query()}")
    if visit.is_part:
        made.headers["HX-Push-Url"] = "false"
    return made


def _page(
    visit: Visit,
    found: Case,
    asked: Asked,
    *,
    typed: Typed | None = None,
    refused: Refused | None = None,
    **frame: object,
) -> Response:
    typed = typed or _seconded(found, visit.who)
    near = beside.nearby(visit.resolver, found.item.case_id) if found.full and found.item.kind != Kind.CONSENT else []
    frame.setdefault("place", None)
    return page(
        visit,
        "case.html",
        status=refused.status if refused else 200,
        here="/steward/queue",
        case=opened(found, typed),
        asked=asked,
        typed=typed,
        refused=refused,
        near=near,
        labels=LABELS[Kind(found.item.kind)],
        says=SAYS,
        days=DAYS,
        **frame,
    )
