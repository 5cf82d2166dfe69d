"""Offer: what each record puts forward for the golden record, group by group, with the values as people wrote them."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from resolver.columns import Rows
from resolver.frames import OPEN_PREFIXES
from resolver.steps.bounces import ROW
from resolver.steps.merge import Offers
from resolver.steps.prepare import Prepared, long_form

NAME = ("name_prefix", "given_name", "middle_name", "family_name", "name_suffix", "full_name")
ADDRESS = {"raw": "address", "type": "address_type"}
PLAIN = ("gender", "language", "timezone", "username", "avatar")


def offers(prepared: Prepared) -> dict[str, Offers]:
    """What the records offer for each survivorship group."""
    records, normalised = prepared.records, prepared.normalised
    made = {
        "name": _names(records, normalised),
        "email": _contact_points(prepared, "email"),
        "phone": _contact_points(prepared, "phone"),
        "work": _structs(
            records,
            "organisations",
            {"name": "company", "title": "job_title", "account_id": "company_id", "description": "job_description"},
        ),
        "address": _structs(records, "addresses", ADDRESS),
        "birth_date": _single(records, normalised, "birth_date"),
        "external_ids": _identities(records, "external_ids", "system"),
        "socials": _identities(records, "socials", "network"),
    }
    for name in records.columns:
        if name in PLAIN or name.startswith(OPEN_PREFIXES):
            made[name] = _single(records, None, name)
    return {name: offered for name, offered in made.items() if offered is not None and len(offered.row)}


def _codes(*columns: pl.Series) -> Rows:
    """Equal numbers where all columns are equal."""
    frame = pl.DataFrame({str(place): column for place, column in enumerate(columns)})
    return frame.select(pl.struct(pl.all()).rank("dense")).to_series().fill_null(0).to_numpy().astype(np.int64)


def _names(records: pl.DataFrame, normalised: pl.DataFrame) -> Offers | None:
    columns = [records[name] for name in NAME if name in records.columns]
    if not columns:
        return None
    frame = pl.DataFrame(columns)
    parts = [pl.col(name) for name in NAME[:5] if name in frame.columns]
    composed = pl.concat_str(parts, separator=" ", ignore_nulls=True) if parts else pl.lit(None, dtype=pl.String)
    whole = pl.col("full_name") if "full_name" in frame.columns else pl.lit(None, dtype=pl.String)
    composed = pl.when(composed.str.len_chars() > 0).then(composed)
    frame = frame.with_columns(full_name=pl.coalesce(whole, composed))
    row = np.flatnonzero(frame["full_name"].is_not_null().to_numpy())
    compared = [normalised[name].gather(row) for name in ("given", "family") if name in normalised.columns]
    same = _codes(*compared) if compared else np.zeros(len(row), dtype=np.int64)
    valid = np.asarray(same > 0)
    return Offers(row, frame[row.tolist()] if len(row) < len(frame) else frame, same, valid)


def _contact_points(prepared: Prepared, golden: str) -> Offers | None:
    """E-mails or phones: the cleaned form where there is one, else as found."""
    long = prepared.points.get(golden)
    if long is None:
        return None
    cleaned = long["normalised"]
    sound = cleaned.is_not_null() & ~cleaned.str.contains(r"^[?~]").fill_null(False)
    barred = None
    if "status" in long.columns:
        barred = long["status"].is_in(["bounced", "undeliverable"]).fill_null(value=False).to_numpy()
    value = pl.select(pl.when(sound).then(cleaned).otherwise(long["raw"])).to_series().alias(golden)
    identity = pl.select(pl.coalesce(cleaned, long["raw"])).to_series()
    return Offers(
        long[ROW].to_numpy().astype(np.int64), pl.DataFrame([value]), _codes(identity), sound.to_numpy(), barred
    )


def _structs(records: pl.DataFrame, name: str, rename: Mapping[str, str]) -> Offers | None:
    """Organisations or addresses: all parts of one item stay together."""
    long = long_form(records, name)
    if long is None:
        return None
    if "end" in long.columns:
        long = long.filter(pl.col("end").is_null())
    kept = [part for part, dtype in long.schema.items() if part not in (ROW, "end") and dtype == pl.String]
    values = long.select(pl.col(part).alias(rename.get(part, part)) for part in kept)
    folded = [values[column].str.to_lowercase() for column in values.columns]
    return Offers(long[ROW].to_numpy().astype(np.int64), values, _codes(*folded), np.ones(len(long), dtype=bool))


def _single(records: pl.DataFrame, normalised: pl.DataFrame | None, name: str) -> Offers | None:
    if name not in records.columns:
        return None
    found = records[name]
    cleaned = normalised[name] if normalised is not None and name in normalised.columns else None
    value = found if cleaned is None else pl.select(pl.coalesce(cleaned, found)).to_series().alias(name)
    row = np.flatnonzero(value.is_not_null().to_numpy())
    value = value.gather(row)
    valid = np.ones(len(row), dtype=bool) if cleaned is None else cleaned.gather(row).is_not_null().to_numpy()
    return Offers(row, pl.DataFrame([value]), _codes(value), valid)


def _identities(records: pl.DataFrame, name: str, scope: str) -> Offers | None:
    """Ids and profiles: each with the system or network that gives it its meaning."""
    long = long_form(records, name)
    if long is None:
        return None
    prefix = pl.col(scope) + ":" if scope in long.columns else pl.lit("")
    value = long.select((prefix.fill_null("") + pl.col("raw")).alias(name)).to_series()
    return Offers(
        long[ROW].to_numpy().astype(np.int64), pl.DataFrame([value]), _codes(value), np.ones(len(long), dtype=bool)
    )
