"""Shapes: what the pieces of a page are made of; see templates/macros.html."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from resolver.evidence import Line
from resolver.paths.showing import is_field
from resolver.words.plain import field_word


@dataclass(frozen=True)
class Cell:
    """What one record says in one field. parts: its text in pieces, each with whether it differs from the others'."""

    text: str | None
    parts: tuple[tuple[str, bool], ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Head:
    """A column of a sheet. record: `source:id`, or "" where it is none. result: what the records would become."""

    title: str
    record: str = ""
    href: str | None = None
    note: str | None = None
    result: bool = False


@dataclass(frozen=True)
class Row:
    """A field of a sheet, a cell a column. level: how the values compare, None where one side is empty."""

    word: str
    cells: tuple[Cell, ...]
    level: str | None = None
    compared: bool = False


@dataclass(frozen=True)
class Sheet:
    """Records side by side. compared: whether there is a column of levels. quiet: the caption is only read aloud."""

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    compared: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Bar:
    """A line of the waterfall. x, width, zero: in hundredths of the whole width."""

    word: str
    level: str
    left: str
    right: str
    weight: float
    is_field: bool
    x: float
    width: float
    zero: float


@dataclass(frozen=True)
class Happening:
    """A point of a time line. act: what somebody did, by its number; can_undo: whether that is in force."""

    at: datetime
    title: str
    who: str | None = None
    why: str | None = None
    lines: tuple[str, ...] = ()
    href: str | None = None
    act: int | None = None
    can_undo: bool = False
    undone: bool = False

    @property
    def by_person(self) -> bool:
        """Whether a person did it."""
        return self.act is not None


def bars(lines: Sequence[Line], shown: Mapping[str, tuple[str | None, str | None]] | None = None) -> list[Bar]:
    """The evidence as bars, each from where the one before it ended.

    shown: by field, what both sides say as it stands in the records, in place of what was compared.
    """
    ends = [0.0, *accumulate(line.weight for line in lines)]
    low, high = min(ends), max(ends)
    scale = 100 / ((high - low) or 1.0)

    def bar(line: Line, begin: float) -> Bar:
        left, right = (shown or {}).get(line.field, (line.left, line.right))
        start = (min(begin, begin + line.weight) - low) * scale
        width, zero = max(abs(line.weight) * scale, 0.6), -low * scale
        return Bar(
            field_word(line.field), line.level, left or "", right or "", line.weight, is_field(line.field),
            round(start, 2), round(width, 2), round(zero, 2),
        )  # fmt: skip

    return [bar(line, begin) for line, begin in zip(lines, ends, strict=False)]
