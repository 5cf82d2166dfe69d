"""OnDisk: a large frame in a file of its own, of which no more is in memory than the columns that are looked at.

Records are looked at field by field, first when they are prepared and again when golden records are made. In between
they would fill half of the memory.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Any, TypeAlias
from weakref import finalize

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Rows
from resolver.errors import UsageError
from resolver.threads import MANY
from rules.values.arrays import which

COMPRESSION = 1
"""The level of zstd: files are a twentieth larger than at its default, and are written in four fifths of the time."""
STATISTICS = {"min": False, "max": False}
"""What is not told of the columns. In files that are in no order of it, it helps no reader, and takes an eighth of the
time to write."""
LARGE = MANY
"""Rows from which on a frame does not stay in memory. A million contacts take 0.35 GB; to write them and read them
twice takes two seconds of a processor, one of which it takes anyway to write them to the results."""


class Folder:
    """A folder that nobody else may read, which goes with whoever needs it last."""

    def __init__(self) -> None:
        with _writing(Path(gettempdir())):
            self.path = Path(mkdtemp(prefix="resolver-"))
        finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class OnDisk:
    """A frame that can be asked for columns, as a DataFrame can.

    folder: where its file is. height: rows of the file. rows: which of these, in their order; all where it is None.
    """

    folder: Folder
    schema: pl.Schema
    height: int
    rows: Rows | None = None

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "OnDisk":
        """Writes a frame. Raises UsageError where there is no room for it."""
        made = cls(Folder(), frame.schema, len(frame))
        with _writing(made.path):
            frame.write_parquet(made.path, compression_level=COMPRESSION, statistics=STATISTICS)
        return made

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder.path / "frame.parquet"

    def __len__(self) -> int:
        return self.height if self.rows is None else len(self.rows)

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return self.schema.names()

    def __getitem__(self, name: str) -> pl.Series:
        """A column, read anew each time."""
        return self.select(name)[name]

    def select(self, *names: str) -> pl.DataFrame:
        """Some columns, in memory."""
        return self._of_rows(pl.read_parquet(self.path, columns=[*names]))

    def frame(self) -> pl.DataFrame:
        """All of it, in memory."""
        return self.select(*self.columns)

    def filter(self, kept: pl.Series) -> "OnDisk":
        """The same for the rows that are marked."""
        rows = which(kept.to_numpy())
        return replace(self, rows=rows if self.rows is None else self.rows[rows])

    def write(self, path: Path) -> None:
        """Writes it as Parquet."""
        if self.rows is None:
            shutil.copyfile(self.path, path)
        else:
            self.frame().write_parquet(path, compression_level=COMPRESSION, statistics=STATISTICS)

    def _of_rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame if self.rows is None else frame[self.rows]


@dataclass(frozen=True)
class ArrayOnDisk:
    """A long array in a file, of which nothing stays in memory."""

    folder: Folder

    @classmethod
    def of(cls, array: NDArray[Any]) -> "ArrayOnDisk":
        """Writes an array. Raises UsageError where there is no room for it."""
        made = cls(Folder())
        with _writing(made.path):
            np.save(made.path, array)
        return made

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder.path / "array.npy"

    def __getitem__(self, places: NDArray[np.integer[Any]]) -> NDArray[Any]:
        """Some of its numbers. The pages that hold them are looked at where they are, and forgotten."""
        found: NDArray[Any] = np.load(self.path, mmap_mode="r")[places]
        return found


Table: TypeAlias = pl.DataFrame | OnDisk
"""A frame, wherever it is."""


def one_below_another(parts: Sequence[Table]) -> Table:
    """The parts of a frame that were filtered out of it, one below the other."""
    first, *others = parts
    if not others:
        return first
    if isinstance(first, OnDisk):
        return replace(first, rows=np.concatenate([part.rows for part in parts if isinstance(part, OnDisk)]))
    return pl.concat([part for part in parts if isinstance(part, pl.DataFrame)], how="diagonal_relaxed")


def put_down(frame: pl.DataFrame) -> Table:
    """A frame on disk where it is large; itself where it is not."""
    return frame if len(frame) < LARGE else OnDisk.of(frame)


def rows_at(table: Table, places: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Some rows, each as a dict."""
    if isinstance(table, pl.DataFrame):
        # to gather rows of nested columns costs time by the length of the column, to read single ones does not
        return (table.row(place, named=True) for place in places)
    rows = np.asarray(places, dtype=np.int64)
    return pl.DataFrame([table[name][rows] for name in table.columns]).iter_rows(named=True)


def part_of(table: Table, begin: int, end: int, names: Sequence[str]) -> pl.DataFrame:
    """Some columns of neighbouring rows."""
    if isinstance(table, pl.DataFrame):
        return table.select(names)[begin:end]
    if table.rows is not None:
        return table.select(*names)[begin:end]
    return pl.scan_parquet(table.path).slice(begin, end - begin).select(names).collect()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:  # the second is how polars says that a disk is full
        raise UsageError(f"{path} cannot be written ({error}); name a folder with more room in TMPDIR") from error


def in_memory(table: Table) -> pl.DataFrame:
    """A frame as polars has it."""
    return table.frame() if isinstance(table, OnDisk) else table
