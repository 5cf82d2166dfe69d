"""Session: who is signed in at the desk, and that a form was sent from a page of theirs."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from api.access import AccessError, Caller, Role, RoleError
from api.deps import Server, Session, server_of
from api.gate import is_from_here
from api.steward.frame import is_part
from resolver.errors import UsageError
from resolver.paths.online import Resolver
from resolver.store import sittings
from resolver.store.opening import tenants
from resolver.store.sittings import By, Sitting

COOKIE = "desk"
"""Holds the token of who is signed in; before that a number by which the form is known that they sign in with."""
LONGEST = 800
"""Characters of what is typed into one line."""
MOST_FIELDS = 2000
"""Of a form: more than there are records in a group that anybody takes apart by hand."""
OWN = ("csrf", "next")
"""Fields of a form that are not what somebody typed."""


class SignedOutError(AccessError):
    """Nobody is signed in, or no longer. sent: the form that was sent; open: whether a name is enough."""

    def __init__(self, sent: FormData, *, is_open: bool, tenants: Sequence[str]) -> None:
        self.sent, self.is_open, self.tenants = sent, is_open, tenants
        super().__init__("sign in to go on")


class ForgedError(RoleError):
    """A form that was not sent from a page which the desk gave to who is signed in."""


@dataclass(frozen=True)
class Visit:
    """One request of somebody who is signed in. form: what was sent; csrf: what every form has to bring along."""

    request: Request
    session: Session
    form: FormData
    csrf: str

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self.session.caller

    @property
    def who(self) -> str:
        """Their name, as it is kept with what they do."""
        return self.session.caller.name

    @property
    def resolver(self) -> Resolver:
        """The only door to the store."""
        return self.session.resolver

    def may(self, role: str) -> bool:
        """Whether they may do what needs a role."""
        return self.caller.role.may(Role(role))

    def audit(self, action: str, *targets: str) -> None:
        """See `Session.audit`."""
        self.session.audit(action, *targets)

    def text(self, name: str) -> str | None:
        """A line that was typed; None for an empty one. Raises UsageError for one that is far too long."""
        typed = self.form.get(name)
        said = typed.strip() if isinstance(typed, str) else ""
        if len(said) > LONGEST or "\0" in said:
            raise UsageError(f"{name}: write {LONGEST} characters at most")
        return said or None

    def texts(self, name: str) -> tuple[str, ...]:
        """All that was chosen under a name."""
        return tuple(one for one in self.form.getlist(name) if isinstance(one, str) and one)

    def number(self, name: str) -> int | None:
        """A whole number that a form brings along; None where there is none."""
        typed = self.form.get(name)
        try:
            return int(typed) if isinstance(typed, str) and typed else None
        except ValueError as error:
            raise UsageError(f"{name}: is no number") from error

    @property
    def is_part(self) -> bool:
        """Whether a script of the page asks, for a piece of it."""
        return is_part(self.request)


async def sent(request: Request) -> FormData:
    """The form that was sent, if any."""
    form = FormData()
    if request.method == "POST":
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    request.state.sent = form
    return form


def typed(form: FormData) -> list[tuple[str, str]]:
    """What somebody typed or chose, to be kept."""
    return [(name, value) for name, value in form.multi_items() if name not in OWN and isinstance(value, str)]


def csrf_of(token: str) -> str:
    """What the forms bring along that are sent by who holds a token: nobody can make it up without that."""
    return hmac.new(token.encode(errors="replace"), b"a form of the desk", hashlib.sha256).hexdigest()


def must_be_ours(request: Request, form: FormData, token: str) -> None:
    """Raises ForgedError for a form that another site sent, or that does not bring along what ours do."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    brought = form.get("csrf")
    known = isinstance(brought, str) and hmac.compare_digest(brought.encode(), csrf_of(token).encode())
    if foreign or site not in (None, "same-origin", "none") or not known:
        raise ForgedError("the form does not come from a page of this desk; open the page again and send it from there")


def visit(request: Request, form: Annotated[FormData, Depends(sent)]) -> Visit:
    """Who is signed in. Raises SignedOutError where nobody is, ForgedError for a form of another site."""
    here, token = server_of(request), request.cookies.get(COOKIE, "")
    now = datetime.now(UTC)
    with here.database.reading() as connection:
        found = sittings.known(connection, token, now) if token else None
    if found is None or (found.by == By.NOTHING and not (here.gate.is_open() and is_from_here(request))):
        _refuse(request, here, form)
    caller = Caller(found.tenant, found.role, found.name, found.key)
    request.state.rate, refused = here.buckets.take(caller.mark)
    if refused:
        raise refused
    here.recorder.must_have_room()
    made = Visit(
        request,
        Session(caller, here.tenants.resolver(caller.tenant), request.state.request_id, here),
        form,
        csrf_of(token),
    )
    request.state.session, request.state.visit = made.session, made
    if request.method == "POST":
        must_be_ours(request, form, token)
    if now - found.seen >= sittings.STEP:
        with here.database.adding() as connection:
            sittings.touch(connection, token, now)
    return made


def _refuse(request: Request, here: Server, form: FormData) -> NoReturn:
    is_open = here.gate.is_open() and is_from_here(request)
    raise SignedOutError(form, is_open=is_open, tenants=whose(here) if is_open else ())


def whose(here: Server) -> list[str]:
    """Whose contacts the store holds."""
    with here.database.reading() as connection:
        return tenants(connection)


def fresh() -> str:
    """A token for somebody who is not signed in yet."""
    return secrets.token_urlsafe(32)


def sign_in(here: Server, sitting: Sitting, before: str | None) -> str:
    """Signs somebody in and returns their token; what the same browser was signed in to ends."""
    with here.database.adding() as connection:
        if before:
            sittings.end(connection, before)
        return sittings.begin(connection, sitting)


class _Needs:
    """Lets in those whose role is enough."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, asking: Annotated[Visit, Depends(visit)]) -> Visit:
        """The visit of somebody who may."""
        asking.caller.must_be(self.role)
        return asking


Looks = Annotated[Visit, Depends(_Needs(Role.READ))]
Decides = Annotated[Visit, Depends(_Needs(Role.STEWARD))]
Admins = Annotated[Visit, Depends(_Needs(Role.ADMIN))]
