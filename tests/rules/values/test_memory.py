import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.values.memory import Memory

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(10, 2**28 - 1)), max_size=30)


def level(a, b):
    return ((a * 7 + b) % 251).astype(np.uint8)


@given(st.lists(PAIRS, max_size=4), st.integers(2, 40))
def test_what_is_remembered_is_what_the_judge_tells(calls, values):
    memory = Memory(level, values)
    for call in calls:
        a, b = (np.array([pair[side] for pair in call], dtype=np.int64) for side in (0, 1))
        assert memory(a, b).tolist() == level(a, b).tolist()


def test_the_judge_is_asked_once_about_a_pair():
    asked = []

    def judge(a, b):
        asked.extend(zip(a.tolist(), b.tolist(), strict=True))
        return level(a, b)

    memory = Memory(judge, 10)
    for _ in range(2):
        memory(np.array([1, 2]), np.array([3, 4]))
    assert asked == [(1, 3), (2, 4)]
