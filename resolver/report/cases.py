"""Real cases, side by side: do you agree with what was decided?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from resolver.model.layout import Layout
from resolver.model.model import Model
from resolver.parted import Parted
from resolver.report.view import Person, View
from resolver.steps.doubt import THIN
from resolver.words import plain
from rules.values.arrays import which

EACH = 5
"""Cases of each kind."""
DRAWN = 500
"""Of how many of the surest or least sure the cases are picked, so that they do not all look the same."""
WORK = 10


@dataclass(frozen=True)
class Line:
    """One field of a case: both values as entered, the sign, the level in words, and the bits it adds."""

    field: str
    left: str
    right: str
    mark: str
    level: str
    weight: float | None


@dataclass(frozen=True)
class Case:
    """Two records, what they show, and what was decided. rest: bits that no field accounts for, named."""

    left: Person
    right: Person
    probability: float
    weight: float
    decision: str
    lines: list[Line]
    rest: list[tuple[str, str, float]]
    reason: str = ""
    records: int = 2

    def fields(self, mark: str) -> list[str]:
        """The fields that show a sign."""
        return [plain.field_word(line.field) for line in self.lines if line.mark == mark]


@dataclass(frozen=True)
class Kind:
    """Cases of one kind and the question they put."""

    name: str
    question: str
    cases: list[Case]


@dataclass(frozen=True)
class Reason:
    """Why cases wait, how many there are, and how many records hang on them."""

    name: str
    cases: int
    records: int


@dataclass(frozen=True)
class Work:
    """What waits for a person, and the most valuable of it."""

    reasons: list[Reason]
    top: list[Case]


def work(view: View) -> Work:
    """The review list by reason, and its first cases."""
    review = view.result.review
    table = review.group_by("reason").agg(pl.len().alias("cases"), pl.col("records").sum())
    rows = table.sort("cases", "reason", descending=[True, False]).iter_rows()
    top = _found(view, review.head(WORK))
    return Work([Reason(*row) for row in rows], _cases(view, top, _people(view, [top])))


def kinds(view: View) -> list[Kind]:
    """About twenty cases: the surest joins, the least sure, and the nearest misses."""
    pairs, review = view.result.of_pairs, view.result.review
    joined = pl.col("decision") == "match"
    surest = _varied(_extreme(pairs, joined, largest=True), view, descending=True)
    thin = review.filter(pl.col("reason") == THIN).sort("probability", "left_key", "right_key")
    thin = thin.unique("left_entity", keep="first", maintain_order=True)
    least = _found(view, thin.head(EACH))
    if not len(least):
        own = joined & (pl.col("probability") >= view.thresholds()[1])
        least = _varied(_extreme(pairs, own, largest=False), view, descending=False)
    least = least.join(surest, on=["left_key", "right_key"], how="anti", maintain_order="left")
    apart = review.filter(pl.col("reason") != THIN).sort(
        "probability", "left_key", "right_key", descending=[True, False, False]
    )
    missed = _found(view, apart.head(EACH))
    if not len(missed):
        missed = _varied(_extreme(pairs, pl.col("decision") == "no", largest=True), view, descending=True)
    found = (
        ("Surest joins", "These were joined for you. Would you have joined them?", surest),
        ("Least sure joins", "These were joined on the thinnest evidence. Would you have joined them?", least),
        ("Near misses", "These were not joined, though much agrees. Would you have joined them?", missed),
    )
    people = _people(view, [pairs for _, _, pairs in found])
    return [Kind(name, question, _cases(view, pairs, people)) for name, question, pairs in found if len(pairs)]


def _extreme(pairs: Parted, kind: pl.Expr, *, largest: bool) -> pl.DataFrame:
    """The pairs of a kind with the most or the least weight; only their rows are made whole."""
    weights = pairs.lazy().select("weight", "decision", "probability").with_row_index("row").filter(kind)
    weights = weights.top_k(DRAWN, by="weight") if largest else weights.bottom_k(DRAWN, by="weight")
    return pairs.at(weights.collect()["row"].sort().to_list())


def _varied(pairs: pl.DataFrame, view: View, *, descending: bool) -> pl.DataFrame:
    """The first few in the order of their weight that do not show the same levels."""
    fields = [name for name in view.fields if name in pairs.columns]
    order = pairs.sort("weight", "left_key", "right_key", descending=[descending, False, False])
    return order.unique(fields or None, keep="first", maintain_order=True).head(EACH)


def _found(view: View, cases: pl.DataFrame) -> pl.DataFrame:
    """The scored pairs of some review cases, in the order of the cases, with reason and records."""
    wanted, pairs = cases.select("left_key", "right_key", "reason", "records"), view.result.of_pairs
    if not len(wanted):
        return pairs.at([])
    found = wanted.join(
        pairs.at(_beginning_with(view, wanted["left_key"])),
        on=["left_key", "right_key"],
        how="inner",
        maintain_order="left",
    )
    return found.unique(["left_key", "right_key"], keep="first", maintain_order=True)


def _beginning_with(view: View, keys: pl.Series) -> list[int]:
    """The places of the pairs whose left record has one of these keys."""
    pairs = view.result.of_pairs
    if pairs.ends is None:
        lefts = pairs.lazy().select("left_key").with_row_index("row")
        return lefts.filter(pl.col("left_key").is_in(keys.implode())).collect()["row"].to_list()
    wanted = view.members["record_key"].is_in(keys.implode()).to_numpy()
    return [place for part in pairs.slices() for place in (part.start + which(wanted[pairs.ends(part)[0]])).tolist()]


def _people(view: View, found: list[pl.DataFrame]) -> dict[str, Person]:
    return view.people(key for pairs in found for side in ("left_key", "right_key") for key in pairs[side])


def _cases(view: View, pairs: pl.DataFrame, people: Mapping[str, Person]) -> list[Case]:
    cases = []
    for row in pairs.iter_rows(named=True):
        left, right = people[row["left_key"]], people[row["right_key"]]
        cases.append(_case(row, left, right, view.result.models.get(left.tenant)))
    return cases


def _case(row: Mapping[str, Any], left: Person, right: Person, model: Model | None) -> Case:
    layout = model.layout if model else Layout({})
    levels = {name: row.get(name) for name in layout.fields}
    weights, rest = _weights(model, levels, row["weight"]) if model else ({}, [])
    lines = []
    for name, level in levels.items():
        values = left.values.get(name, ""), right.values.get(name, "")
        if level is not None:
            lines.append(Line(name, *values, plain.mark(level), level, weights[name]))
        elif any(values):
            words = "nothing to compare" if all(values) else plain.MARK_WORDS[plain.ONE_SIDE]
            lines.append(Line(name, *values, plain.ONE_SIDE, words, None))
    return Case(
        left=left,
        right=right,
        probability=row["probability"],
        weight=row["weight"],
        decision=row["decision"],
        lines=lines,
        rest=rest,
        reason=row.get("reason") or "",
        records=row.get("records") or 2,
    )


def _weights(
    model: Model, levels: Mapping[str, str | None], total: float
) -> tuple[dict[str, float], list[tuple[str, str, float]]]:
    """The bits of each field, and those of everything else: where the odds start, other explanations, rarity."""
    codes = {
        name: np.asarray([0 if level is None else model.layout.levels[name].index(level) + 1], dtype=np.uint8)
        for name, level in levels.items()
    }
    found = model.evidence(int(model.layout.pack(codes, 1)[0]))
    weights = {line.field: line.weight for line in found if line.field in codes}
    rest = [(line.field, plain.reason_words(line.level), line.weight) for line in found if line.field not in codes]
    rarity = total - sum(line.weight for line in found)
    return weights, [*rest, ("rarity", plain.RARITY, rarity)]
