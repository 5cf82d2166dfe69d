"""How the stewards' queue fares."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.schemas.cases import TOLD, example
from resolver.standing import Standing


class PatternOut(BaseModel):
    """A pattern, and how many open cases show it."""

    pattern: str
    cases: int


class DayOut(BaseModel):
    """How many cases a steward decided on a day."""

    model_config = TOLD

    day: str
    who: str
    cases: int


class BandOut(BaseModel):
    """What stewards said of the cases that the engine gave a chance between two bounds."""

    model_config = TOLD

    at_least: float
    below: float
    same: int
    different: int


class StandingOut(BaseModel):
    """How the queue fares."""

    model_config = example(
        {
            "open": 212, "snoozed": 6, "held": 3, "done_today": 52, "oldest": "2026-03-01T12:00:00Z",
            "ages": {"within a day": 12, "within a week": 100, "within a month": 100, "over a month": 0},
            "decided": [{"day": "2026-03-08", "who": "kim", "cases": 52}],
            "verdicts": {"same": 40, "different": 10, "unsure": 2},
            "agreement": 0.86,
            "bands": [{"at_least": 0.8, "below": 1.0, "same": 30, "different": 1}],
            "minutes": 0.4,
            "patterns": [{"pattern": "unsure; given: nickname; family: same", "cases": 41}],
        }
    )  # fmt: skip

    open: int
    snoozed: int
    held: int
    done_today: int
    oldest: datetime | None
    ages: dict[str, int]
    decided: list[DayOut] = Field(description="Of the last 30 days.")
    verdicts: dict[str, int]
    agreement: float | None = Field(description="The share of decisions that the engine held to be likelier too.")
    bands: list[BandOut]
    minutes: float | None = Field(description="The median time from claim to decision.")
    patterns: list[PatternOut] = Field(description="The most frequent ones.")

    @classmethod
    def of(cls, found: Standing, patterns: list[tuple[str, int]]) -> "StandingOut":
        """The same, to be told."""
        told = {name: getattr(found, name) for name in cls.model_fields if name != "patterns"}
        each = [PatternOut(pattern=pattern, cases=number) for pattern, number in patterns]
        return cls.model_validate({**told, "patterns": each})
