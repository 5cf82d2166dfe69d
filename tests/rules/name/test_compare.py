import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.lists import groups, words
from rules.name import FAMILY, GIVEN, MIDDLE
from rules.values.distinct import FEW
from tests.rules.keys import assert_fast_keys_agree

FIELDS = [GIVEN, MIDDLE, FAMILY]
IDS = [field.name for field in FIELDS]
SHORT_FORMS = [name for group in groups("nicknames")[:40] for name in group[:4]]
NAMES = sorted({*SHORT_FORMS, *sorted(words("given_names"))[::20], *sorted(words("family_names"))[::30]})
ODD = [
    "j",
    "r",
    "li",
    "ti",
    "lynn",
    "khdyjh",
    "khadija",
    "vanderberg",
    "berg",
    "oconnell",
    "ivanov",
    "ivanova",
    "mueller",
    "muller",
    "schmidt",
    "smith",
    "12",
    "a1",
]
SEVERAL = [
    "john and mary",
    "jack and mary",
    "mary ann",
    "maryann",
    "anna m",
    "maria luisa",
    "maria laura",
    "i kim",
    "i wong",
]
NAME = st.sampled_from([*NAMES, *ODD])
DRAWN = st.lists(
    st.lists(NAME, min_size=1, max_size=2).map(" ".join) | st.sampled_from(SEVERAL), min_size=2, max_size=6
)


def judged(field, values, a, b):
    """The levels of pairs of values, by one judge of all of them."""
    column = pl.Series(sorted({*values, *NAMES}))
    assert len(column) >= FEW
    one, other = (column.search_sorted(pl.Series([values[place] for place in side])).to_numpy() for side in (a, b))
    return field.judge(column)(np.minimum(one, other), np.maximum(one, other))


@pytest.mark.parametrize("field", FIELDS, ids=IDS)
@given(DRAWN)
def test_a_judge_of_many_names_says_what_one_of_two_says(field, values):
    a, b = (side.ravel() for side in np.indices((len(values), len(values))))
    alone = [int(field.compare([values[x]], [values[y]])[0]) for x, y in zip(a, b, strict=True)]
    assert judged(field, values, a, b).tolist() == alone


@pytest.mark.parametrize("field", FIELDS, ids=IDS)
def test_a_judge_says_the_same_when_it_is_asked_again(field):
    column = pl.Series(sorted({*NAMES, *ODD, *SEVERAL}))
    a, b = np.triu_indices(len(column))
    judge, order = field.judge(column), np.random.default_rng(1).permutation(len(a))
    first = judge(a, b)
    assert judge(a[order], b[order]).tolist() == first[order].tolist()
    assert (first[a == b] == 1).all()


@pytest.mark.parametrize("field", FIELDS, ids=IDS)
def test_places_of_any_width_are_judged(field):
    judge = field.judge(pl.Series(["ann", "anna", "bob"]))
    for width in (np.int32, np.int64, np.uint32):
        places = np.array([0, 0, 1], dtype=width), np.array([0, 1, 2], dtype=width)
        assert judge(*places).tolist() == [1, judge(np.array([0]), np.array([1]))[0], len(field.levels)]


@pytest.mark.parametrize("field", FIELDS, ids=IDS)
def test_no_pairs_have_no_levels(field):
    none = np.zeros(0, dtype=np.int64)
    assert field.judge(pl.Series(["ann"]))(none, none).tolist() == []


@pytest.mark.parametrize("field", FIELDS, ids=IDS)
@given(DRAWN)
def test_a_column_of_names_has_the_keys_of_the_names(field, values):
    assert_fast_keys_agree(field, values)


@pytest.mark.parametrize("field", FIELDS, ids=IDS)
@settings(max_examples=10)
@given(DRAWN)
def test_a_long_column_of_names_has_them_too(field, values):
    assert_fast_keys_agree(field, [*values, *NAMES])
