import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.values.arrays import among, first_of, which

numbers = st.lists(st.integers(0, 12), max_size=12).map(lambda several: np.array(several, dtype=np.int64))
masks = st.integers(1, 9).flatmap(lambda size: st.lists(st.lists(st.booleans(), min_size=size, max_size=size)))


@given(numbers)
def test_the_places_that_hold_are_those_numpy_tells(told):
    assert which(told).tolist() == np.flatnonzero(told).tolist()


@given(numbers, numbers)
def test_what_is_among_what_is_known_is_what_numpy_tells(asked, known):
    assert among(asked, np.sort(known)).tolist() == np.isin(asked, known).tolist()


@given(masks.filter(bool))
def test_the_first_code_that_holds_is_the_one_numpy_selects(several):
    told = {place + 1: np.array(mask) for place, mask in enumerate(several)}
    assert first_of(told, 99).tolist() == np.select([*told.values()], [*told], 99).tolist()
