"""Frame: pages from templates, with what every page needs, and the way back after a form was sent."""

import hashlib
import json
import mimetypes
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Role
from api.settings import is_loopback
from resolver.words import plain

if TYPE_CHECKING:
    from jinja2 import Environment

    from api.steward.session import Visit

HERE = Path(__file__).parent
HOME = "/steward/queue"
"""Where one comes when nothing else is said."""
NAV = (
    ("Queue", "/steward/queue"),
    ("People", "/steward/people"),
    ("History", "/steward/history"),
    ("Rules", "/steward/rules"),
    ("Learning", "/steward/learn"),
    ("Dashboard", "/steward/dashboard"),
)
GUARD = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Headers of every page: nothing that a record says can run, and no other site shows a page inside of its own."""
ROLE_WORDS = {
    Role.READ: "may look",
    Role.MATCH: "may look and write records",
    Role.STEWARD: "may decide",
    Role.ADMIN: "may decide and change rules",
}
THEME, KEYS, SAID = "desk_theme", "desk_keys", "desk_said"
"""Cookies: how the desk looks, whether keys are on, and what is told on the next page."""
THEMES = ("auto", "light", "dark")
OVERRIDES = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), "\ufffd")
"""Marks that make a text read differently from what it says."""


@dataclass(frozen=True)
class Told:
    """What is told on top of the next page. act: what can be taken back there; case: of which what was said can be."""

    text: str
    act: int | None = None
    careful: bool = False
    case: str | None = None


def page(visit: "Visit", template: str, /, *, status: int = 200, **told: Any) -> HTMLResponse:
    """A page for somebody who is signed in: `told` is what stands in it, beside `visit` itself."""
    return render(visit.request, template, status, visit=visit, **told)


def render(request: Request, template: str, status: int = 200, /, **told: Any) -> HTMLResponse:
    """A page for anybody."""
    said = _said(request)
    theme = request.cookies.get(THEME, "auto")
    query = f"?{request.url.query}" if request.url.query else ""
    frame = {
        "visit": None,
        "nav": NAV,
        "here": request.url.path,
        "whole": told.pop("whole", request.url.path + query if request.method == "GET" else HOME),
        "theme": theme if theme in THEMES else "auto",
        "keys_off": request.cookies.get(KEYS) == "off",
        "said": said,
        "role_words": ROLE_WORDS,
    }
    made = HTMLResponse(templates().get_template(template).render({**frame, **told}), status, dict(GUARD))
    if said is not None:
        made.delete_cookie(SAID, path="/steward")
    return made


def is_part(request: Request) -> bool:
    """Whether a script of a page asks, for a piece of it."""
    return "HX-Request" in request.headers


def back(request: Request, path: str, told: Told | None = None) -> Response:
    """Leads to another page after a form was sent, where `told` is shown."""
    made: Response = RedirectResponse(inside(path), 303, dict(GUARD))
    if is_part(request):
        # a script would follow by itself, as for a piece of a page, in which nothing is told
        made = Response(headers={**GUARD, "HX-Redirect": inside(path)})
    if told is not None:
        text = json.dumps([told.text, told.act, told.careful, told.case])
        keep(request, made, SAID, quote(text))
    return made


def keep(request: Request, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Sets a cookie that no script reads and no other site sends; over the network only where that is encrypted."""
    local = request.url.scheme == "http" and is_loopback(request.url.hostname or "")
    response.set_cookie(
        name, value, max_age=seconds, path="/steward", secure=not local, httponly=True, samesite="strict"
    )


def inside(path: str | None) -> str:
    """A path of the desk; anything else leads home.

    >>> inside("/steward/people?q=ann"), inside("https://x.example/steward/"), inside("/steward/../v1"), inside(None)
    ('/steward/people?q=ann', '/steward/queue', '/steward/queue', '/steward/queue')
    """
    if path is None or not path.startswith("/steward/") or not path.isprintable():
        return HOME
    parts = path.partition("?")[0].split("/")
    return path if not {"..", ".", "", "sign-in", "sign-out"} & set(parts[1:]) and "\\" not in path else HOME


def _said(request: Request) -> Told | None:
    text = request.cookies.get(SAID)
    if not text or request.method != "GET" or is_part(request):
        return None
    try:
        words, act, careful, case = json.loads(unquote(text))
    except ValueError:
        return None
    return Told(str(words), act if isinstance(act, int) else None, bool(careful), case and str(case))


@dataclass(frozen=True)
class Static:
    """A file that pages name. mark: of its content; with it in the address the file may be kept for good."""

    content: bytes
    kind: str
    mark: str


@cache
def statics() -> dict[str, Static]:
    """The files of the folder static, by their names."""
    found = {}
    for file in sorted((HERE / "static").iterdir()):
        content = file.read_bytes()
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        found[file.name] = Static(content, kind, hashlib.sha256(content).hexdigest()[:16])
    return found


def static(name: str) -> str:
    """The address of a file of the folder static."""
    return f"/steward/static/{name}?v={statics()[name].mark}"


def shown(text: Any) -> str:
    """A text as it may stand in a page: without control characters, and with marks of direction made visible."""
    return plain.one_line(str(text)).translate(OVERRIDES)


def when(moment: datetime | None) -> Markup | str:
    """A moment, in UTC."""
    if moment is None:
        return "never"
    moment = moment.astimezone(UTC)
    return Markup('<time datetime="{}">{} UTC</time>').format(
        moment.isoformat(timespec="seconds").replace("+00:00", "Z"), f"{moment:%d %b %Y %H:%M}"
    )


def age(moment: datetime, now: datetime | None = None) -> Markup:
    """How long ago a moment is: "5 min", "3 h", "2 d"; the moment itself stands behind it."""
    minutes = ((now or datetime.now(UTC)) - moment).total_seconds() / 60
    sizes = ((1, "now"), (60, f"{minutes:.0f} min"), (48 * 60, f"{minutes / 60:.0f} h"))
    text = next((words for most, words in sizes if minutes < most), f"{minutes / 1440:.0f} d")
    exact = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        exact.isoformat(timespec="seconds").replace("+00:00", "Z"), f"{exact:%d %b %Y %H:%M}", text
    )


def level_words(level: str | None) -> str:
    """A level in words."""
    return "one side empty" if level is None else plain.reason_words(level)


MARK_CLASSES = {plain.EQUAL: "eq", plain.ALIKE: "like", plain.UNEQUAL: "ne", plain.ONE_SIDE: "one"}


@cache
def templates() -> "Environment":
    """The templates, which escape whatever stands in them."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        shown=shown,
        clip=plain.clipped,
        when=when,
        age=age,
        number=plain.number,
        share=plain.share,
        likely=plain.likely,
        signed=plain.signed,
        field_word=plain.field_word,
        family_words=plain.family_words,
        mark=plain.mark,
        mark_class=lambda level: MARK_CLASSES[plain.mark(level)],
        level_words=level_words,
        in100=lambda share: f"{share * 100:.4g}",
        part=lambda text: quote(str(text), safe=""),
    )
    made.globals.update(static=static, count=plain.count)
    return made
