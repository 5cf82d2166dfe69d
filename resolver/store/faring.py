"""Faring: what waits in a store, over all tenants, for those who run it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from resolver.store.case_tables import cases
from resolver.store.journal import aware
from resolver.store.tables import changes, commits, webhooks


def faring(connection: Connection, now: datetime) -> dict[str, float]:
    """How many cases wait for a steward, and webhooks for somebody to look at them; how long the oldest has waited.

    reviews_open, review_oldest_seconds: cases. webhook_lag_seconds: since the earliest change that a webhook which is
    not paused was not told of; webhooks_failing: those whose last message did not arrive; webhooks_paused. Counted in
    one pass over the open cases, and a look into an index for each webhook.
    """
    waiting, first = connection.execute(
        select(func.count(), func.min(cases.c.begin)).where(cases.c.end.is_(None))
    ).one()
    untold = (
        select(func.min(changes.c.number))
        .where(changes.c.tenant == webhooks.c.tenant, changes.c.number > webhooks.c.cursor)
        .scalar_subquery()
    )
    behind = connection.execute(select(func.min(untold)).where(webhooks.c.active)).scalar()
    its_commit = select(changes.c.commit).where(changes.c.number == behind).scalar_subquery()
    counts = select(
        func.count().filter(webhooks.c.active, webhooks.c.failing_since.is_not(None)),
        func.count().filter(~webhooks.c.active),
    )
    failing, paused = connection.execute(counts.select_from(webhooks)).one()
    return {
        "reviews_open": waiting,
        "review_oldest_seconds": _since(connection.execute(_at(first)).scalar(), now),
        "webhook_lag_seconds": _since(connection.execute(_at(its_commit)).scalar(), now) if behind else 0.0,
        "webhooks_failing": failing,
        "webhooks_paused": paused,
    }


def _at(commit: Any) -> Select[Any]:
    return select(commits.c.at).where(commits.c.number == commit)


def _since(at: datetime | None, now: datetime) -> float:
    """Seconds; a clock that was set back makes none of them negative."""
    return max(0.0, (now - aware(at)).total_seconds()) if at else 0.0
