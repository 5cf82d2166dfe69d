"""Trust: how right and how complete joins are at a threshold, as far as people's decisions tell.

Pairs of records are taken in bands of the probability that the engine gives them (Cochran 1977, "Sampling Techniques",
chapter 5: stratified sampling). In each band the share of true pairs is Beta distributed: the prior holds what the
engine believes, with the weight of two decisions, half of it undecided (Jeffreys), and every decision counts as one.
Precision is the share of true pairs among those above the threshold, recall the share of the true pairs that lie above
it. Both are drawn many times; the interval holds 95 in 100 of the draws.

Decisions are not a random sample: people are asked where the engine is unsure. Within a band that hardly matters, and a
band in which nobody was asked stays wide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import default_rng

from resolver.model.layout import Floats
from resolver.model.odds import log_odds, probabilities
from resolver.paths.online import Resolver
from resolver.store import census
from resolver.store.census import STEPS

EDGES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99, 0.999)
"""Probabilities at which bands end; the threshold is one more."""
DRAWS, SEED = 4000, 20260501
INSIDE = (2.5, 50.0, 97.5)
"""Percentiles of the draws that are told."""
NARROW = 0.05
"""An interval no wider than that on either side of the middle is told as good enough."""
TELLING = 0.2
"""A wider one, from end to end, tells nothing yet."""
FEWEST = 20
"""With fewer decisions it would be the engine's word for itself."""
PRIOR = 0.5
"""Weight of the prior that does not depend on what the engine believes, for each of the two answers."""
Z = 1.96


@dataclass(frozen=True)
class Share:
    """A share, and the interval that it lies in. decisions: how many more it needs to be known to NARROW; known: how
    many it rests on."""

    low: float
    value: float
    high: float
    decisions: int
    known: int = 0

    @property
    def is_measured(self) -> bool:
        """Whether it tells anything."""
        return self.known >= FEWEST and self.high - self.low <= TELLING


@dataclass(frozen=True)
class Band:
    """Pairs of some probability: how many there are, what the engine expects of them, and how people decided."""

    at_least: float
    below: float
    pairs: int
    expected: float
    same: int
    different: int


@dataclass(frozen=True)
class Trust:
    """How right and how complete joins are at a threshold. against: decisions that the threshold contradicts."""

    threshold: float
    precision: Share
    recall: Share
    bands: tuple[Band, ...]
    decisions: int
    against: int


def trust(resolver: Resolver, threshold: float) -> Trust:
    """What people's decisions tell of a threshold between 0 and 1, over the pairs that were compared."""
    with resolver.database.reading() as connection:
        pairs = census.spread(connection, resolver.tenant)
        told = census.told(connection, resolver.tenant)
    bands = _bands(pairs, told, threshold)
    above = np.asarray([band.at_least >= threshold for band in bands])
    precision, recall = _shares(bands, above)
    line = log_odds(threshold) * STEPS
    against = sum(same != (step >= line) for step, same in told)
    return Trust(threshold, precision, recall, tuple(bands), len(told), against)


def _bands(pairs: dict[int, int], told: list[tuple[int, bool]], threshold: float) -> list[Band]:
    """The bands that hold any pairs, the likeliest last."""
    inner = sorted({*EDGES, threshold})
    edges = [0.0, *inner, 1.0]
    lines = np.asarray([log_odds(edge) * STEPS for edge in inner])
    steps = np.asarray(sorted(pairs), dtype=np.float64)
    number = np.asarray([pairs[int(step)] for step in steps], dtype=np.float64)
    expected = probabilities(steps / STEPS)
    place = np.searchsorted(lines, steps, side="right")
    decided = np.searchsorted(lines, np.asarray([step for step, _ in told], dtype=np.float64), side="right")
    same = np.asarray([one for _, one in told], dtype=np.bool_)
    found = []
    for band in range(len(edges) - 1):
        here, asked = place == band, decided == band
        many = float(number[here].sum())
        if many:
            mean = float((number * expected)[here].sum() / many)
            yes, no = int((asked & same).sum()), int((asked & ~same).sum())
            found.append(Band(edges[band], edges[band + 1], int(many), mean, yes, no))
    return found


def _shares(bands: list[Band], above: np.ndarray) -> tuple[Share, Share]:
    """Precision and recall. above: which bands lie above the threshold."""
    if not above.any():
        nothing = Share(0.0, 0.0, 1.0, FEWEST)
        return nothing, nothing
    pairs, yes, no = (
        np.asarray(values, dtype=np.float64)
        for values in zip(*((band.pairs, *_beta(band)) for band in bands), strict=True)
    )
    drawn = default_rng(SEED).beta(yes, no, size=(DRAWS, len(bands))) * pairs
    right = drawn[:, above].sum(axis=1)
    precision, recall = right / pairs[above].sum(), right / np.maximum(drawn.sum(axis=1), 1e-12)
    mean = yes / (yes + no)
    spread = pairs * np.sqrt(mean * (1 - mean))
    total = float((pairs * mean).sum())
    weight = np.where(above, 1 - recall.mean(), recall.mean())
    return (
        _share(precision, float((spread * above).sum() / pairs[above].sum()), bands),
        _share(recall, float((spread * weight).sum() / max(total, 1e-12)), bands),
    )


def _beta(band: Band) -> tuple[float, float]:
    return PRIOR + band.expected + band.same, PRIOR + (1 - band.expected) + band.different


def _share(drawn: Floats, spread: float, bands: list[Band]) -> Share:
    """spread: the standard deviation of one decision, were decisions asked for where they tell most (Neyman 1934)."""
    low, value, high = (float(one) for one in np.percentile(drawn, INSIDE))
    known = sum(band.same + band.different for band in bands)
    needed = int(np.ceil((Z * spread / NARROW) ** 2))
    good = known >= FEWEST and max(value - low, high - value) <= NARROW
    return Share(low, value, high, 0 if good else max(needed - known, FEWEST - known, 1), known)
