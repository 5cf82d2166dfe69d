"""The commands for keys."""

import json
from datetime import UTC, datetime

import pytest

from resolver.store import access
from resolver.store.access import ApiKey, Role
from resolver.store.database import Database
from resolver.words.keys import keys_in_words
from tests.resolver.commands.shell import refused, resolver, said


def create(*words, db):
    return said("keys", "create", "--db", db, "--role", "match", "--name", "a form", *words).strip()


@pytest.fixture
def db(tmp_path):
    return tmp_path / "contacts.db"


def test_a_key_is_printed_once_alone_and_the_store_is_made_where_it_is_missing(db):
    ran = resolver("keys", "create", "--db", db, "--tenant", "acme", "--role", "admin", "--name", " a form ")
    shown = ran.stdout.strip()
    database = Database(str(db))
    with database.reading() as connection:
        found = access.known(connection, shown)
    database.close()
    assert (found.tenant, found.role, found.name, found.expires) == ("acme", Role.ADMIN, "a form", None)
    assert found.key in ran.stderr
    assert shown not in ran.stderr


def test_keys_are_listed_without_their_secrets_and_revoked_by_their_public_part(db):
    first, second = create("--tenant", "acme", db=db), create("--expires", "2999-12-31", db=db)
    listed = said("keys", "list", "--db", db).splitlines()
    assert len(listed) == 2
    assert first.split("_")[1] in listed[0]
    assert "valid until 2999-12-31" in listed[1]
    assert "lets nobody in" in said("keys", "revoke", first.split("_")[1], "--db", db)
    assert "lets nobody in" in said("keys", "revoke", second, "--db", db)
    assert said("keys", "list", "--db", db).count("revoked on 20") == 2
    (only,) = json.loads(said("keys", "list", "--db", db, "--tenant", "acme", "--json"))
    assert (only["key"], only["role"], only["expires"]) == (first.split("_")[1], "match", None)
    told = said("keys", "list", "--db", db, "--json")
    assert first.split("_", 2)[2] not in told


def test_a_store_without_keys_says_how_to_make_one(db):
    said("keys", "create", "--db", db, "--role", "read", "--name", "x")
    assert "resolver keys create" in said("keys", "list", "--db", db, "--tenant", "zeta")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["create", "--role", "owner", "--name", "x"], "there are read, match, steward, admin"),
        (["create", "--role", "read", "--name", " "], "--name"),
        (["create", "--role", "read", "--name", "x", "--expires", "2020-01-01"], "2020-01-01 00:00 has passed"),
        (["list"], "there is no store"),
        (["revoke", "abc"], "there is no store"),
    ],
)
def test_a_mistake_is_one_clear_line(db, words, told):
    assert told in refused("keys", *words, "--db", db)


def test_a_key_that_is_not_there_cannot_be_revoked(db):
    create(db=db)
    assert "there is no such key" in refused("keys", "revoke", "000000000000", "--db", db)


def test_a_list_says_whether_keys_are_valid():
    at = datetime(2026, 5, 1, tzinfo=UTC)
    key = ApiKey("abc", "acme", Role.READ, "x", at, expires=at)
    assert "valid until 2026-05-01 00:00" in keys_in_words([key], datetime(2026, 4, 1, tzinfo=UTC))
    assert "ended on 2026-05-01 00:00" in keys_in_words([key], at)
