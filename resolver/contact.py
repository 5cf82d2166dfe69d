"""The canonical contact: one pydantic model, and the polars schema that follows from it.

Adapters produce it from whatever a source system exports. A frame of contacts may leave out columns, and structs
may leave out parts, that its source does not have; a missing column means "unknown for every record".
"""

from datetime import datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

FORMER = "former"
"""The type of an address where somebody lived once: evidence of who it is, but never golden."""


class Part(BaseModel):
    """A piece of a contact. Unknown names are refused, so that nothing vanishes by a typing error."""

    model_config = ConfigDict(extra="forbid")


class Email(Part):
    raw: str
    type: str | None = None
    primary: bool | None = None
    status: Literal["ok", "bounced", "undeliverable", "unverified", "unknown"] | None = None
    status_at: datetime | None = None
    status_reason: str | None = None
    role: bool | None = None
    free: bool | None = None
    id: str | None = None


class Phone(Part):
    raw: str
    region: str | None = None
    kind: Literal["mobile", "work", "home", "main", "fax", "other", "unknown"] | None = None
    extension: str | None = None
    label: str | None = None
    primary: bool | None = None
    validated: bool | None = None
    id: str | None = None


class OtherName(Part):
    """A further name of the same person: before a marriage, at birth, or used beside the official one."""

    full_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    label: str | None = None


class Organisation(Part):
    name: str | None = None
    account_id: str | None = None
    title: str | None = None
    seniority: str | None = None
    decision_role: str | None = None
    buyer_attributes: list[str] = Field(default_factory=list)
    description: str | None = None
    primary: bool | None = None
    start: datetime | None = None
    end: datetime | None = None


class Address(Part):
    raw: str | None = None
    house_number: str | None = None
    street: str | None = None
    unit: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    type: str | None = None


class Social(Part):
    raw: str
    network: str | None = None
    handle: str | None = None
    id: str | None = None


class ExternalId(Part):
    """An id that another system gave this person; it means nothing without the system's name."""

    system: str
    raw: str
    url: str | None = None
    relation: Literal["self", "third_party"] | None = None


class Consent(Part):
    channel: Literal["email", "phone", "fax", "marketing", "sms"]
    state: Literal["granted", "denied", "unknown"]
    at: datetime | None = None
    basis: str | None = None
    evidence: str | None = None


class Tag(Part):
    name: str | None = None
    id: str | None = None
    scope: str | None = None


class Custom(Part):
    name: str
    value: str | None = None
    type: str | None = None
    scope: str | None = None


class Note(Part):
    text: str
    source: str | None = None


class Person(Part):
    """Somebody else whom a record names: an owner, a manager."""

    id: str | None = None
    name: str | None = None


class Moment(Part):
    """A named time that is neither creation, update nor deletion: "first_call", "last_viewed"."""

    name: str
    at: datetime


class Bounce(Part):
    """A bounce that the source reports without saying which address bounced."""

    at: datetime | None = None
    reason: str | None = None


class Flag(Part):
    name: str
    value: bool


class Counter(Part):
    name: str
    value: int


class Provenance(Part):
    source_type: str | None = None
    source_of_truth: str | None = None
    app_source: str | None = None
    lead_source: str | None = None
    contact_source: str | None = None
    add_method: str | None = None
    created_by: str | None = None
    updated_by: str | None = None


class Links(Part):
    """References to other records of the same source."""

    reports_to: str | None = None
    parent: str | None = None
    container: str | None = None
    user: str | None = None


class Contact(Part):
    """One record about one person (or role, or organisation) in one source system."""

    source: str
    record_id: str
    tenant: str | None = None
    app: str | None = None

    name_prefix: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    family_name: str | None = None
    name_suffix: str | None = None
    full_name: str | None = None
    username: str | None = None
    other_names: list[OtherName] = Field(default_factory=list)

    emails: list[Email] = Field(default_factory=list)
    phones: list[Phone] = Field(default_factory=list)
    organisations: list[Organisation] = Field(default_factory=list)
    addresses: list[Address] = Field(default_factory=list)
    socials: list[Social] = Field(default_factory=list)
    external_ids: list[ExternalId] = Field(default_factory=list)

    birth_date: str | None = None
    gender: str | None = None
    language: str | None = None
    timezone: str | None = None
    avatar: str | None = None

    created_at: datetime | None = None
    updated_at: datetime | None = None
    moments: list[Moment] = Field(default_factory=list)

    deleted: bool | None = None
    deleted_at: datetime | None = None
    deleted_by: str | None = None
    deleted_how: Literal["soft", "hidden", "event", "absent"] | None = None

    consent: list[Consent] = Field(default_factory=list)
    bounce_unattributed: Bounce | None = None
    provenance: Provenance | None = None
    owners: list[Person] = Field(default_factory=list)
    links: Links | None = None
    flags: list[Flag] = Field(default_factory=list)
    counters: list[Counter] = Field(default_factory=list)
    tags: list[Tag] = Field(default_factory=list)
    custom: list[Custom] = Field(default_factory=list)
    notes: list[Note] = Field(default_factory=list)
    version: str | None = None
    schema_version: str | None = None
    raw: str | None = None

    @property
    def record_key(self) -> str:
        """`source:id`, the name of the record wherever records meet."""
        return f"{self.source}:{self.record_id}"


_SCALARS: dict[Any, pl.DataType] = {
    str: pl.String(),
    bool: pl.Boolean(),
    int: pl.Int64(),
    datetime: pl.Datetime("us", "UTC"),
}


def _dtype(annotation: Any) -> pl.DataType:
    """The polars type of a pydantic annotation."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        (inner,) = (arg for arg in get_args(annotation) if arg is not type(None))
        return _dtype(inner)
    if origin is Literal:
        return pl.String()
    if origin is list:
        return pl.List(_dtype(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pl.Struct(_columns(annotation))
    return _SCALARS[annotation]


def _columns(model: type[BaseModel]) -> dict[str, pl.DataType]:
    return {name: _dtype(info.annotation) for name, info in model.model_fields.items()}


CONTACT_COLUMNS: dict[str, pl.DataType] = _columns(Contact)
"""Column -> polars type of every place in a canonical contact."""


def frame_of(contacts: list[Contact]) -> pl.DataFrame:
    """Contacts as a frame in the canonical schema."""
    rows = [contact.model_dump() for contact in contacts]
    return pl.DataFrame(rows, schema=CONTACT_COLUMNS)
