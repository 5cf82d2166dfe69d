from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.address import PLACE, STREET, RawAddress, country_code, split_raw
from rules.address.place_compare import all_pieces, pieces
from rules.address.street_compare import all_parts, number_misspelt, parts

WORDS = [
    "12",
    "12a",
    "Main",
    "Street",
    "St.",
    "Apt 4",
    "#4",
    "Hauptstr.",
    "10115",
    "Berlin",
    ",",
    "CA",
    "n/a",
    "PO Box 7",
    "N",
    "3/5",
]
LINES = st.one_of(st.text(max_size=12), st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
CITIES = st.one_of(
    st.none(), st.sampled_from(["Berlin", "Berlim", "Paris", "St. Louis", "New York", "n/a", ""]), st.text(max_size=6)
)
POSTALS = st.one_of(
    st.none(), st.sampled_from(["10115", "10116", "92101-1234", "BS1 0AA", "00000"]), st.text(max_size=6)
)
PLACES = st.tuples(
    CITIES, POSTALS, st.sampled_from([None, "CA", "California", "NY"]), st.sampled_from([None, "US", "Germany"])
)


def street_level(left: str, right: str) -> str:
    return STREET.levels[int(STREET.compare([STREET.normalise(left)], [STREET.normalise(right)])[0]) - 1]


def place_level(left: tuple[str | None, ...], right: tuple[str | None, ...]) -> str:
    code = int(PLACE.compare([PLACE.normalise(*left)], [PLACE.normalise(*right)])[0])
    return PLACE.levels[code - 1] if code else "not comparable"


@pytest.mark.parametrize(
    ("raw", "normalised"),
    [
        ("12 Main Street", "12 main st"),
        ("12, Main Street", "12 main st"),
        ("Main Street 12", "12 main st"),
        ("12 E. Main St.", "12 e main st"),
        ("12 East Main Street", "12 e main st"),
        ("12 Fifth Avenue", "12 5th ave"),
        ("12 Main Street Apt 4B", "12 main st #4b"),
        ("12 Main Street, # 4", "12 main st #4"),
        ("Apt. 4, 12 Main Street", "12 main st #4"),
        ("100 Main St, Suite 300", "100 main st #300"),
        ("100 Main St, 3rd Floor", "100 main st #f3"),
        ("100 Main St Bldg 2 Apt 5", "100 main st #b2-5"),
        ("3/12 Main Street", "12 main st #3"),
        ("12-14 Main St", "12 main st"),
        ("1 A St", "1 a st"),
        ("P.O. Box 123", "po box 123"),
        ("PO Box 123, Main St", "po box 123"),
        ("Postfach 12 34", "po box 1234"),
        ("Highway 12", "hwy 12"),
        ("1200 Highway 12", "1200 hwy 12"),
        ("Hauptstr. 12a", "12a haupt st"),
        ("Hauptstraße 12 a", "12a haupt st"),
        ("Haupt-Straße 12", "12 haupt st"),
        ("Straße des 17. Juni 135", "135 st des 17 juni"),
        ("12 Rue de la Paix", "12 rue de la paix"),
        ("Calle Mayor 5, 3º B", "5 calle mayor #3b"),
        ("C/ Mayor nº 5", "5 calle mayor"),
        ("Via Roma, 10", "10 via roma"),
        ("Kerkstraat 12", "12 kerk st"),
        ("pridhamstreet", "pridham st"),
        ("St. Mary's Road 3", "3 saint marys rd"),
        ("One Microsoft Way", "one microsoft way"),
    ],
)
def test_one_street_line_has_one_writing(raw, normalised):
    assert STREET.normalise(raw) == normalised


def test_number_and_unit_may_come_apart_from_the_street():
    assert STREET.normalise("Main St", "12", "Apt 4") == "12 main st #4"
    assert STREET.normalise("12 Main St", "12") == "12 main st"
    assert STREET.normalise("12 Main St", None, "n/a") == "12 main st"
    assert STREET.normalise(None, "12") == "12"


@pytest.mark.parametrize("raw", [None, "", "-", "n/a", "Unknown", "same as above", "#"])
def test_a_placeholder_is_no_street(raw):
    assert STREET.normalise(raw) is None


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("12 Main Street", "Main St 12", "same"),
        ("12 Main Street", "12 Main St Apt 4", "same, unit on one side"),
        ("12 Main Street #5", "12 Main St Apt 4", "same building, other unit"),
        ("12 Pridham Street", "12 Pirdham Street", "typo"),
        ("12 Wallaby Place", "12 Wallabyplace", "typo"),
        ("12 Center St", "12 Center", "typo"),
        ("854 7th Ave", "854 7th Ave. between 54th and 55th Sts", "typo"),
        ("1234 Main St", "1244 Main St", "typo"),
        ("12 Main St", "21 Main St", "typo"),
        ("Hauptstr. 12", "Hauptstr. 12a", "typo"),
        ("12 Main St", "13 Main St", "same street, other number"),
        ("12 Main St", "Main St", "same street, other number"),
        ("12 Old Quay Road West", "12 Quay Road", "typo"),
        ("12 Northgate Street", "80 Nortgate Street", "similar"),
        ("12 5th Ave", "12 6th Ave", "similar"),
        ("12 5th Ave", "80 6th Ave", "different"),
        ("12 Main St", "12 Quay Road", "different"),
        ("PO Box 12", "PO Box 13", "different"),
    ],
)
def test_street_lines_are_compared(left, right, expected):
    assert street_level(left, right) == expected


def test_street_keys_leave_out_the_unit():
    assert STREET.keys["same"]("12 main st #4") == ("12 main st",)
    assert STREET.keys["street"]("12 main st #4") == ("main st",)
    assert STREET.keys["number_skeleton"]("12 pridham st") == STREET.keys["number_skeleton"]("12 pridam st")
    assert STREET.keys["number_skeleton"]("main st") == ()
    assert STREET.keys["number"]("12 main st #4") == ("12",)
    assert STREET.keys["number"]("main st") == ()


@given(st.lists(st.tuples(LINES, LINES), max_size=5))
def test_comparing_streets_does_not_depend_on_the_side_and_stays_in_range(raws):
    pairs = [(STREET.normalise(a), STREET.normalise(b)) for a, b in raws]
    left = [a for a, b in pairs if a and b]
    right = [b for a, b in pairs if a and b]
    codes = STREET.compare(left, right)
    assert codes.dtype == np.uint8
    assert codes.tolist() == STREET.compare(right, left).tolist()
    assert all(1 <= code <= len(STREET.levels) for code in codes.tolist())
    assert (STREET.compare(left, left) == 1).all()


@given(LINES)
def test_a_normalised_street_can_be_taken_apart_and_keyed(raw):
    value = STREET.normalise(raw)
    if value:
        assert value.startswith(parts(value).base)
        assert all(key for part in STREET.keys.values() for key in part(value))


def made_by(keys, values):
    return [() if piece is None else (piece,) for piece in keys(pl.Series(values, dtype=pl.String)).to_list()]


@given(st.lists(LINES, max_size=6))
def test_a_column_of_streets_is_taken_apart_and_keyed_like_each(raws):
    values = sorted({value for value in map(STREET.normalise, raws) if value})
    apart = all_parts(pl.Series(values, dtype=pl.String))
    assert apart.columns == list(parts("")._fields)
    assert apart.rows() == [tuple(parts(value)) for value in values]
    for name, fast in STREET.fast_keys.items():
        assert made_by(fast, values) == [STREET.keys[name](value) for value in values]


@given(st.lists(PLACES, max_size=6))
def test_a_column_of_places_is_taken_apart_and_keyed_like_each(raws):
    values = sorted({value for value in (PLACE.normalise(*raw) for raw in raws) if value})
    assert all_pieces(pl.Series(values, dtype=pl.String)).rows() == [tuple(pieces(value)) for value in values]
    for name, fast in PLACE.fast_keys.items():
        assert made_by(fast, values) == [PLACE.keys[name](value) for value in values]


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        ("12", "12a", True),
        ("12", "21", True),
        ("123", "124", True),
        ("123", "12", True),
        ("12", "13", False),
        ("12", "1", False),
        ("123", "321", False),
        ("12", "", False),
    ],
)
def test_a_house_number_may_be_one_slip_away(left, right, near):
    assert number_misspelt(left, right) is number_misspelt(right, left) is near


NUMBERS = st.sampled_from([None, "", "12", " 12A ", "12-14", "x"])
UNITS = st.sampled_from([None, "", "4", "Apt 4", "n/a", "#4 b"])
TYPED = [
    "12",
    "12a",
    "main",
    "Street",
    "st",
    "C",
    "e",
    "b",
    "Hauptstr.",
    "stestreet",
    "hwy",
    "5th",
    "flat",
    "road",
    "de",
    "1st",
]
USUAL = st.lists(st.sampled_from(TYPED), max_size=5).map(" ".join)


@given(st.lists(st.tuples(st.none() | LINES | USUAL, NUMBERS, UNITS), max_size=6))
def test_the_fast_path_for_streets_equals_the_plain_one_on_what_it_covers(raws):
    columns = [pl.Series([raw[place] for raw in raws], dtype=pl.String) for place in range(3)]
    normalised, covered = STREET.fast(*columns)
    for raw, fast, is_covered in zip(raws, normalised, covered, strict=True):
        assert not is_covered or fast == STREET.normalise(*raw)


def test_numbers_at_both_ends_of_a_line_are_left_to_the_plain_path():
    columns = [pl.Series([value]) for value in ("0 AA 0", "12")]
    assert STREET.fast(*columns)[1].to_list() == [False]
    assert STREET.normalise("0 AA 0", "12") == "12 0 aa 0"


def test_usual_streets_take_the_fast_path():
    usual = ["12 Main Street", "Hauptstr. 12a", "12 E Main St", "12 Main St Apt 4", "12B,  Main St.", "1 5th Ave"]
    normalised, covered = STREET.fast(pl.Series([*usual, "PO Box 12", "12 - 14 High St", "12 34 Main St", None]))
    assert covered.to_list() == [True] * 6 + [False] * 4
    canonical = ["12 main st", "12a haupt st", "12 e main st", "12 main st #4", "12b main st", "1 5th ave"]
    assert normalised.to_list()[:6] == canonical


@given(st.lists(PLACES, max_size=6))
def test_the_fast_path_for_places_equals_the_plain_one(raws):
    columns = [pl.Series([raw[place] for raw in raws], dtype=pl.String) for place in range(4)]
    normalised, covered = PLACE.fast(*columns)
    assert covered.all()
    assert normalised.to_list() == [PLACE.normalise(*raw) for raw in raws]


@pytest.mark.parametrize(
    ("raw", "normalised"),
    [
        (("San Diego", "92101-1234", "California", "USA"), "92101|san diego|ca|us"),
        (("St. Louis", None, "MO", None), "|saint louis|mo|"),
        (("Bristol", "BS1 0AA", None, "United Kingdom"), "bs10aa|bristol||gb"),
        (("Bristol", "bs10aa", None, "England"), "bs10aa|bristol||gb"),
        (("Köln", "D-50667", None, "Deutschland"), "50667|koln||de"),
        (("Boston", "2101", "Massachusetts", "US"), "02101|boston|ma|us"),
        (("Sydney", "2000", "New South Wales", "Australia"), "2000|sydney|nsw|au"),
        (("NYC", "10001.0", None, None), "10001|new york||"),
        ((None, "00000", None, "Atlantis"), "|||atlantis"),
        (("Frankfurt (Main)", None, None, None), "|frankfurt||"),
    ],
)
def test_one_place_has_one_writing(raw, normalised):
    assert PLACE.normalise(*raw) == normalised


def test_nothing_known_is_no_place():
    assert PLACE.normalise(None, None, None, None) is None
    assert PLACE.normalise("n/a", "", "-", "unknown") is None


def test_a_country_has_one_code():
    assert {country_code(name) for name in ("US", "usa", "U.S.A.", "United States of America")} == {"us"}
    assert country_code(None) == ""


BERLIN = ("Berlin", "10115", None, "DE")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (BERLIN, ("berlin", "10115", "BE", "Germany"), "same"),
        (BERLIN, ("Berlin", None, None, None), "same"),
        (BERLIN, (None, "10115", None, None), "same"),
        (BERLIN, ("Berlim", "10115", None, None), "mostly"),
        (BERLIN, ("Berlin", "10116", None, None), "mostly"),
        (BERLIN, ("Berlim", None, None, None), "mostly"),
        (("London",), ("Lndon",), "mostly"),
        (("Frankfurt", None), ("Frankfurt am Main", None), "mostly"),
        (("Bristol", "BS1"), ("Bristol", "BS1 0AA"), "mostly"),
        (BERLIN, ("Berlin", "99817", None, None), "partly"),
        (BERLIN, ("Paris", "10115", None, None), "partly"),
        (("Springfield", None, "IL"), ("Springfield", None, "MA"), "partly"),
        (("Berlin", None, None, "DE"), ("Berlin", None, None, "US"), "partly"),
        (BERLIN, ("Paris", "75002", None, "FR"), "conflict"),
        (BERLIN, ("Paris", None, None, None), "conflict"),
        ((None, None, "CA"), (None, None, "NY"), "conflict"),
        ((None, None, "CA"), (None, None, "CA", "US"), "not comparable"),
        ((None, None, "CA"), (None, None, "CA"), "not comparable"),
        (("Berlin",), (None, "10115"), "not comparable"),
    ],
)
def test_places_are_compared(left, right, expected):
    assert place_level(left + (None,) * (4 - len(left)), right + (None,) * (4 - len(right))) == expected


def test_place_keys_leave_out_what_is_missing():
    value = PLACE.normalise("San Diego", None, None, "US")
    assert PLACE.keys["city"](value) == ("sandiego",)
    assert PLACE.keys["postal"](value) == ()
    assert PLACE.keys["city_skeleton"](value) == ("sndg",)
    assert PLACE.keys["city4"](value) == ("sand",)
    assert PLACE.keys["city4"](PLACE.normalise("Ulm", None, None, None)) == ("ulm",)
    assert PLACE.keys["city4"](PLACE.normalise(None, "92101", None, "US")) == ()


@given(st.lists(st.tuples(PLACES, PLACES), max_size=5))
def test_comparing_places_does_not_depend_on_the_side_and_stays_in_range(raws):
    pairs = [(PLACE.normalise(*a), PLACE.normalise(*b)) for a, b in raws]
    left = [a for a, b in pairs if a and b]
    right = [b for a, b in pairs if a and b]
    codes = PLACE.compare(left, right)
    assert codes.dtype == np.uint8
    assert codes.tolist() == PLACE.compare(right, left).tolist()
    assert all(code <= len(PLACE.levels) for code in codes.tolist())
    assert all(len(pieces(value)) == 4 for value in left)


class Line(NamedTuple):
    raw: str
    street: str | None = None
    unit: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


LINE_CASES = [
    Line("7548 Center St, San Diego, CA 92101", "7548 Center St", None, "San Diego", "CA", "92101"),
    Line("12 Main St, San Diego, CA, 92101", "12 Main St", None, "San Diego", "CA", "92101"),
    Line("12 Main St San Diego CA 92101", "12 Main St", None, "San Diego", "CA", "92101"),
    Line(
        "12 Main St, Apt 4, New York, New York 10001, USA",
        "12 Main St",
        "Apt 4",
        "New York",
        "New York",
        "10001",
        "USA",
    ),
    Line("12 Main St, New York, 10001", "12 Main St", None, "New York", None, "10001"),
    Line("12 Main St, Wilmington, DE", "12 Main St", None, "Wilmington", "DE"),
    Line("12 Main St, Suite 5000", "12 Main St", "Suite 5000"),
    Line("Acme Inc, 12 Main St, San Diego, CA 92101", "12 Main St", None, "San Diego", "CA", "92101"),
    Line(
        "1 Quay Road, Bristol BS1 0AA, United Kingdom",
        "1 Quay Road",
        None,
        "Bristol",
        None,
        "BS1 0AA",
        "United Kingdom",
    ),
    Line("1 Quay Road\nBristol\nBS1 0AA\nGB", "1 Quay Road", None, "Bristol", None, "BS1 0AA", "GB"),
    Line("Hauptstr. 12, 10115 Berlin", "Hauptstr. 12", None, "Berlin", None, "10115"),
    Line("Hauptstr. 12 10115 Berlin", "Hauptstr. 12", None, "Berlin", None, "10115"),
    Line("5 Rue de la Paix, 75002 Paris, France", "5 Rue de la Paix", None, "Paris", None, "75002", "France"),
    Line("Kerkstraat 12, 1012 AB Amsterdam", "Kerkstraat 12", None, "Amsterdam", None, "1012 AB"),
    Line("12 King St, Sydney NSW 2000, Australia", "12 King St", None, "Sydney", "NSW", "2000", "Australia"),
    Line("100 Queen St W, Toronto, ON M5H 2N2, Canada", "100 Queen St W", None, "Toronto", "ON", "M5H 2N2", "Canada"),
    Line("San Diego, CA", None, None, "San Diego", "CA"),
    Line("12 Main St", "12 Main St"),
]


@pytest.mark.parametrize("case", LINE_CASES, ids=lambda case: case.raw.replace("\n", "/"))
def test_an_address_in_one_line_is_taken_apart(case):
    assert split_raw(case.raw) == RawAddress(*case[1:])


@pytest.mark.parametrize("raw", [None, "", " , ", "n/a"])
def test_no_address_has_no_pieces(raw):
    assert split_raw(raw) is None


@given(LINES)
def test_taking_an_address_apart_never_fails(raw):
    found = split_raw(raw)
    assert found is None or any(found)
