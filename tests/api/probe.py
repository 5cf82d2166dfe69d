"""Routes that are there for the tests alone: one a role, and some that go wrong."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from api.deps import Admins, Matches, Reads, Stewards

router = APIRouter()


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""
    more: Annotated[list[int], Field(max_length=3)] = []
    deep: object = None


@router.get("/probe/read")
def probe_read(session: Reads):
    return {"tenant": session.caller.tenant, "role": session.caller.role, "name": session.caller.name}


@router.get("/probe/match")
def probe_match(session: Matches):
    session.audit("probe.matched", "e1", "e2")
    session.matched(2)


@router.get("/probe/steward")
def probe_steward(session: Stewards):
    session.audit("probe.one", "e1")
    session.audit("probe.two")


@router.get("/probe/admin")
def probe_admin(session: Admins):
    pass


@router.get("/probe/error/{number}")
def probe_error(number: int, request: Request):
    raise request.app.state.errors[number]


@router.get("/probe/broken")
def probe_broken():
    def some():
        yield "begun"
        raise ValueError("ann.lee@x.com")

    return StreamingResponse(some())


@router.post("/probe/body")
def probe_body(asked: Asked):
    return len(asked.name)


@router.post("/probe/lines")
async def probe_lines(request: Request):
    return len(await request.body())


@router.get("/probe/slow")
def probe_slow(request: Request, seconds: float = 10):
    """Takes till the test says so."""
    request.app.state.begun.append(1)
    request.app.state.gate.wait(seconds)
    request.app.state.ended.append(1)


@router.get("/probe/late")
def probe_late(request: Request, session: Reads):
    """Takes till the test says so, and tells the audit after that."""
    request.app.state.gate.wait(10)
    session.audit("probe.late")
