"""The feed of changes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from resolver.store.journal import Kind

ENTITY = "eaaaaaaaaaaaaaaaa"
OTHER = "ebbbbbbbbbbbbbbbb"
CHANGE: JsonDict = {
    "cursor": 42,
    "at": "2026-03-01T12:00:00.123456Z",
    "kind": "merged",
    "entity_id": OTHER,
    "into": [ENTITY],
    "who": "crm-sync",
    "what": "take",
}
"""An example."""


class ChangeOut(BaseModel):
    """What happened to an entity. It names nobody: ask for the entity to see whom it is of now."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [CHANGE]})

    cursor: Annotated[int, Field(description="The place in the feed; it only rises, and not always by one.")]
    at: Annotated[datetime, Field(description="When, in UTC.")]
    kind: Annotated[Kind, Field(description="What happened.")]
    entity_id: Annotated[str, Field(description="The entity it happened to.")]
    into: Annotated[list[str], Field(description="After a merge or a split: the entities its records went to.")]
    who: Annotated[str | None, Field(description="Who did it, as far as told.")]
    what: Annotated[str, Field(description="By what act.")]


class ChangesOut(BaseModel):
    """A page of the feed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"changes": [CHANGE], "next_cursor": 42, "more": False}]})

    changes: list[ChangeOut]
    next_cursor: Annotated[int, Field(description="Ask for what comes after it the next time.")]
    more: Annotated[bool, Field(description="Whether there is more already.")]
