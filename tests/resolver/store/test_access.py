"""API keys, as the store keeps them."""

from datetime import UTC, datetime, timedelta

import pytest

from resolver.errors import UnknownError
from resolver.store import access
from resolver.store.access import Role


def made(database, tenant="acme", role=Role.READ, name="a form", expires=None):
    with database.writing(tenant) as connection:
        return access.make(connection, access.drawn(tenant, role, name, expires))


def known(database, shown):
    with database.reading() as connection:
        return access.known(connection, shown)


def test_a_key_is_known_by_all_of_it(database):
    shown = made(database, role=Role.STEWARD)
    found = known(database, shown)
    assert (found.tenant, found.role, found.name) == ("acme", Role.STEWARD, "a form")
    assert found.is_valid(datetime.now(UTC))
    for other in (
        shown[:-1],
        shown + "x",
        shown.rpartition("_")[0],
        "rk_",
        "",
        shown.replace("rk_", "rk_0"),
        "é_\ud800",
    ):
        assert known(database, other) is None


def test_the_store_keeps_no_secret(database):
    shown = made(database)
    secret = shown.split("_", 2)[2]
    assert len(secret) >= 43
    with database.reading() as connection:
        (row,) = connection.execute(access.api_keys.select()).all()
    assert secret not in repr(tuple(row))
    assert row.key in shown


def test_keys_differ(database):
    assert len({made(database) for _ in range(20)}) == 20


def test_a_key_that_ends_is_valid_until_then(database):
    until = datetime(2030, 1, 1, tzinfo=UTC)
    found = known(database, made(database, expires=until))
    assert found.expires == until
    assert found.is_valid(until - timedelta(seconds=1))
    assert not found.is_valid(until)


def test_a_revoked_key_is_known_and_never_valid_again(database):
    shown = made(database)
    with database.adding() as connection:
        first = access.revoke(connection, shown)
        assert access.revoke(connection, first.key) == first
    assert not known(database, shown).is_valid(datetime(1990, 1, 1, tzinfo=UTC))
    with database.adding() as connection, pytest.raises(UnknownError, match="no such key"):
        access.revoke(connection, "000000000000")


def test_keys_are_listed_by_tenant_without_their_secrets(database):
    with database.reading() as connection:
        assert not access.has_any(connection)
    for tenant in ("acme", "zeta", "acme"):
        made(database, tenant)
    with database.reading() as connection:
        assert access.has_any(connection)
        assert [key.tenant for key in access.listed(connection)] == ["acme", "zeta", "acme"]
        assert len(access.listed(connection, "acme")) == 2
        assert access.listed(connection, "") == []
