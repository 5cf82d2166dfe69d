"""Settings of the server: from a TOML file and from the environment (RESOLVER_DB, RESOLVER_PORT...), which wins."""

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from resolver.errors import UsageError

PREFIX = "RESOLVER_"
"""What the names of environment variables begin with."""
SECRETS = "RESOLVER_JWT"
"""What the names of those begin with that decide who comes in: one that is not known is refused, not ignored."""
CONFIG = "RESOLVER_CONFIG"
"""The environment variable that names the file."""
FEWEST_BYTES = 32
"""A secret that signs with SHA-256 has at least as many bytes as the hash (RFC 7518, 3.2)."""

PAGE, MOST_ON_A_PAGE = 50, 500
"""Items on a page of a list: when nobody says, and at most."""
MOST_LINES = 10_000
"""Lines of one batch."""


class Settings(BaseModel):
    """What the server is told, in a file or in the environment. The defaults serve `contacts.db` to this machine alone.

    db, host, port, workers: as for the command. jwt_secret lets tokens in that are signed with HS256,
    jwt_public_key_file (PEM) those with RS256; jwt_issuer and jwt_audience are what they must say, if set.

    body_bytes, batch_bytes: the most that a body may have, and a batch of lines. json_depth: levels of nesting.
    request_seconds, batch_seconds, whole_seconds: till the answer begins, and that to a batch, and to what resolves all
    contacts anew (other rules, tried or put in force). requests_per_second, burst: of one caller, in each worker.
    in_work: requests that a worker takes in at a time; threads: those that it works on. Threads share the connections
    to the database: who waits to be served together with others needs none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    db: str = Field("contacts.db", min_length=1)
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8400, ge=0, le=65_535)
    workers: int = Field(1, ge=1, le=64)

    jwt_secret: SecretStr | None = None
    jwt_public_key_file: Path | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None

    body_bytes: int = Field(1_000_000, gt=0)
    batch_bytes: int = Field(64_000_000, gt=0)
    json_depth: int = Field(32, ge=4, le=200)
    request_seconds: float = Field(30, gt=0)
    batch_seconds: float = Field(300, gt=0)
    whole_seconds: float = Field(1800, gt=0)
    requests_per_second: float = Field(500, gt=0)
    burst: int = Field(1000, ge=1)
    in_work: int = Field(64, ge=1)
    threads: int = Field(64, ge=1, le=1000)

    webhooks_allow_private: bool = False
    reconcile_origins: str = "http://127.0.0.1:3333 http://localhost:3333"

    @model_validator(mode="after")
    def _fits(self) -> "Settings":
        if self.jwt_secret is not None:
            secret = self.jwt_secret.get_secret_value()
            if len(secret.encode()) < FEWEST_BYTES:
                raise ValueError(f"jwt_secret has fewer than {FEWEST_BYTES} bytes")
            if "-----BEGIN" in secret:
                raise ValueError("jwt_secret holds a key for RS256; name its file in jwt_public_key_file")
        if not self.has_jwt and (self.jwt_issuer or self.jwt_audience):
            raise ValueError("jwt_issuer and jwt_audience need jwt_secret or jwt_public_key_file beside them")
        return self

    @property
    def has_jwt(self) -> bool:
        """Whether tokens signed by somebody else are let in."""
        return self.jwt_secret is not None or self.jwt_public_key_file is not None

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the server."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is that of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load(file: Path | None = None, environment: Mapping[str, str] | None = None, **said: Any) -> Settings:
    """The settings of a file, over them those of the environment, over them what is said, but for None.

    Raises UsageError naming what is wrong, and never its value. What is in the environment is set, even to nothing.
    """
    environment = os.environ if environment is None else environment
    if file is None and CONFIG in environment:
        file = Path(environment[CONFIG])
    names = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}
    astray = [name for name in environment if name.startswith(SECRETS) and name not in names]
    if astray:
        known = ", ".join(name for name in names if name.startswith(SECRETS))
        raise UsageError(f"{astray[0]}: there is no such setting; there are {known}")
    told = _told(file) if file else {}
    named = {name: environment[variable] for variable, name in names.items() if variable in environment}
    over = {name: value for name, value in said.items() if value is not None}
    try:
        return Settings.model_validate({**told, **named, **over})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        where = f"--{name}" if name in over else f"{PREFIX}{name.upper()}" if name in named else f"{file}: {name}"
        raise UsageError(f"{where}: {message}" if name else message) from None


def _told(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: is not valid TOML: {error}") from error
