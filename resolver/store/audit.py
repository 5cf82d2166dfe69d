"""Audit: who did and looked at what over the API. Lines are added and read, and never changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from resolver.store.journal import aware
from resolver.store.tables import audit


@dataclass(frozen=True)
class Line:
    """One act. targets: ids of entities, cases or acts; a record's own id may be somebody's address, and stays out."""

    at: datetime
    tenant: str
    who: str
    role: str
    action: str
    targets: tuple[str, ...]
    request: str


def add(connection: Connection, lines: Sequence[Line]) -> None:
    """Writes lines down, in their order."""
    if lines:
        connection.execute(
            audit.insert(), [{**vars(line), "targets": json.dumps(line.targets, ensure_ascii=False)} for line in lines]
        )


def last(connection: Connection, tenant: str, most: int) -> list[Line]:
    """The last lines of a tenant, in their order."""
    query = select(audit).where(audit.c.tenant == tenant).order_by(audit.c.number.desc()).limit(most)
    return [
        Line(aware(row.at), row.tenant, row.who, row.role, row.action, tuple(json.loads(row.targets)), row.request)
        for row in reversed(connection.execute(query).all())
    ]
