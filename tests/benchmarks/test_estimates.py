from functools import partial

from benchmarks.estimates import Line, holds, measure, row, table
from benchmarks.generate import generate
from benchmarks.quality.sets import LabelledSet
from resolver.expect import CAUTIOUS, Expected, Range

TOLD = Expected(1_000, Range(2.0, 10.0, 80.0), Range(20.0, 40.0, 90.0), apart=30.0, unmet=10.0)
LINES = [
    Line("good", 0.99, 0.95, TOLD),
    Line("bad", 0.85, 0.95, TOLD),
    Line("thin", 0.9, 0.8, Expected(3, silent=CAUTIOUS)),
]


def test_an_interval_holds_when_the_truth_lies_in_it():
    assert holds(0.92, TOLD.right)
    assert not holds(0.919, TOLD.right)


def test_a_miss_is_shown_and_so_is_what_is_not_told():
    assert "**missed**" in row(LINES[1])
    assert "not told" in row(LINES[2])
    assert row(LINES[2]).endswith(f"{CAUTIOUS} |")


def test_the_table_counts_what_held():
    text = table(LINES)
    assert "Right: told for 2 of 3 sets, the interval held 1 times; found: told for 2 of 3 sets" in text


def test_a_generated_set_says_the_truth_of_itself():
    line = measure(LabelledSet("generated", "generated", partial(generate, 1_000, 21)))
    assert all(told is None or holds(truth, told) for truth, told in line.told)
    assert line.told[0][1] is not None
