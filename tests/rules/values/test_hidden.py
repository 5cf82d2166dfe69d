"""Values that an export hides in part: what is kept of them, and how far two of them agree."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.email import EMAIL
from rules.identifier import IDENTIFIER
from rules.name import FAMILY, GIVEN
from rules.phone import PHONE
from rules.ruleset import Ruleset
from rules.social import SOCIAL
from rules.values import hidden
from rules.values.hidden import HIDDEN, Ends, alike, as_initials, is_masked, marked

FIELDS = [EMAIL, PHONE, IDENTIFIER, SOCIAL]
TEXTS = st.text(alphabet="ab.", max_size=6)
VALUES = st.lists(TEXTS, min_size=1, max_size=3).map(HIDDEN.join)


@pytest.mark.parametrize(
    "raw",
    [
        "j***@x.com",
        "j•••e@x.com",
        "XXX-XX-6789",
        "xxx-6789",
        "1234 XXXX",
        "+1 *** *** 4567",
        "###-##-6789",
        "Smi…",
        "J●●",
    ],
)
def test_a_masked_value_is_told_from_its_signs(raw):
    assert is_masked(raw)


@pytest.mark.parametrize(
    "raw", ["", "ann@x.com", "Alexx 3", "003xx000004TmiQ", "XXL 12", "#1", "Smith*", "*67 555", "XX"]
)
def test_a_value_in_full_is_not_taken_for_a_masked_one(raw):
    assert not is_masked(raw)


def test_the_length_of_a_run_makes_no_difference():
    assert marked("ab**12") == marked("ab*****12") == marked("ab●●●12") == f"ab{HIDDEN}12"


@pytest.mark.parametrize(
    ("left", "right", "fits", "front", "back"),
    [
        ("j…e", "jane", True, 1, 1),
        ("j…e", "je", True, 1, 1),
        ("jan…ane", "jane", False, 3, 3),
        ("j…e", "jan", False, 1, 0),
        ("b…e", "jane", False, 0, 1),
        ("j…", "ja…e", True, 1, 0),
        ("jo…", "ja…", False, 1, 0),
        ("…1234", "…34", True, 0, 2),
        ("…1234", "…35", False, 0, 0),
        ("j…n…e", "jane", True, 1, 1),
        ("j…x…e", "jane", False, 1, 1),
        ("j…x…e", "j…e", True, 1, 1),
        ("…", "jane", True, 0, 0),
        ("jane", "jane", True, 4, 0),
        ("jane", "janet", False, 4, 0),
    ],
)
def test_two_values_fit_when_nothing_that_is_shown_contradicts(left, right, fits, front, back):
    for sides in ((left, right), (right, left)):
        assert [column.tolist() for column in alike(*([side] for side in sides))] == [[fits], [front], [back]]


@given(VALUES, st.lists(TEXTS, min_size=2, max_size=2))
def test_what_is_hidden_may_be_anything(value, fillings):
    one, other = (value.replace(HIDDEN, filling) for filling in fillings)
    assert alike([value, value, one], [one, value, value]).fits.all()
    if HIDDEN not in one + other and HIDDEN not in value:
        assert one == other


@given(st.lists(st.tuples(VALUES, VALUES), max_size=8))
def test_fitting_is_symmetric_and_each_pair_stands_for_itself(pairs):
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    fits = alike(left, right).fits.tolist()
    assert fits == alike(right, left).fits.tolist()
    assert fits == [bool(alike([a], [b]).fits[0]) for a, b in pairs]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_value_that_is_hidden_in_part_is_no_key(field):
    value = {"identifier": "ssn:…6789", "social": "twitter:amel…", "phone": "+4420…0018"}.get(
        field.name, "ann…lee84@x.com"
    )
    assert [key(value) for key in field.keys.values()] == [()] * len(field.keys)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_an_agreement_in_part_weighs_less_than_one_in_full_and_more_than_nothing(field):
    levels = Ruleset.default().compare[field.name].levels
    (some, of_strangers), (full, of_all) = levels[hidden.LEVEL], levels["same"]
    assert 1 < some / of_strangers < full / of_all


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("J***", "J"),
        ("Jan***", "J"),
        ("J***n", "J"),
        ("J•••e", "J"),
        ("J*ne", "J"),
        ("J###", "J"),
        ("Smi…", "S"),
        ("Anna M***", "Anna M"),
        ("Anna-M***", "Anna-M"),
        ("***n", ""),
        ("Smith*", "Smith*"),
        (None, None),
    ],
)
def test_a_name_that_is_hidden_in_part_is_an_initial(raw, shown):
    assert as_initials(raw) == shown


@pytest.mark.parametrize("field", [GIVEN, FAMILY], ids=lambda field: field.name)
def test_a_masked_name_is_compared_as_its_initial(field):
    assert [field.normalise(raw) for raw in ("J***", "Jan•••", "J*ne", "****", "Ja…")] == ["j", "j", "j", None, "j"]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_nor_is_it_one_of_the_keys_of_a_column(field):
    values = pl.Series(["ann…lee84@x.com", "+4420…0018", "ssn:…6789", "twitter:amel…"])
    for fast in field.fast_keys.values():
        assert fast(field.take_apart(values)).to_list() == [None] * len(values)


@pytest.mark.parametrize(
    ("left", "right", "before", "behind"),
    [
        ("jane", "jane", 0, 0),
        ("jane", "jone", 1, 1),
        ("j…e", "jane", 0, 0),
        ("j…e", "b…s", 1, 1),
        ("…1234", "…35", 0, 1),
        ("…", "jane", 0, 0),
        ("x" * 20 + "ab", "x" * 20 + "cd", 0, 2),
        ("éa", "ea", 2, 1),
    ],
)
def test_ends_differ_by_bytes_that_both_show(left, right, before, behind):
    ends = Ends(pl.Series([left, right]))
    for a, b in ((0, 1), (1, 0)):
        sides = np.array([a]), np.array([b])
        assert (ends.before(*sides).tolist(), ends.behind(*sides).tolist()) == ([before], [behind])


@given(VALUES, VALUES)
def test_values_whose_ends_differ_do_not_fit(left, right):
    ends, sides = Ends(pl.Series([left, right])), (np.array([0]), np.array([1]))
    if ends.before(*sides)[0] or ends.behind(*sides)[0]:
        assert not alike([left], [right]).fits[0]


@pytest.mark.parametrize("raw", ["x" * 10_000, "x-" * 5_000, "x" * 5_000 + " " + "x" * 5_000])
def test_a_long_run_of_x_is_looked_through_once(raw):
    """Were its parts tried in every way, this would not end."""
    assert not is_masked(raw)
