"""Gate: lets callers in, by an API key or by a token (JWT) that somebody else signed.

What reads tokens is loaded when one is shown or a key for them is set: most servers start and run without it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.access import AccessError, Caller, Role
from api.settings import Settings, is_loopback
from resolver.errors import UsageError
from resolver.store import access, users
from resolver.store.database import Database

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ANYBODY = Caller("", Role.ADMIN, "anybody on this machine")
"""Who asks a server that is open: every program on this machine, and nobody else."""
LEEWAY = 30
"""Seconds by which the clock of whoever signs tokens may be off."""
FEWEST_BITS = 2048
"""Of an RSA key (RFC 7518, 3.3)."""
WRONG = "the credential is wrong, has expired or was revoked"
"""One text for all: it does not tell which."""


class Gate:
    """Knows callers by their API keys and tokens.

    A server that listens on a loopback address, whose store never had a key nor has a user, and to which no token is of
    use, is open: whoever can reach it may do everything. The first key or user that is made closes it.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        """Raises UsageError for a public key that is none."""
        self._database, self._settings = database, settings
        self._keys = signing_keys(settings)
        self._closed = bool(self._keys) or not settings.is_local

    def is_open(self) -> bool:
        """Whether anybody on this machine is let in."""
        if not self._closed:
            with self._database.reading() as connection:
                self._closed = access.has_any(connection) or users.has_any(connection)
        return not self._closed

    def must_be_of_use(self) -> None:
        """Raises UsageError for a server that others can reach and that would let in nobody."""
        with self._database.reading() as connection:
            known = access.has_any(connection) or users.has_any(connection)
        if not (known or self._keys or self._settings.is_local):
            raise UsageError(
                f"{self._settings.host} can be reached from elsewhere, and there is no key yet; make one with: "
                "resolver keys create --role admin --name NAME, or set jwt_secret or jwt_public_key_file"
            )

    def caller(self, shown: str | None, asking: HTTPConnection) -> Caller:
        """Who shows a credential, or none, in a request. Raises AccessError."""
        if shown is None:
            if self.is_open() and is_from_here(asking):
                return ANYBODY
            raise AccessError("send an API key or a token: Authorization: Bearer ...")
        return self._by_key(shown) if access.is_key(shown) else self._by_token(shown)

    def _by_key(self, shown: str) -> Caller:
        with self._database.reading() as connection:
            key = access.known(connection, shown)
        if key is None or not key.is_valid(datetime.now(UTC)):
            raise AccessError(WRONG)
        return Caller(key.tenant, key.role, key.name, key.key)

    def ends(self, shown: str) -> datetime | None:
        """When a token ends that `caller` let in; None for an API key, which is looked up each time."""
        if access.is_key(shown):
            return None
        import jwt

        claims = jwt.decode(shown, options={"verify_signature": False})
        return datetime.fromtimestamp(claims["exp"], UTC)

    def _by_token(self, shown: str) -> Caller:
        import jwt

        try:
            algorithm = str(jwt.get_unverified_header(shown).get("alg"))
            if algorithm not in self._keys:
                raise AccessError(WRONG)
            claims = jwt.decode(
                shown,
                self._keys[algorithm],
                # the one algorithm that this key is for: a public key must never be taken for a secret
                algorithms=[algorithm],
                options={"require": ["exp", "sub", "tenant", "role"], "enforce_minimum_key_length": True},
                issuer=self._settings.jwt_issuer,
                audience=self._settings.jwt_audience,
                leeway=LEEWAY,
            )
        except jwt.PyJWTError:
            raise AccessError(WRONG) from None
        return _claimed(claims)


def _claimed(claims: Mapping[str, Any]) -> Caller:
    tenant, role, name = (claims[claim] for claim in ("tenant", "role", "sub"))
    if not isinstance(tenant, str) or role not in list(Role) or not name:
        raise AccessError(WRONG)
    return Caller(tenant, Role(role), name)


def signing_keys(settings: Settings) -> dict[str, Any]:
    """By algorithm, the key that tokens are checked with. Raises UsageError for a file that holds no RSA public key."""
    found: dict[str, Any] = {}
    if settings.jwt_secret is not None:
        found["HS256"] = settings.jwt_secret.get_secret_value()
    if settings.jwt_public_key_file is not None:
        found["RS256"] = _public_key(settings.jwt_public_key_file)
    return found


def _public_key(file: Path) -> "RSAPublicKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{file}: holds no public key in PEM form") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < FEWEST_BITS:
        raise UsageError(f"{file}: holds no RSA public key of {FEWEST_BITS} bits or more")
    return key


def is_from_here(asking: HTTPConnection) -> bool:
    """Whether a request without a credential comes from a program on this machine, and was meant for it.

    A page of a foreign site, open in a browser on this machine, reaches loopback addresses too: it names its own host,
    or where it comes from.
    """
    host = urlsplit(f"//{asking.headers.get('host', '')}").hostname
    origin = asking.headers.get("origin")
    named = [host or "", asking.client.host if asking.client else ""]
    return all(map(is_loopback, named)) and (origin is None or is_loopback(urlsplit(origin).hostname or ""))
