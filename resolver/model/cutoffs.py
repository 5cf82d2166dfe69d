"""Cutoffs: the probabilities that separate apart, ask and join, drawn from what the model expects.

match: records are joined while the average evidence between two groups stays above it. At one half, joining two groups
gains as many true pairs as it adds false ones; asking for more precision raises it. review: what lies below it, and was
not joined, holds no more than FORGOTTEN of the true pairs that are still missing. sure: what was joined above it holds
no more than FORGOTTEN of the joins that are wrong. Both are bounded by what a look is worth: an answer that one case in
WORTH_ASKING would change.
"""

from dataclasses import dataclass

import numpy as np

from resolver.model.layout import Floats
from rules.ruleset import Thresholds

FORGOTTEN = 0.01
WORTH_ASKING = 0.1
EVEN = 0.5


@dataclass(frozen=True)
class Cutoffs:
    """Probabilities, with review <= match <= sure."""

    match: float
    review: float
    sure: float

    @classmethod
    def of(cls, fixed: Thresholds, match: float, apart: tuple[Floats, Floats], joined: Floats) -> "Cutoffs":
        """What the rule set fixes, and for the rest what the probabilities say.

        apart: of every two entities the probability that they are one, and the true pairs expected between them;
        joined: the probability of the weakest link of each entity.
        """
        return cls.holding(fixed, match, apart, (1 - joined, 1 - joined))

    @classmethod
    def holding(
        cls, fixed: Thresholds, match: float, apart: tuple[Floats, Floats], joined: tuple[Floats, Floats]
    ) -> "Cutoffs":
        """The same where much that lies below WORTH_ASKING is summed up at a probability of 0.

        joined: of each entity the probability that its weakest link is wrong, and the wrong joins expected by it.
        """
        review = fixed.review or _holding(*apart)
        sure = fixed.sure or 1 - _holding(*joined)
        return cls(match, min(review, match), max(sure, match))


def _holding(levels: Floats, amounts: Floats) -> float:
    """The largest level such that what lies at or above it holds all but FORGOTTEN of the amounts.

    WORTH_ASKING where that is lower, or there is nothing; so only what lies above it is put in order.
    """
    top = levels >= WORTH_ASKING
    order = np.argsort(-levels[top], kind="stable")
    held = np.cumsum(amounts[top][order])
    place = int(np.searchsorted(held, (1 - FORGOTTEN) * amounts.sum()))
    return float(levels[top][order][place]) if place < len(held) else WORTH_ASKING
