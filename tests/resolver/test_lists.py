"""Rows one below the other become a list a record."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from resolver.lists import instead, lists


@given(st.lists(st.lists(st.none() | st.sampled_from(["a", "b", "a text of more than twelve bytes"]), max_size=4)))
def test_a_list_has_each_value_of_its_row_once_in_their_order(held):
    row = pl.Series([place for place, values in enumerate(held) for _ in values], dtype=pl.UInt32)
    value = pl.Series([value for values in held for value in values], dtype=pl.String)
    wanted = [[*dict.fromkeys(value for value in values if value is not None)] or None for values in held]
    assert lists(row, value, len(held)).to_list() == wanted


def test_equal_texts_count_once_wherever_polars_keeps_them():
    text = "a text of more than twelve bytes"
    scattered = pl.Series(["x", "x", "y"]).scatter([0, 1], [text, text])
    assert lists(pl.Series([0, 0, 0]), scattered, 1).to_list() == [[text, "y"]]


def test_other_lists_take_their_places_and_the_rest_stays():
    own = pl.Series("own", [["a"], None, ["c"]], dtype=pl.List(pl.String))
    replaced = instead(own, pl.Series([["x", "y"], []], dtype=pl.List(pl.String)), pl.Series([False, True, True]))
    assert (replaced.name, replaced.to_list()) == ("own", [["a"], ["x", "y"], []])
