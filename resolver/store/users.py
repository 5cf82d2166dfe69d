"""Users: people who sign in at the desk with a name and a password.

A password is kept as its scrypt hash (Percival 2009; RFC 7914) with a salt of its own. The cost is what OWASP's
password storage cheat sheet holds for enough: 32 MiB, three times.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from resolver.errors import ConflictError, UnknownError, UsageError
from resolver.store.access import Role
from resolver.store.database import plain
from resolver.store.journal import aware
from resolver.store.tables import sittings, users

COST, BLOCK, TIMES = 1 << 15, 8, 3
"""Of scrypt: N, r and p."""
MEMORY = 64 << 20
"""Bytes that scrypt may take: 128 N r are needed."""
SHORTEST, LONGEST = 12, 1000
"""Characters of a password."""
NOBODY = "00" * 16 + "$" + "00" * 32
"""In place of the hash of a user who is not there: the comparison takes as long."""
_ANY = select(users.c.name).limit(1)
TRIES = 5
"""Wrong passwords in a row, after which each costs a wait."""
WAIT = timedelta(seconds=30)


@dataclass(frozen=True)
class User:
    """Somebody who may sign in. tenant: whose contacts they see; wait_until: nobody is let in by this name before."""

    name: str
    tenant: str
    role: Role
    made: datetime
    wait_until: datetime | None = None


def create(connection: Connection, user: User, password: str) -> None:
    """Adds a user. Raises ConflictError where there is one of that name, UsageError for too short a password."""
    hashed = digest(_fit(password))
    if read(connection, user.name) is not None:
        raise ConflictError(f"there is a user {user.name} already; see: resolver users list")
    values = {"name": user.name, "tenant": user.tenant, "role": str(user.role), "hash": hashed, "made": user.made}
    connection.execute(users.insert().values(**values, failures=0))


def read(connection: Connection, name: str) -> User | None:
    """The user of a name."""
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    return None if row is None else _user(row)


def listed(connection: Connection, tenant: str | None = None) -> list[User]:
    """The users of a tenant, or of all, by their names."""
    query = select(users).order_by(users.c.name)
    if tenant is not None:
        query = query.where(users.c.tenant == tenant)
    return [_user(row) for row in connection.execute(query)]


def has_any(connection: Connection) -> bool:
    """Whether there is a user."""
    return bool(plain(connection, _ANY, {}))


def remove(connection: Connection, name: str) -> None:
    """Takes a user out, and ends what they are signed in to. Raises UnknownError."""
    gone = connection.execute(delete(users).where(users.c.name == name))
    if not gone.rowcount:
        raise UnknownError(f"there is no user {name}; see: resolver users list")
    _sign_out(connection, name)


def change_password(connection: Connection, name: str, password: str) -> None:
    """Gives a user another password, and ends what they are signed in to. Raises as `create` and `remove` do."""
    values = {"hash": digest(_fit(password)), "failures": 0, "wait_until": None}
    changed = connection.execute(update(users).where(users.c.name == name).values(values))
    if not changed.rowcount:
        raise UnknownError(f"there is no user {name}; see: resolver users list")
    _sign_out(connection, name)


def stored(connection: Connection, name: str) -> tuple[User | None, str]:
    """A user and what `fits` takes; of one who is not there what no password fits."""
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    return (None, NOBODY) if row is None else (_user(row), row.hash)


def tried(connection: Connection, name: str, *, right: bool) -> None:
    """Writes down that somebody came with a right or a wrong password."""
    named = users.c.name == name
    if right:
        connection.execute(update(users).where(named).values(failures=0, wait_until=None))
        return
    connection.execute(update(users).where(named).values(failures=users.c.failures + 1))
    often = users.c.failures >= TRIES
    connection.execute(update(users).where(named, often).values(wait_until=datetime.now(UTC) + WAIT))


def digest(password: str) -> str:
    """The salt and the hash of a password."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(password, salt).hex()}"


def fits(password: str, hashed: str) -> bool:
    """Whether a password is the one of a hash."""
    salt, _, known = hashed.partition("$")
    given = _scrypt(password[:LONGEST], bytes.fromhex(salt))
    return hmac.compare_digest(given, bytes.fromhex(known)) and hashed != NOBODY


def _scrypt(password: str, salt: bytes) -> bytes:
    said = password.encode(errors="replace")
    return hashlib.scrypt(said, salt=salt, n=COST, r=BLOCK, p=TIMES, maxmem=MEMORY, dklen=32)


def _fit(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"a password has {SHORTEST} characters at least, and {LONGEST} at most")
    return password


def _sign_out(connection: Connection, name: str) -> None:
    connection.execute(delete(sittings).where(sittings.c.name == name, sittings.c.by == "user"))


def _user(row: Any) -> User:
    wait = None if row.wait_until is None else aware(row.wait_until)
    return User(row.name, row.tenant, Role(row.role), aware(row.made), wait)
