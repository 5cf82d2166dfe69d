from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.components import components
from resolver.steps import cluster as module
from resolver.steps.cluster import UNSEEN, Bounds, cluster, numbered


def rows(pairs):
    """Pairs of rows as two arrays."""
    return tuple(np.asarray([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))


def bounds(same=(), different=(), sides=None):
    """What no score may change, of pairs of rows and a number a row."""
    return Bounds.of(rows(same), rows(different), None if sides is None else np.asarray(sides, dtype=np.int64))


def linked(records, pairs, **told):
    """Clusters pairs given as {(left, right): log odds}."""
    return cluster(records, *rows(pairs), np.asarray(list(pairs.values()), dtype=float), bounds(**told)).tolist()


def sparsely(*given, **told):
    """The same with the way that large components go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DENSE", 1)
        return linked(*given, **told)


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


@pytest.mark.parametrize(
    ("entity", "first", "place"),
    [
        ([], [], []),
        ([0, 0, 2, 0, 2], [0, 2], [0, 0, 1, 0, 1]),
        ([-1, 1, -1, 1, 4], [1, 4], [-1, 0, -1, 0, 1]),
        ([-1, -1], [], [-1, -1]),
    ],
)
def test_entities_are_numbered_by_their_first_rows_and_rows_left_out_are_in_none(entity, first, place):
    found = numbered(np.asarray(entity, dtype=np.int64))
    assert [rows.tolist() for rows in found] == [first, place]


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
    assert sparsely(*scored) == linked(*scored)


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


@pytest.mark.parametrize("way", [linked, sparsely])
@pytest.mark.parametrize(
    ("pairs", "told", "entities"),
    [
        ({}, {"same": [(0, 2)]}, [0, 1, 0]),
        ({(0, 1): -8.0}, {"same": [(0, 1)]}, [0, 0, 2]),
        ({(0, 1): 8.0}, {"different": [(0, 1)]}, [0, 1, 2]),
        ({(0, 1): 8.0, (1, 2): 7.0}, {"different": [(0, 2)]}, [0, 0, 2]),
        ({(0, 1): 8.0, (1, 2): 7.0, (0, 2): 6.0}, {"different": [(0, 2)]}, [0, 0, 2]),
        ({(1, 2): 8.0}, {"same": [(0, 1)], "different": [(0, 2)]}, [0, 0, 2]),
        ({(0, 1): 7.0, (0, 2): 3.0}, {"same": [(1, 2)], "different": [(0, 2)]}, [0, 1, 1]),
    ],
    ids=["never met", "against evidence", "apart", "through another", "of three", "through a same", "one of two"],
)
def test_what_people_said_holds_whatever_the_evidence(way, pairs, told, entities):
    assert way(3, pairs, **told) == entities


@pytest.mark.parametrize("way", [linked, sparsely])
@pytest.mark.parametrize(("first", "second", "entities"), [(3.0, 5.0, [0, 1, 1]), (5.0, 3.0, [0, 1, 0])])
def test_of_two_records_of_a_clean_source_the_better_joins(way, first, second, entities):
    assert way(3, {(0, 2): first, (1, 2): second}, sides=[0, 0, 1]) == entities


@pytest.mark.parametrize("way", [linked, sparsely])
def test_records_of_a_clean_source_do_not_meet_through_a_third(way):
    pairs = {(0, 2): 7.0, (1, 2): 6.0}
    assert way(3, pairs) == [0, 0, 0]
    assert way(3, pairs, sides=[0, 0, 1]) == [0, 1, 0]


@pytest.mark.parametrize("way", [linked, sparsely])
def test_a_person_may_put_two_records_of_a_clean_source_together_but_no_third_joins(way):
    assert way(3, {(0, 2): 6.0, (1, 2): 6.0}, same=[(0, 1)], sides=[0, 0, 0]) == [0, 0, 2]


@pytest.mark.parametrize("way", [linked, sparsely])
def test_evidence_on_records_that_are_one_counts_together(way):
    # 0 and 1 are one person: 2 is alike to 1, but 0 speaks against it
    assert way(3, {(0, 2): -6.0, (1, 2): 5.0}, same=[(0, 1)]) == [0, 0, 2]
    assert way(3, {(0, 2): -4.0, (1, 2): 5.0}, same=[(0, 1)]) == [0, 0, 0]


def test_bounds_that_bind_nothing_change_nothing():
    pairs = {(0, 1): 5.0, (1, 2): 4.5, (3, 4): -1.0}
    assert linked(5, pairs, sides=range(5)) == linked(5, pairs)


@st.composite
def bounded(draw):
    """A number of rows, scored pairs without ties, and bounds that do not contradict each other."""
    number = draw(st.integers(2, 9))
    pair = st.tuples(st.integers(0, number - 1), st.integers(0, number - 1)).filter(lambda pair: pair[0] < pair[1])
    seeded = Random(draw(st.integers(0, 2**32)))  # its weights have no ties, which the smallest row number would decide
    pairs = {key: seeded.uniform(-7, 7) for key in draw(st.lists(pair, unique=True, max_size=20))}
    same = draw(st.lists(pair, max_size=3))
    joined = components(number, *rows(same))
    different = [(a, b) for a, b in draw(st.lists(pair, max_size=4)) if joined[a] != joined[b]]
    sides = draw(st.lists(st.integers(0, 3), min_size=number, max_size=number))
    return number, pairs, {"same": same, "different": different, "sides": sides}


@given(bounded())
def test_no_bound_is_ever_broken(made):
    number, pairs, told = made
    for entity in (linked(number, pairs, **told), sparsely(number, pairs, **told)):
        assert all(entity[a] == entity[b] for a, b in told["same"])
        assert all(entity[a] != entity[b] for a, b in told["different"])
        unit = components(number, *rows(told["same"])).tolist()
        carried = {(unit[row], side): (entity[row], side) for row, side in enumerate(told["sides"])}
        assert len(set(carried.values())) == len(carried)


@given(bounded())
def test_the_dense_and_the_sparse_way_agree_within_bounds(made):
    number, pairs, told = made
    assert sparsely(number, pairs, **told) == linked(number, pairs, **told)


@given(bounded(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_but_names(made, random):
    number, pairs, told = made
    place = random.sample(range(number), number)

    def moved(pair):
        return tuple(sorted(place[row] for row in pair))

    sides = [side for _, side in sorted(zip(place, told["sides"], strict=True))]
    there = linked(
        number,
        {moved(pair): weight for pair, weight in pairs.items()},
        same=[moved(pair) for pair in told["same"]],
        different=[moved(pair) for pair in told["different"]],
        sides=sides,
    )
    here = linked(number, pairs, **told)
    together = {(a, b) for a in range(number) for b in range(number) if here[a] == here[b]}
    assert {(a, b) for a in range(number) for b in range(number) if there[place[a]] == there[place[b]]} == together


def test_a_component_of_thousands_within_bounds_is_done_in_one_go():
    # persons of three sources, each with a second, worse record of the first source; all in one chain
    starts = range(0, 5000, 4)
    inside = {(row + a, row + b): 6.0 for row in starts for a, b in ((0, 1), (0, 2), (1, 2))}
    again = {(row + a, row + 3): 5.0 for row in starts for a in (1, 2)}
    chain = {(row, row + 4): 4.0 for row in starts[:-1]}
    entities = linked(5000, {**inside, **again, **chain}, sides=[0, 1, 2, 0] * 1250, different=[(0, 4)])
    assert entities == [row + place for row in starts for place in (0, 0, 0, 3)]


def at(threshold, number, pairs):
    return cluster(number, *rows(pairs), np.asarray(list(pairs.values()), dtype=float), threshold=threshold).tolist()


def test_a_stricter_threshold_wants_more_evidence():
    pairs = {(0, 1): 3.0, (2, 3): 1.0}
    assert at(0.0, 4, pairs) == [0, 0, 2, 2]
    assert at(2.0, 4, pairs) == [0, 0, 2, 3]


@given(SCORED, st.floats(0, 4), st.floats(0, 4))
def test_a_stricter_threshold_only_takes_entities_apart(scored, one, other):
    lax, strict = (at(bar, *scored) for bar in sorted((one, other)))
    assert len(set(zip(lax, strict, strict=True))) == len(set(strict))


@given(SCORED, st.floats(-3, 4))
def test_the_dense_and_the_sparse_way_agree_at_every_threshold(scored, bar):
    dense = at(bar, *scored)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DENSE", 1)
        assert at(bar, *scored) == dense
