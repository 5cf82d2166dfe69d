"""Webhooks as rows: who is told of the feed, how far each was told, and how its last tries ended."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, select, update

from resolver.errors import UnknownError
from resolver.store.database import upsert
from resolver.store.journal import Kind, aware
from resolver.store.tables import changes, deliveries, leases, webhooks

WRITING = "webhooks\n"
"""The name that writers of these tables wait for each other by: nobody else's writing has to wait for a delivery."""
KEPT = 500
"""So many tries of each webhook are kept."""


@dataclass(frozen=True)
class Webhook:
    """Whom the store tells of changes; see `tables.webhooks`."""

    number: int
    tenant: str
    webhook_id: str
    url: str
    kinds: tuple[Kind, ...]
    secret: str = field(repr=False)
    at: datetime
    who: str | None
    active: bool
    cursor: int
    upto: int | None
    tries: int
    failing_since: datetime | None
    next_at: datetime
    status: int | None
    problem: str | None


@dataclass(frozen=True)
class Outcome:
    """How a try ended. status: of HTTP, None without an answer; problem: in words, None when the message arrived."""

    status: int | None
    problem: str | None
    milliseconds: int


@dataclass(frozen=True)
class Try:
    """A line of the delivery log."""

    cursor: int
    message: str
    at: datetime
    changes: int
    status: int | None
    problem: str | None
    milliseconds: int


def add(connection: Connection, tenant: str, values: dict[str, Any]) -> Webhook:
    """A new webhook of a tenant. values: name, url, kinds, secret, at, who and cursor."""
    row = {**values, "tenant": tenant, "kinds": json.dumps(values["kinds"])}
    connection.execute(webhooks.insert().values(**row, active=True, tries=0, next_at=values["at"]))
    return read(connection, tenant, values["name"])


def listed(connection: Connection, tenant: str) -> list[Webhook]:
    """A tenant's webhooks, the oldest first."""
    query = select(webhooks).where(webhooks.c.tenant == tenant).order_by(webhooks.c.number)
    return [_webhook(row) for row in connection.execute(query)]


def read(connection: Connection, tenant: str, webhook_id: str) -> Webhook:
    """One webhook of a tenant; UnknownError where it has none of this id."""
    query = select(webhooks).where(webhooks.c.tenant == tenant, webhooks.c.name == webhook_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownError(f"there is no webhook {webhook_id}")
    return _webhook(row)


def remove(connection: Connection, hook: Webhook) -> None:
    """Takes out a webhook with its log."""
    connection.execute(delete(deliveries).where(deliveries.c.webhook == hook.number))
    connection.execute(delete(webhooks).where(webhooks.c.number == hook.number))


def switch(connection: Connection, hook: Webhook, active: bool, now: datetime) -> None:
    """Pauses a webhook, or goes on where it was left."""
    values: dict[str, Any] = {"active": active}
    if active:
        values |= {"tries": 0, "failing_since": None, "next_at": now}
    connection.execute(update(webhooks).where(webhooks.c.number == hook.number).values(values))


def due(connection: Connection, now: datetime, limit: int) -> list[Webhook]:
    """The webhooks of all tenants that are to be told something now, who waits longest first."""
    news = exists().where(changes.c.tenant == webhooks.c.tenant, changes.c.number > webhooks.c.cursor)
    query = select(webhooks).where(webhooks.c.active, webhooks.c.next_at <= now, news)
    return [
        _webhook(row) for row in connection.execute(query.order_by(webhooks.c.next_at, webhooks.c.number).limit(limit))
    ]


def announce(connection: Connection, hook: Webhook, upto: int) -> bool:
    """Writes down which change a message ends with, before it is sent; whether the webhook is still where it was."""
    return _changed(connection, hook, {"upto": upto})


def arrived(connection: Connection, hook: Webhook, upto: int, outcome: Outcome | None, now: datetime) -> bool:
    """Goes on after a change; outcome: of the message, None where there was nothing to tell."""
    values = {"cursor": upto, "upto": None, "tries": 0, "failing_since": None, "next_at": now}
    if outcome is not None:
        values |= {"status": outcome.status, "problem": None}
    return _changed(connection, hook, values)


def failed(connection: Connection, hook: Webhook, outcome: Outcome, now: datetime, next_at: datetime | None) -> bool:
    """Writes down that a message did not arrive. next_at: when it is tried again; None pauses the webhook."""
    values = {
        "tries": hook.tries + 1,
        "failing_since": hook.failing_since or now,
        "status": outcome.status,
        "problem": outcome.problem,
        **({"active": False} if next_at is None else {"next_at": next_at}),
    }
    return _changed(connection, hook, values)


def _changed(connection: Connection, hook: Webhook, values: dict[str, Any]) -> bool:
    """Changes a webhook that nobody else moved on meanwhile."""
    same = webhooks.c.number == hook.number, webhooks.c.cursor == hook.cursor
    return bool(connection.execute(update(webhooks).where(*same).values(values)).rowcount)


def log(connection: Connection, hook: Webhook, message: str, told: int, outcome: Outcome, at: datetime) -> None:
    """Adds a try to the log, and lets the oldest of this webhook go. told: how many changes the message holds."""
    row = {"status": outcome.status, "problem": outcome.problem, "milliseconds": outcome.milliseconds}
    of = {"tenant": hook.tenant, "webhook": hook.number, "message": message, "at": at, "changes": told}
    connection.execute(deliveries.insert().values(**of, **row))
    mine = deliveries.c.webhook == hook.number
    oldest = select(deliveries.c.number).where(mine).order_by(deliveries.c.number.desc()).offset(KEPT).limit(1)
    connection.execute(delete(deliveries).where(mine, deliveries.c.number <= oldest.scalar_subquery()))


def tries(connection: Connection, hook: Webhook, before: int | None, limit: int) -> list[Try]:
    """The log of a webhook, the latest first; before: a cursor into it."""
    query = select(deliveries).where(deliveries.c.tenant == hook.tenant, deliveries.c.webhook == hook.number)
    if before is not None:
        query = query.where(deliveries.c.number < before)
    rows = connection.execute(query.order_by(deliveries.c.number.desc()).limit(limit))
    return [
        Try(row.number, row.message, aware(row.at), row.changes, row.status, row.problem, row.milliseconds)
        for row in rows
    ]


def last_change(connection: Connection, tenant: str) -> int:
    """Where a tenant's feed ends now; 0 when it is empty."""
    return connection.execute(select(func.max(changes.c.number)).where(changes.c.tenant == tenant)).scalar() or 0


def lease(connection: Connection, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Whether a holder has, or now gets, what only one may have at a time."""
    row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
    if row is not None and row.holder != holder and aware(row.until) > now:
        return False
    upsert(connection, leases, [{"name": name, "holder": holder, "until": until}], ("name",))
    return True


def let_go(connection: Connection, name: str, holder: str) -> None:
    """Gives a lease back."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def _webhook(row: Row[Any]) -> Webhook:
    values = dict(row._mapping)
    values["webhook_id"] = values.pop("name")
    values["kinds"] = tuple(Kind(kind) for kind in json.loads(values["kinds"]))
    for moment in ("at", "failing_since", "next_at"):
        values[moment] = values[moment] and aware(values[moment])
    return Webhook(**values)
