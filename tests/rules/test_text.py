import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from rules.text import (
    Pairs,
    Texts,
    deletes,
    fold,
    fold_series,
    jaro_winkler,
    marks,
    numbered,
    numbers_in,
    one_edit,
    phonetic,
    ratio,
    skeleton,
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


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("anne", ("anne", "nne", "ane", "ann")),
        ("aaaa", ("aaaa", "aaa")),
        ("ann", ()),
        ("", ()),
    ],
)
def test_deletes_are_the_token_and_what_is_left_without_one_character(token, expected):
    assert deletes(token, 4) == expected


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_tokens_at_most_one_edit_apart_have_a_delete_in_common(left, right):
    near = OSA.distance(left, right) <= 1 and min(len(left), len(right)) > 0
    assert not near or set(deletes(left, 1)) & set(deletes(right, 1))


def test_one_edit_counts_swapped_neighbours():
    found = one_edit(["smith", "smith", "smith", "smith"], ["smtih", "smit", "smith", "smoot"])
    assert found.tolist() == [True, True, True, False]


def test_below_the_cutoff_similarity_is_nothing():
    scores = jaro_winkler(["martha", "anna"], ["marhta", "peter"], 0.9)
    assert scores[0] > 0.95
    assert scores[1] == 0


def test_pairs_keep_the_level_of_the_first_step_that_fits():
    pairs = Pairs(["mary ann", "b", "c"], ["maryann", "a", "d"], last=9)
    texts = Texts(pairs.values)
    pairs.settle(1, lambda a, b: texts.spelling[a] == texts.spelling[b])
    pairs.settle(2, lambda a, _: np.asarray([pairs.values[place] == "a" for place in a.tolist()]))
    assert pairs.codes.tolist() == [1, 2, 9]
    assert (pairs.left, pairs.right) == (["mary ann", "a", "c"], ["maryann", "b", "d"])


NEAR = st.lists(st.text(alphabet="abrm 9", min_size=1, max_size=9), min_size=2, max_size=12)


@given(NEAR)
def test_what_cannot_be_alike_is_left_out_without_a_difference(values):
    texts = Texts(values)
    a = np.arange(len(values) - 1)
    left, right = values[:-1], values[1:]
    for cutoff in (0.82, 0.88, 0.92):
        assert texts.jaro_winkler(a, a + 1, cutoff).tolist() == (jaro_winkler(left, right, cutoff) > 0).tolist()
    assert texts.ratio(a, a + 1, 80).tolist() == (ratio(left, right, fuzz.ratio, 80) > 0).tolist()
    long_enough = np.asarray([len(x) > 3 and len(y) > 3 for x, y in zip(left, right, strict=True)])
    assert texts.one_edit(a, a + 1).tolist() == (one_edit(left, right) & long_enough).tolist()


@given(st.lists(st.frozensets(st.integers(0, 200), max_size=4), max_size=8))
def test_sets_with_something_in_common_have_a_mark_in_common(sets):
    found = marks(sorted(members) for members in sets)
    for i, left in enumerate(sets):
        for j, right in enumerate(sets):
            assert left.isdisjoint(right) or int(found[i]) & int(found[j])


def test_equal_results_get_one_number():
    assert numbered(["x", "y", "x", None]).tolist() == [0, 1, 0, 2]


def test_numbers_are_found_in_order():
    assert numbers_in("5th floor, 12b") == ("5", "12")
