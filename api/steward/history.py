"""History: what people did, the last first, and the undoing of any of it."""

from collections import Counter
from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.steward.frame import Told, back, page
from api.steward.session import Decides, Looks
from api.steward.shapes import Happening
from api.steward.wording import SAYS, plainly
from resolver import beside, review
from resolver.errors import UsageError
from resolver.paths.foreseeing import undone
from resolver.review import Undone
from resolver.store.acts import ActKind
from resolver.store.deeds import Deed
from resolver.words.plain import count, field_word

router = APIRouter(include_in_schema=False)
ON_A_PAGE = 30
FEW = 3
"""Of so many verdicts or values an entry tells."""
MOST = 30
"""Of so many people it is told what undoing changes."""
LARGEST = 2**63 - 1
SIGNS = {"same": "=", "different": "≠", "unsure": "?"}


@router.get("/steward/history")
def steward_history(request: Request, visit: Looks) -> Response:
    """What people did, page by page."""
    before = _number(request.query_params.get("before"))
    deeds = visit.resolver.deeds(before, ON_A_PAGE + 1)
    visit.audit("desk.history")
    return page(
        visit,
        "history.html",
        items=[happening(deed) for deed in deeds[:ON_A_PAGE]],
        following=deeds[ON_A_PAGE - 1].act.number if len(deeds) > ON_A_PAGE else None,
    )


@router.get("/steward/history/{act}")
def steward_act(act: int, visit: Looks) -> Response:
    """What somebody did, and what undoing it would change."""
    deed, changes = visit.resolver.deed(_number(str(act)) or 0)
    blocked, foreseen = undone(visit.resolver, act) if deed.act.in_force else (None, [])
    visit.audit("desk.act", f"act {act}")
    return page(
        visit,
        "act.html",
        item=happening(deed, all_lines=True),
        kind=deed.act.kind,
        changes=changes[:MOST],
        blocked=None if blocked is None else plainly(blocked),
        foreseen=foreseen[:MOST],
        beyond=len(foreseen) - MOST,
        title_of=beside.title,
    )


@router.post("/steward/history/{act}/undo")
def steward_undo(act: int, request: Request, visit: Decides) -> Response:
    """Takes back what somebody did, whenever it was."""
    found = review.undo(visit.resolver, _number(str(act)) or 0, visit.who, visit.text("why"))
    visit.audit("desk.undo", f"act {act}", *(item.case_id for item in found.cases[:FEW]))
    return back(request, _where(found, str(visit.form.get("next") or "")), _told(found))


@router.post("/steward/undo")
def steward_undo_last(request: Request, visit: Decides) -> Response:
    """Takes back the last that who asks did; again, and the one before."""
    act = beside.last_act(visit.resolver, visit.who)
    if act is None:
        return back(request, str(visit.form.get("next") or ""), Told("There is nothing of yours to undo."))
    return steward_undo(act, request, visit)


def happening(deed: Deed, *, all_lines: bool = False) -> Happening:
    """An act as a point of a time line."""
    act = deed.act
    lines = [*_said(deed), *_held(deed)]
    shown = lines if all_lines else lines[:FEW]
    if len(lines) > len(shown):
        shown = [*shown, f"and {len(lines) - len(shown)} more"]
    return Happening(
        act.at,
        _title(deed),
        act.who,
        act.why,
        tuple(shown),
        f"/steward/history/{act.number}",
        act.number,
        can_undo=act.in_force,
        undone=not act.in_force,
    )


def _title(deed: Deed) -> str:
    act = deed.act
    records = count(len({key for *ends, _ in deed.verdicts for key in ends}), "record")
    if act.kind == ActKind.UNDO:
        return f"Undid number {act.undoes}"
    if act.kind == ActKind.PIN:
        return "Held a value" if any(value is not None for *_, value in deed.pins) else "Let go of a value"
    if act.kind in (ActKind.MERGE, ActKind.SPLIT):
        return f"{'Merged' if act.kind == ActKind.MERGE else 'Split'} {records}"
    said = Counter(SAYS[verdict] for *_, verdict in deed.verdicts)
    return f"{' and '.join(said)}: {records}"


def _said(deed: Deed) -> list[str]:
    return [f"{one} {SIGNS[verdict]} {other}" for one, other, verdict in deed.verdicts]


def _held(deed: Deed) -> list[str]:
    return [
        f"{field_word(name)}: {'let go' if value is None else value} (kept with {record})"
        for record, name, value in deed.pins
    ]


def _where(found: Undone, asked: str) -> str:
    """To the case that is open again where it was one, else back."""
    again: Sequence[str] = [item.case_id for item in found.cases if item.open]
    return f"/steward/cases/{again[0]}" if len(found.cases) == 1 and again else asked


def _told(found: Undone) -> Told:
    people = count(len(found.said.events), "person", "people")
    cases = f", {count(len(found.cases), 'case')} open again" if found.cases else ""
    return Told(f"Undone: {people} changed{cases}. It stays in the history as number {found.said.act}.")


def _number(text: str | None) -> int | None:
    """The number of an act in an address; UsageError for what is none."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > LARGEST:
        raise UsageError(f"{text[:20]} is no number of an act")
    return int(text)
