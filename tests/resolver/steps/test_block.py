import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import encode_all
from resolver.steps.block import block, meetings
from rules.ruleset import Blocking


def blocking(cap=100, pairs_per_record=1000.0, **keys):
    return Blocking(cap=cap, pairs_per_record=pairs_per_record, keys=keys)


def pairs_of(rules, live=None, sides=None, **columns):
    frame = pl.DataFrame(columns)
    encoded = encode_all(frame, frame.columns)
    live = np.ones(len(frame), dtype=bool) if live is None else np.asarray(live)
    made = block(encoded, live, rules, None if sides is None else np.asarray(sides))
    return set(zip(made.pairs["left"].to_list(), made.pairs["right"].to_list(), strict=True)), made


def test_records_that_share_a_key_meet_once():
    rules = blocking(email=("email.same",), phone=("phone.same",))
    pairs, made = pairs_of(rules, email=[["a@x.com"], ["a@x.com"], None], phone=[["+1"], ["+1"], ["+1"]])
    assert pairs == {(0, 1), (0, 2), (1, 2)}
    assert made.pairs["families"].to_list() == [0b11, 0b10, 0b10]
    assert {family.name: family.alone for family in made.families} == {"email": 0, "phone": 2}


def test_each_family_says_how_many_of_one_person_it_found_and_found_alone():
    rules = blocking(name=("family.same",), email=("email.same",), phone=("phone.same",))
    _, made = pairs_of(rules, email=[["a@x.com"], ["a@x.com"], None], phone=[["+1"], ["+1"], ["+1"]])
    found = {
        family.name: (family.found, family.found_alone) for family in made.weighed(np.asarray([0.9, 0.5, 0.1]), rules)
    }
    assert found == {"email": (0.9, 0.0), "phone": (1.5, 0.6)}


def test_every_value_of_a_record_can_meet():
    pairs, _ = pairs_of(blocking(email=("email.same",)), email=[["a@x.com", "b@x.com"], ["b@x.com"], ["a@x.com"]])
    assert pairs == {(0, 1), (0, 2)}


def test_a_key_of_two_parts_needs_both():
    rules = blocking(both=("family.same", "birth_date.year"))
    pairs, _ = pairs_of(rules, family=["lee", "lee", "lee"], birth_date=["1980-01-02", "1980-05-05", "1979-01-02"])
    assert pairs == {(0, 1)}


def test_a_key_in_any_order_meets_names_in_the_wrong_columns():
    rules = Blocking(cap=100, pairs_per_record=1000.0, keys={}, any_order={"names": ("given.same", "family.same")})
    pairs, _ = pairs_of(rules, given=["wei", "chen", "wei"], family=["chen", "wei", "lee"])
    assert pairs == {(0, 1)}


def test_any_two_of_three_names_meet_in_whatever_order():
    parts = ("given.same", "middle.same", "family.same")
    rules = Blocking(cap=100, pairs_per_record=1000.0, keys={}, any_order={"names": parts})
    names = {
        "given": ["orlov", "konstantin", "konstantin", "orlov"],
        "middle": ["konstantin", "petrovich", None, None],
        "family": ["petrovich", "orlov", "orlov", "ivan"],
    }
    assert pairs_of(rules, **names)[0] == {(0, 1), (0, 2), (1, 2)}


def test_a_key_that_too_many_hold_is_dropped_and_counted():
    pairs, made = pairs_of(blocking(cap=2, email=("email.same",)), email=[["a@x.com"]] * 3 + [["b@x.com"]] * 2)
    assert pairs == {(3, 4)}
    assert made.families[0].dropped == 1


def test_a_family_that_makes_too_many_pairs_has_its_cap_lowered():
    _, made = pairs_of(blocking(cap=100, pairs_per_record=1.0, email=("email.same",)), email=[["a@x.com"]] * 50)
    assert made.families[0].cap < 50
    assert made.families[0].pairs == 0


def test_a_family_may_have_a_lower_cap_of_its_own():
    rules = Blocking(
        cap=100, pairs_per_record=1000.0, keys={"email": ("email.same",), "phone": ("phone.same",)}, caps={"email": 2}
    )
    pairs, made = pairs_of(rules, email=[["a@x.com"]] * 3, phone=[["+1"], ["+1"], None])
    assert pairs == {(0, 1)}
    assert {family.name: (family.cap, family.dropped) for family in made.families} == {
        "email": (2, 1),
        "phone": (100, 0),
    }


def test_a_cap_of_its_own_is_lowered_too_where_it_makes_too_many_pairs():
    rules = Blocking(cap=100, pairs_per_record=1.0, keys={"email": ("email.same",)}, caps={"email": 40})
    _, made = pairs_of(rules, email=[["a@x.com"]] * 30)
    assert (made.families[0].cap, made.families[0].pairs) == (20, 0)


NAMELESS = Blocking(cap=100, pairs_per_record=1000.0, keys={}, nameless={"company_name": ("company.same",)})


def test_records_of_one_company_meet_where_nobody_has_a_name_of_their_own():
    pairs, made = pairs_of(NAMELESS, company=[["acme"], ["acme"], ["bolt"]], family=["lee", "hall", "kent"])
    assert pairs == {(0, 1)}
    assert [family.name for family in made.families] == ["company_name"]


def test_colleagues_do_not_meet_by_their_company_where_anybody_has_a_given_name():
    columns = {"company": [["acme"]] * 3, "given": [None, None, "ann"]}
    pairs, made = pairs_of(NAMELESS, **columns)
    assert (pairs, made.families) == (set(), [])
    frame = pl.DataFrame(columns)
    assert meetings(encode_all(frame, frame.columns), np.ones(3, dtype=bool), NAMELESS, (0, 1)) == []


def test_excluded_records_meet_nobody():
    pairs, _ = pairs_of(blocking(email=("email.same",)), live=[True, False, True], email=[["a@x.com"]] * 3)
    assert pairs == {(0, 2)}


def test_linking_compares_across_sides_only():
    pairs, _ = pairs_of(blocking(email=("email.same",)), sides=[1, 1, 2], email=[["a@x.com"]] * 3)
    assert pairs == {(0, 2), (1, 2)}


def test_a_family_whose_field_is_absent_makes_nothing():
    pairs, made = pairs_of(blocking(phone=("phone.same",)), email=[["a@x.com"]] * 2)
    assert pairs == set()
    assert made.families == []


def test_a_shared_key_heeds_the_cap_of_its_family():
    rules = Blocking(cap=100, pairs_per_record=1000.0, keys={"email": ("email.same",)}, caps={"email": 2})
    frame = pl.DataFrame({"email": [["a@x.com"]] * 3})
    (meeting,) = meetings(encode_all(frame, frame.columns), np.ones(3, dtype=bool), rules, (0, 2))
    assert meeting.dropped


@pytest.mark.parametrize(("cap", "dropped"), [(100, False), (2, True)])
def test_a_shared_key_says_how_many_hold_it(cap, dropped):
    frame = pl.DataFrame({"email": [["a@x.com"]] * 3})
    columns = encode_all(frame, frame.columns)
    (meeting,) = meetings(columns, np.ones(3, dtype=bool), blocking(cap=cap, email=("email.same",)), (0, 2))
    assert (meeting.family, meeting.records, meeting.dropped) == ("email", 3, dropped)


VALUES = st.lists(st.lists(st.sampled_from("abcd"), max_size=3, unique=True), min_size=1, max_size=8)


@given(VALUES)
def test_pairs_are_exactly_those_that_share_a_value(held):
    emails = [[f"{letter}{letter}@x.com" for letter in letters] or None for letters in held]
    expected = {(i, j) for i in range(len(held)) for j in range(i + 1, len(held)) if set(held[i]) & set(held[j])}
    pairs, _ = pairs_of(blocking(email=("email.same",)), email=pl.Series(emails, dtype=pl.List(pl.String)))
    assert pairs == expected
