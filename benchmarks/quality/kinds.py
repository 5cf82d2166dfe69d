"""Sorts mistakes into kinds by what the pairs show: which fields agree, which disagree, and how far a pair came."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.quality.mistakes import Mistakes, Pairs
from resolver.model.layout import Layout, Patterns, kind
from rules.ruleset import Ruleset

GROUPS: Final = {
    "given": "given name",
    "middle": "middle name",
    "family": "family name",
    "suffix": "Jr or Sr",
    "email": "contact",
    "phone": "contact",
    "social": "contact",
    "identifier": "id",
    "company": "company",
    "street": "address",
    "place": "address",
    "birth_date": "birth date",
}
"""Field -> what it counts as here. Categories tell too little to make a kind."""
NAMES: Final = ("given name", "family name")
NEVER_MET: Final = "never met, no key in common"
TOO_LOW: Final = "met, scored too low"
KEPT_APART: Final = "scored high enough, kept apart by the other records"
THROUGH_OTHERS: Final = "joined only through other records"
HOUSEHOLD: Final = "household: same family name, other given name"


@dataclass(frozen=True)
class Stance:
    """What a pattern says: groups of fields that speak for one person, and groups that speak against."""

    agree: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """Mistakes of one kind.

    mistake: "missed" or "wrong join". levels: the pattern most of them show, in words. left, right: keys of one pair
    that shows it.
    """

    mistake: str
    name: str
    pairs: int
    levels: str
    left: str
    right: str


def kinds_of(mistakes: Mistakes, ruleset: Ruleset) -> list[Kind]:
    """All kinds, the most frequent first."""
    found = [
        *_sorted_into("missed", mistakes.missed, ruleset, _missed),
        *_sorted_into("wrong join", mistakes.wrong, ruleset, _wrong),
    ]
    return sorted(found, key=lambda kind: (-kind.pairs, kind.mistake, kind.name))


_Namer = Callable[[Stance, bool, bool], str]


def _sorted_into(mistake: str, pairs: Pairs, ruleset: Ruleset, name: _Namer) -> Iterable[Kind]:
    """Names each distinct (pattern, met, scored as a match) and counts."""
    enough = pairs.logits > 0
    cases = pl.DataFrame({"pattern": pairs.patterns, "met": pairs.met, "enough": enough})
    cases = cases.with_row_index("first").group_by("pattern", "met", "enough").agg(pl.len(), pl.col("first").min())
    cases = cases.sort("pattern", "met", "enough")
    stances = stances_of(cases["pattern"].to_numpy(), pairs.layout, ruleset)
    counts: Counter[str] = Counter()
    best: dict[str, tuple[int, int]] = {}
    for (_, met, scored, number, first), stance in zip(cases.iter_rows(), stances, strict=True):
        called = name(stance, met, scored)
        counts[called] += number
        best[called] = max(best.get(called, (0, 0)), (number, -first))
    for called, number in counts.items():
        at = -best[called][1]
        levels = in_words(pairs.layout, int(pairs.patterns[at]))
        yield Kind(mistake, called, number, levels, pairs.left[at], pairs.right[at])


def _missed(stance: Stance, met: bool, scored: bool) -> str:
    stage = (KEPT_APART if scored else TOO_LOW) if met else NEVER_MET
    if stance.against:
        return f"{stage}; other {_and(stance.against)}"
    return f"{stage}; nothing disagrees, same {_and(stance.agree)}" if stance.agree else f"{stage}; nothing is known"


def _wrong(stance: Stance, met: bool, scored: bool) -> str:
    if not (met and scored):
        return THROUGH_OTHERS
    more = [group for group in stance.agree if group not in NAMES]
    named = [group for group in NAMES if group in stance.agree]
    if "family name" in named and "given name" in stance.against and {"address", "contact"} & set(more):
        return f"{HOUSEHOLD}; same {_and(more)}"
    same = "same given and family name" if len(named) == len(NAMES) else f"same {_and(named)}" if named else "no name"
    other = [f"other {group}" for group in NAMES if group in stance.against]
    rest = f"same {_and(more)}" if more else "nothing else agrees"
    return "; ".join([same, *other, rest])


def stances_of(patterns: Patterns, layout: Layout, ruleset: Ruleset) -> list[Stance]:
    """What each pattern says. A level speaks for one person when the rule set has it more often there than among
    strangers. A group agrees when one of its fields does, and disagrees when none does and one disagrees."""
    weights: dict[str, list[float]] = {
        name: [0.0, *_weights(ruleset, name, levels)] for name, levels in layout.levels.items()
    }
    codes = layout.unpack(patterns)
    by_group: dict[str, NDArray[np.float64]] = {}
    for name, weight in weights.items():
        group = GROUPS.get(name)
        if group is not None:
            said = np.sign(np.asarray(weight))[codes[name]]
            before = by_group.get(group, np.zeros(len(patterns)))
            by_group[group] = np.where((said > 0) | (before > 0), 1, np.minimum(said, before))
    return [
        Stance(
            tuple(group for group, said in by_group.items() if said[row] > 0),
            tuple(group for group, said in by_group.items() if said[row] < 0),
        )
        for row in range(len(patterns))
    ]


def _weights(ruleset: Ruleset, name: str, levels: Iterable[str]) -> list[float]:
    """log(share among pairs of one person / share among strangers) of each level, as the rule set has it."""
    shares: Mapping[str, tuple[float, float]] = ruleset.compare[kind(name)].levels
    return [log(shares[level][0] / shares[level][1]) for level in levels]


def in_words(layout: Layout, pattern: int) -> str:
    """The levels of one pattern: "given: same, email: different"; what is missing is left out."""
    codes = layout.unpack(np.asarray([pattern], dtype=np.uint64))
    return ", ".join(f"{name}: {layout.levels[name][int(code[0]) - 1]}" for name, code in codes.items() if code[0])


def _and(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
