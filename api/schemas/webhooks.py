"""Webhooks."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from resolver.store.journal import Kind

HOOK: JsonDict = {
    "webhook_id": "wh_1f2d3c4b5a6978877665",
    "url": "https://example.com/hooks/contacts",
    "kinds": ["merged", "split"],
    "active": True,
    "created_at": "2026-03-01T12:00:00Z",
    "created_by": "ann",
    "cursor": 42,
    "tries": 0,
    "failing_since": None,
    "next_at": None,
    "last_status": 200,
    "last_problem": None,
}
DELIVERY: JsonDict = {
    "message_id": "wh_1f2d3c4b5a6978877665_40_42",
    "at": "2026-03-01T12:00:01Z",
    "changes": 2,
    "delivered": True,
    "status": 200,
    "problem": None,
    "milliseconds": 31,
}
OUTCOME: JsonDict = {"delivered": False, "status": 500, "problem": "answered 500", "milliseconds": 12}


class WebhookIn(BaseModel):
    """Whom to tell of changes, and of which."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": HOOK["url"], "kinds": HOOK["kinds"]}]}
    )

    url: Annotated[
        str, Field(min_length=1, max_length=2000, description="Where messages are sent: http or https, not private.")
    ]
    kinds: Annotated[list[Kind], Field(max_length=len(Kind), description="Which changes; none stands for all.")] = []
    secret: Annotated[
        str | None,
        Field(
            min_length=24,
            max_length=200,
            pattern=r"^[!-~]+$",
            description="What messages are signed with; one is made when you give none.",
        ),
    ] = None
    after: Annotated[
        int | None, Field(ge=0, le=2**63 - 1, description="Begin after this cursor of the feed, not with what is new.")
    ] = None


class WebhookChange(BaseModel):
    """What is to change about a webhook."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"active": True}]})

    active: Annotated[bool, Field(description="False pauses it; true goes on where it was.")]


class WebhookOut(BaseModel):
    """A webhook, how far it was told, and whether it takes what it is sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [HOOK]})

    webhook_id: str
    url: str
    kinds: list[Kind]
    active: Annotated[bool, Field(description="Whether it is told of changes; one that failed for days is not.")]
    created_at: datetime
    created_by: str | None
    cursor: Annotated[int, Field(description="The last change of the feed that arrived or was none of its kinds.")]
    tries: Annotated[int, Field(description="How often the present message failed.")]
    failing_since: datetime | None
    next_at: Annotated[datetime | None, Field(description="When a message that failed is sent again.")]
    last_status: int | None
    last_problem: str | None


class WebhookMade(WebhookOut):
    """A new webhook with its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**HOOK, "secret": "whsec_keep-this-it-is-told-once"}]})

    secret: Annotated[str, Field(description="Keep it: it is not told again.")]


class WebhooksOut(BaseModel):
    """All webhooks."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"webhooks": [HOOK]}]})

    webhooks: list[WebhookOut]


class DeliveryOut(BaseModel):
    """A message that was sent, or tried to be."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY]})

    message_id: Annotated[str, Field(description="The same each time the same message is sent.")]
    at: datetime
    changes: Annotated[int, Field(description="How many changes are in it; a test has none.")]
    delivered: bool
    status: Annotated[int | None, Field(description="The HTTP status it was answered with, if it was.")]
    problem: str | None
    milliseconds: int


class DeliveriesOut(BaseModel):
    """A page of the delivery log, the latest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"deliveries": [DELIVERY], "next_cursor": None}]})

    deliveries: list[DeliveryOut]
    next_cursor: Annotated[int | None, Field(description="Ask for the next page with it; null on the last one.")]


class OutcomeOut(BaseModel):
    """How a message that was sent at once ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [OUTCOME]})

    delivered: bool
    status: int | None
    problem: str | None
    milliseconds: int
