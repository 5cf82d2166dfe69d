"""Caution: while little is known, what looks alike is asked rather than joined, unless something personal agrees."""

import numpy as np
from numpy.typing import NDArray

from resolver.model.layout import Layout, Patterns
from resolver.model.odds import log_odds
from rules.ruleset import Caution

CAP = log_odds(0.45)
"""The log odds that a pair held back has at most: just short of being joined, first to be asked."""


def held_back(layout: Layout, patterns: Patterns, caution: Caution) -> NDArray[np.bool_]:
    """For each pattern whether nothing in it may join two records yet."""
    shown = layout.unpack(patterns)

    def any_of(wanted: dict[str, tuple[str, ...]], fields: set[str]) -> NDArray[np.bool_]:
        found = np.zeros(len(patterns), dtype=bool)
        for field in fields & set(wanted):
            codes = [layout.levels[field].index(level) + 1 for level in wanted[field]]
            found |= np.isin(shown[field], codes)
        return found

    fields = set(layout.levels)
    # A company is somebody's name only where nobody has a name of their own.
    named = any_of(caution.name, fields - {"company"} if "given" in fields else fields)
    enough = any_of(caution.alone, fields) | (any_of(caution.with_name, fields) & named)
    return np.asarray(~enough | any_of(caution.against, fields))
