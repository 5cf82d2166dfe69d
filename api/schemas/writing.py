"""What is written through the API, and what became of it."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.matching import RESULT, MatchedEntity, MatchResult, results
from api.schemas.record import Record, RecordId
from resolver.paths.creating import Outcome, Rule
from resolver.paths.keeping import Became, Happened, Kept, One
from resolver.store.journal import Kind
from resolver.store.past import Entity

EVENT: dict[str, Any] = {"kind": "updated", "entity_id": "ewo5rbpvoyfviqegw", "into": []}


class ContactRequest(BaseModel):
    """A contact that is to be there."""

    model_config = ConfigDict(extra="forbid")

    record: Record


class Affected(BaseModel):
    """What happened to an entity. into: the entities that its records went to."""

    kind: Kind
    entity_id: str
    into: list[str]


def affected(events: Sequence[Happened]) -> list[Affected]:
    """Events, to be told."""
    return [Affected(kind=one.kind, entity_id=one.entity_id, into=list(one.into)) for one in events]


class ContactAnswer(BaseModel):
    """A contact that is there now. matches: whom it was like when it came. act: of the verdict that keeps it apart."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": "created",
                "source": "api",
                "record_id": "9f1c0b6e5a7d4f3c8b2a1d0e9c8b7a65",
                "entity": RESULT["entity"],
                "matches": [],
                "rule": None,
                "act": None,
                "events": [{"kind": "created", "entity_id": "ewo5rbpvoyfviqegw", "into": []}],
            }
        }
    )

    status: str = Field(pattern="^(created|attached)$")
    source: str
    record_id: str
    entity: MatchedEntity
    matches: list[MatchResult]
    rule: Rule | None
    act: int | None
    events: list[Affected]

    @classmethod
    def of(cls, outcome: Outcome, entity: Entity) -> "ContactAnswer":
        """What became of a contact that was written, to be told."""
        return cls(
            status="created" if outcome.is_new else "attached",
            source=outcome.wish.contact.source,
            record_id=outcome.wish.contact.record_id,
            entity=MatchedEntity.of(entity),
            matches=results(outcome.matches),
            rule=outcome.rule,
            act=outcome.act,
            events=affected(outcome.events),
        )


class Duplicates(BaseModel):
    """What the answer 409 `duplicates_detected` says besides: whom the contact is like, whether it may be saved all the
    same (`on_duplicate=create`), and which rule stopped it."""

    matches: list[MatchResult]
    allow_save: bool
    rule: Rule


class RecordAnswer(BaseModel):
    """What became of a record. version: its ETag."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "source": "crm",
                "record_id": "42",
                "status": "updated",
                "version": "9b1d2f400f3a5c7e",
                "entity_id": "ewo5rbpvoyfviqegw",
                "events": [EVENT],
            }
        }
    )

    source: str
    record_id: str
    status: Became
    version: str | None
    entity_id: str | None
    events: list[Affected]

    @property
    def is_new(self) -> bool:
        """Whether there was no such record before."""
        return self.status == Became.CREATED

    @classmethod
    def of(cls, kept: Kept) -> "RecordAnswer":
        """What became of one record, to be told."""
        (one,) = kept.records
        return cls(
            source=one.source,
            record_id=one.record_id,
            status=one.became,
            version=one.version,
            entity_id=one.entity_id,
            events=affected(kept.events),
        )


class StoredRecord(BaseModel):
    """A record as the store has it, in the canonical form, and its entity."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "source": "crm",
                "record_id": "42",
                "version": "9b1d2f400f3a5c7e",
                "record": {"given_name": "Ann", "family_name": "Lee", "emails": [{"raw": "ann.lee@example.com"}]},
                "entity": RESULT["entity"],
            }
        }
    )

    source: str
    record_id: str
    version: str
    record: dict[str, Any]
    entity: MatchedEntity


class BatchLine(BaseModel):
    """One line of a batch."""

    model_config = ConfigDict(extra="forbid")

    record_id: RecordId
    record: Record


class LineProblem(BaseModel):
    """Why a line was not taken."""

    code: str
    detail: str


class LineAnswer(BaseModel):
    """What became of one line; `error` where it was not taken."""

    line: int
    record_id: str | None = None
    status: Became | None = None
    version: str | None = None
    entity_id: str | None = None
    error: LineProblem | None = None

    @classmethod
    def of(cls, line: int, one: One) -> "LineAnswer":
        """What became of a record that was taken."""
        return cls(line=line, record_id=one.record_id, status=one.became, version=one.version, entity_id=one.entity_id)


class BatchAnswer(BaseModel):
    """What became of the lines of a batch, in their order, and of entities."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "results": [
                    {"line": 1, "record_id": "42", "status": "created", "version": "9b1d2f400f3a5c7e",
                     "entity_id": "ewo5rbpvoyfviqegw", "error": None},
                    {"line": 2, "record_id": None, "status": None, "version": None, "entity_id": None,
                     "error": {"code": "invalid_line", "detail": "the line is not a JSON object"}},
                ],
                "taken": 1,
                "refused": 1,
                "events": [EVENT],
            }
        }
    )  # fmt: skip

    results: list[LineAnswer]
    taken: int
    refused: int
    events: list[Affected]
