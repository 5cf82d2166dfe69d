import json

import jsonschema
import pytest

from resolver.paths.online import Resolver
from tests.api.reconciliation_schemas import MANIFEST, RESULTS, SUGGESTIONS
from tests.resolver.store.living import ANN, CYD, contact, id_of


@pytest.fixture
def resolver(app):
    """The tenant's resolver, with Ann and Cyd among the others."""
    made = Resolver(app.state.server.database, "acme")
    made.upsert(ANN, CYD)
    return made


@pytest.fixture
def asker(as_role):
    return as_role("match")


def reconciled(client, headers, **queries):
    answer = client.post("/reconcile", data={"queries": json.dumps(queries)}, headers=headers)
    assert answer.status_code == 200, answer.text
    jsonschema.validate(answer.json(), RESULTS)
    return {name: one["result"] for name, one in answer.json().items()}


def with_properties(query, **told):
    return {"query": query, "properties": [{"pid": pid, "v": value} for pid, value in told.items()]}


def test_the_manifest_is_one_of_the_specification(client, asker):
    told = client.get("/reconcile", headers=asker).json()
    jsonschema.validate(told, MANIFEST)
    assert told["view"]["url"].startswith("http://127.0.0.1:8400/v1/entities/")


def test_rows_are_reconciled_and_a_sure_match_is_said_to_be_one(client, asker, resolver):
    found = reconciled(
        client,
        asker,
        ann=with_properties("Ann Lee", email=["ann.lee@x.com"], phone="+1 312 555 0188"),
        cyd={"query": "Cyd Kahn", "type": "Person", "limit": 1, "type_strict": "any"},
        nobody={"query": "???"},
    )
    first = found["ann"][0]
    assert (first["id"], first["name"], first["match"]) == (id_of(resolver, ANN), "Ann Lee", True)
    assert 0.9 < first["score"] <= 1
    assert {feature["id"] for feature in first["features"]} >= {"email", "phone"}
    assert [one["id"] for one in found["cyd"]] == [id_of(resolver, CYD)]
    assert found["nobody"] == []


@pytest.mark.usefixtures("resolver")
def test_a_batch_may_be_asked_in_the_address_too(client, asker):
    queries = json.dumps({"q0": {"query": "Ann Lee"}})
    answer = client.get("/reconcile", params={"queries": queries}, headers=asker)
    jsonschema.validate(answer.json(), RESULTS)
    assert answer.json()["q0"]["result"] == reconciled(client, asker, q0={"query": "Ann Lee"})["q0"]


@pytest.mark.parametrize("value", ["cyd k", {"id": "x", "name": "ck@zed.net"}, 17, True, 1.5, ["", "ck@zed.net"], []])
@pytest.mark.usefixtures("resolver")
def test_a_property_may_be_of_any_kind_of_value(client, asker, value):
    assert "q" in reconciled(client, asker, q=with_properties("Cyd Kahn", email=value))


@pytest.mark.parametrize(
    ("queries", "code"),
    [
        ("{", "invalid_request"),
        ("[]", "invalid_request"),
        ('{"q": {}}', "invalid_request"),
        ('{"q": {"query": ""}}', "invalid_request"),
        ('{"q": {"query": "a\\u0000b"}}', "invalid_request"),
        ('{"q": {"query": "\\ud800"}}', "invalid_request"),
        ('{"q": {"query": "x", "limit": 0}}', "invalid_request"),
        ('{"q": {"query": "x", "colour": "red"}}', "invalid_request"),
        ('{"q": {"query": "x", "properties": [{"pid": "shoe_size", "v": 43}]}}', "unusable"),
        (json.dumps({str(number): {"query": "x"} for number in range(101)}), "invalid_request"),
    ],
)
def test_what_is_no_batch_is_refused(client, asker, queries, code):
    answer = client.post("/reconcile", data={"queries": queries}, headers=asker)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    answer = client.get("/reconcile", params={"queries": queries}, headers=asker)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_entities_and_properties_are_suggested(client, asker, resolver):
    found = client.get("/reconcile/suggest/entity", params={"prefix": "cyd"}, headers=asker).json()
    jsonschema.validate(found, SUGGESTIONS)
    assert [one["id"] for one in found["result"]] == [id_of(resolver, CYD)]
    found = client.get("/reconcile/suggest/property", params={"prefix": "e"}, headers=asker).json()
    jsonschema.validate(found, SUGGESTIONS)
    assert [one["id"] for one in found["result"]] == ["email"]


def test_a_preview_is_a_page_in_which_nothing_of_a_contact_is_markup(client, asker, resolver):
    resolver.upsert(contact("9", "<script>alert(1)</script>", 'Fox"', "fox@evil.example"))
    entity = next(one for one in resolver.entities() if "crm:9" in one.records)
    answer = client.get("/reconcile/preview", params={"id": entity.entity_id}, headers=asker)
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "fox@evil.example" in answer.text
    assert "<script" not in answer.text
    assert "&lt;script" in answer.text.lower()


def test_nobody_previews_what_is_not_there(client, asker):
    answer = client.get("/reconcile/preview", params={"id": "e" * 17}, headers=asker)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_jsonp_is_refused(client, asker, method):
    told = {"queries": '{"q": {"query": "x"}}'}
    answer = client.request(method, "/reconcile", params={"callback": "f", **told}, data=told, headers=asker)
    assert (answer.status_code, answer.json()["code"]) == (422, "unusable")


def test_pages_of_openrefine_may_ask_and_others_may_not(client, asker):
    for origin, allowed in (("http://127.0.0.1:3333", True), ("https://evil.example", False)):
        answer = client.get("/reconcile", headers={**asker, "Origin": origin})
        assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
        asking = {
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "x-api-key",
        }
        before = client.options("/reconcile/suggest/entity", headers=asking)
        assert (before.status_code == 200) is allowed
    answer = client.get("/v1/changes", headers={**asker, "Origin": "http://127.0.0.1:3333"})
    assert "access-control-allow-origin" not in answer.headers
