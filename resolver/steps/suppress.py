"""Suppress: what a record that was left out said about being contacted, for those who share its address or number.

A deleted duplicate is no member, and its consent is not the person's. But whoever opted out there would be surprised to
hear from us here, so it is told.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from resolver.columns import Column
from resolver.index import in_full
from resolver.on_disk import Table
from resolver.steps.gather import KEY

CHANNEL_OF = {"email": ("email", "marketing"), "phone": ("phone", "sms", "marketing")}


def suppressions(records: Table, columns: Mapping[str, Column], excluded: pl.Series) -> pl.DataFrame:
    """(record_key, said_by, channel, field): live records that share a value with one left out that said no."""
    schema = {KEY: pl.String(), "said_by": pl.String(), "channel": pl.String(), "field": pl.String()}
    none = pl.DataFrame(schema=schema)
    if "consent" not in records.columns or not isinstance(records.schema["consent"], pl.List):
        return none
    out = excluded.is_not_null().to_numpy()
    denied = (
        records.select(KEY, "consent")
        .with_row_index("row")
        .filter(pl.Series(out))
        .explode("consent")
        .filter(pl.col("consent").struct.field("state") == "denied")
        .select("row", said_by=KEY, channel=pl.col("consent").struct.field("channel"))
    )
    found = [none]
    for field, channels in CHANNEL_OF.items():
        if field not in columns or not len(denied):
            continue
        rows, codes = columns[field].held
        shown = in_full(columns[field])[codes]
        rows, codes = rows[shown], codes[shown]
        held = pl.DataFrame({"row": rows.astype(np.uint32), "code": codes})
        said = denied.filter(pl.col("channel").is_in(channels)).join(held, on="row").drop("row")
        heard = held.filter(~pl.Series(out[rows])).join(said, on="code")
        keys = records[KEY].gather(heard["row"]).alias(KEY)
        found.append(heard.select(keys, "said_by", "channel", pl.lit(field).alias("field")))
    return pl.concat(found).unique().sort(KEY, "said_by", "channel", "field")
