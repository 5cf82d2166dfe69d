"""Entities: golden records, what they are made of, and what happened to them."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.changes import CHANGE, ChangeOut
from api.settings import MOST_ON_A_PAGE, PAGE
from resolver.paths.searching import Page
from resolver.paths.viewing import View, values_of

ENTITY = "ewo5rbpvoyfviqegw"
HAPPENED: Any = CHANGE
VERSION = "3b0e6f4c1d2a49788c5e7f60"
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Moments that can be asked for."""
LARGEST = 2**63 - 1
"""No number of an act or of a change is larger."""

NamedEntity = Annotated[
    str,
    Path(max_length=200, pattern=r"^[^\x00]+$", description="An entity's id, however old it is.", examples=[ENTITY]),
]
AsOf = Annotated[
    AwareDatetime | None,
    Query(ge=FIRST, le=LAST, description="As it was at that moment (RFC 3339).", examples=["2026-03-01T12:00:00Z"]),
]
Limit = Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Items on a page at most.", examples=[PAGE])]
Cursor = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[^\x00]+$", description="`next_cursor` of the page before.", examples=[ENTITY]),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=800, pattern=r"^[^\x00]+$")]


class MemberOut(BaseModel):
    """A record of the entity. values: all that its source says, as it is written there; null for a former moment."""

    source: str
    record_id: str
    values: dict[str, Any] | None


class EntityOut(BaseModel):
    """An entity: its golden record, where each value comes from, and the records it is made of."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "entity_id": ENTITY,
                    "canonical_id": ENTITY,
                    "golden": {"full_name": "Ann Lee", "email": "ann.lee@example.com"},
                    "provenance": {"full_name": "crm:1", "email": "web:2"},
                    "pinned": {},
                    "members": [
                        {"source": "crm", "record_id": "1", "values": {"full_name": "Ann Lee"}},
                        {"source": "web", "record_id": "2", "values": {"emails": [{"raw": "ann.lee@example.com"}]}},
                    ],
                    "version": VERSION,
                    "successors": [],
                }
            ]
        }
    )

    entity_id: str = Field(description="The id that was asked for.")
    canonical_id: str = Field(description="The id of the entity that it stands for: another one after a merge.")
    golden: dict[str, Any] = Field(description="The golden values.")
    provenance: dict[str, str] = Field(description="The record, `source:id`, that each value comes from.")
    pinned: dict[str, int] = Field(description="The values that a person chose, and the act by which.")
    members: list[MemberOut]
    version: str = Field(description="Names this state, as ETag does; empty for a former moment.")
    successors: list[str] = Field(description="After a split into several: these; then the rest is empty.")

    @classmethod
    def of(cls, view: View) -> "EntityOut":
        """The same, to be told."""
        members = [MemberOut(source=one.source, record_id=one.record_id, values=one.content) for one in view.members]
        return cls(
            entity_id=view.asked,
            canonical_id=view.entity_id,
            golden=view.golden,
            provenance=view.provenance,
            pinned=view.pinned,
            members=members,
            version=view.version,
            successors=list(view.successors),
        )


class EntityLine(BaseModel):
    """An entity in a list."""

    entity_id: str
    golden: dict[str, Any]
    records: list[str]


class EntitiesOut(BaseModel):
    """A page of entities."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "entities": [
                        {
                            "entity_id": ENTITY,
                            "golden": {"full_name": "Ann Lee", "email": "ann.lee@example.com"},
                            "records": ["crm:1", "web:2"],
                        }
                    ],
                    "next_cursor": None,
                }
            ]
        }
    )

    entities: list[EntityLine]
    next_cursor: str | None = Field(description="Ask with it for the next page; null on the last one.")

    @classmethod
    def of(cls, page: Page) -> "EntitiesOut":
        """The same, to be told."""
        lines = [
            EntityLine(entity_id=one.entity_id, golden=values_of(one), records=list(one.records))
            for one in page.entities
        ]
        return cls(entities=lines, next_cursor=page.after)


class HistoryOut(BaseModel):
    """A page of what happened to an entity."""

    model_config = ConfigDict(json_schema_extra={"example": {"changes": [HAPPENED], "next_cursor": None}})

    changes: list[ChangeOut]
    next_cursor: int | None = Field(description="Ask with it for the next page; null on the last one.")
