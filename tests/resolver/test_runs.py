import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resolver.runs import alone, least, ordered, winners
from rules.values.distinct import begins

HELD = st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3), st.integers(-3, 3))).map(
    lambda rows: np.asarray(sorted(rows, key=lambda row: row[0]), dtype=np.int64).reshape(-1, 3).T
)


@given(HELD)
def test_each_group_begins_once(held):
    assert held[0][begins(held[0])].tolist() == sorted(set(held[0].tolist()))


@given(st.lists(st.integers(0, 2**31 - 1) | st.integers(0, 3)))
def test_equal_numbers_keep_their_order(numbers):
    assert ordered(np.asarray(numbers, dtype=np.int64)).tolist() == sorted(range(len(numbers)), key=numbers.__getitem__)


@given(HELD)
def test_a_group_of_one_is_alone(held):
    numbers = held[0].tolist()
    assert alone(held[0]).tolist() == [numbers.count(number) == 1 for number in numbers]


@given(HELD)
def test_the_least_of_a_group_is_what_no_other_of_it_is_below(held):
    groups, values, _ = held.tolist()
    lowest = {group: min(v for g, v in zip(groups, values, strict=True) if g == group) for group in groups}
    assert least(held[0], held[1]).tolist() == [v == lowest[g] for g, v in zip(groups, values, strict=True)]


@given(HELD)
def test_the_winner_of_a_group_has_the_least_values_and_of_equals_comes_first(held):
    groups, first, second = held.tolist()
    wanted = {}
    for place, key in enumerate(zip(first, second, strict=True)):
        wanted[groups[place]] = min(wanted.get(groups[place], (key, place)), (key, place))
    assert winners(*held).tolist() == [place for _, place in wanted.values()]
