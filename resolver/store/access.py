"""Access: API keys. Of a key the store keeps the public part and a hash; the secret is shown once, when it is made.

A secret has 256 bits of chance, so that a plain SHA-256 of it is as safe as a slow hash is for a password.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update

from resolver.errors import UnknownError
from resolver.store.database import plain
from resolver.store.journal import aware
from resolver.store.tables import api_keys

MARK = "rk"
"""What every key begins with, so that one is known for what it is where it should not be."""
NO_HASH = "0" * 64
"""In place of the hash of a key that is not there: the comparison takes as long."""
_ANY = select(api_keys.c.key).limit(1)
"""Made once: an open server asks this each time."""


class Role(StrEnum):
    """What a caller may do: what the roles before it may, and more."""

    READ = "read"
    MATCH = "match"
    STEWARD = "steward"
    ADMIN = "admin"

    def may(self, needed: "Role") -> bool:
        """Whether this role is enough for what needs another."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret. expires, revoked: when, or None."""

    key: str
    tenant: str
    role: Role
    name: str
    made: datetime
    expires: datetime | None = None
    revoked: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it lets anybody in."""
        return self.revoked is None and (self.expires is None or now < self.expires)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def make(connection: Connection, key: ApiKey) -> str:
    """Adds a key that `drawn` gave; returns the whole of it, which nobody can read in the store."""
    secret = secrets.token_urlsafe(32)
    connection.execute(
        api_keys.insert().values(
            key=key.key, hash=_hash(secret), tenant=key.tenant, role=str(key.role), name=key.name, made=key.made,
            expires=key.expires,
        )
    )  # fmt: skip
    return f"{MARK}_{key.key}_{secret}"


def drawn(tenant: str, role: Role, name: str, expires: datetime | None = None) -> ApiKey:
    """A new key's public part."""
    return ApiKey(secrets.token_hex(6), tenant, role, name, datetime.now(UTC), expires)


def is_key(shown: str) -> bool:
    """Whether a credential has the form of a key."""
    return shown.startswith(f"{MARK}_")


def known(connection: Connection, shown: str) -> ApiKey | None:
    """The key that somebody shows, if it is one, whether valid or not."""
    public, _, secret = shown.removeprefix(f"{MARK}_").partition("_")
    row = connection.execute(select(api_keys).where(api_keys.c.key == public)).one_or_none()
    same = hmac.compare_digest(NO_HASH if row is None else row.hash, _hash(secret))
    return _key(row) if row is not None and same else None


def listed(connection: Connection, tenant: str | None = None) -> list[ApiKey]:
    """The keys of a tenant, or of all, in the order in which they were made."""
    query = select(api_keys).order_by(api_keys.c.made, api_keys.c.key)
    if tenant is not None:
        query = query.where(api_keys.c.tenant == tenant)
    return [_key(row) for row in connection.execute(query)]


def revoke(connection: Connection, public: str) -> ApiKey:
    """Ends a key, for good; one that is revoked stays as it is. Raises UnknownError."""
    named = api_keys.c.key == public.removeprefix(f"{MARK}_").partition("_")[0]
    connection.execute(update(api_keys).where(named, api_keys.c.revoked.is_(None)).values(revoked=datetime.now(UTC)))
    row = connection.execute(select(api_keys).where(named)).one_or_none()
    if row is None:
        raise UnknownError("there is no such key; see: resolver keys list")
    return _key(row)


def has_any(connection: Connection) -> bool:
    """Whether a key was ever made, revoked ones too."""
    return bool(plain(connection, _ANY, {}))


def _key(row: Any) -> ApiKey:
    expires, revoked = (None if at is None else aware(at) for at in (row.expires, row.revoked))
    return ApiKey(row.key, row.tenant, Role(row.role), row.name, aware(row.made), expires, revoked)
