"""Everything a run is given: exports of known systems go to their adapters, all else to the tabular one."""

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from resolver.contact import frame_of
from resolver.errors import InputError, NothingUsableError, UsageError
from resolver.frames import RECORD_KEY
from resolver.sources import systems, tabular
from resolver.sources.adapter import Adapter, Export, Setting
from resolver.sources.encoding import to_utf8
from resolver.sources.files import Input, locate, read_file
from resolver.sources.load import FileInfo, Load, rejects_frame
from resolver.sources.tabular import Reading
from resolver.sources.unpacking import head_of, unpacked
from resolver.sources.vcard import VCARD

HEAD = 1 << 16
"""Bytes of a CSV file that are looked at for its header."""
RECORD_ORDER = ("updated_at", "created_at", "deleted", "version", "raw")
"""Of two states of one record, the one that is greater by these is the newer."""


Shape = tuple[Any, tuple[int, ...]]


@dataclass(frozen=True)
class Known:
    """A file that a system's adapter understands.

    lines: of CSV rows, the line in which each starts. whole: False when the pull behind it did not see everything.
    """

    path: Path
    adapter: Adapter
    setting: Setting
    document: Any
    lines: tuple[int, ...] = ()
    whole: bool = True

    @property
    def source(self) -> str:
        """The source of its records."""
        return self.adapter.source(self.setting)


def read(inputs: Sequence[Input], reading: Reading | None = None) -> Load:
    """Reads all inputs into canonical contacts, sorted by (record_id, source). Raises like `tabular.read`."""
    reading = reading or Reading()
    known: list[Known] = []
    rest: list[Input] = []
    for given in inputs:
        found = _known(given, reading) if isinstance(given, str | Path) else None
        if found is None:
            rest.append(given)
        else:
            known.append(found)
    known, rest = _with_companions(known, rest)
    loads = [_from_systems(known)] if known else []
    if rest or not known:
        try:
            loads.append(tabular.read(rest, reading))
        except NothingUsableError as error:
            if not known:
                raise
            loads.append(
                replace(loads[0], records=loads[0].records.clear(), columns=[], files=[], warnings=[str(error)])
            )
    return _with_tenants(_together(loads), reading)


def _known(given: Path | str, reading: Reading) -> Known | None:
    """The file as a known system's export; None when it is not one, or cannot be read (tabular then says why)."""
    path, name = locate(given)
    if not path.is_file():
        return None
    kind, _, instance = (reading.source or "").partition(":")
    forced = next((adapter for adapter in systems.ADAPTERS if adapter.kind == kind), None)
    shape: Shape | None = _cards(path) or _document(path) or _rows(path, forced)
    if shape is None:
        return None
    document, lines = shape
    facts = _pulled(document)
    if facts is not None:
        named = next((adapter for adapter in systems.ADAPTERS if adapter.kind == facts["kind"]), None)
        forced, document = forced or named, document["pages"]
    adapter = forced or systems.recognise(list(document[0]) if lines else document)
    if adapter is None:
        return None
    # Cards name no system they come from; files of them are told apart by their own names.
    told = name if adapter is VCARD else str((facts or {}).get("instance") or "")
    setting = _setting(adapter, instance or told, reading)
    whole = facts is None or bool(facts["complete"] and facts["full"])
    return Known(path, adapter, setting, document, lines, whole)


def _pulled(document: Any) -> dict[str, Any] | None:
    """What `resolver pull` wrote about its pull; None for any other document."""
    if isinstance(document, dict) and isinstance(document.get("pages"), list):
        facts = document.get("pull")
        return facts if isinstance(facts, dict) and {"kind", "complete", "full"} <= set(facts) else None
    return None


def _setting(adapter: Adapter, instance: str, reading: Reading) -> Setting:
    """What is configured for the system, with what the command line says over it."""
    setting = reading.systems.get(adapter.kind, Setting())
    return replace(
        setting,
        instance=instance or setting.instance,
        tenant=reading.tenant or setting.tenant,
        region=reading.region or setting.region,
        date_order=reading.date_order or setting.date_order,
    )


def _cards(path: Path) -> tuple[bytes, tuple[int, ...]] | None:
    """The bytes of a file of vCards, by its content."""
    with path.open("rb") as file:
        head = head_of(file.read(HEAD), HEAD)
    if not VCARD.recognises(head):
        return None
    try:
        return unpacked(path, path.read_bytes()), ()
    except InputError:
        return None


def _document(path: Path) -> tuple[Any, tuple[int, ...]] | None:
    """The parsed document of a .json file; None for another file, or one that does not parse."""
    if not path.name.lower().removesuffix(".gz").endswith(".json"):
        return None
    try:
        return json.loads(unpacked(path, path.read_bytes())), ()
    except (ValueError, RecursionError, InputError):
        return None


def _rows(path: Path, forced: Adapter | None) -> tuple[list[dict[str, str | None]], tuple[int, ...]] | None:
    """The rows of a CSV file whose header a system's adapter knows."""
    if not path.name.lower().endswith((".csv", ".tsv", ".txt")) or not (forced or _header_known(path)):
        return None
    try:
        table = read_file(path, "")
    except InputError:
        return None
    rows = table.cells.to_dicts()
    return (rows, tuple(table.lines.to_list())) if rows else None


def _header_known(path: Path) -> bool:
    with path.open("rb") as file:
        lines = to_utf8(file.read(HEAD)).data.decode("utf-8", "replace").splitlines()
    first = lines[0].strip() if lines else ""
    headers = (
        next(csv.reader([first], delimiter=delimiter, quotechar=quote), []) for delimiter in ",;\t|/" for quote in "\"'"
    )
    return any(systems.recognise(header) or systems.companion(header) for header in headers)


def _with_companions(known: list[Known], rest: list[Input]) -> tuple[list[Known], list[Input]]:
    """Files that only add to another system's records (Desk's companies, tickets) join the document they belong to."""
    helpers: dict[str, dict[str, list[dict[str, str | None]]]] = {}
    kept: list[Input] = []
    wanted = {one.adapter.kind for one in known if one.lines}
    if not wanted:
        return known, rest
    for given in rest:
        path = locate(given)[0] if isinstance(given, str | Path) else None
        shape = _rows(path, None) if path is not None and path.is_file() else None
        role = systems.companion(list(shape[0][0])) if shape else None
        if shape and role and role[0] in wanted:
            helpers.setdefault(role[0], {}).setdefault(role[1], []).extend(shape[0])
        else:
            kept.append(given)
    joined = [
        replace(one, document={"customers": one.document, **helpers[one.adapter.kind]})
        if one.lines and one.adapter.kind in helpers
        else one
        for one in known
    ]
    return joined, kept


def _from_systems(known: list[Known]) -> Load:
    """All known exports as one load. A record given more than once counts once, in its newest state."""
    frames, rejects, warnings, files = [], [], [], []
    settings: dict[str, str] = {}
    for one in known:
        export = one.adapter.read(one.document, one.setting)
        frames.append(_frame(one, export))
        rejects += [
            (str(one.path), _line(one, refused.place), refused.reason, refused.raw) for refused in export.refused
        ]
        warnings += [f"{one.path}: {warning}" for warning in export.warnings]
        if not (export.complete and one.whole):
            settings[f"incomplete {one.path}"] = "what is absent here was not necessarily deleted"
        digest = hashlib.blake2b(one.path.read_bytes(), digest_size=16).hexdigest()
        files.append(FileInfo(str(one.path), one.source, one.adapter.kind, len(export.contacts), None, None, digest))
    records = pl.concat(frames)
    newest = records.sort(*RECORD_ORDER, nulls_last=False).unique("record_key", keep="last", maintain_order=True)
    if len(newest) < len(records):
        warnings.append(f"records given more than once, kept in their newest state: {len(records) - len(newest)}")
    return Load(newest.sort("record_id", "source"), rejects_frame(rejects), [], files, warnings, settings)


def _frame(one: Known, export: Export) -> pl.DataFrame:
    return frame_of(export.contacts).with_columns(
        RECORD_KEY,
        file=pl.lit(str(one.path)),
        line=pl.lit(None, dtype=pl.UInt32),
        date_order=pl.lit(one.setting.date_order),
        default_region=pl.lit(one.setting.region, dtype=pl.String),
    )


def _line(one: Known, place: int) -> int:
    return one.lines[place - 1] if 0 < place <= len(one.lines) else place


def _together(loads: list[Load]) -> Load:
    if len(loads) == 1:
        return loads[0]
    records = pl.concat([load.records for load in loads], how="diagonal_relaxed")
    lists = [name for name, dtype in records.schema.items() if isinstance(dtype, pl.List)]
    return Load(
        records.with_columns(pl.col(name).fill_null([]) for name in lists).sort("record_id", "source"),
        pl.concat([load.rejects for load in loads]),
        [use for load in loads for use in load.columns],
        [info for load in loads for info in load.files],
        [warning for load in loads for warning in load.warnings],
        {name: value for load in loads for name, value in load.settings.items()},
    )


def _with_tenants(load: Load, reading: Reading) -> Load:
    """Tenants under the names the caller gives them. Where some records name a tenant, none may go without."""
    if "tenant" not in load.records.columns:
        return load
    records = load.records.with_columns(pl.col("tenant").replace(dict(reading.tenants)))
    lost = records.filter(pl.col("tenant").is_null())
    if len(lost) and len(lost) < len(records):
        sources = ", ".join(lost["source"].unique().sort())
        raise UsageError(
            f"{len(lost)} records of {sources} name no tenant while others do; say whose they are with --tenant, or "
            "in resolver.toml: [systems.KIND] tenant = NAME, and under [tenants] what the others call it"
        )
    return replace(load, records=records)
