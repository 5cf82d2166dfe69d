import numpy as np
import polars as pl
import pytest

from resolver import dedupe
from resolver.model.caution import CAP, held_back
from resolver.model.layout import Layout
from resolver.model.mixture import Sample
from resolver.model.model import Model
from rules.ruleset import Ruleset

RULES = Ruleset.default()
LAYOUT = Layout.of(["given", "family", "suffix", "email", "phone", "company", "birth_date"], RULES)
NAMELESS = Layout.of(["email", "phone", "company"], RULES)


def pattern(layout=LAYOUT, **levels):
    codes = {name: np.asarray([layout.levels[name].index(level) + 1], np.uint8) for name, level in levels.items()}
    return layout.pack(codes, 1)


def held(layout=LAYOUT, **levels):
    return bool(held_back(layout, pattern(layout, **levels), RULES.caution)[0])


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({"email": "same"}, False),
        ({"email": "same mailbox", "family": "different"}, False),
        ({"email": "typo", "given": "same", "family": "same"}, True),
        ({"phone": "same"}, True),
        ({"phone": "same", "given": "same"}, False),
        ({"phone": "same", "given": "swapped"}, False),
        ({"phone": "same, shared by 10 or more", "given": "same"}, True),
        ({"birth_date": "same", "given": "nickname"}, False),
        ({"given": "same", "family": "same"}, True),
        ({"phone": "same", "company": "same"}, True),  # colleagues
        ({}, True),
    ],
)
def test_something_personal_joins_or_a_name_with_a_line_or_a_birth_date(levels, expected):
    assert held(**levels) is expected


@pytest.mark.parametrize(
    ("against", "expected"),
    [
        ({"given": "different"}, True),
        ({"given": "different, one unusual"}, True),
        ({"given": "similar"}, True),
        ({"suffix": "conflict"}, True),
        ({"birth_date": "different"}, True),
        ({"given": "typo"}, False),
        ({"given": "initial"}, False),
        ({"family": "different"}, False),  # who marries keeps the mailbox
        ({"birth_date": "one digit differs"}, False),
    ],
)
@pytest.mark.parametrize("personal", [{"email": "same"}, {"email": "same mailbox", "phone": "same", "family": "same"}])
def test_what_contradicts_is_asked_even_where_a_mailbox_is_shared(personal, against, expected):
    assert held(**{**personal, **against}) is expected


def test_a_company_is_a_name_only_where_nobody_has_one_of_their_own():
    assert held(NAMELESS, phone="same", company="same") is False
    assert held(NAMELESS, phone="same", company="different") is True


@pytest.mark.parametrize(("pairs", "capped"), [(20, True), (2000, False)])
def test_a_pair_held_back_is_just_short_of_being_joined_until_enough_is_known(pairs, capped):
    agree = {"given": "same", "family": "same", "email": "same"}
    far = dict.fromkeys(("given", "family", "email"), "different")
    candidates, random = (np.repeat(pattern(**levels), number) for levels, number in ((agree, pairs), (far, 50_000)))
    model = Model.train(LAYOUT, RULES, Sample.of(candidates), Sample.of(random), {}, 5000)
    cap = model.caps(pattern(**{**agree, "given": "different"}))[0]
    assert cap == (CAP if capped else np.inf)
    assert model.caps(pattern(**agree))[0] == np.inf


def test_in_a_small_file_a_couple_with_one_mailbox_is_asked_about_and_not_joined():
    people = pl.DataFrame(
        {
            "id": ["1", "2", "3", "4", "5"],
            "first_name": ["John", "Mary", "Robert", "Bob", "Alice"],
            "last_name": ["Hartley", "Hartley", "Delaney", "Delaney", "Quinn"],
            "email": ["hartley@acme.example"] * 2 + ["rdelaney@bolt.example"] * 2 + ["quinn@crux.example"],
        }
    )
    result = dedupe(people)
    entity = dict(result.clusters.select("record_id", "entity_id").iter_rows())
    assert entity["1"] != entity["2"]
    assert entity["3"] == entity["4"]
    assert result.pairs.sort("probability")["decision"].to_list() == ["review", "match"]
