"""Charts: figures as shapes of an SVG picture, which stands above a table of the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, FOOT, GAP = 1120.0, 130.0, 18.0, 3.0
"""Of a picture, of the words under it, and between columns, in units of the picture."""


@dataclass(frozen=True)
class Column:
    """A column: where it stands, how high it is, and what it is for."""

    x: float
    y: float
    width: float
    height: float
    label: str
    figure: int
    labelled: bool


@dataclass(frozen=True)
class Columns:
    """Columns side by side. most: the figure of the highest."""

    columns: tuple[Column, ...]
    most: int
    width: float = WIDTH
    height: float = HEIGHT
    foot: float = HEIGHT - FOOT


def columns(figures: Sequence[tuple[str, int]], every: int = 1) -> Columns:
    """A column for each figure. every: of so many columns one has its label under it."""
    most = max((figure for _, figure in figures), default=0)
    step = WIDTH / max(len(figures), 1)
    top = HEIGHT - FOOT

    def column(place: int, label: str, figure: int) -> Column:
        high = (top - 14) * figure / most if most else 0.0
        return Column(
            round(place * step + GAP / 2, 2), round(top - high, 2), round(step - GAP, 2), round(high, 2), label, figure,
            place % every == 0,
        )  # fmt: skip

    return Columns(tuple(column(place, *one) for place, one in enumerate(figures)), most)
