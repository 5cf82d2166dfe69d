import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import encode_all
from resolver.model.layout import Layout
from resolver.steps.across import Across
from rules.registry import FIELDS
from rules.ruleset import Ruleset

RULES = Ruleset.default()
OWN = "own level"


def encoded(**columns):
    """Columns of two records, each with a name, several or none a field."""
    frame = pl.DataFrame({name: list(map(as_list, sides)) for name, sides in columns.items()})
    return encode_all(frame.cast(pl.List(pl.String)), frame.columns)


def told(left, right):
    """The levels of given and family name of two records, each (given, family); OWN where they keep their places."""
    columns = encoded(given=(left[0], right[0]), family=(left[1], right[1]))
    layout = Layout.of(["given", "family"], RULES)
    rows = np.asarray([0]), np.asarray([1])
    levels = {}
    for name in ("given", "family"):
        level = pair_level(name, *(as_list(side[("given", "family").index(name)]) for side in (left, right)))
        levels[name] = np.asarray([layout.levels[name].index(level) + 1 if level else 0], dtype=np.uint8)
    before = {name: int(codes[0]) for name, codes in levels.items()}
    Across.of(columns).mark_swapped(levels, columns, *rows, layout)
    after = {name: int(codes[0]) for name, codes in levels.items()}
    if after == before:
        return OWN
    assert after["family"] == 0
    return layout.levels["given"][after["given"] - 1]


def as_list(names):
    return [names] if isinstance(names, str) else names or []


def pair_level(name, ours, theirs):
    field = FIELDS[name]
    codes = [int(field.compare([a], [b])[0]) for a in ours for b in theirs]
    return field.levels[min(code for code in codes if code) - 1] if any(codes) else None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("wei", "chen"), ("chen", "wei")),
        (("katherine", "petersen"), ("petersen", "katherine")),
        (("katherine", "petersen"), ("petersen", "kathrine")),
        (("katherine", "petersen"), ("peterson", "katherin")),
        (("katherine", "petersen"), ("petresen", "kahterine")),
        (("wei", "garcia"), ("garcia marquez", "wei")),
        (("wei", "garcia marquez"), ("marquez", "wei")),
        (("jan", "van den berg"), ("berg", "jan")),
    ],
)
def test_names_in_each_others_place_are_swapped_also_when_damaged_or_shortened(left, right):
    assert told(left, right) == told(right, left) == "swapped"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((["wei"], ["chen", "li"]), (["li"], ["wei"])),
        ((["wei", "david"], ["chen"]), (["chen"], ["david", "kent"])),
        ((["ann", "wei"], ["hall", "chen"]), (["bob", "chen"], ["kent", "wei"])),
    ],
)
def test_any_of_several_names_may_be_the_one_in_the_other_place(left, right):
    assert told(left, right) == told(right, left) == "swapped"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("maria jose", "garcia"), ("maria", "jose garcia")),
        (("maria", "garcia jose"), ("garcia", "jose maria")),
        (("anna lena", "berg"), ("lena berg", "anna")),
    ],
)
def test_the_same_words_shared_out_in_another_way_are_swapped(left, right):
    assert told(left, right) == told(right, left) == "swapped"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("wei", "chen"), ("wei", "chen")),
        (("wei", "chen"), ("chen", "li")),  # one of the two is not enough
        (("wei", "chen"), ("li", "wei")),
        (("wei", "chen"), ("hall", "kent")),
        (("maria jose", "garcia"), ("maria", "lopez garcia")),
        (("james", "james"), ("james", "james")),
        (("james", "thomas"), ("thomas", None)),
        ((None, "thomas"), ("thomas", "james")),
        (("anna maria", "lee"), ("maria anna", "lee")),
    ],
)
def test_names_that_agree_in_their_places_or_in_one_only_keep_their_levels(left, right):
    assert told(left, right) == OWN


def told_of_three(left, right):
    """The levels of given, middle and family name of two records with a middle name on one side or both."""
    names = ("given", "middle", "family")
    columns = encoded(**dict(zip(names, zip(left, right, strict=True), strict=True)))
    layout = Layout.of(names, RULES)
    rows, levels = (np.asarray([0]), np.asarray([1])), {}
    for name, ours, theirs in zip(names, left, right, strict=True):
        level = pair_level(name, as_list(ours), as_list(theirs))
        levels[name] = np.asarray([layout.levels[name].index(level) + 1 if level else 0], dtype=np.uint8)
    Across.of(columns).mark_swapped(levels, columns, *rows, layout)
    return tuple(layout.levels[name][codes[0] - 1] if codes[0] else None for name, codes in levels.items())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("orlov", "konstantin", "aleksandrovich"), ("konstantin", "aleksandrovich", "orlov")),
        (("orlov", "konstantin", "aleksandrovich"), ("konstantin", None, "orlov")),
        (("fedoseev", "sergei", "mikhailovich"), ("sergej", "mihajlovic", "fedoseew")),
        (("schukow", "jurij", "wladimirowitsch"), ("yuriy", None, "zhukov")),
        (("hu", "hong", "qiang"), ("hong qiang", None, "hu")),
        (("sun", None, "ching ping"), ("ching", "ping", "sun")),
        (("nasser", "layla", "abdulrahman"), (["layla"], "abdulrahman", ["nasser"])),
    ],
)
def test_three_names_that_begin_with_the_family_name_are_swapped_and_the_middle_name_says_no_more(left, right):
    assert told_of_three(left, right) == told_of_three(right, left) == ("swapped", None, None)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("sergei", "ivanovich", "meshcheryakov"), ("mechtcheriakov", None, "sergei")),
        (("sergei", None, "orlov"), ("orlov", "ivanovich", "sergei")),
    ],
)
def test_a_middle_name_that_stays_in_its_place_may_be_left_over(left, right):
    assert told_of_three(left, right) == told_of_three(right, left) == ("swapped", None, None)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("orlov", "konstantin", "aleksandrovich"), ("konstantin", "petrovich", "orlov")),  # another father
        (("orlov", "konstantin", "aleksandrovich"), ("dmitrii", None, "orlov")),
        (("orlov", "k", "aleksandrovich"), ("konstantin", "aleksandrovich", "orlov")),  # an initial is no name
        (("hu", "na", "li"), ("na", None, "hu")),  # too little is said
        (("james", "thomas", "hall"), ("thomas", None, "kent")),
    ],
)
def test_three_names_that_only_partly_fit_are_not_swapped(left, right):
    assert told_of_three(left, right)[0] == told_of_three(right, left)[0] != "swapped"


def test_three_names_that_keep_their_places_keep_their_levels():
    same = ("konstantin", "petrovich", "orlov")
    assert told_of_three(same, same) == ("same", "same", "same")


WORDS = st.sampled_from(["wei", "chen", "garcia", "maria", "jose"])
PERSON = st.tuples(*[st.lists(WORDS, min_size=1, max_size=2, unique=True).map(" ".join)] * 2)


@given(PERSON, PERSON)
def test_the_two_sides_are_interchangeable(left, right):
    assert told(left, right) == told(right, left)


THREE = st.tuples(WORDS, st.none() | WORDS, WORDS)


@given(THREE, THREE)
def test_the_two_sides_are_interchangeable_with_a_middle_name(left, right):
    assert told_of_three(left, right) == told_of_three(right, left)


def former(left, right):
    """The level of the family name, a difference to begin with. Each record is (middle, family)."""
    columns = encoded(middle=(left[0], right[0]), family=(left[1], right[1]))
    expanded = Layout.of(["family"], RULES).levels["family"]
    levels = np.asarray([expanded.index("different") + 1], dtype=np.uint8)
    Across.of(columns).mark_former_names(levels, columns, np.asarray([0]), np.asarray([1]), expanded)
    return expanded[levels[0] - 1]


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (("byrne", "oconnell"), (None, "byrne"), "part of"),
        (("byrne", "oconnell"), ("rose", "byrne"), "part of"),
        (("byrne", "oconnell"), (None, ["kent", "byrne"]), "part of"),
        (("byrnes", "oconnell"), (None, "byrne"), "different"),  # a slip in both is one guess too many
        (("byrne", "oconnell"), ("byrne", "kent"), "different"),
        (("b", "oconnell"), (None, "byrne"), "different"),
    ],
)
def test_a_middle_name_that_is_the_others_family_name_is_a_former_name(left, right, level):
    assert former(left, right) == former(right, left) == level


NAME = st.text("aeinrs v", min_size=1, max_size=9).map(str.split).map(" ".join).filter(bool)


@given(st.sets(NAME, min_size=2, max_size=8), st.sets(NAME, max_size=8))
def test_family_names_are_judged_among_all_names_as_they_are_by_themselves(family, given_names):
    columns = encoded(family=(sorted(family), []), given=(sorted(given_names), []))
    a, b = np.triu_indices(len(family))
    alone = FIELDS["family"].judge(columns["family"].values.slice(1))
    assert Across.of(columns).family_judge()(a, b).tolist() == alone(a, b).tolist()
