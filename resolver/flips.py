"""Flips: what would have to be otherwise for two records to be decided the other way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from resolver.columns import Column
from resolver.model.model import Model
from resolver.model.odds import probabilities
from resolver.steps.compare import Comparer
from resolver.steps.score import Shown, look
from rules.ruleset import SHARED, SWAPPED, UNUSUAL

MOST = 5
"""So many ways are told."""
NO_CHOICE = frozenset({*SHARED, UNUSUAL, SWAPPED})
"""Levels that a single field of two records does not come to by itself."""
HIDDEN = "as far as shown"
"""Ends the levels of values that are hidden in part."""


@dataclass(frozen=True)
class Change:
    """A field that would show another level; None where one side would say nothing."""

    field: str
    now: str | None
    then: str | None


@dataclass(frozen=True)
class Flip:
    """Changes that together would turn the decision, and the probability that would follow."""

    changes: tuple[Change, ...]
    probability: float


def flips(model: Model, shown: Shown, rarity: Mapping[str, float], threshold: float) -> list[Flip]:
    """The smallest sets of changes that bring a pair to the other side of a threshold, those just beyond it first.

    Single fields are tried, and pairs of fields where no single one is enough; of each the least change that does.
    shown: of one pair. rarity: what the rarity of a field's value adds to the log odds, which goes when its level does.
    threshold: natural log odds; a pair above it is joined.
    """
    now = {name: int(codes[0]) for name, codes in model.layout.unpack(shown.patterns).items()}
    choices = {name: _choices(levels, now[name]) for name, levels in model.layout.levels.items()}
    for fields in (1, 2):
        tried = list(_tried(choices, fields))
        if not tried:
            continue
        logits = _logits(model, now, tried, (float(shown.rarity[0]), rarity))
        joined = float(_logits(model, now, [{}], (float(shown.rarity[0]), rarity))[0]) > threshold
        best: dict[tuple[str, ...], int] = {}
        for place in np.argsort(np.abs(logits - threshold), kind="stable").tolist():
            if (logits[place] > threshold) != joined:
                best.setdefault(tuple(tried[place]), place)
        if best:
            places = list(best.values())[:MOST]
            return [_flip(model, now, tried[place], float(logits[place])) for place in places]
    return []


def rarities(comparer: Comparer, columns: Mapping[str, Column], rows: tuple[int, int]) -> dict[str, float]:
    """What the rarity of each field's value adds to the log odds of two rows, where it adds anything."""
    left, right = np.asarray(rows[:1]), np.asarray(rows[1:])
    whole = float(look(comparer, columns, left, right).rarity[0])
    told = {}
    for name in comparer.judges:
        rest = replace(comparer, judges={other: judge for other, judge in comparer.judges.items() if other != name})
        told[name] = whole - float(look(rest, columns, left, right).rarity[0])
    return {name: added for name, added in told.items() if added}


def _choices(levels: Sequence[str], now: int) -> list[int]:
    """The other codes that a field may come to; 0 for nothing to compare."""
    plain = [code for code, level in enumerate(levels, 1) if level not in NO_CHOICE and not level.endswith(HIDDEN)]
    return [code for code in (0, *plain) if code != now]


def _tried(choices: Mapping[str, list[int]], fields: int) -> Iterator[dict[str, int]]:
    for names in combinations(choices, fields):
        for codes in product(*(choices[name] for name in names)):
            yield dict(zip(names, codes, strict=True))


def _logits(
    model: Model, now: Mapping[str, int], tried: Sequence[Mapping[str, int]], rarity: tuple[float, Mapping[str, float]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The log odds with each of some changes. rarity: in all, and of each field."""
    whole, each = rarity
    levels = {
        name: np.asarray([change.get(name, code) for change in tried], dtype=np.uint8) for name, code in now.items()
    }
    patterns = model.layout.pack(levels, len(tried))
    rare = np.asarray([whole - sum(each.get(name, 0.0) for name in change) for change in tried])
    return np.asarray(np.minimum(model.logits(patterns) + rare, model.caps(patterns)))


def _flip(model: Model, now: Mapping[str, int], change: Mapping[str, int], logit: float) -> Flip:
    def level(name: str, code: int) -> str | None:
        return model.layout.levels[name][code - 1] if code else None

    changes = tuple(Change(name, level(name, now[name]), level(name, code)) for name, code in change.items())
    return Flip(changes, float(probabilities(np.asarray(logit))))
