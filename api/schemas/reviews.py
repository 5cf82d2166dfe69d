"""The stewards' queue: cases, what is done with them, and how the queue fares."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.cases import FULL, TOLD, FullOut, example
from api.schemas.entity import LARGEST, Limit
from api.schemas.record import Moment
from api.schemas.writing import EVENT, Affected, affected
from api.settings import PAGE
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.review import AT_ONCE, HOLD, Alike, Answered, Case, Item, Queue, Undone
from resolver.store.cases import Sort, State, Wanted
from resolver.store.desk import Note

MOMENT = "2026-03-01T12:00:00Z"
CASE_ID = "bc191b2a3759d305"
ITEM: dict[str, Any] = {
    "case_id": CASE_ID,
    "kind": "between",
    "reason": "unsure",
    "asks": "alike, but not enough to join",
    "title": "Ann Lee | Annie Lee",
    "probability": 0.61,
    "chance": 0.58,
    "records": 3,
    "value": 2.52,
    "sources": ["crm", "web"],
    "fields": ["given"],
    "pattern": "unsure; given: nickname; family: same",
    "since": "2026-03-01T12:00:00Z",
    "version": 42,
    "open": True,
    "holder": None,
    "held_until": None,
    "assignee": None,
    "due": None,
    "snoozed_until": None,
    "decided": None,
    "opinions": [],
}
SAID: dict[str, Any] = {"act": 17, "events": [EVENT]}
Word = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"^[^\x00]+$")]


class DecidedOut(BaseModel):
    """How a case was decided, and what the engine held of it then."""

    model_config = TOLD

    act: int = Field(description="What is undone to take the decision back.")
    at: datetime
    who: str
    why: str | None
    verdict: Verdict
    chance: float


class OpinionOut(BaseModel):
    """What a steward said of a case that needs two: it is done once somebody else says the same in all of it."""

    model_config = example(
        {
            "who": "kim", "at": MOMENT, "version": 42, "verdict": "same", "why": "confirmed by phone", "leave_out": [],
            "also": [], "values": {},
        }
    )  # fmt: skip

    who: str
    at: datetime
    version: int
    verdict: Verdict
    why: str | None
    leave_out: list[str]
    also: list[str]
    values: dict[str, Any]


class CaseItem(BaseModel):
    """A case: entities of which evidence does not tell who is who."""

    model_config = example(ITEM)

    case_id: str = Field(description="Stays the same as long as the same entities are in doubt.")
    kind: str = Field(
        description="between: two entities may be one; inside: one may be two; consent: records disagree."
    )
    reason: str = Field(description="Why it is asked, by its stable code.")
    asks: str = Field(description="The same in words.")
    title: str | None = Field(description="Whom it is about; null once it is settled.")
    probability: float = Field(description="That the two records which show the case best are one person.")
    chance: float = Field(description="That all of it is one person, by all the evidence.")
    records: int
    value: float = Field(description="What an answer is worth: how unsure it is, times the records that hang on it.")
    sources: list[str]
    fields: list[str] = Field(description="In which the two records differ.")
    pattern: str = Field(description="Cases that show the same share it; see bulk decisions.")
    since: datetime = Field(description="When it first arose.")
    version: int = Field(description="Name it with a decision, to be told when anything changed meanwhile.")
    open: bool
    holder: str | None
    held_until: datetime | None
    assignee: str | None
    due: datetime | None
    snoozed_until: datetime | None
    decided: DecidedOut | None
    opinions: list[OpinionOut] = Field(description="What stewards say of it, where it needs two who say the same.")


class CountsOut(BaseModel):
    """How many cases there are, by what they are looked for."""

    model_config = example(
        {"all": 212, "reason": {"unsure": 170, "thin": 42}, "source": {"crm": 200, "web": 90}, "assignee": {"kim": 38}}
    )

    all: int
    reason: dict[str, int]
    source: dict[str, int]
    assignee: dict[str, int]

    @classmethod
    def of(cls, counts: Mapping[str, dict[str, int]]) -> "CountsOut":
        """The same, to be told."""
        every = counts["all"].get("cases", 0)
        return cls(all=every, reason=counts["reason"], source=counts["source"], assignee=counts["assignee"])


class QueueOut(BaseModel):
    """A page of the queue. counts: of all cases that are asked for, where they were asked for too."""

    model_config = example({"cases": [ITEM], "next_cursor": None, "counts": None})

    cases: list[CaseItem]
    next_cursor: str | None
    counts: CountsOut | None

    @classmethod
    def of(cls, page: Queue, counts: Mapping[str, dict[str, int]] | None) -> "QueueOut":
        """The same, to be told."""
        return cls(cases=items(page.items), next_cursor=page.cursor, counts=counts and CountsOut.of(counts))


def items(found: list[Item]) -> list[CaseItem]:
    """Cases, to be told."""
    return [CaseItem.model_validate(one) for one in found]


class NoteOut(BaseModel):
    """What a steward wrote beside a case."""

    model_config = example({"at": "2026-03-01T12:00:00Z", "who": "kim", "text": "asked the office"})

    at: datetime
    who: str
    text: str


class NotesOut(BaseModel):
    """All notes of a case, in their order."""

    notes: list[NoteOut]

    @classmethod
    def of(cls, notes: list[Note]) -> "NotesOut":
        """The same, to be told."""
        return cls(notes=[NoteOut.model_validate(one) for one in notes])


class CaseOut(BaseModel):
    """A case with its notes. full: null once it is settled."""

    model_config = example({"case": ITEM, "notes": [], "needs_second": False, "full": FULL})

    case: CaseItem
    notes: list[NoteOut]
    needs_second: bool = Field(description="Whether two stewards have to decide it alike, by rule.")
    full: FullOut | None

    @classmethod
    def of(cls, found: Case) -> "CaseOut":
        """The same, to be told."""
        return cls(
            case=CaseItem.model_validate(found.item),
            notes=NotesOut.of(found.notes).notes,
            needs_second=found.needs_second,
            full=found.full and FullOut.of(found.full),
        )


class ClaimIn(BaseModel):
    """For how long to hold a case."""

    model_config = example({"minutes": 15})

    minutes: int = Field(int(HOLD.total_seconds() // 60), ge=1, le=24 * 60, strict=True)


class SnoozeIn(BaseModel):
    """Until when to put a case aside; null takes it up again."""

    model_config = example({"until": "2030-03-08T08:00:00Z"})

    until: Moment | None


class AssignIn(BaseModel):
    """For whom a case is, null for anybody, and when it is due."""

    model_config = example({"assignee": "kim", "due": "2030-03-08T08:00:00Z"})

    assignee: Word | None
    due: Moment | None = None


class NoteIn(BaseModel):
    """What to write beside a case."""

    model_config = example({"text": "asked the office"})

    text: Text


class QueueIn(BaseModel):
    """The queue that the next case is taken from."""

    model_config = example({"source": "crm"})

    source: Word | None = Field(None, description="With a record of this source.", examples=["crm"])
    reason: Word | None = Field(None, description="The code of the reason.", examples=["unsure"])
    field: Word | None = Field(None, description="Where this field differs.", examples=["given"])
    pattern: Word | None = Field(None, description="Of this pattern.", examples=[ITEM["pattern"]])
    assignee: Word | None = Field(None, description="Assigned to this steward.", examples=["kim"])

    @property
    def wanted(self) -> Wanted:
        """The same, as the queue takes it."""
        return Wanted(**{name: getattr(self, name) for name in QueueIn.model_fields})


class QueueQuery(QueueIn):
    """Which cases are asked for, and how."""

    model_config = ConfigDict(extra="forbid")

    state: State = Field(State.OPEN, description="Waiting, put aside for a day, or decided.", examples=["open"])
    holder: Word | None = Field(None, description="Held by this steward now.", examples=["kim"])
    since: Moment | None = Field(None, description="That arose at this moment or before.", examples=[MOMENT])
    q: Word | None = Field(None, description="Part of the name of whom it is about.", examples=["lee"])
    entity: Word | None = Field(None, description="About this entity.", examples=["ewo5rbpvoyfviqegw"])
    sort: Sort = Field(Sort.WORTH, description="What is worth most first, or what is oldest.", examples=["worth"])
    cursor: Word | None = Field(None, description="`next_cursor` of the page before.")
    limit: Limit = PAGE
    counts: bool = Field(default=False, description="Count by reason, source and assignee too.", examples=[False])

    @property
    def wanted(self) -> Wanted:
        """The same, as the queue takes it, but for the entity."""
        return replace(super().wanted, state=self.state, holder=self.holder, since=self.since, text=self.q)


class DecisionIn(BaseModel):
    """What you say of a case."""

    model_config = example({"verdict": "same", "why": "confirmed by phone", "version": 42})

    verdict: Verdict = Field(description="unsure puts the case aside.")
    why: Text | None = None
    leave_out: list[Word] = Field([], max_length=1000, description="Records (`source:id`) of another person.")
    also: list[Word] = Field([], max_length=100, description="Further entities that are the same person.")
    values: dict[Word, Text] = Field({}, max_length=100, description="Golden values to hold, by field.")
    version: int | None = Field(None, ge=0, le=LARGEST, strict=True, description="Of the case as you saw it.")
    queue: QueueIn = Field(default_factory=QueueIn, description="Where the next case is taken from.")

    @property
    def decision(self) -> Decision:
        """The same, as the review takes it."""
        told = (self.verdict, self.why, tuple(self.leave_out), tuple(self.also), self.values, self.version)
        return Decision(*told)


class AnsweredOut(BaseModel):
    """What a decision did, and the next case of your queue, null when there is none.

    act: null where somebody else has to say the same before anything is done.
    """

    model_config = example({**SAID, "next": None})

    act: int | None
    events: list[Affected]
    next: CaseOut | None

    @classmethod
    def of(cls, found: Answered) -> "AnsweredOut":
        """The same, to be told."""
        following = found.next and CaseOut.of(found.next)
        said = found.said
        return cls(act=said and said.act, events=affected(said.events) if said else [], next=following)


class UndoIn(BaseModel):
    """Which act to take back, and why."""

    model_config = example({"act": 17, "why": "the wrong Ann"})

    act: int = Field(ge=1, le=LARGEST, strict=True)
    why: Text | None = None


class UndoneOut(BaseModel):
    """What taking back an act did: act takes the undoing back; cases are those that had been decided."""

    model_config = example({**SAID, "cases": [ITEM]})

    act: int
    events: list[Affected]
    cases: list[CaseItem]

    @classmethod
    def of(cls, found: Undone) -> "UndoneOut":
        """The same, to be told."""
        return cls(act=found.said.act, events=affected(found.said.events), cases=items(found.cases))


class BulkIn(BaseModel):
    """What you say of all open cases of a pattern."""

    model_config = example(
        {"pattern": ITEM["pattern"], "verdict": "same", "why": None, "exclude": [CASE_ID], "preview": True}
    )

    pattern: Word
    verdict: Verdict
    why: Text | None = None
    exclude: list[Word] = Field([], max_length=AT_ONCE, description="Cases to leave out.")
    preview: bool = Field(default=True, strict=True, description="Only tell what it is about.")
    seen: int | None = Field(None, ge=0, le=LARGEST, strict=True, description="How many cases the preview told of.")


class BulkOut(BaseModel):
    """What a bulk decision is about, and what it did: act is null for a preview."""

    model_config = example(
        {
            "pattern": ITEM["pattern"], "cases": 41, "beyond": 0, "excluded": 1, "held": 0, "second": 0,
            "sample": [ITEM], "verdicts": {"same": 5}, "act": None, "events": [],
        }
    )  # fmt: skip

    pattern: str
    cases: int = Field(description=f"How many are decided: the {AT_ONCE} most valuable at most.")
    beyond: int = Field(description="How many more there are.")
    excluded: int
    held: int = Field(description="How many are left to those who work on them.")
    second: int = Field(description="How many need two stewards, and so are decided one by one.")
    sample: list[CaseItem]
    verdicts: dict[str, int] = Field(description="How such cases were decided so far.")
    act: int | None = None
    events: list[Affected] = []

    @classmethod
    def of(cls, found: Alike) -> "BulkOut":
        """The same, to be told."""
        told = {name: getattr(found, name) for name in ("pattern", "cases", "beyond", "excluded", "held", "second")}
        return cls(**told, sample=items(found.sample), verdicts=dict(found.verdicts))
