"""The stewards' queue over HTTP."""

import json
from dataclasses import replace

import pytest

from api.schemas import reviews
from api.schemas.standing import StandingOut
from resolver.paths.online import Resolver
from tests.api.conftest import audit_of
from tests.resolver.store.doubtful import ONE, OTHER, THIRD, doubting
from tests.resolver.store.living import BOB

BODIES = {
    "claim": {"minutes": 5},
    "release": None,
    "assign": {"assignee": "kim"},
    "snooze": {"until": "2090-01-01T00:00:00Z"},
    "note": {"text": "asked"},
    "decision": {"verdict": "same"},
}
ACTIONS = {"decision": "decide"}


@pytest.fixture
def resolver(app):
    """The store of the application, with cases of a tenant of their own."""
    made = Resolver(app.state.server.database, "desk")
    made.use(replace(doubting(), tenant="desk"))
    made.upsert(ONE, OTHER, THIRD, BOB)
    return made


@pytest.fixture
def steward(as_role, resolver):
    """The headers of a steward of that tenant."""
    return as_role("steward", resolver.tenant)


def queue(client, headers, **asked):
    answer = client.get("/v1/reviews", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(client, headers, path, body, status=200):
    answer = client.post(f"/v1/reviews/{path}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_steward_walks_through_the_queue(client, steward):
    told = queue(client, steward, counts=True)
    assert told["counts"]["all"] == len(told["cases"]) == 3
    first = told["cases"][0]
    seen = client.get(f"/v1/reviews/{first['case_id']}", headers=steward).json()
    assert seen["case"] == first
    assert seen["full"]["evidence"]
    assert seen["full"]["if_same"]["merged"]
    decision = {"verdict": "same", "why": "by phone", "version": first["version"]}
    done = post(client, steward, f"{first['case_id']}/decision", decision)
    assert done["next"]["case"]["case_id"] != first["case_id"]
    assert [event["kind"] for event in done["events"]]
    (settled,) = queue(client, steward, state="done")["cases"]
    assert settled["decided"]["verdict"] == "same"
    undone = post(client, steward, "undo", {"act": done["act"]})
    assert [one["case_id"] for one in undone["cases"]] == [first["case_id"]]
    assert len(queue(client, steward)["cases"]) == 3
    standing = client.get("/v1/reviews/standing", headers=steward).json()
    assert (standing["open"], standing["done_today"]) == (3, 0)


def test_pages_follow_one_another(client, steward):
    first = queue(client, steward, limit=2)
    second = queue(client, steward, limit=2, cursor=first["next_cursor"])
    assert len({one["case_id"] for one in [*first["cases"], *second["cases"]]}) == 3
    assert second["next_cursor"] is None


def test_the_queue_is_asked_about_an_entity(client, steward, resolver):
    entity = next(one.entity_id for one in resolver.entities() if one.records == ("web:3",))
    assert len(queue(client, steward, entity=entity)["cases"]) == 2
    assert client.get("/v1/reviews?entity=nobody", headers=steward).status_code == 404


def test_who_holds_a_case_is_told(client, steward, key_of):
    called = queue(client, steward)["cases"][0]["case_id"]
    held = post(client, steward, f"{called}/claim", {"minutes": 5})
    other = {"Authorization": f"Bearer {key_of('steward', 'desk', 'another')}"}
    problem = post(client, other, f"{called}/decision", {"verdict": "same"}, 409)
    assert (problem["code"], problem["holder"], problem["until"]) == ("held", held["holder"], held["held_until"])
    assert post(client, steward, f"{called}/release", None)["holder"] is None
    assert post(client, other, f"{called}/claim", {})["holder"] == "another"


def test_a_stale_decision_is_refused_with_what_happened(client, steward, resolver):
    first = queue(client, steward)["cases"][0]
    resolver.upsert(*(one.model_copy(update={"job_title": None, "gender": "f"}) for one in (ONE, OTHER, THIRD)))
    problem = post(
        client, steward, f"{first['case_id']}/decision", {"verdict": "same", "version": first["version"]}, 409
    )
    assert problem["code"] == "stale"
    assert "is not what you saw" in problem["detail"]


def test_many_are_previewed_before_they_are_decided(client, steward):
    pattern = client.get("/v1/reviews/standing", headers=steward).json()["patterns"][0]
    asked = {"pattern": pattern["pattern"], "verdict": "unsure"}
    told = post(client, steward, "bulk", asked)
    assert (told["cases"], told["act"]) == (pattern["cases"], None)
    assert len(queue(client, steward)["cases"]) == 3
    done = post(client, steward, "bulk", {**asked, "preview": False, "seen": told["cases"]})
    assert done["act"] is not None
    assert len(queue(client, steward)["cases"]) == 3 - told["cases"]
    assert post(client, steward, "bulk", {**asked, "preview": False}, 404)["code"] == "not_found"


@pytest.mark.parametrize("act", BODIES)
def test_every_act_needs_a_steward(client, as_role, steward, act):
    called = queue(client, as_role("read", "desk"))["cases"][0]["case_id"]
    assert post(client, as_role("match", "desk"), f"{called}/{act}", BODIES[act], 403)["code"] == "forbidden"
    post(client, steward, f"{called}/{act}", BODIES[act])
    assert any(one[2] == f"reviews.{ACTIONS.get(act, act)}" for one in audit_of(client, "desk"))


@pytest.mark.parametrize("act", BODIES)
def test_cases_of_one_tenant_are_unknown_to_another(client, as_role, steward, act):
    called = queue(client, steward)["cases"][0]["case_id"]
    stranger = as_role("steward", "acme")
    assert post(client, stranger, f"{called}/{act}", BODIES[act], 404)["code"] == "not_found"
    assert client.get(f"/v1/reviews/{called}", headers=stranger).status_code == 404
    assert len(queue(client, steward)["cases"]) == 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("decision", {"verdict": "perhaps"}),
        ("decision", {"verdict": "same", "version": "42"}),
        ("decision", {"verdict": "same", "leave": []}),
        ("claim", {"minutes": 0}),
        ("snooze", {}),
        ("note", {"text": ""}),
        ("assign", {"assignee": ""}),
    ],
)
def test_a_body_that_is_not_as_described_is_refused(client, steward, path, body):
    called = queue(client, steward)["cases"][0]["case_id"]
    assert post(client, steward, f"{called}/{path}", body, 422)["code"] == "invalid_request"


@pytest.mark.parametrize("model", [reviews.DecisionIn, reviews.BulkIn, reviews.QueueOut, reviews.CaseOut, StandingOut])
def test_examples_are_what_they_are_examples_of(model):
    for example in model.model_config["json_schema_extra"]["examples"]:
        assert json.loads(model.model_validate(example).model_dump_json(exclude_unset=True)) == example
