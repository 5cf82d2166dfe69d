"""Whole: what is true of all records, as the tables tell it, or the records themselves where they are all at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection

from resolver.columns import Rows, distinct
from resolver.paths.footing import Held
from resolver.store.lookups import persons, signed, sizes
from resolver.store.tables import holders, keys
from rules.ruleset import SHARED_FROM
from rules.values.arrays import among
from rules.values.hashes import Hashes

NOBODY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Stored:
    """Looks it up, of each number once: it is asked while nobody changes it. See `paths.region.Whole`."""

    connection: Connection
    _seen: dict[tuple[str, int], tuple[Rows, Rows]] = field(default_factory=dict)

    @classmethod
    def beside(cls, connection: Connection, numbers: Rows, counts: Rows, most: int) -> "Stored":
        """numbers, counts: how many records hold some keys, which ascend, as counted already, to `most` or beyond."""
        return cls(connection, {("keys", most): (numbers, counts)})

    def sizes(self, numbers: Hashes, most: int) -> Rows:
        """How many records hold each key, counted to `most` at least."""
        return self._once(("keys", most), numbers, lambda new: sizes(self.connection, keys, new, most))

    def persons(self, values: Hashes) -> Rows:
        """With how many different persons each value is seen, counted to where levels tell no more apart."""
        most = SHARED_FROM[-1]
        return self._once(("sharing", most), values, lambda new: persons(self.connection, new, most))

    def held(self, values: Hashes) -> NDArray[np.bool_]:
        """Whether any record holds each value."""
        return self._once(("values", 1), values, lambda new: sizes(self.connection, holders, new, 1)) > 0

    def _once(self, what: tuple[str, int], numbers: Hashes, look: Callable[[Rows], Rows]) -> Rows:
        known, counts = self._seen.get(what, (NOBODY, NOBODY))
        new = distinct(signed(numbers))
        new = new[~among(new, known)]
        if len(new):
            known, counts = np.concatenate((known, new)), np.concatenate((counts, look(new)))
            order = np.argsort(known)
            known, counts = self._seen[what] = known[order], counts[order]
        return np.asarray(counts[np.searchsorted(known, signed(numbers))])


@dataclass(frozen=True)
class Told:
    """Counts it; see `paths.region.Whole`."""

    all: Held

    def sizes(self, numbers: Hashes, most: int) -> Rows:  # noqa: ARG002
        """How many records hold each key; all of them are counted already."""
        return _at(self._counts["keys"], numbers)

    def persons(self, values: Hashes) -> Rows:
        """With how many different persons each value is seen."""
        return _at(self._counts["sharing"], values)

    def held(self, values: Hashes) -> NDArray[np.bool_]:
        """Whether any record holds each value."""
        return _at(self._counts["values"], values) > 0

    @cached_property
    def _counts(self) -> Mapping[str, tuple[Rows, Rows]]:
        made = {}
        for name in ("keys", "values", "sharing"):
            frame: pl.DataFrame = getattr(self.all, name)
            counted = frame.group_by("number").agg(pl.len()).sort("number")
            made[name] = counted["number"].to_numpy(), counted["len"].to_numpy().astype(np.int64)
        return made


def _at(counted: tuple[Rows, Rows], numbers: Hashes) -> Rows:
    """The counts of some numbers, 0 for those that nobody holds."""
    known, counts = counted
    if not len(known):
        return np.zeros(len(numbers), dtype=np.int64)
    places = np.minimum(np.searchsorted(known, signed(numbers)), len(known) - 1)
    return np.where(known[places] == signed(numbers), counts[places], 0)
