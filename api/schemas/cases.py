"""A case in full: all that is needed to decide it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.why import LINE, LineOut
from resolver.paths.casing import Full

OUTCOME: dict[str, Any] = {
    "golden": {"ewo5rbpvoyfviqegw": {"full_name": "Ann Lee", "email": "ann.lee@example.com"}},
    "origin": {"ewo5rbpvoyfviqegw": {"full_name": "crm:42", "email": "web:7"}},
    "merged": {"e7aa4vjclhb7dzde3": "ewo5rbpvoyfviqegw"},
    "created": [],
}
TOLD = ConfigDict(from_attributes=True)


def example(told: Any) -> ConfigDict:
    """How a body or an answer is described."""
    return ConfigDict(from_attributes=True, extra="forbid", json_schema_extra={"examples": [told]})


class SideOut(BaseModel):
    """A record of a case, with what it says in the fields that are compared."""

    model_config = TOLD

    record: str
    source: str
    entity_id: str
    values: dict[str, str]


class EdgeOut(BaseModel):
    """Two records that evidence connects. levels: how each field agrees; weakest: the pair that shows the case."""

    model_config = TOLD

    left: str
    right: str
    probability: float
    levels: dict[str, str]
    weakest: bool


class SharedOut(BaseModel):
    """A value of the case that several people are seen with."""

    model_config = TOLD

    field: str
    value: str
    records: list[str]
    people: int


class OutcomeOut(BaseModel):
    """What an answer makes: golden records by entity id, where each value is from, and what becomes of ids."""

    model_config = TOLD

    golden: dict[str, dict[str, Any]]
    origin: dict[str, dict[str, str]]
    merged: dict[str, str] = Field(description="Ids that would stand for another one from then on.")
    created: list[str]


class SystemOut(BaseModel):
    """A source that has the one person several times."""

    model_config = TOLD

    source: str
    records: list[str]


class ConsentOut(BaseModel):
    """What each entity agreed to on a channel, and what would hold for the one person."""

    model_config = TOLD

    channel: str
    now: dict[str, str]
    then: str


class FullOut(BaseModel):
    """What is needed to decide a case."""

    entity_ids: list[str]
    golden: dict[str, dict[str, Any]]
    parts: list[list[str]] = Field(description="The records of the two persons that it may be about.")
    records: list[SideOut]
    pair: list[str] = Field(description="The two records that show the case best.")
    evidence: list[LineOut] = Field(description="For and against these two; the weights sum up to their log2 odds.")
    edges: list[EdgeOut]
    shared: list[SharedOut]
    if_same: OutcomeOut
    if_different: OutcomeOut
    systems: list[SystemOut]
    consents: list[ConsentOut]

    @classmethod
    def of(cls, full: Full) -> "FullOut":
        """The same, to be told."""
        return cls(
            entity_ids=list(full.entity_ids),
            golden=full.golden,
            parts=[list(part) for part in full.parts],
            records=[SideOut.model_validate(one) for one in full.sides],
            pair=list(full.pair),
            evidence=[LineOut.of(line) for line in full.lines],
            edges=[EdgeOut.model_validate(one) for one in full.edges],
            shared=[SharedOut.model_validate(one) for one in full.shared],
            if_same=OutcomeOut.model_validate(full.if_same),
            if_different=OutcomeOut.model_validate(full.if_different),
            systems=[SystemOut.model_validate(one) for one in full.systems],
            consents=[ConsentOut.model_validate(one) for one in full.consents],
        )


FULL: dict[str, Any] = {
    "entity_ids": ["ewo5rbpvoyfviqegw", "e7aa4vjclhb7dzde3"],
    "golden": {"ewo5rbpvoyfviqegw": {"full_name": "Ann Lee"}, "e7aa4vjclhb7dzde3": {"full_name": "Annie Lee"}},
    "parts": [["crm:42"], ["web:7"]],
    "records": [
        {"record": "crm:42", "source": "crm", "entity_id": "ewo5rbpvoyfviqegw", "values": {"given": "Ann"}},
        {"record": "web:7", "source": "web", "entity_id": "e7aa4vjclhb7dzde3", "values": {"given": "Annie"}},
    ],
    "pair": ["crm:42", "web:7"],
    "evidence": [LINE],
    "edges": [
        {"left": "crm:42", "right": "web:7", "probability": 0.61, "levels": {"given": "nickname"}, "weakest": True}
    ],
    "shared": [{"field": "phone", "value": "+13125550188", "records": ["crm:42", "web:7"], "people": 42}],
    "if_same": OUTCOME,
    "if_different": {**OUTCOME, "merged": {}},
    "systems": [],
    "consents": [{"channel": "email", "now": {"ewo5rbpvoyfviqegw": "granted"}, "then": "granted"}],
}
