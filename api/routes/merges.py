"""Merges and splits by hand, and taking back what was done."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Reads, Session, Stewards
from api.problems import answers
from api.schemas.acts import (
    ActLine,
    ActOut,
    ActsOut,
    ForeseeIn,
    ForeseenOut,
    MergeIn,
    MergePreview,
    NamedAct,
    SplitIn,
    UndoIn,
    UndoOut,
)
from api.schemas.entity import LARGEST, Limit, NamedEntity
from api.seen import Seen
from api.settings import PAGE
from resolver.paths.finding import record_keys
from resolver.paths.foreseeing import merged, undone
from resolver.store.acts import ActKind

router = APIRouter(tags=["merges"])
Preview = Annotated[bool, Query(description="Only tell what it would do.")]


@router.post("/v1/merges/preview", responses=answers(404, 410), summary="What a merge would do")
def preview_merge(asked: ForeseeIn, session: Stewards) -> MergePreview:
    """The golden record that a merge would give, in what the entities disagree, and what speaks against it.

    Nothing is written. Send `versions` with the merge, so that it is refused if anything changed meanwhile.
    """
    found = merged(session.resolver, asked.entities)
    session.audit("merge.preview", *(one.entity_id for one in found.entities))
    return MergePreview.of(found)


@router.post("/v1/merges", responses=answers(404, 409, 410), summary="Merge entities")
def merge(asked: MergeIn, session: Stewards, seen: Seen) -> ActOut:
    """Says that some entities are one person. The oldest id stays, the others lead to it; it can be undone at any time.

    Refused (409) when an entity is in another state than the one you saw, when a verdict says that two of them are
    different (the answer names it), and when by rule two stewards decide about so many records, unless you are admin.
    """
    caller = session.caller
    done = session.resolver.merge(
        *asked.entities, who=caller.name, why=asked.reason, seen=asked.seen(seen), alone=caller.decides_alone
    )
    session.audit("merge", *asked.entities)
    return ActOut.of(session.resolver.deed(done.act))


@router.post("/v1/merges/{act}/undo", responses=answers(404, 409), summary="Undo a merge")
def undo_merge(act: NamedAct, session: Stewards, asked: UndoIn | None = None, preview: Preview = False) -> UndoOut:
    """Takes back a merge, whenever it was: the state is as if it had never been, with all that came since."""
    return _undo(session, act, asked, preview, ActKind.MERGE)


@router.post("/v1/entities/{entity_id}/split", responses=answers(404, 409, 410), summary="Split an entity")
def split(entity_id: NamedEntity, asked: SplitIn, session: Stewards, seen: Seen) -> ActOut:
    """Says that some records of an entity are another person than the rest; refused (409) as a merge is."""
    keys = record_keys(session.resolver, asked.records)
    caller = session.caller
    done = session.resolver.split(
        entity_id, *keys, who=caller.name, why=asked.reason, seen=seen, alone=caller.decides_alone
    )
    session.audit("split", entity_id)
    return ActOut.of(session.resolver.deed(done.act))


@router.get("/v1/acts", responses=answers(), summary="What people did")
def acts(
    session: Reads,
    cursor: Annotated[
        int | None, Query(ge=1, le=LARGEST, description="Acts before it: `next_cursor` of the page before.")
    ] = None,
    limit: Limit = PAGE,
) -> ActsOut:
    """Verdicts, merges, splits, pins and undos, the last first, with who did them and why."""
    found = session.resolver.deeds(cursor, limit + 1)
    page = [ActLine.of(deed) for deed in found[:limit]]
    session.audit("act.list", *(str(line.act) for line in page))
    return ActsOut(acts=page, next_cursor=page[-1].act if len(found) > limit else None)


@router.post("/v1/acts/{act}/undo", responses=answers(404, 409), summary="Undo an act")
def undo_act(act: NamedAct, session: Stewards, asked: UndoIn | None = None, preview: Preview = False) -> UndoOut:
    """Takes back whatever somebody did, whenever it was; undoing an undo puts the act in force again."""
    return _undo(session, act, asked, preview, None)


def _undo(session: Session, act: int, asked: UndoIn | None, preview: bool, kind: ActKind | None) -> UndoOut:
    if preview:
        blocked, foreseen = undone(session.resolver, act, kind)
        session.audit("undo.preview", str(act))
        return UndoOut(preview=True, done=None, blocked=blocked, foreseen=[ForeseenOut.of(one) for one in foreseen])
    reason = asked.reason if asked else None
    done = session.resolver.undo(act, who=session.caller.name, why=reason, kind=kind)
    session.audit("undo", str(act))
    return UndoOut(preview=False, done=ActOut.of(session.resolver.deed(done.act)), blocked=None, foreseen=[])
