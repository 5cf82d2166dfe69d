from resolver.store.contents import held, named, version
from tests.resolver.store.living import ANN, BOB, contact, key, trained

COLON = contact("a:b", "Dan", "Oak", "dan@oak.net", source="x:y")


def test_records_are_found_by_their_keys_wherever_the_source_ends(store, url):
    resolver = store(url, trained())
    resolver.upsert(ANN, BOB, COLON)
    resolver.delete(key(BOB))
    with resolver.database.reading() as connection:
        found = held(connection, "", [key(ANN), key(BOB), ("web", "1"), ("crm", "9")])
        words = named(connection, "", [ANN.record_key, COLON.record_key, "crm:9", "nothing"])
        assert held(connection, "other", [key(ANN)]) == named(connection, "other", ["crm:1"]) == {}
    assert {one: here.entity is not None for one, here in found.items()} == {"crm:1": True, "crm:3": False}
    assert words == {"crm:1": found["crm:1"], "x:y:a:b": words["x:y:a:b"]}
    assert found["crm:1"].content["given_name"] == "Ann"


def test_what_was_forgotten_is_not_told(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    resolver.upsert(ANN)
    resolver.forget(key(ANN))
    with resolver.database.reading() as connection:
        assert held(connection, "", [key(ANN)]) == {}


def test_a_version_names_the_content(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    seen = []
    for person in (ANN, ANN.model_copy(update={"given_name": "Anne"}), ANN):
        resolver.upsert(person)
        with resolver.database.reading() as connection:
            seen.append(held(connection, "", [key(ANN)])["crm:1"].version)
    assert seen[0] == seen[2] != seen[1]
    assert version(-(2**63)) == "8000000000000000"
