"""Corrections to a model, learned from pairs that people have judged.

The model estimated without labels stays the prior: what is learned is how far each of its weights is off. With the
estimated log odds as offset, the log odds of a judged pair are

    estimate + start + (a correction for each level the pair shows) + (one if caution holds the pair back)

and the corrections are the most probable ones under a Gaussian prior around 0 (MAP logistic regression, by Newton's
method, which is iteratively reweighted least squares: McCullagh & Nelder 1989, section 2.5). Few labels hardly move
anything, a level that no judged pair shows stays as estimated, and every score is still a sum of named evidence.
From RICH labels on, pairs of fields that the model takes for independent get corrections too (both agree, both differ,
one of each), where that foretells held-out pairs better.

Judged pairs are no fair sample: people judge what they are asked, and they are asked where the estimate is unsure. The
regression stands that, because what decides whether a pair is asked (its score and its levels) is what it conditions
on: choosing by x leaves P(same | x) as it is, and only that is fitted. How common a pattern is, which such a sample
gets wrong, is never taken from the labels. It does not stand a choice by the answer: a file of matches alone teaches
that whatever is asked matches. Nor can labels about easy pairs tell much about hard ones.

So nothing is taken on trust: what was learned is kept only where judged pairs that were held out are foretold better
with it than without, by more than chance explains.
"""

from dataclasses import asdict, dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resolver.model.layout import Floats, Layout, Patterns
from resolver.model.mixture import Sample
from resolver.model.odds import probabilities

Flags = NDArray[np.bool_]
Sides = NDArray[np.int8]

WIDEST = 1.5
WIDTH = 0.1
"""The prior's standard deviation in natural log odds: WIDTH times the root of the number of labels, at most WIDEST.
With few labels less is believed: a few pairs of one kind would move a weight that thousands of others lean on."""
RICH = 300
TOGETHER_WIDTH = 1.0
FOLDS = 5
CERTAIN = 1.64
"""Standard errors by which held-out pairs must be foretold better: one chance in twenty that it is luck."""
ALIKE = "what labels say of all like it"
TOGETHER = "fields together, above all "
SPEAKS = {1: "agrees", -1: "differs"}
LEAST = 20
"""Fewer labels teach nothing: among a handful, none that differ say nothing about chance."""
STEPS = 50
SETTLED = 1e-9


@dataclass(frozen=True)
class Taught:
    """What labels taught, in natural log odds.

    start: added to every pair. held: added to what caution holds back. levels: added for each level a pair shows, in
    the layout's places. sides: for each level 1 if it speaks for one person by the estimate, -1 if against.
    together: added for two fields that speak as `crossings` lists; empty where labels were few.
    labels: how many judged pairs it rests on. records: how many records the estimate rests on.
    """

    start: float
    held: float
    levels: Floats
    sides: Sides
    together: Floats
    labels: int
    records: int

    def added(self, layout: Layout, patterns: Patterns, held: Flags) -> Floats:
        """What is added to the log odds of each pattern. held: which of them caution holds back."""
        alone = self.start + layout.sums(layout.positions(patterns), self.levels) + self.held * held
        return np.asarray(alone + self.crossed(layout, patterns) @ self.together)

    def crossed(self, layout: Layout, patterns: Patterns) -> Flags:
        """(patterns x crossings): which corrections of two fields together each pattern takes; none while untaught."""
        if not len(self.together):
            return np.zeros((len(patterns), 0), dtype=bool)
        return crossed(layout, patterns, self.sides)

    def reasons(self, layout: Layout, patterns: Patterns, held: Flags) -> list[tuple[str, float]]:
        """What is added to one pattern besides the corrections of its levels: each with what it is about."""
        reasons = [(ALIKE, self.start + self.held * float(held[0]))]
        shown = np.flatnonzero(self.crossed(layout, patterns)[0])
        if len(shown):
            most = crossings(layout)[shown[np.abs(self.together[shown]).argmax()]]
            about = ", ".join(f"{name} {SPEAKS[side]}" for name, side in zip(most.fields, most.sides, strict=True))
            reasons.append((f"{TOGETHER}{about}", float(self.together[shown].sum())))
        return reasons

    def as_json(self) -> dict[str, Any]:
        """As plain data; `from_json` reads it back to the bit."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Taught":
        """What `as_json` gave."""
        arrays = {name: np.asarray(data[name], dtype=np.float64) for name in ("levels", "together")}
        return cls(**{**data, **arrays, "sides": np.asarray(data["sides"], dtype=np.int8)})


@dataclass(frozen=True)
class Crossing:
    """Two fields and how each speaks: 1 for one person, -1 against."""

    fields: tuple[str, str]
    sides: tuple[int, int]


def crossings(layout: Layout) -> list[Crossing]:
    """Every two fields with every way in which they can speak together."""
    return [Crossing(two, sides) for two in combinations(layout.fields, 2) for sides in product((1, -1), (1, -1))]


def crossed(layout: Layout, patterns: Patterns, sides: Sides) -> Flags:
    """(patterns x crossings): which of them each pattern shows."""
    speaks = dict(zip(layout.fields, np.append(sides, np.int8(0))[layout.positions(patterns)].T, strict=True))
    shown = [
        (speaks[one.fields[0]] == one.sides[0]) & (speaks[one.fields[1]] == one.sides[1]) for one in crossings(layout)
    ]
    return np.stack(shown, axis=1) if shown else np.zeros((len(patterns), 0), dtype=bool)


@dataclass(frozen=True)
class Lesson:
    """Judged pairs as arrays: what each shows, its estimated log odds, whether caution holds it back, the answer.

    sides, records: as in Taught. groups: a number for each pair; pairs of one number, say of one record, are held out
    together.
    """

    layout: Layout
    records: int
    sides: Sides
    patterns: Patterns
    estimates: Floats
    held: Flags
    same: Flags
    groups: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.same)

    def where(self, kept: Flags) -> "Lesson":
        """Only some of the pairs."""
        arrays = (self.patterns, self.estimates, self.held, self.same, self.groups)
        return Lesson(self.layout, self.records, self.sides, *(array[kept] for array in arrays))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Agreement:
    """How well scores foretell judged pairs: mean log loss (natural), and pairs on the wrong side of one half."""

    loss: float
    errors: int

    @classmethod
    def of(cls, logits: Floats, same: Flags) -> "Agreement":
        """Compares log odds with answers."""
        return cls(float(losses(logits, same).mean()) if len(same) else 0.0, int(((logits > 0) != same).sum()))


@dataclass(frozen=True)
class Learned:
    """What came of a lesson.

    labels: how many there were. taught: None where held-out pairs were not foretold better. before: how well the
    estimate agrees with the labels. after: how well corrections do that were learned from the other labels alone.
    """

    labels: int
    taught: Taught | None
    before: Agreement
    after: Agreement


def learn(lesson: Lesson) -> Learned:
    """Learns corrections, and keeps them only if cross-validation says that they help."""
    before = losses(lesson.estimates, lesson.same)
    plain, rich = _foretold(lesson, together=False), None
    if len(lesson) >= RICH:
        rich = _foretold(lesson, together=True)
    together = rich is not None and losses(rich, lesson.same).sum() < losses(plain, lesson.same).sum()
    foretold = rich if rich is not None and together else plain
    gain = before - losses(foretold, lesson.same)
    helps = len(gain) >= LEAST and gain.mean() > CERTAIN * gain.std(ddof=1) / np.sqrt(len(gain))
    return Learned(
        len(lesson),
        fit(lesson, together=together) if helps else None,
        Agreement.of(lesson.estimates, lesson.same),
        Agreement.of(foretold, lesson.same),
    )


def _foretold(lesson: Lesson, *, together: bool) -> Floats:
    """The log odds of each judged pair by corrections that never saw it."""
    fold = np.unique(lesson.groups, return_inverse=True)[1] % FOLDS
    out = lesson.estimates.copy()
    for number in np.unique(fold):
        held_out = fold == number
        others = fit(lesson.where(~held_out), together=together)
        out[held_out] += others.added(lesson.layout, lesson.patterns[held_out], lesson.held[held_out])
    return out


def fit(lesson: Lesson, *, together: bool) -> Taught:
    """The most probable corrections. together: whether two fields together get corrections of their own."""
    sample = Sample.of(lesson.patterns)
    held = np.zeros(len(sample.patterns), dtype=bool)
    held[sample.places] = lesson.held
    design = terms(lesson.layout, sample.patterns, held)
    widths = np.full(design.shape[1], min(WIDTH * np.sqrt(len(lesson)), WIDEST))
    if together:
        crossing = crossed(lesson.layout, sample.patterns, lesson.sides)
        design = np.column_stack((design, crossing))
        widths = np.append(widths, np.full(crossing.shape[1], TOGETHER_WIDTH))
    shown = design.any(axis=0)
    found = np.zeros(len(widths))
    if shown.any():
        found[shown] = _most_probable(design[:, shown], sample.places, lesson, widths[shown])
    size = lesson.layout.size
    return Taught(
        start=float(found[0]),
        held=float(found[1]),
        levels=found[2 : size + 2],
        sides=lesson.sides,
        together=found[size + 2 :],
        labels=len(lesson),
        records=lesson.records,
    )


def terms(layout: Layout, patterns: Patterns, held: Flags) -> Floats:
    """(patterns x 2 + levels): a 1 for the start, where caution holds back, and for each level shown."""
    table = np.zeros((len(patterns), layout.size + 1))
    np.put_along_axis(table, layout.positions(patterns), 1.0, axis=1)
    return np.column_stack((np.ones(len(patterns)), held, table[:, :-1]))


def _most_probable(design: Floats, places: NDArray[np.intp], lesson: Lesson, widths: Floats) -> Floats:
    """Newton's method on the log posterior; a step that overshoots is halved, so it always ends at the top."""

    def cost(corrections: Floats) -> float:
        told = losses(lesson.estimates + (design @ corrections)[places], lesson.same)
        return float(told.sum() + ((corrections / widths) ** 2).sum() / 2)

    found = np.zeros(design.shape[1])
    now = cost(found)
    for _ in range(STEPS):
        chance = probabilities(lesson.estimates + (design @ found)[places])
        pull = np.bincount(places, lesson.same - chance, len(design))
        curve = np.bincount(places, chance * (1 - chance), len(design))
        hessian = (design.T * curve) @ design + np.diag(widths**-2.0)
        step = np.linalg.solve(hessian, design.T @ pull - found / widths**2)
        while cost(found + step) > now and np.abs(step).max() > SETTLED:
            step = step / 2
        found, before = found + step, now
        now = cost(found)
        if before - now < SETTLED:
            break
    return found


def losses(logits: Floats, same: Flags) -> Floats:
    """The log loss of each answer: minus the logarithm of the probability that was given to it."""
    return np.asarray(np.logaddexp(0.0, np.where(same, -logits, logits)))
