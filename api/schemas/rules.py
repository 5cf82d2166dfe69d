"""Rules: those in force, and what others would do."""

from collections import Counter
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.acts import ForeseenOut
from resolver.model.frozen import Frozen
from resolver.paths.previewing import Foreseen
from resolver.paths.ruling import InForce, Proposal
from resolver.store.journal import Kind

LONGEST = 200_000
"""Characters of a rule set."""
PRINTS: Any = {"rules": "1c8e5a2f7b9d0436", "model": "77af0c3d91e2b458", "together": "0f3a5c7e9b1d2f40"}


class Fingerprints(BaseModel):
    """Equal fingerprints, equal content. together: of all that scores depend on."""

    rules: str
    model: str
    together: str

    @classmethod
    def of(cls, frozen: Frozen) -> "Fingerprints":
        """Those of what is in force, or would be."""
        return cls(rules=frozen.rules.fingerprint, model=frozen.model.fingerprint, together=frozen.fingerprint)


class ThresholdsIn(BaseModel):
    """Probabilities that separate apart, ask and join; null lets the data decide, and what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    match: float | None = Field(None, gt=0, lt=1, description="Records are joined above it.")
    review: float | None = Field(None, gt=0, lt=1, description="A steward is asked above it.")
    sure: float | None = Field(None, gt=0, lt=1, description="Joins below it are shown to a steward.")


class ThresholdsOut(BaseModel):
    """The same as they are in force."""

    match: float
    review: float
    fixed: dict[str, float | None] = Field(description="What the rule set fixes; null where the data decides.")


class RulesOut(BaseModel):
    """What contacts are resolved by."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "contacts",
                "since": "2026-03-01T12:00:00.123456Z",
                "fingerprints": PRINTS,
                "thresholds": {"match": 0.5, "review": 0.1, "fixed": {"match": None, "review": None, "sure": None}},
                "trained_on": 600,
                "clean_sources": [],
                "fields": {"email": ["same", "same mailbox", "typo", "different"]},
                "rules": {"name": "contacts"},
            }
        }
    )

    name: str
    since: datetime
    fingerprints: Fingerprints
    thresholds: ThresholdsOut
    trained_on: int = Field(description="Records that the model was trained on.")
    clean_sources: list[str] = Field(description="Sources that hold nobody twice.")
    fields: dict[str, list[str]] = Field(description="What is compared, and the levels of each, best first.")
    rules: dict[str, Any] = Field(description="The whole rule set.")

    @classmethod
    def of(cls, found: InForce) -> "RulesOut":
        """The same, to be told."""
        frozen = found.frozen
        return cls(
            name=frozen.rules.name,
            since=found.since,
            fingerprints=Fingerprints.of(frozen),
            thresholds=ThresholdsOut(
                match=found.match, review=found.review, fixed=frozen.rules.thresholds.model_dump()
            ),
            trained_on=found.records,
            clean_sources=list(frozen.clean),
            fields={name: list(levels) for name, levels in frozen.model.layout.levels.items()},
            rules=frozen.rules.model_dump(mode="json"),
        )


class ProposalIn(BaseModel):
    """Other rules, other thresholds, or both."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"thresholds": {"match": 0.9}}]})

    rules: str | None = Field(None, min_length=1, max_length=LONGEST, description="A whole rule set as TOML.")
    thresholds: ThresholdsIn | None = None
    limit: int = Field(50, ge=0, le=500, strict=True, description="Entities that are told of at most.")

    def proposal(self) -> Proposal:
        """The same for the engine."""
        given = None if self.thresholds is None else self.thresholds.model_dump(exclude_unset=True)
        return Proposal(self.rules, given)


class RulesPreview(BaseModel):
    """What other rules would do to the store; nothing is written."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "fingerprints": PRINTS,
                "counts": {"created": 1, "split": 1},
                "golden_changes": 1,
                "foreseen": [],
                "more": True,
            }
        }
    )

    fingerprints: Fingerprints = Field(description="Of what would be in force.")
    counts: dict[Kind, int] = Field(description="How many entities what would happen to.")
    golden_changes: int = Field(description="Entities of which a golden value would change.")
    foreseen: list[ForeseenOut] = Field(description="The first of them: merges and splits in front.")
    more: bool = Field(description="Whether there are more.")

    @classmethod
    def of(cls, found: tuple[Frozen, list[Foreseen]], limit: int) -> "RulesPreview":
        """The same, to be told. limit: how many entities one by one."""
        frozen, events = found
        kinds = [Kind.MERGED, Kind.SPLIT, *Kind]
        ordered = sorted(events, key=lambda one: (kinds.index(one.kind), one.entity_id))
        return cls(
            fingerprints=Fingerprints.of(frozen),
            counts=Counter(one.kind for one in ordered),
            golden_changes=sum(bool(one.values) for one in ordered),
            foreseen=[ForeseenOut.of(one) for one in ordered[:limit]],
            more=len(ordered) > limit,
        )
