"""Teaches the model of a finished run what people said about pairs of its records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from resolver.answers import LEFT, RIGHT, read_answers
from resolver.errors import UsageError
from resolver.evaluate import read_truth
from resolver.index import Index
from resolver.judgement import VERDICT, Judgements, Verdict, read_told, settle
from resolver.model.model import Model
from resolver.model.taught import Learned, Lesson, Sides, learn
from resolver.result import NO_TENANT, Result
from resolver.steps.compare import Comparer, compared_columns
from resolver.steps.score import Shown, score, show
from rules.ruleset import Ruleset

UNSURE = "the answer is unsure"
APART = "no record of the file is here"


@dataclass(frozen=True)
class Labels:
    """What a model can learn from. pairs: tenant, left_key, right_key, same; a row a pair, ordered by its keys.

    unused: reason -> how many labels cannot be used for it.
    """

    pairs: pl.DataFrame
    unused: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class Teaching:
    """What came of teaching: the models of all tenants, and for those with labels what they learned."""

    models: dict[str, Model]
    learned: dict[str, Learned]
    labels: Labels


def known_records(clusters: pl.DataFrame, normalised: pl.DataFrame) -> pl.DataFrame:
    """What judgements are settled on, row for row with the records: record_key, record_id, tenant, excluded."""
    tenant = normalised["tenant"] if "tenant" in normalised.columns else pl.lit(None, pl.String)
    return clusters.select("record_key", "record_id", "excluded").with_columns(tenant=tenant)


def read_labels(paths: Sequence[Path], result: Result) -> Labels:
    """Labels from files of judgements (left, right, verdict), or from one table of known entities.

    A table of entities, in the forms that `evaluate.read_truth` takes, labels every pair of its records that the run
    wrote down. Raises InputError for a file that cannot be read, UsageError for one that does not fit.
    """
    of_pairs = [_is_of_pairs(path) for path in paths]
    if all(of_pairs):
        told = pl.concat([read_told(path) for path in paths])
        return _judged_labels(settle(told, known_records(result.clusters, result.normalised)))
    if len(paths) > 1:
        raise UsageError("give either files of judgements (left, right, verdict) or one table of known entities")
    return _truth_labels(paths[0], result)


def _is_of_pairs(path: Path) -> bool:
    answers = read_answers(path)
    return all(answers.first(names) for names in (LEFT, RIGHT, VERDICT))


def _judged_labels(judged: Judgements) -> Labels:
    """Those judgements that count and say something."""
    unsure = judged.used.filter(pl.col("verdict") == Verdict.UNSURE)
    said = judged.used.filter(pl.col("verdict") != Verdict.UNSURE)
    lost = judged.frame["unused"].drop_nulls().value_counts(sort=True)
    unused = dict(lost.iter_rows()) | ({UNSURE: len(unsure)} if len(unsure) else {})
    pairs = said.select(
        pl.col("tenant").fill_null(NO_TENANT), "left_key", "right_key", same=pl.col("verdict") == Verdict.SAME
    )
    return Labels(pairs, unused, judged.warnings)


def _truth_labels(path: Path, result: Result) -> Labels:
    known = known_records(result.clusters, result.normalised)
    if known["record_key"].is_duplicated().any():
        raise UsageError(f"{path}: tenants use the same record keys; give judgements with a tenant column instead")
    truth = read_truth(path, result.clusters).drop_nulls()
    tenants = known.select("record_key", pl.col("tenant").fill_null(NO_TENANT))
    of = truth.unique("record_key", keep="first", maintain_order=True).join(tenants, on="record_key")
    pairs = (
        result.of_pairs.lazy()
        .select("left_key", "right_key")
        .collect()
        .join(of.rename({"record_key": "left_key", "truth_id": "left"}), on="left_key")
        .join(of.drop("tenant").rename({"record_key": "right_key", "truth_id": "right"}), on="right_key")
        .select("tenant", "left_key", "right_key", same=pl.col("left") == pl.col("right"))
        .sort("tenant", "left_key", "right_key")
    )
    lost = len(truth) - len(of)
    return Labels(pairs, {APART: lost} if lost else {})


def teach(result: Result, labels: Labels) -> Teaching:
    """Teaches each tenant's model its own labels. The result is a run's, with the models that made it."""
    ruleset = Ruleset.model_validate(result.run["ruleset"]["rules"])
    models, learned = dict(result.models), {}
    for (tenant,), mine in labels.pairs.group_by("tenant", maintain_order=True):
        name = str(tenant)
        normalised = result.normalised
        if "tenant" in normalised.columns:
            normalised = normalised.filter(pl.col("tenant").fill_null(NO_TENANT) == name)
        learned[name] = learn(lesson(normalised, models[name], ruleset, mine))
        models[name] = replace(models[name], taught=learned[name].taught)
    return Teaching(models, learned, labels)


def lesson(normalised: pl.DataFrame, model: Model, ruleset: Ruleset, labels: pl.DataFrame) -> Lesson:
    """One tenant's labels (left_key, right_key, same) as its model sees them; pairs may never have met in the run."""
    columns = compared_columns(normalised, ruleset)
    live = normalised["excluded"].is_null().to_numpy()
    index = Index.of(columns, live, ruleset)
    row = pl.DataFrame([normalised["record_key"]]).with_row_index("row")
    ends = (
        labels.join(row, left_on="left_key", right_on="record_key", maintain_order="left")
        .join(row, left_on="right_key", right_on="record_key", suffix="_right", maintain_order="left")
        .select("row", "row_right", "left_key", "same")
    )
    left, right = (ends[side].to_numpy().astype(np.int64) for side in ("row", "row_right"))
    shown = show(Comparer.of(columns, model.layout, index, ruleset), columns, left, right)
    return lesson_of(model, int(live.sum()), shown, ends)


def lesson_of(model: Model, records: int, shown: Shown, labels: pl.DataFrame) -> Lesson:
    """Labels (left_key, same) with what their pairs show, row for row. records: how many the model rests on."""
    return Lesson(
        layout=model.layout,
        records=records,
        sides=sides(model),
        patterns=shown.patterns,
        estimates=score(model, shown),
        held=model.held(shown.patterns),
        same=labels["same"].to_numpy(),
        groups=labels["left_key"].rank("dense").to_numpy().astype(np.int64),
    )


def sides(model: Model) -> Sides:
    """For each level 1 if it is more common among pairs of one person than among pairs at random, else -1."""
    return np.where(model.first.levels[0] > model.first.levels[1], 1, -1).astype(np.int8)
