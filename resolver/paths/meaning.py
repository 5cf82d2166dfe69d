"""Meaning: which record, or which records, a person means by what they type."""

from typing import Any

import numpy as np
from sqlalchemy import Connection

from resolver.columns import Rows
from resolver.errors import UnknownError, UsageError
from resolver.frames import RECORD_KEY
from resolver.paths.viewing import present
from resolver.store import past
from resolver.store.rows import fetch

FOUND = ("number", "source", "record_id", "entity", "excluded")


def record_of(connection: Connection, tenant: str, word: str) -> dict[str, Any]:
    """The row, FOUND, of the record that is meant by `source:id`, or by a bare id that one source has.

    Raises UnknownError where there is none, UsageError where there are several.
    """
    parts = word.split(":")
    ids = [":".join(parts[place:]) for place in range(len(parts))]
    rows = fetch(connection, tenant, "record_id", ids, FOUND)
    keyed = rows.filter(word == RECORD_KEY)
    meant = keyed if len(keyed) else rows.filter(record_id=word)
    if not len(meant):
        raise UnknownError(f"there is no record or entity {word}; records are written source:id")
    if len(meant) > 1:
        raise UsageError(
            f"{word} may be any of {', '.join(meant.select(RECORD_KEY).to_series().sort())}; write source:id"
        )
    return meant.row(0, named=True)


def records_meant(connection: Connection, tenant: str, word: str) -> Rows:
    """The numbers, ascending, of the records that are meant: by an entity's id all of its records.

    Raises as `record_of` does, and GoneError for an entity of which nothing is left.
    """
    if past.number_of(connection, tenant, word) is None:
        return np.asarray([record_of(connection, tenant, word)["number"]], dtype=np.int64)
    found = fetch(connection, tenant, "entity", present(connection, tenant, word), ("number",))
    return np.sort(found["number"].to_numpy())
