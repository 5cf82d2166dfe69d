"""Frozen: all that stays the same while records come and go."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.model.model import Model
from resolver.model.reference import Reference
from rules.ruleset import Ruleset

EVERY = "*"
"""All sources."""


def sides(sources: pl.Series, clean: tuple[str, ...]) -> NDArray[np.int64] | None:
    """A number a record: two records of equal number are not one person. None where anybody may be anybody.

    clean: sources that hold nobody twice.
    """
    if not clean:
        return None
    of_source = sources.rank("dense").to_numpy().astype(np.int64)
    if EVERY in clean:
        return of_source
    alone = of_source.max(initial=0) + 1 + np.arange(len(sources))
    return np.where(sources.is_in(clean).to_numpy(), of_source, alone)


def is_clean(sources: pl.Series, clean: tuple[str, ...]) -> pl.Series:
    """Which records are from a source that holds nobody twice."""
    return sources.is_in(clean) | (EVERY in clean)


@dataclass(frozen=True)
class Frozen:
    """What one tenant's records are resolved by.

    rules: the rule set as it was given. model: trained under it, with its reference. clean: sources that hold nobody
    twice.
    """

    tenant: str
    rules: Ruleset
    model: Model
    reference: Reference
    clean: tuple[str, ...] = ()

    @cached_property
    def ruleset(self) -> Ruleset:
        """The rule set with the families of keys and the caps that are frozen."""
        return self.reference.ruleset(self.rules)

    @cached_property
    def is_of_people(self) -> bool:
        """Whether records have names of persons; else they are told apart by the company's."""
        return "given" in self.model.layout.levels or "family" in self.model.layout.levels

    @cached_property
    def fingerprint(self) -> str:
        """Names all of it: equal fingerprints give equal scores."""
        parts = (self.rules.fingerprint, self.model.fingerprint, self.reference.as_json(), self.clean)
        return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()

    def is_clean(self, sources: pl.Series) -> pl.Series:
        """Which records are from a source that holds nobody twice."""
        return is_clean(sources, self.clean)

    def sides(self, sources: pl.Series) -> NDArray[np.int64] | None:
        """See `sides`."""
        return sides(sources, self.clean)
