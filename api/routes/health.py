"""Whether the server is alive and ready, and how it fares."""

from typing import Annotated, Literal

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

from api.deps import Server, server
from api.problems import UnreadyError, answers
from resolver.store.migrate import fits

router = APIRouter(tags=["operation"])
aside = anyio.CapacityLimiter(2)
"""Threads for these routes alone: they answer also when all others are at work."""
Here = Annotated[Server, Depends(server)]


class Health(BaseModel):
    """The server is alive."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """The server is ready."""

    status: Literal["ready"] = "ready"


@router.get("/v1/health", responses=answers(alone=True))
async def health() -> Health:
    """Whether the server is alive. It does not ask the store."""
    return Health()


@router.get("/v1/ready", responses=answers(503, alone=True))
async def ready(here: Here) -> Ready:
    """Whether the server can work: its database answers, and is of the version that it needs."""
    if not await anyio.to_thread.run_sync(fits, here.database, limiter=aside):
        raise UnreadyError("the store is of another version; run: resolver db upgrade --db URL")
    return Ready()


@router.get("/metrics", response_class=PlainTextResponse, responses=answers(alone=True))
async def metrics(here: Here) -> PlainTextResponse:
    """What the server counts, as Prometheus reads it: requests, latencies, matches, and the sizes of the store."""
    told = await anyio.to_thread.run_sync(here.metrics.told, limiter=aside)
    return PlainTextResponse(told, media_type="text/plain; version=0.0.4; charset=utf-8")
