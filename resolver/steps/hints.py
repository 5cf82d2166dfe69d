"""Hints: names and employers that e-mail addresses spell, as further values to compare, not to show."""

import polars as pl

from resolver.lists import ROW, instead, lists
from rules.email.hints import employer, names
from rules.email.hints_fast import all_names
from rules.values.distinct import of_each
from rules.values.hidden import HIDDEN
from rules.values.pairs import completed

NAMES = ("given", "family")


def with_hints(normalised: pl.DataFrame) -> pl.DataFrame:
    """NORMALISED with what its e-mails add to given name, family name and company; each distinct case looked at once.

    An initial gives way to the name it stands for. An employer is added only where a record has none.
    """
    if "email" not in normalised.columns:
        return normalised
    mail = normalised.select("email").with_row_index(ROW).filter(pl.col("email").list.len() > 0).explode("email")
    mail = mail.drop_nulls()
    hinted = _names(normalised, mail)
    if "company" in normalised.columns:
        hinted.append(_with_employers(normalised["company"], mail))
    return normalised.with_columns(hinted)


def _names(normalised: pl.DataFrame, mail: pl.DataFrame) -> list[pl.Series]:
    """The columns of names, with those that e-mails add to them."""
    held = [name for name in NAMES if name in normalised.columns]
    nothing = pl.repeat(None, len(mail), dtype=pl.String, eager=True)
    own = {name: normalised[name].list.first().gather(mail[ROW]) if name in held else nothing for name in NAMES}
    told = _told(mail["email"], own["given"], own["family"])
    added = []
    for name in held:
        there = told[name].is_not_null()
        further = lists(mail[ROW].filter(there), told[name].filter(there), len(normalised))
        added.append(_added(normalised[name], further, initials=name == "given"))
    return added


def _told(email: pl.Series, given: pl.Series, family: pl.Series) -> dict[str, pl.Series]:
    """What `names` says of each case."""
    told_given, told_family, covered = all_names(email, given, family)
    told = {"given": told_given, "family": told_family}
    if covered.all():
        return told
    spelled, codes = of_each(names, *(column.filter(~covered) for column in (email, given, family)))
    for name, each in zip(NAMES, zip(*spelled, strict=True), strict=True):
        rest = pl.Series(each, dtype=pl.String).gather(codes)
        told[name] = completed(told[name], covered, rest)
    return told


def _added(own: pl.Series, told: pl.Series, *, initials: bool) -> pl.Series:
    """The records' own names and behind them those that e-mails tell; an initial goes where a given name is told."""
    there = told.is_not_null()
    both = pl.DataFrame([own.filter(there).alias("own"), told.filter(there).alias("told")])
    kept = pl.col("own").fill_null([])
    if initials:
        kept = kept.list.filter(pl.element().str.len_chars() > 1)
    joined = both.select(kept.list.concat("told").list.unique(maintain_order=True)).to_series()
    return instead(own, joined, there)


def _with_employers(company: pl.Series, mail: pl.DataFrame) -> pl.Series:
    """The companies, and employers where a record has none and an address at a domain of its own."""
    alone = company.list.len().fill_null(0).gather(mail[ROW]) == 0
    whole = mail.filter(alone & ~mail["email"].str.contains(HIDDEN, literal=True))
    # all addresses at one domain tell the same employer
    found, codes = of_each(employer, whole.select(pl.col("email").str.extract("(@[^@]*)$")).to_series())
    told = lists(whole[ROW], pl.Series(found, dtype=pl.String).gather(codes), len(company))
    return company.zip_with(told.is_null(), told.alias(company.name))
