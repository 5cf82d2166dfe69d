import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from rules.values.deletes import all_deletes, bytes_of, deletes, rests
from rules.values.hashes import hashed
from tests.rules.keys import assert_same_pieces


@given(st.lists(st.text(alphabet="abehlwy 1é王", max_size=17), max_size=8))
def test_a_column_of_tokens_has_the_deletes_of_each(tokens):
    column = pl.Series(tokens, dtype=pl.String)
    assert_same_pieces(all_deletes(column, 4), [set(deletes(token, 4)) for token in tokens])


def test_what_is_left_has_the_hashes_that_its_texts_have():
    found = rests(bytes_of(pl.Series(["anne", "bert"]), 4))
    assert found.tolist() == [
        hashed(texts).tolist() for texts in (["nne", "ane", "ane", "ann"], ["ert", "brt", "bet", "ber"])
    ]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("anne", ("anne", "nne", "ane", "ann")),
        ("aaaa", ("aaaa", "aaa")),
        ("ann", ()),
        ("", ()),
    ],
)
def test_deletes_are_the_token_and_what_is_left_without_one_character(token, expected):
    assert deletes(token, 4) == expected


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_tokens_at_most_one_edit_apart_have_a_delete_in_common(left, right):
    near = OSA.distance(left, right) <= 1 and min(len(left), len(right)) > 0
    assert not near or set(deletes(left, 1)) & set(deletes(right, 1))
