"""Opinions: what a steward said of a case that needs a second one to say the same, until it is decided."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, select

from resolver.store.case_tables import cases, opinions
from resolver.store.database import among, bound, upsert
from resolver.store.journal import aware


@dataclass(frozen=True)
class Opinion:
    """What a steward said of a case. leave_out, also, values: as in a decision; version: of the case as it was."""

    who: str
    at: datetime
    version: int
    verdict: str
    why: str | None
    leave_out: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> tuple[Any, ...]:
        """All in which two opinions have to be alike to be one decision."""
        return self.verdict, sorted({*self.leave_out}), sorted({*self.also}), dict(self.values)


def write(connection: Connection, tenant: str, number: int, said: Opinion) -> None:
    """Keeps what a steward says of a case, in place of what they said of it before."""
    told = json.dumps({"leave_out": said.leave_out, "also": said.also, "values": dict(said.values)})
    row = {
        "case": number, "who": said.who, "tenant": tenant, "at": said.at, "version": said.version,
        "verdict": said.verdict, "why": said.why, "said": told,
    }  # fmt: skip
    upsert(connection, opinions, [row], ("case", "who"))


def on(connection: Connection, tenant: str, numbers: Sequence[int]) -> dict[int, tuple[Opinion, ...]]:
    """What stewards say of some cases as they are now, the first first; what they said of them as they were is out of
    date."""
    query = _of_now(tenant).where(among(opinions.c.case, "numbers", connection))
    rows = connection.execute(query.order_by(opinions.c.at, opinions.c.who), {"numbers": bound(numbers, connection)})
    found: dict[int, list[Opinion]] = defaultdict(list)
    for row in rows:
        told = json.loads(row.said)
        rest = tuple(told["leave_out"]), tuple(told["also"]), told["values"]
        found[row.case].append(Opinion(row.who, aware(row.at), row.version, row.verdict, row.why, *rest))
    return {number: tuple(each) for number, each in found.items()}


def withdraw(connection: Connection, tenant: str, number: int, who: str) -> bool:
    """Takes back what a steward said of a case; whether there was anything."""
    mine = (opinions.c.tenant == tenant, opinions.c.case == number, opinions.c.who == who)
    return connection.execute(delete(opinions).where(*mine)).rowcount > 0


def end(connection: Connection, tenant: str, number: int) -> None:
    """Takes away what was said of a case, once it is decided."""
    connection.execute(delete(opinions).where(opinions.c.tenant == tenant, opinions.c.case == number))


def waiting(tenant: str) -> Select[Any]:
    """The numbers of the cases of which somebody said something that is not decided."""
    return _of_now(tenant).with_only_columns(opinions.c.case)


def said_by_alone(tenant: str, who: str) -> Select[Any]:
    """The numbers of the cases that wait for anybody but one steward, who is the only one that said something."""
    alone = and_(func.count() == 1, func.min(opinions.c.who) == who)
    return waiting(tenant).group_by(opinions.c.case).having(alone)


def _of_now(tenant: str) -> Select[Any]:
    now = cases.alias()
    as_is = and_(now.c.number == opinions.c.case, now.c.changed == opinions.c.version)
    return select(opinions).join(now, as_is).where(opinions.c.tenant == tenant, now.c.end.is_(None))
