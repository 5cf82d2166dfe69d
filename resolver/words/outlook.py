"""What a run expects of itself, in plain words."""

import math

from resolver.expect import Range
from resolver.report.outlook import Outlook
from resolver.words.plain import count, likely

NOT_MEASURED = "not measured yet"
RESTS_ON = (
    "Estimated without labels: from how sure each join is, and how many people are found by several clues at once. "
    "People whose records say the same cannot be told apart; the lower end allows for 8 in 100 of them."
)


def span(found: Range) -> str:
    """`Range(.921, .985, .9988)` -> "92 to 100 in 100, likely 99"; the ends are rounded outwards."""
    low, high = math.floor(100 * found.low + 1e-9), math.ceil(100 * found.high - 1e-9)
    value = likely(found.value).removesuffix(" in 100")
    return f"{low} to {high} in 100, likely {value}" if low < high else f"{value} in 100"


def right(found: Outlook) -> str:
    """How often a join is right."""
    return span(found.right) if found.right else f"{NOT_MEASURED} (no labels; {found.why_not})"


def duplicates(found: Outlook) -> str:
    """How many of the duplicates were found."""
    return span(found.found) if found.found else f"{NOT_MEASURED} (no labels; {found.why_not})"


def misses(found: Outlook) -> str:
    """The duplicates that are expected to be lost, and where."""
    if found.never_compared is None or found.kept_apart is None:
        return f"{NOT_MEASURED} (no labels; {found.why_not})"
    unmet, apart = (count(round(number), "duplicate") for number in (found.never_compared, found.kept_apart))
    return f"about {unmet} among what was never compared, and {apart} among what was compared and kept apart"


def bars(found: Outlook) -> str:
    """From where on records are joined, and where a steward is asked."""
    said = f"Joined from {likely(found.join)} on, asked from {likely(found.ask)} on"
    if found.asked_right is None:
        return said
    return f"{said}; about {likely(found.asked_right)} of those asked are one person"
