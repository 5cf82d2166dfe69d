import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.values.hashes import hashed, hashed_rows, mixed

TEXTS = st.lists(st.none() | st.text(max_size=20), max_size=12)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 9522898805031284160),
        ("ann", 9441714320673898912),
        ("ann@x.com", 5647176449108475768),
        ("exactly8", 4352135311880149836),
        ("Ünïcödé 李", 9636056818017779523),
        ("\0", 10568893722503577037),
    ],
)
def test_a_string_has_the_number_that_is_in_stores_already(text, number):
    assert hashed(pl.Series([text])).tolist() == [number]


@given(TEXTS, st.integers(0, 12))
def test_a_column_hashes_like_its_slices(texts, cut):
    whole = pl.Series(texts, dtype=pl.String)
    assert hashed(whole).tolist() == [*hashed(whole[:cut]), *hashed(whole[cut:])]


@given(TEXTS)
def test_a_number_is_never_zero_and_null_is_like_empty(texts):
    found = hashed(pl.Series(texts, dtype=pl.String))
    assert (found > 0).all()
    assert found.tolist() == hashed(pl.Series([text or "" for text in texts], dtype=pl.String)).tolist()


@given(st.sets(st.text(max_size=20), max_size=20))
def test_different_strings_have_different_numbers(texts):
    assert len(set(hashed(pl.Series([*texts], dtype=pl.String)).tolist())) == len(texts)


@pytest.mark.parametrize(("one", "other"), [("a", "a\0"), ("\0", "\0\0"), ("12345678", "12345678\0"), ("ab", "ba")])
def test_length_and_order_tell_strings_apart(one, other):
    first, second = hashed(pl.Series([one, other])).tolist()
    assert first != second


def test_mixing_is_one_to_one_on_neighbours():
    numbers = np.arange(100_000, dtype=np.uint64)
    assert len(np.unique(mixed(numbers))) == len(numbers)


@given(st.integers(0, 20).flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size), min_size=1)))
def test_texts_of_one_length_hash_as_they_do_among_others(texts):
    told = [text.decode("latin1").translate(dict.fromkeys(range(128, 256), "?")) for text in texts]
    rows = np.array([[*text.encode()] for text in told], dtype=np.uint8).reshape(len(told), -1)
    assert hashed_rows(rows).tolist() == hashed(told).tolist()
