"""Bounces: a source may say that a contact's mail bounces without saying which address did.

The address is named only when there is no doubt: another record with the same id of the same system has exactly one.
"""

import polars as pl

from resolver.lists import ROW
from resolver.on_disk import Table


def attributed(records: Table, emails: pl.DataFrame, ids: pl.DataFrame | None) -> pl.DataFrame:
    """Long e-mails (`row`, ...) with the status of those that another record's bounce can only mean.

    ids: long external ids (`row`, `normalised`). A flagged record with addresses of its own says nothing of others'.
    """
    if ids is None or "bounce_unattributed" not in records.columns:
        return emails
    flagged = records["bounce_unattributed"].is_not_null().arg_true()
    told = ids.filter(pl.col(ROW).is_in(flagged.implode()) & ~pl.col(ROW).is_in(emails[ROW].implode()))
    same = ids.filter(pl.col("normalised").is_in(told["normalised"].drop_nulls().implode()))
    only = pl.len().over(ROW) == 1
    meant = emails.select(only & pl.col(ROW).is_in(same[ROW].implode())).to_series()
    if not meant.any():
        return emails
    status = pl.col("status") if "status" in emails.columns else pl.lit(None, dtype=pl.String)
    return emails.with_columns(pl.when(meant).then(pl.lit("bounced")).otherwise(status).alias("status"))
