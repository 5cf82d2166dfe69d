from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.model.cutoffs import Cutoffs
from resolver.model.odds import log_odds
from resolver.steps.doubt import AGAINST, THIN, UNSURE, Linked, asked_pairs, doubts

CUTOFFS = Cutoffs(review=0.1, match=0.5, sure=0.9)


def linked(entity, pairs):
    left, right, chance = zip(*pairs, strict=True) if pairs else ((), (), ())
    rows = (np.asarray(side, dtype=np.int64) for side in (entity, left, right))
    return Linked(*rows, np.asarray([log_odds(p) for p in chance], dtype=float))


def cases(entity, pairs):
    frame = doubts(linked(entity, pairs), CUTOFFS)
    return [(pairs[place][:2], reason) for place, reason in frame.select("pair", "reason").iter_rows()]


def test_an_unsure_pair_is_shown():
    assert cases([0, 1], [(0, 1, 0.4)]) == [((0, 1), UNSURE)]


def test_nothing_scored_leaves_nothing_to_ask():
    assert cases([0, 1], []) == []


def test_a_pair_that_is_surely_apart_or_surely_joined_is_not_shown():
    assert cases([0, 0, 2, 3], [(0, 1, 0.99), (2, 3, 0.01)]) == []


def test_a_pair_that_looks_alike_but_was_kept_apart_is_shown():
    assert cases([0, 0, 2], [(0, 1, 0.99), (1, 2, 0.8)]) == [((1, 2), AGAINST)]


def test_a_likely_pair_that_the_others_of_its_groups_contradict_is_no_case():
    pairs = [(0, 1, 0.99), (0, 2, 0.6), (1, 2, 0.0001)]
    assert cases([0, 0, 2], pairs) == []
    assert cases([0, 0, 2], [*pairs[:2], (1, 2, 0.3)]) == [((0, 2), AGAINST)]


def test_a_striking_pair_is_asked_about_whatever_contradicts_it():
    assert cases([0, 0, 2], [(0, 1, 0.99), (0, 2, 0.95), (1, 2, 0.0001)]) == [((0, 2), AGAINST)]


def test_a_record_that_hangs_on_a_weak_link_is_shown_with_its_best_link():
    assert cases([0, 0, 0], [(0, 1, 0.99), (0, 2, 0.6), (1, 2, 0.7)]) == [((1, 2), THIN)]


def test_two_entities_are_one_case_however_many_pairs_connect_them():
    pairs = [(0, 1, 0.99), (2, 3, 0.99), (0, 2, 0.2), (0, 3, 0.4), (1, 2, 0.3)]
    assert cases([0, 0, 2, 2], pairs) == [((0, 3), UNSURE)]


def test_the_case_with_more_records_behind_it_comes_first():
    pairs = [(0, 1, 0.4), (2, 3, 0.99), (2, 4, 0.4)]
    assert [pair for pair, _ in cases([0, 1, 2, 2, 4], pairs)] == [(2, 4), (0, 1)]


def test_the_chance_of_two_entities_is_that_of_all_pairs_between_them():
    found = linked([0, 0, 2, 2], [(0, 1, 0.99), (2, 3, 0.99), (0, 2, 0.2), (1, 3, 0.8)]).couples
    assert found.met.tolist() == [2]
    assert found.chance.tolist() == pytest.approx([0.5])
    assert found.expected == pytest.approx(1.0)


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]), min_size=2))
def test_strangers_beyond_doubt_count_among_the_pairs_that_met(pairs):
    entity = [0, 0, 2, 2, 4, 4, 6, 7]
    likely, *weak = sorted(pair for pair in pairs if entity[pair[0]] != entity[pair[1]]) or [(0, 7)]
    met = linked(entity, [(*likely, 0.9)])
    packed = np.asarray([left << 32 | right for left, right in weak], dtype=np.uint64)
    couples = [{entity[left], entity[right]} for left, right in (likely, *weak)]
    assert replace(met, weak=packed).couples.met.tolist() == [couples.count(couples[0])]


def test_only_likely_pairs_of_an_asked_couple_speak_for_it():
    pairs = [(0, 1, 0.99), (0, 2, 0.6), (1, 2, 0.05), (0, 3, 0.02), (3, 4, 0.3)]
    assert asked_pairs(linked([0, 0, 2, 3, 4], pairs), CUTOFFS).tolist() == [False, True, False, False, True]


PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(0.0002, 0.9998),
    max_size=15,
)


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_no_case(scored, random):
    entity = [0, 0, 0, 3, 3, 5, 6]
    pairs = [(*pair, chance) for pair, chance in scored.items()]
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert {tuple(case) for case in cases(entity, pairs)} == {tuple(case) for case in cases(entity, shuffled)}


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.99])
def test_log_odds_are_those_of_the_probability(probability):
    assert 1 / (1 + np.exp(-log_odds(probability))) == pytest.approx(probability)
