"""Text in a terminal: labelled paragraphs and tables, at most a hundred columns wide."""

import textwrap
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

WIDTH = 100
INDENT = 10


def labelled(label: str, text: str, right: str = "") -> str:
    """A paragraph with its label in the margin; `right` stands at the right end of the first line."""
    lines = wrapped(text, WIDTH - INDENT - (len(right) + 2 if right else 0))
    lines[0] = padded(lines[0], WIDTH - INDENT - len(right) - 22) + right if right else lines[0]
    return verbatim(label, lines)


def verbatim(label: str, lines: list[str]) -> str:
    """Lines as they are with a label in the margin: a command or a path must not be broken."""
    return "\n".join(padded(label if not place else "", INDENT) + line for place, line in enumerate(lines)).rstrip()


def wrapped(text: str, width: int) -> list[str]:
    """Lines of a text; its own line breaks stay, and no word is broken."""
    lines = []
    for line in text.split("\n"):
        lines += textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]
    return lines


def bullet(text: str) -> list[str]:
    """A warning: marked in its first line, the others in line with it."""
    first, *rest = wrapped(text, WIDTH - 4)
    return [f"  ! {first}", *(f"    {line}" for line in rest)]


def packed(names: list[str]) -> list[str]:
    """Names side by side in as few lines as a labelled paragraph needs; a name is never broken at its spaces."""
    lines: list[str] = []
    for name in names:
        if lines and cell_len(lines[-1]) + 2 + cell_len(name) <= WIDTH - INDENT:
            lines[-1] += f"  {name}"
        else:
            lines.append(name)
    return lines


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Text filled with spaces up to a width in terminal cells; letters of some scripts take two."""
    gap = " " * max(width - cell_len(text), 0)
    return gap + text if right else text + gap


def fitted(text: str, width: int) -> str:
    """Text cut to a width in terminal cells, with a sign that something was left out."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def table(rows: Sequence[Sequence[str]], most: Sequence[int], numbers: Sequence[int] = ()) -> list[str]:
    """Rows as lines. most: the widest each column may be. numbers: columns whose cells end flush."""
    cut = [[fitted(cell, width) for cell, width in zip(row, most, strict=True)] for row in rows]
    widths = [max((cell_len(row[place]) for row in cut), default=0) for place in range(len(most))]
    return [
        "  ".join(
            padded(cell, widths[place], right=place in numbers) for place, cell in enumerate(row) if widths[place]
        ).rstrip()
        for row in cut
    ]
