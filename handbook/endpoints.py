"""The reference of the API, a page a tag, from the OpenAPI document of the application."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from fastapi.routing import APIRoute

from api.access import Role
from api.app import create_app
from api.deps import Needs
from api.problems import COMMON, REFUSED, TABLE
from api.routes import ROUTERS
from api.settings import Settings
from benchmarks.quality.page import table
from handbook.shapes import anchor, cell, kind_of, shapes_page, titled

Document = Mapping[str, Any]
LONGEST_EXAMPLE: Final = 90
"""Lines of an example; a longer one is cut."""
ROLES: Final = {
    Role.READ: "look at everything of its tenant",
    Role.MATCH: "look for contacts, and write records",
    Role.STEWARD: "decide who is who, and take it back",
    Role.ADMIN: "webhooks, and all the rest",
}
INTRODUCTION: Final = """\
# The calls

Everything that the server answers, drawn from its OpenAPI document; a running server has the same at `/openapi.json`.
[Integrate](../integrate.md) is the tour of ten minutes.

## Who may ask

Every call but those under *operation* wants an API key or a token: `Authorization: Bearer ...`, or `X-API-Key`. Each
belongs to one tenant and has one role, which may do what those before it may.
"""
ERRORS: Final = """\
## Errors

Every error is `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `code`, `detail` and `request_id`.
Go by `code`; it does not change. What any call may meet has no line of its own on the pages of the calls: statuses
"""


def document() -> Document:
    """The OpenAPI document of the application."""
    with TemporaryDirectory() as folder:
        app = create_app(Settings(db=str(Path(folder) / "contacts.db")))
        made = app.openapi()
        app.state.server.close()
    return made


def pages() -> dict[str, str]:
    """Every page of the reference by the name of its file."""
    told = document()
    by_tag: dict[str, list[str]] = defaultdict(list)
    listed: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    needed = roles()
    for path, method, operation in _operations(told):
        tag = operation["tags"][0]
        role = needed.get(operation["operationId"])
        by_tag[tag].append(_operation(path, method, operation, role, told))
        title = operation["summary"]
        listed[tag].append((f"[{title}]({tag}.md#{anchor(title)})", f"`{method} {path}`", role or "anybody"))
    made = {f"{tag}.md": "\n\n".join([f"# {tag.capitalize()}", *parts]) + "\n" for tag, parts in by_tag.items()}
    return made | {"index.md": _index(listed), "shapes.md": shapes_page(told)}


def roles() -> dict[str, str]:
    """The least role that each operation lets in."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return {
        route.name: str(needs.call.role)
        for route in routes
        for needs in route.dependant.dependencies
        if isinstance(needs.call, Needs)
    }


def _operations(told: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _index(listed: Mapping[str, list[tuple[str, ...]]]) -> str:
    who = table(("role", "may"), [(f"`{role}`", ROLES[role]) for role in Role])
    calls = "\n\n".join(
        f"### {tag.capitalize()}\n\n{table(('what', 'call', 'role'), rows)}" for tag, rows in listed.items()
    )
    common = ", ".join(map(str, COMMON))
    known = {(int(entry.status), entry.code): entry.title for entry in TABLE.values()}
    known |= {(status, code): f"{text[0].upper()}{text[1:]}" for status, (code, text) in REFUSED.items()}
    errors = table(("status", "code", "means"), [(str(at), f"`{code}`", known[at, code]) for at, code in sorted(known)])
    return f"{INTRODUCTION}\n{who}\n\n## All calls\n\n{calls}\n\n{ERRORS}{common}.\n\n{errors}\n"


def _operation(path: str, method: str, operation: Document, role: str | None, told: Document) -> str:
    least = f" Role: `{role}`." if role else " Asks for no key."
    parts = [f"## {operation['summary']}", f"`{method} {path}`{least}", operation.get("description", "")]
    parameters = [
        (f"`{one['name']}`", f"{one['in']}, {kind_of(one['schema'])}", titled(one.get("description", ""), one))
        for one in operation.get("parameters", [])
    ]
    if parameters:
        parts.append(table(("parameter", "kind", "meaning"), parameters))
    for media, body in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"**Body**, `{media}`: {kind_of(body['schema'])}")
        parts += _example(body, told)
    answers = [
        (status, cell(HTTPStatus(int(status)).phrase if status == "200" else answer["description"]), _shape(answer))
        for status, answer in sorted(operation["responses"].items())
        if int(status) not in COMMON
    ]
    parts.append(table(("answer", "means", "shape"), answers))
    for status, answer in operation["responses"].items():
        if int(status) < HTTPStatus.MULTIPLE_CHOICES:
            for body in answer.get("content", {}).values():
                parts += _example(body, told)
    return "\n\n".join(part for part in parts if part)


def _shape(answer: Document) -> str:
    kinds = {kind_of(body["schema"]) for body in answer.get("content", {}).values() if body.get("schema")}
    return ", ".join(sorted(kinds)) or "nothing"


def _example(body: Document, told: Document) -> list[str]:
    """The example of a body, its own or that of its shape, as a fenced block."""
    schema = body.get("schema", {})
    named = told["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
    found = [
        *([body["example"]] if "example" in body else []),
        *([one["value"] for one in body.get("examples", {}).values()]),
        *([one["example"] for one in (schema, named) if "example" in one]),
        *schema.get("examples", []),
        *named.get("examples", []),
    ]
    if not found:
        return []
    text = found[0] if isinstance(found[0], str) else json.dumps(found[0], indent=2, ensure_ascii=False)
    lines = text.rstrip().splitlines()
    kept = [*lines[:LONGEST_EXAMPLE], "  ..."] if len(lines) > LONGEST_EXAMPLE else lines
    return ["\n".join(("```json", *kept, "```"))]
