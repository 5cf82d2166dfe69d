"""What a route is handed: who asks, and the resolver of their tenant, the only door to the store."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from api.access import Caller, Role
from api.gate import Gate
from api.limits import Buckets
from api.metrics import Metrics
from api.recorder import Recorder
from api.settings import Settings
from resolver.paths.looking import Found
from resolver.paths.online import Resolver
from resolver.store.audit import Line
from resolver.store.database import Database

ABANDONED = 499
"""The status that the log tells of a request whose caller did not wait for the answer."""
MOST_TENANTS = 64
"""Resolvers that are kept: each holds its tenant's model in memory."""

bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="An API key, or a JWT.")
api_key = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="api_key", description="An API key.")


class Tenants:
    """The resolvers of the tenants that asked last."""

    def __init__(self, database: Database) -> None:
        self._database, self._lock = database, Lock()
        self._resolvers: OrderedDict[str, Resolver] = OrderedDict()

    def resolver(self, tenant: str) -> Resolver:
        """The resolver of a tenant."""
        with self._lock:
            found = self._resolvers.pop(tenant, None) or Resolver(self._database, tenant)
            self._resolvers[tenant] = found
            if len(self._resolvers) > MOST_TENANTS:
                self._resolvers.popitem(last=False)
            return found


class Server:
    """What the requests of one process share."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.gate, self.tenants = Gate(database, settings), Tenants(database)
        self.buckets, self.metrics, self.recorder = Buckets(settings), Metrics(database), Recorder(database)

    def close(self) -> None:
        """Ends what runs beside the requests, and gives back the database."""
        self.recorder.close()
        self.database.close()


@dataclass
class Session:
    """One request of one caller."""

    caller: Caller
    resolver: Resolver
    request_id: str
    server: Server
    _audited: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def audit(self, action: str, *targets: str) -> None:
        """Writes down that the caller does or sees something.

        action: such as "entity.read". targets: ids of entities, cases or acts; never the id of a source's record,
        which may be an address. A request that says nothing is written down by the name of its route.
        """
        self._audited.append((action, targets))

    def matched(self, contacts: int) -> None:
        """Counts contacts that were matched, for the metrics."""
        self.server.metrics.matches.inc(contacts)

    def answered(self, *found: Sequence[Found] | None) -> None:
        """Counts what would become of contacts that were asked about, by the likeliest entity of each."""
        for each in found:
            self.server.metrics.outcomes.labels(str(each[0].match.decision) if each else "none").inc()

    def lines(self, operation: str, status: int) -> list[Line]:
        """What the audit says of a request that is over: `operation`, where it said nothing itself and was let in."""
        # of one that failed or was not waited for nobody knows what it came to
        done = status < HTTPStatus.BAD_REQUEST or status == HTTPStatus.CONFLICT or status >= ABANDONED
        told = self._audited or ([(operation, ())] if done else [])
        now, who = datetime.now(UTC), self.caller
        return [
            Line(now, who.tenant, who.name, str(who.role), action, targets, self.request_id) for action, targets in told
        ]


async def server(request: Request) -> Server:
    """The server that a request came to; asynchronous, so that it takes no thread."""
    return server_of(request)


def server_of(request: Request) -> Server:
    """The server that a request came to."""
    found: Server = request.app.state.server
    return found


def session(
    request: Request,
    authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    key: Annotated[str | None, Depends(api_key)],
) -> Session:
    """Who asks, by the credential they show."""
    here = server_of(request)
    caller = here.gate.caller(authorization.credentials if authorization else key, request)
    request.state.rate, refused = here.buckets.take(caller.mark)
    if refused:
        raise refused
    here.recorder.must_have_room()
    made = Session(caller, here.tenants.resolver(caller.tenant), request.state.request_id, here)
    request.state.session = made
    return made


class Needs:
    """Lets in callers whose role is enough."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, asking: Annotated[Session, Depends(session)]) -> Session:
        """The session of a caller who may."""
        asking.caller.must_be(self.role)
        return asking


Reads = Annotated[Session, Depends(Needs(Role.READ))]
Matches = Annotated[Session, Depends(Needs(Role.MATCH))]
Stewards = Annotated[Session, Depends(Needs(Role.STEWARD))]
Admins = Annotated[Session, Depends(Needs(Role.ADMIN))]
