"""Parquet, JSON, spreadsheets and frames in memory, as cells of text with ids exact."""

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from resolver.errors import InputError
from resolver.sources.delimited import Rows
from resolver.sources.headers import looks_like_headers
from resolver.sources.unpacking import must_be_modest

OLD = b"\xd0\xcf\x11\xe0"
"""What a workbook of the old kind (.xls) begins with."""
_DEEPEST = 8  # levels of a JSON object that become columns of their own


def numbered(cells: pl.DataFrame, first: int = 1) -> Rows:
    """Rows whose line is their number."""
    lines = pl.int_range(first, first + cells.height, dtype=pl.UInt32, eager=True).alias("line")
    return Rows(cells, lines, [])


def text_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as String: integers digit by digit, whole floats without ".0", times in ISO 8601."""
    columns: list[pl.Series] = []
    for series in frame.get_columns():
        columns.extend(_text(series))
    return pl.DataFrame(columns)


def _text(series: pl.Series) -> Iterator[pl.Series]:
    dtype = series.dtype
    if dtype == pl.String:
        yield series
    elif isinstance(dtype, pl.Struct):
        for field in dtype.fields:
            yield from _text(series.struct.field(field.name).alias(f"{series.name}.{field.name}"))
    elif isinstance(dtype, pl.List | pl.Array):
        texts = series.to_frame("x").select(pl.struct("x").struct.json_encode().str.slice(5).str.head(-1))
        yield texts.to_series().replace(["null", "[]"], None).alias(series.name)
    elif dtype.is_float():
        whole = (series.drop_nulls().drop_nans() % 1 == 0).all() and (series.abs().max() or 0) < 2**53  # type: ignore[operator]  # floats only
        finite = series.fill_nan(None)
        yield finite.cast(pl.Int64).cast(pl.String) if whole else finite.cast(pl.String)
    elif dtype.is_decimal():
        yield series.cast(pl.String).str.replace(r"\.0+$", "")
    elif isinstance(dtype, pl.Datetime):
        zone = "Z" if dtype.time_zone else ""
        moments = series.dt.convert_time_zone("UTC") if dtype.time_zone else series
        yield moments.cast(pl.Datetime("us", dtype.time_zone and "UTC")).dt.strftime(f"%Y-%m-%dT%H:%M:%S%.f{zone}")
    elif dtype in {pl.Binary, pl.Object}:
        yield pl.Series(series.name, [_plain(value) for value in series], dtype=pl.String)
    else:
        yield series.cast(pl.String)


def _plain(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_parquet(path: Path, data: bytes) -> Rows:
    """A Parquet file."""
    try:
        return numbered(text_frame(pl.read_parquet(data)))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(path, f"this Parquet file is damaged or cut off ({reason})") from error


def read_workbook(path: Path, data: bytes) -> tuple[list[str] | None, Rows]:
    """The first sheet of a workbook that holds something; the header, or None when the first row is data."""
    import fastexcel

    if not data.startswith(OLD):
        must_be_modest(path, data)
    try:
        book = fastexcel.read_excel(data)
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            filled = sheet.select(pl.any_horizontal(pl.all().str.strip_chars().fill_null("") != "")).to_series()
            if filled.any():
                break
        else:
            raise InputError(path, "every sheet of this workbook is empty")
    except (fastexcel.FastExcelError, pl.exceptions.PanicException) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(path, f"this workbook cannot be opened ({reason})") from error
    top = int(filled.arg_max() or 0)
    header = [cell or "" for cell in sheet.row(top)]
    if not looks_like_headers(header):
        return None, numbered(sheet[top:], top + 1)
    return header, numbered(sheet[top + 1 :], top + 2)


def read_json(path: Path, data: bytes) -> Rows:
    """An array of objects, an object that holds one, or one object a line."""
    text = data.decode("utf-8", "replace")
    try:
        return _objects(_list_in(_loads(text)))
    except RecursionError as error:
        raise InputError(path, "this JSON is nested too deeply") from error
    except json.JSONDecodeError as error:
        head = text.lstrip().partition("\n")[0]
        if error.msg == "Extra data" and _object_of(head) is not None:
            return read_json_lines(data)
        reason = f"this JSON does not parse: {error.msg} at line {error.lineno}, column {error.colno}"
        raise InputError(path, reason) from error


def read_json_lines(data: bytes) -> Rows:
    """One JSON object a line; a line that is none is refused."""
    found: list[tuple[int, Any, str]] = []
    for line, text in enumerate(data.split(b"\n"), start=1):
        raw = text.decode("utf-8", "replace").strip()
        if raw:
            found.append((line, _object_of(raw), raw))
    return _rows(found, "this line is not a JSON object")


def _object_of(text: str) -> dict[str, Any] | None:
    """The JSON object in a line, or None."""
    try:
        value = _loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_number(_: str) -> None:
    """NaN and Infinity are no values of a contact."""


def _loads(text: str) -> Any:
    """JSON with every number as it is written."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_number)


def _list_in(value: Any) -> list[Any]:
    """The list of objects in a JSON document: itself, the longest one inside, or one object alone."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return []
    lists = [inner for inner in value.values() if isinstance(inner, list) and any(isinstance(x, dict) for x in inner)]
    if lists:
        return max(lists, key=len)
    deeper = [inner for inner in value.values() if isinstance(inner, dict)]
    found = next((objects for objects in map(_list_in, deeper) if len(objects) > 1), None)
    return found if found is not None else [value]


def _objects(values: list[Any]) -> Rows:
    return _rows(
        [(row, value, "" if isinstance(value, dict) else json.dumps(value)) for row, value in enumerate(values, 1)],
        "this element is not a JSON object",
    )


def _rows(found: Iterable[tuple[int, Any, str]], reason: str) -> Rows:
    """(line, object, raw) -> cells; columns in the order of their names, for objects have no order."""
    cells: list[dict[str, str]] = []
    lines: list[int] = []
    refused: list[tuple[int, str, str]] = []
    for line, value, raw in found:
        if isinstance(value, dict):
            cells.append(dict(_flat(value)))
            lines.append(line)
        else:
            refused.append((line, reason, raw))
    names = sorted({name for row in cells for name in row})
    columns = {name: _strings([row.get(name) for row in cells]) for name in names}
    return Rows(pl.DataFrame(columns), pl.Series("line", lines, pl.UInt32), refused)


def _strings(values: list[str | None]) -> pl.Series:
    try:
        return pl.Series(values, dtype=pl.String)
    except UnicodeEncodeError:  # half a surrogate pair, written as an escape
        mended = [None if value is None else value.encode("utf-8", "replace").decode() for value in values]
        return pl.Series(mended, dtype=pl.String)


def _flat(value: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """(path, text) of all values in an object; nested objects get dotted paths, lists stay JSON."""
    for name, inner in value.items():
        if isinstance(inner, dict) and inner and depth < _DEEPEST:
            yield from _flat(inner, f"{prefix}{name}.", depth + 1)
        elif isinstance(inner, bool):
            yield prefix + name, "true" if inner else "false"
        elif isinstance(inner, list | dict) and inner:
            yield prefix + name, json.dumps(inner, ensure_ascii=False)
        elif isinstance(inner, str):
            yield prefix + name, inner
