"""A Splink linker set up for contacts without labels.

Comparisons come from its comparison library by the kind of column, candidates from blocking rules over several fields,
u from random pairs, m by expectation maximisation in several sessions; connected components at a threshold.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import polars as pl

from benchmarks.peers.practice import MEETING, clean, tell_candidates

SEED: Final = 11
RECALL: Final = 0.7
"""How many of the true pairs the certain rules are taken to find; the value of Splink's own tutorial."""
CERTAIN: Final = ("email", "phone", "national_id", "date_of_birth", "address")
SESSIONS: Final = (
    *(("first_name", "last_name"), ("name",), ("email",), ("phone",), ("date_of_birth",)),
    *(("last_name", "zip"), ("last_name", "city"), ("address",)),
)
"""Training looks at the pairs that agree on these; each column must be free to differ in one of them."""


@dataclass(frozen=True)
class Plan:
    """What is compared and learnt from.

    meeting: records that agree on all columns of one of these are compared. u_pairs: random pairs for u. sessions:
    columns to train on, of which the first `enough` that work are used, each with `em_pairs` pairs at most (None: all).
    """

    meeting: tuple[tuple[str, ...], ...] = MEETING
    u_pairs: float = 1e7
    sessions: tuple[tuple[str, ...], ...] = SESSIONS
    enough: int = 3
    em_pairs: float | None = None


def trained(frame: pl.DataFrame, plan: Plan) -> Any:
    """A linker that has learnt what its comparisons are worth."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    cleaned = clean(frame)
    there = set(cleaned.columns)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=list(_comparisons(there)),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in plan.meeting if there.issuperset(rule)],
    )
    linker = Linker(DuckDBAPI().register(cleaned.to_arrow()), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in _certain(there)], recall=RECALL
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=plan.u_pairs, seed=SEED)
    done = 0
    for rule in (block_on(*rule) for rule in plan.sessions if there.issuperset(rule)):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=plan.em_pairs)
        except ValueError as error:
            # With few pairs a level may never occur and its m falls to zero, which Splink refuses: try another rule.
            print(f"no training on {rule}: {error}", file=sys.stderr)
            continue
        done += 1
        if done == plan.enough:
            break
    if not done:
        raise ValueError("no training session could be finished")
    return linker


def predicted(linker: Any, least: float) -> Any:
    """The pairs whose probability is `least` at least; how many it looked at is told."""
    pairs = linker.inference.compute_blocked_pairs_for_predict().as_duckdbpyrelation()
    tell_candidates(pairs.aggregate("count(*)").fetchall()[0][0])
    return linker.inference.predict(threshold_match_probability=least)


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


def clusters(linker: Any, predictions: Any, threshold: float) -> pl.DataFrame:
    """Connected components at a threshold (record_id, entity)."""
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold)
    table = pl.DataFrame(found.as_pyarrow_table())
    return table.select("record_id", entity=pl.col("cluster_id").cast(pl.String))
