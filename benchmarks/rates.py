"""How often each thing shall happen, and how often it did."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from benchmarks.people import CHANGES_JOB, IN_FAMILY, MOVES, NAMESAKE


class Rate(NamedTuple):
    """`hit` is counted among the rows where `of` holds; with a numeric `hit` the rate is its mean."""

    name: str
    target: float
    hit: pl.Expr
    of: pl.Expr = pl.col("every")


def _is(column: str, *values: str) -> pl.Expr:
    return pl.col(column).is_in(values)


_SEVERAL: Final = pl.col("records") > 1

PEOPLE_RATES: Final = (
    Rate("records a person", 2.2, pl.col("records")),
    Rate("people with one record", 0.42, ~_SEVERAL),
    Rate("people with eight records", 0.01, pl.col("records") == 8),
    Rate("people in a family", IN_FAMILY, pl.col("in_family")),
    Rate("family members with a namesake there", NAMESAKE, pl.col("namesake"), pl.col("in_family")),
    Rate("people who move (of those with several records)", MOVES, pl.col("moved_at") < pl.col("records"), _SEVERAL),
    Rate("people who change job (likewise)", CHANGES_JOB, pl.col("hired_at") < pl.col("records"), _SEVERAL),
)
RATES: Final = (
    Rate("given name: nickname", 0.08, _is("given_mark", "nickname")),
    Rate("given name: typo", 0.05, _is("given_mark", "typo")),
    Rate("given name: initial", 0.03, _is("given_mark", "initial")),
    Rate("given name: missing", 0.02, _is("given_mark", "missing")),
    Rate("family name: typo", 0.06, _is("family_mark", "typo")),
    Rate("family name: another since marriage", 0.01, pl.col("renamed")),
    Rate("family name: double", 0.01, _is("family_mark", "double")),
    Rate("given and family name swapped", 0.02, pl.col("swapped")),
    Rate("odd case", 0.30, pl.col("case") != ""),
    Rate("e-mail: private", 0.45, _is("email_kind", "private")),
    Rate("e-mail: work", 0.30, _is("email_kind", "work")),
    Rate("e-mail: info@", 0.03, _is("email_kind", "info")),
    Rate("e-mail: missing", 0.22, pl.col("email").is_null()),
    Rate("e-mail: typo (of the present)", 0.03, _is("email_mark", "typo"), pl.col("email").is_not_null()),
    Rate("e-mail: plus-tag (of the private)", 0.02, _is("email_mark", "plus"), _is("email_kind", "private")),
    Rate("phone: mobile", 0.45, _is("phone_kind", "mobile")),
    Rate("phone: landline", 0.15, _is("phone_kind", "landline")),
    Rate("phone: switchboard", 0.10, _is("phone_kind", "switchboard")),
    Rate("phone: missing", 0.30, pl.col("phone").is_null()),
    Rate("phone: wrong digit (of the present)", 0.02, _is("phone_mark", "wrong"), pl.col("phone").is_not_null()),
    Rate("company: missing", 0.40, pl.col("company").is_null()),
    Rate("company: typo (of the present)", 0.10, _is("company_mark", "typo"), pl.col("company").is_not_null()),
    Rate("job title: missing", 0.50, pl.col("job_title").is_null()),
    Rate("address: missing", 0.50, pl.col("street").is_null()),
    Rate("street: typo (of the present)", 0.04, _is("street_mark", "typo"), pl.col("street").is_not_null()),
)


def tally_people(people: pl.DataFrame) -> pl.DataFrame:
    """Counts for the rates of people; see `rates`."""
    return _tally(people, PEOPLE_RATES)


def tally_records(block: pl.DataFrame) -> pl.DataFrame:
    """Counts for the rates of records, from one block of them."""
    return _tally(block, RATES)


def _tally(frame: pl.DataFrame, kinds: Sequence[Rate]) -> pl.DataFrame:
    """One row a rate: rate, target, hits, of."""
    every = frame.with_columns(every=True)
    hits = every.select(kind.hit.filter(kind.of).sum().cast(pl.Int64).alias(kind.name) for kind in kinds).row(0)
    of = every.select(kind.of.sum().cast(pl.Int64).alias(kind.name) for kind in kinds).row(0)
    names, targets = [kind.name for kind in kinds], [kind.target for kind in kinds]
    return pl.DataFrame({"rate": names, "target": targets, "hits": hits, "of": of})


def rates(tallies: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All tallies together: rate, target, realised, and how many rows `realised` is a share of."""
    return (
        pl.concat(tallies)
        .group_by("rate", "target", maintain_order=True)
        .agg(pl.col("hits", "of").sum())
        .select("rate", "target", (pl.col("hits") / pl.col("of")).alias("realised"), "of")
    )


def report(realised: pl.DataFrame) -> str:
    """The rates as a table for the screen."""
    lines = [f"{'':<48}{'target':>8}{'realised':>10}"]
    lines += [f"{name:<48}{target:>8.3f}{share:>10.4f}" for name, target, share, _ in realised.iter_rows()]
    return "\n".join(lines)
