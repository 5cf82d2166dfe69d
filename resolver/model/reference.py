"""Reference: what was measured beside a model, so that it can judge records that come later by the same measure."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.ruleset import Ruleset
from rules.values.distinct import FEW


def agreement(counts: NDArray[np.int64]) -> float:
    """The chance that two of the records that hold any value hold the same. counts: how many records hold each."""
    return float(((counts / max(int(counts.sum()), 1)) ** 2).sum())


@dataclass(frozen=True)
class Counts:
    """How many records held each value of a field.

    values: those that several held, ascending, and `records` how many. total: over all values. agreement: the chance
    that two records at random agree, the sum of the squared shares.
    """

    values: pl.Series
    records: NDArray[np.int64]
    total: int
    agreement: float

    @classmethod
    def of(cls, values: pl.Series, records: NDArray[np.int64]) -> "Counts":
        """values: distinct; records: how many hold each, 0 for what is not counted."""
        total = int(records.sum())
        several = records > 1
        kept = values.filter(pl.Series(several))
        order = kept.arg_sort()
        return cls(kept.gather(order), records[several][order.to_numpy()], total, agreement(records))

    def of_values(self, values: pl.Series) -> NDArray[np.int64]:
        """How many records held each of some values; one for those that were not seen."""
        if not len(self.values):
            return np.ones(len(values), dtype=np.int64)
        if len(values) < FEW:
            return np.array([self._of_value(value) for value in values.to_list()], dtype=np.int64)
        places = np.minimum(self.values.search_sorted(values).to_numpy(), len(self.values) - 1)
        known = (self.values.gather(places) == values).to_numpy()
        return np.where(known, self.records[places], 1)

    def _of_value(self, value: str) -> int:
        place = bisect_left(self._listed, value)
        return self._numbers[place] if place < len(self._listed) and self._listed[place] == value else 1

    @cached_property
    def _listed(self) -> list[str]:
        return self.values.to_list()

    @cached_property
    def _numbers(self) -> list[int]:
        numbers: list[int] = self.records.tolist()
        return numbers

    def as_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back."""
        return {
            "values": self.values.to_list(),
            "records": self.records.tolist(),
            "total": self.total,
            "agreement": self.agreement,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Counts":
        """Counts from what `as_json` gave."""
        values = pl.Series(data["values"], dtype=pl.String)
        return cls(values, np.asarray(data["records"], dtype=np.int64), data["total"], data["agreement"])


@dataclass(frozen=True)
class Reference:
    """What a model was trained beside.

    records: how many there were. counts: by field. caps: how many records may hold a key, by family; the families that
    are not here make no pairs.
    """

    records: int
    counts: Mapping[str, Counts]
    caps: Mapping[str, int]

    def ruleset(self, ruleset: Ruleset) -> Ruleset:
        """The rules with the families of keys that make pairs, each with its cap."""

        def kept(families: Mapping[str, Any]) -> dict[str, Any]:
            return {name: parts for name, parts in families.items() if name in self.caps}

        blocking = ruleset.blocking
        # whether anybody has a name was known when the caps were told
        keys = {**kept(blocking.keys), **kept(blocking.nameless)}
        families: dict[str, Any] = {"keys": keys, "any_order": kept(blocking.any_order), "nameless": {}}
        blocking = ruleset.blocking.model_copy(
            update={**families, "caps": dict(self.caps), "pairs_per_record": float("inf")}
        )
        return ruleset.model_copy(update={"blocking": blocking})

    def as_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back."""
        counts = {name: counts.as_json() for name, counts in self.counts.items()}
        return {"records": self.records, "counts": counts, "caps": dict(self.caps)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Reference":
        """A reference from what `as_json` gave."""
        counts = {name: Counts.from_json(one) for name, one in data["counts"].items()}
        return cls(data["records"], counts, data["caps"])
