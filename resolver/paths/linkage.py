"""Linkage: from scores to entities at the precision that is asked for, and what is to be expected of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resolver.columns import Rows
from resolver.components import components
from resolver.errors import UsageError
from resolver.expect import Expected, Joins, Views, expect, never_met
from resolver.model.cutoffs import EVEN, Cutoffs
from resolver.model.layout import Floats
from resolver.model.odds import log_odds, probabilities
from resolver.result import Scored
from resolver.steps.cluster import CLIP, Bounds
from resolver.steps.doubt import Linked, asked
from resolver.steps.weigh import Tally, Weighed
from rules.ruleset import Ruleset, Thresholds

Link = Callable[[float], Rows]
"""Threshold in natural log odds -> for each row the smallest row of its entity."""
FINE = 0.01
"""A threshold is found to within so much (natural log odds)."""
BOUNDS = ("review", "match", "sure")


def partition(
    scored: Scored, views: Callable[[], Views], link: Link, fixed: Thresholds, target: float | None
) -> tuple[Rows, float]:
    """For each row the smallest row of its entity, and the probability above which groups were joined.

    Without a target that is the rule set's, or one half. With one it is the least strict threshold, not below that, of
    which the joins are expected to be right that often: a stricter threshold only takes entities apart, so halving
    finds it. Raises UsageError where only joining nothing at all would be right so often.
    """

    def right(entity: Rows) -> float:
        joins = Joins.of(Linked(entity, scored.left, scored.right, scored.logits), views())
        return 1 - joins.wrong.value / joins.joined if joins.joined else 1.0

    lax, strict = log_odds(fixed.match or EVEN), CLIP
    entity = link(lax)
    if target is None or right(entity) >= target:
        return entity, fixed.match or EVEN
    best = right(entity)
    while strict - lax > FINE:
        middle = (lax + strict) / 2
        found = link(middle)
        if (reached := right(found)) >= target:
            entity, strict = found, middle
        else:
            best, lax = max(best, reached), middle
    if strict == CLIP or (entity == np.arange(len(entity))).all():
        raise UsageError(f"target precision {target} cannot be reached: {best:.4%} is the most")
    return entity, float(probabilities(np.asarray(strict)))


def joins_above(fixed: Thresholds) -> float:
    """The log odds above which a pair is evidence for joining its records."""
    return log_odds(fixed.match or EVEN)


def within_reach(records: int, found: Sequence[Weighed], bounds: Bounds, fixed: Thresholds) -> Rows:
    """For each row the smallest row of all that it may end up with: those that any evidence for joining connects."""
    joining = [batch.logits > joins_above(fixed) for batch in found]
    left = [batch.left[those] for batch, those in zip(found, joining, strict=True)]
    right = [batch.right[those] for batch, those in zip(found, joining, strict=True)]
    same = bounds.same
    return components(records, np.concatenate([*left, same[0]]), np.concatenate([*right, same[1]]))


@dataclass(frozen=True)
class Account:
    """What became of the scores: the entities, the probabilities that separate apart, ask and join, and what to expect.

    fixed: what the rule set said about the three.
    """

    linked: Linked
    cutoffs: Cutoffs
    expected: Expected
    fixed: Thresholds

    @classmethod
    def of(
        cls,
        linked: Linked,
        views: Views,
        tally: Tally,
        ruleset: Ruleset,
        match: float,
        *,
        cautious: bool,
    ) -> "Account":
        """tally: what each family of keys found. cautious: whether the model knows too little."""
        couples, weakest = linked.couples, probabilities(linked.logits[linked.weakest])
        cutoffs = Cutoffs.of(ruleset.thresholds, match, (couples.chance, couples.chance * couples.met), weakest)
        unmet = never_met(tally, ruleset.blocking)
        expected = expect(Joins.of(linked, views), couples.expected, unmet, cautious=cautious)
        return cls(linked, cutoffs, expected, ruleset.thresholds)

    def thresholds(self) -> dict[str, Any]:
        """See `thresholds`."""
        chances = probabilities(self.linked.logits[self.linked.inside])
        review = _mean(self.linked.couples.chance[asked(self.linked, self.cutoffs)])
        return thresholds(self.cutoffs, self.fixed, self.expected, review, _mean(chances[chances >= self.cutoffs.sure]))


def thresholds(
    cutoffs: Cutoffs, fixed: Thresholds, expected: Expected, review: float | None, sure: float | None
) -> dict[str, Any]:
    """Each of the three, whether the rule set fixed it, and what is expected at it (null where that is not told).

    review: the share of the cases between two entities that are one. match: the share of the joins that are right.
    sure: the share right of the pairs joined that are by themselves at least that sure.
    """
    told = not expected.silent
    right = {"review": review, "match": expected.right.value if told else None, "sure": sure if told else None}
    return {
        name: {
            "probability": getattr(cutoffs, name),
            "fixed": getattr(fixed, name) is not None,
            "expected_right": right[name],
        }
        for name in BOUNDS
    }


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def together(thresholds: Sequence[dict[str, Any]], expected: Expected) -> dict[str, Any]:
    """The thresholds of several tenants as one: the span that holds all of them, and what is expected over all."""
    if len(thresholds) == 1:
        return thresholds[0]
    spans = {name: [one[name]["probability"] for one in thresholds] for name in BOUNDS}
    bounds = {"review": min(spans["review"]), "match": min(spans["match"]), "sure": max(spans["sure"])}
    right = None if expected.silent else expected.right.value
    return {
        name: {
            "probability": bounds[name],
            "fixed": all(one[name]["fixed"] for one in thresholds),
            "expected_right": right if name == "match" else None,
        }
        for name in BOUNDS
    }
