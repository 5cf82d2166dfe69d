"""The commands for the users of the desk."""

import json

import pytest

from resolver.store import users
from tests.resolver.commands.shell import refused, resolver, said

GOOD = "correct horse battery\n"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(users, "COST", 1 << 4)


@pytest.fixture
def db(tmp_path):
    return tmp_path / "contacts.db"


def make(db, name="kim", role="steward", told=GOOD):
    return resolver("users", "create", "--db", db, "--name", name, "--role", role, "--tenant", "acme", told=told)


def test_a_user_is_made_listed_given_another_password_and_removed(db):
    assert "kim may sign in now, as steward" in make(db).stdout
    assert said("users", "list", "--db", db).split()[:3] == ["kim", "steward", "acme"]
    (only,) = json.loads(said("users", "list", "--db", db, "--json"))
    assert (only["name"], only["role"], only["tenant"]) == ("kim", "steward", "acme")
    assert "hash" not in only
    ran = resolver("users", "password", "kim", "--db", db, told="battery horse correct\n")
    assert "another password" in ran.stdout
    assert "does not sign in any more" in said("users", "remove", "kim", "--db", db)
    assert "resolver users create" in said("users", "list", "--db", db)


@pytest.mark.parametrize(("name", "role", "told", "why"), [
    ("kim", "owner", GOOD, "there are read, match, steward, admin"), (" ", "read", GOOD, "--name"),
    ("kim", "read", "short\n", "12 characters at least"),
])  # fmt: skip
def test_a_user_who_does_not_fit_is_refused_in_one_line(db, name, role, told, why):
    ran = make(db, name, role, told)
    assert ran.exit_code == 2
    assert why in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_a_user_who_is_not_there_is_told_of(db):
    make(db)
    assert make(db).exit_code == 2
    assert "there is no user lou" in refused("users", "remove", "lou", "--db", db)
