"""Entities, explanations, merges and pins over HTTP."""

import pytest

from tests.resolver.store.living import ANN, BOB, contact, fresh, key

READS = ("/v1/entities/{}", "/v1/entities/{}/how", "/v1/entities/{}/history", "/v1/merge-plans/{}")


@pytest.fixture
def people(db):
    """Ann twice in the CRM and Bob once, beside the population: their ids."""
    resolver = fresh(db, tenant="acme")
    twin = contact("10", "Ann", "Lee", "ann.lee@x.com", "+1 312 555 0188")
    resolver.upsert(ANN, twin, BOB)
    ids = [next(one.entity_id for one in resolver.entities() if of in one.records) for of in ("crm:1", "crm:3")]
    resolver.database.close()
    return ids


def ask(client, caller, method, path, **more):
    answer = client.request(method, path, headers={**caller, **more.pop("headers", {})}, **more)
    return answer.status_code, answer.json() if answer.content else None


def test_an_entity_is_read_with_an_etag_and_not_again_while_it_is_the_same(client, as_role, people):
    ann, _ = people
    answer = client.get(f"/v1/entities/{ann}", headers=as_role("read"))
    told = answer.json()
    assert (told["canonical_id"], told["golden"]["email"], len(told["members"])) == (ann, "ann.lee@x.com", 2)
    etag = answer.headers["ETag"]
    assert etag == f'"{told["version"]}"'
    again = client.get(f"/v1/entities/{ann}", headers={**as_role("read"), "If-None-Match": f'W/"x", {etag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    body = {"value": "A. Lee"}
    status, _ = ask(client, as_role("steward"), "PUT", f"/v1/entities/{ann}/pins/full_name", json=body)
    assert status == 200
    now = client.get(f"/v1/entities/{ann}", headers={**as_role("read"), "If-None-Match": etag})
    assert (now.status_code, now.json()["golden"]["full_name"]) == (200, "A. Lee")


def test_entities_are_found_by_what_they_hold_and_listed_page_by_page(client, as_role, people):
    read = as_role("read")
    for question in ("phone=(312) 555-0188", "email=ANN.LEE@x.com", "external_id=crm:10", "q=lee ann"):
        _, found = ask(client, read, "GET", f"/v1/entities?{question}")
        assert [one["entity_id"] for one in found["entities"]] == [people[0]]
    for sort in ("id", "updated"):
        seen, cursor = [], None
        while cursor or not seen:
            params = {"limit": 20, "sort": sort, **({"cursor": cursor} if cursor else {})}
            status, page = ask(client, read, "GET", "/v1/entities", params=params)
            assert status == 200
            seen += [one["entity_id"] for one in page["entities"]]
            cursor = page["next_cursor"]
        assert len(seen) == len(set(seen)) > 20


def test_a_merge_is_previewed_done_followed_and_undone(client, as_role, people):
    steward, (ann, bob) = as_role("steward"), people
    _, preview = ask(client, steward, "POST", "/v1/merges/preview", json={"entities": people})
    assert (preview["entity_id"], preview["retired"], preview["blocked"]) == (ann, [bob], None)
    asked = {"entities": people, "reason": "asked", "versions": preview["versions"]}
    status, stale = ask(client, steward, "POST", "/v1/merges", json={**asked, "versions": {ann: "x", bob: "y"}})
    assert (status, stale["code"]) == (409, "stale")
    status, done = ask(client, steward, "POST", "/v1/merges", json=asked)
    assert (status, done["kind"], [one["kind"] for one in done["changes"]]) == (200, "merge", ["merged", "updated"])
    _, seen = ask(client, steward, "GET", f"/v1/entities/{bob}")
    assert (seen["entity_id"], seen["canonical_id"]) == (bob, ann)
    path = f"/v1/merges/{done['act']}/undo"
    _, would = ask(client, steward, "POST", f"{path}?preview=true")
    assert (would["done"], would["blocked"], {one["entity_id"] for one in would["foreseen"]}) == (
        None,
        None,
        {ann, bob},
    )
    status, undone = ask(client, steward, "POST", path, json={"reason": "the wrong one"})
    assert (status, undone["done"]["undoes"]) == (200, done["act"])
    assert ask(client, steward, "POST", path)[0] == 409
    _, acts = ask(client, steward, "GET", "/v1/acts?limit=1")
    assert [(one["kind"], one["why"]) for one in acts["acts"]] == [("undo", "the wrong one")]
    _, rest = ask(client, steward, "GET", f"/v1/acts?cursor={acts['next_cursor']}")
    assert [(one["act"], one["in_force"]) for one in rest["acts"]] == [(done["act"], False)]


def test_if_match_names_the_states_that_were_seen(client, as_role, people):
    steward = as_role("steward")
    tags = [client.get(f"/v1/entities/{one}", headers=steward).headers["ETag"] for one in people]
    status, problem = ask(
        client, steward, "POST", "/v1/merges", json={"entities": people}, headers={"If-Match": tags[0]}
    )
    assert (status, problem["code"]) == (409, "stale")
    status, _ = ask(
        client, steward, "POST", "/v1/merges", json={"entities": people}, headers={"If-Match": ", ".join(tags)}
    )
    assert status == 200


def test_two_are_kept_apart_until_that_is_taken_back(client, as_role, people):
    steward, (ann, bob) = as_role("steward"), people
    assert ask(client, steward, "POST", "/v1/not-duplicates", json={"a": ann, "b": "crm:3", "reason": "x"})[0] == 200
    status, problem = ask(client, steward, "POST", "/v1/merges", json={"entities": people})
    assert (status, problem["code"]) == (409, "conflict")
    _, found = ask(client, steward, "GET", f"/v1/why?a={ann}&b={bob}")
    assert (found["decision"], found["decided_by"], len(found["kept_apart"])) == ("no", "person", 2)
    params = {"a": ann, "b": bob}
    assert ask(client, steward, "DELETE", "/v1/not-duplicates", params=params)[0] == 200
    assert ask(client, steward, "DELETE", "/v1/not-duplicates", params=params)[0] == 404
    assert ask(client, steward, "POST", "/v1/merges", json={"entities": people})[0] == 200


def test_an_entity_is_split_and_told_how_it_came_together(client, as_role, people):
    steward, (ann, _) = as_role("steward"), people
    _, told = ask(client, steward, "GET", f"/v1/entities/{ann}/how")
    ((step,),) = [one["steps"] for one in told["entities"]]
    assert (sorted(step["joins"]), step["by"], step["records"]) == (["crm:1", "crm:10"], "evidence", 2)
    assert {"field": "email", "level": "same"}.items() <= next(
        line for line in step["evidence"] if line["field"] == "email"
    ).items()
    status, done = ask(client, steward, "POST", f"/v1/entities/{ann}/split", json={"records": ["crm:10"]})
    assert (status, done["kind"]) == (200, "split")
    _, seen = ask(client, steward, "GET", f"/v1/entities/{ann}/history")
    assert [one["kind"] for one in seen["changes"]][-2:] == ["split", "updated"]


def test_a_value_is_pinned_and_let_go_of(client, as_role, people):
    steward, path = as_role("steward"), f"/v1/entities/{people[0]}/pins/city"
    assert ask(client, steward, "DELETE", path)[0] == 404
    assert ask(client, steward, "PUT", path, json={"value": "Rome", "reason": "told me"})[0] == 200
    assert ask(client, steward, "DELETE", path)[0] == 200
    assert ask(client, steward, "PUT", f"{path}x", json={"value": "Rome"})[0] == 422


def test_the_plans_of_an_entity_say_what_to_write_back(client, as_role, people):
    status, told = ask(client, as_role("steward"), "GET", f"/v1/merge-plans/{people[0]}")
    assert (status, [plan["system"] for plan in told["plans"]]) == (200, ["crm"])
    assert told["plans"][0]["steps"]


def test_rules_are_told_and_others_tried(client, as_role):
    _, told = ask(client, as_role("read"), "GET", "/v1/rules")
    assert (told["name"], told["thresholds"]["match"], told["trained_on"]) == ("contacts", 0.5, 600)
    status, tried = ask(
        client, as_role("admin"), "POST", "/v1/rules/preview", json={"thresholds": {"match": 0.9999}, "limit": 1}
    )
    assert (status, tried["fingerprints"]["model"]) == (200, told["fingerprints"]["model"])
    assert (tried["counts"]["split"] > 0, [one["kind"] for one in tried["foreseen"]], tried["more"]) == (
        True,
        ["split"],
        True,
    )
    assert ask(client, as_role("admin"), "POST", "/v1/rules/preview", json={"rules": "x = 1"})[0] == 422


def test_what_is_gone_or_never_was_or_another_tenants_says_so_and_no_more(client, as_role, people, db):
    ann, bob = people
    resolver = fresh(db, tenant="acme")
    resolver.forget(key(BOB))
    resolver.database.close()
    for path in (path for path in READS if "history" not in path):
        assert ask(client, as_role("steward"), "GET", path.format(bob))[0] == 410
    for path in READS:
        told = [
            ask(client, as_role("steward", tenant), "GET", path.format(one))
            for tenant, one in (("acme", "enobodyhasthisid2"), ("zeta", ann))
        ]
        for one, (status, problem) in zip(("enobodyhasthisid2", ann), told, strict=True):
            assert status == 404
            problem["detail"] = problem["detail"].replace(one, "X")
            problem.pop("request_id")
        assert told[0] == told[1]


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("match", "POST", "/v1/merges"),
        ("match", "POST", "/v1/merges/preview"),
        ("match", "POST", "/v1/merges/1/undo"),
        ("match", "POST", "/v1/acts/1/undo"),
        ("match", "POST", "/v1/entities/e1/split"),
        ("match", "POST", "/v1/not-duplicates"),
        ("match", "DELETE", "/v1/not-duplicates?a=1&b=2"),
        ("match", "PUT", "/v1/entities/e1/pins/city"),
        ("match", "DELETE", "/v1/entities/e1/pins/city"),
        ("match", "GET", "/v1/merge-plans/e1"),
        ("steward", "POST", "/v1/rules/preview"),
    ],
)
def test_who_may_not_is_refused(client, as_role, role, method, path):
    assert ask(client, as_role(role), method, path, json={})[0] == 403
