"""Stand-ins for the four systems, behaving as sources/SOURCES.md describes them, with faults on demand.

One is handed to httpx.MockTransport, or put behind a real port by `serving`.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx

SECRETS = {
    "RESOLVER_VOIPBIN_TOKEN": "voipbin-jwt-5f1c77",
    "RESOLVER_TEAMWORK_DESK_TOKEN": "desk-key-91ab02",
    "RESOLVER_CUSTOMEROS_API_KEY": "customeros-key-c4d511",
    "RESOLVER_CPOD_TOKEN": "cpod-jwt-77e0d3",
}
ACCESS_KEY = "voipbin+access&key"
CLIENT = {"RESOLVER_CPOD_CLIENT_ID": "client-3b9f10", "RESOLVER_CPOD_CLIENT_SECRET": "client-secret-08d6f4"}

Fault = httpx.Response | Exception | Callable[[], None]


class StandIn:
    """A system with rows. faults: what happens at the n-th request: another answer, a cut, or a change of the rows."""

    kind = ""
    base = "https://stand-in.example"

    def __init__(self, rows: list[dict[str, Any]], faults: dict[int, Fault] | None = None) -> None:
        self.rows, self.faults = rows, faults or {}
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        fault = self.faults.get(len(self.asked))
        if isinstance(fault, Exception):
            raise fault
        if isinstance(fault, httpx.Response):
            return httpx.Response(fault.status_code, headers=fault.headers, content=fault.content)
        if fault:
            fault()
        return self.answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)

    def asked_for(self, name: str) -> list[str | None]:
        """One query parameter of every request so far."""
        return [request.url.params.get(name) for request in self.asked]

    def let_in(self, request: httpx.Request) -> bool:
        return request.headers.get("authorization") in {f"Bearer {secret}" for secret in SECRETS.values()}


class Voipbin(StandIn):
    kind = "voipbin"

    def let_in(self, request: httpx.Request) -> bool:
        return super().let_in(request) or request.url.params.get("accesskey") == ACCESS_KEY

    def answer(self, request: httpx.Request) -> httpx.Response:
        if not self.let_in(request):
            error = {"status": "UNAUTHENTICATED", "reason": "TOKEN_INVALID", "message": "The token is not valid."}
            return httpx.Response(401, json={"error": error})
        size = int(request.url.params.get("page_size", "100"))
        before = _moment(request.url.params.get("page_token", "9000-01-01T00:00:00Z"))
        rows = [row for row in self.rows if _moment(row["tm_create"]) < before]
        rows = sorted(rows, key=lambda row: row["tm_create"], reverse=True)[: size if 1 <= size <= 100 else 100]
        token = _moment(rows[-1]["tm_create"]).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if rows else ""
        return httpx.Response(200, json={"result": rows, "next_page_token": token})


def _moment(text: str) -> datetime:
    """Times without a zone are UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def voipbin_row(number: int, created: str | None = None) -> dict[str, Any]:
    tm_create = created or f"2026-01-10T08:00:00.{number:06d}Z"
    return {"id": f"vb-{number}", "customer_id": "c-1", "first_name": "Zoë", "tm_create": tm_create, "tm_delete": None}


class Desk(StandIn):
    kind = "teamwork_desk"

    def answer(self, request: httpx.Request) -> httpx.Response:
        if not self.let_in(request):
            return httpx.Response(401, json={"errors": [{"code": "401", "title": "Not authorised"}]})
        params = request.url.params
        since = json.loads(params.get("filter", '{"updatedAt":{"$gte":""}}'))["updatedAt"]["$gte"]
        rows = sorted((row for row in self.rows if row["updatedAt"] >= since), key=lambda row: row["updatedAt"])
        page, size = int(params["page"]), int(params["pageSize"])
        shown, pages = rows[(page - 1) * size : page * size], -(-len(rows) // size)
        contacts = [
            {"id": ref["id"], "type": "email", "value": f"{row['id']}@x.example", "isMain": True}
            for row in shown
            for ref in row["contacts"]
        ]
        included = {"contacts": contacts if "contacts" in params["includes"] else [], "companies": []}
        counts = {"records": len(rows), "pageSize": size, "pages": pages, "page": page, "hasMorePages": page < pages}
        meta = {"page": {"count": len(rows), "pageSize": size, "pageOffset": page - 1, "hasMore": page < pages}}
        return httpx.Response(200, json={"customers": shown, "included": included, "pagination": counts, "meta": meta})


def desk_row(number: int, updated: str = "") -> dict[str, Any]:
    refs = [{"id": 9000 + number, "type": "contacts", "meta": None}]
    return {
        "id": number,
        "contacts": refs,
        "state": "active",
        "updatedAt": updated or f"2026-05-{number:02d}T10:00:00Z",
    }


class Customeros(StandIn):
    kind = "customeros"
    without_source_of_truth = False

    def let_in(self, request: httpx.Request) -> bool:
        by_app = request.headers.get("x-openline-api-key"), request.headers.get("x-openline-tenant")
        by_tenant = request.headers.get("x-customer-os-api-key")
        return by_tenant == SECRETS["RESOLVER_CUSTOMEROS_API_KEY"] or by_app == ("app-key-66f2", "northwind")

    def answer(self, request: httpx.Request) -> httpx.Response:
        if not self.let_in(request):
            return httpx.Response(401, json={"errors": [{"message": "Invalid api key"}]})
        asked = self.body(request)
        if self.without_source_of_truth and "sourceOfTruth" in asked["query"]:
            message = 'Cannot query field "sourceOfTruth" on type "Contact".'
            return httpx.Response(422, json={"errors": [{"message": message}], "data": None})
        page, limit = asked["variables"]["p"]["page"], asked["variables"]["p"]["limit"]
        page, limit = (page if page > 0 else 1), (limit if limit > 0 else 10)
        since = asked["variables"].get("w", {"filter": {"value": ""}})["filter"]["value"]
        rows = [row for row in self.rows if not row["hide"] and row["updatedAt"] >= since]
        shown, pages = rows[(page - 1) * limit : page * limit], -(-len(rows) // limit)
        contacts = {"content": shown, "totalPages": pages, "totalElements": len(rows)}
        return httpx.Response(200, json={"data": {"contacts": contacts}})

    def body(self, request: httpx.Request) -> Any:
        return json.loads(request.content)


def customeros_row(number: int) -> dict[str, Any]:
    known = f"cos-{number}"
    return {"metadata": {"id": known}, "id": known, "hide": False, "updatedAt": f"2026-05-{number:02d}T08:00:00Z"}


class Cpod(StandIn):
    kind = "cpod"
    minted = 0

    def let_in(self, request: httpx.Request) -> bool:
        newest = f"Bearer minted-token-{self.minted}"
        return super().let_in(request) or (self.minted > 0 and request.headers.get("authorization") == newest)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/auth/token":
            return self._token(json.loads(request.content))
        if not self.let_in(request):
            return httpx.Response(401, json={"error": {"code": "unauthorized", "message": "token expired"}})
        params = request.url.params
        rows = [row for row in self.rows if params.get("includeDeleted") == "true" or not row["is_deleted"]]
        start, limit = int(params.get("cursor", "at:0").removeprefix("at:")), int(params["limit"])
        following = f"at:{start + limit}" if start + limit < len(rows) else None
        shown = rows[start : start + limit]
        return httpx.Response(200, json={"items": shown, "nextCursor": following, "total": len(rows)})

    def _token(self, asked: dict[str, str]) -> httpx.Response:
        if (asked["client_id"], asked["client_secret"]) != tuple(CLIENT.values()):
            return httpx.Response(401, json={"message": f"unknown client {asked['client_id']}"})
        self.minted += 1
        return httpx.Response(200, json={"access_token": f"minted-token-{self.minted}", "expires_in": 3600})


def cpod_row(number: int, *, deleted: bool = False) -> dict[str, Any]:
    return {"id": f"con_{number:03d}", "tenant_id": "ten_northwind", "is_deleted": deleted, "version": number}


def stand_in(kind: str, count: int, faults: dict[int, Fault] | None = None) -> StandIn:
    """A system with so many contacts."""
    makers: dict[str, tuple[type[StandIn], Callable[[int], dict[str, Any]]]] = {
        "voipbin": (Voipbin, voipbin_row),
        "teamwork_desk": (Desk, desk_row),
        "customeros": (Customeros, customeros_row),
        "cpod": (Cpod, cpod_row),
    }
    system, row = makers[kind]
    return system([row(number) for number in range(1, count + 1)], faults)


@contextmanager
def serving(system: StandIn) -> Iterator[str]:
    """The stand-in behind a port of this machine; a fault that is an exception cuts the answer in its middle."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = httpx.Request(
                self.command, f"http://127.0.0.1{self.path}", headers=dict(self.headers), content=body
            )
            try:
                response = system(request)
            except httpx.TransportError:
                response, kept = system.answer(request), 40
            else:
                kept = len(response.content)
            self.send_response(response.status_code)
            self.send_header("Content-Length", str(len(response.content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(response.content[:kept])
            self.close_connection = True

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
