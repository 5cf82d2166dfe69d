"""Packed digits: a slip between two numbers is told from the digits alone."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from rules.values.digits import MOST, last, one_slip, pack

ODD = ["", "20…", "12345678901234567", "-5", "1 2"]
SIZED = st.integers(1, MOST).flatmap(lambda size: st.tuples(*2 * [st.text("0123", min_size=size, max_size=size)]))


def packed(*digits: str) -> np.ndarray:
    return pl.select(pack(pl.lit(pl.Series(digits)))).to_series().to_numpy()


def test_digits_are_packed_as_they_are_read():
    assert packed("2079", "0079", "9" * MOST).tolist() == [0x2079, 0x79, 0x9999999999999999]


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_number_that_fits_is_null(text):
    assert pl.select(pack(pl.lit(pl.Series([text])))).item() is None


@pytest.mark.parametrize(("size", "left"), [(0, 0), (1, 0x4), (3, 0x234), (MOST, 0x1234)])
def test_the_last_digits_are_left(size, left):
    assert (packed("1234") & last(np.array([size]))).tolist() == [left]


@pytest.mark.parametrize(
    ("left", "right", "slip"),
    [
        ("2079", "2079", False),
        ("2079", "2078", True),
        ("2079", "3079", True),
        ("2079", "0279", True),
        ("2079", "2097", True),
        ("2079", "7029", False),
        ("2079", "2088", False),
        ("2079", "9999", False),
    ],
)
def test_a_slip_is_one_digit_or_two_neighbours_swapped(left, right, slip):
    assert one_slip(packed(left), packed(right)).tolist() == [slip]


def test_swaps_may_be_looked_for_at_some_places_only():
    left, right = packed("1234", "1234"), packed("2134", "1324")
    assert one_slip(left, right, np.uint64(0x101)).tolist() == [True, False]


@given(st.lists(SIZED, min_size=1, max_size=20))
def test_a_slip_is_one_edit_between_numbers_of_one_length(pairs):
    left, right = zip(*pairs, strict=True)
    assert one_slip(packed(*left), packed(*right)).tolist() == [OSA.distance(a, b) == 1 for a, b in pairs]
