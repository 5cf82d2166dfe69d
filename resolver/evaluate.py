"""How well found entities agree with known ones: pairwise and B-cubed precision and recall, and examples of mistakes.

Everything comes from the contingency table of found entity and true entity, whose cells say how many records the two
have in common. No pair is ever listed, so a million records take about a second.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypedDict

import numpy as np
import polars as pl

from resolver.answers import LEFT, RIGHT, read_answers, record_keys
from resolver.components import components
from resolver.errors import UsageError

SAMPLE: Final = 20
"""Pairs shown of each kind of mistake."""

_KEY = ("record_key",)
_ID = ("record_id", "id")
_ENTITY = ("truth_id", "entity_id", "cluster_id", "truth", "person", "entity", "label")
_FORMS: Final = "record_key,truth_id or source,record_id,truth_id or record_id,truth_id or left,right"


@dataclass(frozen=True)
class Evaluation:
    """Agreement of found entities with true ones, over the records that both know.

    With c = `correct_pairs`, the pairs of records that are together in both: `precision` = c / `found_pairs`,
    `recall` = c / `true_pairs`, `f1` their harmonic mean. Where there is nothing to find or nothing found, the share
    is 1: no mistake was made.

    B-cubed (Bagga & Baldwin 1998, "Algorithms for scoring coreference chains") takes for each record the share of its
    found entity that truly belongs to it (precision), and the share of its true entity that was found with it (recall),
    and averages over records. Large entities count less than they do in pairs.

    `unmatched_truth` and `unmatched_clusters` are records that only one side knows, `excluded` those that the run set
    aside; none of them enters the figures. `wrongly_joined` (left_key, right_key, entity_id) and `missed` (left_key,
    right_key, truth_id) show up to 20 pairs: one of each entity before a second of any, the worst entities first.
    """

    precision: float
    recall: float
    f1: float
    true_pairs: int
    found_pairs: int
    correct_pairs: int
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    records: int
    found_entities: int
    true_entities: int
    largest_found: int
    unmatched_truth: int
    unmatched_clusters: int
    excluded: int
    wrongly_joined: pl.DataFrame = field(compare=False, repr=False)
    missed: pl.DataFrame = field(compare=False, repr=False)


def evaluate(clusters: pl.DataFrame, truth: pl.DataFrame) -> Evaluation:
    """Compare `clusters` (record_key, entity_id, optionally excluded) with `truth` (record_key, truth_id).

    A record of either side without an entity counts as unmatched. Raises UsageError when a record has two places in
    one frame, or when the two have no record in common.

    >>> clusters = pl.DataFrame({"record_key": ["a:1", "a:2", "a:3"], "entity_id": ["x", "x", "y"]})
    >>> truth = pl.DataFrame({"record_key": ["a:1", "a:2", "a:3"], "truth_id": ["p", "p", "p"]})
    >>> result = evaluate(clusters, truth)
    >>> result.precision, round(result.recall, 3), result.missed.row(0)
    (1.0, 0.333, ('a:1', 'a:3', 'p'))
    """
    out = pl.col("excluded").is_not_null() if "excluded" in clusters.columns else pl.lit(value=False)
    kept, aside = clusters.filter(~out), clusters.filter(out).select("record_key")
    asked = _places(truth, "truth_id", "the truth").join(aside, on="record_key", how="anti")
    both = _places(kept, "entity_id", "the result").join(asked, on="record_key")
    if both.is_empty():
        raise UsageError("the truth and the result have no record in common")
    cells = both.group_by("entity_id", "truth_id").agg(size=pl.len().cast(pl.Int64), first=pl.col("record_key").min())
    found, true = _margin(cells, "entity_id"), _margin(cells, "truth_id")
    return Evaluation(
        **_pairwise(cells["size"], found["whole"], true["whole"]),
        **_b_cubed(found, true),
        records=len(both),
        found_entities=len(found),
        true_entities=len(true),
        largest_found=_whole(found["whole"].max()),
        unmatched_truth=len(asked) - len(both),
        unmatched_clusters=kept["record_key"].n_unique() - len(both),
        excluded=len(aside),
        wrongly_joined=_sample(cells, found),
        missed=_sample(cells, true),
    )


def _places(frame: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    """Each record and its one entity; records without one are left out."""
    places = frame.select("record_key", column).drop_nulls()
    if places["record_key"].n_unique() < len(places):
        places = places.unique()
        again = places.filter(pl.col("record_key").is_duplicated())["record_key"]
        if len(again):
            raise UsageError(f"{name} puts record {again.min()!r} into more than one entity")
    return places


class _Pairs(TypedDict):
    precision: float
    recall: float
    f1: float
    true_pairs: int
    found_pairs: int
    correct_pairs: int


class _BCubed(TypedDict):
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float


def _pairwise(common: pl.Series, found: pl.Series, true: pl.Series) -> _Pairs:
    """n records together make n (n - 1) / 2 pairs; `common` are the cells of the table, the others its margins."""
    correct_pairs, found_pairs, true_pairs = (_whole((size * (size - 1)).sum()) // 2 for size in (common, found, true))
    return {
        "precision": _share(correct_pairs, found_pairs),
        "recall": _share(correct_pairs, true_pairs),
        "f1": _share(2 * correct_pairs, found_pairs + true_pairs),
        "true_pairs": true_pairs,
        "found_pairs": found_pairs,
        "correct_pairs": correct_pairs,
    }


def _b_cubed(found: pl.DataFrame, true: pl.DataFrame) -> _BCubed:
    """All records of a cell have the same precision, its size over the size of the found entity; recall likewise."""
    records = _whole(found["whole"].sum())
    precision, recall = _overlap(found) / records, _overlap(true) / records
    return {
        "bcubed_precision": precision,
        "bcubed_recall": recall,
        "bcubed_f1": 2 * precision * recall / (precision + recall),
    }


def _overlap(margin: pl.DataFrame) -> float:
    """The sum over cells of size² / size of the margin; whole numbers as far as can be, so no order changes it."""
    by_size = margin.group_by("whole").agg(pl.col("squares").sum())
    return math.fsum(squares / whole for whole, squares in by_size.iter_rows())


def _margin(cells: pl.DataFrame, by: str) -> pl.DataFrame:
    """Each entity of one side with its size (`whole`) and the squares of the sizes of its cells, summed."""
    return cells.group_by(by).agg(whole=pl.col("size").sum(), squares=(pl.col("size") ** 2).sum())


def _sample(cells: pl.DataFrame, margin: pl.DataFrame) -> pl.DataFrame:
    """Pairs across the cells of one entity, each of a record of its largest cell and one of another."""
    by, mistakes = margin.columns[0], pl.col("whole") ** 2 - pl.col("squares")
    broken = margin.select(by, mistakes=mistakes).filter(pl.col("mistakes") > 0)
    # Each gives a pair before any gives a second, so twenty, and those like the twentieth, are enough.
    worst = broken.filter(pl.col("mistakes") >= pl.col("mistakes").top_k(SAMPLE).min())
    main, first = pl.col("first").first().over(by), pl.col("first")
    return (
        cells.join(worst, on=by)
        .sort(-pl.col("size"), first)
        .with_columns(
            rank=pl.int_range(pl.len()).over(by),
            left_key=pl.min_horizontal(main, first),
            right_key=pl.max_horizontal(main, first),
        )
        .filter(pl.col("rank") > 0)
        .sort("rank", -pl.col("mistakes"), "left_key", "right_key")
        .select("left_key", "right_key", by)
        .head(SAMPLE)
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _whole(number: Any) -> int:
    """A sum or maximum of an integer column, which polars types as any value it could hold."""
    return int(number)


def read_truth(path: Path, clusters: pl.DataFrame) -> pl.DataFrame:
    """The true entities from a CSV, Parquet or JSONL file, as record_key, truth_id.

    The file has either an entity for each record, in columns record_key,truth_id or source,record_id,truth_id or
    record_id,truth_id (the entity may also be called entity_id, cluster_id, truth, person, entity or label); or the
    true pairs, in columns left,right, as keys or ids: then connected records are one entity, and a record of
    `clusters` in no pair is an entity of its own. Ids without a source are looked up in `clusters`.

    Raises InputError when the file cannot be read, UsageError when it does not fit.
    """
    answers = read_answers(path)
    table = answers.cells
    left, right, entity = (answers.first(names) for names in (LEFT, RIGHT, _ENTITY))
    if left and right:
        labels = [name for name in table.columns if name in {"label", "match", "is_match"}]
        if labels:
            raise UsageError(f"{path}: column {labels[0]!r} beside pairs; keep only the true pairs, without it")
        both = table[left].is_not_null() & table[right].is_not_null()
        one, other = (record_keys(table[side], clusters, answers.place).filter(both) for side in (left, right))
        _must_meet(pl.concat([one, other]), clusters, path)
        return _components(one, other, clusters)
    key, number = answers.first(_KEY), answers.first(_ID)
    if entity is None or (key or number) is None:
        raise UsageError(f"{path}: columns {', '.join(table.columns)}; expected {_FORMS}")
    if key:
        keys = table[key]
    elif "source" in table.columns:
        keys = table.select(pl.format("{}:{}", "source", number)).to_series()
    else:
        keys = record_keys(table[str(number)], clusters, answers.place)
    truth = pl.DataFrame({"record_key": keys, "truth_id": table[entity]})
    if truth["record_key"].null_count():
        raise UsageError(f"{path}: {truth['record_key'].null_count()} rows have no record id")
    _must_meet(truth["record_key"], clusters, path)
    return truth


def _components(left: pl.Series, right: pl.Series, clusters: pl.DataFrame) -> pl.DataFrame:
    """Connected records as entities, named after one of their keys; everybody else is alone."""
    keys = pl.concat([clusters["record_key"], left, right]).unique().sort()
    root = components(len(keys), *(keys.search_sorted(ends).to_numpy().astype(np.int64) for ends in (left, right)))
    return pl.DataFrame({"record_key": keys, "truth_id": keys.gather(root)})


def _must_meet(keys: pl.Series, clusters: pl.DataFrame, path: Path) -> None:
    """A truth that names other records altogether is a mistake of the caller, not a recall of nothing."""
    if not keys.is_in(clusters["record_key"].implode()).any():
        examples = f"it has {keys.first()!r}, the result has {clusters['record_key'].first()!r}"
        raise UsageError(f"{path}: none of its records is in the result ({examples})")
