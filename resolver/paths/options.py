"""What a run may be told beyond the records and the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from resolver.columns import Rows
from resolver.errors import UsageError
from resolver.judgement import told_frame
from resolver.model.model import Model

EVERY = "*"


@dataclass(frozen=True)
class Options:
    """All of it is optional.

    clean: sources that hold nobody twice, so that two of their records are never one person; EVERY stands for all.
    judgements: what people said, as JUDGEMENTS (see `judgement.read_told` and `judgement.told_frame`); outranks scores.
    models: trained models by tenant, NO_TENANT's under "", to use in place of estimating (see `paths.frozen`).
    target_precision: the share of the joins that is to be right, as far as can be told without labels.
    """

    clean: tuple[str, ...] = ()
    judgements: pl.DataFrame = field(default_factory=lambda: told_frame([]), compare=False)
    target_precision: float | None = None
    models: Mapping[str, Model] = field(default_factory=dict)

    def sides(self, sources: pl.Series) -> Rows | None:
        """A number a record: two records of equal number are not one person. None where anybody may be anybody."""
        if not self.clean:
            return None
        of_source = sources.rank("dense").to_numpy().astype(np.int64)
        if EVERY in self.clean:
            return of_source
        alone = of_source.max(initial=0) + 1 + np.arange(len(sources))
        return np.where(sources.is_in(self.clean).to_numpy(), of_source, alone)

    def check(self, sources: pl.Series) -> None:
        """Raises UsageError for a clean source that is not there, and for a target that is no share."""
        if self.target_precision is not None and not 0 < self.target_precision < 1:
            raise UsageError(f"target precision {self.target_precision}: say a share between 0 and 1, such as 0.99")
        there = sources.unique().sort()
        for name in self.clean:
            if name != EVERY and name not in there:
                raise UsageError(f"there is no source {name!r} to be clean; there are {', '.join(there.head(20))}")
