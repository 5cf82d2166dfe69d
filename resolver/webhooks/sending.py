"""Sending: a message goes to the address that was looked up and found harmless, and nowhere else.

An address of this machine or of a private network is refused: who registers a webhook must not reach what only the
server can. The name is looked up once, and the connection is made to what was found, so that a second look-up cannot
tell another address. Redirects are not followed, no proxy is used, and what is answered is not read.

httpx is loaded when there is an address to look at: a server without webhooks starts without it.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from resolver.errors import UsageError
from resolver.store.webhooks import Outcome

if TYPE_CHECKING:
    import httpx

SECONDS = 10
"""A message has to be taken within this time, all in all."""
CONNECT_SECONDS = 3.0
"""An address has to take the connection within this time."""
_PORTS = {"http": 80, "https": 443}
_ANYBODY = ipaddress.ip_network("2000::/3")
"""The part of IPv6 that is given out to the world; whatever else there is leads elsewhere."""


class RefusedError(Exception):
    """An address that nothing is sent to."""


@dataclass(frozen=True)
class Letter:
    """A message with its headers, and where it goes."""

    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes


def safe_url(text: str, *, allow_private: bool = False) -> str:
    """A URL that messages may go to, as far as it tells: names are looked up when they are sent. Raises UsageError."""
    import httpx

    try:
        url = httpx.URL(text)
        in_range = url.port is None or 0 < url.port < 2**16
    except (httpx.InvalidURL, UnicodeError):
        in_range = False
    if not in_range:
        raise UsageError("the webhook's url is not an address")
    if url.scheme not in _PORTS or not url.host:
        raise UsageError("the webhook's url has to begin with https:// or http:// and name a host")
    if url.userinfo or url.fragment:
        raise UsageError("the webhook's url has neither a user nor a fragment; messages are signed by the secret")
    if not allow_private and _is_address(url.host) and not is_public(url.host):
        raise UsageError("the webhook's url is of this machine or of a private network, which is refused")
    return str(url)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the world's, and not of a machine, a network of its own, or a way into one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 4:
        return found.is_global and not found.is_multicast
    tunnel = found.sixtofour is not None or found.teredo is not None
    return found in _ANYBODY and found.is_global and not tunnel


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def send_all(letters: Sequence[Letter], *, allow_private: bool) -> list[Outcome]:
    """Sends messages side by side; no one waits for a slow one longer than the time a message has."""
    import httpx

    # a connection is never used again: the pool would give that of one name to another one at the same address
    limits = httpx.Limits(max_keepalive_connections=0)
    timeout = httpx.Timeout(SECONDS, connect=CONNECT_SECONDS)
    async with httpx.AsyncClient(trust_env=False, verify=_trust(), limits=limits, timeout=timeout) as client:
        return await asyncio.gather(*(_send(client, letter, allow_private) for letter in letters))


@cache
def _trust() -> ssl.SSLContext:
    """Whose certificates count; reading them takes longer than a message."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


async def _send(client: "httpx.AsyncClient", letter: Letter, allow_private: bool) -> Outcome:
    import httpx

    begun = time.monotonic()
    status: int | None = None
    problem: str | None = None
    try:
        async with asyncio.timeout(SECONDS):
            status = await _posted(client, letter, allow_private)
        problem = _refusal(status)
    except RefusedError as error:
        problem = str(error)
    except (TimeoutError, httpx.TimeoutException):
        problem = f"no answer within {SECONDS} seconds"
    except (httpx.HTTPError, ssl.SSLError, OSError) as error:
        problem = f"no connection: {type(error).__name__}"
    return Outcome(status, problem, round((time.monotonic() - begun) * 1000))


def _refusal(status: int) -> str | None:
    if status // 100 == 2:
        return None
    return "redirects are not followed" if status // 100 == 3 else f"answered {status}"


async def _posted(client: "httpx.AsyncClient", letter: Letter, allow_private: bool) -> int:
    """The status that a message is answered with, at the first of the host's addresses that takes connections."""
    import httpx

    url = httpx.URL(letter.url)
    host = url.raw_host.decode("ascii")
    addresses = await _addresses(host, url.port or _PORTS[url.scheme], allow_private)
    headers = {**letter.headers, "host": url.netloc.decode("ascii"), "content-type": "application/json"}
    for place, address in enumerate(addresses):
        there, asked = url.copy_with(host=address), {"sni_hostname": host}
        sending = client.stream("POST", there, headers=headers, content=letter.body, extensions=asked)
        try:
            async with sending as response:
                return response.status_code
        except httpx.ConnectError:
            if place == len(addresses) - 1:
                raise
    raise RefusedError("the host has no address")


async def _addresses(host: str, port: int, allow_private: bool) -> list[str]:
    """Where a host is; RefusedError when any of it is not public."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedError("the host is not known") from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not allow_private and not all(is_public(address) for address in addresses):
        raise RefusedError("the host is of this machine or of a private network, which is refused")
    return addresses
