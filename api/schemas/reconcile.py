"""The Reconciliation Service API 0.2 (W3C Entity Reconciliation Community Group), as OpenRefine speaks it."""

from html import escape
from typing import Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from api.schemas.record import Record
from resolver.errors import UsageError
from resolver.paths.reconciling import Candidate, Row, called, described
from resolver.paths.viewing import View
from resolver.store.past import Entity

MOST_QUERIES = 100
"""Rows of one batch."""
PERSON = {"id": "Person", "name": "Person"}
PROPERTIES = {
    "name": "Name",
    "given_name": "Given name",
    "family_name": "Family name",
    "email": "E-mail",
    "phone": "Phone",
    "company": "Company",
    "job_title": "Job title",
    "address": "Address",
    "linkedin": "LinkedIn",
    "birth_date": "Date of birth",
}
"""What a column may be about: a field of a record, and what people call it."""
_LISTS = {"email": "emails", "phone": "phones", "company": "organisations", "address": "addresses"}
_Text = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]


class EntityValue(BaseModel):
    """A cell that was reconciled before."""

    id: _Text
    name: _Text | None = None


Value = _Text | bool | int | float | EntityValue


class Property(BaseModel):
    """A further column of the row: which field it is about (`pid`), and what it says (`v`)."""

    pid: _Text
    v: Value | Annotated[list[Value], Field(max_length=100)]


class ReconcileQuery(BaseModel):
    """A row: what it is called (`query`), and what else is known of it (`properties`)."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str | None, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")] = None
    type: _Text | list[_Text] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 5
    properties: Annotated[list[Property], Field(max_length=100)] = []
    type_strict: Literal["any", "should", "all"] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "ReconcileQuery":
        if self.query is None and not self.properties:
            raise ValueError("a query needs `query` or `properties`")
        return self

    def row(self) -> Row:
        """The row as a contact. Raises UsageError for a property that nobody knows."""
        told: dict[str, Any] = {} if self.query is None else {"name": self.query}
        for each in self.properties:
            if each.pid not in PROPERTIES:
                raise UsageError(f"there is no property {each.pid!r}; there are {', '.join(PROPERTIES)}")
            values = [_text(value) for value in (each.v if isinstance(each.v, list) else [each.v])]
            said = [value for value in values if value.strip()]
            if said and each.pid in _LISTS:
                told[_LISTS[each.pid]] = [*told.get(_LISTS[each.pid], []), *said]
            elif said:
                told[each.pid] = said[0]
        try:
            contact = Record.model_validate(told).contact("", "")
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        return Row(contact, self.query, self.limit)


def _text(value: Value) -> str:
    if isinstance(value, EntityValue):
        return value.name or value.id
    return str(value)


Batch = dict[str, ReconcileQuery]
_BATCH: TypeAdapter[Batch] = TypeAdapter(Annotated[dict[_Text, ReconcileQuery], Field(max_length=MOST_QUERIES)])


def batch(text: str) -> Batch:
    """A batch of queries, from JSON. Raises RequestValidationError."""
    try:
        return _BATCH.validate_json(text)
    except ValidationError as error:
        told = error.errors(include_input=False, include_url=False)
        raise RequestValidationError([{**one, "loc": ("query", "queries", *one["loc"])} for one in told]) from None


EXAMPLE = '{"q0": {"query": "Ann Lee", "properties": [{"pid": "email", "v": "ann.lee@example.com"}]}}'


class Named(BaseModel):
    """A type or a property."""

    id: str
    name: str


class Feature(BaseModel):
    """What a field adds for (above 0) or against a candidate, in bits."""

    id: str
    value: float


class CandidateOut(BaseModel):
    """An entity that a row may be of. `score` is a probability; `match`: it would be joined with this one alone."""

    id: str
    name: str
    description: str
    type: list[Named]
    score: float
    match: bool
    features: list[Feature]

    @classmethod
    def of(cls, found: Candidate) -> "CandidateOut":
        """A candidate as the specification has it."""
        return cls(
            id=found.entity.entity_id,
            name=called(found.entity),
            description=described(found.entity),
            type=[Named(**PERSON)],
            score=found.probability,
            match=found.certain,
            features=[Feature(id=name, value=bits) for name, bits in found.features.items()],
        )


class Result(BaseModel):
    """The candidates of one row, the likeliest first."""

    result: list[CandidateOut]


class Suggestion(BaseModel):
    """An entity or a property whose name begins so."""

    id: str
    name: str
    description: str | None = None
    notable: list[Named] | None = None

    @classmethod
    def of(cls, entity: Entity) -> "Suggestion":
        """An entity as a suggestion."""
        return cls(id=entity.entity_id, name=called(entity), description=described(entity), notable=[Named(**PERSON)])


class Suggestions(BaseModel):
    """What may be meant."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"result": [{"id": "eaaaaaaaaaaaaaaaa", "name": "Ann Lee", "description": "Buyer, Example"}]}]
        }
    )

    result: list[Suggestion]


class Manifest(BaseModel):
    """What the service can do, as the specification has it."""

    versions: list[str]
    name: str
    identifierSpace: str  # noqa: N815 - the names are the specification's
    schemaSpace: str  # noqa: N815
    serviceVersion: str  # noqa: N815
    defaultTypes: list[Named]  # noqa: N815
    view: dict[str, str]
    preview: dict[str, str | int]
    suggest: dict[str, dict[str, str]]
    batchSize: int  # noqa: N815
    authentication: dict[str, str]


def manifest(base: str, version: str) -> dict[str, Any]:
    """The fields of the manifest. base: the address of the server, as the caller reached it."""
    return {
        "versions": ["0.2"],
        "name": "Contacts",
        "identifierSpace": f"{base}/v1/entities/",
        "schemaSpace": "https://schema.org/Person",
        "serviceVersion": version,
        "defaultTypes": [PERSON],
        "view": {"url": f"{base}/v1/entities/{{{{id}}}}"},
        "preview": {"url": f"{base}/reconcile/preview?id={{{{id}}}}", "width": 400, "height": 200},
        "suggest": {
            "entity": {"service_url": base, "service_path": "/reconcile/suggest/entity"},
            "property": {"service_url": base, "service_path": "/reconcile/suggest/property"},
        },
        "batchSize": MOST_QUERIES,
        "authentication": {"type": "apiKey", "name": "X-API-Key", "in": "header"},
    }


MANIFEST = manifest("http://127.0.0.1:8400", "0.1.0")
RESULTS = {
    "q0": {
        "result": [
            {
                "id": "eaaaaaaaaaaaaaaaa",
                "name": "Ann Lee",
                "description": "Buyer, Example Ltd",
                "type": [PERSON],
                "score": 0.98,
                "match": True,
                "features": [{"id": "email", "value": 7.1}],
            }
        ]
    }
}
"""Examples."""


def page(view: View) -> str:
    """A small page about an entity. What a contact says is only ever text in it."""
    golden = {name: _line(value) for name, value in view.golden.items() if name != "full_name"}
    rows = "".join(
        f"<tr><th>{escape(name.replace('_', ' '))}</th><td>{escape(text)}</td></tr>" for name, text in golden.items()
    )
    title = escape(called(Entity(view.entity_id, view.golden, ())))
    records = escape(", ".join(member.key for member in view.members))
    style = "body{font:13px sans-serif;margin:8px}th{text-align:left;padding-right:8px;font-weight:normal;color:#555}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        f"<h1 style=font-size:15px>{title}</h1><table>{rows}</table><p>{records}</p></html>"
    )


def _line(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
