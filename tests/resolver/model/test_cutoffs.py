import numpy as np
import pytest

from resolver.model.cutoffs import WORTH_ASKING, Cutoffs
from rules.ruleset import Thresholds

NONE = np.zeros(0)


def cutoffs(apart=(), joined=(), match=0.5, **fixed):
    chances = np.asarray(apart, dtype=float)
    return Cutoffs.of(Thresholds(**fixed), match, (chances, chances), np.asarray(joined, dtype=float))


def test_with_nothing_to_ask_the_bounds_are_what_a_look_is_worth():
    assert cutoffs() == Cutoffs(match=0.5, review=WORTH_ASKING, sure=1 - WORTH_ASKING)


def test_what_holds_almost_nothing_of_the_missing_is_not_asked():
    assert cutoffs(apart=[0.4] * 100 + [0.2]).review == pytest.approx(0.4)
    assert cutoffs(apart=[0.4] * 10 + [0.2]).review == pytest.approx(0.2)


def test_what_holds_almost_nothing_of_the_wrong_joins_is_not_asked():
    assert cutoffs(joined=[0.6] * 200 + [0.8]).sure == pytest.approx(0.6)
    assert cutoffs(joined=[0.6] * 10 + [0.8]).sure == pytest.approx(0.8)


def test_no_list_is_made_longer_than_a_look_is_worth():
    found = cutoffs(apart=[0.4] + [0.01] * 10_000, joined=[0.6] + [0.99] * 10_000)
    assert (found.review, found.sure) == (WORTH_ASKING, 1 - WORTH_ASKING)


def test_a_rule_set_may_fix_each_of_them():
    found = cutoffs(apart=[0.4] * 100, joined=[0.6], review=0.25, sure=0.95)
    assert found == Cutoffs(match=0.5, review=0.25, sure=0.95)


@pytest.mark.parametrize("match", [0.2, 0.5, 0.97])
def test_they_stay_in_order(match):
    found = cutoffs(apart=[0.45] * 10, joined=[0.3], match=match)
    assert found.review <= found.match <= found.sure
