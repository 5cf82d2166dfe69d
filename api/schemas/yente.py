"""The shape that clients of yente speak: FollowTheMoney persons and organisations, to records and back."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.matching import MOST_QUERIES, MOST_RESULTS, Word
from api.schemas.record import MOST_ITEMS, MOST_LETTERS, ExternalId, OtherName, Record
from resolver.paths.looking import Found, Grade, Wanted
from resolver.sources.regions import countries

EVERYTHING = ("default", "all")
"""Datasets that stand for all sources."""
PERSON, COMPANIES = "Person", ("Organization", "Company", "PublicBody")
Schema = Literal["Person", "LegalEntity", "Organization", "Company", "PublicBody"]
Text = Annotated[str, StringConstraints(max_length=MOST_LETTERS)]
Values = Annotated[list[Text], Field(max_length=MOST_ITEMS)]

_FIRST = {
    "firstName": "given_name",
    "lastName": "family_name",
    "middleName": "middle_name",
    "secondName": "middle_name",
    "title": "name_prefix",
    "nameSuffix": "name_suffix",
    "birthDate": "birth_date",
    "gender": "gender",
    "position": "job_title",
}
"""Properties of which the first value is a field of the record."""
_ALL = {"email": "emails", "phone": "phones", "address": "addresses"}
_OTHER_NAMES = ("alias", "previousName", "weakAlias")
_IDS = {"idNumber": "national", "passportNumber": "passport", "taxNumber": "tax", "socialSecurityNumber": "ssn"}
_LANDS = ("country", "nationality")
_GOLDEN = {
    "full_name": "name",
    "given_name": "firstName",
    "middle_name": "middleName",
    "family_name": "lastName",
    "name_prefix": "title",
    "name_suffix": "nameSuffix",
    "email": "email",
    "other_emails": "email",
    "phone": "phone",
    "other_phones": "phone",
    "birth_date": "birthDate",
    "gender": "gender",
    "job_title": "position",
    "country": "country",
}
_LINE = ("house_number", "street", "unit", "postal_code", "city", "region")


class Example(BaseModel):
    """Somebody to be looked for. Properties that say nothing about a contact are passed over."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"schema": "Person", "properties": {"name": ["Ann Lee"], "email": ["ann.lee@example.com"]}}
        }
    )

    id: Text | None = None
    schema_: Schema = Field(alias="schema")
    properties: dict[Text, Text | Values] = Field(max_length=MOST_ITEMS)

    def record(self) -> Record:
        """The same as a record."""
        told = {name: [value] if isinstance(value, str) else value for name, value in self.properties.items()}
        fields: dict[str, Any] = {field: told[name][0] for name, field in _FIRST.items() if told.get(name)}
        fields |= {field: told[name] for name, field in _ALL.items() if told.get(name)}
        names = told.get("name", [])
        if names and self.schema_ in COMPANIES:
            fields["company"] = names[0]
        elif names:
            fields["name"] = names[0]
        others: list[str | OtherName] = [*names[1:], *(value for name in _OTHER_NAMES for value in told.get(name, []))]
        lands = [countries().get(value.lower()) for name in _LANDS for value in told.get(name, [])]
        ids = [ExternalId(system=system, raw=raw) for name, system in _IDS.items() for raw in told.get(name, [])]
        return Record(
            **fields,
            other_names=others[:MOST_ITEMS],
            external_ids=ids[:MOST_ITEMS],
            phone_region=next((land for land in lands if land), None),
        )


class Total(BaseModel):
    """How many there are."""

    value: int
    relation: str = "eq"


class Scored(BaseModel):
    """An entity that the example may be of. features: what each field adds, in bits."""

    id: str
    caption: str
    schema_: str = Field(PERSON, alias="schema", serialization_alias="schema")
    properties: dict[str, list[str]]
    datasets: list[str]
    referents: list[str]
    target: bool = False
    score: float = Field(ge=0, le=1)
    match: bool
    features: dict[str, float]

    @classmethod
    def of(cls, found: Found, threshold: float) -> "Scored":
        """A match, to be told."""
        properties = _properties(found.entity.golden)
        features: dict[str, float] = {}
        for line in found.evidence:
            features[line.field] = features.get(line.field, 0.0) + line.weight
        return cls(
            id=found.entity.entity_id,
            caption=next(iter(properties.get("name", [])), found.entity.entity_id),
            schema=PERSON,
            properties=properties,
            datasets=sorted({record.partition(":")[0] for record in found.entity.records}),
            referents=list(found.entity.records),
            score=found.match.probability,
            match=found.match.probability >= threshold and found.grade != Grade.POSSIBLE,
            features=features,
        )


class Matches(BaseModel):
    """What was found for one example."""

    status: int = 200
    results: list[Scored]
    total: Total
    query: Example


class Feature(BaseModel):
    """What a field's evidence means."""

    description: str
    coefficient: float = 1.0
    url: str = ""


class YenteOptions(BaseModel):
    """How a client of yente wants it. What else it says about scoring is passed over."""

    limit: int = Field(5, ge=1, le=MOST_RESULTS, description="Entities that are told of at most.")
    threshold: float = Field(0.7, ge=0, le=1, description="From this score on it is a match.")
    cutoff: float = Field(0.5, ge=0, le=1, description="Below this score it is not told.")
    include_dataset: list[Word] = Field(
        default_factory=list, max_length=100, description="Only entities with records of these sources."
    )
    exclude_entity_ids: list[Word] = Field(
        default_factory=list, max_length=100, description="Entities that are not meant."
    )

    def wanted(self, dataset: str) -> Wanted:
        """What is worth being told, of a dataset: a source, or all of them."""
        sources = (*self.include_dataset, *([] if dataset in EVERYTHING else [dataset]))
        return Wanted(self.limit, min(self.cutoff, self.threshold), False, tuple(self.exclude_entity_ids), sources)


class YenteRequest(BaseModel):
    """Examples, under names of the caller's. Whatever else a client says about scoring is passed over."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"queries": {"q1": {"schema": "Person", "properties": {"name": ["Ann Lee"]}}}}}
    )

    queries: dict[Text, Example] = Field(min_length=1, max_length=MOST_QUERIES)


class YenteAnswer(BaseModel):
    """What was found for each example."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "responses": {
                    "q1": {
                        "status": 200,
                        "results": [
                            {
                                "id": "ewo5rbpvoyfviqegw",
                                "caption": "Ann Lee",
                                "schema": "Person",
                                "properties": {"name": ["Ann Lee"], "email": ["ann.lee@example.com"]},
                                "datasets": ["crm", "web"],
                                "referents": ["crm:1", "web:2"],
                                "target": False,
                                "score": 0.9998,
                                "match": True,
                                "features": {"given": 3.9, "email": 4.8},
                            }
                        ],
                        "total": {"value": 1, "relation": "eq"},
                        "query": {"id": None, "schema": "Person", "properties": {"name": ["Ann Lee"]}},
                    }
                },
                "matcher": {"email": {"description": "how two addresses agree", "coefficient": 1.0, "url": ""}},
                "limit": 5,
            }
        }
    )

    responses: dict[str, Matches]
    matcher: dict[str, Feature]
    limit: int


def told(found: Sequence[Found], example: Example, threshold: float) -> Matches:
    """What was found for an example, to be told."""
    results = [Scored.of(one, threshold) for one in found]
    return Matches(results=results, total=Total(value=len(results)), query=example)


def _properties(golden: Mapping[str, Any]) -> dict[str, list[str]]:
    """Golden values as properties."""
    properties: dict[str, list[str]] = {}
    for name, value in golden.items():
        if name in _GOLDEN and value is not None:
            values = value if isinstance(value, list) else [value]
            properties.setdefault(_GOLDEN[name], []).extend(map(str, values))
    line = golden.get("address") or ", ".join(str(golden[part]) for part in _LINE if golden.get(part))
    return {**properties, **({"address": [line]} if line else {})}
