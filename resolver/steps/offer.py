"""Offer: what each record puts forward for the golden record, group by group, with the values as people wrote them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from resolver.columns import Normalised, Rows, decode
from resolver.contact import FORMER
from resolver.frames import OPEN_PREFIXES
from resolver.lists import ROW
from resolver.on_disk import Table
from resolver.steps.merge import Offers
from resolver.steps.prepare import BOUNCES, Prepared, long_form
from rules.date import WHOLE
from rules.values import hidden

NAME = ("name_prefix", "given_name", "middle_name", "family_name", "name_suffix", "full_name")
WORK = {"name": "company", "title": "job_title", "account_id": "company_id", "description": "job_description"}
ADDRESS = {"raw": "address", "type": "address_type"}
PLAIN = ("gender", "language", "timezone", "username", "avatar")


def offers(prepared: Prepared) -> Iterator[tuple[str, Offers]]:
    """What the records offer for each survivorship group, one group at a time."""
    for name, offered in _each(prepared):
        if offered is not None and len(offered.row):
            yield name, offered


def _each(prepared: Prepared) -> Iterator[tuple[str, Offers | None]]:
    records, normalised = prepared.records, prepared.normalised
    yield "name", _names(records, normalised)
    yield "email", _contact_points(prepared, "email")
    yield "phone", _contact_points(prepared, "phone")
    yield "work", _structs(records, "organisations", WORK)
    yield "address", _structs(records, "addresses", ADDRESS)
    yield "birth_date", _birth_dates(records, normalised)
    yield "external_ids", _identities(prepared.points.get("identifier"), "external_ids", "system")
    yield "socials", _identities(prepared.points.get("social"), "socials", "network")
    for name in records.columns:
        if name in PLAIN or name.startswith(OPEN_PREFIXES):
            yield name, _single(records[name])


def _names(records: Table, normalised: Normalised) -> Offers | None:
    columns = [records[name] for name in NAME if name in records.columns]
    if not columns:
        return None
    frame = pl.DataFrame(columns)
    parts = [pl.col(name) for name in NAME[:5] if name in frame.columns]
    composed = pl.concat_str(parts, separator=" ", ignore_nulls=True) if parts else pl.lit(None, dtype=pl.String)
    whole = pl.col("full_name") if "full_name" in frame.columns else pl.lit(None, dtype=pl.String)
    composed = pl.when(composed.str.len_chars() > 0).then(composed)
    frame = frame.with_columns(full_name=pl.coalesce(whole, composed))
    told = frame["full_name"].is_not_null()
    main = [decode(normalised.fields[name], pl.String()) for name in ("given", "family") if name in normalised.fields]
    # A name put together of its parts shows what any of them hides.
    shown = pl.all() if "full_name" in records.columns else pl.col("full_name")
    masked = frame.select(pl.any_horizontal(shown.str.contains(hidden.NAME))).to_series().fill_null(value=False)
    every = [*frame, *(name.alias(f"compared {place}") for place, name in enumerate(main)), masked.alias("masked")]
    offered = pl.DataFrame(every) if told.all() else pl.DataFrame(every).filter(told)
    values, same = offered[:, : len(frame.columns)], offered[:, len(frame.columns) : -1]
    return Offers(told.arg_true().to_numpy(), values, same, second=offered["masked"].to_numpy())


def _contact_points(prepared: Prepared, golden: str) -> Offers | None:
    """E-mails or phones: the cleaned form where there is one in full, else as found."""
    long = prepared.points.get(golden)
    if long is None:
        return None
    cleaned = long["normalised"]
    # what is not there is not readable, whatever else is unknown of it
    readable = cleaned.is_not_null() & ~_is_hidden(cleaned)
    sound = readable & ~cleaned.str.contains(r"^[?~]")
    barred = None
    if "status" in long.columns:
        barred = long["status"].is_in(BOUNCES).fill_null(value=False).to_numpy()
    value = pl.select(pl.when(sound).then(cleaned).otherwise(long["raw"])).to_series().alias(golden)
    same = pl.DataFrame([pl.select(pl.when(cleaned.is_not_null()).then(cleaned).otherwise(long["raw"])).to_series()])
    return Offers(_row(long), pl.DataFrame([value]), same, False, sound.to_numpy(), barred, ~readable.to_numpy())


def _is_hidden(cleaned: pl.Series) -> pl.Series:
    return cleaned.str.contains(hidden.HIDDEN, literal=True)


def _structs(records: Table, name: str, rename: Mapping[str, str]) -> Offers | None:
    """Organisations or addresses: all parts of one item stay together."""
    long = long_form(records, name)
    if long is None:
        return None
    if "end" in long.columns:
        long = long.filter(pl.col("end").is_null())
    if name == "addresses" and "type" in long.columns:
        long = long.filter(pl.col("type").ne_missing(FORMER))
    kept = [part for part, dtype in long.schema.items() if part not in (ROW, "end") and dtype == pl.String]
    values = long.select(pl.col(part).alias(rename.get(part, part)) for part in kept)
    return Offers(_row(long), values, values, folded=True)


def _birth_dates(records: Table, normalised: Normalised) -> Offers | None:
    """Dates as they are compared, else as found. One without its day or month comes second."""
    if "birth_date" not in records.columns:
        return None
    nothing = pl.Series([None] * len(records), dtype=pl.String)
    cleaned = normalised["birth_date"] if "birth_date" in normalised.columns else nothing
    offered = _single(pl.select(pl.coalesce(cleaned, records["birth_date"])).to_series().alias("birth_date"))
    told = cleaned[offered.row]
    whole = told.str.contains(WHOLE).fill_null(value=False).to_numpy()
    return replace(offered, valid=told.is_not_null().to_numpy(), second=~whole)


def _single(value: pl.Series) -> Offers:
    row = np.flatnonzero(value.is_not_null().to_numpy())
    offered = pl.DataFrame([value[row]])
    return Offers(row, offered, offered)


def _identities(long: Table | None, name: str, scope: str) -> Offers | None:
    """Ids and profiles: each with the system or network that gives it its meaning."""
    if long is None:
        return None
    parts = long.select(*(part for part in (scope, "raw") if part in long.columns))
    prefix = pl.col(scope) + ":" if scope in parts.columns else pl.lit("")
    value = parts.select((prefix.fill_null("") + pl.col("raw")).alias(name))
    return Offers(_row(long), value, value, second=_is_hidden(long["normalised"]).fill_null(value=False).to_numpy())


def _row(long: Table) -> Rows:
    return long[ROW].to_numpy().astype(np.int64)
