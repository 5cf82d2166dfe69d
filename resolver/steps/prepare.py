"""Prepare: records as found -> the normalised values that are compared. Each distinct value is normalised once."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import numpy as np
import polars as pl

from resolver.columns import META, Codes, Column, Normalised, column_of, extended
from resolver.frames import RECORDS, check, in_order
from resolver.lists import ROW
from resolver.on_disk import OnDisk, Table, put_down
from resolver.steps.bounces import attributed
from resolver.steps.hints import with_hints
from resolver.threads import at_once
from rules.address import split_raw
from rules.category import gender
from rules.email.parts import BOUNCED
from rules.field import Field
from rules.name.parts import parse_full
from rules.name.parts_fast import parse_all
from rules.registry import FIELDS
from rules.values.distinct import FEW, of_each, told_apart
from rules.values.pairs import completed, spread

CATEGORY, EXCLUDED = "category.", "excluded"
NAMES = ("given", "middle", "family")
DISPLAY = {"given": "given_name", "middle": "middle_name", "family": "family_name"}
WHOLE = {**DISPLAY, "suffix": "name_suffix"}
"""What a name in one piece is taken apart into: the part -> its column."""
SCOPES = {"identifier": ("external_ids", "system"), "social": ("socials", "network")}
"""Fields whose values mean something in one space only -> their column, and the part that names the space."""
ADDRESS_PARTS = ("street", "unit", "city", "region", "postal_code", "country")
"""What an address in one line is taken apart into."""
BOUNCES = ("bounced", "undeliverable")
"""The states of an address that nothing can be sent to."""


@dataclass(frozen=True)
class Prepared:
    """Records ready to be compared.

    records: RECORDS, with names that came in one piece split into their parts.
    normalised: NORMALISED, row for row.
    points: for e-mails, phones, ids and profiles one row each: `row`, the `raw` value with its `status` and its system
        or network where these are told, and what is `normalised`.
    """

    records: Table
    normalised: Normalised
    points: dict[str, Table]


@dataclass(frozen=True)
class _Part:
    """Some fields of all records, and the points that they are made of."""

    fields: dict[str, Column] = field(default_factory=dict)
    points: dict[str, pl.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable["_Part"]) -> "_Part":
        """All of them as one."""
        found = cls()
        for part in parts:
            found.fields.update(part.fields)
            found.points.update(part.points)
        return found


Make: TypeAlias = Callable[[Table], _Part]


def ready(records: pl.DataFrame) -> Table:
    """RECORDS in their order, with names that came in one piece split; on disk where there are many."""
    return put_down(_split_names(in_order(records)))


def prepare(records: Table, known: Collection[str] = ()) -> Prepared:
    """RECORDS -> what is compared. Fields that no record has are left out.

    known: fields that others have, where these records are a part of more: what e-mails tell of them is added here too.
    """
    check(records, RECORDS, required=("record_key", "source"))
    records = _split(records)
    scoped = _Part.of(_scoped(records, name) for name in SCOPES)
    # Most of this is done by one thread at a time. What hints need of each other takes about half of it.
    hinted: Make = partial(_hinted, ids=scoped.points.get("identifier"), known=known)
    made = at_once(lambda make: make(records), (hinted, _addresses, _phones, _birth_dates, _categories), len(records))
    found = _Part.of((scoped, *made))
    fields = {name: found.fields[name] for name in (*FIELDS, *found.fields) if name in found.fields}
    meta = {name: records[name] for name in META if name in records.columns} | {EXCLUDED: exclusions(records)}
    plain = {name: meta[name] for name in META if name in meta}
    points = {name: OnDisk.of(long) if isinstance(records, OnDisk) else long for name, long in found.points.items()}
    return Prepared(records, Normalised(plain, fields), points)


def with_points(records: pl.DataFrame, normalised: Normalised) -> Prepared:
    """RECORDS with what was made of them before: only what survivorship asks for besides is worked out.

    normalised: NORMALISED, row for row.
    """
    records = _split_names(records)
    scoped = [_scoped(records, name) for name in SCOPES]
    ids = scoped[0].points.get("identifier")
    points = _Part.of((*scoped, _emails(records, ids), _phones(records))).points
    return Prepared(records, normalised, {**points})


class Distinct:
    """Raw values and their context, row for row, of which each distinct combination is looked at once.

    codes: the place of each row's combination among the distinct ones.
    """

    codes: Codes

    def __init__(self, *raw: pl.Series) -> None:
        self._columns, self.codes = told_apart(*raw)

    def normalised(self, field: Field) -> pl.Series:
        """A field's normalised values of the distinct combinations; where the first raw value is null they are too."""
        if field.fast is None or len(self._columns[0]) < FEW:
            return self.made(field.normalise)
        made, covered = field.fast(*self._columns)
        if not covered.all():
            rest = _by_one(field.normalise, *(column.filter(~covered) for column in self._columns))
            made = completed(made, covered, rest)
        return made

    def made(self, function: Callable[..., str | None]) -> pl.Series:
        """The same of a plain function."""
        return _by_one(function, *self._columns)


def _by_one(function: Callable[..., str | None], *columns: pl.Series) -> pl.Series:
    made = [None if row[0] is None else function(*row) for row in zip(*columns, strict=True)]
    return pl.Series(made, dtype=pl.String)


def _normalised(field: Field, rows: pl.Series, records: int, *raw: pl.Series) -> Column:
    """A field's normalised values of raw values and their context; rows: the record of each, ascending."""
    distinct = Distinct(*raw)
    return column_of(distinct.normalised(field), distinct.codes, rows.to_numpy(), records)


def exclusions(records: Table) -> pl.Series:
    """`excluded`: why a record meets nobody, or null. The deleted neither join nor bridge."""
    if "deleted" not in records.columns:
        return pl.repeat(None, len(records), dtype=pl.String, eager=True).alias(EXCLUDED)
    deleted = pl.col("deleted").fill_null(value=False)
    return records.select("deleted").select(pl.when(deleted).then(pl.lit("deleted")).alias(EXCLUDED)).to_series()


def _split(records: Table) -> Table:
    """Records with their names split, as those on disk are already."""
    return records if isinstance(records, OnDisk) else _split_names(records)


def _split_names(records: pl.DataFrame) -> pl.DataFrame:
    """Fills given, middle and family name from the full name where a record has only that."""
    if "full_name" not in records.columns:
        return records
    missing = [name for name in WHOLE.values() if name not in records.columns]
    records = records.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
    alone = records["given_name"].is_null() & records["family_name"].is_null() & records["full_name"].is_not_null()
    (distinct,), codes = told_apart(records["full_name"].filter(alone))
    plain, covered = parse_all(distinct) if len(distinct) >= FEW else _none_parsed(len(distinct))
    parsed = [parse_full(full) for full in distinct.filter(~covered)]
    filled = []
    for part, name in WHOLE.items():
        rest = pl.Series([parts and getattr(parts, part) for parts in parsed], dtype=pl.String)
        found = completed(plain[part], covered, rest) if part in plain.columns else spread(rest, ~covered)
        filled.append(completed(records[name], ~alone, found.gather(codes)))
    return records.with_columns(filled)


def _none_parsed(names: int) -> tuple[pl.DataFrame, pl.Series]:
    """What `parse_all` gives where it covers nothing: few names are parsed one by one."""
    return pl.DataFrame(), pl.repeat(value=False, n=names, dtype=pl.Boolean, eager=True)


def _hinted(records: Table, ids: pl.DataFrame | None, known: Collection[str]) -> _Part:
    """Names, e-mails and companies, with what e-mails tell of the others."""
    emails = _emails(records, ids)
    empty = {name: _nothing(records) for name in ("given", "family", "company") if name in known}
    told = with_hints({**empty, **_names(records), **emails.fields, **_companies(records)})
    return _Part(
        {name: column for name, column in told.items() if name not in empty or not column.is_empty}, emails.points
    )


def _nothing(records: Table) -> Column:
    """A column in which no record holds anything."""
    return Column(pl.Series([""]), np.zeros(len(records), dtype=np.int32))


def _names(records: Table) -> dict[str, Column]:
    raw = {name: Distinct(records[name]) for name in WHOLE.values() if name in records.columns}
    rows = np.arange(len(records))
    made = {
        name: column_of(raw[shown].normalised(FIELDS[name]), raw[shown].codes, rows, len(records))
        for name, shown in DISPLAY.items()
        if shown in raw
    }
    others = _other_names(records)
    if others is not None:
        nothing = _nothing(records)
        further = {name: others.select(ROW, name).drop_nulls() for name in ("given", "family")}
        made |= {
            name: extended(made.get(name, nothing), long[ROW].to_numpy(), long[name]) for name, long in further.items()
        }
    sources = [raw[name] for name in ("name_suffix", "family_name", "given_name") if name in raw]
    return {**made, "suffix": _suffixes(sources)} if sources else made


def _suffixes(sources: list[Distinct]) -> Column:
    """The suffix that the first of the sources has one in."""
    first, *others = sources
    values, codes = first.normalised(FIELDS["suffix"]), first.codes
    for source in others:
        nothing = values.is_null().to_numpy()[codes]
        codes = np.where(nothing, source.codes + np.int32(len(values)), codes)
        values = pl.concat([values, source.normalised(FIELDS["suffix"])])
    return column_of(values, codes, np.arange(len(codes)), len(codes))


def _other_names(records: Table) -> pl.DataFrame | None:
    """The given and family names of further names: `row`, `given`, `family`; a full name is taken apart."""
    long = long_form(records, "other_names")
    if long is None:
        return None
    absent = [part for part in ("full_name", "given_name", "family_name") if part not in long.columns]
    long = _split_names(long.with_columns(pl.lit(None, dtype=pl.String).alias(part) for part in absent))
    raw = {name: Distinct(long[DISPLAY[name]]) for name in ("given", "family")}
    named = [each.normalised(FIELDS[name]).gather(each.codes).alias(name) for name, each in raw.items()]
    return pl.DataFrame([long[ROW], *named])


def long_form(records: Table, name: str) -> pl.DataFrame | None:
    """A list column as rows: `row` and the parts of each item; None if no record has any."""
    if name not in records.columns or not isinstance(records.schema[name], pl.List):
        return None
    lengths = np.nan_to_num(records[name].list.len().to_numpy()).astype(np.int64)
    rows = np.repeat(np.arange(len(records), dtype=np.uint32), lengths)
    if not len(rows):
        return None
    items = records[name].explode(empty_as_null=False, keep_nulls=False)
    return items.struct.unnest().insert_column(0, pl.Series(ROW, rows))


def _points(long: pl.DataFrame, distinct: Distinct, cleaned: pl.Series, *others: str) -> pl.DataFrame:
    """What survivorship asks of points: `row`, `raw`, others of their parts that are there, and `normalised`."""
    kept = long.select(name for name in (ROW, "raw", *others) if name in long.columns)
    return kept.with_columns(cleaned.gather(distinct.codes).alias("normalised"))


def _emails(records: Table, ids: pl.DataFrame | None) -> _Part:
    """A mailbox that its source knows to be a function's is no evidence for persons; one that bounces is weaker."""
    long = long_form(records, "emails")
    if long is None:
        return _Part()
    long = attributed(records, long, ids)
    distinct = Distinct(long["raw"])
    cleaned = distinct.normalised(FIELDS["email"])
    values, codes, rows = cleaned, distinct.codes, long[ROW].to_numpy()
    if "status" in long.columns:
        bounces = long["status"].is_in(BOUNCES).fill_null(value=False).to_numpy()
        values = pl.concat([cleaned, BOUNCED + cleaned])
        codes = np.where(bounces, codes + np.int32(len(cleaned)), codes)
    if "role" in long.columns:
        personal = ~long["role"].fill_null(value=False).to_numpy()
        codes, rows = codes[personal], rows[personal]
    email = column_of(values, codes, rows, len(records))
    return _Part({"email": email}, {"email": _points(long, distinct, cleaned, "status")})


def _phones(records: Table) -> _Part:
    """A fax is no identity: faxes are left out of what is compared and never become golden."""
    long = long_form(records, "phones")
    if long is None:
        return _Part()
    default = (
        records["default_region"]
        if "default_region" in records.columns
        else pl.Series([None] * len(records), dtype=pl.String)
    )
    region = default.gather(long[ROW])
    if "region" in long.columns:
        region = pl.select(pl.coalesce(long["region"], region)).to_series()
    distinct = Distinct(long["raw"], region)
    cleaned = distinct.normalised(FIELDS["phone"])
    points, codes = _points(long, distinct, cleaned), distinct.codes
    if "kind" in long.columns:
        reached = long["kind"].ne_missing("fax")
        points, codes = points.filter(reached), codes[reached.to_numpy()]
    return _Part({"phone": column_of(cleaned, codes, points[ROW].to_numpy(), len(records))}, {"phone": points})


def _companies(records: Table) -> dict[str, Column]:
    """Present employers only: one that a record has left is no evidence."""
    long = long_form(records, "organisations")
    if long is None or "name" not in long.columns:
        return {}
    if "end" in long.columns:
        long = long.filter(pl.col("end").is_null())
    return {"company": _normalised(FIELDS["company"], long[ROW], len(records), long["name"])}


def _scoped(records: Table, name: str) -> _Part:
    """External ids or profiles, each in its system or network."""
    column, scope = SCOPES[name]
    long = long_form(records, column)
    if long is None:
        return _Part()
    context = long[scope] if scope in long.columns else pl.Series([None] * len(long), dtype=pl.String)
    distinct = Distinct(long["raw"], context)
    cleaned = distinct.normalised(FIELDS[name])
    held = column_of(cleaned, distinct.codes, long[ROW].to_numpy(), len(records))
    return _Part({name: held}, {name: _points(long, distinct, cleaned, scope)})


def _addresses(records: Table) -> _Part:
    long = long_form(records, "addresses")
    if long is None:
        return _Part()
    absent = [part for part in ("raw", "house_number", *ADDRESS_PARTS) if part not in long.columns]
    long = long.with_columns(pl.lit(None, dtype=pl.String).alias(part) for part in absent)
    long = _fill_from_one_line(long)
    # A first value of null would mean "nothing here", but a place may be known by its postal code alone.
    street = (long["street"].fill_null(""), long["house_number"], long["unit"])
    place = (long["city"].fill_null(""), *(long[part] for part in ("postal_code", "region", "country")))
    raw = {"street": street, "place": place}
    return _Part({name: _normalised(FIELDS[name], long[ROW], len(records), *each) for name, each in raw.items()})


def _fill_from_one_line(long: pl.DataFrame) -> pl.DataFrame:
    """Fills the parts of addresses that nothing names from those written in one line."""
    alone = long["street"].is_null() & long["raw"].is_not_null()
    if not alone.any():
        return long
    split, codes = of_each(split_raw, long["raw"].filter(alone))
    made = (pl.Series([s and getattr(s, part) for s in split], dtype=pl.String) for part in ADDRESS_PARTS)
    found = (spread(pieces.gather(codes), alone) for pieces in made)
    return long.with_columns(
        pl.coalesce(pl.col(part), pieces).alias(part) for part, pieces in zip(ADDRESS_PARTS, found, strict=True)
    )


def _birth_dates(records: Table) -> _Part:
    if "birth_date" not in records.columns:
        return _Part()
    order = (
        records["date_order"] if "date_order" in records.columns else pl.Series([None] * len(records), dtype=pl.String)
    )
    rows = pl.int_range(len(records), eager=True)
    return _Part({"birth_date": _normalised(FIELDS["birth_date"], rows, len(records), records["birth_date"], order)})


def _categories(records: Table) -> _Part:
    """Few-valued fields; the gender is one of them."""
    raw = {name: Distinct(records[name]) for name in records.columns if name.startswith(CATEGORY)}
    made = {name: (each.normalised(FIELDS["category"]), each.codes) for name, each in raw.items()}
    if "gender" in records.columns:
        genders = Distinct(records["gender"])
        made[f"{CATEGORY}gender"] = (genders.made(gender), genders.codes)
    rows = np.arange(len(records))
    return _Part({name: column_of(*each, rows, len(records)) for name, each in made.items()})
