import json
from urllib.parse import quote

import pytest

PLACE = "/v1/sources/crm/records"
ZOE = {"name": "Zoe Quist", "email": "zoe@quist.se"}


@pytest.fixture
def asks(client, as_role):
    """Asks about a record as a caller who may write."""

    def ask(method, record_id="7", record=None, headers=None, role="match"):
        body = None if record is None else {"record": record}
        return client.request(method, f"{PLACE}/{record_id}", json=body, headers={**as_role(role), **(headers or {})})

    return ask


def test_a_record_is_written_read_and_deleted(asks):
    made = asks("PUT", record=ZOE)
    assert (made.status_code, made.json()["status"]) == (201, "created")
    again = asks("PUT", record=ZOE)
    assert (again.status_code, again.json()["status"], again.json()["events"]) == (200, "unchanged", [])
    found = asks("GET", role="read")
    assert found.headers["ETag"] == made.headers["ETag"] == f'"{found.json()["version"]}"'
    assert found.json()["record"] == {"full_name": "Zoe Quist", "emails": [{"raw": "zoe@quist.se"}]}
    assert found.json()["entity"]["records"] == ["crm:7"]
    gone = asks("DELETE")
    assert (gone.status_code, gone.json()["status"]) == (200, "deleted")
    assert gone.json()["events"] == [{"kind": "deleted", "entity_id": made.json()["entity_id"], "into": []}]
    assert asks("GET").status_code == 410


def test_what_was_joined_is_told(asks):
    first = asks("PUT", record=ZOE).json()["entity_id"]
    second = asks("PUT", "8", record=ZOE | {"phone": "+46 8 123 456 78"}).json()
    assert (second["status"], second["entity_id"]) == ("created", first)
    assert second["events"] == [{"kind": "updated", "entity_id": first, "into": []}]


@pytest.mark.parametrize("record_id", ["a/b", "a b", "ä", "a:b", "..", "records:batch"])
def test_an_id_may_have_any_letters(asks, record_id):
    place = quote(record_id, safe="").replace(".", "%2E")
    assert asks("PUT", place, record=ZOE).json()["record_id"] == record_id
    assert asks("GET", place).json()["record_id"] == record_id


def test_of_two_who_read_the_same_version_one_can_write(asks):
    version = asks("PUT", record=ZOE).headers["ETag"]
    assert asks("PUT", record=ZOE | {"gender": "f"}, headers={"If-Match": version}).status_code == 200
    for method, record in (("PUT", ZOE), ("DELETE", None)):
        late = asks(method, record=record, headers={"If-Match": version})
        assert (late.status_code, late.json()["code"]) == (412, "version_mismatch")
    assert asks("PUT", record=ZOE, headers={"If-None-Match": "*"}).status_code == 412
    assert asks("PUT", "8", record=ZOE, headers={"If-None-Match": "*"}).status_code == 201
    assert asks("PUT", "9", record=ZOE, headers={"If-Match": "*"}).status_code == 412


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_record_that_never_was_is_unknown(asks, method):
    assert asks(method).status_code == 404


def test_who_may_only_read_may_not_write(asks):
    assert asks("PUT", record=ZOE, role="read").status_code == asks("DELETE", role="read").status_code == 403


@pytest.fixture
def batch(client, as_role):
    def post(*lines, tenant="acme"):
        body = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        headers = {**as_role("match", tenant=tenant), "Content-Type": "application/x-ndjson"}
        return client.post(f"{PLACE}:batch", content=body, headers=headers)

    return post


def line(record_id, **record):
    return {"record_id": record_id, "record": record or ZOE}


def test_good_lines_are_taken_and_bad_ones_told_with_their_numbers(batch, asks):
    answer = batch(
        line("1"), b"nonsense", b"", line("1", name="Bob Fox"), line("2", colour="red"), b"[" * 10_000,
        b'{"record_id": "3"}', line("", name="Bob"), b"\xff", line("4", name="Bob Fox", email="bob@fox.org"), b"[]",
    )  # fmt: skip
    told = answer.json()
    assert answer.status_code == 200
    assert [(one["line"], one["status"], one["error"] and one["error"]["code"]) for one in told["results"]] == [
        (1, "created", None),
        (2, None, "invalid_line"),
        *((number, None, "invalid_line") for number in (4, 5, 6, 7, 8, 9)),
        (10, "created", None),
        (11, None, "invalid_line"),
    ]
    assert (told["taken"], told["refused"]) == (2, 8)
    assert "line 1" in told["results"][2]["error"]["detail"]
    assert "colour" in told["results"][3]["error"]["detail"]
    assert asks("GET", "4").json()["entity"]["entity_id"] == told["results"][8]["entity_id"]


def test_the_same_batch_again_changes_nothing(batch):
    batch(line("1"), line("2", name="Bob Fox", email="bob@fox.org"))
    told = batch(line("1"), line("2", name="Bob Fox", email="bob@fox.org")).json()
    assert [one["status"] for one in told["results"]] == ["unchanged", "unchanged"]
    assert told["events"] == []


def test_nothing_is_taken_of_no_lines(batch):
    assert batch(b"\n\n").json() == {"results": [], "taken": 0, "refused": 0, "events": []}


def test_too_many_lines_are_refused_as_a_whole(batch):
    answer = batch(*[b"{}"] * 10_001)
    assert (answer.status_code, answer.json()["code"]) == (422, "unusable")


def test_the_first_batch_of_a_tenant_trains_its_model(batch):
    crowd = [line(str(n), name=f"Person{n} Family{n}", email=f"p{n}@x{n}.com") for n in range(30)]
    assert batch(*crowd, tenant="new").json()["taken"] == 30
