"""Compressed inputs, and how far they may swell: a file of a kilobyte must not fill the memory of a machine."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from resolver.errors import InputError

MOST_BYTES = 4 << 30
"""Bytes that a compressed file may unpack to."""
MOST_CELLS = 50_000_000
"""Cells of the rectangle that a sheet spans, where most of them are empty: each takes some 50 bytes."""
FULL = 4
"""A larger rectangle is read where at least one of so many of its cells is there."""
GZIP = b"\x1f\x8b"
"""What a gzip file begins with."""

_PIECE = 1 << 22
"""Bytes of a workbook that are looked at at a time."""
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br\s*=\s*[\"']([A-Za-z]{1,9})([0-9]{1,18})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br\s*=\s*[\"']([0-9]{1,18})[\"']")
_BOOK, _OTHERS = "xl/workbook.xml", frozenset({"xl/workbook.bin", "content.xml"})
_LETTERS = 26


def unpacked(path: Path, data: bytes, most: int = MOST_BYTES) -> bytes:
    """The contents of a gzip file; of any other file its bytes. Raises InputError where it is damaged or a bomb."""
    if not data.startswith(GZIP):
        return data
    pieces: list[bytes] = []
    held, size = data, 0
    try:
        while held:
            engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
            pieces.append(engine.decompress(held, most - size + 1))
            size += len(pieces[-1])
            if size > most:
                raise InputError(path, f"this file unpacks to more than {most >> 20} MB; unpack it, and split it")
            if not engine.eof:
                raise InputError(path, "this gzip file is damaged or cut off")
            held = engine.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise InputError(path, f"this gzip file is damaged or cut off ({error})") from error
    return b"".join(pieces)


def head_of(data: bytes, most: int) -> bytes:
    """The first bytes of what a file holds, as far as `data`, its own first bytes, tell; nothing of a damaged one."""
    if not data.startswith(GZIP):
        return data
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, most)
    except zlib.error:
        return b""


def must_be_modest(path: Path, data: bytes) -> None:
    """Raises InputError for a workbook (a zip file) that would take far more memory than it has contents.

    What it says of its own sizes is not believed: all of it is unpacked once, piece by piece.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = set(book.namelist())
            if _BOOK not in names or names & _OTHERS:
                raise InputError(path, "this is no .xlsx or .xls workbook; save it as one of them, or as CSV")
            left = MOST_BYTES
            for member in book.infolist():
                left = _must_fit(path, book, member, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise InputError(path, f"this workbook cannot be opened ({error})") from error


def _must_fit(path: Path, book: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    """How many bytes the members that follow may still have."""
    rows = columns = cells = 0
    for text in _tags(book, member, left + 1):
        left -= len(text)
        if left < 0:
            raise InputError(path, f"this workbook unpacks to more than {MOST_BYTES >> 20} MB; save it as CSV")
        found = _CELL.findall(text)
        cells += len(found)
        rows = max([rows, *(int(row) for _, row in found), *(int(row) for row in _ROW.findall(text))])
        columns = max([columns, *(_number(letters) for letters in {letters for letters, _ in found})])
    if rows * columns > max(MOST_CELLS, FULL * cells):
        raise InputError(path, f"a sheet of this workbook spans {rows} rows and {columns} columns, most of it empty")
    return left


def _tags(book: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """A member in pieces, each of which ends before a tag begins."""
    # what the directory says of size and checksum would end the reading early
    member.file_size, member.CRC = most, None  # type: ignore[assignment]
    rest = b""
    with book.open(member) as file:
        while piece := file.read(_PIECE):
            text = rest + piece
            cut = text.rfind(b"<")
            cut = cut if cut > len(rest) else len(text)
            rest = text[cut:]
            yield text[:cut]
    yield rest


def _number(letters: bytes) -> int:
    """The number of a column: A is 1, XFD is 16384."""
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + letter - ord("A") + 1
    return number
