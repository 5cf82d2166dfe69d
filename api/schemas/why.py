"""Why: the evidence on two records, and how an entity came together."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from resolver.evidence import Line
from resolver.flips import Flip
from resolver.judgement import Judgement, Verdict
from resolver.paths.explaining import Explained
from resolver.paths.growing import Growth, Step
from resolver.steps.block import Meeting
from resolver.words.plain import family_words, field_word, reason_words

LINE: dict[str, Any] = {
    "field": "given",
    "label": "first name",
    "level": "nickname",
    "says": "nickname",
    "weight": 3.9,
    "left": "annie",
    "right": "ann",
    "meaning": "Whether two first names are of one person.",
}


class LineOut(BaseModel):
    """One piece of evidence. weight: what it adds to the log2 odds; each +1 doubles them."""

    field: str
    label: str = Field(description="What people call the field.")
    level: str = Field(description="How the two sides compare, by its stable name.")
    says: str = Field(description="The same in words.")
    weight: float
    left: str
    right: str
    meaning: str = Field(description="What this field is compared by.")

    @classmethod
    def of(cls, line: Line) -> "LineOut":
        """The same, to be told."""
        return cls(
            field=line.field,
            label=field_word(line.field),
            level=line.level,
            says=reason_words(line.level),
            weight=float(line.weight),
            left=line.left,
            right=line.right,
            meaning=line.meaning,
        )


class SaidOut(BaseModel):
    """What a person said of two records."""

    left: str
    right: str
    verdict: Verdict
    who: str | None
    at: datetime | None
    why: str | None

    @classmethod
    def of(cls, said: Judgement) -> "SaidOut":
        """The same, to be told."""
        return cls(
            left=said.left_key, right=said.right_key, verdict=said.verdict, who=said.who, at=said.when, why=said.why
        )


class MeetingOut(BaseModel):
    """A key that the two share, how many records hold it, and whether that is too many to compare them by it."""

    family: str
    label: str
    records: int
    too_common: bool

    @classmethod
    def of(cls, meeting: Meeting) -> "MeetingOut":
        """The same, to be told."""
        return cls(
            family=meeting.family,
            label=family_words(meeting.family),
            records=meeting.records,
            too_common=meeting.dropped,
        )


class LevelChange(BaseModel):
    """A field that would show another level; null where one side would say nothing."""

    field: str
    label: str
    now: str | None
    then: str | None


class FlipOut(BaseModel):
    """Changes that together would turn the decision, and the probability that would follow."""

    changes: list[LevelChange]
    probability: float = Field(ge=0, le=1)

    @classmethod
    def of(cls, flip: Flip) -> "FlipOut":
        """The same, to be told."""
        changes = [
            LevelChange(field=one.field, label=field_word(one.field), now=one.now, then=one.then)
            for one in flip.changes
        ]
        return cls(changes=changes, probability=flip.probability)


class WhyOut(BaseModel):
    """Why two records are one person, or why not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "left": "crm:1",
                    "right": "web:2",
                    "left_entity": "ewo5rbpvoyfviqegw",
                    "right_entity": "ewo5rbpvoyfviqegw",
                    "decision": "match",
                    "decided_by": "evidence",
                    "probability": 0.9998,
                    "prior": 0.12,
                    "threshold": 0.5,
                    "compared": True,
                    "meetings": [{"family": "email", "label": "same email", "records": 2, "too_common": False}],
                    "copies": 0,
                    "evidence": [LINE],
                    "path": ["crm:1", "web:2"],
                    "said": None,
                    "kept_apart": [],
                    "clean_sources": [],
                    "flips": [
                        {
                            "changes": [
                                {"field": "given", "label": "first name", "now": "nickname", "then": "different"}
                            ],
                            "probability": 0.31,
                        }
                    ],
                }
            ]
        }
    )

    left: str = Field(description="The record that was looked at for `a`: of an entity the likest one.")
    right: str
    left_entity: str
    right_entity: str
    decision: Literal["match", "review", "no"] = Field(
        description="match: both are of one entity; review: a steward would be asked; no: neither."
    )
    decided_by: Literal["person", "clean source", "evidence"]
    probability: float = Field(ge=0, le=1, description="That the two are one person, by their own evidence alone.")
    prior: float = Field(
        ge=0,
        le=1,
        description="The same before any field is compared, against the strangers that `evidence` begins with.",
    )
    threshold: float = Field(ge=0, le=1, description="Above it evidence speaks for joining.")
    compared: bool = Field(description="Whether the two ever met.")
    meetings: list[MeetingOut] = Field(description="The keys they share; all too common: they never met.")
    copies: int = Field(description="So many records say the same that one is looked at for all; 0 otherwise.")
    evidence: list[LineOut] = Field(description="The weights sum up to the log2 odds of `probability`.")
    path: list[str] = Field(description="The strongest chain of records between the two, if they are of one entity.")
    said: SaidOut | None
    kept_apart: list[SaidOut] = Field(description="Verdicts that keep the two entities apart.")
    clean_sources: list[str] = Field(description="Sources that hold nobody twice, of which both have a record.")
    flips: list[FlipOut] = Field(description="The smallest changes that would bring the two across the threshold.")

    @classmethod
    def of(cls, found: Explained) -> "WhyOut":
        """The same, to be told."""
        why = found.why
        return cls(
            left=why.left_key,
            right=why.right_key,
            left_entity=why.left_entity,
            right_entity=why.right_entity,
            decision=found.decision,
            decided_by=found.by,
            probability=why.probability,
            prior=found.prior,
            threshold=found.threshold,
            compared=why.compared,
            meetings=[MeetingOut.of(meeting) for meeting in why.meetings],
            copies=why.copies,
            evidence=[LineOut.of(line) for line in why.lines],
            path=why.path,
            said=SaidOut.of(why.said) if why.said else None,
            kept_apart=[SaidOut.of(one) for one in why.different],
            clean_sources=why.clean,
            flips=[FlipOut.of(flip) for flip in found.flips],
        )


class StepOut(BaseModel):
    """One join. joins: a record, `source:id`, or the number of an earlier step; records: how many are one after it."""

    number: int
    left: str
    right: str
    by: Literal["person", "copy", "evidence"] = Field(
        description="A person's word; the same content as another record; or evidence."
    )
    joins: tuple[int | str, int | str]
    records: int
    probability: float = Field(ge=0, le=1)
    evidence: list[LineOut]
    said: SaidOut | None

    @classmethod
    def of(cls, step: Step) -> "StepOut":
        """The same, to be told."""
        return cls(
            number=step.number,
            left=step.left,
            right=step.right,
            by=step.by,
            joins=step.joins,
            records=step.records,
            probability=step.probability,
            evidence=[LineOut.of(line) for line in step.lines],
            said=SaidOut.of(step.said) if step.said else None,
        )


class GrowthOut(BaseModel):
    """How one entity came together, the strongest join first."""

    entity_id: str
    records: list[str]
    steps: list[StepOut]


class HowOut(BaseModel):
    """How the entity that an id stands for came together; after a split how each of its parts did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "entities": [
                        {
                            "entity_id": "ewo5rbpvoyfviqegw",
                            "records": ["crm:1", "web:2"],
                            "steps": [
                                {
                                    "number": 1,
                                    "left": "crm:1",
                                    "right": "web:2",
                                    "by": "evidence",
                                    "joins": ["crm:1", "web:2"],
                                    "records": 2,
                                    "probability": 0.9998,
                                    "evidence": [LINE],
                                    "said": None,
                                }
                            ],
                        }
                    ]
                }
            ]
        }
    )

    entities: list[GrowthOut]

    @classmethod
    def of(cls, found: list[Growth]) -> "HowOut":
        """The same, to be told."""
        return cls(
            entities=[
                GrowthOut(
                    entity_id=one.entity_id,
                    records=list(one.records),
                    steps=[StepOut.of(step) for step in one.steps],
                )
                for one in found
            ]
        )
