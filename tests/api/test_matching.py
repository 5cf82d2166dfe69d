import pytest

ANN = {"given_name": "Ann", "family_name": "Lee", "email": "ann.lee@x.com", "phone": "+1 312 555 0188"}
ANNIE = {"name": "Annie Lee", "email": "ann.lee@x.com"}


@pytest.fixture
def asked(client, as_role):
    """Asks as a caller who may match; Ann is there."""
    headers = as_role("match")
    client.put("/v1/sources/crm/records/1", json={"record": ANN}, headers=headers)

    def ask(body, role="match", tenant="acme"):
        return client.post("/v1/match", json=body, headers=as_role(role, tenant=tenant))

    return ask


def test_who_is_known_is_found_with_the_reasons(asked):
    answer = asked({"record": ANNIE}).json()
    (found,) = answer["results"]
    assert (found["grade"], found["decision"], found["match_key"]) == ("certain", "auto", "+EMAIL+NAME")
    assert 0.99 < found["score"] <= 1
    assert found["entity"]["records"] == ["crm:1"]
    assert found["entity"]["golden"]["full_name"] == "Ann Lee"
    assert found["explanation"]["given"]["left"] == "Annie Lee"
    assert found["explanation"]["email"] == found["explanation"]["email"] | {
        "level": "same", "left": "ann.lee@x.com", "right": "ann.lee@x.com",
    }  # fmt: skip
    assert len(answer["rules_version"]) == 16


def test_who_is_not_known_is_not_found(asked):
    answer = asked({"record": {"name": "Zoe Quist", "email": "zoe@quist.se"}})
    assert (answer.status_code, answer.json()["results"]) == (200, [])


def test_several_are_asked_for_at_once(asked):
    answer = asked({"queries": {"a": {"record": ANNIE}, "b": {"record": {"notes": ["hm"]}}}}).json()["responses"]
    assert [(name, len(one["results"]), one["too_little"]) for name, one in answer.items()] == [
        ("a", 1, False),
        ("b", 0, True),
    ]


@pytest.mark.parametrize(
    ("wanted", "number"),
    [({"exclude": ["crm:1"]}, 0), ({"threshold": 1.0}, 0), ({"only_certain": True, "limit": 1}, 1)],
)
def test_only_what_is_wanted_is_told(asked, wanted, number):
    assert len(asked({"record": ANNIE, **wanted}).json()["results"]) == number


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"record": {"notes": ["hm"]}}, "too_little"),
        ({}, "invalid_request"),
        ({"record": ANNIE, "queries": {"a": {"record": ANNIE}}}, "invalid_request"),
        ({"record": {"first_name": "Ann"}}, "invalid_request"),
        ({"record": ANNIE, "limit": 0}, "invalid_request"),
        ({"record": ANNIE, "threshold": 2}, "invalid_request"),
        ({"record": ANNIE, "colour": "red"}, "invalid_request"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, body, code):
    answer = asked(body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_who_may_only_read_may_not_match(asked):
    assert asked({"record": ANNIE}, role="read").status_code == 403


def test_another_tenant_finds_nobody(asked):
    answer = asked({"record": ANNIE}, tenant="other")
    assert answer.status_code == 422
    assert "Ann" not in answer.text
