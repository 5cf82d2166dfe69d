"""Whoever calls /v1 can go on calling it: what a version promised, the next one keeps."""

from copy import deepcopy

import pytest

from tests.api.document import DOCUMENT
from tests.api.promises import broken, kept, promises

MERGE, ENTITY = "POST /v1/merges", "GET /v1/entities/{entity_id}"


def test_what_was_promised_is_kept():
    assert broken(kept(), promises(DOCUMENT)) == [], "a change that breaks callers; see docs/integrate.md, Versions"


def test_what_is_promised_is_about_all_that_callers_use():
    told = promises(DOCUMENT)
    assert "stale" in told["codes"]
    assert told[MERGE]["body.entities"] == "!array"
    assert told["GET /v1/changes"]["query.limit"].startswith("integer")
    assert told["POST /v1/contacts"]["query.on_duplicate"] == "=alert|=attach|=create"
    assert told[ENTITY]["200.entity_id"] == "!string"


def schema_of(document, word, place):
    """The schema of a body that an operation takes, or answers with 200."""
    method, path = word.split()
    operation = document["paths"][path][method.lower()]
    told = operation["requestBody"] if place == "body" else operation["responses"][place]
    name = told["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name]


def without_path(document):
    del document["paths"]["/v1/merges"]


def needed_parameter(document):
    document["paths"]["/v1/changes"]["get"]["parameters"].append(
        {"name": "new", "in": "query", "required": True, "schema": {"type": "string"}}
    )


def needed_field(document):
    schema = schema_of(document, MERGE, "body")
    schema["required"] = [*schema["required"], "reason"]


def other_type(document):
    schema_of(document, MERGE, "body")["properties"]["entities"] = {"type": "string"}


def without_field(document):
    del schema_of(document, ENTITY, "200")["properties"]["entity_id"]


def not_always(document):
    schema_of(document, ENTITY, "200")["required"].remove("entity_id")


def nothing_at_times(document):
    schema_of(document, ENTITY, "200")["properties"]["entity_id"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (without_path, "POST /v1/merges is not there any more"),
        (needed_parameter, "GET /v1/changes: query.new is new and has to be sent"),
        (needed_field, "POST /v1/merges: body.reason has to be sent now"),
        (other_type, "POST /v1/merges: body.entities does not take array any more"),
        (without_field, f"{ENTITY}: 200.entity_id is not there any more"),
        (not_always, f"{ENTITY}: 200.entity_id is no longer always there"),
        (nothing_at_times, f"{ENTITY}: 200.entity_id may be null now"),
    ],
)
def test_a_change_that_breaks_callers_is_noticed(change, line):
    changed = deepcopy(DOCUMENT)
    change(changed)
    assert line in broken(promises(DOCUMENT), promises(changed))


def test_what_is_added_breaks_nobody():
    changed = deepcopy(DOCUMENT)
    changed["paths"]["/v1/new"] = changed["paths"]["/v1/health"]
    changed["paths"]["/v1/changes"]["get"]["parameters"].append(
        {"name": "new", "in": "query", "required": False, "schema": {"type": "string"}}
    )
    schema_of(changed, MERGE, "body")["properties"]["new"] = {"type": "string"}
    answer = schema_of(changed, ENTITY, "200")
    answer["properties"]["new"] = {"type": "string"}
    answer["required"] = [*answer["required"], "new"]
    assert broken(promises(DOCUMENT), promises(changed)) == []
