"""What a run may be told beyond the records and the rules."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from resolver.columns import Rows

EVERY = "*"


@dataclass(frozen=True)
class Options:
    """All of it is optional.

    clean: sources that hold nobody twice, so that two of their records are never one person; EVERY stands for all.
    """

    clean: tuple[str, ...] = ()

    def sides(self, sources: pl.Series) -> Rows | None:
        """A number a record: two records of equal number are not one person. None where anybody may be anybody."""
        if not self.clean:
            return None
        of_source = sources.rank("dense").to_numpy().astype(np.int64)
        if EVERY in self.clean:
            return of_source
        alone = of_source.max(initial=0) + 1 + np.arange(len(sources))
        return np.where(sources.is_in(self.clean).to_numpy(), of_source, alone)
