import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.registry import FIELDS
from rules.ruleset import Ruleset
from tests.rules.keys import assert_same_pieces

SAMPLES = {
    "given": ["ann", "anna maria", "j", "bill", "william"],
    "middle": ["marie", "m", "jo"],
    "family": ["lee", "smith jones", "oconnell", "smyth"],
    "suffix": ["jr", "sr", "2"],
    "email": ["ann.lee@x.com", "ann.lee+a@x.com", "annlee@y.com", "info@x.com"],
    "phone": ["+442079460018", "+12125550147;ext=22", "?+447700900123", "~2079460018"],
    "company": ["acme", "acme holdings", "international business machines", "ibm"],
    "street": ["12 main st", "12 main st #4", "14 main st", "po box 12"],
    "place": ["92101|san diego|ca|us", "|san diego||", "sw1a1aa|london||gb"],
    "birth_date": ["1980-01-02", "1980-02-01", "1980-01-??", "1980"],
    "identifier": ["ssn:123456789", "ssn:123456798", "erp:51001"],
    "social": ["linkedin:in/ann-lee", "twitter:annlee"],
    "category": ["m", "f", "thai"],
}


def test_every_field_has_samples_here():
    assert set(SAMPLES) == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_says_in_one_sentence_when_it_agrees(name):
    sentence = FIELDS[name].explanation
    assert len(sentence) >= 20
    assert sentence[0].isupper()


@pytest.mark.parametrize("name", FIELDS)
def test_an_equal_value_is_the_best_level_or_cannot_be_compared(name):
    values = SAMPLES[name]
    codes = FIELDS[name].compare(values, values)
    assert codes.dtype == np.uint8
    best = {FIELDS[name].levels[code - 1] for code in codes.tolist() if code}
    assert all(level.startswith("same") for level in best)


@pytest.mark.parametrize("name", FIELDS)
def test_comparing_gives_known_levels_whichever_side_is_left(name):
    field, values = FIELDS[name], SAMPLES[name]

    @given(st.lists(st.tuples(st.sampled_from(values), st.sampled_from(values)), min_size=1, max_size=8))
    def check(pairs):
        left, right = map(list, zip(*pairs, strict=True))
        codes = field.compare(left, right)
        assert np.array_equal(codes, field.compare(right, left))
        assert codes.max() <= len(field.levels)

    check()


@pytest.mark.parametrize("name", FIELDS)
def test_keys_are_short_strings_and_never_empty(name):
    for key in FIELDS[name].keys.values():
        for value in SAMPLES[name]:
            assert all(isinstance(piece, str) and piece for piece in key(value))


def made(field, key, values):
    return field.fast_keys[key](field.take_apart(values))


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, field in FIELDS.items() for key in field.fast_keys])
def test_the_fast_keys_of_a_batch_are_those_of_the_plain_functions(name, key):
    values = pl.Series(sorted(SAMPLES[name]))
    assert_same_pieces(made(FIELDS[name], key, values), [set(FIELDS[name].keys[key](value)) for value in values])
    assert len(made(FIELDS[name], key, values.head(0))) == 0


def test_every_key_that_the_shipped_rules_use_of_a_field_with_many_values_is_fast():
    parts = {part for family in Ruleset.default().blocking.families.values() for part in family}
    used = [part.split(".") for part in sorted(parts)]
    slow = [f"{name}.{key}" for name, key in used if key not in FIELDS[name].fast_keys]
    assert slow == []
