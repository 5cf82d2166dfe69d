"""Hints: names and employers that e-mail addresses spell, as further values to compare, not to show."""

import polars as pl

from rules.email_hints import employer, names

ROW = "row"
NAMES = ("given", "family")


def with_hints(normalised: pl.DataFrame) -> pl.DataFrame:
    """NORMALISED with what its e-mails add to given name, family name and company; each distinct case looked at once.

    An initial gives way to the name it stands for. An employer is added only where a record has none.
    """
    if "email" not in normalised.columns:
        return normalised
    rows = normalised.with_row_index(ROW)
    mail = rows.select(ROW, "email").explode("email").drop_nulls()
    for hinted in (_names(rows, mail), _employers(rows, mail)):
        rows = rows.update(hinted, on=ROW, how="left", maintain_order="left") if len(hinted.columns) > 1 else rows
    return rows.drop(ROW)


def _names(rows: pl.DataFrame, mail: pl.DataFrame) -> pl.DataFrame:
    """(row, given, family): lists of names, for rows whose e-mails add to them."""
    held = [name for name in NAMES if name in rows.columns]
    own = {name: pl.col(name).list.first() if name in held else pl.lit(None, dtype=pl.String) for name in NAMES}
    cases = mail.join(rows.select(ROW, **own), on=ROW, maintain_order="left")
    distinct = cases.select("email", *NAMES).unique(maintain_order=True)
    spelled = [names(*case) for case in distinct.iter_rows()]
    told = {name: pl.Series([case[place] for case in spelled], dtype=pl.String) for place, name in enumerate(NAMES)}
    table = distinct.with_columns(told[name].alias(f"{name}_told") for name in held)
    found = cases.join(table, on=["email", *NAMES], nulls_equal=True, maintain_order="left")
    lists = found.group_by(ROW, maintain_order=True).agg(pl.col(f"{name}_told").drop_nulls() for name in held)
    lists = lists.join(rows.select(ROW, *held), on=ROW, maintain_order="left")
    return lists.select(ROW, *(_added(name).alias(name) for name in held))


def _added(name: str) -> pl.Expr:
    """The record's own names and behind them those that e-mails tell; null where these tell none."""
    told = pl.col(f"{name}_told")
    own = pl.col(name).fill_null([])
    if name == "given":
        own = pl.when(told.list.len() > 0).then(own.list.filter(pl.element().str.len_chars() > 1)).otherwise(own)
    return pl.when(told.list.len() > 0).then(own.list.concat(told).list.unique(maintain_order=True))


def _employers(rows: pl.DataFrame, mail: pl.DataFrame) -> pl.DataFrame:
    """(row, company): for rows that have no company and an address at a domain of its own."""
    if "company" not in rows.columns:
        return rows.select(ROW)
    alone = mail.join(rows.filter(pl.col("company").list.len().fill_null(0) == 0).select(ROW), on=ROW, how="semi")
    distinct = alone["email"].unique(maintain_order=True)
    table = pl.DataFrame({"email": distinct, "company": pl.Series(map(employer, distinct), dtype=pl.String)})
    found = alone.join(table, on="email", maintain_order="left").drop_nulls("company")
    return found.group_by(ROW, maintain_order=True).agg(pl.col("company").unique(maintain_order=True))
