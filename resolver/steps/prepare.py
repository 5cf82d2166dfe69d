"""Prepare: records as found -> the normalised values that are compared. Each distinct value is normalised once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from resolver.frames import NORMALISED, RECORDS, check
from resolver.lists import ROW, lists
from resolver.steps.bounces import attributed
from resolver.steps.hints import with_hints
from resolver.threads import side_by_side
from rules.address import split_raw
from rules.category import gender
from rules.email.parts import BOUNCED
from rules.field import Field
from rules.name.parts import parse_full
from rules.name.parts_fast import parse_all
from rules.registry import FIELDS
from rules.values.distinct import of_each, told_apart
from rules.values.pairs import completed, spread

COMPARED = "compared"
CATEGORY = "category."
NAMES = ("given", "middle", "family")
DISPLAY = {"given": "given_name", "middle": "middle_name", "family": "family_name"}
WHOLE = {**DISPLAY, "suffix": "name_suffix"}
"""What a name in one piece is taken apart into: the part -> its column."""


@dataclass(frozen=True)
class Prepared:
    """Records ready to be compared.

    records: RECORDS, with names that came in one piece split into their parts.
    normalised: NORMALISED, row for row.
    points: for e-mails, phones, ids and profiles one row each: `row`, the parts as found, and `normalised`.
    """

    records: pl.DataFrame
    normalised: pl.DataFrame
    points: dict[str, pl.DataFrame]


def prepare(records: pl.DataFrame) -> Prepared:
    """RECORDS -> what is compared. Fields that no record has are left out."""
    check(records, RECORDS, required=("record_key", "source"))
    records = _split_names(records)
    ids = _scoped(records, "external_ids", "system", FIELDS["identifier"])
    socials = _scoped(records, "socials", "network", FIELDS["social"])
    # Most of this is done by one thread at a time, but the fields have nothing to do with each other.
    made: dict[str, Any] = side_by_side(
        phones=partial(_phones, records),
        addresses=partial(_addresses, records),
        companies=partial(_companies, records),
        emails=partial(_emails, records, ids),
        names=partial(_names, records),
    )
    points = {"email": made["emails"], "phone": made["phones"], "identifier": ids, "social": socials}
    found: dict[str, pl.Series | None] = {
        "record_key": records["record_key"],
        "source": records["source"],
        "excluded": exclusions(records),
        "tenant": records["tenant"] if "tenant" in records.columns else None,
        **made["names"],
        "email": _lists(points["email"], len(records)),
        "phone": _lists(points["phone"], len(records)),
        "company": _lists(made["companies"], len(records)),
        **made["addresses"],
        "birth_date": _birth_dates(records),
        "identifier": _lists(ids, len(records)),
        "social": _lists(socials, len(records)),
        **_categories(records),
    }
    normalised = pl.DataFrame([column.alias(name) for name, column in found.items() if column is not None])
    kept = {name: long for name, long in points.items() if long is not None}
    return Prepared(records, check(with_hints(normalised), NORMALISED), kept)


class Distinct:
    """Raw values and their context, row for row, of which each distinct combination is looked at once."""

    def __init__(self, *raw: pl.Series) -> None:
        self._columns, self._codes = told_apart(*raw)

    def normalised(self, field: Field) -> pl.Series:
        """A field's normalised values for every row; where the first raw value is null they are too."""
        if field.fast is None:
            return self.made(field.normalise)
        made, covered = field.fast(*self._columns)
        if not covered.all():
            rest = _by_one(field.normalise, *(column.filter(~covered) for column in self._columns))
            made = completed(made, covered, rest)
        return made.gather(self._codes)

    def made(self, function: Callable[..., str | None]) -> pl.Series:
        """The same of a plain function."""
        return _by_one(function, *self._columns).gather(self._codes)


def _by_one(function: Callable[..., str | None], *columns: pl.Series) -> pl.Series:
    made = [None if row[0] is None else function(*row) for row in zip(*columns, strict=True)]
    return pl.Series(made, dtype=pl.String)


def normalise(field: Field, *raw: pl.Series) -> pl.Series:
    """A field's normalised values of raw values and their context, each distinct combination done once."""
    return Distinct(*raw).normalised(field)


def exclusions(records: pl.DataFrame) -> pl.Series:
    """`excluded`: why a record meets nobody, or null. The deleted neither join nor bridge."""
    if "deleted" not in records.columns:
        return pl.Series("excluded", [None] * len(records), dtype=pl.String)
    deleted = pl.col("deleted").fill_null(value=False)
    return records.select(pl.when(deleted).then(pl.lit("deleted")).alias("excluded")).to_series()


def _split_names(records: pl.DataFrame) -> pl.DataFrame:
    """Fills given, middle and family name from the full name where a record has only that."""
    if "full_name" not in records.columns:
        return records
    missing = [name for name in WHOLE.values() if name not in records.columns]
    records = records.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
    alone = records["given_name"].is_null() & records["family_name"].is_null() & records["full_name"].is_not_null()
    (distinct,), codes = told_apart(records["full_name"].filter(alone))
    plain, covered = parse_all(distinct)
    parsed = [parse_full(full) for full in distinct.filter(~covered)]
    filled = []
    for part, name in WHOLE.items():
        rest = pl.Series([parts and getattr(parts, part) for parts in parsed], dtype=pl.String)
        found = completed(plain[part], covered, rest) if part in plain.columns else spread(rest, ~covered)
        filled.append(completed(records[name], ~alone, found.gather(codes)))
    return records.with_columns(filled)


def _names(records: pl.DataFrame) -> dict[str, pl.Series | None]:
    raw = {name: Distinct(records[name]) for name in WHOLE.values() if name in records.columns}
    made: dict[str, pl.Series | None] = {
        name: raw[DISPLAY[name]].normalised(FIELDS[name]) if DISPLAY[name] in raw else None for name in NAMES
    }
    others = _other_names(records)
    made |= {name: _with_others(made[name], others, name, len(records)) for name in ("given", "family")}
    sources = [raw[name] for name in ("name_suffix", "family_name", "given_name") if name in raw]
    suffixes = [source.normalised(FIELDS["suffix"]) for source in sources]
    made["suffix"] = pl.select(pl.coalesce(suffixes)).to_series() if suffixes else None
    return made


def _other_names(records: pl.DataFrame) -> pl.DataFrame | None:
    """The given and family names of further names: `row`, `given`, `family`; a full name is taken apart."""
    long = long_form(records, "other_names")
    if long is None:
        return None
    absent = [part for part in ("full_name", "given_name", "family_name") if part not in long.columns]
    long = _split_names(long.with_columns(pl.lit(None, dtype=pl.String).alias(part) for part in absent))
    named = [normalise(FIELDS[name], long[DISPLAY[name]]).alias(name) for name in ("given", "family")]
    return pl.DataFrame([long[ROW], *named])


def _with_others(main: pl.Series | None, others: pl.DataFrame | None, name: str, rows: int) -> pl.Series | None:
    """A list of the main name and the further ones; null where there is none."""
    if others is None:
        alone = pl.when(pl.first().is_not_null()).then(pl.concat_list(pl.first()))
        return None if main is None else main.to_frame().select(alone).to_series()
    every = pl.DataFrame({ROW: pl.int_range(rows, dtype=pl.UInt32, eager=True), "normalised": main})
    further = others.select(pl.col(ROW).cast(pl.UInt32), pl.col(name).alias("normalised"))
    both = pl.concat([every, further]) if main is not None else further
    return _lists(both.drop_nulls().sort(ROW, maintain_order=True), rows)


def long_form(records: pl.DataFrame, name: str) -> pl.DataFrame | None:
    """A list column as rows: `row` and the parts of each item; None if no record has any."""
    if name not in records.columns or not isinstance(records.schema[name], pl.List):
        return None
    long = records.select(pl.col(name)).with_row_index(ROW).filter(pl.col(name).list.len() > 0).explode(name)
    return long.unnest(name) if len(long) else None


def _emails(records: pl.DataFrame, ids: pl.DataFrame | None) -> pl.DataFrame | None:
    """A mailbox that its source knows to be a function's is no evidence for persons; one that bounces is weaker."""
    long = long_form(records, "emails")
    if long is None:
        return None
    long = attributed(records, long, ids)
    value = pl.col("normalised")
    if "status" in long.columns:
        bounces = pl.col("status").is_in(["bounced", "undeliverable"]).fill_null(value=False)
        value = pl.when(bounces).then(BOUNCED + value).otherwise(value)
    if "role" in long.columns:
        value = pl.when(~pl.col("role").fill_null(value=False)).then(value)
    made = normalise(FIELDS["email"], long["raw"]).alias("normalised")
    return long.with_columns(made).with_columns(value.alias(COMPARED))


def _phones(records: pl.DataFrame) -> pl.DataFrame | None:
    """A fax is no identity: faxes are left out of what is compared and never become golden."""
    long = long_form(records, "phones")
    if long is None:
        return None
    default = (
        records["default_region"]
        if "default_region" in records.columns
        else pl.Series([None] * len(records), dtype=pl.String)
    )
    region = default.gather(long[ROW])
    if "region" in long.columns:
        region = pl.select(pl.coalesce(long["region"], region)).to_series()
    long = long.with_columns(normalise(FIELDS["phone"], long["raw"], region).alias("normalised"))
    return long.filter(pl.col("kind").ne_missing("fax")) if "kind" in long.columns else long


def _companies(records: pl.DataFrame) -> pl.DataFrame | None:
    """Present employers only: one that a record has left is no evidence."""
    long = long_form(records, "organisations")
    if long is None or "name" not in long.columns:
        return None
    if "end" in long.columns:
        long = long.filter(pl.col("end").is_null())
    return long.with_columns(normalise(FIELDS["company"], long["name"]).alias("normalised"))


def _scoped(records: pl.DataFrame, name: str, scope: str, field: Field) -> pl.DataFrame | None:
    long = long_form(records, name)
    if long is None:
        return None
    context = long[scope] if scope in long.columns else pl.Series([None] * len(long), dtype=pl.String)
    return long.with_columns(normalise(field, long["raw"], context).alias("normalised"))


def _addresses(records: pl.DataFrame) -> dict[str, pl.Series | None]:
    long = long_form(records, "addresses")
    if long is None:
        return {}
    parts = ("street", "unit", "city", "region", "postal_code", "country")
    absent = [part for part in ("raw", "house_number", *parts) if part not in long.columns]
    long = long.with_columns(pl.lit(None, dtype=pl.String).alias(part) for part in absent)
    long = _fill_from_one_line(long, parts)
    # A first value of null would mean "nothing here", but a place may be known by its postal code alone.
    street = normalise(FIELDS["street"], long["street"].fill_null(""), long["house_number"], long["unit"])
    pieces = (long[part] for part in ("postal_code", "region", "country"))
    place = normalise(FIELDS["place"], long["city"].fill_null(""), *pieces)
    return {
        "street": _lists(long.with_columns(street.alias("normalised")), len(records)),
        "place": _lists(long.with_columns(place.alias("normalised")), len(records)),
    }


def _fill_from_one_line(long: pl.DataFrame, parts: tuple[str, ...]) -> pl.DataFrame:
    """Fills the parts of addresses that nothing names from those written in one line."""
    alone = long["street"].is_null() & long["raw"].is_not_null()
    if not alone.any():
        return long
    split, codes = of_each(split_raw, long["raw"].filter(alone))
    made = (pl.Series([s and getattr(s, part) for s in split], dtype=pl.String) for part in parts)
    found = (spread(pieces.gather(codes), alone) for pieces in made)
    return long.with_columns(
        pl.coalesce(pl.col(part), pieces).alias(part) for part, pieces in zip(parts, found, strict=True)
    )


def _birth_dates(records: pl.DataFrame) -> pl.Series | None:
    if "birth_date" not in records.columns:
        return None
    order = (
        records["date_order"] if "date_order" in records.columns else pl.Series([None] * len(records), dtype=pl.String)
    )
    return normalise(FIELDS["birth_date"], records["birth_date"], order)


def _categories(records: pl.DataFrame) -> dict[str, pl.Series | None]:
    """Few-valued fields; the gender is one of them."""
    made: dict[str, pl.Series | None] = {
        name: normalise(FIELDS["category"], records[name]) for name in records.columns if name.startswith(CATEGORY)
    }
    if "gender" in records.columns:
        made[f"{CATEGORY}gender"] = Distinct(records["gender"]).made(gender)
    return made


def _lists(long: pl.DataFrame | None, rows: int) -> pl.Series | None:
    """(row, normalised) -> a list of distinct values for each row; null where there is none."""
    if long is None:
        return None
    return lists(long[ROW], long[COMPARED if COMPARED in long.columns else "normalised"], rows)
