"""The record: a contact as callers write it, forgiving in form and strict in names."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from resolver import contact as canonical
from resolver.contact import Contact, Part
from resolver.sources.headers import FIELDS, meaning, phone_kind
from resolver.sources.json_values import json_text, text_or_none
from resolver.sources.points import each_once
from resolver.sources.regions import country_codes

MOST_LETTERS = 10_000
"""Letters of one text."""
MOST_ITEMS = 100
"""Items of one list, or of one object."""

_Part = TypeVar("_Part", bound=Part)
_STRICT = ConfigDict(strict=True)


def _moment(value: object) -> object:
    """A text in RFC 3339 as a moment in UTC; without a zone it is UTC."""
    if not isinstance(value, str):
        return value
    found = datetime.fromisoformat(value)
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time outside of the years 1 to 9999") from None


Text = Annotated[str, StringConstraints(max_length=MOST_LETTERS)]
Number = Annotated[int, Field(ge=-(10**18), le=10**18)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Land = Annotated[str, StringConstraints(pattern="^[A-Za-z]{2}$")]
Source = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
NewSource = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f:]+$")]
"""A source that may be new. A colon in its name would leave open where it ends in `source:id`."""
RecordId = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]


class Email(canonical.Email):
    """An e-mail address; `status` says whether it bounces, `role` whether it is a function's and not a person's."""

    model_config = _STRICT
    status_at: Moment | None = None


class Phone(canonical.Phone):
    """A phone number; `region` is the country of a number that is written without its code."""

    model_config = _STRICT
    region: Land | None = None


class OtherName(canonical.OtherName):
    """A former name, a name at birth, or another spelling."""

    model_config = _STRICT


class Organisation(canonical.Organisation):
    """An employer, past or present, and what the person is there."""

    model_config = _STRICT
    start: Moment | None = None
    end: Moment | None = None


class Address(canonical.Address):
    """An address, in parts or in one line (`raw`)."""

    model_config = _STRICT


class Social(canonical.Social):
    """A profile in a social network."""

    model_config = _STRICT


class ExternalId(canonical.ExternalId):
    """The id that another system gave this person."""

    model_config = _STRICT


class Consent(canonical.Consent):
    """What the person agreed to, or did not."""

    model_config = _STRICT
    at: Moment | None = None


class Tag(canonical.Tag):
    """A label in the source."""

    model_config = _STRICT


class Note(canonical.Note):
    """What somebody wrote down about the person; never compared."""

    model_config = _STRICT


def _few(items: str) -> Any:
    return Field(default_factory=list, max_length=MOST_ITEMS, description=items)


class Record(BaseModel):
    """A contact. Say what is known, in whichever form it is there; fields that are not known here go under `custom`."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "example": {
                "given_name": "Ann",
                "family_name": "Lee",
                "emails": ["ann.lee@example.com"],
                "phones": [{"raw": "+1 312 555 0188", "kind": "mobile"}],
                "company": "Example Ltd",
                "job_title": "Buyer",
                "custom": {"segment": "gold"},
            }
        },
    )

    name: Text | None = Field(None, description="The whole name, where it is not there in parts.")
    name_prefix: Text | None = None
    given_name: Text | None = None
    middle_name: Text | None = None
    family_name: Text | None = None
    name_suffix: Text | None = None
    username: Text | None = None
    other_names: list[Text | OtherName] = _few("Former names, names at birth, other spellings.")

    email: Text | None = Field(None, description="The main e-mail address.")
    emails: list[Text | Email] = _few("E-mail addresses.")
    phone: Text | Number | None = Field(None, description="The main phone number.")
    mobile: Text | Number | None = None
    phones: list[Text | Number | Phone] = _few("Phone numbers.")
    phone_region: Land | None = Field(
        None, description="The country (ISO 3166) of numbers without a country code; else that of the address counts."
    )

    company: Text | None = Field(None, description="The present employer.")
    job_title: Text | None = None
    organisations: list[Text | Organisation] = _few("Employers.")
    address: Text | Address | None = None
    addresses: list[Text | Address] = _few("Addresses.")
    linkedin: Text | None = Field(None, description="The profile on LinkedIn, as an address or a handle.")
    socials: list[Text | Social] | dict[Text, Text] = _few("Profiles in social networks, or network -> profile.")
    external_ids: list[ExternalId] | dict[Text, Text | Number] = _few("Ids in other systems, or system -> id.")

    birth_date: Text | None = Field(None, description="As much of it as is known: `1985-04-03`, `1985-04`, `1985`.")
    gender: Text | None = None
    language: Text | None = None
    timezone: Text | None = None
    avatar: Text | None = None

    created_at: Moment | None = None
    updated_at: Moment | None = None
    version: Text | Number | None = Field(None, description="What the source calls this state of the record.")
    consent: list[Consent] = _few("What the person agreed to, or did not.")
    tags: list[Text | Tag] = _few("Labels in the source.")
    notes: list[Text | Note] = _few("Notes; never compared.")
    custom: dict[Text, Text | bool | Number | float | None] = Field(
        default_factory=dict, max_length=MOST_ITEMS, description="Whatever else there is to keep; never compared."
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, told: Any) -> Any:
        """Refuses names that are not known, and says which one may be meant; and texts and lists without end."""
        if isinstance(told, Mapping):
            for name in told:
                if name not in cls.model_fields:
                    raise ValueError(f"unknown field {name!r}; {_hint(str(name))}")
            _bounded(told)
        return told

    def contact(self, source: str, record_id: str) -> Contact:
        """The canonical contact, by the readings that files have too."""
        addresses = _addresses([self.address, *self.addresses])
        region = self.phone_region or _region(addresses)
        return Contact(
            source=source,
            record_id=record_id,
            full_name=text_or_none(self.name),
            **{name: text_or_none(getattr(self, name)) for name in _TEXTS},
            other_names=_parts(canonical.OtherName, "full_name", self.other_names),
            emails=each_once(_parts(canonical.Email, "raw", [self.email, *self.emails])),
            phones=_phones([self.phone, _mobile(self.mobile), *self.phones], region),
            organisations=_organisations(self),
            addresses=addresses,
            socials=_socials(self),
            external_ids=_external_ids(self.external_ids),
            created_at=self.created_at,
            updated_at=self.updated_at,
            consent=_parts(canonical.Consent, "channel", self.consent),
            tags=_parts(canonical.Tag, "name", self.tags),
            notes=_parts(canonical.Note, "text", self.notes),
            custom=_custom(self.custom),
        )


_TEXTS = (
    *("name_prefix", "given_name", "middle_name", "family_name", "name_suffix", "username"),
    *("birth_date", "gender", "language", "timezone", "avatar", "version"),
)


def _hint(name: str) -> str:
    """What a field may be that is not known: headers of files know many words for one thing."""
    said = meaning(name)
    near = {"full_name": "name", "social": "socials", "external_id": "external_ids"}
    field = near.get(said.field, said.field) if said is not None and said.field in FIELDS else None
    return f"did you mean {field}?" if field in Record.model_fields else "put it under custom"


def _bounded(value: Any) -> None:
    if isinstance(value, str) and len(value) > MOST_LETTERS:
        raise ValueError(f"a text may have {MOST_LETTERS:,} letters")
    if isinstance(value, list | Mapping):
        if len(value) > MOST_ITEMS:
            raise ValueError(f"a list or an object may have {MOST_ITEMS} items")
        for inner in value.values() if isinstance(value, Mapping) else value:
            _bounded(inner)


def _parts(kind: type[_Part], main: str, items: Iterable[Any]) -> list[_Part]:
    """Items as parts of a contact: a text or number stands for its main piece; what says nothing there is left out."""
    told = (item.model_dump() if isinstance(item, Part) else {main: text_or_none(item)} for item in items)
    return [kind.model_validate(one) for one in told if any(map(text_or_none, one.values()))]


def _mobile(number: str | int | None) -> canonical.Phone | None:
    text = text_or_none(number)
    return None if text is None else canonical.Phone(raw=text, kind="mobile")


def _phones(items: Iterable[Any], region: str | None) -> list[canonical.Phone]:
    """Numbers with the kind that their label says, and the country where they are written without its code."""
    found = []
    for phone in _parts(canonical.Phone, "raw", items):
        kind = phone.kind or (phone_kind(phone.label) if phone.label else None)
        found.append(phone.model_copy(update={"kind": kind, "region": (phone.region or region or "").upper() or None}))
    return found


def _addresses(items: Iterable[Any]) -> list[canonical.Address]:
    return _parts(canonical.Address, "raw", items)


def _region(addresses: list[canonical.Address]) -> str | None:
    """The country of the first address whose country is known."""
    lands = pl.Series([address.country for address in addresses], dtype=pl.String)
    return next((code for code in country_codes(lands) if code), None) if len(lands.drop_nulls()) else None


def _organisations(record: Record) -> list[canonical.Organisation]:
    present = {"name": text_or_none(record.company), "title": text_or_none(record.job_title)}
    first = [canonical.Organisation(**present)] if any(present.values()) else []
    return [*first, *_parts(canonical.Organisation, "name", record.organisations)]


def _socials(record: Record) -> list[canonical.Social]:
    linkedin = {"raw": record.linkedin, "network": "linkedin"}
    told = [canonical.Social.model_validate(linkedin)] if text_or_none(record.linkedin) else []
    if isinstance(record.socials, dict):
        named = [canonical.Social(raw=raw, network=network) for network, raw in record.socials.items() if raw.strip()]
        return [*told, *named]
    return [*told, *_parts(canonical.Social, "raw", record.socials)]


def _external_ids(told: list[ExternalId] | dict[str, str | int]) -> list[canonical.ExternalId]:
    if isinstance(told, dict):
        texts = {system: text_or_none(raw) for system, raw in told.items()}
        return [canonical.ExternalId(system=system, raw=raw) for system, raw in texts.items() if raw is not None]
    return _parts(canonical.ExternalId, "raw", told)


def _custom(told: Mapping[str, Any]) -> list[canonical.Custom]:
    """Values as text; what is no text or number stands as JSON."""
    shown = {name: text_or_none(value) or json_text(value) for name, value in told.items() if value is not None}
    return [canonical.Custom(name=name, value=value) for name, value in shown.items()]
