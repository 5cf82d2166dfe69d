"""Reconciliation: OpenRefine and its kin match the rows of a table with entities."""

from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse

from api.deps import Matches, Session
from api.problems import answers
from api.schemas.reconcile import (
    EXAMPLE,
    MANIFEST,
    PROPERTIES,
    RESULTS,
    Batch,
    CandidateOut,
    Manifest,
    Result,
    Suggestion,
    Suggestions,
    batch,
    manifest,
    page,
)
from resolver.errors import UsageError
from resolver.paths.reconciling import reconcile as reconciled
from resolver.paths.reconciling import suggest

router = APIRouter(tags=["reconciliation"])
AT_ONCE = 10
"""Suggestions in an answer."""
FARTHEST = 1000
"""Suggestions that may be skipped."""
QUIET = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Referrer-Policy": "no-referrer"}
"""A preview loads nothing and runs nothing."""
Prefix = Annotated[str, Query(max_length=1000, description="What was typed so far.", examples=["ann"])]
Skip = Annotated[int, Query(ge=0, le=FARTHEST, description="Suggestions to skip.", examples=[0])]
JSON: dict[str, Any] = {"contentMediaType": "application/json", "examples": [EXAMPLE]}
Callback = Annotated[str | None, Query(include_in_schema=False)]
ANSWERS: dict[int | str, dict[str, Any]] = {
    **answers(),
    200: {
        "content": {"application/json": {"examples": {"manifest": {"value": MANIFEST}, "results": {"value": RESULTS}}}}
    },
}


@router.get("/reconcile", responses=ANSWERS, summary="Describe the reconciliation service, or reconcile rows")
def reconcile_by_query(
    request: Request,
    session: Matches,
    queries: Annotated[
        str | None, Query(description="Rows as JSON, each under a name.", json_schema_extra=JSON)
    ] = None,
    callback: Callback = None,
) -> Manifest | dict[str, Result]:
    """Without `queries`: the service's manifest. With them: the entities that each row may be of, the likeliest first.

    The Reconciliation Service API 0.2. Nothing is written.
    """
    _refuse_jsonp(callback)
    if queries is None:
        return Manifest(**manifest(str(request.base_url).rstrip("/"), version("contact-resolver")))
    return _answered(session, batch(queries))


@router.post(
    "/reconcile",
    responses={**answers(), 200: {"content": {"application/json": {"example": RESULTS}}}},
    summary="Reconcile rows",
)
def reconcile(
    session: Matches,
    queries: Annotated[str, Form(description="Rows as JSON, each under a name.", json_schema_extra=JSON)],
    callback: Callback = None,
) -> dict[str, Result]:
    """The entities that each row may be of, the likeliest first, for rows in a form field. Nothing is written."""
    _refuse_jsonp(callback)
    return _answered(session, batch(queries))


@router.get(
    "/reconcile/suggest/entity",
    response_model_exclude_none=True,
    responses=answers(),
    summary="Suggest entities while somebody types",
)
def suggest_entities(session: Matches, prefix: Prefix, cursor: Skip = 0) -> Suggestions:
    """Entities whose names hold words that begin as typed, or the one with that id."""
    found = suggest(session.resolver, prefix, cursor, AT_ONCE)
    session.audit("entity.search", *(entity.entity_id for entity in found))
    return Suggestions(result=[Suggestion.of(entity) for entity in found])


@router.get(
    "/reconcile/suggest/property",
    response_model_exclude_none=True,
    responses=answers(),
    summary="Suggest what a column may be about",
)
def suggest_properties(session: Matches, prefix: Prefix = "", cursor: Skip = 0) -> Suggestions:  # noqa: ARG001
    """The properties that rows may have beside what they are called."""
    typed = prefix.strip().lower()
    named = [
        Suggestion(id=pid, name=name)
        for pid, name in PROPERTIES.items()
        if pid.startswith(typed) or name.lower().startswith(typed)
    ]
    return Suggestions(result=named[cursor:])


@router.get(
    "/reconcile/preview",
    response_class=HTMLResponse,
    responses={**answers(404, 410), 200: {"content": {"text/html": {"example": "<!doctype html>..."}}}},
    summary="Preview an entity",
)
def preview_entity(
    session: Matches,
    id: Annotated[str, Query(max_length=200, description="The entity's id.", examples=["eaaaaaaaaaaaaaaaa"])],  # noqa: A002
) -> HTMLResponse:
    """A small page about an entity, to be shown in a frame."""
    session.audit("entity.read", id)
    return HTMLResponse(page(session.resolver.view(id)), headers=QUIET)


def _answered(session: Session, queries: Batch) -> dict[str, Result]:
    found = reconciled(session.resolver, {name: query.row() for name, query in queries.items()})
    each = {name: [CandidateOut.of(one) for one in candidates] for name, candidates in found.items()}
    session.audit("match", *dict.fromkeys(one.id for candidates in each.values() for one in candidates))
    session.matched(len(each))
    return {name: Result(result=candidates) for name, candidates in each.items()}


def _refuse_jsonp(callback: str | None) -> None:
    """A script of any page could read what JSONP answers."""
    if callback is not None:
        raise UsageError("JSONP is not served; pages of the origins in the settings may ask over CORS")
