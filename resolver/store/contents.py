"""Contents: what single records say and where they are, read without a frame."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from resolver.store.database import bound, one_of
from resolver.store.rows import FORGOTTEN
from resolver.store.tables import records

BITS = (1 << 64) - 1


@dataclass(frozen=True)
class Held:
    """A record as the store has it. entity: the number of its entity; None while it is set aside."""

    number: int
    source: str
    record_id: str
    content: dict[str, Any]
    version: str
    entity: int | None

    @property
    def key(self) -> str:
        """`source:id`."""
        return f"{self.source}:{self.record_id}"


def held(connection: Connection, tenant: str, keys: Sequence[tuple[str, str]]) -> dict[str, Held]:
    """The records of some keys (source, record_id) that the store has, by `source:id`; forgotten ones are not told."""
    wanted = {f"{source}:{record_id}" for source, record_id in keys}
    return {
        one.key: one for one in _read(connection, tenant, [record_id for _, record_id in keys]) if one.key in wanted
    }


def named(connection: Connection, tenant: str, words: Sequence[str]) -> dict[str, Held]:
    """The same for keys written `source:id`; where the source ends is not always plain to see."""
    ids = {word[place + 1 :] for word in words for place, letter in enumerate(word) if letter == ":"}
    return {one.key: one for one in _read(connection, tenant, sorted(ids)) if one.key in words}


@cache
def _query(dialect: str) -> Select[Any]:
    return select(*(records.c[name] for name in ("number", "source", "record_id", "content", "mark", "entity"))).where(
        records.c.tenant == bindparam("tenant"),
        records.c.excluded.is_distinct_from(FORGOTTEN),
        one_of(records.c.record_id, "ids", dialect),
    )


def _read(connection: Connection, tenant: str, ids: Sequence[str]) -> list[Held]:
    rows = connection.execute(_query(connection.dialect.name), {"tenant": tenant, "ids": bound(ids, connection)})
    return [
        Held(row.number, row.source, row.record_id, json.loads(row.content), version(row.mark), row.entity)
        for row in rows
    ]


def version(mark: int) -> str:
    """The hash of a record's content as text: the same content has the same version.

    >>> version(-1), version(255)
    ('ffffffffffffffff', '00000000000000ff')
    """
    return f"{mark & BITS:016x}"
