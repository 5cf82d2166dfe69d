"""Scores: the pairs of records that were compared and are not beyond doubt."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, Delete, Select, delete, or_, select

from resolver.columns import Rows
from resolver.model.layout import Floats, Patterns
from resolver.store.database import bound, insert, one_of, plain
from resolver.store.lookups import signed
from resolver.store.tables import scores


class Pairs(NamedTuple):
    """Pairs of records by their numbers, left < right, what they show, and their natural log odds."""

    left: Rows
    right: Rows
    patterns: Patterns
    logits: Floats

    def where(self, kept: np.ndarray[Any, Any]) -> "Pairs":
        """Some of them."""
        return Pairs(*(column[kept] for column in self))


def within(connection: Connection, numbers: Rows) -> Pairs:
    """The pairs within some records."""
    rows = plain(connection, _within(connection.dialect.name), {"numbers": bound(numbers, connection)})
    if not rows:
        none = np.zeros(0, dtype=np.int64)
        return Pairs(none, none, none.view(np.uint64), np.zeros(0))
    left, right, patterns, logits = zip(*rows, strict=True)
    ends = np.array([left, right], dtype=np.int64)
    return Pairs(ends[0], ends[1], np.array(patterns, dtype=np.int64).view(np.uint64), np.array(logits))


def keep(connection: Connection, pairs: Pairs) -> None:
    """Writes pairs down, whichever of their records comes first."""
    left, right = np.minimum(pairs.left, pairs.right), np.maximum(pairs.left, pairs.right)
    told = {"left": left, "right": right, "pattern": signed(pairs.patterns), "logit": pairs.logits}
    insert(connection, scores, told)


def forget(connection: Connection, numbers: Rows) -> None:
    """Forgets all pairs of some records, with each other and with any."""
    connection.execute(_forget(connection.dialect.name), {"numbers": bound(numbers, connection)})


@cache
def _within(dialect: str) -> Select[Any]:
    # Of a sum no index knows: it would be asked for every two of the records.
    both = (one_of(side, "numbers", dialect) for side in (scores.c.left, scores.c.right + 0))
    return select(scores.c.left, scores.c.right, scores.c.pattern, scores.c.logit).where(*both)


@cache
def _forget(dialect: str) -> Delete:
    return delete(scores).where(or_(*(one_of(side, "numbers", dialect) for side in (scores.c.left, scores.c.right))))
