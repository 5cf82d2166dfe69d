"""Marking: what differs inside values, shown as they were entered and compared after cleaning."""

from rapidfuzz.distance import Levenshtein

from api.steward.shapes import Cell
from resolver.words.plain import EQUAL, mark

ALIKE = 0.5
"""Values that have less in common are unlike as a whole: marking letters in them would tell nothing."""
LONGEST = 160
"""Characters of a value in which differences are marked; a longer one is folded."""

Parts = tuple[tuple[str, bool], ...]


def marked(value: str, other: str) -> Parts:
    """A value in pieces, each with whether it differs from another value, whatever the case.

    >>> marked("Sid", "id"), marked("Ann", "ANN"), marked("Bob", "Zed")
    ((('S', True), ('id', False)), (('Ann', False),), (('Bob', False),))
    """
    one, two = value.lower(), other.lower()
    if max(len(value), len(other)) > LONGEST or len(one) != len(value):
        return ((value, False),)
    if Levenshtein.normalized_similarity(one, two) < ALIKE:
        return ((value, False),)
    found: list[tuple[str, bool]] = []
    for step in Levenshtein.opcodes(one, two):
        text = value[step.src_start : step.src_end]
        if text and found and found[-1][1] == (step.tag != "equal"):
            found[-1] = (found[-1][0] + text, found[-1][1])
        elif text:
            found.append((text, step.tag != "equal"))
    return tuple(found)


def cells(texts: list[str | None], levels: list[str | None]) -> tuple[Cell, ...]:
    """What records say in one field, the first compared with the one most unlike it, the others with the first.

    levels: how each compares with the first.
    """
    first = texts[0]
    others = [text for text, level in zip(texts[1:], levels[1:], strict=True) if text and _differs(level)]
    told = []
    for place, (text, level) in enumerate(zip(texts, levels, strict=True)):
        against = (others[0] if others else None) if place == 0 else (first if _differs(level) else None)
        told.append(Cell(text, marked(text, against) if text and against else ()))
    return tuple(told)


def _differs(level: str | None) -> bool:
    return level is not None and mark(level) != EQUAL
