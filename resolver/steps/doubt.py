"""Doubt: which cases a steward should see, the most valuable first."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Rows
from resolver.model.layout import Floats
from resolver.model.odds import log_odds, probabilities
from rules.ruleset import Thresholds

UNSURE = "alike, but not enough to join"
AGAINST = "alike, but the rest of the group speaks against it"
THIN = "joined on thin evidence"


def doubts(entity: Rows, left: Rows, right: Rows, logits: Floats, bounds: Thresholds) -> pl.DataFrame:
    """One row a case: the pair that shows it best, the reason, how many records hang on it, and its value.

    Columns: pair (place in the arrays), reason, records, value; ordered by value, then by content.
    """
    inside = entity[left] == entity[right]
    size = np.bincount(entity[entity >= 0], minlength=len(entity))
    apart = np.flatnonzero(~inside & (logits >= log_odds(bounds.review)))
    low, high = np.minimum(entity[left], entity[right])[apart], np.maximum(entity[left], entity[right])[apart]
    apart = apart[_first_of_each(low, high, logits[apart])]
    thin = _weakest_links(left, right, logits, np.flatnonzero(inside), bounds.sure, len(entity))
    thin = thin[_first_of_each(entity[left[thin]], entity[left[thin]], -logits[thin])]
    cases = np.concatenate((apart, thin))
    reason = np.where(logits[apart] >= log_odds(bounds.match), AGAINST, UNSURE).tolist() + [THIN] * len(thin)
    hanging = size[entity[left[cases]]] + np.where(inside[cases], 0, size[entity[right[cases]]])
    chance = probabilities(logits[cases])
    value = (1 - np.abs(2 * chance - 1)) * hanging
    frame = pl.DataFrame(
        {"pair": cases, "reason": pl.Series(reason, dtype=pl.String), "records": hanging, "value": value}
    )
    return frame.sort(["value", "pair"], descending=[True, False])


def _first_of_each(low: Rows, high: Rows, logits: Floats) -> NDArray[np.int64]:
    """The strongest pair between every two entities."""
    order = np.lexsort((np.arange(len(low)), -logits, high, low))
    low, high = low[order], high[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return order[first]


def _weakest_links(
    left: Rows, right: Rows, logits: Floats, inside: Rows, sure: float, records: int
) -> NDArray[np.int64]:
    """Pairs that are the best link a record has to its entity, and yet not sure."""
    best = np.full(records, -np.inf)
    np.maximum.at(best, left[inside], logits[inside])
    np.maximum.at(best, right[inside], logits[inside])
    weak = np.minimum(best[left[inside]], best[right[inside]])
    weakest: NDArray[np.int64] = inside[(logits[inside] == weak) & (weak < log_odds(sure))]
    return weakest
