import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.steps import cluster as module
from resolver.steps.cluster import UNSEEN, cluster, components


def linked(records, pairs):
    """Clusters pairs given as {(left, right): log odds}."""
    left = np.asarray([a for a, _ in pairs], dtype=np.int64)
    right = np.asarray([b for _, b in pairs], dtype=np.int64)
    return cluster(records, left, right, np.asarray(list(pairs.values()), dtype=float)).tolist()


def test_a_pair_joins_when_the_evidence_speaks_for_it():
    assert linked(3, {(0, 1): 2.0, (1, 2): -1.0}) == [0, 0, 2]


def test_a_weak_chain_does_not_join_strangers():
    # 0-1 and 1-2 look alike, but 0 and 2 contradict each other
    assert linked(3, {(0, 1): 3.0, (1, 2): 1.0, (0, 2): -6.0}) == [0, 0, 2]


def test_a_pair_that_never_met_counts_as_mild_evidence_against():
    assert linked(3, {(0, 1): 5.0, (1, 2): -UNSEEN - 0.5}) == [0, 0, 2]
    assert linked(3, {(0, 1): 5.0, (1, 2): -UNSEEN + 0.5}) == [0, 0, 0]


def test_one_bridge_between_two_groups_does_not_join_them():
    pairs = {(a, b): 6.0 for group in (range(4), range(4, 8)) for a in group for b in group if a < b}
    assert linked(8, {**pairs, (3, 4): 5.0}) == [0, 0, 0, 0, 4, 4, 4, 4]


def test_no_single_contradiction_splits_a_large_entity():
    pairs = {(a, b): 6.0 for a in range(5) for b in range(a + 1, 5)}
    assert linked(5, {**pairs, (0, 4): -1000.0}) == [0] * 5


def test_records_without_pairs_stay_alone():
    assert linked(3, {}) == [0, 1, 2]


def test_components_name_the_smallest_row():
    left, right = np.asarray([4, 2, 1]), np.asarray([2, 5, 3])
    assert components(6, left, right).tolist() == [0, 1, 2, 1, 2, 2]


SCORED = st.integers(2, 9).flatmap(
    lambda number: st.tuples(
        st.just(number),
        st.dictionaries(
            st.tuples(st.integers(0, number - 1), st.integers(0, number - 1)).filter(lambda pair: pair[0] < pair[1]),
            st.floats(-9, 9).map(lambda value: round(value, 3)),
            max_size=20,
        ),
    )
)


@given(SCORED)
def test_the_dense_and_the_sparse_way_agree(scored):
    number, pairs = scored
    dense = linked(number, pairs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DENSE", 1)
        assert linked(number, pairs) == dense


@given(SCORED, st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_nothing(scored, random):
    number, pairs = scored
    shuffled = list(pairs.items())
    random.shuffle(shuffled)
    assert linked(number, dict(shuffled)) == linked(number, pairs)


def test_a_component_of_thousands_is_done_in_one_go():
    number = 3000
    chain = {(i, i + 1): 6.0 for i in range(number - 1)}
    entities = linked(number, chain)
    assert max(np.bincount(entities)) <= 4
    assert len(set(entities)) >= number / 4
