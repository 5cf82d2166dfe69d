import numpy as np
import pytest

from resolver.model.odds import log_odds
from resolver.steps.doubt import AGAINST, THIN, UNSURE, doubts
from rules.ruleset import Thresholds

BOUNDS = Thresholds(review=0.1, match=0.5, sure=0.9)


def cases(entity, pairs):
    left, right, chance = zip(*pairs, strict=True)
    frame = doubts(
        np.asarray(entity), np.asarray(left), np.asarray(right), np.asarray([log_odds(p) for p in chance]), BOUNDS
    )
    return [(pairs[place][:2], reason) for place, reason in frame.select("pair", "reason").iter_rows()]


def test_an_unsure_pair_is_shown():
    assert cases([0, 1], [(0, 1, 0.4)]) == [((0, 1), UNSURE)]


def test_a_pair_that_is_surely_apart_or_surely_joined_is_not_shown():
    assert cases([0, 0, 2, 3], [(0, 1, 0.99), (2, 3, 0.01)]) == []


def test_a_pair_that_looks_alike_but_was_kept_apart_is_shown():
    assert cases([0, 0, 2], [(0, 1, 0.99), (1, 2, 0.8)]) == [((1, 2), AGAINST)]


def test_a_record_that_hangs_on_a_weak_link_is_shown_with_its_best_link():
    assert cases([0, 0, 0], [(0, 1, 0.99), (0, 2, 0.6), (1, 2, 0.7)]) == [((1, 2), THIN)]


def test_two_entities_are_one_case_however_many_pairs_connect_them():
    pairs = [(0, 1, 0.99), (2, 3, 0.99), (0, 2, 0.2), (0, 3, 0.4), (1, 2, 0.3)]
    assert cases([0, 0, 2, 2], pairs) == [((0, 3), UNSURE)]


def test_the_case_with_more_records_behind_it_comes_first():
    pairs = [(0, 1, 0.4), (2, 3, 0.99), (2, 4, 0.4)]
    assert [pair for pair, _ in cases([0, 1, 2, 2, 4], pairs)] == [(2, 4), (0, 1)]


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.99])
def test_log_odds_are_those_of_the_probability(probability):
    assert 1 / (1 + np.exp(-log_odds(probability))) == pytest.approx(probability)
