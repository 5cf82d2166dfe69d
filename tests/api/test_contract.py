"""The API does what its OpenAPI document says, whatever it is asked; and the document says all there is to know."""

import json
import shutil
from itertools import count
from types import SimpleNamespace

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from api.app import create_app
from api.routes import changes
from api.settings import Settings
from resolver.store import access
from resolver.webhooks import sending
from tests.api.document import DOCUMENT, OPEN, OPERATIONS, each_operation
from tests.soak import SOAK

FEW, MANY = 6, 300
"""Questions to each operation: in the suite, and in a soak run."""
CHAINS, STEPS = (3, 100), (6, 20)
"""Chains of questions of which one builds on the answer of another, and questions in each."""
ANSWERED = ["2xx", "304", "404", "409", "410", "412", "422"]
"""What a question of the right form is answered with: an id may be unknown, and values may not fit together."""
REFUSED = ["4xx"]
"""What a question of another form is answered with; in a batch each line is refused in the answer."""
LINES = "application/x-ndjson"


@schemathesis.serializer(LINES)
def lines(_, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


CONTRACT = schemathesis.openapi.from_dict(
    DOCUMENT,
    config=SchemathesisConfig.from_dict(
        {
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ANSWERED},
                "negative_data_rejection": {"expected-statuses": REFUSED},
            },
            "generation": {"allow-x00": False},
            "operations": [
                {
                    "include-path-regex": ":batch$",
                    "checks": {"negative_data_rejection": {"expected-statuses": [*REFUSED, "200"]}},
                }
            ],
        }
    ),
)


@CONTRACT.auth()
class Key:
    """The credential of an admin of the server that is asked."""

    def get(self, case, _):
        return case.operation.schema.app.state.contract_key

    def set(self, case, data, _):
        case.headers["Authorization"] = f"Bearer {data}"


@pytest.fixture(scope="module")
def served(population, tmp_path_factory):
    """A server over a store of its own; its webhooks reach nobody."""
    db = shutil.copy(population, tmp_path_factory.mktemp("contract") / "contacts.db")
    app = create_app(Settings(db=str(db), requests_per_second=1e6, burst=10**6))
    server = app.state.server
    with server.database.writing("acme") as connection:
        app.state.contract_key = access.make(connection, access.drawn("acme", "admin", "contract"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CONTRACT, "app", app)
        patch.setattr(sending, "_addresses", _nobody)
        # seconds pass at every look at the clock, so that nobody waits
        patch.setattr(changes, "AGAIN", 0)
        patch.setattr(changes, "time", SimpleNamespace(monotonic=count().__next__))
        yield app
    server.close()


async def _nobody(*_):
    raise sending.RefusedError("nothing is sent from here")


def asked(number, **more):
    """How many questions are asked, in the suite always the same."""
    told = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck), **more}
    return examples(max_examples=number, derandomize=SOAK is None, phases=[Phase.explicit, Phase.generate], **told)


@each_operation
@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.usefixtures("served")
def test_an_operation_keeps_its_contract(method, path, mode):
    """With what it takes, and with what it does not."""
    operation = CONTRACT[path][method]

    @asked(FEW if SOAK is None else MANY)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate()

    try:
        ask()
    except Unsatisfiable:
        assert mode == GenerationMode.NEGATIVE  # there is nothing to get wrong in it


@pytest.mark.usefixtures("served")
def test_operations_keep_their_contract_one_after_the_other():
    chains, steps = (one[SOAK is not None] for one in (CHAINS, STEPS))
    CONTRACT.as_state_machine().run(settings=asked(chains, stateful_step_count=steps))


def operation_of(method, path):
    return DOCUMENT["paths"][path][method.lower()]


@each_operation
def test_an_operation_is_described(method, path):
    told = operation_of(method, path)
    assert told["operationId"].isidentifier()
    assert told["tags"]
    assert told["summary"][0].isupper()
    assert not told["summary"].endswith(".")
    assert told["description"].endswith(".")
    for parameter in told.get("parameters", []):
        assert parameter.get("description") or parameter["schema"].get("description"), parameter["name"]


@each_operation
def test_an_operation_needs_a_credential_unless_it_is_for_anybody(method, path):
    told = operation_of(method, path)
    assert bool(told.get("security")) is (path not in OPEN)


@each_operation
def test_an_operation_documents_its_errors(method, path):
    responses = operation_of(method, path)["responses"]
    expected = {"500"} if path in OPEN else {"401", "403", "422", "429", "500", "503"}
    assert expected <= set(responses)
    for status, response in responses.items():
        if int(status) >= 400:
            (media,) = response["content"]
            assert media == "application/problem+json", status
            assert response["content"][media]["example"]["code"]


@each_operation
def test_an_operation_has_examples_and_they_are_what_it_takes_and_gives(method, path):
    told = operation_of(method, path)
    bodies = [told["requestBody"]] if "requestBody" in told else []
    good = [response for status, response in told["responses"].items() if status < "300" and path not in OPEN]
    for shape in (*bodies, *good):
        for media, content in shape.get("content", {}).items():
            found = list(examples_of(content, content.get("schema", {})))
            assert found, f"no example of {media}"
            for schema, example in found:
                checked = jsonschema.Draft202012Validator({**without_required(schema), "components": COMPONENTS})
                assert [error.message for error in checked.iter_errors(example)] == []


def without_required(schema):
    """The framework leaves nulls out of examples, so that a field may be missing in them that an answer always has."""
    if isinstance(schema, list):
        return [without_required(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    dropped = {"required"} if "properties" in schema and isinstance(schema.get("required"), list) else set()
    return {name: without_required(value) for name, value in schema.items() if name not in dropped}


COMPONENTS = without_required(DOCUMENT["components"])


def examples_of(content, schema):
    """The examples of a body, each with its schema: beside the schema, or in it or in what it refers to."""
    shown = [content["example"]] if "example" in content else []
    shown += [one["value"] for one in content.get("examples", {}).values()]
    for example in shown:
        yield schema, example
    if "$ref" in schema:
        yield from examples_of({}, DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for example in (schema["example"],) if "example" in schema else schema.get("examples", ()):
        yield schema, example
    for part in (*schema.get("anyOf", ()), *schema.get("properties", {}).values()):
        yield from examples_of({}, part)
    if "items" in schema:
        yield from examples_of({}, schema["items"])


def test_names_of_operations_are_unique():
    names = [operation_of(*one)["operationId"] for one in OPERATIONS]
    assert len(names) == len(set(names))
    assert json.dumps(DOCUMENT)
