"""The outlook: how right and how complete the run is expected to be, as far as that can be said without labels."""

from dataclasses import dataclass
from typing import Any

from resolver.expect import Range
from resolver.report.view import View


@dataclass(frozen=True)
class Outlook:
    """right: share of the joins that are right. found: share of the duplicates that were found. None: not told, and
    `why_not` says why. never_compared, kept_apart: duplicates expected among what never met, and what was not joined.
    join, ask: probabilities from which records are joined, and a steward is asked; asked_right: the share of the cases
    that are expected to be one person.
    """

    right: Range | None
    found: Range | None
    why_not: str
    never_compared: float | None
    kept_apart: float | None
    join: float
    ask: float
    asked_right: float | None


def outlook(view: View) -> Outlook:
    """What the run says of itself."""
    facts = view.run["estimates"]
    ask, join, _ = view.thresholds()
    return Outlook(
        right=_range(facts["right_when_it_joins"]),
        found=_range(facts["duplicates_found"]),
        why_not=facts["why_not"] or "",
        never_compared=facts["expected_missed_never_compared"],
        kept_apart=facts["expected_missed_compared"],
        join=join,
        ask=ask,
        asked_right=view.run["thresholds"]["review"]["expected_right"],
    )


def _range(told: dict[str, Any] | None) -> Range | None:
    return Range(**told) if told else None
