"""Limits: how large a request may be, how long it may take, how many there may be at a time and from one caller."""

import asyncio
import json
import math
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import anyio
import anyio.to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import BusyError, LimitError, TooDeepError, TooLargeError, TooManyError, TooSlowError, UnfitError
from api.settings import Settings

LINES = "application/x-ndjson"
"""The content type of a batch: a JSON document a line."""
ALWAYS = frozenset({"/v1/health", "/v1/ready", "/metrics"})
"""What is answered however busy the server is."""
WHOLE = frozenset({"/v1/rules/preview", "/steward/rules", "/steward/rules/try", "/steward/learn", "/steward/learn/try"})
"""What resolves all contacts anew: of a million that takes minutes."""
MOST_CALLERS = 10_000
"""Callers whose rate is remembered; whoever has not asked for longest is forgotten, and starts anew."""
LONG = 50_000
"""Bytes that take longer to look through than another request should have to wait."""

_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
"""Texts, also one that never ends, and brackets; without a way to go back, as that is what makes patterns slow."""
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""A half of a character, as JSON may write one beyond the first 65,536; without its other half it is none."""


def is_deeper(document: bytes, most: int) -> bool:
    """Whether a JSON document is nested deeper than so many levels; brackets inside of texts do not count."""
    if document.count(b"{") + document.count(b"[") <= most:
        return False
    now = 0
    for found in _TOKENS.finditer(document):
        token = found[0]
        now += (token in b"[{") - (token in b"]}")
        if now > most:
            return True
    return False


def must_fit(document: bytes, deepest: int) -> None:
    """Raises LimitError for a JSON document that is nested deeper than that, or holds what no text has.

    Those are bytes and halves of characters that are not UTF-8, and NUL: a database cannot keep them.
    """
    if is_deeper(document, deepest):
        raise TooDeepError(f"a body may be nested {deepest} levels deep")
    if b"\\u0000" in document and _NUL.search(document):
        raise UnfitError("the body holds a character that no text has: NUL")
    try:
        document.decode()
        if _HALF.search(document):
            json.dumps(json.loads(document), ensure_ascii=False).encode()
    except UnicodeError:
        raise UnfitError("the body is not UTF-8") from None
    except ValueError:
        return  # it is no JSON, which whoever reads it will tell


def content_type(scope: Scope) -> str:
    """The media type of a request's body, without parameters."""
    for name, value in scope["headers"]:
        if name == b"content-type":
            return str(value.decode("latin-1").partition(";")[0].strip().lower())
    return ""


class Body:
    """Refuses bodies that are too large or too deep, before anything reads them. Batches are counted as they come."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if b"%00" in scope.get("query_string", b"") or "\0" in scope["path"]:
            raise UnfitError("the address holds a character that no text has: NUL")
        kind = content_type(scope)
        batch = kind == LINES
        most = self.settings.batch_bytes if batch else self.settings.body_bytes
        if _announced(scope) > most:
            raise TooLargeError(f"a body may have {most} bytes")
        counted = _counted(receive, most)
        return await self.app(scope, counted if batch else await self._read(counted, kind), send)

    async def _read(self, receive: Receive, kind: str) -> Receive:
        """The whole body as one message."""
        parts: list[bytes] = []
        message: Message = {"more_body": True}
        while message.get("more_body", False):
            message = await receive()
            if message["type"] != "http.request":
                return _replay(message, receive)
            parts.append(message.get("body", b""))
        body = b"".join(parts)
        if "json" in kind:
            if len(body) > LONG:
                await anyio.to_thread.run_sync(must_fit, body, self.settings.json_depth)
            else:
                must_fit(body, self.settings.json_depth)
        return _replay({"type": "http.request", "body": body, "more_body": False}, receive)


def _announced(scope: Scope) -> int:
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(said) if said.isdigit() else 0


def _counted(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counting() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLargeError(f"a body may have {most} bytes")
        return message

    return counting


def _replay(first: Message, receive: Receive) -> Receive:
    waiting = [first]

    async def replaying() -> Message:
        return waiting.pop() if waiting else await receive()

    return replaying


class Crowd:
    """Lets so many requests in at a time; those beyond are sent away at once, so that those inside are done in time."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.most, self.inside = app, settings.in_work, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            return await self.app(scope, receive, send)
        if self.inside >= self.most:
            raise BusyError("more requests are in work than the server can do side by side", again=1)
        self.inside += 1
        try:
            return await self.app(scope, receive, send)
        finally:
            self.inside -= 1


class Clock:
    """Answers in time that a request took too long. What it does goes on to its end, and holds its place till then."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit = self._limit(scope)
        given_up = started = False
        # only such a scope spares what a thread is in the midst of
        work = anyio.CancelScope()

        async def sending(message: Message) -> None:
            nonlocal started
            if not given_up:
                started = True
                await send(message)

        async def run() -> None:
            with work:
                await self.app(scope, receive, sending)

        task = asyncio.create_task(run())
        try:
            await asyncio.wait({task}, timeout=limit)
        except asyncio.CancelledError:
            self._let_go(task, work)
            raise
        if task.done() or started:
            return await task
        given_up = True
        self._let_go(task, work)
        raise TooSlowError(f"a request may take {limit:g} seconds; it may still be done", again=1)

    def _limit(self, scope: Scope) -> float:
        if scope["path"] in WHOLE:
            return self.settings.whole_seconds
        return self.settings.batch_seconds if content_type(scope) == LINES else self.settings.request_seconds

    def _let_go(self, task: asyncio.Task[None], work: anyio.CancelScope) -> None:
        work.cancel()
        self._late.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()  # it is told to nobody, as the answer was given


@dataclass(frozen=True)
class Rate:
    """What a caller may send: burst at once, per_second in the long run; and how many are left of the burst now."""

    burst: int
    per_second: float
    left: int
    full_again: float

    def headers(self) -> dict[str, str]:
        """As HTTP tells it (draft-ietf-httpapi-ratelimit-headers)."""
        window = max(1, math.ceil(self.burst / self.per_second))
        return {
            "RateLimit-Policy": f'"caller";q={self.burst};w={window}',
            "RateLimit": f'"caller";r={self.left};t={math.ceil(self.full_again)}',
        }


class Buckets:
    """A bucket of tokens for each caller: a request takes one, and they come back at a steady rate."""

    def __init__(self, settings: Settings) -> None:
        self.burst, self.per_second = settings.burst, settings.requests_per_second
        self._lock = Lock()
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, now: float | None = None) -> tuple[Rate, LimitError | None]:
        """Takes a token of a caller. Returns what is left, and the error that refuses the request if there was none.

        now: in seconds; the monotonic clock's when left out.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            tokens, then = self._tokens.pop(caller, (float(self.burst), now))
            tokens = min(float(self.burst), tokens + (now - then) * self.per_second)
            enough = tokens >= 1
            tokens -= enough
            self._tokens[caller] = tokens, now
            if len(self._tokens) > MOST_CALLERS:
                self._tokens.popitem(last=False)
        rate = Rate(self.burst, self.per_second, int(tokens), (self.burst - tokens) / self.per_second)
        if enough:
            return rate, None
        wait = (1 - tokens) / self.per_second
        return rate, TooManyError(f"the limit is {self.per_second:g} requests a second", again=wait)
