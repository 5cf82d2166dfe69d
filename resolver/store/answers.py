"""Answers that are given again: what was asked once under a key is done once, however often it is asked."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from resolver.errors import GoneError, ReusedError
from resolver.store.tables import answers

KEPT = timedelta(hours=24)
"""How long an answer is given again."""


@dataclass(frozen=True)
class Asked:
    """A question under a key. who: keys of different callers are different; digest: of all that was asked."""

    key: str
    digest: str
    who: str


@dataclass(frozen=True)
class Answer:
    """What was answered, to the letter."""

    status: int
    body: str


def recall(connection: Connection, tenant: str, asked: Asked) -> Answer | None:
    """The answer that was given before; None where nothing was asked under the key, or too long ago.

    Raises ReusedError when something else was asked under it, and GoneError when the answer was erased because it
    named a record that was forgotten.
    """
    query = select(answers).where(_is(tenant, asked), answers.c.at > datetime.now(UTC) - KEPT)
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.digest != asked.digest:
        raise ReusedError("something else was asked under this key before; use a key of its own for each question")
    if row.body is None:
        raise GoneError("this was answered before, and the answer was erased with a record that was forgotten")
    return Answer(row.status, row.body)


def keep(connection: Connection, tenant: str, asked: Asked, answer: Answer) -> None:
    """Keeps an answer to be given again, and drops those that are too old."""
    now = datetime.now(UTC)
    connection.execute(delete(answers).where(answers.c.tenant == tenant, answers.c.at <= now - KEPT))
    connection.execute(
        answers.insert().values(
            tenant=tenant,
            who=asked.who,
            key=asked.key,
            digest=asked.digest,
            at=now,
            status=answer.status,
            body=answer.body,
        )
    )


def erase(connection: Connection, tenant: str, *names: str) -> None:
    """Empties the answers, JSON, in which one of some names stands as a text. That they were given is still known."""
    texts = [json.dumps(name, ensure_ascii=False) for name in names]
    found = connection.execute(select(answers).where(answers.c.tenant == tenant, answers.c.body.is_not(None)))
    for row in found.all():
        if any(text in row.body for text in texts):
            here = and_(answers.c.tenant == tenant, answers.c.who == row.who, answers.c.key == row.key)
            connection.execute(update(answers).where(here).values(body=None))


def _is(tenant: str, asked: Asked) -> ColumnElement[bool]:
    return and_(answers.c.tenant == tenant, answers.c.who == asked.who, answers.c.key == asked.key)
