"""Acts: what people do to entities, what that would do, and what it did."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from api.schemas.changes import CHANGE, ChangeOut
from api.schemas.entity import ENTITY, LARGEST, VERSION, EntityLine, Text
from resolver.judgement import Verdict
from resolver.paths.foreseeing import Merged
from resolver.paths.previewing import Foreseen
from resolver.paths.viewing import values_of
from resolver.store.acts import ActKind
from resolver.store.deeds import Deed
from resolver.store.journal import Kind
from resolver.store.past import Change, Entity

HAPPENED: Any = CHANGE
OTHER = "ek3q7zt2mvd5wuhxy"
MOST_ENTITIES = 100
"""Entities of one merge."""
MOST_RECORDS = 1000
"""Records of one split."""

NamedAct = Annotated[int, Path(ge=1, le=LARGEST, description="The number of the act.", examples=[17])]
Reason = Annotated[Text | None, Field(description="Why; it is kept with the act.", examples=["same phone, asked"])]
Named = Annotated[Text, Field(description="An entity's id, or a record as `source:id`.", examples=[ENTITY])]


class MergeIn(BaseModel):
    """Entities that are one person."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"entities": [ENTITY, OTHER], "reason": "same phone, asked"}]},
    )

    entities: list[Text] = Field(min_length=2, max_length=MOST_ENTITIES)
    reason: Reason = None
    versions: dict[str, Text] | None = Field(
        None,
        max_length=MOST_ENTITIES,
        description="In place of If-Match: the version that you saw of each entity.",
        examples=[{ENTITY: VERSION, OTHER: "9d0c1b2a3f4e5d6c7b8a9f0e"}],
    )

    def seen(self, if_match: frozenset[str] | None) -> frozenset[str] | None:
        """The versions that the caller saw, wherever they say so."""
        return if_match if self.versions is None else frozenset(self.versions.values()) | (if_match or frozenset())


class ForeseeIn(BaseModel):
    """Entities that might be one person."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"entities": [ENTITY, OTHER]}]})

    entities: list[Text] = Field(min_length=2, max_length=MOST_ENTITIES)


class SplitIn(BaseModel):
    """Records of an entity that are another person."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"records": ["web:2"], "reason": "father and son"}]}
    )

    records: list[Text] = Field(min_length=1, max_length=MOST_RECORDS, description="As `source:id`.")
    reason: Reason = None


class UndoIn(BaseModel):
    """Why an act is undone."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "the wrong Ann"}]})

    reason: Reason = None


class NotDuplicateIn(BaseModel):
    """Two that are different persons."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"a": ENTITY, "b": OTHER, "reason": "father and son"}]},
    )

    a: Named
    b: Named
    reason: Reason = None


class PinIn(BaseModel):
    """A golden value that a person chooses."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"value": "Ann Lee-Fox", "reason": "she married"}]}
    )

    value: Annotated[Text, Field(description="It wins over what the records say until it is let go of.")]
    reason: Reason = None


class ActOut(BaseModel):
    """What was done, and what happened to entities by it."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"act": 17, "kind": "merge", "undoes": None, "changes": [HAPPENED]}}
    )

    act: int = Field(description="Undo it by this number.")
    kind: ActKind
    undoes: int | None = Field(description="The act that it takes back.")
    changes: list[ChangeOut]

    @classmethod
    def of(cls, told: tuple[Deed, Sequence[Change]]) -> "ActOut":
        """The same, to be told."""
        act = told[0].act
        changes = [ChangeOut.model_validate(change) for change in told[1]]
        return cls(act=act.number, kind=act.kind, undoes=act.undoes, changes=changes)


class ActsDone(BaseModel):
    """Several acts, each with what happened by it."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"acts": [{"act": 18, "kind": "undo", "undoes": 17, "changes": [HAPPENED]}]}}
    )

    acts: list[ActOut]


class ActVerdict(BaseModel):
    """What an act says of two records."""

    left: str
    right: str
    verdict: Verdict


class ActPin(BaseModel):
    """A golden value that an act holds, with the record it is kept with; null where it lets go of it."""

    record: str
    field: str
    value: Any


class ActLine(BaseModel):
    """An act in a list."""

    act: int
    kind: ActKind
    who: str
    why: str | None
    at: datetime
    in_force: bool = Field(description="Whether it holds: until an act that undoes it is in force.")
    undoes: int | None
    verdicts: list[ActVerdict]
    pins: list[ActPin]

    @classmethod
    def of(cls, deed: Deed) -> "ActLine":
        """The same, to be told."""
        return cls(
            act=deed.act.number,
            kind=deed.act.kind,
            who=deed.act.who,
            why=deed.act.why,
            at=deed.act.at,
            in_force=deed.act.in_force,
            undoes=deed.act.undoes,
            verdicts=[ActVerdict(left=left, right=right, verdict=said) for left, right, said in deed.verdicts],
            pins=[ActPin(record=record, field=field, value=value) for record, field, value in deed.pins],
        )


class ActsOut(BaseModel):
    """A page of what people did, the last first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "acts": [
                    {
                        "act": 17,
                        "kind": "merge",
                        "who": "dana",
                        "why": "same phone, asked",
                        "at": "2026-03-01T12:00:00.123456Z",
                        "in_force": True,
                        "undoes": None,
                        "verdicts": [{"left": "crm:1", "right": "web:2", "verdict": "same"}],
                        "pins": [],
                    }
                ],
                "next_cursor": None,
            }
        }
    )

    acts: list[ActLine]
    next_cursor: int | None = Field(description="Ask with it for the next page; null on the last one.")


class ForeseenOut(BaseModel):
    """What would happen to an entity. golden: the values that differ, each as it is and as it would be."""

    kind: Kind
    entity_id: str
    into: list[str]
    before: EntityLine | None
    after: EntityLine | None
    golden: dict[str, tuple[Any, Any]]

    @classmethod
    def of(cls, one: Foreseen) -> "ForeseenOut":
        """The same, to be told."""
        return cls(
            kind=one.kind,
            entity_id=one.entity_id,
            into=list(one.into),
            before=line_of(one.before),
            after=line_of(one.after),
            golden=one.values,
        )


def line_of(entity: Entity | None) -> EntityLine | None:
    """An entity, to be told in a line."""
    if entity is None:
        return None
    return EntityLine(entity_id=entity.entity_id, golden=values_of(entity), records=list(entity.records))


class UndoOut(BaseModel):
    """What undoing did, or with `preview` what it would do. blocked: why it would be refused."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "preview": False,
                "done": {"act": 18, "kind": "undo", "undoes": 17, "changes": [HAPPENED]},
                "blocked": None,
                "foreseen": [],
            }
        }
    )

    preview: bool
    done: ActOut | None = Field(description="Null in a preview.")
    blocked: str | None = Field(description="In a preview: why people's verdicts forbid it, if they do.")
    foreseen: list[ForeseenOut] = Field(description="In a preview: what would happen to entities.")


class DisagreementOut(BaseModel):
    """A golden value in which the entities differ: that of each, by its id."""

    model_config = ConfigDict(from_attributes=True)

    field: str
    values: Mapping[str, Any]


class TwoIdsOut(BaseModel):
    """A system that knows them by several ids. own: as records of its own; else as a further system's ids."""

    model_config = ConfigDict(from_attributes=True)

    system: str
    ids: Mapping[str, tuple[str, ...]]
    own: bool


class ConsentOut(BaseModel):
    """A channel of which the entities say different things, and what would hold: the strictest."""

    model_config = ConfigDict(from_attributes=True)

    channel: str
    before: Mapping[str, str]
    after: str


class ReferenceOut(BaseModel):
    """What connects a record with the world outside: another system's id, or another record of its source."""

    model_config = ConfigDict(from_attributes=True)

    record: str
    name: str
    value: str


class MergePreview(BaseModel):
    """What would come of a merge; nothing is written."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "entity_id": ENTITY,
                "blocked": None,
                "result": {"entity_id": ENTITY, "golden": {"full_name": "Ann Lee"}, "records": ["crm:1", "web:2"]},
                "retired": [OTHER],
                "versions": {ENTITY: VERSION, OTHER: "9d0c1b2a3f4e5d6c7b8a9f0e"},
                "disagreements": [{"field": "full_name", "values": {ENTITY: "Ann Lee", OTHER: "A. Lee"}}],
                "two_ids": [{"system": "erp", "ids": {ENTITY: ["E-1"], OTHER: ["E-7"]}, "own": False}],
                "consent": [{"channel": "email", "before": {ENTITY: "granted", OTHER: "denied"}, "after": "denied"}],
                "references": [{"record": "crm:1", "name": "erp", "value": "E-1"}],
                "foreseen": [],
            }
        }
    )

    entity_id: str | None = Field(description="The id that would stay; null where the merge would be refused.")
    blocked: str | None = Field(description="Why people's verdicts forbid it, if they do.")
    result: EntityLine | None = Field(description="The golden record that there would be.")
    retired: list[str] = Field(description="The ids that would lead to it from then on.")
    versions: dict[str, str] = Field(description="Send them with the merge: it is refused if any changed meanwhile.")
    disagreements: list[DisagreementOut]
    two_ids: list[TwoIdsOut]
    consent: list[ConsentOut]
    references: list[ReferenceOut]
    foreseen: list[ForeseenOut] = Field(description="All that would happen to entities.")

    @classmethod
    def of(cls, found: Merged) -> "MergePreview":
        """The same, to be told."""
        return cls(
            entity_id=found.golden.entity_id if found.golden else None,
            blocked=found.blocked,
            result=line_of(found.golden),
            retired=list(found.retired),
            versions={one.entity_id: one.version for one in found.entities},
            disagreements=[DisagreementOut.model_validate(one) for one in found.disagreements],
            two_ids=[TwoIdsOut.model_validate(one) for one in found.two_ids],
            consent=[ConsentOut.model_validate(one) for one in found.consent],
            references=[ReferenceOut.model_validate(one) for one in found.references],
            foreseen=[ForeseenOut.of(one) for one in found.changes],
        )
