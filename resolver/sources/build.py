"""Cells and their uses -> canonical contacts, column by column."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from resolver.contact import FORMER
from resolver.lists import instead
from resolver.sources.group import Use
from resolver.sources.headers import (
    ADDRESS_PARTS,
    BIRTH_PARTS,
    OPT_OUTS,
    OTHER_NAMES,
    PHONE_KINDS,
    is_former,
    phone_kind,
    tokens,
    words,
)
from resolver.sources.moments import moments
from resolver.sources.regions import country_codes
from resolver.sources.values import DATE
from rules.date import month_of

_SCALARS = (
    *("tenant", "name_prefix", "given_name", "middle_name", "family_name", "name_suffix", "full_name", "username"),
    *("birth_date", "gender", "language", "timezone"),
)
_STRONG, _ANY = (
    r"\s*(?:::: ?|[;,|\n])\s*",
    r"\s*(?:::: ?|[;,|\n/])\s*",
)  # what may stand between several values in a cell
_CUT = "\x1f"
_EMAIL = r"^[^@]*[^@\s]@[^@\s]+\.[^@\s]+$"
_PHONE = r"(?i)^\D{0,12}(?:\d[\s().\-/]*){6,}\d\D{0,3}(?:(?:x|ext)\D{0,3}\d{1,6})?$"
_TAG = r"."
_FULL_NAME = r"\p{L}\S*\s+\S*\p{L}"
_UNSAID = {"birth_date": r"^0?0/0?0/(?:00)+$", "gender": r"(?i)^unspecified$"}  # Outlook's
_OTHER_PHONES = frozenset({"other", "main"})
_QUOTED = r'"(?:[^"\\]|\\.)*"'

Parts = Mapping[str, pl.Expr]


def contacts(cells: pl.DataFrame, uses: Sequence[Use], order: str) -> list[pl.Series]:
    """The canonical columns that the cells fill, besides the ids, and `custom.*` and `category.*`."""
    by_field: dict[str, list[Use]] = {}
    for use in uses:
        by_field.setdefault(use.field or "custom", []).append(use)
    columns = [cells[by_field[name][0].column].alias(name) for name in _SCALARS if name in by_field]
    columns = [_said(column) for column in columns]
    columns = [_without_midnight(column) if column.name == "birth_date" else column for column in columns]
    columns = [*_second_family_names(columns, cells, by_field), *_birth_dates(cells, by_field)]
    columns += _other_names(cells, by_field)
    columns += _contact_points(cells, by_field)
    columns += [*_organisations(cells, by_field), *_addresses(cells, by_field)]
    columns += [*_consent(cells, by_field, order), *_links(cells, by_field)]
    columns += _times(cells, by_field, order)
    for use in uses:
        if use.field is None or use.field == "custom":
            columns.append(cells[use.column].alias(f"custom.{use.column}"))
        elif use.field.startswith("category."):
            columns.append(cells[use.column].alias(use.field))
    return columns


def _said(column: pl.Series) -> pl.Series:
    """A column without what a system fills in where nobody said anything."""
    pattern = _UNSAID.get(column.name)
    return column if pattern is None else column.set(column.str.contains(pattern).fill_null(value=False), None)


def _without_midnight(dates: pl.Series) -> pl.Series:
    """Dates that went through a time column lose the time."""
    if not dates.str.contains(":", literal=True).any():
        return dates
    return dates.str.replace(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?$", "")


def _second_family_names(
    columns: list[pl.Series], cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]
) -> list[pl.Series]:
    """The columns, with a family name of two parts written as one."""
    second = by_field.get("second_family_name")
    if second is None:
        return columns
    first = [column for column in columns if column.name == "family_name"]
    parts = pl.DataFrame([*first, cells[second[0].column].alias("second")])
    both = pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)
    whole = parts.select(pl.when(both != "").then(both).alias("family_name")).to_series()
    return [*(column for column in columns if column.name != "family_name"), whole]


def _birth_dates(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """A date of birth that comes in pieces, year first: as much of it as there is."""
    if "birth_year" not in by_field or "birth_date" in by_field:
        return []
    year, month, day = (
        _number(cells[by_field[name][0].column])
        if name in by_field
        else pl.Series([None] * cells.height, dtype=pl.String)
        for name in BIRTH_PARTS
    )
    pieces = pl.DataFrame([year.alias("y"), month.alias("m"), day.alias("d")])
    month_too = pl.concat_str("y", "m", separator="-")
    return [
        pieces.select(
            pl.coalesce(pl.concat_str(month_too, "d", separator="-"), month_too, "y").alias("birth_date")
        ).to_series()
    ]


def _number(cells: pl.Series) -> pl.Series:
    """Years, months and days as digits, at least two; months may be written out, spreadsheets add ".0"."""
    digits = cells.str.extract(r"^(\d{1,4})(?:\.0)?$").str.zfill(2)
    named = {cell: month_of(cell.lower().rstrip(".")) for cell in cells.filter(digits.is_null()).drop_nulls().unique()}
    months = cells.replace_strict(named, default=None, return_dtype=pl.String).str.zfill(2)
    return pl.select(pl.coalesce(digits, months)).to_series()


def _other_names(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """Further names, each with the header it stands under; given and family name of one header's words together."""
    nothing = pl.lit(None, pl.String)
    names: dict[tuple[str, int], dict[str, str]] = {}
    for name in OTHER_NAMES[:2]:
        for use in by_field.get(name, []):
            part = name.removeprefix("other_")
            place = sum(part in parts for (group, _), parts in names.items() if group == use.group)
            names.setdefault((use.group, place), {})[part] = use.column
    lists = []
    for parts in names.values():
        columns = {part: pl.col(parts[part]) if part in parts else nothing for part in ("given_name", "family_name")}
        held = pl.any_horizontal(pl.col(column).is_not_null() for column in parts.values())
        label = pl.lit(" / ".join(parts.values()))
        lists.append(_held(cells, held, {"full_name": nothing, **columns, "label": label}))
    for use in by_field.get("other_name", []):
        parts_of = {"given_name": nothing, "family_name": nothing, "label": pl.lit(use.column)}
        lists.append(_listed(cells, use.column, parts_of, _FULL_NAME, name="full_name"))
    return _joined("other_names", lists)


def _contact_points(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """E-mails, phones, social profiles, ids of other systems, tags and notes."""
    columns = [*_emails(cells, by_field), *_phones(cells, by_field)]
    socials = [
        _listed(cells, use.column, {"network": _network(use)})
        for name in ("linkedin", "social")
        for use in by_field.get(name, [])
    ]
    columns += _joined("socials", socials)
    ids = [
        _listed(cells, use.column, {"system": pl.lit(use.detail)})
        for name in ("national_id", "organisation_id", "external_id")
        for use in by_field.get(name, [])
    ]
    columns += _joined("external_ids", ids)
    tags = by_field.get("tags", [])
    starred = cells.with_columns(pl.col(use.column).str.replace_all(r"(^|::: )\* ", "${1}") for use in tags)
    columns += _joined("tags", [_listed(starred, use.column, {}, _TAG, name="name") for use in tags])
    columns += _joined("notes", [_listed(cells, use.column, {}, name="text") for use in by_field.get("notes", [])])
    return columns


def _emails(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """E-mails with their labels. Where a record says that its e-mail bounced, it means the first."""
    uses = by_field.get("email", [])
    labels = {use.group: _label(use.column) for use in by_field.get("email_type", [])}
    bounces = [pl.col(use.column) for use in by_field.get("email_bounced", [])]
    said = [pl.when(~text.str.to_lowercase().is_in(sorted(words("falsehoods")))).then(text) for text in bounces]
    why = pl.concat_str(said, separator=", ", ignore_nulls=True) if said else pl.lit("")
    main = min(uses, key=lambda use: len(tokens(use.column)), default=None)
    lists = []
    for use in uses:
        parts: dict[str, pl.Expr] = {}
        if labels:
            kind = labels.get(use.group, pl.lit(None, pl.String)).str.to_lowercase()
            parts["type"] = pl.when(~kind.is_in(["smtp", "ex"])).then(kind)
        if said:
            bounced = (why != "") & pl.lit(use is main)
            parts["status"] = pl.when(bounced).then(pl.lit("bounced"))
            parts["status_reason"] = pl.when(bounced).then(why)
        lists.append(_listed(cells, use.column, parts, _EMAIL))
    return _joined("emails", lists)


def _phones(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """Phone numbers with the kind that their label or their header says, and the region of the record's country."""
    lands = [country_codes(cells[use.column]) for use in sorted(by_field.get("country", []), key=_order(cells))]
    region = pl.coalesce(lands) if lands else pl.lit(None, pl.String)
    placed = cells.with_columns(region.alias(f"{_CUT}region"))
    labels = {use.group: use.column for use in by_field.get("phone_type", [])}
    uses = [(use, kind) for name, kind in PHONE_KINDS.items() for use in by_field.get(name, [])]
    lists = []
    for use, named in sorted(uses, key=lambda pair: pair[0].detail in _OTHER_PHONES):
        kind = pl.lit(use.detail if use.detail in _OTHER_PHONES else named, pl.String)
        label = labels.get(use.group) if use.field == "phone" else None
        if label is not None:
            seen = {word: phone_kind(word) for word in cells[label].drop_nulls().unique()}
            kind = pl.coalesce(pl.col(label).replace_strict(seen, default=None, return_dtype=pl.String), kind)
        parts = {"kind": kind, "region": pl.col(f"{_CUT}region")}
        if labels:
            parts["label"] = _label(label) if label is not None else pl.lit(None, pl.String)
        lists.append(_listed(placed, use.column, parts, _PHONE))
    return _joined("phones", lists)


def _label(column: str) -> pl.Expr:
    """A label as it was chosen; Google marks the main one of several with a star."""
    return pl.col(column).str.strip_prefix("* ")


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
    several = cells[column].str.contains(r"[;,|\n/]|:::|^\[").fill_null(value=False) if piece is not None else None
    if piece is None or several is None or not several.any():
        return lists
    rows = cells.select(*(part.alias(key) for key, part in parts.items()), value.alias(_CUT)).filter(several)
    pieces = _pieces(cells[column].filter(several), piece).alias(name)
    split = rows.drop(_CUT).with_columns(pieces).with_row_index(_CUT).explode(name)
    again = split.group_by(_CUT, maintain_order=True).agg(pl.struct(name, *parts.keys()).alias("list"))
    return instead(lists, again["list"], several)


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


def _held(cells: pl.DataFrame, held: pl.Expr, parts: Parts) -> pl.Series:
    """One struct of the parts in each row where `held`, an empty list in the others."""
    single = pl.struct(*(part.alias(name) for name, part in parts.items()))
    row = cells.select(single.alias("one"), held.alias("held"))
    nothing = pl.lit([], dtype=pl.List(row.schema["one"]))
    listed = pl.col("one").reshape((-1, 1)).arr.to_list()
    return row.select(pl.when("held").then(listed).otherwise(nothing)).to_series()


def _organisations(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """The organisation, of several columns, and the further names it goes by."""
    names = {"company": "name", "account_id": "account_id", "job_title": "title"}
    parts = {part: pl.col(by_field[name][0].column) for name, part in names.items() if name in by_field}
    further = [pl.col(use.column) for use in by_field.get("other_company", [])]
    if further:
        parts.setdefault("name", pl.lit(None, pl.String))
    if not parts:
        return []
    lists = [_held(cells, pl.any_horizontal(part.is_not_null() for part in parts.values()), parts)]
    nothing = {part: pl.lit(None, pl.String) for part in parts}
    lists += [_held(cells, name.is_not_null(), {**nothing, "name": name}) for name in further]
    return _joined("organisations", lists)


def _addresses(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """The addresses, each of several columns; where there can be several, their type is what the columns call them."""
    uses = sorted((use for name in ADDRESS_PARTS for use in by_field.get(name, [])), key=_order(cells))
    groups: dict[str, dict[str, pl.Expr]] = {}
    for use in uses:
        name = "raw" if use.field == "address" else str(use.field)
        groups.setdefault(use.group, {}).setdefault(name, pl.col(use.column))
    names = {name for parts in groups.values() for name in parts}
    parts_of = [name for name in ("raw", *ADDRESS_PARTS) if name in names]
    labels = {use.group: _label(use.column).str.to_lowercase() for use in by_field.get("address_type", [])}
    lists = []
    for group, found in groups.items():
        parts = {name: found.get(name, pl.lit(None, pl.String)) for name in parts_of}
        if len(groups) > 1 or labels:
            called = " ".join(word for word in group.split() if not word.isdigit()) or None
            called = FORMER if is_former(group) else called
            parts["type"] = labels.get(group, pl.lit(called, pl.String))
        held = pl.any_horizontal(part.is_not_null() for part in found.values())
        lists.append(_held(cells, held, parts))
    return _joined("addresses", lists)


def _order(cells: pl.DataFrame) -> Callable[[Use], tuple[bool, int]]:
    """The first address before the others, and these as they stand in the file."""
    return lambda use: (use.further, cells.columns.index(use.column))


def _consent(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]], order: str) -> list[pl.Series]:
    """What a person does not want, since when if a date says it. False and nothing are no entry: nobody agreed."""
    yes, no = sorted(words("truths") | words("opt_outs")), sorted(words("falsehoods"))
    lists = []
    for name, channel in OPT_OUTS.items():
        for use in by_field.get(name, []):
            value = pl.col(use.column)
            word = value.str.to_lowercase().str.replace_all(r"[\s-]", "")
            denied = word.is_in(yes) | value.str.contains(DATE)
            state = pl.when(denied).then(pl.lit("denied")).otherwise(pl.lit("unknown"))
            evidence = pl.concat_str(pl.lit(use.column), value, separator=": ")
            at = pl.lit(moments(cells[use.column], order))
            parts = {"channel": pl.lit(channel), "state": state, "at": at, "evidence": evidence}
            lists.append(_held(cells, ~word.is_in(no).fill_null(value=True), parts))
    return _joined("consent", lists)


def _links(cells: pl.DataFrame, by_field: Mapping[str, Sequence[Use]]) -> list[pl.Series]:
    """References to other records of the source."""
    if "reports_to" not in by_field:
        return []
    superior = pl.col(by_field["reports_to"][0].column)
    link = pl.when(superior.is_not_null()).then(pl.struct(superior.alias("reports_to")))
    return [cells.select(link.alias("links")).to_series()]


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
