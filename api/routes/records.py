"""Records: what the source systems write, one by one or many at once."""

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Body, Path
from pydantic import ValidationError
from starlette.responses import Response

from api.conditions import Deleting, Putting, etag
from api.deps import Matches, Reads
from api.limits import LINES
from api.problems import answers
from api.schemas.matching import MatchedEntity
from api.schemas.record import NewSource, RecordId, Source
from api.schemas.writing import (
    BatchAnswer,
    BatchLine,
    ContactRequest,
    LineAnswer,
    LineProblem,
    RecordAnswer,
    StoredRecord,
    affected,
)
from api.settings import MOST_LINES
from resolver.errors import UsageError

router = APIRouter(tags=["writing"])
PLACE = "/v1/sources/{source}/records"
InSource = Annotated[Source, Path(description="The system that the record is of.", examples=["crm"])]
Named = Annotated[RecordId, Path(description="Its id there.", examples=["42"])]
BATCH_EXAMPLE = (
    '{"record_id": "42", "record": {"given_name": "Ann", "email": "ann.lee@example.com"}}\n'
    '{"record_id": "43", "record": {"name": "Bob Fox", "phone": "+1 312 555 0188"}}\n'
)


@router.put(
    PLACE + "/{record_id:path}",
    responses={**answers(404, 410, 412), 201: {"model": RecordAnswer, "description": "It is new"}},
    summary="Write a record of a source",
)
def put_record(
    asked: ContactRequest,
    source: Annotated[NewSource, Path(description="The system that the record is of.", examples=["crm"])],
    record_id: Named,
    session: Matches,
    condition: Putting,
    response: Response,
) -> RecordAnswer:
    """Takes over the present state of a record, new or not, and resolves what depends on it.

    The answer names the entity it is of and all entities that changed. A record that says the same as before changes
    nothing. A record that was forgotten is not taken again (410).
    """
    person = asked.record.contact(source, record_id)
    kept = session.resolver.put(person, condition, who=session.caller.name)
    told = RecordAnswer.of(kept)
    session.audit("records.put", *_named(told))
    response.status_code = 201 if told.is_new else 200
    if told.version is not None:
        response.headers["ETag"] = etag(told.version)
    return told


@router.delete(PLACE + "/{record_id:path}", responses=answers(404, 410, 412), summary="Delete a record of a source")
def delete_record(source: InSource, record_id: Named, session: Matches, condition: Deleting) -> RecordAnswer:
    """Sets a record aside: it is in no entity any more, nothing of it is lost, and it may come back."""
    kept = session.resolver.remove((source, record_id), condition, who=session.caller.name)
    told = RecordAnswer.of(kept)
    session.audit("records.delete", *_named(told))
    return told


@router.get(PLACE + "/{record_id:path}", responses=answers(404, 410), summary="Read a record of a source")
def get_record(source: InSource, record_id: Named, session: Reads, response: Response) -> StoredRecord:
    """The record as it was written last, in the canonical form, and the entity it is of."""
    found = session.resolver.record((source, record_id))
    session.audit("records.read", found.entity.entity_id)
    response.headers["ETag"] = etag(found.record.version)
    return StoredRecord(
        source=source,
        record_id=record_id,
        version=found.record.version,
        record=found.record.content,
        entity=MatchedEntity.of(found.entity),
    )


@router.post(PLACE + ":batch", responses=answers(), summary="Write many records of a source")
def put_records(
    source: Annotated[NewSource, Path(description="The system that the records are of.", examples=["crm"])],
    lines: Annotated[bytes, Body(media_type=LINES, examples=[BATCH_EXAMPLE])],
    session: Matches,
) -> BatchAnswer:
    """Takes over up to 10,000 records at once: one JSON object a line, `{"record_id": ..., "record": {...}}`.

    Lines that cannot be read are told with their number and the reason, and the others are taken, all of them in one
    transaction. A store without a model trains one on the first batch.
    """
    read = dict(_read(lines))
    good = {line: one for line, one in read.items() if isinstance(one, BatchLine)}
    people = [one.record.contact(source, one.record_id) for one in good.values()]
    kept = session.resolver.put_all(people, who=session.caller.name)
    taken = {line: LineAnswer.of(line, one) for line, one in zip(good, kept.records, strict=True)}
    told = [one if isinstance(one, LineAnswer) else taken[line] for line, one in read.items()]
    session.audit("records.batch", *dict.fromkeys(event.entity_id for event in kept.events))
    refused = sum(one.error is not None for one in told)
    return BatchAnswer(results=told, taken=len(told) - refused, refused=refused, events=affected(kept.events))


def _named(told: RecordAnswer) -> list[str]:
    """The entities that an answer names."""
    return list(dict.fromkeys(([told.entity_id] if told.entity_id else []) + [one.entity_id for one in told.events]))


def _read(lines: bytes) -> Iterator[tuple[int, BatchLine | LineAnswer]]:
    """The lines by their numbers, as they are meant, or what is wrong with them. Raises UsageError for too many."""
    texts = [(line, text) for line, text in enumerate(lines.split(b"\n"), start=1) if text.strip()]
    if len(texts) > MOST_LINES:
        raise UsageError(f"a batch may have {MOST_LINES:,} lines, and this one has {len(texts):,}")
    seen: dict[str, int] = {}
    for line, text in texts:
        found = _line(line, text)
        if isinstance(found, BatchLine):
            first = seen.setdefault(found.record_id, line)
            if first != line:
                found = _refused(line, f"record {found.record_id} stands in line {first} already", found.record_id)
        yield line, found


def _line(line: int, text: bytes) -> BatchLine | LineAnswer:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _refused(line, "the line is not JSON")
    try:
        return BatchLine.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return _refused(line, f"{place}: {first['msg']}" if place else first["msg"])


def _refused(line: int, reason: str, record_id: str | None = None) -> LineAnswer:
    return LineAnswer(line=line, record_id=record_id, error=LineProblem(code="invalid_line", detail=reason))
