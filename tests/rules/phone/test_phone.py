"""Phone numbers: what is kept, what is compared, and where two of them meet."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.phone import PHONE, normalise
from rules.phone.compare import LEVELS
from tests.rules.keys import assert_fast_keys_agree

NUMBERS = st.sampled_from(["442079460018", "442079460019", "442079460081", "2079460018", "12125550147", "5550123"])
VALUES = st.builds(
    "{}{}{}".format, st.sampled_from(["+", "?+", "~"]), NUMBERS, st.sampled_from(["", "", ";ext=22", ";ext=31"])
)


def level(left: str, right: str) -> str | None:
    code = int(PHONE.compare([left], [right])[0])
    return LEVELS[code - 1] if code else None


@pytest.mark.parametrize(
    ("raw", "region", "value"),
    [
        ("020 7946 0018", "GB", "+442079460018"),
        ("020 7946 0018", "gb", "+442079460018"),
        ("020 7946 0018", "UK", "+442079460018"),
        ("02079460018", "GB", "+442079460018"),
        ("442079460018", "GB", "+442079460018"),
        ("+44 20 7946 0018", None, "+442079460018"),
        ("+44 20 7946 0018", "US", "+442079460018"),
        ("+44 (0)20 7946 0018", "US", "+442079460018"),
        ("+4402079460018", None, "+442079460018"),
        ("0044 20 7946 0018", "DE", "+442079460018"),
        ("0044 20 7946 0018", None, "+442079460018"),
        ("0044 20 7946 0018", "US", "+442079460018"),
        ("011 44 20 7946 0018", "US", "+442079460018"),
        ("011 44 20 7946 0018", None, "+442079460018"),
        ("001-212-555-0147", None, "+12125550147"),
        ("001-212-555-0147", "US", "+12125550147"),
        ("(212) 555-0147", "US", "+12125550147"),
        ("1.212.555.0147", "US", "+12125550147"),
        ("212-555-0147", "CA", "+12125550147"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("01 99 00 12 34", "FR", "+33199001234"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("٠٢٠ ٧٩٤٦ ٠٠١٨", "GB", "+442079460018"),
        ("\u202a+44 20 7946 0018\u202c", None, "+442079460018"),
        ("tel:+44-20-7946-0018", None, "+442079460018"),
        ("62889", "AC", "+24762889"),
        ("020 7946 0018 (work)", "GB", "+442079460018"),
        ("020 7946 0018 [Ann]", "GB", "+442079460018"),
        ("020 7946 0018 mobile", "GB", "+442079460018"),
        ("Tel: 020 7946 0018", "GB", "+442079460018"),
        ("0114 496 0000", "GB", "+441144960000"),
    ],
)
def test_a_number_is_written_in_e164(raw, region, value):
    assert normalise(raw, region) == value


@pytest.mark.parametrize(
    "extension", ["x22", "ext. 22", "ext 22", "extension 22", "#22", ", 22", ";ext=22", "Ext.22", "доб. 22"]
)
def test_an_extension_is_kept_beside_the_number(extension):
    assert normalise(f"+1 (212) 555-0147 {extension}") == "+12125550147;ext=22"
    assert normalise(f"(212) 555-0147 {extension}", "US") == "+12125550147;ext=22"
    assert normalise(f"(212) 555-0147 {extension}") == "~2125550147;ext=22"


@pytest.mark.parametrize(
    ("raw", "region", "value"),
    [
        ("07700 900123", "GB", "?+447700900123"),
        ("+44 7700 900123", None, "?+447700900123"),
        ("212-555-0147", "GB", "?+442125550147"),
        ("001-555-123-4567x890", None, "?+15551234567;ext=890"),
        ("001-555-123-4567x890", "US", "?+15551234567;ext=890"),
    ],
)
def test_a_number_that_is_only_possible_is_marked(raw, region, value):
    assert normalise(raw, region) == value


@pytest.mark.parametrize(
    ("raw", "region", "value"),
    [
        ("020 7946 0018", None, "~2079460018"),
        ("(0)20 7946 0018", None, "~2079460018"),
        ("020 7946 0018", "XX", "~2079460018"),
        ("0114 496 0000", None, "~1144960000"),
        ("0117 496 0123 x22", None, "~1174960123;ext=22"),
        ("020 7946 0018 x٢٢", None, "~2079460018;ext=22"),
        ("06 1234 5678", None, "~612345678"),
        ("555-0123", "US", "~5550123"),
        ("442079460018", "US", "~442079460018"),
        ("+999 123 456 7890", None, "~9991234567890"),
        ("00 999 123 456 7890", None, "~9991234567890"),
    ],
)
def test_a_number_without_a_known_country_keeps_its_digits(raw, region, value):
    assert normalise(raw, region) == value


@pytest.mark.parametrize("region", [None, "US", "GB"])
@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            " ",
            "+",
            "-",
            "n/a",
            "anonymous",
            "Anonymous",
            "Restricted",
            "unknown",
            "withheld",
            "private",
            "Private",
        ),
        *("0", "000000", "0000000000", "000-000-0000", "1111111111", "(999) 999-9999", "123456789", "1234567890"),
        *("0123456789", "+1 123 456 7890", "+266696687", "+7378742833", "123", "x22", "911", "12345", "ask Ann, 2 pm"),
        "020 7946 0018 / 07700 900123",
        " " * 99_999 + "x",
        "0 " * 99_999 + "(",
    ],
)
def test_what_is_no_number_is_none(raw, region):
    assert normalise(raw, region) is None


def test_a_number_that_rings_only_in_its_town_is_no_key():
    value = normalise("555-0123", "US")
    assert value is not None
    assert all(key(value) == () for key in PHONE.keys.values())


def examples():
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.example_number(region)
        if number is not None:
            yield region, number


def test_every_region_is_read_in_every_way_of_writing():
    formats = phonenumbers.PhoneNumberFormat
    for region, number in examples():
        expected = phonenumbers.format_number(number, formats.E164)
        if normalise(expected) is None:  # a filler such as +6588888888
            continue
        for style in (formats.E164, formats.INTERNATIONAL, formats.RFC3966):
            assert normalise(phonenumbers.format_number(number, style)) == expected
        assert normalise(phonenumbers.format_number(number, formats.NATIONAL), region) == expected


@given(
    st.text(alphabet="0123456789+-() .x#;,/~aw٢０", max_size=24), st.sampled_from([None, "US", "GB", "IT", "AR", "BR"])
)
def test_normalising_twice_changes_nothing_that_is_sure(raw, region):
    value = normalise(raw, region)
    if value is not None and value.startswith("+"):
        assert normalise(value, region) == value


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("+442079460018", "+442079460018", "same"),
        ("+442079460018;ext=22", "+442079460018;ext=22", "same"),
        ("+442079460018;ext=22", "+442079460018", "same, extension on one side"),
        ("+442079460018;ext=22", "+442079460018;ext=31", None),
        ("?+447700900123", "?+447700900123", "same, unverified"),
        ("?+447700900123;ext=1", "?+447700900123", "same, unverified"),
        ("?+447700900123;ext=1", "?+447700900123;ext=2", None),
        ("~2079460018", "+442079460018", "same, unverified"),
        ("~2079460018", "~2079460018", "same, unverified"),
        ("~2079460018", "~442079460018", "same, unverified"),
        ("~2079460018;ext=1", "+442079460018;ext=2", None),
        ("~5550123", "~5550123", "same, unverified"),
        ("~5550123", "+12125550123", "different"),
        ("+12125550147", "?+442125550147", "different"),
        ("+442079460018", "+442079460019", "one digit differs"),
        ("+442079460018", "+442079460081", "one digit differs"),
        ("~2079460019", "+442079460018", "one digit differs"),
        ("+442079460018", "+44207946001", "different"),
        ("+442079460018", "+442079460108", "one digit differs"),
        ("+442079460018", "+442079461118", "different"),
        ("+4930123456789012345", "+4930123456789012345;ext=1", "same, extension on one side"),
        ("+4930123456789012345", "+4930123456789012346", "one digit differs"),
        ("+4930123456789012345", "~3456789012345", "same, unverified"),
        ("+4930123456789012345", "?+442079460018", "different"),
    ],
)
def test_two_numbers_have_a_level(left, right, expected):
    assert level(left, right) == expected
    assert level(right, left) == expected


@pytest.mark.parametrize(
    ("raw", "region", "value"),
    [
        ("+1 *** *** 4567", None, "+1…4567"),
        ("XXX-XXX-4567", "US", "~…4567"),
        ("(•••) •••-4567 (work)", "US", "~…4567"),
        ("###-###-4567", "US", "~…4567"),
        ("…4567", "US", "~…4567"),
        ("(212) ***-4567", "US", "+1212…4567"),
        ("1-212-***-4567", "US", "+1212…4567"),
        ("(212) ***-4567", None, "~212…4567"),
        ("07700 *** 123", "GB", "+447700…123"),
        ("0044 7700 *** 123", "US", "+447700…123"),
        ("44 7700 ***123", "GB", "~447700…123"),
        ("011 44 *** 123", "US", "~1144…123"),
        ("8 916 ***-**-67", "RU", "~8916…67"),
        ("06 ** ** 45 67", "FR", "+336…4567"),
        ("33**12**4567", None, "~33…12…4567"),
        ("+***4567", "US", "~…4567"),
        ("**********", "US", None),
        ("***-***-0000", "US", None),
        ("***-4567 ask Ann", "US", None),
        ("•2125550147", "US", "+12125550147"),
        ("2125550147 x22", "US", "+12125550147;ext=22"),
        ("foxx 2125550147", "US", "+12125550147"),
    ],
)
def test_of_a_number_that_is_hidden_in_part_the_rest_is_kept(raw, region, value):
    assert normalise(raw, region) == value


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("+1…0147", "+12125550147", "same as far as shown"),
        ("~…0147", "+12125550147;ext=22", "same as far as shown"),
        ("~…0147", "?+12125550147", "same as far as shown"),
        ("~…0147", "~…0147", "same as far as shown"),
        ("~2079460018", "+44…0018", "same as far as shown"),
        ("+1212…0147", "+12125550147", "same as far as shown"),
        ("+1213…0147", "+12125550147", "different"),
        ("~213…0147", "+12125550147", "same as far as shown"),
        ("+1…0147", "+442079460147", "different"),
        ("~…0148", "+12125550147", "different"),
        ("~…47", "+12125550147", None),
        ("~…48", "+12125550147", "different"),
        ("+4477…", "+447700900123", None),
        ("+4477009001…", "+447700900123", "same as far as shown"),
        ("~…55…0147", "+12125550147", "same as far as shown"),
        ("~…66…0147", "+12125550147", "different"),
    ],
)
def test_a_number_that_is_hidden_in_part_agrees_as_far_as_it_is_shown(left, right, expected):
    assert level(left, right) == expected
    assert level(right, left) == expected


@given(st.lists(st.tuples(VALUES, VALUES), max_size=12))
def test_comparing_is_symmetric_and_each_pair_stands_for_itself(pairs):
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    levels = PHONE.compare(left, right)
    assert levels.tolist() == PHONE.compare(right, left).tolist()
    assert levels.tolist() == [int(PHONE.compare([a], [b])[0]) for a, b in pairs]
    assert levels.dtype == "uint8"
    assert all(0 <= code <= len(LEVELS) for code in levels)


def test_nothing_to_compare_gives_nothing():
    assert PHONE.compare([], []).tolist() == []


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("same", "+442079460018", ("+442079460018",)),
        ("same", "+442079460018;ext=22", ("+442079460018",)),
        ("same", "?+447700900123", ("+447700900123",)),
        ("same", "~2079460018", ()),
        ("digits", "+442079460018;ext=22", ("79460018",)),
        ("digits", "~2079460018", ("79460018",)),
        ("digits", "~5550123", ()),
        ("deletes", "~5550123", ()),
        ("deletes", "+44…0018", ()),
        ("deletes", "+4411223344", ("1223344", "1123344", "1122344", "1122334")),
    ],
)
def test_a_number_meets_others_by_its_keys(key, value, expected):
    assert PHONE.keys[key](value) == expected


@pytest.mark.parametrize("other", ["+442079460019", "+442079460081", "~2079460118", "+442079460018;ext=5"])
def test_a_number_meets_one_with_another_digit_at_the_end(other):
    key = PHONE.keys["deletes"]
    assert set(key("+442079460018")) & set(key(other))
    assert not set(key("+442079460018")) & set(key("+442079461118"))


ANY_VALUES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["+", "?+", "~"]),
    st.text(alphabet="0123…", min_size=1, max_size=19).filter(lambda shown: shown.strip("…")),
    st.sampled_from(["", "", ";ext=22", ";ext=31"]),
)


@given(st.lists(ANY_VALUES, max_size=30))
def test_keys_of_a_column_are_those_of_its_values(values):
    assert_fast_keys_agree(PHONE, values)


@given(st.lists(st.tuples(ANY_VALUES, ANY_VALUES), min_size=1, max_size=12))
def test_numbers_of_any_length_stand_for_themselves_too(pairs):
    levels = PHONE.compare([a for a, _ in pairs], [b for _, b in pairs])
    assert levels.tolist() == [int(PHONE.compare([b], [a])[0]) for a, b in pairs]
