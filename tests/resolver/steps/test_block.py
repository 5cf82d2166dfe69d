import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import encode_all
from resolver.steps.block import block, meetings
from rules.name import FAMILY, GIVEN
from rules.ruleset import Blocking


def blocking(cap=100, pairs_per_record=1000.0, **keys):
    return Blocking(cap=cap, pairs_per_record=pairs_per_record, keys=keys)


def pairs_of(rules, live=None, sides=None, **columns):
    frame = pl.DataFrame(columns)
    encoded = encode_all(frame, frame.columns)
    live = np.ones(len(frame), dtype=bool) if live is None else np.asarray(live)
    made = block(encoded, live, rules, None if sides is None else np.asarray(sides))
    batch = made.batch(0, len(frame))
    return set(zip(batch.left.tolist(), batch.right.tolist(), strict=True)), made


def test_records_that_share_a_key_meet_once():
    rules = blocking(email=("email.same",), phone=("phone.same",))
    pairs, made = pairs_of(rules, email=[["a@x.com"], ["a@x.com"], None], phone=[["+1"], ["+1"], ["+1"]])
    assert pairs == {(0, 1), (0, 2), (1, 2)}
    assert made.batch(0, 3).families.tolist() == [0b11, 0b10, 0b10]


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
    pairs, made = pairs_of(blocking(cap=100, pairs_per_record=1.0, email=("email.same",)), email=[["a@x.com"]] * 50)
    assert made.families[0].cap < 50
    assert pairs == set()


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
    pairs, made = pairs_of(rules, email=[["a@x.com"]] * 30)
    assert (made.families[0].cap, pairs) == (20, set())


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


NAMES = st.lists(st.sampled_from(["anna", "hanna", "bo", "bob", "lee"]), max_size=3, unique=True)


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=6))
def test_pairs_share_any_combination_of_the_pieces_of_all_that_they_hold(held):
    def keys(given_names, family_names):
        initials = {key for name in given_names for key in GIVEN.keys["initial"](name)}
        return {(first, piece) for name in family_names for piece in FAMILY.keys["deletes"](name) for first in initials}

    made = [keys(*names) for names in held]
    expected = {(i, j) for j in range(len(made)) for i in range(j) if made[i] & made[j]}
    given_names, family_names = (
        pl.Series([names or None for names in each], dtype=pl.List(pl.String)) for each in zip(*held, strict=True)
    )
    rules = blocking(typo=("family.deletes", "given.initial"))
    assert pairs_of(rules, given=given_names, family=family_names)[0] == expected


@given(VALUES, st.integers(0, 8), st.data())
def test_batches_are_the_pairs_in_parts(held, cut, data):
    emails = [[f"{letter}{letter}@x.com" for letter in letters] or None for letters in held]
    phones = [[f"+4420794600{letter}"] for letter in data.draw(st.lists(st.integers(0, 3), min_size=9, max_size=9))]
    frame = pl.DataFrame(
        {"email": emails, "phone": phones[: len(held)]}, schema_overrides={"email": pl.List(pl.String)}
    )
    rules = blocking(email=("email.same",), phone=("phone.same",))
    made = block(encode_all(frame, frame.columns), np.ones(len(frame), dtype=bool), rules)
    whole, cut = made.batch(0, len(frame)), min(cut, len(frame))
    for first, rest in (
        (made.batch(0, cut), made.batch(cut, len(frame))),
        (made.beginning_with(np.arange(len(frame)) < cut), made.beginning_with(np.arange(len(frame)) >= cut)),
    ):
        for side in ("left", "right", "families"):
            both = np.concatenate([getattr(first, side), getattr(rest, side)])
            assert both.tolist() == getattr(whole, side).tolist()


def test_the_bounds_of_batches_cover_every_record_once(monkeypatch):
    monkeypatch.setattr("resolver.steps.block.BATCH", 5)
    _, made = pairs_of(blocking(email=("email.same",)), email=[["a@x.com"]] * 6 + [None] * 3)
    edges = made.bounds()
    assert (edges[0][0], edges[-1][1]) == (0, 9)
    assert [end for _, end in edges[:-1]] == [begin for begin, _ in edges[1:]]
    assert len(edges) > 2
