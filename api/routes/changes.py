"""The feed: what happened to entities, in order."""

import time
from typing import Annotated

import anyio
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from api.deps import Reads
from api.problems import answers
from api.schemas.changes import ChangeOut, ChangesOut
from api.settings import MOST_ON_A_PAGE, PAGE

router = APIRouter(tags=["changes"])
LAST = 2**63 - 1
"""No cursor is larger."""
LONGEST_WAIT = 20
"""Seconds that a request waits for news at most; less than a request may take."""
AGAIN = 0.25
"""Seconds until the feed is looked at once more."""


# a request that waits holds no thread: the pool is for those that work
@router.get("/v1/changes", responses=answers(), summary="Follow what happens to entities")
async def changes(
    session: Reads,
    cursor: Annotated[
        int, Query(ge=0, le=LAST, description="What comes after it; 0 for all there ever was.", examples=[0])
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Changes at most.", examples=[PAGE])] = PAGE,
    wait: Annotated[
        int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for news if there are none.", examples=[0])
    ] = 0,
) -> ChangesOut:
    """What happened to entities after a cursor, in order: created, updated, merged, split, deleted, forgotten.

    Keep `next_cursor` and ask with it the next time: nothing is left out, nothing comes twice. With `wait` the answer
    comes as soon as there is news, or empty after so many seconds.
    """
    until = time.monotonic() + wait
    news = await run_in_threadpool(session.resolver.changes, cursor, limit + 1)
    while not news and time.monotonic() < until:
        await anyio.sleep(AGAIN)
        news = await run_in_threadpool(session.resolver.changes, cursor, limit + 1)
    page = [ChangeOut.model_validate(change) for change in news[:limit]]
    return ChangesOut(changes=page, next_cursor=page[-1].cursor if page else cursor, more=len(news) > limit)
