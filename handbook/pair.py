"""The worked pair of decides.md: two records of the sample exports, weighed by the code that weighs all others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from benchmarks.quality.page import table
from resolver import dedupe
from resolver.evidence import Why
from resolver.explain import why
from resolver.model.layout import Layout, Patterns
from resolver.model.mixture import Mixture, estimated
from resolver.model.model import BITS, Model
from resolver.result import NO_TENANT
from resolver.settings import load_project
from resolver.steps.cluster import UNSEEN, cluster

SAMPLES: Final = Path(__file__).parents[1] / "data" / "demo"
LEFT, RIGHT = "billing:billing-000197", "webform:webform-001235"
CHAIN: Final = (5.0, 3.0)
"""Natural log odds of the two links of the example of a chain: A with B, B with C."""

MANY: Final = 0.1
"""From this share on it is written with three decimals."""


@dataclass(frozen=True)
class Worked:
    """What the model of the samples makes of the two records. pattern: the levels that they show, as one number."""

    why: Why
    model: Model
    pattern: int
    records: int


def worked() -> Worked:
    """Resolves the samples and asks why."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        inputs = load_project(SAMPLES / "resolver.toml").inputs
        dedupe(*inputs).write(folder)
        found = why(folder, LEFT, RIGHT)
        model = Model.from_json(json.loads((folder / "model.json").read_text(encoding="utf-8"))[NO_TENANT])
        records = json.loads((folder / "run.json").read_text(encoding="utf-8"))["records"]
    return Worked(found, model, _pattern(model.layout, found), records)


def _pattern(layout: Layout, found: Why) -> int:
    shown = {line.field: line.level for line in found.lines}
    codes = {
        name: np.asarray([levels.index(shown[name]) + 1 if name in shown else 0], dtype=np.uint8)
        for name, levels in layout.levels.items()
    }
    return int(layout.pack(codes, 1)[0])


def parts() -> Mapping[str, str]:
    """The generated parts of decides.md."""
    of = worked()
    return {"pair": _records(of.why), "pair evidence": _evidence(of), "pair kinds": _kinds(of), "chain": chain_told()}


def _records(found: Why) -> str:
    sides = [(line.field, line.left, line.right, line.level) for line in found.lines if line.left and line.right]
    return table(("field", found.left_key, found.right_key, "level"), sides)


def _evidence(of: Worked) -> str:
    """Each level's two probabilities and their logarithm; what is added; the sum."""
    mixture, rival = mixture_of(of), rival_of(of)
    places = dict(zip(of.model.layout.fields, of.model.layout.positions(_patterns(of))[0], strict=True))
    rows, so_far = [], 0.0
    for line in of.why.lines:
        so_far += line.weight
        at = places.get(line.field)
        shares = ("", "") if at is None else tuple(_number(mixture.levels[row, at]) for row in (0, rival))
        rows.append((line.field, line.level, *shares, f"{line.weight:+.2f}", f"{so_far:+.2f}"))
    headings = ("field", "level", "m, one person", f"u, {mixture.classes[rival]}", "bits", "so far")
    odds = 2.0**so_far
    return (
        f"{table(headings, rows)}\n\nThe sum is {so_far:.2f} bits: odds of 2^{so_far:.2f}, about {odds:,.0f} to 1, "
        f"a probability of {of.why.probability:.6f}."
    )


def _kinds(of: Worked) -> str:
    """How much of all pairs that show this pattern each class explains."""
    mixture = mixture_of(of)
    joint = mixture.log_likelihoods(of.model.layout, estimated(of.model.layout, _patterns(of)))[0]
    shares = mixture.shares(of.model.layout, estimated(of.model.layout, _patterns(of)))[0]
    rows = [
        (name, _number(weight), f"{BITS * (one - np.log(weight)):.1f}", f"{BITS * one:.1f}", _number(share))
        for name, weight, one, share in zip(mixture.classes, mixture.weights, joint, shares, strict=True)
    ]
    headings = ("kind of pair", "share of all pairs", "log2 of what the levels say", "together", "share of such pairs")
    return f"{table(headings, rows)}\n\nMeasured on the {of.records:,} sample records in `data/demo`."


def chain_told() -> str:
    """A with B and B with C speak for one person; A and C never met."""
    left, right = np.array([0, 1]), np.array([1, 2])
    entity = cluster(3, left, right, np.array(CHAIN)).tolist()
    mean = (CHAIN[1] + UNSEEN) / 2
    groups = [" and ".join("ABC"[row] for row in range(3) if entity[row] == one) for one in sorted(set(entity))]
    return (
        f"A and B at {CHAIN[0]:+.1f}, B and C at {CHAIN[1]:+.1f}, A and C never compared, which counts as "
        f"{UNSEEN:+.1f}. A and B join first. Between them and C the mean is ({CHAIN[1]:+.1f} {UNSEEN:+.1f}) / 2 = "
        f"{mean:+.1f}. The result: {'; '.join(groups)}."
    )


def _patterns(of: Worked) -> Patterns:
    return np.asarray([of.pattern], dtype=np.uint64)


def mixture_of(of: Worked) -> Mixture:
    """Of the two estimates the one that the pair is scored by."""
    seen = estimated(of.model.layout, _patterns(of))
    return max((of.model.first, of.model.second), key=lambda one: float(one.logits(of.model.layout, seen)[0]))


def rival_of(of: Worked) -> int:
    """The kind of strangers that explains the pair best."""
    joint = mixture_of(of).log_likelihoods(of.model.layout, estimated(of.model.layout, _patterns(of)))[0]
    return int(joint[1:].argmax()) + 1


def _number(share: float) -> str:
    return f"{share:.2g}" if share < MANY else f"{share:.3f}"
