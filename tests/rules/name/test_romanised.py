import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.lists import groups, words
from rules.name.romanised import (
    all_family_sounds,
    all_romanised,
    consonants,
    family_sounds,
    is_vowelless,
    romanised,
    same_consonants,
)
from rules.values.distinct import FEW
from rules.values.text import fold


def meet(left: str, right: str) -> bool:
    return not set(family_sounds(fold(left))).isdisjoint(family_sounds(fold(right)))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Чайковский", "Tchaikovsky"),
        ("Чайковский", "Čajkovskij"),
        ("Чайковский", "Tschaikowski"),
        ("Хрущёв", "Khrushchev"),
        ("Chruschtschow", "Khrushchyov"),
        ("Ельцин", "Yeltsin"),
        ("Jelzin", "Yeltsin"),
        ("Politkovskaya", "Politkowski"),
        ("Mickiewicz", "Mitskevich"),
        ("Kowalczyk", "Kovalchik"),
        ("Shevchenko", "Schewtschenko"),
        ("Горбачёв", "Gorbachev"),
        ("Rachmaninoff", "Rachmaninov"),
        ("Müller", "Mueller"),
        ("Jäger", "Jaeger"),
        ("Ågård", "Aagaard"),
        ("Fischer", "Fisher"),
        ("González", "Gonzales"),
        ("Papadopoulos", "Papadopulos"),
        ("Krishnamurthy", "Krishnamurti"),
        ("Kaneshiro", "Kanesiro"),
        ("Satoh", "Sato"),
        ("Fujitsu", "Huzitu"),
        ("Choudhary", "Chowdhury"),
        ("Xu", "Hsu"),
        ("Zhou", "Chou"),
    ],
)
def test_one_name_in_two_systems_has_a_reading_in_common(left, right):
    assert meet(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Smith", "Schmidt"),
        ("Miller", "Müller"),
        ("Charley", "Harley"),
        ("Maria", "Mario"),
        ("Cole", "Kelly"),
        ("Welch", "Wells"),
        ("Mohamed", "Mahmoud"),
        ("Tina", "China"),
        ("Hannie", "Fannie"),
        ("Manuel", "Emanuel"),
        ("Samuel", "Samson"),
        ("Raphael", "Ralph"),
        ("Zhang", "Zhou"),
        ("Jónsson", "Jónsdóttir"),
    ],
)
def test_different_names_have_none(left, right):
    assert not meet(left, right)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=40))
def test_every_reading_is_a_string_with_something_in_it(word):
    assert all(isinstance(reading, str) and len(reading) > 1 for reading in family_sounds(word))


@pytest.mark.parametrize("word", ["", "li", "ann", "12345", "o2o2", "anna maria", "ah" * 60])
def test_what_is_too_short_or_no_word_has_no_reading_of_its_own_but_never_fails(word):
    assert all(len(reading) > 1 for reading in romanised(word))


NAMES = sorted(
    {name for group in (*groups("family_romanisations"), *groups("nicknames_romanised")) for name in group}
    | words("given_names")
    | words("family_names")
)
SYLLABLES = (
    "ka shi chi tsu ji oh n tch yo vov yor kh ch tsch cz sky ska ova poulou adou ina enko ah hh ou lyu gu qu x dj w"
)
SPELLED = st.lists(st.sampled_from([*SYLLABLES.split(), *"achksty"]), max_size=6).map("".join)
ODD = st.text(alphabet="cghkwnpstyaeöш1 …", max_size=7)
TWINS = [(all_romanised, romanised), (all_family_sounds, family_sounds)]


def assert_read_alike(column, plain, names):
    read = column(pl.Series(names, dtype=pl.String)).listed(len(names)).to_list()
    assert [set(readings or ()) for readings in read] == [set(plain(name)) for name in names]


@pytest.mark.parametrize(("column", "plain"), TWINS)
def test_a_column_of_names_is_read_like_the_names(column, plain):
    assert_read_alike(column, plain, NAMES)


@pytest.mark.parametrize(("column", "plain"), TWINS)
@given(st.lists(SPELLED | ODD, max_size=30))
def test_a_column_of_any_words_is_read_like_the_words(column, plain, drawn):
    for filled in (drawn, [*drawn, *NAMES[:FEW]], [*drawn, *["12"] * FEW]):
        assert_read_alike(column, plain, filled)


@pytest.mark.parametrize(
    ("bare", "full"),
    [
        ("khdyjh", "khadijah"),
        ("khdyjh", "hadija"),
        ("ywsf", "yusuf"),
        ("lqhtny", "alkahtani"),
        ("lqhtny", "algahtani"),
        ("lkhtyb", "khatib"),
        ("khtyb", "elkhatib"),
        ("trq", "tariq"),
        ("hdd", "haddad"),
        ("jml", "djamel"),
        ("jml", "gamal"),
        ("thmn", "osman"),
        ("thmn", "uthman"),
        ("shhyn", "chahine"),
        ("qsm", "kacem"),
        ("bdllh", "abdallah"),
        ("mhmwd", "mahmoud"),
    ],
)
def test_a_name_without_its_short_vowels_is_the_name_with_them(bare, full):
    assert same_consonants(bare, full)
    assert same_consonants(full, bare)


@pytest.mark.parametrize(
    ("bare", "full"),
    [
        ("mhmwd", "muhammad"),  # a long vowel stands where the other has a short one
        ("flynn", "fallon"),
        ("byrd", "bard"),
        ("hmd", "mahmoud"),
        ("ly", "ali"),  # one consonant says too little
        ("lynn", "alan"),
        ("khdyjh", "khadir"),
    ],
)
def test_other_names_without_vowels_are_not(bare, full):
    assert not same_consonants(bare, full)


LATIN = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=12)


@given(LATIN, LATIN)
def test_two_names_with_vowels_or_two_without_are_never_compared_by_their_consonants(left, right):
    assert same_consonants(left, right) == same_consonants(right, left)
    if is_vowelless(left) == is_vowelless(right):
        assert not same_consonants(left, right)


@given(LATIN)
def test_readings_by_consonants_have_three_or_more_and_the_vowels_around_each(word):
    assert all(len(reading) >= 3 and len(vowels) == len(reading) + 1 for reading, vowels in consonants(word).items())
