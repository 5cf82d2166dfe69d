"""Any contact export -> canonical contacts, with no configuration: what was inferred is told and can be overridden."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Literal

import polars as pl

from resolver.contact import CONTACT_COLUMNS
from resolver.errors import InputError, NothingUsableError, UsageError
from resolver.frames import RECORD_KEY
from resolver.sources.adapter import Setting
from resolver.sources.build import contacts
from resolver.sources.columns import decide
from resolver.sources.files import Input, Table, locate, read_file, read_frame
from resolver.sources.group import FILE_SOURCE, Group, Use
from resolver.sources.headers import FIELDS, PHONE_KINDS
from resolver.sources.identity import Part, identify
from resolver.sources.load import ColumnUse, Load, rejects_frame
from resolver.sources.moments import date_order
from resolver.sources.regions import infer_region


@dataclass(frozen=True)
class Reading:
    """What the caller says about the inputs; whatever is left out is inferred.

    columns: canonical field -> column name. source: the name of all inputs. region: alpha-2, for phone numbers
    without a country code. date_order: how dates such as 03/04/1985 are read. systems: what the exports of known
    systems do not say of themselves, by kind. tenants: a tenant's id in its system -> its name here.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    id_column: str | None = None
    source_column: str | None = None
    source: str | None = None
    tenant: str | None = None
    region: str | None = None
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    systems: Mapping[str, Setting] = field(default_factory=dict)
    tenants: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, str]:
        """Canonical field -> column, with the ids."""
        ids = {"record_id": self.id_column, "source": self.source_column}
        return {**self.columns, **{name: column for name, column in ids.items() if column is not None}}


@dataclass
class _Account:
    """What is told at the end."""

    rejects: list[tuple[str, int, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    columns: list[ColumnUse] = field(default_factory=list)


@dataclass(frozen=True)
class _Decided:
    """Files with the same headers, and what their columns are."""

    tables: list[Table]
    uses: list[Use]


_Orders = dict[tuple[str, str], str]


@dataclass(frozen=True)
class _Understood:
    """The tables and what their columns are; where phone numbers are from; (path, source) -> how dates are written."""

    parts: list[Part]
    region: str | None
    orders: _Orders


def read(inputs: Sequence[Input], reading: Reading | None = None) -> Load:
    """Reads files and frames into canonical contacts, sorted by (record_id, source).

    A path may be given as "NAME=path" to name its source. Raises UsageError when told columns do not exist, and
    NothingUsableError when not one input could be read or no row was usable.
    """
    reading = reading or Reading()
    account = _Account()
    tables = _tables(inputs, reading, account)
    infos = [table.info for table in tables]
    understood = _understood(tables, reading, account)
    del tables  # what `_built` takes must not be held here
    records, refused = identify(understood.parts, understood.orders, forced=reading.id_column)
    account.rejects += refused.rejects
    account.warnings += refused.warnings
    frame = _assembled(_built(understood, records), reading, understood.region)
    rejects = rejects_frame(account.rejects).sort("file", "line", "reason", maintain_order=True)
    if not frame.height and rejects.height:
        reasons = Counter(f"{file}: {reason}" for file, reason in rejects.select("file", "reason").iter_rows())
        raise NothingUsableError("; ".join(reason for reason, _ in reasons.most_common(5)))
    rows = dict(frame.group_by("file").len().iter_rows())
    infos = [replace(info, rows=rows.get(info.path, 0)) for info in infos]
    return Load(frame, rejects, account.columns, infos, account.warnings, account.settings)


def _understood(tables: Sequence[Table], reading: Reading, account: _Account) -> _Understood:
    _check_told(reading, tables)
    groups = [_decided(group, reading, account) for group in _grouped(tables)]
    region = _region(groups, reading, account)
    parts = [_part(table, decided.uses) for decided in groups for table in decided.tables]
    return _Understood(parts, region, _date_orders(groups, reading, account))


def _tables(inputs: Sequence[Input], reading: Reading, account: _Account) -> list[Table]:
    """Every input that can be read, once."""
    tables: dict[tuple[str, str], Table] = {}
    frames = 0
    for given in inputs:
        try:
            if isinstance(given, str | Path):
                path, source = locate(given)
                table = read_file(path, reading.source or source)
            else:
                frames += 1
                name = "frame" if frames == 1 else f"frame-{frames}"
                table = read_frame(given, name, reading.source or name)
        except InputError as error:
            account.rejects.append((error.path, 0, error.reason, ""))
            account.warnings.append(str(error))
            continue
        key = (table.info.digest, table.info.source)
        if key in tables and isinstance(given, str | Path):
            account.warnings.append(
                f"{table.info.path}: the same file was given before as {tables[key].info.path}; read once"
            )
            continue
        tables[key if isinstance(given, str | Path) else (table.info.path, "")] = table
        account.rejects += [(table.info.path, *refused) for refused in table.refused]
        account.warnings += table.warnings
        if table.refused:
            account.warnings.append(f"{table.info.path}: rows refused: {len(table.refused)}")
    if not tables:
        raise NothingUsableError("; ".join(account.warnings) or "no input was given")
    return list(tables.values())


def _check_told(reading: Reading, tables: Sequence[Table]) -> None:
    there = sorted({name for table in tables for name in table.cells.columns})
    for name, column in reading.told.items():
        if name not in FIELDS:
            raise UsageError(f"there is no field {name!r}; the fields are {', '.join(FIELDS)}")
        if column not in there:
            raise UsageError(f"there is no column {column!r} for {name}; the columns are {', '.join(there)}")


def _grouped(tables: Sequence[Table]) -> list[list[Table]]:
    """Tables with the same headers together: how an export is split over files must not matter."""
    groups: dict[tuple[str, ...], list[Table]] = {}
    for table in tables:
        groups.setdefault(tuple(table.cells.columns), []).append(table)
    return list(groups.values())


def _decided(tables: list[Table], reading: Reading, account: _Account) -> _Decided:
    cells = pl.concat([table.cells.with_columns(pl.lit(table.info.source).alias(FILE_SOURCE)) for table in tables])
    stems = sorted(
        {Path(table.info.path).name.partition(".")[0] for table in tables} | {table.info.source for table in tables}
    )
    headed = not all(table.headless for table in tables)
    uses, warnings = decide(Group(cells, stems, headed, reading.told))
    for table in tables:
        account.warnings += [f"{table.info.path}: {warning}" for warning in warnings]
        account.columns += [ColumnUse(table.info.path, use.column, _shown(use), use.why) for use in uses]
    return _Decided(tables, uses)


def _shown(use: Use) -> str | None:
    return None if use.field == "custom" else use.field


def _columns_of(groups: Sequence[_Decided], *fields: str) -> list[pl.Series]:
    return [
        table.cells[use.column]
        for group in groups
        for use in group.uses
        if use.field in fields
        for table in group.tables
    ]


def _region(groups: Sequence[_Decided], reading: Reading, account: _Account) -> str | None:
    """The region for numbers without a country code; the same for all inputs."""
    if reading.region is not None:
        region, why = reading.region.upper(), "told"
    else:
        phones = _columns_of(groups, *PHONE_KINDS)
        if not phones:
            return None
        inferred, why = infer_region(phones, _columns_of(groups, "country"), _columns_of(groups, "email"))
        region = inferred or "none"
        account.settings["default_region"] = f"{region} ({why})"
        return inferred
    account.settings["default_region"] = f"{region} ({why})"
    return region


def _date_orders(groups: Sequence[_Decided], reading: Reading, account: _Account) -> _Orders:
    """(path, source) -> how dates are written; files of one source with the same headers are looked at together."""
    orders: _Orders = {}
    for group in groups:
        for source in dict.fromkeys(table.info.source for table in group.tables):
            tables = [table for table in group.tables if table.info.source == source]
            here = [_Decided(tables, group.uses)]
            dates = _columns_of(here, "birth_date") or _columns_of(here, "created_at", "updated_at", "deleted_at")
            seen, sure = date_order(pl.concat([column.alias("date") for column in dates])) if dates else ("ymd", True)
            for table in tables:
                orders[table.info.path, source] = reading.date_order or seen
                if dates:
                    account.settings[f"date_order {table.info.path}"] = reading.date_order or seen
                if not sure and reading.date_order is None:
                    account.warnings.append(
                        f"{table.info.path}: dates could be day first or month first; read as month first "
                        "(--date-order dmy changes it)"
                    )
    return orders


def _part(table: Table, uses: list[Use]) -> Part:
    return Part(
        table,
        {use.field: use.column for use in uses if use.field in {"record_id", "source", "tenant", "updated_at"}},
        uses,
    )


def _built(understood: _Understood, records: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Canonical records; tables that are read in the same way are built together, in the order of their ids.

    records: for each part, (row, source, record_id). The parts are taken away: their cells are not kept any longer
    than they are needed.
    """
    alike: dict[tuple[int, str], list[tuple[Part, pl.DataFrame]]] = {}
    for part, named in zip(understood.parts, records, strict=True):
        order = understood.orders[part.table.info.path, part.table.info.source]
        alike.setdefault((id(part.uses), order), []).append((part, named))
    understood.parts.clear()
    return [_built_alike(alike.pop(key), key[1]) for key in list(alike)]


def _built_alike(held: list[tuple[Part, pl.DataFrame]], order: str) -> pl.DataFrame:
    """Cells are put in order while they are still plain text. `held` is emptied."""
    starts = accumulate((part.table.cells.height for part, _ in held), initial=0)
    named = pl.concat(
        named.with_columns(pl.col("row") + start, file=pl.lit(part.table.info.path))
        for (part, named), start in zip(held, starts, strict=False)
    ).sort("record_id", "source")
    cells, uses = pl.concat([part.table.cells for part, _ in held]), held[0][0].uses
    lines = pl.concat([part.table.lines for part, _ in held]).gather(named["row"]).alias("line")
    held.clear()
    # a column in one piece is put in order in less than half the time
    ordered = [cells.drop_in_place(name).rechunk().gather(named["row"]) for name in cells.columns]
    columns = contacts(pl.DataFrame(ordered), uses, order)
    # what is the same in all records stays a single value, and takes no room until somebody asks for the column
    return named.drop("row").with_columns(*columns, lines, date_order=pl.lit(order))


def _assembled(frames: Sequence[pl.DataFrame], reading: Reading, region: str | None) -> pl.DataFrame:
    """All records in one frame: canonical columns first, lists empty rather than null, in the order of their ids."""
    frame = pl.concat(frames, how="diagonal_relaxed", rechunk=False)
    lists = [name for name, dtype in frame.schema.items() if dtype.base_type() == pl.List]
    frame = frame.with_columns(pl.col(name).fill_null([]) for name in lists if frame[name].null_count())
    if reading.tenant is not None:
        frame = frame.with_columns(tenant=pl.lit(reading.tenant))
    frame = frame.with_columns(
        RECORD_KEY,
        default_region=pl.lit(region, pl.String),
    )
    frame = frame.sort("record_id", "source") if len(frames) > 1 else frame
    first = ["record_key", *(name for name in CONTACT_COLUMNS if name in frame.columns)]
    first += ["file", "line", "date_order", "default_region"]
    return frame.select(*first, *sorted(set(frame.columns) - set(first)))
