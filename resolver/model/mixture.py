"""Estimates, without labels, how often each level shows among pairs of one person and among pairs of strangers.

Fellegi & Sunter (1969) with the two-class mixture of Winkler (1988) made richer: strangers come in kinds. A random
pair of records hardly agrees on anything, but members of a household share name, address and landline together,
colleagues share company and town, namesakes share both names. With one kind of stranger only, all of these would
have to pass for the same person.

Weights are shares of *all* pairs of records, not of the candidates, so that blocking does not bias them: pairs at
random have weight 1 and their levels come from a random sample; every other class is estimated on the candidates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from resolver.columns import numbered
from resolver.model.layout import CATEGORY, Floats, Layout, Patterns, Positions, kind
from rules.ruleset import SWAPPED, Ruleset

SAME = "same person"
RANDOM = "chance"

MATCH_ANCHOR = 0.05
DEFINING_ANCHOR = 0.2
OTHER_ANCHOR = 5.0
"""Pseudo-counts as a share of a class's own mass. Strangers' other fields are held near chance, or EM drifts:
a household would learn to be a person with a typing error in the given name."""
FLOOR = 20.0
"""Pseudo-pairs every class starts with, so that thin data leans on the shipped numbers."""
THIN_MASS = 5.0
"""Pseudo-pairs of the same person, and in proportion of each kind of stranger: a handful of pairs must not end one."""
LEAK = 0.03
"""How much of the other side a stranger's template borrows."""
THIN = 1000.0
"""Random pairs that the shipped shares among strangers count for."""
RETAKES = 3
"""Times the chances among strangers are taken again, each time without the pairs that look like one person."""
REST = 0.05
"""Of the pairs that share a value at least so many are strangers, however much they look like one person."""
LEAST = 1e-9
"""No level is less likely than this among strangers."""
ROUNDS = 100
SETTLED = 1e-4

Known = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Sample:
    """Distinct patterns, how many pairs show each, and for every pair the place of its own."""

    patterns: Patterns
    counts: Floats
    places: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    @classmethod
    def of(cls, patterns: Patterns, share: float = 1.0) -> "Sample":
        """Counts patterns. share: what part these are of all the pairs that are meant."""
        distinct, places = numbered(patterns)
        return cls(distinct, np.bincount(places, minlength=len(distinct)) / share, places)


@dataclass(frozen=True)
class Mixture:
    """Classes of pairs: for each its share of all pairs and, for every level of the layout, its probability."""

    classes: tuple[str, ...]
    weights: Floats
    levels: Floats

    def log_likelihoods(self, layout: Layout, positions: Positions) -> Floats:
        """(patterns x classes): log of weight times probability, missing fields skipped."""
        sums = [layout.sums(positions, logs) for logs in np.log(self.levels)]
        return np.stack(sums, axis=1) + np.log(self.weights)

    def shares(self, layout: Layout, positions: Positions) -> Floats:
        """(patterns x classes): the probability of each class."""
        joint = self.log_likelihoods(layout, positions)
        return np.asarray(np.exp(joint - log_sum(joint)[:, None]))

    def logits(self, layout: Layout, positions: Positions) -> Floats:
        """log odds of being the same person, for each pattern."""
        joint = self.log_likelihoods(layout, positions)
        return np.asarray(joint[:, 0] - log_sum(joint[:, 1:]))


def log_sum(logs: Floats) -> Floats:
    """log of the sum of exponentials along each row."""
    top = logs.max(axis=1)
    return np.asarray(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))


@dataclass(frozen=True)
class _Task:
    """What an estimation works on, in arrays."""

    positions: Positions
    counts: Floats
    all_pairs: float
    layout: Layout
    start: Mixture
    anchors: Floats

    def totals(self, seen: Floats) -> Floats:
        """For every level the sum over all levels of its field."""
        places = self.layout.places.values()
        sums = np.add.reduceat(seen, [place.start for place in places], axis=1)
        return np.repeat(sums, [place.stop - place.start for place in places], axis=1)


def priors(layout: Layout, ruleset: Ruleset) -> tuple[Floats, Floats]:
    """The shipped probabilities of every level: (same person, strangers), each field's summing to 1."""
    shares = [ruleset.compare[kind(name)].levels[level] for name, levels in layout.levels.items() for level in levels]
    both = np.asarray(shares).reshape(-1, 2)
    for place in layout.places.values():
        both[place] /= both[place].sum(axis=0)
    return both[:, 0], both[:, 1]


def chance(layout: Layout, random: Sample, known: Known, shipped: Floats, weights: Floats | None = None) -> Floats:
    """Probabilities of levels among strangers, from random pairs, with half a pair for what was never seen
    and the shipped shares where there are few pairs.

    known: shares that were counted, which no sample tells better. weights: for each pattern the share of its pairs
    that are strangers indeed; in a small file some random pairs are not.
    """
    counts = random.counts if weights is None else random.counts * weights
    seen = layout.counts(layout.positions(random.patterns), counts)
    total = counts.sum()
    pseudo = THIN * shipped + 0.5 * total / (total + 10 * THIN)
    out = np.empty(layout.size)
    for name, place in layout.places.items():
        out[place] = (seen[place] + pseudo[place]) / (seen[place] + pseudo[place]).sum()
        for level, share in known.get(name, {}).items():
            at = place.start + layout.levels[name].index(level)
            out[at] = max(share, LEAST)
        out[place] /= out[place].sum()
    return out


def estimate(
    layout: Layout, ruleset: Ruleset, candidates: Sample, random: Sample, known: Known, records: int
) -> tuple[Mixture, Mixture]:
    """Two mixtures over the fields of the layout that are not categories.

    In the first, chance is what random pairs show. Candidates share a key, though, so those that met by chance agree
    more than random pairs, and there are far fewer of them: in the second, chance is what it shows among candidates, as
    the first sees them. It recovers damaged records of one person where namesakes are few, and knows too few strangers
    where they are many. A pair is scored by the larger of its two log odds.
    """
    shipped_same, shipped_strangers = priors(layout, ruleset)
    positions = estimated(layout, candidates.patterns)
    in_random = estimated(layout, random.patterns)
    strangers = chance(layout, random, known, shipped_strangers)
    if layout.is_single:
        # Nothing tells a stranger of the same name from the same person: equal is taken for the same.
        strangers[0] *= REST
    all_pairs = max(records * (records - 1) / 2, 1.0)
    for _ in range(RETAKES):
        begin = _start(layout, ruleset, shipped_same, strangers, records)
        task = _Task(positions, candidates.counts, all_pairs, layout, begin, _anchors(layout, begin))
        first = _expectation_maximisation(task)
        shares = first.shares(layout, positions) * candidates.counts[:, None]
        strangers_only = _without(known, layout, layout.counts(positions, shares[:, 0]) / all_pairs)
        weights = first.shares(layout, in_random)[:, 1]
        if not layout.is_single:
            strangers = chance(layout, random, strangers_only, shipped_strangers, weights)
    return first, _among_candidates(task, first, shares[:, 1])


def _without(known: Known, layout: Layout, same: Floats) -> Known:
    """Counted shares less those of the pairs that are one person: what is left is due to strangers.

    same: for each level the share of all pairs that show it and are one person. How often names swap by chance is
    reckoned from strangers alone to begin with.
    """

    def left(name: str, level: str, share: float) -> float:
        at = layout.places[name].start + layout.levels[name].index(level)
        return share if level == SWAPPED else max(share - float(same[at]), REST * share)

    return {
        name: {level: left(name, level, share) for level, share in shares.items()} for name, shares in known.items()
    }


def _among_candidates(task: _Task, first: Mixture, by_chance: Floats) -> Mixture:
    """The mixture with chance as candidates show it. by_chance: how many pairs of each pattern met by chance."""
    seen = task.layout.counts(task.positions, by_chance)[None]
    levels, weights = first.levels.copy(), first.weights.copy()
    levels[1] = ((seen + FLOOR * first.levels[1]) / (task.totals(seen) + FLOOR))[0]
    weights[1] = max(by_chance.sum() / task.all_pairs, 1e-12)
    return Mixture(first.classes, weights, levels)


def estimated(layout: Layout, patterns: Patterns) -> Positions:
    """The positions that the mixture sees: categories count as missing.

    Few-valued fields stay out of the estimation; they cannot tell a match from a namesake, but would try.
    """
    positions = layout.positions(patterns)
    categories = [column for column, name in enumerate(layout.fields) if name.startswith(CATEGORY)]
    positions[:, categories] = layout.size
    return positions


def _start(layout: Layout, ruleset: Ruleset, same: Floats, strangers: Floats, records: int) -> Mixture:
    """Where EM begins: a match for each record, and a third of that for each kind of stranger the data can show."""
    kinds = _kinds(layout, ruleset)
    all_pairs = max(records * (records - 1) / 2, 1.0)
    # Where nobody meets anybody there is nothing to learn, but a weight of 0 has no logarithm.
    one_each = min(max(records, 1) / all_pairs, 0.1)
    levels = [same, strangers]
    for agree in kinds.values():
        template = (1 - LEAK) * strangers + LEAK * same
        for name in agree:
            place = layout.places[name]
            template[place] = (1 - LEAK) * same[place] + LEAK * strangers[place]
        levels.append(template)
    weights = [one_each / 2, 1.0, *([0.3 * one_each / 2] * len(kinds))]
    return Mixture((SAME, RANDOM, *kinds), np.asarray(weights), np.stack(levels))


def _kinds(layout: Layout, ruleset: Ruleset) -> Mapping[str, list[str]]:
    """The kinds of strangers whose fields this data has: at least two of them, one of which is not a place."""
    kinds = {}
    for name, strangers in ruleset.strangers.items():
        fields = [field for field in strangers.agree if field in layout.levels]
        if len(fields) >= 2 and len(layout.levels) > len(fields):
            kinds[name] = fields
    return kinds


def _anchors(layout: Layout, start: Mixture) -> Floats:
    """(classes x levels): how strongly each is held to where it starts, as a share of its class's mass."""
    anchors = np.full(start.levels.shape, OTHER_ANCHOR)
    anchors[0] = MATCH_ANCHOR
    for row in range(2, len(anchors)):
        for place in layout.places.values():
            # A field defines a kind of stranger when its template there looks like a match, not like chance.
            if np.abs(start.levels[row, place] - start.levels[0, place]).sum() < 0.2:
                anchors[row, place] = DEFINING_ANCHOR
    return anchors


def _expectation_maximisation(task: _Task) -> Mixture:
    """Dempster, Laird & Rubin (1977) on distinct patterns; stops when no weight moves by more than SETTLED.

    Chance stays as random pairs show it.
    """
    now = task.start
    fixed = np.asarray(now.classes) == RANDOM
    for _ in range(ROUNDS):
        shares = now.shares(task.layout, task.positions) * task.counts[:, None]
        mass = shares.sum(axis=0)
        seen = np.stack([task.layout.counts(task.positions, share) for share in shares.T])
        pull = task.anchors * mass[:, None] + FLOOR
        levels = (seen + pull * task.start.levels) / (task.totals(seen) + pull)
        weights = (mass + THIN_MASS * task.start.weights / task.start.weights[0]) / task.all_pairs
        levels[fixed], weights[fixed] = now.levels[fixed], now.weights[fixed]
        moved = np.abs(np.log(weights) - np.log(now.weights)).max()
        now = Mixture(now.classes, weights, levels)
        if moved < SETTLED:
            break
    return now


def category_weights(layout: Layout, candidates: Sample, probabilities: Floats, random: Floats) -> Floats:
    """log(m/u) of the categories' levels, limited to [-4, 3]; 0 for the other fields.

    m comes from candidates weighted by their probability of being the same person, u from random pairs.
    """
    out = np.zeros(layout.size)
    seen = layout.counts(layout.positions(candidates.patterns), candidates.counts * probabilities)
    for name, place in layout.places.items():
        if name.startswith(CATEGORY):
            same = (seen[place] + 1.0) / (seen[place] + 1.0).sum()
            out[place] = np.clip(np.log(same) - np.log(random[place]), -4.0, 3.0)
    return out
