"""Splink 5 as a good practitioner would set it up for contacts without labels.

Comparisons come from its comparison library by the kind of column, candidates from blocking rules over several fields,
u from random pairs, m by expectation maximisation in two or more sessions; connected components at a threshold.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, Final

import polars as pl

from benchmarks.peers.practice import MEETING, clean
from resolver.evaluate import evaluate

THRESHOLD: Final = 0.95
THRESHOLDS: Final = (0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 0.99999)
SEED: Final = 11
RECALL: Final = 0.7
"""How many of the true pairs the certain rules are taken to find; the value of Splink's own tutorial."""
CERTAIN: Final = ("email", "phone", "national_id", "date_of_birth", "address")
SESSIONS: Final = (
    *(("first_name", "last_name"), ("name",), ("email",), ("phone",), ("date_of_birth",)),
    *(("last_name", "zip"), ("last_name", "city"), ("address",)),
)
"""Training looks at the pairs that agree on these; each column must be free to differ in one of them."""
ENOUGH: Final = 3


def resolve(frame: pl.DataFrame) -> pl.DataFrame:
    """Clusters at a match probability of .95."""
    linker, predictions = _predicted(frame.drop("truth_id", strict=False))
    return _clusters(linker, predictions, THRESHOLD)


def resolve_at_best(frame: pl.DataFrame) -> pl.DataFrame:
    """Clusters at the threshold with the best pairwise F1 against the truth: what nobody without labels can choose."""
    linker, predictions = _predicted(frame.drop("truth_id"))
    truth = frame.select("record_id", "truth_id").rename({"record_id": "record_key"})

    def f1(found: pl.DataFrame) -> float:
        return evaluate(found.rename({"record_id": "record_key", "entity": "entity_id"}), truth).f1

    return max((_clusters(linker, predictions, threshold) for threshold in THRESHOLDS), key=f1)


def _predicted(frame: pl.DataFrame) -> tuple[Any, Any]:
    """A trained linker and its scored pairs."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    cleaned = clean(frame)
    there = set(cleaned.columns)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=list(_comparisons(there)),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in MEETING if there.issuperset(rule)],
    )
    linker = Linker(DuckDBAPI().register(cleaned.to_arrow()), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in _certain(there)], recall=RECALL
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=SEED)
    _train(linker, [block_on(*rule) for rule in SESSIONS if there.issuperset(rule)])
    return linker, linker.inference.predict(threshold_match_probability=THRESHOLDS[0])


def _train(linker: Any, rules: list[Any]) -> None:
    """Expectation maximisation on the first rules that it can work with."""
    done = 0
    for rule in rules:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        except ValueError as error:
            # With few pairs a level may never occur and its m falls to zero, which Splink refuses: try another rule.
            print(f"no training on {rule}: {error}", file=sys.stderr)
            continue
        done += 1
        if done == ENOUGH:
            return
    if not done:
        raise ValueError("no training session could be finished")


def _certain(there: set[str]) -> Iterator[tuple[str, ...]]:
    """Rules that hardly ever join strangers: a name together with something personal."""
    names = [name for name in ("first_name", "last_name", "name") if name in there]
    found = [column for column in CERTAIN if column in there]
    yield from ((name, column) for column in found for name in names)
    if not found:
        yield from combinations(sorted(there - {"record_id"}), 3)


def _comparisons(there: set[str]) -> Iterator[Any]:
    import splink.comparison_library as cl

    exact = {"term_frequency_adjustments": True}
    made: dict[str, Callable[[], Any]] = {
        "first_name": lambda: cl.NameComparison("first_name"),
        "last_name": lambda: cl.NameComparison("last_name"),
        "name": lambda: cl.NameComparison("name"),
        "email": lambda: cl.EmailComparison("email"),
        "phone": lambda: cl.LevenshteinAtThresholds("phone", [1, 2]).configure(**exact),
        "national_id": lambda: cl.DamerauLevenshteinAtThresholds("national_id", [1, 2]),
        "date_of_birth": lambda: cl.DateOfBirthComparison("date_of_birth", input_is_string=True),
        "company": lambda: cl.JaroWinklerAtThresholds("company", [0.92, 0.85]).configure(**exact),
        "address": lambda: cl.JaroWinklerAtThresholds("address", [0.95, 0.88]).configure(**exact),
        "city": lambda: cl.JaroWinklerAtThresholds("city", [0.9]).configure(**exact),
        "zip": lambda: cl.LevenshteinAtThresholds("zip", [1]).configure(**exact),
        "type": lambda: cl.ExactMatch("type").configure(**exact),
    }
    yield from (make() for name, make in made.items() if name in there)


def _clusters(linker: Any, predictions: Any, threshold: float) -> pl.DataFrame:
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold)
    table = pl.DataFrame(found.as_pyarrow_table())
    return table.select("record_id", entity=pl.col("cluster_id").cast(pl.String))
