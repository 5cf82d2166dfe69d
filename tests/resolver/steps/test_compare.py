import numpy as np
import polars as pl
import pytest

from resolver.columns import encode_all
from resolver.index import Index
from resolver.model.layout import Layout
from resolver.steps.compare import Comparer
from rules.ruleset import Ruleset

RULES = Ruleset.default()


def shown(pairs=((0, 1),), **columns):
    """Named levels of each pair of rows: {field: [level or None, ...]}."""
    frame = pl.DataFrame(columns)
    encoded = encode_all(frame, frame.columns)
    layout = Layout.of(list(encoded), RULES)
    index = Index.of(encoded, np.ones(len(frame), dtype=bool), RULES)
    left, right = (np.asarray(side) for side in zip(*pairs, strict=True))
    compared = Comparer.of(encoded, layout, index, RULES).compare(encoded, left, right)
    named = {
        name: [layout.levels[name][c - 1] if c else None for c in codes] for name, codes in compared.levels.items()
    }
    return named, compared.rarity


def test_a_missing_value_shows_nothing():
    levels, _ = shown(given=["ann", None], family=["lee", "lee"])
    assert levels == {"given": [None], "family": ["same"]}


def test_the_best_of_several_values_counts():
    levels, _ = shown(email=[["x@a.com", "ann@b.com"], ["ann@b.com", "other@c.com"]])
    assert levels["email"] == ["same"]


def test_swapped_names_are_one_level_and_the_family_name_says_no_more():
    levels, _ = shown(given=["chen", "wei"], family=["wei", "chen"])
    assert levels == {"given": ["swapped"], "family": [None]}


@pytest.mark.parametrize(
    ("given", "family"),
    [(["maria jose", "maria"], ["garcia", "jose garcia"]), (["garcia jose", "maria"], ["maria", "jose garcia"])],
)
def test_the_words_of_a_name_may_be_shared_out_in_another_way(given, family):
    levels, _ = shown(given=given, family=family)
    assert levels == {"given": ["swapped"], "family": [None]}


def test_a_family_name_that_agrees_still_counts():
    levels, _ = shown(given=["anna maria", "maria anna"], family=["lee", "lee"])
    assert levels == {"given": ["nickname"], "family": ["same"]}


def test_a_family_name_that_was_the_middle_name_is_a_former_name():
    levels, _ = shown(given=["ann", "ann"], middle=["byrne", None], family=["oconnell", "byrne"])
    assert levels["family"] == ["part of"]


def test_a_name_at_birth_agrees_and_the_main_name_is_the_one_that_is_swapped():
    names = {"given": [["ann"], ["ann"], ["olsen"]], "family": [["olsen", "byrne"], ["byrne"], ["ann", "kent"]]}
    levels, _ = shown(pairs=((0, 1), (0, 2)), **names)
    assert levels == {"given": ["same", "swapped"], "family": ["same", None]}


@pytest.mark.parametrize(
    ("people", "level"),
    [(2, "same"), (3, "same, shared by 3 or 4"), (5, "same, shared by 5 to 9"), (12, "same, shared by 10 or more")],
)
def test_an_equal_value_is_split_by_how_many_persons_share_it(people, level):
    letters = "abcdefghijklmnop"[:people]
    levels, _ = shown(
        given=[f"{letter}nn" for letter in letters], family=["lee"] * people, phone=[["+442079460018"]] * people
    )
    assert levels["phone"] == [level]


def test_a_persons_own_misspellings_do_not_look_like_many_people():
    levels, _ = shown(
        given=["ann", "anne", "ana", "ann"], family=["lee", "leee", "lee", "le"], email=[["ann@x.com"]] * 4
    )
    assert levels["email"] == ["same"]


def test_one_name_part_made_of_the_name_is_no_evidence_at_another_domain():
    both = {"given": ["ann", "ann"], "family": ["lee", "lee"]}
    assert shown(**both, email=[["annlee@x.com"], ["annlee@y.com"]])[0]["email"] == [None]
    assert shown(**both, email=[["sk8ter@x.com"], ["sk8ter@y.com"]])[0]["email"] == ["same name part"]


def test_agreeing_on_a_rare_value_counts_for_more_than_on_a_common_one():
    names = ["smith"] * 60 + ["zwicky"] * 2 + ["jones"] * 20
    _, rarity = shown(pairs=((0, 1), (60, 61)), family=names)
    assert rarity[0] < 0 < rarity[1]


def test_a_difference_with_a_value_hardly_seen_is_kept_apart():
    names = ["smith"] * 9 + ["jones"] * 9 + ["smjth"]
    levels, _ = shown(pairs=((0, 9), (9, 18)), family=names)
    assert levels["family"] == ["different", "different, one unusual"]


def test_the_two_sides_are_interchangeable():
    columns = {
        "given": ["ann", "anna maria"],
        "family": ["lee", "leigh"],
        "email": [["a@x.com", "b@y.com"], ["b@y.com"]],
        "phone": [["+442079460018"], ["+442079460019"]],
    }
    assert shown(((0, 1),), **columns)[0] == shown(((1, 0),), **columns)[0]
