"""Parted: a large frame that is made a part at a time, so that no more than a part of it need be in memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.io.plugins import register_io_source

PART = 250_000
"""Rows of a part."""
Places = slice | NDArray[np.integer]
"""Some rows: neighbours, or any in ascending order."""
Ends = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Parted:
    """A frame that somebody can make.

    rows: how many it has. make: some of its rows and columns. ends: of a frame of pairs the rows of their left and of
    their right records, where these are known.
    """

    schema: pl.Schema
    rows: int
    make: Callable[[Places, Sequence[str]], pl.DataFrame]
    ends: Callable[[Places], Ends] | None = None

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Parted":
        """A frame that is there already."""
        return cls(frame.schema, len(frame), lambda places, names: frame.select(names)[places])

    def __len__(self) -> int:
        return self.rows

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return self.schema.names()

    def frame(self) -> pl.DataFrame:
        """All of it."""
        return self.select(*self.columns)

    def select(self, *names: str) -> pl.DataFrame:
        """Some columns of all rows."""
        return self.make(slice(0, self.rows), names)

    def at(self, places: Sequence[int]) -> pl.DataFrame:
        """Some rows, given in ascending order."""
        return self.make(np.asarray(places, dtype=np.int64), self.columns)

    def slices(self, rows: int | None = None) -> Iterator[slice]:
        """The rows of each part, of the first rows or of all."""
        end = self.rows if rows is None else rows
        return (slice(begin, min(begin + PART, end)) for begin in range(0, end, PART))

    def parts(self, names: Sequence[str], rows: int | None = None) -> Iterator[pl.DataFrame]:
        """Some columns of the first rows, or of all, part by part."""
        return (self.make(part, names) for part in self.slices(rows))

    def lazy(self) -> pl.LazyFrame:
        """The same for polars to ask for, part by part: only the columns that a query needs are made."""
        return register_io_source(self._asked, schema=self.schema, is_pure=True)

    def _asked(
        self, names: list[str] | None, predicate: pl.Expr | None, most: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        for part in self.parts(names or self.columns, self.rows if most is None else min(most, self.rows)):
            yield part if predicate is None else part.filter(predicate)
