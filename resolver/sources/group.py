"""Files with the same headers, looked at together, and what becomes of each of their columns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from resolver.sources.values import Values

FILE_SOURCE = "\x1fsource"
"""The column of a group's cells that names each row's file source. No header can hold this character once cleaned."""

FEW = 50
"""Values of a source or a category in a small file."""


@dataclass(frozen=True)
class Use:
    """What becomes of a column.

    detail: an id system, a network, a kind of phone. group: which of several addresses, e-mails or phones; `further`
    where another address stands before it.
    """

    column: str
    field: str | None
    why: str
    detail: str = ""
    group: str = ""
    further: bool = False


@dataclass
class Group:
    """Files with the same header list, their cells pooled (plus FILE_SOURCE)."""

    cells: pl.DataFrame
    stems: Sequence[str]
    headed: bool
    told: Mapping[str, str]  # canonical field -> column
    columns: list[str] = field(init=False)
    values: dict[str, Values] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = [name for name in self.cells.columns if name != FILE_SOURCE]
        self.values = {name: Values(self.cells[name]) for name in self.columns}

    def few(self) -> float:
        """The number of different values up to which a column is a category."""
        return max(FEW, 4.0 * math.sqrt(self.cells.height))
