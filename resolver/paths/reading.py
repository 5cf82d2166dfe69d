"""Reading: rows of the store as the steps take them."""

import polars as pl
from sqlalchemy import Connection

from resolver.frames import JUDGEMENTS, RECORD_KEY
from resolver.model.frozen import Frozen
from resolver.paths.region import Region, Whole
from resolver.store.acts import judged
from resolver.store.rows import compared, unpacked

NOBODY_SAID = pl.DataFrame(schema={name: JUDGEMENTS[name] for name in ("left_key", "right_key", "verdict")})


def resolve_rows(connection: Connection, frozen: Frozen, rows: pl.DataFrame, whole: Whole) -> Region:
    """Resolves the records of whole regions, with what people said of them. rows: ROW, in their order."""
    told = _by_key(judged(connection, rows["number"].to_numpy()), rows)
    return Region.of(compared(rows.with_columns(RECORD_KEY)), unpacked(rows["keys"]), told, frozen, whole)


def _by_key(said: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Verdicts on numbers as left_key, right_key and verdict; those that name other records are left out."""
    if not len(said):
        return NOBODY_SAID
    key = rows.select("number", RECORD_KEY.alias("key"))
    left = said.join(key.rename({"key": "left_key"}), left_on="left", right_on="number")
    both = left.join(key.rename({"key": "right_key"}), left_on="right", right_on="number")
    return both.select("left_key", "right_key", "verdict")
