"""Names taken apart in bulk are taken apart as one by one."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.name.parts import Parts, parse_full
from rules.name.parts_fast import parse_all

PLAIN = ["Ann", "MARY", "smith", "J", "J.", "LEE", "Xu", "José", "Łukasz", "ÉMILE", "ß", "ǅan", "Иван", "李明", "ﬁn"]
SPECIAL = ["M.", "van", "Dr", "Jr", "II", "V", "MA", "and", "&", "y", "NA", "Unknown", "O'Brien", "Smith-Jones", '"Bo"']
TEXTS = st.lists(st.sampled_from(PLAIN * 3 + SPECIAL), max_size=4).map(" ".join)


def agree(texts):
    parts, covered = parse_all(pl.Series(texts, dtype=pl.String))
    for text, found, is_covered in zip(texts, parts.rows(named=True), covered, strict=True):
        assert not is_covered or parse_full(text) == Parts(**found)
    return covered.to_list()


@given(st.lists(TEXTS | st.text("aB .,'é", max_size=9) | st.none(), max_size=8))
def test_what_is_covered_is_what_the_plain_function_says(texts):
    agree(texts)


@pytest.mark.parametrize(
    "text", ["Ann Lee", "ann lee", "ANN LEE", "J Lee", "Ann M. Lee", "Ann Marie Lee", "José Muñoz"]
)
def test_usual_names_are_covered(text):
    assert agree([text]) == [True]


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "Lee", "LEE Ann", "Dr Ann Lee", "Ann van Lee", "Ann Lee Jr", "Lee, Ann", "Ann & Bob Lee"),
        *("M. Ann Lee", "Ann O'Brien", "Ann  Lee", "Ann Lee MA", "Test Test", "Иван Иванов", "Ann Mary Sue Lee"),
    ],
)
def test_all_else_is_left_to_the_plain_function(text):
    assert agree([text]) == [False]
