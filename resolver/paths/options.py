"""What a run may be told beyond the records and the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import polars as pl

from resolver.columns import Rows
from resolver.errors import UsageError
from resolver.judgement import told_frame
from resolver.model.frozen import EVERY, sides
from resolver.model.model import Model
from resolver.model.reference import Reference
from resolver.result import NO_TENANT

T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """All of it is optional.

    clean: sources that hold nobody twice, so that two of their records are never one person; EVERY stands for all.
    judgements: what people said, as JUDGEMENTS (see `judgement.read_told` and `judgement.told_frame`); outranks scores.
    models: trained models by tenant, NO_TENANT's under "", to use in place of estimating (see `paths.frozen`).
    references: what the models were trained beside, where records are to be judged by that and not by their own.
    target_precision: the share of the joins that is to be right, as far as can be told without labels.
    """

    clean: tuple[str, ...] = ()
    judgements: pl.DataFrame = field(default_factory=lambda: told_frame([]), compare=False)
    target_precision: float | None = None
    models: Mapping[str, Model] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)

    def of_tenant(self, name: str) -> "Options":
        """The options for one tenant alone, as if there were no other; its own are under NO_TENANT."""
        told = self.judgements.filter(pl.col("tenant").fill_null(NO_TENANT) == name)
        models, references = _only(self.models, name), _only(self.references, name)
        return replace(self, judgements=told, models=models, references=references)

    def sides(self, sources: pl.Series) -> Rows | None:
        """A number a record: two records of equal number are not one person. None where anybody may be anybody."""
        return sides(sources, self.clean)

    def check(self, sources: pl.Series) -> None:
        """Raises UsageError for a clean source that is not there, and for a target that is no share."""
        if self.target_precision is not None and not 0 < self.target_precision < 1:
            raise UsageError(f"target precision {self.target_precision}: say a share between 0 and 1, such as 0.99")
        there = sources.unique().sort()
        for name in self.clean:
            if name != EVERY and name not in there:
                raise UsageError(f"there is no source {name!r} to be clean; there are {', '.join(there.head(20))}")


def _only(given: Mapping[str, T], tenant: str) -> dict[str, T]:
    return {NO_TENANT: given[tenant]} if tenant in given else {}
