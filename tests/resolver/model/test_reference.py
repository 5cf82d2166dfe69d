import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.model.reference import Counts, Reference, agreement
from rules.ruleset import Ruleset

HELD = st.dictionaries(st.text(max_size=6), st.integers(0, 9), max_size=8)


def counts(held):
    return Counts.of(pl.Series([*held], dtype=pl.String), np.asarray([*held.values()], dtype=np.int64))


@pytest.mark.parametrize(("held", "chance"), [([], 0.0), ([4], 1.0), ([1, 1], 0.5), ([3, 1], 0.625), ([2, 2, 0], 0.5)])
def test_agreement_is_the_chance_that_two_records_hold_the_same(held, chance):
    assert agreement(np.asarray(held, dtype=np.int64)) == pytest.approx(chance)


@given(HELD, st.lists(st.text(max_size=6)))
def test_a_value_counts_as_often_as_it_was_seen_and_once_where_it_never_was(held, asked):
    found = counts(held).of_values(pl.Series(asked, dtype=pl.String))
    assert found.tolist() == [max(held.get(value, 1), 1) for value in asked]


@given(HELD)
def test_a_reference_comes_back_from_its_json(held):
    made = Reference(7, {"given": counts(held)}, {"email": 100})
    back = Reference.from_json(json.loads(json.dumps(made.as_json())))
    assert back.as_json() == made.as_json()
    assert back.counts["given"].of_values(pl.Series([*held], dtype=pl.String)).tolist() == [
        max(number, 1) for number in held.values()
    ]


@given(HELD, st.randoms())
def test_the_order_of_values_makes_no_difference(held, rng):
    order = [*held]
    rng.shuffle(order)
    one, other = (made.as_json() for made in (counts({value: held[value] for value in order}), counts(held)))
    assert one.pop("agreement") == pytest.approx(other.pop("agreement"))
    assert one == other


def test_only_the_families_that_are_frozen_make_pairs_each_with_its_cap():
    rules = Ruleset.default()
    frozen = Reference(7, {}, {"email": 5, "full_name": 3}).ruleset(rules)
    assert sorted(frozen.blocking.families) == ["email", "full_name"]
    assert frozen.blocking.caps == {"email": 5, "full_name": 3}
    assert frozen.compare == rules.compare
