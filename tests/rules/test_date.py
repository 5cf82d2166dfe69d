import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.date import DATE, normalise
from tests.rules.keys import assert_fast_keys_agree

RAWS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="0129-/. ", max_size=12),
    st.dates().map(str),
    st.dates().map(lambda day: day.strftime("%Y%m%d")),
    st.dates().map(lambda day: day.strftime("%d/%m/%Y")),
    st.sampled_from(["1980", "1980-01", "19450931", "1900-01-01", "2 Jan 1980", "1980-01-02T00:00:00Z"]),
)
ORDERS = st.sampled_from([None, "dmy", "mdy", "ymd"])


def level(left: str, right: str) -> str:
    code = int(DATE.compare([left], [right])[0])
    return DATE.levels[code - 1] if code else "not comparable"


@pytest.mark.parametrize(
    ("raw", "normalised"),
    [
        ("1980-01-02", "1980-01-02"),
        ("1980-1-2", "1980-01-02"),
        ("1980/01/02", "1980-01-02"),
        ("1980-01-02T10:15:00Z", "1980-01-02"),
        ("1980-01-02 10:15:00.123456", "1980-01-02"),
        ("19800102", "1980-01-02"),
        ("19800102.0", "1980-01-02"),
        ("2 Jan 1980", "1980-01-02"),
        ("2-Jan-1980", "1980-01-02"),
        ("Jan 2, 1980", "1980-01-02"),
        ("2nd January 1980", "1980-01-02"),
        ("2. Januar 1980", "1980-01-02"),
        ("3. März 1980", "1980-03-03"),
        ("2 févr. 1980", "1980-02-02"),
        ("2 de enero de 1980", "1980-01-02"),
        ("31/12/1980", "1980-12-31"),
        ("12/31/1980", "1980-12-31"),
        ("31121980", "1980-12-31"),
        ("5/5/1980", "1980-05-05"),
        ("1980", "1980"),
        ("1980-01", "1980-01-??"),
        ("01/1980", "1980-01-??"),
        ("March 1980", "1980-03-??"),
        ("1980-01-00", "1980-01-??"),
        ("1980-00-00", "1980"),
    ],
)
def test_one_date_has_one_writing(raw, normalised):
    assert normalise(raw) == normalised


@pytest.mark.parametrize(
    ("raw", "order", "normalised"),
    [
        ("1/2/2026", "mdy", "2026-01-02"),
        ("1/2/2026", "dmy", "2026-02-01"),
        ("01.02.1980", "dmy", "1980-02-01"),
        ("2.1.80", "dmy", "1980-01-02"),
        ("80-01-02", "ymd", "1980-01-02"),
        ("01021980", "dmy", "1980-02-01"),
        ("01021980", "mdy", "1980-01-02"),
        ("020180", "dmy", "1980-01-02"),
        ("1980-01-02", "dmy", "1980-01-02"),
        ("19800102", "dmy", "1980-01-02"),
        ("19450931", "dmy", "1945-09-31"),
        ("01/02/1980 00:00", "dmy", "1980-02-01"),
    ],
)
def test_the_order_decides_what_digits_mean(raw, order, normalised):
    assert normalise(raw, order) == normalised


@pytest.mark.parametrize(
    ("raw", "order", "kept"),
    [
        ("**/**/1985", None, "1985"),
        ("XX-XX-1985", "mdy", "1985"),
        ("1985-XX-XX", None, "1985"),
        ("1985****", None, "1985"),
        ("****1985", "dmy", "1985"),
        ("•• ••• 1985", None, "1985"),
        ("XX/1985", None, "1985"),
        ("1985-03-**", None, "1985-03-??"),
        ("198503**", None, "1985-03-??"),
        ("XX March 1985", None, "1985-03-??"),
        ("**/03/1985", None, "1985"),
        ("**/03/1985", "dmy", "1985-03-??"),
        ("**/03/1985", "mdy", "1985"),
        ("03/**/1985", "mdy", "1985-03-??"),
        ("03/**/1985", "dmy", "1985"),
        ("1985-**-12", None, "1985"),
        ("15/03/****", "dmy", None),
        ("19**-03-12", None, None),
        ("**/**/**", None, None),
    ],
)
def test_of_a_date_that_is_hidden_in_part_the_year_and_a_sure_month_are_kept(raw, order, kept):
    assert normalise(raw, order) == kept


@pytest.mark.parametrize("raw", ["1/2/2026", "01021980", "1/2/26", "020180"])
def test_a_date_that_can_be_two_is_not_guessed(raw):
    assert normalise(raw) is None


def test_a_year_of_two_digits_is_not_in_the_future():
    assert normalise("1.1.99", "dmy") == "1999-01-01"
    assert normalise("1.1.01", "dmy") == "2001-01-01"


SENTINELS = [
    "9999-01-01 00:00:00.000000",
    "9999-12-31",
    "0001-01-01T00:00:00Z",
    "0000-00-00",
    "1900-01-01",
    "1970-01-01",
    "01/01/1900",
]


@pytest.mark.parametrize(
    "raw", [*SENTINELS, None, "", "-", "n/a", "unknown", "12", "1980-13-01", "1980-01-32", "000000", "00000000"]
)
def test_a_sentinel_or_no_date_is_none(raw):
    assert normalise(raw) is None


@pytest.mark.parametrize(("raw", "kept"), [("19450931", "1945-09-31"), ("1980-02-30", "1980-02-30")])
def test_a_damaged_date_is_kept_as_evidence(raw, kept):
    assert normalise(raw) == kept


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("1980-01-02", "1980-01-02", "same"),
        ("1980-01-02", "1980-02-01", "day and month swapped"),
        ("1980-01-02", "1980-01-03", "one digit differs"),
        ("1980-01-02", "1981-01-02", "one digit differs"),
        ("1980-01-12", "1980-01-21", "one digit differs"),
        ("1980-01-02", "1980-01-25", "two parts agree"),
        ("1980-01-02", "1956-01-02", "two parts agree"),
        ("1980-01-02", "1980-01-??", "same as far as shown"),
        ("1980-01-??", "1980-01-??", "same as far as shown"),
        ("1980-01-02", "1980-12-28", "same year"),
        ("1980-01-??", "1980-12-28", "same year"),
        ("1980-01-02", "1980", "same as far as shown"),
        ("1980-01-??", "1980", "same as far as shown"),
        ("1980-01-02", "1991", "different"),
        ("1980-01-02", "1991-12-28", "different"),
        ("1980-01-02", "1991-01-??", "different"),
        ("1980", "1980", "same as far as shown"),
        ("1980", "1981", "different"),
    ],
)
def test_dates_are_compared(left, right, expected):
    assert level(left, right) == expected
    assert level(right, left) == expected


@given(st.lists(st.tuples(RAWS, RAWS, ORDERS), max_size=6))
def test_comparing_does_not_depend_on_the_side_and_stays_in_range(raws):
    pairs = [(normalise(a, order), normalise(b, order)) for a, b, order in raws]
    left = [a for a, b in pairs if a and b]
    right = [b for a, b in pairs if a and b]
    codes = DATE.compare(left, right)
    assert codes.dtype == np.uint8
    assert codes.tolist() == DATE.compare(right, left).tolist()
    assert all(code <= len(DATE.levels) for code in codes.tolist())
    with_itself = {(len(value) == 10 and "?" not in value, level(value, value)) for value in left}
    assert with_itself <= {(True, "same"), (False, "same as far as shown")}


@given(RAWS, ORDERS)
def test_normalising_never_fails_and_normalises_once(raw, order):
    value = normalise(raw, order)
    assert value is None or normalise(value, order) == value


@given(st.lists(st.tuples(st.none() | RAWS, ORDERS), max_size=8))
def test_the_fast_path_equals_the_plain_one_on_what_it_covers(raws):
    values = pl.Series([raw for raw, _ in raws], dtype=pl.String)
    orders = pl.Series([order for _, order in raws], dtype=pl.String)
    normalised, covered = DATE.fast(values, orders)
    for (raw, order), fast, is_covered in zip(raws, normalised, covered, strict=True):
        assert not is_covered or fast == normalise(raw, order)


def test_iso_and_eight_digits_take_the_fast_path():
    normalised, covered = DATE.fast(pl.Series(["1980-01-02", "19800102", "2.1.1980", None]))
    assert covered.to_list() == [True, True, False, True]
    assert normalised.to_list() == ["1980-01-02", "1980-01-02", None, None]


def test_keys_need_the_parts_they_name():
    keys = DATE.keys
    assert [keys[name]("1980-01-02") for name in ("same", "year", "year_month", "month_day")] == [
        ("1980-01-02",),
        ("1980",),
        ("1980-01",),
        ("01-02",),
    ]
    assert keys["same"]("1980") == keys["month_day"]("1980-01-??") == keys["year_month"]("1980") == ()


def test_keys_of_a_column_are_those_of_its_values():
    assert_fast_keys_agree(DATE, ["1980-01-02", "1980-01-??", "1980", "1945-09-31", "2001-12-31"])
    assert_fast_keys_agree(DATE, [])
