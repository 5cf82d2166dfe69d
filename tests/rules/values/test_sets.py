import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rules.values.rewriting import Forms
from rules.values.sets import Sets

SETS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=5), min_size=1, max_size=8)


@given(SETS)
def test_two_sets_share_what_is_in_both(sets):
    held = Sets(
        Forms.of(pl.Series([str(place) for place in range(len(sets))]), lambda place: sets[int(place)]), len(sets)
    )
    a, b = (side.ravel() for side in np.indices((len(sets), len(sets))))
    shared = [not set(sets[one]).isdisjoint(sets[other]) for one, other in zip(a, b, strict=True)]
    assert held.share(a, b).tolist() == shared
    # A mark may say more, and never less.
    assert ((held.marks[a] & held.marks[b]) != 0)[np.array(shared, dtype=np.bool_)].all()


def test_empty_sets_share_nothing():
    held = Sets(Forms(np.zeros(0, dtype=np.int64), pl.Series([], dtype=pl.String)), 3)
    assert held.share(np.array([0, 1]), np.array([1, 2])).tolist() == [False, False]
