import pytest

ZOE = {"name": "Zoe Quist", "email": "zoe@quist.se"}


@pytest.fixture
def create(client, as_role):
    def post(record=ZOE, role="match", key=None, **query):
        headers = as_role(role) | ({"Idempotency-Key": key} if key else {})
        return client.post("/v1/contacts", json={"record": record}, params=query, headers=headers)

    return post


def test_a_new_contact_is_created_under_an_id_that_is_made_for_it(create, client, as_role):
    answer = create()
    made = answer.json()
    assert (answer.status_code, made["status"], made["source"]) == (201, "created", "api")
    assert made["entity"]["records"] == [f"api:{made['record_id']}"]
    assert made["events"] == [{"kind": "created", "entity_id": made["entity"]["entity_id"], "into": []}]
    found = client.get(f"/v1/sources/api/records/{made['record_id']}", headers=as_role("read"))
    assert found.json()["record"]["full_name"] == "Zoe Quist"


def test_a_contact_that_is_there_is_told_and_not_written(create):
    first = create().json()
    answer = create({"given_name": "Zoe", "family_name": "Quist", "emails": ["ZOE@quist.se"]})
    told = answer.json()
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (told["code"], told["allow_save"], told["rule"]) == ("duplicates_detected", True, "same_person")
    assert [found["entity"]["records"] for found in told["matches"]] == [first["entity"]["records"]]


def test_a_contact_that_is_there_can_be_attached_or_kept_apart(create):
    first = create().json()["entity"]["entity_id"]
    attached = create(on_duplicate="attach", source="web", record_id="7")
    apart = create(on_duplicate="create", source="web", record_id="8")
    assert (attached.status_code, attached.json()["status"]) == (200, "attached")
    assert attached.json()["entity"]["entity_id"] == first
    assert "web:7" in attached.json()["entity"]["records"]
    assert (apart.status_code, apart.json()["entity"]["records"]) == (201, ["web:8"])
    assert apart.json()["act"] is not None


def test_the_very_record_cannot_be_saved_twice(create):
    create(record_id="7")
    told = create({"name": "Bob Fox", "email": "bob@fox.org"}, record_id="7", on_duplicate="create").json()
    assert (told["status"], told["rule"], told["allow_save"]) == (409, "same_record", False)


@pytest.mark.parametrize("on_duplicate", ["alert", "attach"])
def test_the_same_request_under_one_key_is_done_once_and_answered_to_the_byte(create, on_duplicate):
    create()
    once, again = (create(key="key-1", on_duplicate=on_duplicate) for _ in range(2))
    assert (once.status_code, once.content) == (again.status_code, again.content)
    assert once.headers["Content-Type"] == again.headers["Content-Type"]
    assert "Idempotency-Replayed" not in once.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_key_is_of_one_request_and_of_one_caller(create):
    create(key="key-1")
    other = create({"name": "Bob Fox", "email": "bob@fox.org"}, key="key-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert create(key="key-1", on_duplicate="create").json()["code"] == "idempotency_key_reused"
    assert create({"name": "Bob Fox", "email": "bob@fox.org"}, key="key-1", role="steward").status_code == 201


@pytest.mark.parametrize(
    ("record", "query", "code"),
    [
        ({"notes": ["hm"]}, {}, "too_little"),
        ({"colour": "red"}, {}, "invalid_request"),
        (ZOE, {"on_duplicate": "ignore"}, "invalid_request"),
        (ZOE, {"source": "a:b"}, "invalid_request"),
        (ZOE, {"record_id": ""}, "invalid_request"),
        (ZOE, {"key": "two words"}, "invalid_request"),
    ],
)
def test_what_makes_no_sense_is_refused(create, record, query, code):
    answer = create(record, **query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_who_may_only_read_may_not_create(create):
    assert create(role="read").status_code == 403
