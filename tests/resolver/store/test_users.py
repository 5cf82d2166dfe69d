"""Users and their passwords, and who is signed in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from resolver.errors import ConflictError, UnknownError, UsageError
from resolver.store import access, sittings, users
from resolver.store.access import Role
from resolver.store.migrate import upgrade
from resolver.store.sittings import By, Sitting
from resolver.store.users import User

NOW = datetime.now(UTC)
KIM = User("kim", "acme", Role.STEWARD, NOW)
GOOD, OTHER = "correct horse battery", "battery horse correct"
SITTING = Sitting("acme", "kim", Role.STEWARD, By.USER, NOW + sittings.WHOLE, NOW)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(users, "COST", 1 << 4)


@pytest.fixture
def connection(database):
    upgrade(database)
    with database.writing("") as connection:
        yield connection


def test_only_the_right_password_fits_and_no_two_hashes_are_alike():
    hashed = users.digest(GOOD)
    assert users.fits(GOOD, hashed)
    assert not users.fits(OTHER, hashed)
    assert users.digest(GOOD) != hashed
    assert not users.fits("", users.NOBODY)


def test_a_password_costs_a_server_what_it_should(monkeypatch):
    monkeypatch.undo()
    assert users.COST * users.BLOCK * 128 == 32 << 20
    assert users.fits(GOOD, users.digest(GOOD))


def test_a_user_is_made_listed_and_removed(connection):
    assert not users.has_any(connection)
    users.create(connection, KIM, GOOD)
    users.create(connection, User("lou", "zeta", Role.READ, NOW), GOOD)
    assert [one.name for one in users.listed(connection)] == ["kim", "lou"]
    assert [one.name for one in users.listed(connection, "zeta")] == ["lou"]
    assert users.read(connection, "kim").role == Role.STEWARD
    with pytest.raises(ConflictError):
        users.create(connection, KIM, GOOD)
    users.remove(connection, "kim")
    assert users.read(connection, "kim") is None
    for gone in (users.remove, lambda *of: users.change_password(*of, GOOD)):
        with pytest.raises(UnknownError):
            gone(connection, "kim")


@pytest.mark.parametrize("password", ["", "short", "x" * (users.LONGEST + 1)])
def test_a_password_that_is_too_short_or_too_long_is_refused(connection, password):
    with pytest.raises(UsageError, match="12 characters at least"):
        users.create(connection, KIM, password)
    assert not users.has_any(connection)


def test_wrong_passwords_in_a_row_cost_a_wait_and_the_right_one_ends_it(connection):
    users.create(connection, KIM, GOOD)
    for _ in range(users.TRIES):
        assert users.read(connection, "kim").wait_until is None
        users.tried(connection, "kim", right=False)
    assert users.read(connection, "kim").wait_until > datetime.now(UTC)
    users.tried(connection, "kim", right=True)
    assert users.read(connection, "kim").wait_until is None


def test_who_is_signed_in_is_known_by_the_token_with_the_role_of_now(connection):
    users.create(connection, KIM, GOOD)
    token = sittings.begin(connection, SITTING)
    assert sittings.known(connection, token, NOW) == SITTING
    assert sittings.known(connection, token + "x", NOW) is None
    connection.execute(users.users.update().values(role="read"))
    assert sittings.known(connection, token, NOW).role == Role.READ
    connection.execute(users.users.update().values(tenant="zeta"))
    assert sittings.known(connection, token, NOW) is None


@pytest.mark.parametrize(("later", "known"), [
    (timedelta(), True), (sittings.IDLE - timedelta(seconds=1), True), (sittings.IDLE, False), (sittings.WHOLE, False),
])  # fmt: skip
def test_a_sitting_ends_when_nobody_asks_for_anything(connection, later, known):
    token = sittings.begin(connection, replace(SITTING, by=By.NOTHING))
    assert (sittings.known(connection, token, NOW + later) is not None) == known


def test_touching_a_sitting_keeps_it_up_to_its_end(connection):
    token = sittings.begin(connection, replace(SITTING, by=By.NOTHING))
    late = NOW + sittings.WHOLE - timedelta(seconds=1)
    sittings.touch(connection, token, late)
    assert sittings.known(connection, token, late) is not None
    assert sittings.known(connection, token, NOW + sittings.WHOLE) is None


def test_signing_out_a_new_password_and_removal_end_a_sitting(connection):
    users.create(connection, KIM, GOOD)
    for end in (
        lambda token: sittings.end(connection, token),
        lambda _: users.change_password(connection, "kim", OTHER),
        lambda _: users.remove(connection, "kim"),
    ):
        token = sittings.begin(connection, SITTING)
        assert sittings.known(connection, token, NOW) is not None
        end(token)
        assert sittings.known(connection, token, NOW) is None


def test_a_sitting_by_an_api_key_ends_with_the_key(connection):
    key = access.drawn("acme", Role.MATCH, "a form", NOW + timedelta(minutes=5))
    access.make(connection, key)
    token = sittings.begin(connection, replace(SITTING, by=By.KEY, key=key.key))
    assert sittings.known(connection, token, NOW).role == Role.MATCH
    assert sittings.known(connection, token, NOW + timedelta(minutes=5)) is None
    access.revoke(connection, key.key)
    assert sittings.known(connection, token, NOW) is None


def test_sittings_that_ran_out_are_cleared_away(connection):
    sittings.begin(connection, replace(SITTING, until=NOW - timedelta(seconds=1)))
    sittings.begin(connection, SITTING)
    assert len(connection.execute(sittings.sittings.select()).all()) == 1


def test_a_sitting_ends_no_later_than_what_was_shown():
    soon = NOW + timedelta(minutes=5)
    assert sittings.latest(NOW) == NOW + sittings.WHOLE
    assert sittings.latest(NOW, soon) == soon
    assert sittings.latest(NOW, NOW + timedelta(days=9)) == NOW + sittings.WHOLE
