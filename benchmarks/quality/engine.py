"""This engine on a labelled set: what it finds, and the kinds of its mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import polars as pl

from benchmarks.peers.figures import Figure
from benchmarks.quality.kinds import Kind, kinds_of
from benchmarks.quality.mistakes import find_mistakes
from benchmarks.quality.sets import LabelledSet
from resolver import dedupe
from resolver.evaluate import Evaluation, evaluate
from resolver.result import Result
from rules.ruleset import Ruleset

SHOWN: Final = ("first_name", "last_name", "email", "phone", "company", "street", "city", "postal_code")
"""Columns of a generated contact that an example shows."""


@dataclass(frozen=True)
class Outcome:
    """What the engine did on a set, beside what is known of the peers.

    kinds: of its mistakes, the most frequent first. examples: record key -> the record in one line; empty where values
    may not be shown.
    """

    name: str
    family: str
    records: int
    evaluation: Evaluation
    seconds: float
    kinds: list[Kind]
    examples: Mapping[str, str]
    peers: Mapping[str, Figure]


def outcome(labelled_set: LabelledSet, labelled: pl.DataFrame, peers: Mapping[str, Figure]) -> Outcome:
    """Resolves a set with its truth hidden and measures against the truth."""
    shown = labelled.drop([name for name in labelled.columns if name.startswith("truth_")])
    begin = perf_counter()
    result = dedupe(shown)
    seconds = perf_counter() - begin
    truth = keyed_truth(result, labelled)
    kinds = kinds_of(find_mistakes(result, truth, Ruleset.default()), Ruleset.default())
    return Outcome(
        name=labelled_set.name,
        family=labelled_set.family,
        records=len(labelled),
        evaluation=evaluate(result.clusters, truth),
        seconds=seconds,
        kinds=kinds,
        examples=_in_a_line(result, kinds, shown) if labelled_set.invented else {},
        peers=peers,
    )


def keyed_truth(result: Result, labelled: pl.DataFrame) -> pl.DataFrame:
    """(record_key, truth_id) of a set whose record ids are its own."""
    truth = labelled.select(pl.col("record_id").cast(pl.String), pl.col("truth_id").cast(pl.String))
    return (
        result.clusters.select("record_id", "record_key").join(truth, on="record_id").select("record_key", "truth_id")
    )


def _in_a_line(result: Result, kinds: list[Kind], shown: pl.DataFrame) -> dict[str, str]:
    """The records that stand for a kind, as they came in."""
    wanted = pl.Series("record_key", [key for kind in kinds for key in (kind.left, kind.right)], pl.String).unique()
    rows = result.clusters.join(wanted.to_frame(), on="record_key").join(shown, on="record_id")
    line = pl.concat_str(list(SHOWN), separator=", ", ignore_nulls=True)
    return dict(rows.select("record_key", line).iter_rows())
