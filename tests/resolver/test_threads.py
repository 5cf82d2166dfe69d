"""Parts of a step side by side, as long as what they hold together is not too much."""

from threading import Barrier, get_ident

import pytest

from resolver.threads import FEW, MANY, at_once, side_by_side


@pytest.mark.parametrize("rows", [0, FEW, MANY])
def test_what_is_made_comes_back_in_order_and_by_name(rows):
    assert at_once(lambda part: part + 1, range(9), rows) == [*range(1, 10)]
    assert side_by_side(rows, one=lambda: 1, two=lambda: 2) == {"one": 1, "two": 2}


def test_functions_of_some_rows_work_at_the_same_time():
    both = Barrier(2, timeout=30)
    assert side_by_side(one=lambda: both.wait() < 2, two=lambda: both.wait() < 2) == {"one": True, "two": True}


@pytest.mark.parametrize("rows", [FEW - 1, MANY])
def test_of_few_or_very_many_rows_one_is_worked_out_after_another(rows):
    assert side_by_side(rows, one=get_ident, two=get_ident) == {"one": get_ident(), "two": get_ident()}
