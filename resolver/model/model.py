"""A frozen model: what every level weighs, for scoring and for explaining."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resolver.model.caution import CAP, held_back
from resolver.model.layout import CATEGORY, Floats, Layout, Patterns
from resolver.model.mixture import Known, Mixture, Sample, category_weights, estimate, estimated
from resolver.model.odds import probabilities
from resolver.model.taught import Taught
from rules.ruleset import Caution, Ruleset

BITS = 1 / np.log(2)


@dataclass(frozen=True)
class Evidence:
    """One line of a waterfall: what a field showed and what that adds to the log2 odds.

    learned: how much of the weight comes from labels.
    """

    field: str
    level: str
    weight: float
    learned: float = 0.0


@dataclass(frozen=True)
class Model:
    """The two mixtures and the weights of categories over one layout.

    caution: what may join two records, where too few pairs were seen to trust the rest; None where there were enough.
    taught: what labels taught on top of the estimate, where there were any.
    """

    layout: Layout
    first: Mixture
    second: Mixture
    categories: Floats
    caution: Caution | None = None
    taught: Taught | None = None

    @classmethod
    def train(
        cls, layout: Layout, ruleset: Ruleset, candidates: Sample, random: Sample, known: Known, records: int
    ) -> "Model":
        """Estimates a model from candidate and random pairs of one set of records."""
        first, second = estimate(layout, ruleset, candidates, random, known, records)
        draft = cls(layout, first, second, np.zeros(layout.size))
        sure = probabilities(draft.logits(candidates.patterns))
        found = float((candidates.counts * sure).sum())
        knows_little = found < ruleset.caution.until_pairs and not layout.is_single
        caution = ruleset.caution if knows_little else None
        return cls(layout, first, second, category_weights(layout, candidates, sure, first.levels[1]), caution)

    def logits(self, patterns: Patterns) -> Floats:
        """Natural log odds of being the same person for each pattern, before the rarity of the values counts."""
        seen = estimated(self.layout, patterns)
        mixed = np.maximum(self.first.logits(self.layout, seen), self.second.logits(self.layout, seen))
        return mixed + self.layout.sums(self.layout.positions(patterns), self.categories) + self.learned(patterns)

    def weights(self) -> dict[str, list[float]]:
        """Field -> the bits of each level against a chance meeting: log2 of its share among the same over strangers.

        What labels taught is added.
        """
        ratio = np.log(self.first.levels[0]) - np.log(self.first.levels[1])
        learned = np.zeros(self.layout.size) if self.taught is None else self.taught.levels
        return {
            name: (BITS * ((self.categories if name.startswith(CATEGORY) else ratio) + learned)[place]).tolist()
            for name, place in self.layout.places.items()
        }

    def remembered(self, patterns: Patterns) -> tuple[Floats, Floats]:
        """`logits` and `caps` of a few patterns; those that were asked for before are not worked out again."""
        known, asked = self._known, patterns.tolist()
        new = sorted(pattern for pattern in {*asked} if pattern not in known)
        if new:
            these = np.array(new, dtype=np.uint64)
            known.update(
                zip(new, zip(self.logits(these).tolist(), self.caps(these).tolist(), strict=True), strict=True)
            )
        both = np.array([known[pattern] for pattern in asked], dtype=np.float64).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    @cached_property
    def _known(self) -> dict[int, tuple[float, float]]:
        return {}

    def caps(self, patterns: Patterns) -> Floats:
        """The log odds that each pattern may have at most, whatever speaks for it; labels alone can raise it."""
        return np.where(self.held(patterns), CAP + self.learned(patterns), np.inf)

    def held(self, patterns: Patterns) -> NDArray[np.bool_]:
        """Which patterns caution holds back."""
        if self.caution is None:
            return np.zeros(len(patterns), dtype=bool)
        return held_back(self.layout, patterns, self.caution)

    def learned(self, patterns: Patterns) -> Floats:
        """What labels add to the log odds of each pattern."""
        if self.taught is None:
            return np.zeros(len(patterns))
        return self.taught.added(self.layout, patterns, self.held(patterns))

    def explained(self, pattern: int) -> tuple[Evidence, ...]:
        """`evidence` of a pattern that may be asked for again and again."""
        if pattern not in self._explained:
            self._explained[pattern] = tuple(self.evidence(pattern))
        return self._explained[pattern]

    @cached_property
    def _explained(self) -> dict[int, tuple[Evidence, ...]]:
        return {}

    def evidence(self, pattern: int) -> list[Evidence]:
        """The named evidence of one pattern; the weights sum up to its logit in bits.

        Each field is weighed against the kind of stranger that explains the pair best; the last line is what the
        other kinds take away. The first line is what there is before anything is compared. What labels taught of a
        level is in its field's weight; what they taught of all pairs alike has a line of its own.
        """
        patterns = np.asarray([pattern], dtype=np.uint64)
        seen = estimated(self.layout, patterns)
        mixture = max((self.first, self.second), key=lambda m: float(m.logits(self.layout, seen)[0]))
        joint = mixture.log_likelihoods(self.layout, seen)[0]
        rival = int(joint[1:].argmax()) + 1
        ratio = np.log(mixture.levels[0]) - np.log(mixture.levels[rival])
        lines = [
            Evidence(
                "start",
                f"against {mixture.classes[rival]}",
                BITS * float(np.log(mixture.weights[0] / mixture.weights[rival])),
            )
        ]
        learned = np.zeros(self.layout.size) if self.taught is None else self.taught.levels
        for name, codes in self.layout.unpack(patterns).items():
            code = int(codes[0])
            if code == 0:
                continue
            place = self.layout.places[name].start + code - 1
            weight = self.categories[place] if name.startswith(CATEGORY) else ratio[place]
            taught = BITS * float(learned[place])
            lines.append(Evidence(name, self.layout.levels[name][code - 1], BITS * float(weight) + taught, taught))
        rest = float(joint[rival] - np.logaddexp.reduce(joint[1:]))
        lines.append(Evidence("other explanations", "may be strangers of another kind", BITS * rest))
        if self.taught is not None:
            reasons = self.taught.reasons(self.layout, patterns, self.held(patterns))
            lines += [Evidence("labels", about, BITS * weight, BITS * weight) for about, weight in reasons]
        return lines

    @cached_property
    def fingerprint(self) -> str:
        """Names this model's content."""
        return hashlib.blake2b(json.dumps(self.as_json(), sort_keys=True).encode(), digest_size=8).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The model as plain data; `from_json` reads it back to the bit."""
        return {
            "levels": {name: list(levels) for name, levels in self.layout.levels.items()},
            "mixtures": [
                {"classes": list(m.classes), "weights": m.weights.tolist(), "levels": m.levels.tolist()}
                for m in (self.first, self.second)
            ],
            "categories": self.categories.tolist(),
            "caution": self.caution.model_dump(mode="json") if self.caution else None,
            "taught": self.taught.as_json() if self.taught else None,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Model":
        """A model from what `as_json` gave."""
        layout = Layout({name: tuple(levels) for name, levels in data["levels"].items()})
        first, second = (
            Mixture(tuple(m["classes"]), np.asarray(m["weights"]), np.asarray(m["levels"])) for m in data["mixtures"]
        )
        caution = Caution.model_validate(data["caution"]) if data["caution"] else None
        taught = Taught.from_json(data["taught"]) if data.get("taught") else None
        return cls(layout, first, second, np.asarray(data["categories"]), caution, taught)
