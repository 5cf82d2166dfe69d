"""Dates and times in cells: in which order their parts stand, and when a record was made, changed or deleted."""

from collections.abc import Callable, Iterator
from typing import Literal

import polars as pl

from resolver.sources.values import sample

_PARTS = r"^(\d{1,2})([-./ ])(\d{1,2})[-./ ](?:\d{4}|\d{2})\b"
_YEAR_FIRST = r"^(?:\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|(?:19|20)\d\d[01]\d[0-3]\d)"
# How programs write it most often
_USUAL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_USUAL_FORM = "%Y-%m-%dT%H:%M:%SZ"
_PARTS_OF = {"dmy": ("%d", "%m", "%Y"), "mdy": ("%m", "%d", "%Y")}
_CLOCKS = {
    r"$": "",
    r" \d\d?:\d\d$": " %H:%M",
    r" \d\d?:\d\d:\d\d$": " %H:%M:%S",
    r" \d\d?:\d\d [AaPp][Mm]$": " %I:%M %p",
    r" \d\d?:\d\d:\d\d [AaPp][Mm]$": " %I:%M:%S %p",
}


def date_order(series: pl.Series) -> tuple[str, bool]:
    """("dmy" | "mdy" | "ymd", whether the values prove it). A first part above 12 is a day, so is a second part.

    Dots stand between the parts of dates that start with the day; nothing else decides what numbers leave open.
    """
    values = sample(series)
    parts = values.str.extract_groups(_PARTS).struct.unnest().drop_nulls()
    if not parts.height:
        return "ymd", True
    if values.str.contains(_YEAR_FIRST).sum() > parts.height:
        return "ymd", True
    first, second = parts["1"].cast(pl.Int32), parts["3"].cast(pl.Int32)
    days_first, days_second = int((first > 12).sum()), int((second > 12).sum())
    if days_first != days_second:
        return ("dmy" if days_first > days_second else "mdy"), True
    return ("dmy", True) if (parts["2"] == ".").all() else ("mdy", False)


def moments(series: pl.Series, order: str) -> pl.Series:
    """Cells as Datetime in UTC: ISO 8601, seconds since 1970, local dates. Unreadable ones and sentinels are null."""
    usual = series.set(~series.str.contains(_USUAL), None)
    result = usual.str.to_datetime(_USUAL_FORM, strict=False, time_unit="us").dt.replace_time_zone("UTC")
    rest = (result.is_null() & series.is_not_null()).arg_true()
    if len(rest):
        result = result.scatter(rest, _by_form(series.gather(rest), order))
    year = result.dt.year()
    return result.to_frame().select(pl.when((year > 1) & (year < 9999)).then(pl.first())).to_series()


def _by_form(series: pl.Series, order: str) -> pl.Series:
    """Texts as moments, by one form after the other; null where none reads them."""
    texts = series.str.replace(r"^(\d{4}-\d\d-\d\d)[ t]", "${1}T").str.replace(r"(?i)\s*(?:utc|gmt|z)$", "Z")
    result = pl.repeat(None, len(texts), dtype=pl.Datetime("us", "UTC"), eager=True)
    left = pl.int_range(len(texts), eager=True)
    for wanted, parse in _parsers(order):
        fitting = texts.gather(left).str.contains(wanted)
        if fitting.any():
            rows = left.filter(fitting)
            result = result.scatter(rows, parse(texts.gather(rows)))
            left = left.filter(result.gather(left).is_null())
        if not len(left):
            break
    return result


def _parsers(order: str) -> Iterator[tuple[str, Callable[[pl.Series], pl.Series]]]:
    """(a regex for the texts, how they are read), the most frequent forms first."""
    day = r"^\d{4}-\d\d?-\d\d?"
    second = r"T\d\d:\d\d:\d\d(?:\.\d+)?"
    zone = r"(?:Z|[+-]\d\d:?\d\d)$"
    yield rf"{day}{second}$", _local("%Y-%m-%dT%H:%M:%S%.f")
    yield rf"{day}$", _local("%Y-%m-%d")
    yield rf"{day}{second}{zone}", _zoned("%Y-%m-%dT%H:%M:%S%.f%#z")
    yield rf"{day}T\d\d:\d\d$", _local("%Y-%m-%dT%H:%M")
    yield rf"{day}T\d\d:\d\d{zone}", _zoned("%Y-%m-%dT%H:%M%#z")
    yield r"^(?:19|20)\d\d[01]\d[0-3]\d$", _local("%Y%m%d")
    yield r"^\d{4}/\d\d?/\d\d?$", _local("%Y/%m/%d")
    for mark in "/.-":
        for shape, clock in _CLOCKS.items():
            form = mark.join(_PARTS_OF["mdy" if order == "ymd" else order])
            yield rf"^\d\d?[{mark}]\d\d?[{mark}]\d{{4}}{shape}", _local(form + clock)
    yield r"^\d{10}$", lambda texts: _since_1970(texts, "s")
    yield r"^\d{13}$", lambda texts: _since_1970(texts, "ms")


def _local(form: str) -> Callable[[pl.Series], pl.Series]:
    """Times without a zone count as UTC."""
    return lambda texts: texts.str.to_datetime(form, strict=False, time_unit="us").dt.replace_time_zone("UTC")


def _zoned(form: str) -> Callable[[pl.Series], pl.Series]:
    return lambda texts: texts.str.to_datetime(form, strict=False, time_unit="us")


def _since_1970(texts: pl.Series, unit: Literal["s", "ms"]) -> pl.Series:
    moments = pl.from_epoch(texts.cast(pl.Int64), unit)
    return moments.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
