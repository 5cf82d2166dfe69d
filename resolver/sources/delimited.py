"""CSV and its relatives. A fast reader whose work is proven by counting, and a careful one for everything else."""

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.sources.headers import looks_like_headers
from resolver.threads import at_once, side_by_side

CELL_LIMIT = 1_000_000
"""Bytes that a cell may have; a longer one is no contact's data."""

_LOOK_AHEAD = 1_000  # lines that a quoted cell may span
_CHUNK = 50_000  # rows that the careful reader holds as Python objects
_QUOTED_CELLS = 5  # opening quotes without one closing quote that make the quote a letter
_BLOCK = 1 << 21  # bytes that are looked at together
_LINE_END = ord("\n")

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart. `quote` is None when quotes are letters like any other."""

    delimiter: str
    quote: str | None


@dataclass(frozen=True)
class Rows:
    """Cells as found, the physical line where each row starts, and (line, reason, raw) of what was refused."""

    cells: pl.DataFrame
    lines: pl.Series
    refused: list[tuple[int, str, str]]


@dataclass(frozen=True)
class Delimited:
    """A delimited file: its header (None when the first row is data already) and its rows."""

    header: list[str] | None
    rows: Rows
    delimiter: str


@dataclass(frozen=True)
class _Record:
    line: int
    cells: list[str] | None  # None: refused for `reason`
    raw: str
    reason: str = ""


def read_delimited(data: bytes) -> Delimited:
    """UTF-8 bytes as rows; never fails on a row."""
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    start = len(data) - len(data.lstrip(b"\r\n"))
    first_line = 1 + data[:start].count(b"\n")
    data = data[start:]
    if data.endswith((b"\n\n", b"\n\r\n")):
        data = data.rstrip(b"\r\n")
    told = re.match(rb"sep=(.)\r?\n", data, re.IGNORECASE)
    if told:
        data, first_line = data[told.end() :], first_line + 1
    dialect = sniff(data[: 1 << 17].decode("utf-8", "ignore"), told[1].decode("utf-8", "ignore") if told else None)
    dialect = _check_quotes(data, dialect)
    first = next(_records(data, dialect, first_line), None)
    if first is None:
        return Delimited([], Rows(pl.DataFrame(), pl.Series("line", [], pl.UInt32), []), dialect.delimiter)
    header = first.cells if first.cells is not None else first.raw.rstrip("\r\n").split(dialect.delimiter)
    rows = _fast(data, dialect, len(header), first_line) or _careful(data, dialect, len(header), first_line)
    if not looks_like_headers(header):
        return Delimited(None, rows, dialect.delimiter)
    return Delimited(header, _without_first(rows, first_line), dialect.delimiter)


def _without_first(rows: Rows, first_line: int) -> Rows:
    """Rows without the one in this line, which is the first of them if it was not refused."""
    begin = int(len(rows.lines) > 0 and rows.lines[0] == first_line)
    return Rows(rows.cells[begin:], rows.lines[begin:], [row for row in rows.refused if row[0] != first_line])


def sniff(sample: str, delimiter: str | None = None) -> Dialect:
    """The delimiter that cuts most lines into the same number of cells, and the quote that stands around cells."""
    lines = sample.splitlines(keepends=True)
    lines = lines[:-1] if len(lines) > 1 and len(sample) > 1 << 16 else lines
    best, score = Dialect(delimiter or ",", '"'), 0.0
    for candidate in [delimiter] if delimiter else [",", ";", "\t", "|"]:
        quote = _quote(sample, candidate)
        widths = _widths(lines[:400], Dialect(candidate, quote))
        usual, lines_of_it = max(Counter(widths).items(), key=lambda pair: (pair[1], pair[0]))
        agreement = lines_of_it / len(widths)
        found = agreement**2 * (usual - 1) ** 0.5 if usual > 1 and widths[0] > 1 else 0.0
        if found > score or candidate == delimiter:
            best, score = Dialect(candidate, quote), found
    return best


def _widths(lines: list[str], dialect: Dialect) -> list[int]:
    """The number of cells in each row of a sample."""
    if dialect.quote is None:
        return [line.count(dialect.delimiter) + 1 for line in lines if line.strip()] or [1]
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)
    widths: list[int] = []
    try:
        widths.extend(len(row) for row in reader if row)
    except csv.Error:
        return widths or [1]  # a cell beyond what csv holds: what was read before it decides
    return widths or [1]


def _quote(sample: str, delimiter: str) -> str | None:
    mark = re.escape(delimiter)
    for quote in ('"', "'"):
        opens = len(re.findall(rf"(?:^|{mark}){quote}", sample, re.MULTILINE))
        closes = len(re.findall(rf"{quote}(?:{mark}|\r?$)", sample, re.MULTILINE))
        if quote == '"' and opens and (closes or opens < _QUOTED_CELLS):
            return quote
        # an apostrophe often starts a name ('t Hooft); around cells it opens and closes alike
        if quote == "'" and opens >= 2 and abs(opens - closes) <= 0.1 * opens:
            return quote
    return None


def _check_quotes(data: bytes, dialect: Dialect) -> Dialect:
    """Quotes may first occur behind the sample."""
    if dialect.quote is not None or b'"' not in data:
        return dialect
    opening = (dialect.delimiter.encode() + b'"', b'\n"')
    sampled = data[: 1 << 17]
    if any(mark in sampled for mark in opening) or sampled.startswith(b'"'):
        return dialect
    return replace(dialect, quote='"') if any(mark in data for mark in opening) else dialect


def _fast(data: bytes, dialect: Dialect, width: int, first_line: int) -> Rows | None:
    """polars' reader. None unless the delimiters and line ends in the file prove that every row has every cell."""
    if b"\0" in data or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return None
    schema = {str(place): pl.String() for place in range(width)}
    read = partial(
        pl.read_csv,
        data,
        has_header=False,
        schema=schema,
        separator=dialect.delimiter,
        quote_char=dialect.quote,
        empty_string_is_null=False,
    )
    try:
        found: dict[str, Any] = side_by_side(cells=read, line_ends=partial(_line_ends, data))
    except pl.exceptions.PolarsError:
        return None  # the careful reader finds out what is wrong, and where
    cells, line_ends = found["cells"], found["line_ends"]
    starts = np.arange(cells.height, dtype=np.int64)
    if dialect.quote is not None and len(line_ends) != cells.height:
        inside = cells.select(pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).cast(pl.Int64)))
        ends = inside.to_series().to_numpy()
        starts += np.cumsum(ends) - ends
    if not _proven(data, dialect, starts, line_ends, width):
        return None
    return _without_long(Rows(cells, pl.Series("line", (starts + first_line).astype(np.uint32)), []), dialect)


def _line_ends(data: bytes) -> Places:
    """The place of each line end; the end of the data counts as one."""
    text = np.frombuffer(data, np.uint8)
    found = [begin + np.flatnonzero(text[begin : begin + _BLOCK] == _LINE_END) for begin in range(0, len(text), _BLOCK)]
    return np.concatenate(found if data.endswith(b"\n") else [*found, np.array([len(data)])])


def _without_long(rows: Rows, dialect: Dialect) -> Rows:
    """Refuses the rows of which a cell is too long."""
    long = rows.cells.select(pl.any_horizontal(pl.all().str.len_bytes() > CELL_LIMIT)).to_series()
    if not long.any():
        return rows
    raws = [dialect.delimiter.join(cell or "" for cell in row) for row in rows.cells.filter(long).iter_rows()]
    refused = [(line, _LONG, raw) for line, raw in zip(rows.lines.filter(long), raws, strict=True)]
    return Rows(rows.cells.filter(~long), rows.lines.filter(~long), refused)


def _proven(data: bytes, dialect: Dialect, starts: Places, line_ends: Places, width: int) -> bool:
    """Whether the text of each row, which begins at these physical lines, is `width` well-formed cells.

    polars pads short rows, takes rows with one empty cell too many, and guesses where quotes are broken.
    """
    if not len(starts) or starts[-1] >= len(line_ends):
        return False
    lines = np.diff(starts, append=len(line_ends))
    row_ends = line_ends[starts + lines - 1]
    # in pieces, which keep what is worked out for every letter out of memory
    cuts = np.searchsorted(row_ends, np.arange(_BLOCK, len(data), _BLOCK)).tolist()

    def well_formed(rows: tuple[int, int]) -> bool:
        first, last = rows
        begin = int(row_ends[first - 1]) + 1 if first else 0
        text = np.frombuffer(data, np.uint8)[begin : int(row_ends[last - 1]) + 1]
        return _well_formed(text, row_ends[first:last] - begin, lines[first:last] == 1, dialect, width)

    return all(at_once(well_formed, pairwise(sorted({0, *cuts, len(starts)}))))


def _well_formed(text: NDArray[np.uint8], ends: Places, single: Mask, dialect: Dialect, width: int) -> bool:
    """Whether all rows of the text have `width` cells. ends: where each ends; single: whether it is one line."""
    delimiters = np.flatnonzero(text == ord(dialect.delimiter))
    plain = single & (np.diff(np.searchsorted(delimiters, ends), prepend=0) == width - 1)
    quoted = np.zeros(len(ends), dtype=np.bool_)
    if dialect.quote is not None:
        quoted[np.searchsorted(ends, np.flatnonzero(text == ord(dialect.quote)))] = True
    if not (plain | quoted).all():
        return False
    if not quoted.any():
        return True
    if not single.all():
        inner = text == _LINE_END
        inner[ends[ends < len(text)]] = False
        text = np.where(inner, np.uint8(0), text)
    mark, quote = re.escape(dialect.delimiter), dialect.quote
    # there is no \0 in the data: here it is a line end inside a row
    cell = f"(?:{quote}(?:[^{quote}]|{quote}{quote})*{quote}|[^{quote}{mark}\0][^{mark}\0]*|)"
    form = f"^{cell}(?:{mark}{cell}){{{width - 1}}}\r?$"
    rows = pl.read_lines(text.tobytes(), name="row")["row"].filter(pl.Series(quoted))
    return bool(rows.str.contains(form).all())


def _careful(data: bytes, dialect: Dialect, width: int, first_line: int) -> Rows:
    """Row by row, refusing what does not fit the header."""
    names = [str(place) for place in range(width)]
    schema = {name: pl.String() for name in names}
    chunks: list[pl.DataFrame] = [pl.DataFrame(schema=schema)]
    lines: list[int] = []
    refused: list[tuple[int, str, str]] = []
    held: list[list[str]] = []
    for record in _records(data, dialect, first_line, width):
        if record.cells is None:
            refused.append((record.line, record.reason, record.raw))
            continue
        held.append(record.cells)
        lines.append(record.line)
        if len(held) == _CHUNK:
            chunks.append(pl.DataFrame(held, schema=schema, orient="row"))
            held = []
    if held:
        chunks.append(pl.DataFrame(held, schema=schema, orient="row"))
    return Rows(pl.concat(chunks), pl.Series("line", lines, pl.UInt32), refused)


class _Lines:
    """Physical lines that can be put back."""

    def __init__(self, data: bytes) -> None:
        self._source = io.BytesIO(data)
        self._waiting: deque[str] = deque()

    def take(self) -> str:
        """The next line with its end; "" when there is none."""
        return self._waiting.popleft() if self._waiting else self._source.readline().decode("utf-8", "replace")

    def put_back(self, lines: list[str]) -> None:
        self._waiting.extendleft(reversed(lines))


def _records(data: bytes, dialect: Dialect, line: int, width: int | None = None) -> Iterator[_Record]:
    """One record after the other. After a broken one, reading goes on with the next line."""
    source = _Lines(data)
    previous = csv.field_size_limit(1 << 30)  # the limit is csv's own and global; cells are measured in _verdict
    try:
        while text := source.take():
            lines = [text]
            if text.strip():
                yield _record(lines, source, dialect, line, width)
            line += len(lines)
    finally:
        csv.field_size_limit(previous)


def _record(lines: list[str], source: _Lines, dialect: Dialect, line: int, width: int | None) -> _Record:
    """The record that starts with lines[0]; `lines` is left holding the lines that it took."""
    cells, error = _parse(lines, dialect)
    while error == _OPEN and len(lines) < _LOOK_AHEAD and _take_until_quote(lines, source, dialect):
        cells, error = _parse(lines, dialect)
    torn = cells is None or (len(cells) != width and lines[0].count(dialect.delimiter) + 1 == width)
    if len(lines) > 1 and torn:
        source.put_back(lines[1:])
        del lines[1:]
        cells, error = None, _OPEN
    if cells is None:
        return _Record(line, None, lines[0].rstrip("\r\n"), error)
    return _verdict(cells, lines, line, width)


def _take_until_quote(lines: list[str], source: _Lines, dialect: Dialect) -> bool:
    """Takes lines up to one that could close the open cell; False at the end of the file."""
    taken = False
    while len(lines) < _LOOK_AHEAD and (text := source.take()):
        lines.append(text)
        taken = True
        if dialect.quote is not None and dialect.quote in text:
            break
    return taken


_LONG = f"a cell is longer than {CELL_LIMIT:,} bytes"
_OPEN = "a quote is opened and not closed"


def _parse(lines: list[str], dialect: Dialect) -> tuple[list[str] | None, str]:
    """(cells, "") or (None, reason)."""
    if dialect.quote is None or (len(lines) == 1 and dialect.quote not in lines[0]):
        return lines[0].rstrip("\r\n").split(dialect.delimiter), ""
    try:
        return next(csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)), ""
    except csv.Error as error:
        return None, _OPEN if "end of data" in str(error) else "a quote stands in the middle of a quoted cell"


def _verdict(cells: list[str], lines: list[str], line: int, width: int | None) -> _Record:
    raw = "".join(lines).rstrip("\r\n")
    if width is not None and len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        cells = cells[:width]  # spreadsheets write trailing delimiters
    if width is not None and len(cells) != width:
        return _Record(line, None, raw, f"{len(cells)} cells, the header has {width}")
    if "\0" in raw:
        return _Record(line, None, raw, "a NUL byte")
    if len(raw) > CELL_LIMIT and max(len(cell.encode()) for cell in cells) > CELL_LIMIT:
        return _Record(line, None, raw, _LONG)
    return _Record(line, cells, raw)
