"""Writing a table of any length, a frame at a time."""

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

import polars as pl
import pyarrow.parquet

MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"


class Writer(AbstractContextManager["Writer"]):
    """A CSV or Parquet file, by the ending of its name, that grows with every frame; None writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._text: BinaryIO | None = None
        self._parquet: Any = None

    def write(self, frame: pl.DataFrame) -> None:
        """Append the frame; the first one decides the columns."""
        if self.path is None:
            return
        if self.path.suffix == ".parquet":
            table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            if self._parquet is None:
                self._parquet = pyarrow.parquet.ParquetWriter(self.path, table.schema, compression="zstd")
            self._parquet.write_table(table)
        else:
            first = self._text is None
            self._text = self._text or self.path.open("wb")
            frame.write_csv(self._text, include_header=first, datetime_format=MOMENT)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self._text, self._parquet):
            if file is not None:
                file.close()
