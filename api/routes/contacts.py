"""Contacts: created only after they were looked for."""

import hashlib
import json
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from api.deps import Matches, Session
from api.problems import MEDIA_TYPE, DuplicatesError, answer, answers
from api.schemas.matching import results
from api.schemas.record import NewSource, RecordId
from api.schemas.writing import ContactAnswer, ContactRequest, Duplicates
from resolver.paths.creating import OnDuplicate, Outcome, Wish
from resolver.store.answers import Answer, Asked

router = APIRouter(tags=["writing"])
HERE = "api"
"""The source of contacts that name none."""
REPLAYED = "Idempotency-Replayed"
"""The header of an answer that is given again."""


@router.post(
    "/v1/contacts",
    status_code=201,
    response_model=ContactAnswer,
    responses={
        **answers(409, 410),
        200: {"model": ContactAnswer, "description": "Attached: it is one of an entity that was there already"},
    },
    summary="Create a contact unless it is there",
)
def create_contact(
    asked: ContactRequest,
    session: Matches,
    on_duplicate: Annotated[
        OnDuplicate, Query(description="What to do with a contact that seems to be there already.")
    ] = OnDuplicate.ALERT,
    source: Annotated[NewSource, Query(description="The system that the record is of.", examples=["crm"])] = HERE,
    record_id: Annotated[
        RecordId | None, Query(description="Its id there; one is made where it is left out.", examples=["42"])
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, pattern="^[!-~]+$", description="A name for this request, to repeat it."),
    ] = None,
) -> Response:
    """Looks for the contact and writes it, in one step that no other request of the tenant gets in between.

    `on_duplicate=alert` writes nothing when the contact seems to be there: the answer is 409 `duplicates_detected`
    with `matches`, the `rule` that stopped it, and whether it may be saved all the same (`allow_save`). `attach` writes
    it, and it is joined with the entity that it is of (200) or is one of its own (201). `create` writes it as another
    person (201): a verdict (`act`) keeps it apart from all whom it is like, until a steward takes that back.

    The same request under the same `Idempotency-Key` is done once. Whoever repeats it within 24 hours gets the same
    answer to the byte, with the header `Idempotency-Replayed`; another request under the key is refused
    (`idempotency_key_reused`). Requests that are refused as wrong are not kept.
    """
    contact = asked.record.contact(source, record_id or uuid4().hex)
    who = session.caller.name
    named = idempotency_key and Asked(idempotency_key, _digest(asked, source, record_id, on_duplicate), who)
    told, again = session.resolver.create(
        Wish(contact, on_duplicate, who), lambda outcome: _told(session, outcome), named or None
    )
    if again:
        session.audit("contacts.replay")
    media_type = MEDIA_TYPE if told.status >= 400 else "application/json"
    return Response(told.body, told.status, {REPLAYED: "true"} if again else None, media_type)


def _digest(asked: ContactRequest, *beside: str | None) -> str:
    """What tells one request from another."""
    text = json.dumps([asked.model_dump(mode="json"), *beside], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _told(session: Session, outcome: Outcome) -> Answer:
    """The answer, and a line of the audit for whom it names."""
    named = [one.entity.entity_id for one in outcome.matches]
    if outcome.entity is None:
        session.audit("contacts.duplicates", *named)
        told = Duplicates(matches=results(outcome.matches), allow_save=outcome.allow_save, rule=outcome.rule)
        error = DuplicatesError("the contact is like those in `matches`", told.model_dump(mode="json"))
        return Answer(409, bytes(answer(error, session.request_id).body).decode())
    session.audit("contacts.create", *dict.fromkeys([outcome.entity.entity_id, *named]))
    body = ContactAnswer.of(outcome, outcome.entity).model_dump_json()
    return Answer(201 if outcome.is_new else 200, body)
