"""HTTP as a pull needs it: let in, paced, tried again. No secret is part of anything it says, logs or returns."""

import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, quote_plus
from urllib.request import getproxies, proxy_bypass

import httpx

from resolver.errors import UsageError
from resolver.pull.system import Ask, Credentials, PullError, clipped, part

ATTEMPTS = 6
_PASSING = frozenset({429, 500, 502, 503, 504})
_FIRST, _LONGEST, _LONGEST_ASKED = 1.0, 60.0, 300.0  # seconds
_TIMEOUT = httpx.Timeout(60.0, connect=15.0)
_TELLING = ("message", "error_description", "detail", "title", "reason", "error", "errors")
_TOKENS = ("access_token", "accessToken", "token", "jwt")
_HIDDEN = "***"
_UNAUTHORIZED = 401
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def safe_address(base_url: str) -> str:
    """Where a system listens, as told. Raises UsageError for an address that would carry a secret in the open."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise UsageError("the base URL is not an address") from None
    if url.userinfo or url.query or url.fragment:
        raise UsageError("the base URL is only an address; credentials come from the environment")
    if not url.host or not (url.scheme == "https" or (url.scheme == "http" and url.host in _LOCAL)):
        raise UsageError(f"{base_url}: only https is safe (http only to this machine)")
    return str(url).rstrip("/")


@dataclass(frozen=True)
class Pace:
    """How fast requests follow each other, and by which clock. rate: requests a second."""

    rate: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    jitter: random.Random = field(default_factory=random.Random)


class _Letting(httpx.BaseTransport):
    """Adds the credentials on the way out, so that the requests httpx knows, logs and raises about have none."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner, self.credentials = inner, Credentials()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if self.credentials.params:
            url = url.copy_merge_params({**self.credentials.params})
        headers = request.headers.copy()
        headers.update({**self.credentials.headers})
        return self._inner.handle_request(
            httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=request.extensions)
        )

    def close(self) -> None:
        self._inner.close()


class Client:
    """Requests to one system."""

    def __init__(
        self,
        base: str,
        credentials: Credentials,
        pace: Pace,
        listener: Callable[[str], None],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._credentials, self._pace, self._listener = credentials, pace, listener
        self._secrets = set(credentials.secrets)
        self._letting = _Letting(transport or _transport(base))
        self._let_in = credentials.exchange is None
        if self._let_in:
            self._letting.credentials = credentials
        self._http = httpx.Client(base_url=base, transport=self._letting, timeout=_TIMEOUT, follow_redirects=False)
        self._last: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def send(self, ask: Ask) -> Any:
        """The JSON that the system answers. Raises PullError when it refuses, or fails more often than is passing."""
        minted = self._mint() if not self._let_in else False
        try:
            return self._send(ask)
        except PullError as error:
            if error.status != _UNAUTHORIZED or self._credentials.exchange is None or minted:
                raise
        self._mint()  # a token lives shorter than a long pull
        return self._send(ask)

    def _mint(self) -> bool:
        """Trades the credentials for a bearer token."""
        if self._credentials.exchange is None:
            return False
        self._letting.credentials = Credentials()
        document = self._send(self._credentials.exchange, hide=False)
        holders = (document, part(document, "data"))
        found = [part(holder, name) for holder in holders for name in _TOKENS]
        token = next((value for value in found if isinstance(value, str) and value), None)
        if token is None or not (token.isascii() and token.isprintable()):
            raise PullError("the token endpoint answered without a token")
        self._secrets.add(token)
        self._letting.credentials = Credentials(headers={"Authorization": f"Bearer {token}"})
        self._let_in = True
        return True

    def _send(self, ask: Ask, *, hide: bool = True) -> Any:
        for attempt in range(1, ATTEMPTS + 1):
            self._wait_for_turn()
            response, trouble = self._try(ask)
            if response is not None and response.is_success:
                return self._document(response, hide=hide)
            if response is not None and response.status_code not in _PASSING:
                raise self._refusal(response)
            if attempt < ATTEMPTS:
                wait = self._backoff(attempt, response)
                self._listener(f"{trouble}; trying again in {wait:.0f} s ({attempt} of {ATTEMPTS - 1})")
                self._pace.sleep(wait)
        raise PullError(f"{trouble}, {ATTEMPTS} times", response.status_code if response is not None else None)

    def _try(self, ask: Ask) -> tuple[httpx.Response | None, str]:
        """(the answer if one came, what was wrong with it)."""
        try:
            response = self._http.request(ask.method, ask.path, params=dict(ask.params) or None, json=ask.body)
        except httpx.RequestError as error:
            return None, self._plain(f"the connection failed ({type(error).__name__}: {error})")
        return response, self._plain(f"HTTP {response.status_code} {_words(response.content)}").strip()

    def _wait_for_turn(self) -> None:
        now = self._pace.clock()
        if self._last is not None and (wait := self._last + 1 / self._pace.rate - now) > 0:
            self._pace.sleep(wait)
            now += wait
        self._last = now

    def _backoff(self, attempt: int, response: httpx.Response | None) -> float:
        """Seconds: what the system asks for, else anything up to a bound that doubles (full jitter)."""
        asked = None if response is None else _retry_after(response, self._pace.now())
        if asked is not None:
            return min(asked, _LONGEST_ASKED)
        return self._pace.jitter.uniform(0, min(_FIRST * 2.0 ** (attempt - 1), _LONGEST))

    def _refusal(self, response: httpx.Response) -> PullError:
        words = self._plain(_words(response.content))
        if response.is_redirect:
            words = "it sends elsewhere; give the address it really has as the base URL"
        told = f": {words}" if words else ""
        return PullError(f"HTTP {response.status_code}{told}", response.status_code, words)

    def _document(self, response: httpx.Response, *, hide: bool) -> Any:
        text = response.content.decode("utf-8-sig", "replace")
        try:
            return json.loads(self._hidden(text) if hide else text)
        except (ValueError, RecursionError):
            raise PullError("the answer is not JSON; is the base URL right?", response.status_code) from None

    def _plain(self, text: str) -> str:
        """One short line without secrets. They go before the line is cut, or a piece of one could stay."""
        return clipped(self._hidden(text))

    def _hidden(self, text: str) -> str:
        for value in self._secrets:
            for form in {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}:
                text = text.replace(form, _HIDDEN)
        return text


def _transport(base: str) -> httpx.HTTPTransport:
    """A connection, through the proxy of the environment where there is one."""
    url = httpx.URL(base)
    proxies = {} if proxy_bypass(url.host) else getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if url.host in {"127.0.0.1", "localhost", "::1"} or not (proxy or "").startswith("http"):
        proxy = None
    return httpx.HTTPTransport(proxy=proxy)


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds from a Retry-After header: a number, or a date seen from the server's own clock."""
    text = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return float(text)
    until, there = _http_date(text), _http_date(response.headers.get("date", ""))
    return None if until is None else max(0.0, (until - (there or now)).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _words(body: bytes) -> str:
    """What a system says of an error: the message in its JSON, the text itself, nothing of a web page."""
    text = body.decode("utf-8", "replace").strip()
    try:
        return _message(json.loads(text))
    except (ValueError, RecursionError):
        return "" if text.startswith("<") else text


def _message(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(_message, value[:3])))
    if isinstance(value, dict):
        return next(filter(None, (_message(value.get(name)) for name in _TELLING)), "")
    return ""
