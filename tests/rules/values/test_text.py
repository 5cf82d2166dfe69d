import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.values.text import (
    fold,
    fold_series,
    jaro_winkler,
    one_edit,
    skeleton,
    skeletons,
)

SPECIAL = "aAzZ09 '’´`-_.&@éÉüßøŁİıАВЕаеοΧ王\u200b\u00ad\u0301\u00a0ﬁＪ½\t\n"
TEXTS = st.one_of(st.text(max_size=12), st.text(alphabet=SPECIAL, max_size=12))


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("  Anna   MARIA ", "anna maria"),
        ("Benoît", "benoit"),
        ("Benoi\u0302t", "benoit"),
        ("O'Connell", "oconnell"),
        ("O’Connell", "oconnell"),
        ("O´Connell", "oconnell"),
        ("Smith-Jones_x.y", "smith jones x y"),
        ("Straße", "strasse"),
        ("Ørsted Łódź", "orsted lodz"),
        ("An\u200bna\u00ad", "anna"),
        ("\u202eAnna\u202c", "anna"),
        ("Ｊｏｈｎ", "john"),
        ("ﬁsher", "fisher"),
        ("Аnnа", "anna"),  # two Cyrillic letters
        ("Ηelen", "helen"),  # a Greek letter
        ("Ольга Петрова", "olga petrova"),
        ("Αθηνα", "athina"),
        ("王伟", "wangwei"),
        ("김철수", "gimcheolsu"),
        ("İstanbul", "istanbul"),
        ("Παπαδόπουλος", "papadopoulos"),
        ("Σταύρος Ευάγγελος", "stavros evangelos"),
        ("𝐉𝐨𝐡𝐧 Ⓙones", "john jones"),
        ("J\u2060o\u200dhn\ufeff", "john"),
    ],
)
def test_folding_sets_aside_what_does_not_tell_words_apart(raw, folded):
    assert fold(raw) == folded


@pytest.mark.parametrize(
    ("mixed", "folded"),
    [
        ("Jοhn", "john"),  # Greek o
        ("Pеtrоv", "petrov"),  # Cyrillic e and o
        ("ЅМITH", "smith"),  # Cyrillic S and M
        ("Օlga", "olga"),  # Armenian O
        ("Иванoв", "ivanov"),  # Latin o
        ("Сергeй", "sergei"),  # Latin e
        ("Παπαδόπoυλος", "papadopoulos"),  # Latin o
        ("Сергей", "sergei"),
        ("Анна", "anna"),
        ("СОТА", "sota"),  # look-alikes alone are what they are
    ],
)
def test_a_word_of_two_scripts_is_read_in_the_one_that_its_unmistakable_letters_are_of(mixed, folded):
    assert fold(mixed) == folded


@pytest.mark.parametrize("raw", [None, "", " ", "--", "\u200b", "…", "’"])
def test_nothing_in_it_is_none(raw):
    assert fold(raw) is None


@given(TEXTS)
def test_folding_twice_changes_nothing(raw):
    folded = fold(raw)
    assert fold(folded) == folded


@given(TEXTS)
def test_folded_text_is_plain_words_with_one_blank_between(raw):
    folded = fold(raw)
    assert folded is None or all(word.isascii() and word.isalnum() for word in folded.split(" "))


@given(st.lists(st.none() | TEXTS, max_size=8))
def test_the_fast_path_equals_the_plain_one_on_what_it_covers(raws):
    folded, covered = fold_series(pl.Series(raws, dtype=pl.String))
    for raw, fast, is_covered in zip(raws, folded, covered, strict=True):
        assert not is_covered or fast == fold(raw)


def test_the_fast_path_covers_accents():
    folded, covered = fold_series(pl.Series(["Anna-Lena O'Neil", "Benoît", "Ольга", None]))
    assert covered.to_list() == [True, True, False, True]
    assert folded.to_list() == ["anna lena oneil", "benoit", None, None]


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1))
def test_every_word_has_a_skeleton(word):
    assert skeleton(word)[0] == word[0]


def test_a_skeleton_survives_doubled_letters_and_vowels():
    assert skeleton("phillips") == skeleton("philips") == skeleton("phillaps")


TOKENS = st.lists(st.text(alphabet="abehlwy 1", max_size=9), max_size=8)


@given(TOKENS)
def test_a_column_of_tokens_has_the_skeletons_of_each(tokens):
    column = pl.Series(tokens, dtype=pl.String)
    assert skeletons(column).to_list() == [skeleton(token) for token in tokens]


def test_one_edit_counts_swapped_neighbours():
    found = one_edit(["smith", "smith", "smith", "smith"], ["smtih", "smit", "smith", "smoot"])
    assert found.tolist() == [True, True, True, False]


def test_below_the_cutoff_similarity_is_nothing():
    scores = jaro_winkler(["martha", "anna"], ["marhta", "peter"], 0.9)
    assert scores[0] > 0.95
    assert scores[1] == 0
