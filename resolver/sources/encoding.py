"""The bytes of a text file as UTF-8, whatever encoding they came in."""

import codecs
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65_536
_WESTERN = frozenset("àâäáãåæçéèêëíìîïñóòôöõøœšúùûüýÿžßÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒŠÚÙÛÜÝŽ’‘“”„–—…€£§«»°º´ª·¿¡®©")


@dataclass(frozen=True)
class Text:
    """A file as UTF-8. `repaired` counts the lines whose bytes did not fit the encoding of the rest."""

    data: bytes
    encoding: str
    repaired: int = 0


def to_utf8(data: bytes) -> Text:
    """Finds the encoding (byte order mark, UTF-8, UTF-16 without a mark, one-byte encodings) and re-encodes."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            return _utf8(rest) if name == "utf-8" else _decoded(rest, name)
    if data.isascii() and b"\0" not in data[:4096]:
        return Text(data, "utf-8")
    head = data[:4096]
    zeros = (head[0::2].count(0), head[1::2].count(0))
    if max(zeros) > len(head) * 0.3 and min(zeros) < max(zeros) * 0.2:
        return _decoded(data, "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be")
    return _utf8(data)


def _decoded(data: bytes, encoding: str) -> Text:
    text = data.decode(encoding, "replace")
    return Text(text.encode(), encoding, sum("\ufffd" in line for line in text.split("\n")) if "\ufffd" in text else 0)


def _utf8(data: bytes) -> Text:
    """UTF-8 as it is; a few bad lines in it are read as cp1252; otherwise it is another encoding."""
    if _valid(data):
        return Text(data, "utf-8")
    lines = data.split(b"\n")
    bad = [place for place, line in enumerate(lines) if not _valid(line)]
    good = sum(not line.isascii() for line in lines) - len(bad)
    if good < len(bad):
        return _decoded_legacy(data, b"\n".join(lines[place] for place in bad)[:_SAMPLE])
    for place in bad:
        lines[place] = _cp1252(lines[place]).encode()
    return Text(b"\n".join(lines), "utf-8", len(bad))


def _valid(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    step = 1 << 24  # bytes; decoding in pieces keeps the text out of memory
    try:
        for start in range(0, len(data), step):
            decoder.decode(data[start : start + step])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _cp1252(data: bytes) -> str:
    """cp1252, and Latin-1 where it has holes."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _decoded_legacy(data: bytes, sample: bytes) -> Text:
    if _is_western(_cp1252(sample)):
        return Text(_cp1252(data).encode(), "cp1252")
    from charset_normalizer import from_bytes  # few files need it, and it takes a while to load

    best = from_bytes(sample).best()
    if best is None:
        return Text(_cp1252(data).encode(), "cp1252")
    return _decoded(data, best.encoding)


def _is_western(text: str) -> bool:
    """Letters of Western Europe, seldom next to each other: Cyrillic read as cp1252 is nothing but such letters."""
    marked = [char for char in text if not char.isascii()]
    if not marked or sum(char in _WESTERN for char in marked) < 0.97 * len(marked):
        return False
    in_runs = sum(len(run) for run in re.findall(r"[^\W\d_a-zA-Z]{3,}", text))
    return in_runs < 0.3 * len(marked)
