"""Hints: names and employers that e-mail addresses spell, as further values to compare, not to show."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from resolver.columns import Column, Rows, extended
from rules.email.hints import employer, names
from rules.email.hints_fast import all_employers, all_names
from rules.values.distinct import FEW, of_each
from rules.values.pairs import Texts, completed

NAMES = ("given", "family")


def with_hints(fields: Mapping[str, Column]) -> dict[str, Column]:
    """The fields of records with what their e-mails add to given name, family name and company.

    An initial gives way to the name it stands for. An employer is added only where a record has none.
    """
    hinted = dict(fields)
    if "email" not in fields:
        return hinted
    hinted |= _names(fields)
    if "company" in fields:
        hinted["company"] = _with_employers(fields["company"], fields["email"])
    return hinted


def _names(fields: Mapping[str, Column]) -> dict[str, Column]:
    """The columns of names, with those that e-mails add to them."""
    emails, held = fields["email"], [name for name in NAMES if name in fields]
    rows, codes = emails.held
    nothing = pl.repeat("", len(rows), dtype=pl.String, eager=True)
    own = {name: fields[name].values.gather(fields[name].first[rows]) if name in held else nothing for name in NAMES}
    told = _told(emails.values.gather(codes), own["given"], own["family"])
    added = {}
    for name in held:
        there = told[name].is_not_null()
        added[name] = _added(fields[name], rows[there.to_numpy()], told[name].filter(there), initials=name == "given")
    return added


def _told(email: pl.Series, given: pl.Series, family: pl.Series) -> dict[str, pl.Series]:
    """What `names` says of each case."""
    if len(email) < FEW:
        return _spelled(email, given, family)
    told_given, told_family, covered = all_names(email, given, family)
    told = {"given": told_given, "family": told_family}
    if covered.all():
        return told
    rest = _spelled(*(column.filter(~covered) for column in (email, given, family)))
    return {name: completed(told[name], covered, rest[name]) for name in NAMES}


def _spelled(*cases: pl.Series) -> dict[str, pl.Series]:
    spelled, codes = of_each(names, *cases)
    each = list(zip(*spelled, strict=True)) or [(), ()]
    return {name: pl.Series(told, dtype=pl.String).gather(codes) for name, told in zip(NAMES, each, strict=True)}


def _added(own: Column, rows: Rows, told: pl.Series, *, initials: bool) -> Column:
    """The records' own names and behind them those that e-mails tell; an initial goes where a given name is told."""
    if not initials:
        return extended(own, rows, told)
    heard = np.zeros(len(own), dtype=np.bool_)
    heard[rows] = True
    is_initial = Texts(own.values).length == 1
    codes = np.where(is_initial[own.codes] & heard[own.rows], 0, own.codes)
    return extended(Column(own.values, codes, own.starts), rows, told)


def _with_employers(company: Column, email: Column) -> Column:
    """The companies, and employers where a record has none and an address at a domain of its own."""
    rows, codes = email.held
    alone = company.first[rows] == 0
    rows, codes = rows[alone], codes[alone]
    if len(codes) < FEW:
        told = pl.Series([employer(email.listed[code]) for code in codes.tolist()], dtype=pl.String)
    else:
        wanted = np.zeros(len(email.values), dtype=np.bool_)
        wanted[codes] = True
        told = all_employers(email.values.filter(pl.Series(wanted))).gather((np.cumsum(wanted) - 1)[codes])
    there = told.is_not_null()
    return extended(company, rows[there.to_numpy()], told.filter(there))
