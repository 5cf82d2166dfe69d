import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.model.layout import Layout

LAYOUT = Layout(
    {"given": ("same", "typo", "different"), "email": ("same", "different"), "category.kind": ("same", "different")}
)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=20))
def test_unpacking_gives_back_what_was_packed(rows):
    codes = np.asarray(rows, dtype=np.uint8).reshape(-1, 3)
    levels = dict(zip(LAYOUT.fields, codes.T, strict=True))
    back = LAYOUT.unpack(LAYOUT.pack(levels, len(rows)))
    assert all(np.array_equal(back[name], levels[name]) for name in LAYOUT.fields)


@pytest.mark.parametrize(
    ("fields", "single"),
    [
        (("company",), True),
        (("company", "category.kind"), True),
        (("category.kind",), False),
        (("given", "family"), False),
        (("company", "place"), False),
    ],
)
def test_a_list_of_names_has_one_field_categories_aside(fields, single):
    assert Layout(dict.fromkeys(fields, ("same", "different"))).is_single is single


def shown(given_name, email, kind):
    levels = {"given": [given_name], "email": [email], "category.kind": [kind]}
    return LAYOUT.positions(LAYOUT.pack({name: np.asarray(codes, dtype=np.uint8) for name, codes in levels.items()}, 1))


def test_a_level_has_one_position_among_all_and_a_missing_field_none():
    assert shown(2, 0, 1).tolist() == [[1, LAYOUT.size, 5]]


def test_a_missing_field_adds_nothing_to_a_sum_and_is_not_counted():
    vector = np.asarray([1.0, 10, 100, 1000, 10000, 100000, 1000000])
    assert LAYOUT.sums(shown(2, 0, 1), vector).tolist() == [100010]
    assert LAYOUT.counts(shown(2, 0, 1), np.asarray([3.0])).tolist() == [0, 3, 0, 0, 0, 3, 0]
