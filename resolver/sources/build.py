"""Cells and their uses -> canonical contacts, column by column."""

from collections.abc import Mapping, Sequence

import polars as pl

from resolver.sources.columns import Use
from resolver.sources.headers import ADDRESS_PARTS, PHONE_KINDS, words
from resolver.sources.moments import moments
from resolver.sources.regions import country_codes

_SCALARS = (
    *("tenant", "name_prefix", "given_name", "middle_name", "family_name", "name_suffix", "full_name", "username"),
    *("birth_date", "gender", "language", "timezone"),
)
_STRONG, _ANY = r"\s*[;,|\n]\s*", r"\s*[;,|\n/]\s*"  # what may stand between several values in a cell
_CUT = "\x1f"
_EMAIL = r"^[^@]*[^@\s]@[^@\s]+\.[^@\s]+$"
_PHONE = r"(?i)^\D{0,12}(?:\d[\s().\-/]*){6,}\d\D{0,3}(?:(?:x|ext)\D{0,3}\d{1,6})?$"
_TAG = r"."
_QUOTED = r'"(?:[^"\\]|\\.)*"'

Parts = Mapping[str, pl.Expr]


def contacts(cells: pl.DataFrame, uses: Sequence[Use], order: str) -> list[pl.Series]:
    """The canonical columns that the cells fill, besides the ids, and `custom.*` and `category.*`."""
    by_field: dict[str, list[Use]] = {}
    for use in uses:
        by_field.setdefault(use.field or "custom", []).append(use)
    columns = [cells[by_field[name][0].column].alias(name) for name in _SCALARS if name in by_field]
    columns = [_without_midnight(column) if column.name == "birth_date" else column for column in columns]
    columns += _contact_points(cells, by_field)
    columns += _groups(cells, by_field)
    columns += _times(cells, by_field, order)
    for use in uses:
        if use.field is None or use.field == "custom":
            columns.append(cells[use.column].alias(f"custom.{use.column}"))
        elif use.field.startswith("category."):
            columns.append(cells[use.column].alias(use.field))
    return columns


def _without_midnight(dates: pl.Series) -> pl.Series:
    """Dates that went through a time column lose the time."""
    if not dates.str.contains(":", literal=True).any():
        return dates
    return dates.str.replace(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?$", "")


def _contact_points(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """E-mails, phones, social profiles, ids of other systems, tags and notes."""
    columns: list[pl.Series] = []
    emails = [_listed(cells, use.column, {}, _EMAIL) for use in by_field.get("email", [])]
    columns += _joined("emails", emails)
    land = by_field.get("country", [])
    region = (
        country_codes(cells[land[0].column])
        if land
        else pl.Series([None], dtype=pl.String).new_from_index(0, cells.height)
    )
    placed = cells.with_columns(region.alias(f"{_CUT}region"))
    phones = [
        _listed(placed, use.column, {"kind": pl.lit(kind, pl.String), "region": pl.col(f"{_CUT}region")}, _PHONE)
        for name, kind in PHONE_KINDS.items()
        for use in by_field.get(name, [])
    ]
    columns += _joined("phones", phones)
    socials = [
        _listed(cells, use.column, {"network": _network(use)})
        for name in ("linkedin", "social")
        for use in by_field.get(name, [])
    ]
    columns += _joined("socials", socials)
    ids = [
        _listed(cells, use.column, {"system": pl.lit(use.detail)})
        for name in ("national_id", "external_id")
        for use in by_field.get(name, [])
    ]
    columns += _joined("external_ids", ids)
    columns += _joined("tags", [_listed(cells, use.column, {}, _TAG, name="name") for use in by_field.get("tags", [])])
    columns += _joined("notes", [_listed(cells, use.column, {}, name="text") for use in by_field.get("notes", [])])
    return columns


def _network(use: Use) -> pl.Expr:
    """The network that the header names, or else the host of the profile."""
    host = (
        pl.col(use.column).str.to_lowercase().str.extract(r"(?://|www\.|^)(?:[a-z]{2,3}\.)?([a-z]+)\.[a-z]{2,3}(?:/|$)")
    )
    return pl.coalesce(host, pl.lit(None if use.detail in {"social", "profile"} else use.detail, pl.String))


def _joined(name: str, lists: list[pl.Series]) -> list[pl.Series]:
    """List columns as one, or none."""
    if len(lists) < 2:
        return [column.alias(name) for column in lists]
    frame = pl.DataFrame([column.alias(str(place)) for place, column in enumerate(lists)])
    return [frame.select(pl.concat_list(pl.all()).alias(name)).to_series()]


def _listed(cells: pl.DataFrame, column: str, parts: Parts, piece: str | None = None, name: str = "raw") -> pl.Series:
    """A column as List(Struct{name, parts...}): one element a value, none for null.

    piece: a regex; a cell whose parts all look like it holds several values.
    """
    value = pl.col(column)
    single = (
        pl.struct(value.alias(name), *(part.alias(key) for key, part in parts.items())).reshape((-1, 1)).arr.to_list()
    )
    nothing = pl.lit([], dtype=cells.head(0).select(single).to_series().dtype)
    lists = cells.select(pl.when(value.is_not_null()).then(single).otherwise(nothing).alias(column)).to_series()
    several = cells[column].str.contains(r"[;,|\n/]|^\[").fill_null(value=False) if piece is not None else None
    if piece is None or several is None or not several.any():
        return lists
    rows = cells.select(*(part.alias(key) for key, part in parts.items()), value.alias(_CUT)).filter(several)
    pieces = _pieces(cells[column].filter(several), piece).alias(name)
    split = rows.drop(_CUT).with_columns(pieces).with_row_index(_CUT).explode(name)
    again = split.group_by(_CUT, maintain_order=True).agg(pl.struct(name, *parts.keys()).alias("list"))
    return _placed(lists, several, again["list"])


def _placed(lists: pl.Series, where: pl.Series, others: pl.Series) -> pl.Series:
    """The lists, with the others in the places that `where` marks, in this order."""
    places = pl.when(pl.col("where")).then(pl.col("where").cum_sum() - 1)
    frame = pl.DataFrame([lists.alias("one"), where.alias("where")])
    picked = others.gather(frame.select(places).to_series())
    both = frame.with_columns(picked.alias("other"))
    return both.select(pl.when("where").then("other").otherwise("one").alias(lists.name)).to_series()


def _pieces(cells: pl.Series, piece: str) -> pl.Series:
    """The values in each cell: cut where all parts look like a value, else the cell as it is."""

    def cut(separator: str) -> pl.Expr:
        return pl.first().str.replace_all(separator, _CUT).str.split(_CUT).list.filter(pl.element() != "")

    def alike(parts: pl.Expr) -> pl.Expr:
        return (parts.list.len() > 0) & parts.list.eval(pl.element().str.contains(piece)).list.all()

    quoted = pl.first().str.extract_all(_QUOTED).list.eval(pl.element().str.strip_chars('"'))
    quoted = quoted.list.filter(pl.element().str.contains(piece))
    result = (
        pl.when(pl.first().str.starts_with("[") & (quoted.list.len() > 0))
        .then(quoted)
        .when(alike(cut(_ANY)) if piece != _TAG else pl.lit(value=False))
        .then(cut(_ANY))
        .when(alike(cut(_STRONG)))
        .then(cut(_STRONG))
        .otherwise(pl.first().reshape((-1, 1)).arr.to_list())
    )
    return cells.to_frame().select(result).to_series()


def _groups(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """The organisation and the address: one of each a record, of several columns."""
    columns: list[pl.Series] = []
    names = {
        "organisations": {"company": "name", "job_title": "title"},
        "addresses": {part: part for part in ADDRESS_PARTS},
    }
    names["addresses"]["address"] = "raw"
    for column, parts in names.items():
        found = {part: pl.col(by_field[name][0].column) for name, part in parts.items() if name in by_field}
        if found:
            single = pl.struct(*(part.alias(key) for key, part in found.items())).reshape((-1, 1)).arr.to_list()
            nothing = pl.lit([], dtype=cells.head(0).select(single).to_series().dtype)
            held = pl.any_horizontal(part.is_not_null() for part in found.values())
            columns.append(cells.select(pl.when(held).then(single).otherwise(nothing).alias(column)).to_series())
    return columns


def _times(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]], order: str) -> list[pl.Series]:
    """When the record was made and changed, and whether it still lives."""
    columns = [
        moments(cells[by_field[name][0].column], order).alias(name)
        for name in ("created_at", "updated_at", "deleted_at")
        if name in by_field
    ]
    signs: list[pl.Expr] = []
    if "deleted" in by_field:
        flag = pl.col(by_field["deleted"][0].column).str.to_lowercase()
        signs.append(flag.is_in(sorted(words("truths"))).fill_null(value=False))
    if "deleted_at" in by_field:
        gone = next(column for column in columns if column.name == "deleted_at").is_not_null()
        signs.append(pl.lit(gone))
    if signs:
        columns.append(cells.select(pl.any_horizontal(signs).alias("deleted")).to_series())
    return columns
