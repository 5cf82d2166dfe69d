import numpy as np
import polars as pl
import pytest

from benchmarks.generate import generate
from resolver import dedupe
from resolver.errors import UsageError
from resolver.expect import NOTHING, Views
from resolver.model.layout import Layout
from resolver.model.odds import log_odds
from resolver.paths.linkage import Account, partition, together
from resolver.paths.options import Options
from resolver.result import Scored
from resolver.steps.cluster import cluster
from resolver.steps.doubt import Linked
from resolver.steps.weigh import Tally
from rules.ruleset import Ruleset, Thresholds

RULES = Ruleset.default()
FREE = Thresholds()


def alone(pairs):
    """No estimate but the score itself."""
    return Views(np.unique(pairs.patterns), (), pairs.patterns)


def scored(chances):
    """One pair of its own two records for each probability."""
    left = np.arange(0, 2 * len(chances), 2)
    patterns = np.zeros(len(chances), dtype=np.uint64)
    return Scored(left, left + 1, patterns, np.asarray([log_odds(p) for p in chances]), Layout({}))


def joins(chances, target=None, fixed=FREE):
    """The probabilities of the pairs that are joined, and the threshold."""
    pairs = scored(chances)
    records = 2 * len(chances)

    def link(bar):
        return cluster(records, pairs.left, pairs.right, pairs.logits, threshold=bar)

    entity, match = partition(pairs, lambda: alone(pairs), link, fixed, target)
    return [p for p, a, b in zip(chances, pairs.left, pairs.right, strict=True) if entity[a] == entity[b]], match


def test_records_join_where_that_is_more_likely_right_than_wrong():
    assert joins([0.4, 0.6, 0.9]) == ([0.6, 0.9], 0.5)


def test_a_rule_set_may_fix_the_threshold():
    assert joins([0.4, 0.6, 0.9], fixed=Thresholds(match=0.3)) == ([0.4, 0.6, 0.9], 0.3)


def test_a_target_keeps_as_many_joins_as_it_can():
    kept, match = joins([0.6, 0.7, 0.8, *[0.999] * 20], target=0.98)
    assert kept == [0.8, *[0.999] * 20]
    assert 0.7 < match < 0.8


def test_a_target_that_is_reached_already_changes_nothing():
    assert joins([0.6, *[0.999] * 20], target=0.9) == joins([0.6, *[0.999] * 20])


def test_a_target_that_only_an_empty_result_would_reach_is_refused():
    with pytest.raises(UsageError, match=r"0\.999 cannot be reached: 90\.0000% is the most"):
        joins([0.6, 0.9, 0.9], target=0.999)


def test_where_nothing_is_joined_any_target_is_met():
    assert joins([0.1, 0.2], target=0.999)[0] == []


@pytest.mark.parametrize("target", [0.7, 0.8, 0.9, 0.95])
def test_the_joins_are_expected_to_be_as_right_as_was_asked(target):
    kept, _ = joins([0.55, 0.65, 0.75, 0.85, 0.95, 0.99], target=target)
    assert np.mean(kept) >= target


def test_each_threshold_says_what_is_expected_at_it():
    pairs = scored([*[0.99] * 400, 0.3, 0.2])
    entity = cluster(804, pairs.left, pairs.right, pairs.logits)
    linked = Linked(entity, pairs.left, pairs.right, pairs.logits)
    tally = Tally.of(np.ones(402, dtype=np.uint64), pairs.logits)
    account = Account.of(linked, alone(pairs), tally, RULES, 0.5, cautious=False)
    told = account.thresholds()
    assert told["match"] == {"probability": 0.5, "fixed": False, "expected_right": pytest.approx(0.99)}
    assert told["review"]["expected_right"] == pytest.approx(0.25)
    assert (
        Account.of(linked, alone(pairs), tally, RULES, 0.5, cautious=True).thresholds()["match"]["expected_right"]
        is None
    )


def test_the_thresholds_of_several_tenants_are_their_span():
    def one(review, match, sure):
        bounds = {"review": review, "match": match, "sure": sure}
        return {name: {"probability": p, "fixed": False, "expected_right": None} for name, p in bounds.items()}

    span = together([one(0.2, 0.5, 0.9), one(0.1, 0.8, 0.95)], NOTHING)
    assert [span[name]["probability"] for name in ("review", "match", "sure")] == [0.1, 0.5, 0.95]


@pytest.fixture(scope="module")
def export():
    return generate(600, 21).drop("truth_id")


def test_a_run_joins_less_and_more_surely_when_that_is_asked(export):
    lax, strict = dedupe(export), dedupe(export, options=Options(target_precision=0.995))
    assert strict.expected.right.value >= 0.995 > lax.expected.right.value
    both = lax.clusters.join(strict.clusters, on="record_key", suffix="_strict")
    assert both.group_by("entity_id_strict").agg(pl.col("entity_id").n_unique())["entity_id"].max() == 1
    assert strict.run["target_precision"] == 0.995
    assert strict.run["thresholds"]["match"]["probability"] > lax.run["thresholds"]["match"]["probability"]


def test_a_target_that_is_no_share_is_refused(export):
    with pytest.raises(UsageError, match="between 0 and 1"):
        dedupe(export, options=Options(target_precision=1.5))


def test_every_case_between_two_entities_has_a_pair_that_waits(export):
    result = dedupe(export)
    waiting = set(result.pairs.filter(pl.col("decision") == "review").select("left_key", "right_key").iter_rows())
    apart = result.review.filter(pl.col("left_entity") != pl.col("right_entity"))
    assert len(apart)
    assert set(apart.select("left_key", "right_key").iter_rows()) <= waiting
