"""Any file or frame as a table of text cells, with an account of what could not be read."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from resolver.errors import InputError
from resolver.sources.delimited import Rows, read_delimited
from resolver.sources.encoding import to_utf8
from resolver.sources.load import FileInfo
from resolver.sources.structured import (
    OLD,
    numbered,
    read_json,
    read_json_lines,
    read_parquet,
    read_workbook,
    text_frame,
)
from resolver.sources.unpacking import unpacked
from resolver.threads import side_by_side

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Input: TypeAlias = "Path | str | pl.DataFrame | pd.DataFrame | pa.Table"

_PLACEHOLDERS = frozenset({"null", "none", "nan", "n/a", "#n/a", "-", "--", "?", "[]", "{}"})
_LONGEST_PLACEHOLDER = 4  # bytes
_SOMETHING = re.compile(rb"[^\0 \t\r\n\xef\xbb\xbf]")
_WORKBOOKS = (b"PK\x03\x04", OLD)
MOST_COLUMNS = 16_384
"""As many as a spreadsheet has. Each is looked at by itself: a line of a million delimiters would take hours."""
_JSON_LINES = (".jsonl", ".ndjson")
_TEXT = (".csv", ".tsv", ".tab", ".txt", ".psv")


@dataclass(frozen=True)
class Table:
    """One input. cells: String columns, stripped, nothing left of empty cells and placeholders. lines: UInt32."""

    info: FileInfo
    cells: pl.DataFrame
    lines: pl.Series
    refused: list[tuple[int, str, str]]
    warnings: tuple[str, ...]
    headless: bool = False  # columns had to be numbered


def locate(given: Path | str) -> tuple[Path, str]:
    """`"crm=exports/people.csv"` -> (the path, "crm"); without a name the source is called like the file."""
    path = Path(given)
    if isinstance(given, str) and not path.exists():
        named = re.fullmatch(r"([^=/\\]+)=(.+)", given, re.DOTALL)
        if named:
            return Path(named[2]), named[1].strip()
    return path, _stem(path)


def _stem(path: Path) -> str:
    name = path.name
    return Path(name[:-3] if name.lower().endswith(".gz") else name).stem or name


@dataclass(frozen=True)
class _Contents:
    """What a file holds. header: None when the first row is data, [] when the cells have their names already."""

    kind: str
    rows: Rows
    header: list[str] | None = field(default_factory=list)
    delimiter: str | None = None
    encoding: str | None = None
    repaired: int = 0


def read_file(path: Path, source: str) -> Table:
    """Reads one file, told apart by content. Raises InputError when the file as a whole cannot be read."""
    digest, found = _opened(path)
    warnings: list[str] = []
    if found.repaired:
        warnings.append(f"{path}: lines with bytes that are not {found.encoding}, mended: {found.repaired}")
    if found.header is None:
        warnings.append(f"{path}: the first row is data; columns are called column_1, column_2, ...")
    info = FileInfo(str(path), source, found.kind, 0, found.delimiter, found.encoding, digest)
    return replace(_table(info, found.rows, found.header, warnings), headless=found.header is None)


def _opened(path: Path) -> tuple[str, _Contents]:
    """The digest of a file and what it holds; its bytes are not kept."""
    packed = _bytes(path)
    made: dict[str, Any] = side_by_side(
        digest=lambda: hashlib.blake2b(packed, digest_size=16).hexdigest(),
        contents=lambda: _contents(path, unpacked(path, packed)),
    )
    return made["digest"], made["contents"]


def _contents(path: Path, data: bytes) -> _Contents:
    if not _SOMETHING.search(data):
        raise InputError(path, "the file is empty")
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if data.startswith(b"PAR1") or suffix == ".parquet":
        return _Contents("parquet", read_parquet(path, data))
    if data.startswith(_WORKBOOKS) or suffix in {".xlsx", ".xls", ".xlsm"}:
        header, rows = read_workbook(path, data)
        return _Contents("xlsx", rows, header)
    text = to_utf8(data)
    kind = _text_kind(path, text.data, suffix)
    if kind == "csv":
        found = read_delimited(text.data)
        return _Contents(kind, found.rows, found.header, found.delimiter, text.encoding, text.repaired)
    rows = read_json_lines(text.data) if kind == "jsonl" else read_json(path, text.data)
    return _Contents(kind, rows, encoding=text.encoding, repaired=text.repaired)


def read_frame(frame: "pl.DataFrame | pd.DataFrame | pa.Table", name: str, source: str) -> Table:
    """A frame in memory."""
    cells = text_frame(_polars(frame, name))
    digest = hashlib.blake2b(cells.hash_rows().to_numpy().tobytes(), digest_size=16).hexdigest()
    return _table(FileInfo(name, source, "frame", 0, None, None, digest), numbered(cells), [], [])


def _polars(frame: object, name: str) -> pl.DataFrame:
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if type(frame).__module__.startswith("pandas"):
        return _from_pandas(frame)
    if hasattr(frame, "__arrow_c_stream__"):
        return pl.DataFrame(frame)
    raise InputError(name, f"a {type(frame).__name__} is neither a file nor a frame")


def _from_pandas(frame: "pd.DataFrame") -> pl.DataFrame:
    """Column by column: pandas allows repeated names, and columns whose values differ in type."""
    columns = []
    for place, label in enumerate(_unique(str(name) for name in frame.columns)):
        values = frame.iloc[:, place]
        if values.dtype.kind == "O":  # strings, mixtures, categories and pandas' own extension types
            held = [None if missing else value for value, missing in zip(values, values.isna(), strict=True)]
            mixed = any(value is not None and not isinstance(value, str) for value in held)
            columns.append(pl.Series(label, held, dtype=pl.Object if mixed else pl.String))
        else:
            columns.append(pl.Series(label, values))
    return pl.DataFrame(columns)


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(path, "this is a directory; name the files in it")
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(path, "there is no such file") from error
    except (OSError, ValueError) as error:
        raise InputError(path, getattr(error, "strerror", None) or str(error)) from error


def _text_kind(path: Path, data: bytes, suffix: str) -> str:
    """csv, json or jsonl: by the first character, unless the name says that it is a table."""
    head = data[:65_536]
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\0" for byte in head)
    if odd > 0.05 * len(head) or head.count(0) > 0.2 * len(head):
        raise InputError(path, "this is binary data, not a table of contacts")
    if suffix in _JSON_LINES:
        return "jsonl"
    if suffix == ".json" or (suffix not in _TEXT and head.lstrip()[:1] in {b"[", b"{"}):
        return "json"
    return "csv"


def _named(cells: pl.DataFrame, header: list[str] | None) -> pl.DataFrame:
    """Cells under unique names. `[]` keeps the frame's own names, None numbers the columns."""
    if header is None:
        names: list[str] = [f"column_{place}" for place in range(1, cells.width + 1)]
    else:
        names = [name.strip().lstrip("\ufeff") for name in header or cells.columns]
    unnamed = [place for place, name in enumerate(names) if not name]
    unique = _unique(name or f"column_{place}" for place, name in enumerate(names, 1))
    renamed = cells.rename(dict(zip(cells.columns, unique, strict=True)))
    # a delimiter at the end of every line makes a last column of nothing
    return renamed.drop([unique[place] for place in unnamed if not (renamed[unique[place]].fill_null("") != "").any()])


def _unique(names: Iterable[str]) -> list[str]:
    """Repeated names are numbered: name, name_2, name_3."""
    given = list(names)
    there, numbers = set(given), dict[str, int]()
    result: dict[str, None] = {}
    for name in given:
        number, unique = numbers.get(name, 2), name
        while unique in result or (unique != name and unique in there):
            unique, number = f"{name}_{number}", number + 1
        numbers[name] = number
        result[unique] = None
    return list(result)


def _table(info: FileInfo, rows: Rows, header: list[str] | None, warnings: list[str]) -> Table:
    """Cleans the cells and leaves out rows that hold nothing."""
    if rows.cells.width > MOST_COLUMNS:
        raise InputError(info.path, f"the first row has {rows.cells.width} cells; this is no table of contacts")
    cleaned, lines = _cleaned(_named(rows.cells, header)), rows.lines
    if cleaned.width and cleaned.height:
        held = cleaned.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        if not held.all():
            warnings.append(f"{info.path}: empty rows left out: {int((~held).sum())}")
            cleaned, lines = cleaned.filter(held), lines.filter(held)
    if not cleaned.height and not rows.refused:
        warnings.append(f"{info.path}: there are no rows below the header")
    return Table(info, cleaned, lines, rows.refused, tuple(warnings))


def _cleaned(cells: pl.DataFrame) -> pl.DataFrame:
    """Surrounding white space goes; nothing and unmistakable placeholders become null."""
    stripped = cells.select(pl.all().str.strip_chars())
    short = pl.all().filter(pl.all().str.len_bytes() <= _LONGEST_PLACEHOLDER).drop_nulls().unique().implode()
    few = stripped.select(short)
    nothing = {
        name: [cell for cell in few[name][0] if not cell or cell.lower() in _PLACEHOLDERS] for name in few.columns
    }
    return stripped.with_columns(
        pl.when(pl.all_horizontal(pl.col(name) != cell for cell in cells)).then(name).alias(name)
        for name, cells in nothing.items()
        if cells
    )
