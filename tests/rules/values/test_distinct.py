"""Each distinct value is looked at once, and every row gets its own back."""

from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.values.distinct import numbers_apart, of_each, told_apart

TEXTS = st.none() | st.text("ab", max_size=2)
ROWS = st.lists(st.tuples(TEXTS, TEXTS), max_size=12)


def series(values):
    return pl.Series(values, dtype=pl.String)


@given(ROWS)
def test_rows_have_one_place_where_all_their_values_are_equal(rows):
    columns = [series([row[side] for row in rows]) for side in (0, 1)]
    distinct, codes = told_apart(*columns)
    assert sorted(zip(*distinct, strict=True), key=str) == sorted({*rows}, key=str)
    assert list(zip(*(column.gather(codes).to_list() for column in distinct), strict=True)) == rows


@pytest.mark.parametrize("values", [[], [None], ["", None, ""], ["ann"] * 3])
def test_nothing_and_the_empty_text_are_two_values(values):
    (distinct,), codes = told_apart(series(values))
    assert sorted(distinct.to_list(), key=str) == sorted({*values}, key=str)
    assert distinct.gather(codes).to_list() == values


def test_two_values_with_one_hash_are_told_apart_by_other_hashes():
    honest = pl.DataFrame.hash_rows

    def colliding(frame, seed):
        return honest(frame, seed) if seed else pl.Series(np.zeros(len(frame), dtype=np.uint64))

    with patch.object(pl.DataFrame, "hash_rows", colliding):
        (distinct,), codes = told_apart(series(["a", "b", "a"]))
    assert distinct.gather(codes).to_list() == ["a", "b", "a"]


def test_a_function_sees_each_combination_once():
    seen = []
    results, codes = of_each(
        lambda *pair: seen.append(pair) or "".join(pair), series(["a", "b", "a"]), series(["x"] * 3)
    )
    assert sorted(seen) == [("a", "x"), ("b", "x")]
    assert [results[code] for code in codes] == ["ax", "bx", "ax"]


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 9), max_size=300), st.none() | st.integers(1, 8))
def test_numbers_are_told_apart_whatever_table_is_begun_with(numbers, bits):
    found = np.array(numbers, dtype=np.uint64)
    places, codes = numbers_apart(found, bits)
    assert sorted(found[places].tolist()) == sorted(set(numbers))
    assert found[places][codes].tolist() == numbers
