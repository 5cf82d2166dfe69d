import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from rules.values.distinct import told_apart
from rules.values.pairs import (
    OPEN,
    PART,
    Pairs,
    Texts,
    at_a_glance,
    bits,
    distinct_pairs,
    letter_bits,
    mark,
    marks,
    may_hold,
    narrowed,
)
from rules.values.text import jaro_winkler, one_edit, ratio


def test_pairs_keep_the_level_of_the_first_step_that_fits():
    texts = Texts(pl.Series(["a", "b", "mary ann", "maryann"]))
    pairs = Pairs(np.array([2, 0, 1]), np.array([3, 1, 1]), last=9)
    pairs.settle(1, lambda a, b: (texts.spelling[a] == texts.spelling[b]) & (a != b))
    pairs.settle(2, lambda a, _: a == 0)
    pairs.settle(3, lambda a, _: a == 0)
    assert pairs.codes.tolist() == [1, 2, 9]


WORDS = st.text(alphabet="aabrm 9é", min_size=1, max_size=9).map(lambda text: " ".join(text.split()) or "a")
NEAR = st.lists(WORDS, min_size=2, max_size=12, unique=True).map(sorted)


@given(NEAR)
def test_what_cannot_be_alike_is_left_out_without_a_difference(values):
    texts = Texts(pl.Series(values))
    a = np.arange(len(values) - 1)
    left, right = values[:-1], values[1:]
    for cutoff in (0.82, 0.88, 0.9, 0.92):
        assert texts.jaro_winkler(a, a + 1, cutoff).tolist() == (jaro_winkler(left, right, cutoff) > 0).tolist()
    sorted_words = ratio(left, right, fuzz.token_sort_ratio, 80) > 0
    assert texts.words_ratio(a, a + 1, 80).tolist() == sorted_words.tolist()
    long_enough = np.asarray([len(x) > 3 and len(y) > 3 for x, y in zip(left, right, strict=True)])
    assert texts.one_edit(a, a + 1).tolist() == (one_edit(left, right) & long_enough).tolist()


@given(st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=9))
def test_the_letters_of_few_values_are_those_of_many(values):
    once, more = letter_bits(values, np.array([*map(len, values)], dtype=np.int32))
    assert [*zip(once.tolist(), more.tolist(), strict=True)] == [*map(bits, values)]


def test_repeated_letters_count_for_what_two_values_can_share():
    texts = Texts(pl.Series(["aaab", "abbb"]))
    a, b = np.array([0]), np.array([1])
    assert texts.common_at_most(a, b).tolist() == [4]
    assert not texts.can_share(a, b, lambda x, _: x - 0.0)[0]


SETS = st.lists(st.frozensets(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4), max_size=8)


@given(SETS)
def test_marks_tell_only_what_sets_may_have_in_common(sets):
    column = marks(pl.Series([sorted(members) for members in sets], dtype=pl.List(pl.String)))
    for found in (column.tolist(), [mark(sorted(members)) for members in sets]):
        for i, left in enumerate(sets):
            for j, right in enumerate(sets):
                assert left.isdisjoint(right) or found[i] & found[j]
                held = may_hold(np.array([found[i]], dtype=np.uint64), np.array([found[j]], dtype=np.uint64))
                assert held[0] or not (left <= right or right <= left)


@given(st.lists(st.text("ab", max_size=2), min_size=1, max_size=8))
def test_every_string_has_its_place_among_the_distinct_ones(values):
    (distinct,), places = told_apart(pl.Series(values))
    assert distinct.gather(places).to_list() == values
    assert sorted(distinct) == sorted(set(values))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8))
def test_every_pair_has_its_place_among_the_distinct_ones(pairs):
    a, b = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    x, y, places = distinct_pairs(a, b)
    assert list(zip(x[places].tolist(), y[places].tolist(), strict=True)) == pairs
    assert len(x) == len(set(pairs))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("5th ave", "5th avenue", True),
        ("5th ave", "6th ave", False),
        ("1 of 23", "12 of 3", False),
        ("1 of 2", "2 of 1", False),
        ("main", "quay", True),
    ],
)
def test_numbers_within_strings_are_the_same_in_their_order(left, right, same):
    one, other = Texts(pl.Series([left, right])).digits.tolist()
    assert (one == other) is same


def test_a_second_test_is_asked_only_of_what_passed_the_first():
    asked = []

    def test(a, b):
        asked.extend(zip(a.tolist(), b.tolist(), strict=True))
        return a == b

    told = np.array([True, False, True])
    assert narrowed(told, np.array([1, 2, 3]), np.array([1, 2, 4]), test).tolist() == [True, False, False]
    assert asked == [(1, 1), (3, 4)]


def test_what_a_glance_leaves_open_is_looked_at_closely_once():
    number = PART + 3
    a, b = np.zeros(number, dtype=np.int32), np.arange(number, dtype=np.int32) % 3
    seen = []

    def glance(_, y):
        return np.where(y == 2, np.uint8(OPEN), np.uint8(4))

    def closely(x, _):
        seen.append(len(x))
        return np.full(len(x), 1, dtype=np.uint8)

    levels = at_a_glance(glance, closely, a, b)
    assert seen == [1]
    assert (levels == np.where(b == 2, 1, 4)).all()
