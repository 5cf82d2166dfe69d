"""What a merge plan is: the records of one person in one system, and the steps that leave one of them."""

import hashlib
import json
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Op = Literal[
    "read",
    "consent",
    "copy",
    "add_social",
    "release",
    "demote",
    "move",
    "tag",
    "repoint",
    "merge",
    "primary",
    "retire",
    "verify",
    "manual",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Precondition(_Part):
    """How the record must look for the step to be sent; a write of our own in between counts as seen.

    version, updated_at: its stamp when the plan was made. after_step: the last step before that writes the record.
    absent: the record must be gone.
    """

    version: str | None = None
    updated_at: str | None = None
    after_step: int | None = None
    absent: bool | None = None


class Inverse(_Part):
    """The request that takes a step back."""

    method: str
    target: str
    body: dict[str, Any] | None = None


class Step(_Part):
    """One thing to do. record: the id of the record that it writes, or looks at.

    method, target, body: of an HTTP request. mutation, variables: of a GraphQL one. A manual step has neither, and says
    in `reason` what a person does. evidence_ref: the record, or the two records, that the step rests on.
    """

    n: int
    op: Op
    record: str
    method: str | None = None
    mutation: str | None = None
    target: str
    body: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None
    precondition: Precondition | None = None
    on_conflict: str
    inverse: Inverse | None = None
    irreversible: str | None = None
    reason: str
    evidence_ref: str

    @property
    def manual(self) -> bool:
        """Whether only a person can do it."""
        return self.method is None and self.mutation is None

    @property
    def writes(self) -> bool:
        """Whether it changes anything in the system."""
        return not self.manual and self.op not in ("read", "verify")


class ConsentChange(_Part):
    """A consent that the merge changes, or keeps: what the survivor said before and says after, and who said so."""

    channel: str
    record: str
    before: str
    after: str
    because: str


class LostValue(_Part):
    """A value that the system has no room for once its record is gone; our own store keeps it."""

    name: str
    record: str
    value: str


class Plan(_Part):
    """How the records of one person inside one system become one. Ids are those of the system."""

    cluster: str
    survivor: str
    losers: list[str]
    system: str
    instance: str | None
    tenant: str | None
    steps: list[Step]
    consent_changes: list[ConsentChange] = Field(default_factory=list)
    lost_values: list[LostValue] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    requires_human: bool = False

    def line(self) -> str:
        """The plan as one line of JSON, the same bytes for the same plan."""
        steps = [_without_none(step, "body", "variables") for step in self.steps]
        return json.dumps({**self.model_dump(), "steps": steps}, ensure_ascii=False, sort_keys=False)

    @cached_property
    def digest(self) -> str:
        """Names the plan by what it says."""
        return hashlib.blake2b(self.line().encode(), digest_size=12).hexdigest()


def _without_none(step: Step, *kept: str) -> dict[str, Any]:
    """A step without what it leaves open. Inside a request null is a value."""
    told: dict[str, Any] = {}
    for name, value in step.model_dump().items():
        if value is None:
            continue
        nested = isinstance(value, dict) and name not in kept and name != "inverse"
        told[name] = {part: inner for part, inner in value.items() if inner is not None} if nested else value
    return told
