"""How right and how complete a result is, estimated without labels.

Everything counts pairs of records. A calibrated probability says how many of the pairs like it are one person, so sums
of probabilities are expected numbers of true pairs (Fellegi & Sunter 1969). Three questions remain:

- *Pairs joined through others.* Of an entity's records many pairs never met, or look little alike by themselves, and
  yet are one person because a third record connects them. A pair counts as sure as the weakest link of the strongest
  chain between its two records; that is what single linkage computes (Gower & Ross 1969).
- *Pairs that never met.* Kinds of keys that err independently find the same pairs as two fishermen mark the same fish:
  with n1 and n2 pairs found by the keys of one kind and by the keys of all others, and m found by both, there are
  about n1 n2 / m in all (Lincoln 1930 and Petersen 1896, as Chapman 1951 corrects it for small numbers).
- *How far the model may be off.* It holds two estimates of the same pairs and believes the larger one. Where they
  disagree, nobody knows; the answer lies in the middle of them on a logarithmic scale, and the interval spans both.

The widths below were set so that the intervals held on labelled sets; `benchmarks/ESTIMATES.md` shows all of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from resolver.columns import End, distinct
from resolver.model.layout import Floats, Patterns
from resolver.model.mixture import estimated
from resolver.model.model import Model
from resolver.model.odds import probabilities
from resolver.steps.doubt import Linked
from resolver.steps.forest import Forest
from resolver.steps.weigh import Tally
from rules.ruleset import Blocking
from rules.values.distinct import begins

GRID = np.arange(-8.0, 16.0, 0.5)
"""Edges of the steps in which links are followed, strongest first (natural log odds)."""
HIDDEN = 0.08
"""Up to this share of the joins may be wrong with nothing to show it: different persons whose records say the same."""
BETTER = 4.0
"""At best, a fourth of the errors that the most hopeful estimate expects, and a fourth of the misses."""
TIMES = 2.0
"""At worst, twice the misses that are expected."""
CLUMP = 4.0
"""Missed pairs come several at a time, as one link joins all records of two groups; their variance is that much larger
than that of single events."""
FEW = 3.0
"""Pairs that may be missed where none is expected: no event in a sample excludes three (the rule of three)."""
APART_MOST = 0.25
"""Where more than this share of the joins may be wrong, the two estimates contradict each other and neither is told."""
OVERLAP = 0.15
"""Share of the pairs that both kinds of keys must find before they say how many neither finds."""
OVERLAP_PAIRS = 30.0
SPLITS = 2
"""Independent ways to count the pairs that never met, fewer of which are no check on each other."""

CAUTIOUS = "too few duplicates to learn from"
CONTRADICTION = "two ways of estimating it contradict each other"
NO_JOINS = "nothing was joined"
ONE_WAY = "too few are found by two kinds of clues at once to say how many never met"
KINDS: Mapping[str, str] = {
    **dict.fromkeys(("email", "phone", "identifier", "social"), "contact"),
    **dict.fromkeys(("given", "middle", "family", "suffix"), "name"),
    **dict.fromkeys(("company", "street", "place"), "place"),
}
"""Fields whose errors have little to do with those of another kind; any other field is a kind of its own."""


@dataclass(frozen=True)
class Range:
    """An estimated number and the interval it lies in."""

    low: float
    value: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.value + other.value, self.high + other.high)


NONE = Range(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Views:
    """How far each of the model's estimates stays below the larger one, which the scores believe.

    distinct: what pairs show, ascending. below: for each estimate the difference in log odds there. patterns: what each
    pair shows.
    """

    distinct: Patterns
    below: tuple[Floats, ...]
    patterns: Patterns

    @classmethod
    def of(cls, model: Model, patterns: Patterns) -> "Views":
        """Takes a model's two mixtures apart."""
        shown = distinct(patterns)
        seen = estimated(model.layout, shown)
        both = [mixture.logits(model.layout, seen) for mixture in (model.first, model.second)]
        top = reduce(np.maximum, both)
        return cls(shown, tuple(one - top for one in both), patterns)

    def inside(self, linked: Linked) -> list[Floats]:
        """The log odds that each estimate gives the pairs inside entities."""
        places = np.searchsorted(self.distinct, self.patterns[linked.inside])
        return [linked.logits[linked.inside] + below[places] for below in self.below]


@dataclass(frozen=True)
class Expected:
    """Pairs of records: `joined` inside entities, how many of them are wrong, how many true ones are missed.

    apart: expected true pairs that were compared and not joined; unmet: those that never met. silent: why the share of
    right joins is not told; silent_missed: why the share of duplicates found is not.
    """

    joined: int
    wrong: Range = NONE
    missed: Range = NONE
    apart: float = 0.0
    unmet: float = 0.0
    silent: str = ""
    silent_missed: str = ""

    def __add__(self, other: "Expected") -> "Expected":
        return Expected(
            self.joined + other.joined,
            self.wrong + other.wrong,
            self.missed + other.missed,
            self.apart + other.apart,
            self.unmet + other.unmet,
            _either(self.silent, other.silent),
            _either(self.silent_missed, other.silent_missed),
        )

    @property
    def right(self) -> Range:
        """The share of joined pairs that are one person (precision), whether it is told or not."""
        return Range(*(1 - _share(count, self.joined) for count in (self.wrong.high, self.wrong.value, self.wrong.low)))

    @property
    def found(self) -> Range:
        """The share of all pairs of one person that were joined (recall), whether it is told or not."""
        true = self.joined - self.wrong.value
        counts = (self.missed.high, self.missed.value, self.missed.low)
        return Range(*(1 - _share(count, true + count) for count in counts))

    def as_dict(self) -> dict[str, Any]:
        """The facts of a run; null for what is not told, with the reason."""
        told, full = not self.silent, not (self.silent or self.silent_missed)
        return {
            "right_when_it_joins": self.right.__dict__ if told else None,
            "duplicates_found": self.found.__dict__ if full else None,
            "why_not": self.silent or self.silent_missed or None,
            "joined_pairs": self.joined,
            "expected_wrong": round(self.wrong.value, 1) if told else None,
            "expected_missed_compared": round(self.apart, 1) if full else None,
            "expected_missed_never_compared": round(self.unmet, 1) if full else None,
        }


NOTHING = Expected(0, silent=NO_JOINS)


def _either(one: str, other: str) -> str:
    """What silences a whole: any part that is silent, but for one where nothing was joined."""
    if NO_JOINS in (one, other):
        return one if other == NO_JOINS else other
    return one or other


def _share(part: float, whole: float) -> float:
    return min(max(part / whole, 0.0), 1.0) if whole else 0.0


@dataclass(frozen=True)
class Chains:
    """What the links inside entities connect, a number for each step of GRID: how many links it has, the sum of their
    chances, the pairs of records that it connects and no stronger one does, and the sum of the squares of these, as all
    pairs that a link connects are right or wrong together."""

    links: Floats
    chances: Floats
    pairs: Floats
    squares: Floats

    @classmethod
    def of(cls, records: int, left: End, right: End, logits: Floats) -> "Chains":
        """Follows the links, strongest first."""
        chances = probabilities(logits)
        step = np.searchsorted(GRID, logits, side="right").astype(np.int8)
        order = np.argsort(-step, kind="stable")
        levels = np.split(order, np.flatnonzero(begins(step[order]))[1:]) if len(order) else []
        found = np.zeros((4, len(GRID) + 1))
        forest, members = Forest(records), np.ones(records)
        for here in levels:
            # Groups that this level joined become one; pairs inside the old ones are counted already.
            old, root = forest.join(left[here], right[here])
            whole = np.bincount(root, members[old], minlength=len(old))
            new = (whole**2 - np.bincount(root, members[old] ** 2, minlength=len(old))) / 2
            found[:, step[here[0]]] = len(here), chances[here].sum(), new.sum(), (new**2).sum()
            members[old] = whole
        return cls(*found)

    def __add__(self, other: "Chains") -> "Chains":
        return Chains(*(one + more for one, more in zip(self.rows, other.rows, strict=True)))

    @property
    def rows(self) -> tuple[Floats, Floats, Floats, Floats]:
        """All of it, in the order in which it is given."""
        return self.links, self.chances, self.pairs, self.squares

    @property
    def wrong(self) -> tuple[float, float]:
        """How many of the pairs are not one person, and the variance of that number.

        Each is as sure as the weakest link of its best chain; large groups make the number less certain. What no link
        connects, only a person's word has joined.
        """
        wrong, variance = 0.0, 0.0
        for step in np.flatnonzero(self.links)[::-1]:
            chance = float(self.chances[step] / self.links[step])
            wrong += (1 - chance) * float(self.pairs[step])
            variance += chance * (1 - chance) * float(self.squares[step])
        return wrong, variance


@dataclass(frozen=True)
class Joins:
    """The pairs of records inside entities: how many there are, how many of them were scored, and the chains that
    connect them as the scores see them and as each of the model's estimates does."""

    joined: int
    scored: int
    chains: tuple[Chains, ...]

    @classmethod
    def of(cls, linked: Linked, views: Views) -> "Joins":
        """Looks at every entity by itself, so that parts that share none add up."""
        size = np.bincount(linked.entity)
        left, right = linked.left[linked.inside], linked.right[linked.inside]
        seen = (linked.logits[linked.inside], *views.inside(linked))
        chains = tuple(Chains.of(len(linked.entity), left, right, logits) for logits in seen)
        return cls(int((size * (size - 1) // 2).sum()), int(linked.inside.sum()), chains)

    def __add__(self, other: "Joins") -> "Joins":
        chains = tuple(one + more for one, more in zip(self.chains, other.chains, strict=True))
        return Joins(self.joined + other.joined, self.scored + other.scored, chains)

    @property
    def wrong(self) -> Range:
        """How many of them are not one person."""
        found = [chain.wrong for chain in self.chains]
        (least, by_chance), (most, by_chance_too) = min(found), max(found)
        low = max(least / BETTER - 2 * np.sqrt(by_chance / BETTER), 0.0)
        high = min(max(most + 2 * np.sqrt(by_chance_too), HIDDEN * self.joined), self.joined)
        return Range(float(low), float(np.sqrt(least * most)), float(high))


def expect(joins: Joins, apart: float, unmet: float | None, *, cautious: bool) -> Expected:
    """What is expected of a result.

    apart: true pairs expected between entities. unmet: true pairs that never met; None where nothing tells. cautious:
    whether the model knows too little.
    """
    joined, wrong = joins.joined, joins.wrong
    through_others = (joined - joins.scored) * (1 - _share(wrong.value, joined))
    lost = max((unmet or 0.0) - through_others, 0.0)
    count = apart + lost
    low = max(count / BETTER - 2 * np.sqrt(CLUMP * count / BETTER), 0.0)
    high = TIMES * count + 2 * np.sqrt(CLUMP * TIMES * count) + FEW
    silent = ""
    if not joined:
        silent = NO_JOINS
    elif cautious:
        silent = CAUTIOUS
    elif wrong.high > APART_MOST * joined:
        silent = CONTRADICTION
    return Expected(
        joined, wrong, Range(float(low), count, float(high)), apart, lost, silent, "" if unmet is not None else ONE_WAY
    )


def never_met(tally: Tally, blocking: Blocking) -> float | None:
    """How many pairs of one person no key brought together; None where there is no second way to count them."""
    chances, masks = tally.chances, tally.masks
    total = float(chances.sum())
    counts, weights = [], []
    for own, others in _splits(int(np.bitwise_or.reduce(masks, initial=np.uint64(0))), blocking):
        by_own, by_others = (masks & np.uint64(own)) != 0, (masks & np.uint64(others)) != 0
        first, second = float(chances[by_own].sum()), float(chances[by_others].sum())
        both = float(chances[by_own & by_others].sum())
        if both >= max(OVERLAP_PAIRS, OVERLAP * total):
            counts.append(max((first + 1) * (second + 1) / (both + 1) - 1 - total, 0.0))
            weights.append(both)
    return float(np.average(counts, weights=weights)) if len(counts) >= SPLITS else None


def _splits(used: int, blocking: Blocking) -> Iterator[tuple[int, int]]:
    """Bits of the families made of one kind of field alone, and of those that have nothing of it; no split twice."""
    kinds = {
        1 << bit: {KINDS.get(field := part.partition(".")[0], field) for part in parts}
        for bit, parts in enumerate(blocking.families.values())
        if used >> bit & 1
    }
    done = set()
    for kind in dict.fromkeys(one for own in kinds.values() for one in sorted(own)):
        own = sum(bit for bit, of in kinds.items() if of == {kind})
        others = sum(bit for bit, of in kinds.items() if kind not in of)
        split = frozenset((own, others))
        if own and others and split not in done:
            done.add(split)
            yield own, others
