"""What is asked of a match, and what is answered."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.schemas.record import Record
from resolver.paths.looking import Found, Grade, Wanted
from resolver.paths.matching import Decision
from resolver.paths.viewing import values_of
from resolver.store.past import Entity

MOST_QUERIES = 100
"""Contacts that are looked for in one request."""
MOST_RESULTS = 100
"""Entities that are told of for each."""
Word = Annotated[str, StringConstraints(min_length=1, max_length=800, pattern=r"^[^\x00]+$")]


class Query(BaseModel):
    """One contact to be looked for."""

    model_config = ConfigDict(extra="forbid")

    record: Record


class MatchRequest(BaseModel):
    """A contact to be looked for, or several under names of the caller's."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "record": {"given_name": "Ann", "family_name": "Lee", "email": "ann.lee@example.com"},
                "limit": 5,
                "threshold": 0.1,
            },
            "oneOf": [{"required": ["record"]}, {"required": ["queries"]}],
        },
    )

    record: Record = Field(default_factory=Record, description="One contact.")
    queries: dict[Word, Query] = Field(
        default_factory=dict, min_length=1, max_length=MOST_QUERIES, description="Several contacts."
    )
    limit: int = Field(10, ge=1, le=MOST_RESULTS, strict=True, description="Entities that are told of at most.")
    threshold: float = Field(0.0, ge=0, le=1, strict=True, description="The least probability.")
    only_certain: bool = Field(default=False, strict=True, description="Leave out all of which somebody is to decide.")
    exclude: list[Word] = Field(
        default_factory=list,
        max_length=100,
        description="Entities that are not meant: their ids, or records of theirs as `source:id`.",
    )

    @model_validator(mode="after")
    def _one_or_several(self) -> "MatchRequest":
        if ("record" in self.model_fields_set) == ("queries" in self.model_fields_set):
            raise ValueError("name a record, or queries, and not both")
        return self

    @property
    def wanted(self) -> Wanted:
        """What is worth being told."""
        return Wanted(self.limit, self.threshold, self.only_certain, tuple(self.exclude))


class MatchedEntity(BaseModel):
    """An entity: its golden record, and the records it is made of as `source:id`."""

    entity_id: str
    golden: dict[str, Any]
    records: list[str]

    @classmethod
    def of(cls, entity: Entity) -> "MatchedEntity":
        """The same, to be told."""
        return cls(entity_id=entity.entity_id, golden=values_of(entity), records=list(entity.records))


class FieldEvidence(BaseModel):
    """What one field showed. weight: in bits, for or against; left: what was asked, right: what the record says."""

    level: str
    weight: float
    left: str | None = None
    right: str | None = None


class MatchResult(BaseModel):
    """An entity that the contact may be of."""

    entity_id: str
    score: float = Field(ge=0, le=1, description="The probability that the two are one person.")
    grade: Grade
    decision: Decision = Field(description="auto: it would be joined; review: a steward would be asked.")
    match_key: str = Field(description="The fields that speak for it and against it, the strongest first.")
    record: str = Field(description="The record of the entity that is most like the contact.")
    explanation: dict[str, FieldEvidence]
    entity: MatchedEntity

    @classmethod
    def of(cls, found: Found) -> "MatchResult":
        """The same, to be told."""
        return cls(
            entity_id=found.match.entity_id,
            score=found.match.probability,
            grade=found.grade,
            decision=found.match.decision,
            match_key=found.match_key,
            record=found.match.record,
            explanation=_explained(found),
            entity=MatchedEntity.of(found.entity),
        )


def results(found: Sequence[Found]) -> list[MatchResult]:
    """Matches, to be told."""
    return [MatchResult.of(one) for one in found]


def _explained(found: Found) -> dict[str, FieldEvidence]:
    """Evidence by field; what stands in several lines of one name is added up."""
    told: dict[str, FieldEvidence] = {}
    for line in found.evidence:
        before = told.get(line.field)
        level = f"{before.level}; {line.level}" if before else line.level
        weight = line.weight + (before.weight if before else 0.0)
        told[line.field] = FieldEvidence(level=level, weight=weight, left=line.left, right=line.right)
    return told


RESULT: dict[str, Any] = {
    "entity_id": "ewo5rbpvoyfviqegw",
    "score": 0.9998,
    "grade": "certain",
    "decision": "auto",
    "match_key": "+EMAIL+NAME",
    "record": "crm:1",
    "explanation": {
        "given": {"level": "nickname", "weight": 3.9, "left": "Annie", "right": "Ann"},
        "email": {"level": "same", "weight": 4.8, "left": "ann.lee@example.com", "right": "ann.lee@example.com"},
    },
    "entity": {
        "entity_id": "ewo5rbpvoyfviqegw",
        "golden": {"full_name": "Ann Lee", "email": "ann.lee@example.com"},
        "records": ["crm:1", "web:2"],
    },
}


class QueryAnswer(BaseModel):
    """Whom one contact may be. too_little: it says nothing by which anybody could be found."""

    results: list[MatchResult]
    too_little: bool = False


class MatchAnswer(BaseModel):
    """Whom the contact may be, the likeliest first; of several contacts, each under its name in `responses`."""

    model_config = ConfigDict(json_schema_extra={"example": {"results": [RESULT], "rules_version": "0f3a5c7e9b1d2f40"}})

    results: list[MatchResult] = Field(default_factory=list)
    responses: dict[str, QueryAnswer] | None = None
    rules_version: str = Field(description="Equal versions give equal scores.")
