import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import encode_all
from resolver.index import Index
from rules.ruleset import SWAPPED, Ruleset

RULES = Ruleset.default()


def measured(live=None, **columns):
    """The index of some records and, for reading it, the values of each column."""
    frame = pl.DataFrame(columns)
    encoded = encode_all(frame, frame.columns)
    live = np.ones(len(frame), dtype=bool) if live is None else np.asarray(live)
    return Index.of(encoded, live, RULES), {name: column.values.to_list() for name, column in encoded.items()}


def rare(name, values):
    index, held = measured(**{name: values})
    return {value for value, is_rare in zip(held[name][1:], index.rare[name][1:], strict=True) if is_rare}


@pytest.mark.parametrize(
    ("field", "names", "slips"),
    [
        ("given", ["marta", "bob", "yoko", "mrta", "mrta jane", "marta jnae"], {"mrta", "mrta jane"}),
        ("family", ["smith", "epperson", "smiht", "smith jnoes"], {"smiht"}),
    ],
)
def test_a_name_that_people_are_known_to_have_is_never_rare(field, names, slips):
    assert rare(field, names) == slips


def test_a_name_that_several_have_is_no_slip_of_the_pen():
    assert rare("family", ["zzyzx"] * 3 + ["qwrty"] * 2) == {"qwrty"}


def agreeing(values, live=None):
    """What agreeing on each company adds."""
    index, held = measured(live, company=values)
    return dict(zip(held["company"], index.frequency["company"].tolist(), strict=True))


def test_employers_told_by_a_mail_domain_do_not_count_among_companies():
    written = [["acme"], ["acme"], ["bolt"], ["crux"]]
    with_domains = agreeing([*written, *[["@acme"]] * 50, ["@dye"]])
    plain = agreeing(written)
    assert {name: with_domains[name] for name in plain} == plain
    assert with_domains["@acme"] == with_domains["@dye"] == 0


@pytest.mark.parametrize(
    ("values", "live"), [([["@acme"]] * 3, None), ([["acme"], ["acme"], ["bolt"]], [False, False, False])]
)
def test_where_nobody_counts_agreeing_adds_nothing(values, live):
    assert set(agreeing(values, live).values()) == {0}


def swapped(given_names, family_names, live=None):
    return measured(live, given=given_names, family=family_names)[0].chance["given"][SWAPPED]


@pytest.mark.parametrize(
    ("given_names", "family_names", "crossing"),
    [
        (["ann", "bob"], ["lee", "hall"], 0),
        (["james", "ann"], ["james", "lee"], 1 / 2 * 1 / 2),
        (["james", "thomas", "ann", "ann"], ["thomas", "james", "james", "lee"], 1 / 4 * 2 / 4 + 1 / 4 * 1 / 4),
        (["mary ann", "bob"], ["maryann", "lee"], 1 / 2 * 1 / 2),
    ],
)
def test_names_cross_as_often_as_one_is_given_to_some_and_the_family_name_of_others(
    given_names, family_names, crossing
):
    # both names have to cross; slips of the pen make it three times as much
    assert swapped(given_names, family_names) == pytest.approx(3 * crossing**2)


def test_every_name_that_somebody_holds_counts():
    assert swapped([["james", "ann"], ["bob"]], [["james"], ["lee", "hall"]]) == pytest.approx(3 * (1 / 3 * 1 / 3) ** 2)


def test_the_names_of_the_deleted_do_not_cross():
    names = {"given_names": ["james", "ann", "james"], "family_names": ["lee", "hall", "james"]}
    assert swapped(**names) > 0
    assert swapped(**names, live=[True, True, False]) == 0
    assert swapped(**names, live=[False] * 3) == 0


def test_without_both_names_nothing_can_cross():
    assert "given" not in measured(given=["ann", "bob"])[0].chance


PEOPLE = st.lists(
    st.tuples(*[st.sampled_from(["james", "thomas", "ann", "lee", "zzyzx", None])] * 2), min_size=1, max_size=12
)


@given(PEOPLE, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing_to_the_bit(people, random):
    people = [("james", "thomas"), *people]
    shuffled = random.sample(people, len(people))
    one, other = (
        measured(given=[person[0] for person in some], family=[person[1] for person in some])[0]
        for some in (people, shuffled)
    )
    assert one.chance == other.chance
    for name in ("given", "family"):
        assert one.frequency[name].tolist() == other.frequency[name].tolist()
        assert one.rare[name].tolist() == other.rare[name].tolist()
