import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.identifier import IDENTIFIER, case_suffix, normalise
from tests.rules.keys import assert_fast_keys_agree

SALESFORCE_IDS = st.text(alphabet="0123456789abcXYZ", min_size=12, max_size=12).map(lambda rest: f"003{rest}")
RAWS = st.one_of(
    st.text(max_size=8), st.sampled_from(["51001", "51002", "AB-12345", "ab12345", "n/a", "003Dn00000AHrtL"])
)


def level(left: str, right: str, systems: tuple[str, str] = ("erp", "erp")) -> str:
    code = int(IDENTIFIER.compare([normalise(left, systems[0])], [normalise(right, systems[1])])[0])
    return IDENTIFIER.levels[code - 1] if code else "not comparable"


@pytest.mark.parametrize(
    ("raw", "system", "normalised"),
    [
        ("51001", "HubSpot", "hubspot:51001"),
        (" ab-12 34 ", "My ERP", "my_erp:AB1234"),
        ("00125482", "erp", "erp:00125482"),
        ("900719925474099312", "erp", "erp:900719925474099312"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "cpod", "cpod:01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("003Dn00000AHrtL", "Salesforce", "salesforce:003Dn00000AHrtLIAT"),
        ("003Dn00000AHrtLIAT", "Salesforce", "salesforce:003Dn00000AHrtLIAT"),
        ("003DN00000AHRTLIAT", "Salesforce", "salesforce:003Dn00000AHrtLIAT"),
        ("003Dn00000AHrtL", "crm", "crm:003Dn00000AHrtLIAT"),
    ],
)
def test_one_id_has_one_writing_and_its_system(raw, system, normalised):
    assert normalise(raw, system) == normalised


@pytest.mark.parametrize("raw", [None, "", "-", "n/a", "0", "0000", "999999999", "none", "123456789", "unknown"])
def test_a_placeholder_is_no_id(raw):
    assert normalise(raw, "erp") is None


@pytest.mark.parametrize("system", [None, "", "-"])
def test_an_id_without_a_system_means_nothing(system):
    assert normalise("51001", system) is None


def test_salesforce_ids_differ_by_case():
    assert normalise("003Dn00000JSmTa", "salesforce") != normalise("003Dn00000JSmTA", "salesforce")


@given(SALESFORCE_IDS)
def test_a_salesforce_id_survives_a_change_of_case(short):
    whole = short + case_suffix(short)
    assert normalise(whole.upper(), "salesforce") == normalise(whole, "salesforce") == f"salesforce:{whole}"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("AB-12345", "ab 12345", "same"),
        ("823456", "823465", "typo"),
        ("823456", "82345", "different"),
        ("8234567", "823467", "typo"),
        ("51001", "51002", "different"),
        ("723456", "998877", "different"),
    ],
)
def test_ids_of_one_system_are_compared(left, right, expected):
    assert level(left, right) == expected


@pytest.mark.parametrize(
    ("raw", "normalised"),
    [
        ("***-**-1234", "ssn:…1234"),
        ("XXX-XX-1234", "ssn:…1234"),
        ("xxx-xx-1234", "ssn:…1234"),
        ("###-##-1234", "ssn:…1234"),
        ("****1234", "ssn:…1234"),
        ("•••• 1234", "ssn:…1234"),
        ("1234 56** **** 7890", "ssn:123456…7890"),
        ("850312-****", "ssn:850312…"),
        ("AB**34", "ssn:AB…34"),
        ("AXXX123", "ssn:AXXX123"),
        ("*12345*", "ssn:*12345*"),
        ("#1234", "ssn:#1234"),
        ("****", None),
        ("XXX-XX-XXXX", None),
        ("***-**-0000", None),
    ],
)
def test_of_an_id_that_is_hidden_in_part_the_rest_is_kept(raw, normalised):
    assert normalise(raw, "ssn") == normalised


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("***-**-6789", "123-45-6789", "same as far as shown"),
        ("***-**-6789", "XXXXX6789", "same as far as shown"),
        ("***-**-6788", "123-45-6789", "different"),
        ("***-**-**89", "123-45-6789", "not comparable"),
        ("***-**-**88", "123-45-6789", "different"),
        ("850312-****", "850312-1234", "not comparable"),
        ("850311-****", "850312-1234", "different"),
    ],
)
def test_an_id_that_is_hidden_in_part_agrees_by_its_end(left, right, expected):
    assert level(left, right) == level(right, left) == expected


def test_parts_of_ids_of_two_systems_say_nothing():
    assert level("****6789", "823456789", ("ssn", "erp")) == "not comparable"


def test_ids_of_two_systems_say_nothing():
    assert level("51001", "51001", ("HubSpot", "ERP")) == "not comparable"


@given(st.lists(st.tuples(RAWS, RAWS, st.booleans()), max_size=6))
def test_comparing_does_not_depend_on_the_side_and_stays_in_range(raws):
    pairs = [(normalise(a, "erp"), normalise(b, "erp" if same else "crm")) for a, b, same in raws]
    left = [a for a, b in pairs if a and b]
    right = [b for a, b in pairs if a and b]
    codes = IDENTIFIER.compare(left, right)
    assert codes.dtype == np.uint8
    assert codes.tolist() == IDENTIFIER.compare(right, left).tolist()
    assert all(code <= len(IDENTIFIER.levels) for code in codes.tolist())
    assert (IDENTIFIER.compare(left, left) == 1).all()
    assert all(IDENTIFIER.keys["same"](value) == (value,) for value in left)


def test_keys_of_a_column_are_those_of_its_values():
    assert_fast_keys_agree(IDENTIFIER, ["erp:51001", "ssn:…6789", "crm:003Dn00000AHrtLIAT"])
    assert_fast_keys_agree(IDENTIFIER, [])
