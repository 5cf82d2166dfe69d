"""Reading: rows of the store as the steps take them."""

import numpy as np
import polars as pl
from sqlalchemy import Connection

from resolver.columns import Rows
from resolver.frames import JUDGEMENTS, RECORD_KEY
from resolver.model.frozen import Frozen
from resolver.paths.region import Part
from resolver.result import Scored
from resolver.store.acts import judged
from resolver.store.rows import compared, unpacked
from resolver.store.scores import Pairs

NOBODY_SAID = pl.DataFrame(schema={name: JUDGEMENTS[name] for name in ("left_key", "right_key", "verdict")})


def part_of(connection: Connection, rows: pl.DataFrame, scored: Scored | None = None) -> Part:
    """The records of whole regions, with what people said of them. rows: ROW, in their order.

    scored: all pairs of them that are not beyond doubt, where they were compared before.
    """
    told = _by_key(judged(connection, rows["number"].to_numpy()), rows)
    return Part(compared(rows.with_columns(RECORD_KEY)), unpacked(rows["keys"]), told, scored)


def scored_of(numbers: Rows, pairs: Pairs, frozen: Frozen) -> Scored:
    """Pairs of records as pairs of rows, in ascending order. numbers: of each row; the pairs are of these."""
    order = np.argsort(numbers)
    ends = [order[np.searchsorted(numbers[order], side)] for side in (pairs.left, pairs.right)]
    left, right = np.minimum(*ends), np.maximum(*ends)
    scored = Scored(left, right, pairs.patterns, pairs.logits, frozen.model.layout)
    return scored.where(np.lexsort((right, left)))


def _by_key(said: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Verdicts on numbers as left_key, right_key and verdict; those that name other records are left out."""
    if not len(said):
        return NOBODY_SAID
    key = rows.select("number", RECORD_KEY.alias("key"))
    left = said.join(key.rename({"key": "left_key"}), left_on="left", right_on="number")
    both = left.join(key.rename({"key": "right_key"}), left_on="right", right_on="number")
    return both.select("left_key", "right_key", "verdict")
