import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import combine, encode


def test_single_values_get_one_place_a_record():
    column = encode(pl.Series(["b", None, "a", "b"]))
    assert column.starts is None
    assert column.values.to_list() == ["", "a", "b"]
    assert column.codes.tolist() == [2, 0, 1, 2]
    assert column.counts.tolist() == [0, 1, 2]


def test_lists_of_one_are_single_values():
    assert encode(pl.Series([["a"], None, []], dtype=pl.List(pl.String))).starts is None


def test_the_first_of_several_values_is_the_main_one():
    column = encode(pl.Series([["b", "a"], None, ["c"], []], dtype=pl.List(pl.String)))
    assert column.values.gather(column.first).to_list() == ["b", "", "c", ""]


@given(st.lists(st.none() | st.lists(st.sampled_from("abc"), max_size=3, unique=True), max_size=8))
def test_lists_come_back_as_they_were(lists):
    column = encode(pl.Series(lists, dtype=pl.List(pl.String)))
    rows, codes = column.held
    back = [column.values.gather(codes[rows == row]).to_list() for row in range(len(lists))]
    assert back == [held or [] for held in lists]
    assert len(column) == len(lists)


def test_combine_gives_every_couple_inside_a_row():
    rows, first, second = combine(
        (np.asarray([0, 0, 2]), np.asarray([1, 2, 3])), (np.asarray([0, 1, 2, 2]), np.asarray([7, 8, 9, 10]))
    )
    assert list(zip(rows, first, second, strict=True)) == [(0, 1, 7), (0, 2, 7), (2, 3, 9), (2, 3, 10)]
