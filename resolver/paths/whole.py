"""Whole: what is true of all records, as the tables tell it, or the records themselves where they are all at hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection

from resolver.columns import Rows
from resolver.hashes import Hashes
from resolver.paths.footing import Held
from resolver.store.lookups import persons, signed, sizes
from resolver.store.tables import holders, keys
from rules.ruleset import SHARED_FROM


@dataclass(frozen=True)
class Stored:
    """Looks it up; see `paths.region.Whole`."""

    connection: Connection

    def sizes(self, numbers: Hashes, most: int) -> Rows:
        """How many records hold each key, counted to `most`."""
        return sizes(self.connection, keys, signed(numbers), most)

    def persons(self, values: Hashes) -> Rows:
        """With how many different persons each value is seen, counted to where levels tell no more apart."""
        return persons(self.connection, signed(values), SHARED_FROM[-1])

    def held(self, values: Hashes) -> NDArray[np.bool_]:
        """Whether any record holds each value."""
        return sizes(self.connection, holders, signed(values), 1) > 0


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
