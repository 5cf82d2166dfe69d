"""Observing: gives every request an id and every error its answer; leaves a line in log, metrics and audit."""

import re
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs, problems
from api.deps import ABANDONED
from api.desk import told
from api.metrics import Metrics
from api.recorder import Recorder

REQUEST_ID = "X-Request-Id"
SANE = re.compile(r"[A-Za-z0-9._:-]{8,128}")
"""What an id may look like that a caller gives: anything else could forge log lines."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Those that are told by their names; a caller may make up others."""


class BrokenOffError(Exception):
    """An answer that had begun could not be ended; what was wrong is in the log."""


@dataclass
class Seen:
    """What is seen of one request."""

    request_id: str
    begun: float
    status: int | None = None


class Observing:
    """The outermost floor of the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, recorder: Recorder) -> None:
        self.app, self.metrics, self.recorder = app, metrics, recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get(REQUEST_ID, "")
        seen = Seen(given if SANE.fullmatch(given) else uuid4().hex, time.perf_counter())
        state = scope.setdefault("state", {})
        state["request_id"] = seen.request_id

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = seen.request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
                if "rate" in state:
                    headers.update(state["rate"].headers())
            await send(message)

        self.metrics.in_work.inc()
        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            self._tell(error, seen, scope)
            if seen.status is not None:
                raise BrokenOffError from None
            await told(error, scope, seen.request_id)(scope, receive, sending)
        finally:
            self.metrics.in_work.dec()
            self._end(scope, state, seen)
        return None

    def _tell(self, error: Exception, seen: Seen, scope: Scope) -> None:
        """Logs what was not meant to happen."""
        status = problems.entry_of(error).status
        if status == problems.UNEXPECTED.status or isinstance(error, DBAPIError):
            kind, where = type(error).__name__, " ".join(logs.places(error))
            facts = {"request_id": seen.request_id, "route": route_of(scope), "error": kind, "where": where}
            logs.log.error("failed", extra={"facts": facts})

    def _end(self, scope: Scope, state: dict[str, Any], seen: Seen) -> None:
        seconds, status, route = time.perf_counter() - seen.begun, seen.status or ABANDONED, route_of(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.metrics.requests.labels(route or "none", method, str(status)).inc()
        self.metrics.seconds.labels(route or "none").observe(seconds)
        session = state.get("session")
        if session is not None:
            self.recorder.add(session.lines(operation=scope["route"].name, status=status))
        facts = {
            "request_id": seen.request_id,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "caller": session and session.caller.mark,
            "tenant": session and session.caller.tenant_mark,
        }
        logs.log.info("request", extra={"facts": facts})


def route_of(scope: Scope) -> str | None:
    """The template of the route that a request took: `/v1/entities/{entity_id}`. Of an unknown path nothing is kept."""
    return getattr(scope.get("route"), "path", None)
