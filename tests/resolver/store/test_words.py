import json

import pytest
from alembic import command
from sqlalchemy import select, text

from resolver.store.database import Database
from resolver.store.migrate import config, upgrade
from resolver.store.tables import words
from resolver.store.words import LONGEST, words_in, words_of
from tests.resolver.store.living import ANN, ANNA, BOB, gone, key


def held(resolver):
    with resolver.database.reading() as connection:
        return sorted(row.word for row in connection.execute(select(words.c.word)))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Ann Lee", {"ann", "lee"}),
        ("Zoë O'Neil-Łuk", {"zoe", "oneil", "luk"}),
        ("Anderson & Nolan, Inc.", {"anderson", "nolan", "inc"}),
        ("Иванов", {"ivanov"}),
        ("x" * 100, {"x" * LONGEST}),
        ("  & ", set()),
    ],
)
def test_words_are_plain_small_letters_in_whatever_alphabet(said, expected):
    assert words_in(said) == expected


def test_a_golden_record_is_found_by_its_names_and_company_and_by_nothing_else():
    golden = {
        "full_name": "Ann Lee",
        "company": "Zed",
        "email": "secret@x.com",
        "city": "Rome",
        "other_names": [{"family_name": "Fox", "record_key": "crm:1"}],
        "provenance": {"full_name": "crm:9"},
    }
    assert words_of(json.dumps(golden)) == {"ann", "lee", "zed", "fox"}
    assert words_of(None) == set()


def test_the_words_follow_the_golden_records(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    assert held(resolver) == ["ann", "bob", "fox", "lee"]
    resolver.upsert(BOB.model_copy(update={"family_name": "Foxe"}))
    assert held(resolver) == ["ann", "bob", "foxe", "lee"]
    resolver.upsert(gone(BOB))
    assert held(resolver) == ["ann", "lee"]
    resolver.forget(key(ANN), key(ANNA))
    assert held(resolver) == []


def test_the_words_of_a_merge_are_those_of_one_golden_record(resolver):
    resolver.upsert(ANN, BOB)
    ann, bob = (entity.entity_id for entity in resolver.entities())
    act = resolver.merge(ann, bob, who="ann").act
    assert len(held(resolver)) == 2
    resolver.undo(act, who="ann")
    assert held(resolver) == ["ann", "bob", "fox", "lee"]


def test_a_store_of_the_version_before_gets_the_words_of_what_it_holds(resolver):
    resolver.upsert(ANN, BOB)
    with resolver.database.writing("") as connection:
        for table in ("words", "users", "sittings", "opinions"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE schema_version SET version_num = '0005'"))
    upgrade(resolver.database)
    assert held(resolver) == ["ann", "bob", "fox", "lee"]


def test_an_older_database_without_anybody_in_it_gets_the_table(url):
    database = Database(url)
    with database.writing("") as connection:
        command.upgrade(config(connection), "0005")
    upgrade(database)
    with database.reading() as connection:
        assert connection.execute(select(words)).all() == []
    database.close()


@pytest.fixture
def resolver(store, tmp_path):
    from tests.resolver.store.living import trained

    return store(tmp_path / "contacts.db", trained())
