"""What a good practitioner does before these tools: clean the values, and say which records are worth comparing."""

from typing import Final

import polars as pl

DATES: Final = ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y")
MEETING: Final = (
    *(("email",), ("phone",), ("national_id",), ("date_of_birth",), ("address",), ("name",)),
    *(("first_name", "last_name"), ("first_name", "city"), ("last_name", "city"), ("first_name", "zip")),
    *(("last_name", "zip"), ("first_name", "company"), ("last_name", "company"), ("phone", "city")),
)
"""Records that agree on all columns of one of these are compared."""


def tell_candidates(number: int) -> None:
    """Says on stdout how many pairs a tool looks at, in the words of custmatch; `benchmarks.speed` reads it there."""
    print(f"{number:,} candidate pairs", flush=True)


def clean(frame: pl.DataFrame) -> pl.DataFrame:
    """Small letters, single spaces, no empty text; phones as their last ten digits, dates of birth as 1980-12-31.

    Job titles are left out: many share one, and people change them.
    """
    frame = frame.drop("job_title", strict=False)
    columns = [name for name in frame.columns if name not in {"record_id", "truth_id"}]
    return frame.with_columns(_clean(name).alias(name) for name in columns)


def _clean(name: str) -> pl.Expr:
    text = pl.col(name).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    if name == "phone":
        # An extension, a country code and the ways of writing a number are no difference.
        text = text.str.replace(r"\s*(?:x|ext\.?)\s*\d+$", "").str.replace_all(r"\D", "").str.tail(10)
    elif name == "date_of_birth":
        text = pl.coalesce(*(text.str.to_date(way, strict=False).dt.to_string("iso") for way in DATES))
    else:
        text = text.str.replace_all(r"[.,]", "") if name != "email" else text
    return pl.when(text.str.len_chars() > 0).then(text)
