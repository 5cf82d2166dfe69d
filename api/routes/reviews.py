"""Reviews: the cases that a steward decides."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import Reads, Stewards
from api.problems import answers
from api.schemas.reviews import (
    CASE_ID,
    AnsweredOut,
    AssignIn,
    BulkIn,
    BulkOut,
    CaseItem,
    CaseOut,
    ClaimIn,
    DecisionIn,
    NoteIn,
    NotesOut,
    QueueOut,
    QueueQuery,
    SnoozeIn,
    UndoIn,
    UndoneOut,
)
from api.schemas.standing import StandingOut
from api.schemas.writing import affected
from resolver import review
from resolver.paths.deciding import Decision
from resolver.standing import standing

router = APIRouter(tags=["reviews"])
CaseId = Annotated[str, Path(min_length=1, max_length=100, description="The case.", examples=[CASE_ID])]


@router.get("/v1/reviews", responses=answers(404, 410), summary="Look at the queue")
def review_queue(asked: Annotated[QueueQuery, Query()], session: Reads) -> QueueOut:
    """The cases that wait for a steward, what is worth most first: how unsure it is, times the records that hang on it.

    `counts` tells how many there are of all that the filters let through.
    """
    wanted = asked.wanted
    if asked.entity is not None:
        wanted = replace(wanted, entities=review.about(session.resolver, asked.entity))
    page = review.queue(session.resolver, wanted, asked.sort, asked.cursor, asked.limit)
    counted = review.counts(session.resolver, wanted) if asked.counts else None
    session.audit("reviews.queue", *(item.case_id for item in page.items))
    return QueueOut.of(page, counted)


@router.get("/v1/reviews/standing", responses=answers(), summary="Look at how the queue fares")
def review_standing(session: Reads) -> StandingOut:
    """What waits and for how long, what was decided by whom, and how often stewards say what the engine would have."""
    return StandingOut.of(standing(session.resolver), review.patterns(session.resolver))


@router.post("/v1/reviews/bulk", responses=answers(404, 409), summary="Decide all cases of a pattern")
def decide_alike(asked: BulkIn, session: Stewards) -> BulkOut:
    """With `preview` (as it is unless you say otherwise) tells what it is about: how many cases, and some of them.

    Without it decides them, in one act that is undone as one. What others hold, or is assigned to others, is left to
    them. Name in `seen` how many cases the preview told of, and nothing is done when there are others by now.
    """
    who = session.caller.name
    if asked.preview:
        found = review.alike(session.resolver, asked.pattern, asked.exclude, who)
        session.audit("reviews.bulk_preview", *(item.case_id for item in found.sample))
        return BulkOut.of(found)
    decision = Decision(asked.verdict, asked.why)
    said, found = review.decide_alike(session.resolver, asked.pattern, decision, asked.exclude, who, asked.seen)
    session.audit("reviews.bulk", f"act {said.act}")
    return BulkOut.of(found).model_copy(update={"act": said.act, "events": affected(said.events)})


@router.post("/v1/reviews/undo", responses=answers(404, 409), summary="Take a decision back")
def undo_decision(asked: UndoIn, session: Stewards) -> UndoneOut:
    """Takes back a decision, of one case or of many, whenever it was: all is as if it had never been said.

    Undoing the answer's `act` brings the decision back.
    """
    found = review.undo(session.resolver, asked.act, session.caller.name, asked.why)
    session.audit("reviews.undo", f"act {asked.act}", *(item.case_id for item in found.cases))
    return UndoneOut.of(found)


@router.get("/v1/reviews/{case_id}", responses=answers(404), summary="Look at a case")
def review_case(case_id: CaseId, session: Reads) -> CaseOut:
    """A case with all that is needed to decide it: its records side by side, the evidence, and what each answer makes.

    `version` is what your decision is made on; name it there.
    """
    found = review.case(session.resolver, case_id)
    session.audit("reviews.read", case_id)
    return CaseOut.of(found)


@router.post("/v1/reviews/{case_id}/claim", responses=answers(404, 409), summary="Hold a case")
def claim_case(case_id: CaseId, asked: ClaimIn, session: Stewards) -> CaseItem:
    """Holds a case for you, so that nobody else decides it meanwhile; claim it again to hold it longer.

    Where somebody else holds it the answer is 409 `held`, with `holder` and `until`.
    """
    held = review.claim(session.resolver, case_id, session.caller.name, timedelta(minutes=asked.minutes))
    session.audit("reviews.claim", case_id)
    return CaseItem.model_validate(held)


@router.post("/v1/reviews/{case_id}/release", responses=answers(404, 409), summary="Let go of a case")
def release_case(case_id: CaseId, session: Stewards) -> CaseItem:
    """Lets others work on a case that you held."""
    released = review.release(session.resolver, case_id, session.caller.name)
    session.audit("reviews.release", case_id)
    return CaseItem.model_validate(released)


@router.post("/v1/reviews/{case_id}/assign", responses=answers(404, 409), summary="Assign a case")
def assign_case(case_id: CaseId, asked: AssignIn, session: Stewards) -> CaseItem:
    """Says which steward a case is for, and when it is due."""
    assigned = review.assign(session.resolver, case_id, asked.assignee, asked.due)
    session.audit("reviews.assign", case_id)
    return CaseItem.model_validate(assigned)


@router.post("/v1/reviews/{case_id}/snooze", responses=answers(404, 409), summary="Put a case aside for a while")
def snooze_case(case_id: CaseId, asked: SnoozeIn, session: Stewards) -> CaseItem:
    """Takes a case out of the queue until a moment, and lets go of it; null for `until` takes it up again."""
    snoozed = review.snooze(session.resolver, case_id, asked.until, session.caller.name)
    session.audit("reviews.snooze", case_id)
    return CaseItem.model_validate(snoozed)


@router.post("/v1/reviews/{case_id}/note", responses=answers(404), summary="Write a note beside a case")
def note_case(case_id: CaseId, asked: NoteIn, session: Stewards) -> NotesOut:
    """Adds a note, and answers with all of the case. Notes go when somebody of the case is forgotten."""
    notes = review.note(session.resolver, case_id, session.caller.name, asked.text)
    session.audit("reviews.note", case_id)
    return NotesOut.of(notes)


@router.post("/v1/reviews/{case_id}/decision", responses=answers(404, 409, 410), summary="Decide a case")
def decide_case(case_id: CaseId, asked: DecisionIn, session: Stewards) -> AnsweredOut:
    """Same, different, or unsure, in one act that can be undone; answers with the next case of your queue.

    With `leave_out` the records named are another person: so several are joined with some left out, and an entity is
    split in two. A case that is not what you saw (`version`) is refused as `stale`, with what happened.

    Where the case needs two stewards (`needs_second`), what you say is kept, `act` is null, and it is done when
    somebody else says the same in all of it. What you say again takes the place of what you said.
    """
    found = review.decide(session.resolver, case_id, asked.decision, session.caller.name, asked.queue.wanted)
    session.audit("reviews.decide", case_id, *([f"act {found.said.act}"] if found.said else []))
    return AnsweredOut.of(found)


@router.delete(
    "/v1/reviews/{case_id}/decision", responses=answers(404, 409), summary="Take back what you said of a case"
)
def withdraw_decision(case_id: CaseId, session: Stewards) -> CaseItem:
    """Takes back what you said of a case that needs two stewards, while nobody else has said the same.

    A decision that was done is undone: `/v1/reviews/undo`.
    """
    found = review.withdraw(session.resolver, case_id, session.caller.name)
    session.audit("reviews.withdraw", case_id)
    return CaseItem.model_validate(found)
