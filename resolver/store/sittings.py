"""Sittings: who is signed in at the desk. The browser has a token of 256 bits of chance, the store its hash alone."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, delete, select, update

from resolver.store.access import Role
from resolver.store.journal import aware
from resolver.store.tables import api_keys, sittings, users

IDLE = timedelta(minutes=30)
"""Whoever asks for nothing for so long has to sign in again."""
WHOLE = timedelta(hours=12)
"""So has anybody after so long."""
STEP = timedelta(minutes=2)
"""How exactly it is known when somebody last asked for anything."""


class By(StrEnum):
    """What somebody showed to sign in; nothing, where anybody on the machine may."""

    USER = "user"
    KEY = "key"
    TOKEN = "token"  # noqa: S105 - the word for one, not a secret
    NOTHING = "nothing"


@dataclass(frozen=True)
class Sitting:
    """Somebody who is signed in. key: the public part of the API key that they showed."""

    tenant: str
    name: str
    role: Role
    by: By
    until: datetime
    seen: datetime
    key: str | None = None


def begin(connection: Connection, sitting: Sitting) -> str:
    """Signs somebody in; returns the token. Those who have run out are cleared away."""
    connection.execute(delete(sittings).where(sittings.c.until < sitting.seen))
    token = secrets.token_urlsafe(32)
    connection.execute(
        sittings.insert().values(
            hash=_hash(token), tenant=sitting.tenant, name=sitting.name, role=str(sitting.role), by=str(sitting.by),
            key=sitting.key, begun=sitting.seen, seen=sitting.seen, until=sitting.until,
        )
    )  # fmt: skip
    return token


def known(connection: Connection, token: str, now: datetime) -> Sitting | None:
    """Whose token that is, with the role that they have now.

    None where it has run out, where nobody asked for anything for too long, and where the user or the API key that it
    stands for is not valid any more.
    """
    query = (
        select(sittings, users.c.role.label("users_role"), api_keys.c.role.label("keys_role"), api_keys.c.expires)
        .add_columns(api_keys.c.revoked, users.c.tenant.label("users_tenant"))
        .outerjoin(users, (users.c.name == sittings.c.name) & (sittings.c.by == By.USER))
        .outerjoin(api_keys, api_keys.c.key == sittings.c.key)
        .where(sittings.c.hash == _hash(token))
    )
    row = connection.execute(query).one_or_none()
    if row is None or aware(row.until) <= now or aware(row.seen) + IDLE <= now:
        return None
    role = row.role
    if row.by == By.USER:
        role = row.users_role if row.users_tenant == row.tenant else None
    elif row.by == By.KEY:
        valid = row.revoked is None and (row.expires is None or now < aware(row.expires))
        role = row.keys_role if valid else None
    if role is None:
        return None
    return Sitting(row.tenant, row.name, Role(role), By(row.by), aware(row.until), aware(row.seen), row.key)


def touch(connection: Connection, token: str, now: datetime) -> None:
    """Writes down that somebody asks for something."""
    connection.execute(update(sittings).where(sittings.c.hash == _hash(token)).values(seen=now))


def end(connection: Connection, token: str) -> None:
    """Signs somebody out."""
    connection.execute(delete(sittings).where(sittings.c.hash == _hash(token)))


def latest(begun: datetime, other: datetime | None = None) -> datetime:
    """When a sitting ends that begins now; no later than what was shown for it."""
    whole = begun.astimezone(UTC) + WHOLE
    return whole if other is None else min(whole, other)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
