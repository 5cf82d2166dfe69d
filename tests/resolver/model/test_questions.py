import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.model.layout import Layout
from resolver.model.questions import CLEAR, Pool, choose
from rules.ruleset import Ruleset

LAYOUT = Layout.of(["given", "family", "email"], Ruleset.default())


def pool(rows, done=()):
    """rows: (given, family, email, logit, stake) of each pair."""
    table = np.asarray(rows, dtype=np.float64).reshape(-1, 5)
    codes = {name: table[:, at].astype(np.uint8) for at, name in enumerate(LAYOUT.fields)}
    asked = np.zeros(len(table), dtype=bool)
    asked[list(done)] = True
    return Pool(
        layout=LAYOUT,
        patterns=LAYOUT.pack(codes, len(table)),
        logits=table[:, 3],
        stakes=table[:, 4],
        held=np.zeros(len(table), dtype=bool),
        done=asked,
    )


def test_the_pair_nearest_to_the_threshold_is_asked_first():
    rows = [(1, 1, 1, 5.0, 2), (1, 2, 1, 0.1, 2), (8, 1, 2, -5.0, 2)]
    assert choose(pool(rows), 1).tolist() == [1]


def test_the_same_question_is_not_asked_twice_while_there_are_others():
    rows = [(1, 1, 2, 0.0, 2)] * 6 + [(2, 3, 1, 0.4, 2)] * 5
    patterns = {tuple(rows[place][:3]) for place in choose(pool(rows), 2)}
    assert len(patterns) == 2


def test_what_many_pairs_share_is_asked_before_what_one_shows():
    rows = [(1, 1, 2, 0.5, 2)] + [(2, 3, 1, 0.5, 2)] * 30
    assert choose(pool(rows), 1)[0] > 0


def test_what_many_records_hang_on_is_asked_before_what_two_do():
    rows = [(1, 1, 2, 0.5, 2), (2, 3, 1, 0.5, 40)]
    assert choose(pool(rows), 1).tolist() == [1]


def test_some_questions_are_controls_on_either_side():
    rows = [(1, 1, 1, 9.0, 2)] * 9 + [(8, 7, 9, -6.0, 2)] * 9 + [(1, given, 2, 0.0, 2) for given in range(1, 7)] * 4
    logits = pool(rows).logits[choose(pool(rows), 10)]
    assert (logits > CLEAR).sum() >= 1
    assert (logits < -CLEAR).sum() >= 1


def test_what_was_asked_is_not_asked_again():
    rows = [(1, 1, 2, 0.1 * number, 2) for number in range(10)]
    assert sorted(choose(pool(rows, done=range(5)), 20).tolist()) == [5, 6, 7, 8, 9]


@pytest.mark.parametrize("rows", [[], [(1, 1, 1, 0.0, 2)]])
def test_a_pool_with_nothing_left_asks_nothing(rows):
    assert not len(choose(pool(rows, done=range(len(rows))), 5))


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 7), st.integers(0, 9), st.floats(-8, 8), st.integers(2, 9)),
        max_size=40,
    ),
    st.integers(1, 30),
)
def test_every_question_is_another_pair_and_there_are_as_many_as_can_be(rows, count):
    chosen = choose(pool(rows), count).tolist()
    assert len(set(chosen)) == len(chosen) == min(count, len(rows))
    assert chosen == choose(pool(rows), count).tolist()
