import pytest

from api.schemas.yente import Example

ANN = {"given_name": "Ann", "family_name": "Lee", "email": "ann.lee@x.com", "phone": "+1 312 555 0188"}
QUERY = {"schema": "Person", "properties": {"name": ["Ann Lee"], "email": "ann.lee@x.com", "topics": ["pep"]}}


@pytest.fixture
def ask(client, as_role):
    client.put("/v1/sources/crm/records/1", json={"record": ANN}, headers=as_role("match"))

    def post(query=QUERY, dataset="default", **options):
        body = {"queries": {"q1": query}, "weights": {"name_literal": 1.0}}
        return client.post(f"/match/{dataset}", json=body, params=options, headers=as_role("match"))

    return post


def test_an_example_is_answered_in_the_shape_that_its_clients_know(ask):
    answer = ask(algorithm="logic-v2").json()
    one = answer["responses"]["q1"]
    assert (answer["limit"], one["status"], one["total"]) == (5, 200, {"value": 1, "relation": "eq"})
    assert one["query"] == {"id": None, **QUERY}
    (found,) = one["results"]
    assert (found["caption"], found["schema"], found["match"]) == ("Ann Lee", "Person", True)
    assert (found["datasets"], found["referents"]) == (["crm"], ["crm:1"])
    assert found["properties"]["email"] == ["ann.lee@x.com"]
    assert 0.7 < found["score"] <= 1
    assert set(found["features"]) & set(answer["matcher"]) >= {"email", "family"}


@pytest.mark.parametrize(
    ("dataset", "options", "number"),
    [
        ("crm", {}, 1),
        ("web", {}, 0),
        ("all", {"include_dataset": "web"}, 0),
        ("default", {"threshold": 1.0, "cutoff": 1.0}, 0),
    ],
)
def test_datasets_are_sources(ask, dataset, options, number):
    assert ask(dataset=dataset, **options).json()["responses"]["q1"]["total"]["value"] == number


def test_an_entity_can_be_left_out(ask):
    found = ask().json()["responses"]["q1"]["results"][0]["id"]
    assert ask(exclude_entity_ids=found).json()["responses"]["q1"]["results"] == []


@pytest.mark.parametrize(
    ("properties", "understood"),
    [
        ({"firstName": ["Ann"], "lastName": "Lee"}, {"given_name": "Ann", "family_name": "Lee"}),
        ({"name": ["Ann Lee", "A. Lee"], "alias": ["Annie"]}, {"full_name": "Ann Lee"}),
        ({"birthDate": ["1985-04-03", "1985"]}, {"birth_date": "1985-04-03"}),
        ({"passportNumber": ["X1"]}, {"external_ids": [{"system": "passport", "raw": "X1"}]}),
        (
            {"phone": ["020 7946 0018"], "country": ["gb"]},
            {"phones": [{"raw": "020 7946 0018", "region": "GB"}]},
        ),
        ({"name": [], "hairColor": ["red"]}, {}),
    ],
)
def test_properties_become_a_record(properties, understood):
    example = Example.model_validate({"schema": "Person", "properties": properties})
    said = example.record().contact("", "").model_dump(exclude_defaults=True, exclude_none=True)
    assert {name: said.get(name) for name in understood} == understood


def test_the_name_of_a_company_is_no_person():
    example = Example.model_validate({"schema": "Company", "properties": {"name": ["Acme Ltd"]}})
    contact = example.record().contact("", "")
    assert (contact.full_name, contact.organisations[0].name) == (None, "Acme Ltd")


def test_what_are_no_contacts_is_refused(ask):
    answer = ask({"schema": "Vessel", "properties": {"name": ["Ann Lee"]}})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
