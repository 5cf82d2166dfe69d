import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.text import Pairs, fold, fold_series, jaro_winkler, one_edit, phonetic, same_letters, skeleton

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
    ],
)
def test_folding_sets_aside_what_does_not_tell_words_apart(raw, folded):
    assert fold(raw) == folded


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
def test_every_word_has_a_sound_and_a_skeleton(word):
    assert 1 <= len(phonetic(word)) <= 4
    assert skeleton(word)[0] == word[0]


def test_a_skeleton_survives_doubled_letters_and_vowels():
    assert skeleton("phillips") == skeleton("philips") == skeleton("phillaps")


def test_one_edit_counts_swapped_neighbours():
    found = one_edit(["smith", "smith", "smith", "smith"], ["smtih", "smit", "smith", "smoot"])
    assert found.tolist() == [True, True, True, False]


def test_below_the_cutoff_similarity_is_nothing():
    scores = jaro_winkler(["martha", "anna"], ["marhta", "peter"], 0.9)
    assert scores[0] > 0.95
    assert scores[1] == 0


def test_pairs_keep_the_level_of_the_first_step_that_fits():
    pairs = Pairs(["mary ann", "b", "c"], ["maryann", "a", "d"], last=9)
    pairs.settle(1, same_letters)
    pairs.settle(2, lambda left, right: same_letters(left, ["a"] * len(right)))
    assert pairs.codes.tolist() == [1, 2, 9]
