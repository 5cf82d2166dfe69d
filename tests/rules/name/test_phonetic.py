import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.lists import words
from rules.name.phonetic import phonetic, phonetics
from rules.values.distinct import FEW

MANY = sorted(words("given_names") | words("family_names"))
LETTERS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
ODD = st.text(alphabet="cghkwnpstyaeöш1 …", max_size=6)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("philip", "filip"),
        ("catherine", "katherine"),
        ("geoff", "jeff"),
        ("wright", "rite"),
        ("knight", "night"),
        ("smith", "schmidt"),
        ("thompson", "thomson"),
        ("christopher", "kristofer"),
        ("walter", "valter"),
        ("yvonne", "ivonne"),
        ("zander", "xander"),
    ],
)
def test_words_that_sound_alike_have_one_sound(left, right):
    assert phonetic(left) == phonetic(right)


@pytest.mark.parametrize(("left", "right"), [("smith", "jones"), ("anna", "emma"), ("charles", "karl")])
def test_words_that_sound_different_have_two_sounds(left, right):
    assert phonetic(left) != phonetic(right)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1))
def test_every_word_has_a_sound(word):
    assert 1 <= len(phonetic(word)) <= 4


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("tch", "t2"),
        ("gh", "gh"),
        ("aww", "a11"),
        ("awb", "a11"),
        ("bhb", "b"),
        ("bab", "b1"),
        ("ccc", "k"),
        ("7up", "7up"),
    ],
)
def test_what_a_word_sounds_like(word, sound):
    assert phonetic(word) == sound


@pytest.mark.parametrize("length", [4, 6])
def test_a_column_of_names_sounds_like_the_names(length):
    assert phonetics(pl.Series(MANY), length).to_list() == [phonetic(name, length) for name in MANY]


@given(st.lists(LETTERS | ODD, max_size=20))
def test_a_column_of_any_words_sounds_like_the_words(drawn):
    for column in (drawn, [*drawn, *MANY[:FEW]]):
        assert phonetics(pl.Series(column, dtype=pl.String)).to_list() == [phonetic(word) for word in column]
