"""The files of a pull: what came so far (FILE.part, one answer a line), and the result, which appears all at once."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resolver.pull.system import Cursor

_OWNER_ONLY = 0o600  # contacts are personal data


@dataclass(frozen=True)
class Kept:
    """An answer that came before, and where its line ends in the file."""

    cursor: Cursor
    document: Any
    end: int


class Part:
    """The answers of a pull that is under way."""

    def __init__(self, out: Path) -> None:
        self.path = out.with_name(f"{out.name}.part")

    def header(self) -> dict[str, Any] | None:
        """What the pull that left this file asked for; None when there is none, or it is damaged."""
        if not self.path.is_file():
            return None
        with self.path.open("rb") as lines:
            value = _value(lines.readline())
        return value if isinstance(value, dict) else None

    def kept(self) -> Iterator[Kept]:
        """The answers it holds, up to the first line that was not written to its end."""
        with self.path.open("rb") as lines:
            end = len(lines.readline())
            for line in lines:
                value = _value(line)
                if not isinstance(value, dict) or "document" not in value:
                    return
                end += len(line)
                yield Kept(value.get("cursor"), value["document"], end)

    def begin(self, header: dict[str, Any]) -> None:
        """Starts anew."""
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(_line(header))

    def cut(self, end: int | None) -> None:
        """Drops what stands after a line's end; after the header when no line is good."""
        with self.path.open("rb+") as file:
            file.truncate(len(file.readline()) if end is None else end)

    def add(self, cursor: Cursor, document: Any) -> None:
        """Writes down one more answer."""
        with self.path.open("ab") as file:
            file.write(_line({"cursor": cursor, "document": document}))

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def write_result(out: Path, facts: dict[str, Any], documents: Iterable[Any]) -> None:
    """Writes {"pull": facts, "pages": [documents]}; a reader sees the old file or the whole new one."""
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b'{"pull": ' + _line(facts).rstrip() + b',\n"pages": [')
            for number, document in enumerate(documents):
                file.write((b",\n" if number else b"\n") + _line(document).rstrip())
            file.write(b"\n]}\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _value(line: bytes) -> Any:
    """The JSON of a whole line; None for one that was cut."""
    if not line.endswith(b"\n"):
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _line(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, which only an escape can write
        return json.dumps(value).encode() + b"\n"
