import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.company import COMPANY, normalise

WORDS = [
    "Acme",
    "Inc.",
    "GmbH",
    "& Co.",
    "KG",
    "Group",
    "the",
    "A.B.C.",
    "IBM",
    "Müller",
    "s.p.a.",
    "none",
    "12",
    "and",
    "und",
    "Intl",
    "St",
    "OOO",
    "株式会社",
    "-",
]
RAWS = st.one_of(st.text(max_size=10), st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join))


def level(left: str, right: str) -> str:
    return COMPANY.levels[int(COMPANY.compare([normalise(left)], [normalise(right)])[0]) - 1]


@pytest.mark.parametrize(
    ("raw", "normalised"),
    [
        ("Acme Inc.", "acme"),
        ("ACME, INC", "acme"),
        ("Müller GmbH & Co. KG", "muller"),
        ("Fiat S.p.A.", "fiat"),
        ("Maersk A/S", "maersk"),
        ("Foo Sp. z o.o.", "foo"),
        ("Grupo Bimbo S.A.B. de C.V.", "grupo bimbo"),
        ("Tiffany & Co.", "tiffany"),
        ("Smith & Sons Ltd", "smith and sons"),
        ("Smith and Sons Limited", "smith and sons"),
        ("The Home Depot, Inc.", "home depot"),
        ("A.B.C. Consulting", "abc consulting"),
        ("OOO Romashka", "romashka"),
        ("Pty Ltd", "pty ltd"),
        ("AG", "ag"),
        ("The Limited", "the limited"),
        ("The Company", "the company"),
        ("Proper Co Pty. Ltd.", "proper"),
        ("Müller und Söhne GmbH", "muller and sohne"),
        ("Acme Sociedad de Responsabilidad Limitada", "acme"),
        ("Общество с ограниченной ответственностью «Ромашка»", "romashka"),
        ("ООО Ромашка", "romashka"),
        ("삼성전자 주식회사", "samseongjeonja"),
        ("東京電力株式会社", "dongjingdianli"),
        ("株式会社", "zhushihuishe"),
        ("Gesellschaft mit beschränkter Haftung", "gesellschaft mit beschrankter haftung"),
        ("Acme Intl. Mfg. Assn.", "acme international manufacturing association"),
        ("St. Mary Hosp.", "saint mary hospital"),
        ("Univ. of Kent", "university of kent"),
        ("East St", "east st"),
    ],
)
def test_legal_forms_are_kept_out_unless_they_are_all_there_is(raw, normalised):
    assert normalise(raw) == normalised


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "-",
        "n/a",
        "None",
        "Self",
        "self-employed",
        "Freelance",
        "Private",
        "Retired",
        "student",
        "123",
        "Unemployed",
    ],
)
def test_a_placeholder_is_no_company(raw):
    assert normalise(raw) is None


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Acme Inc.", "ACME LLC", "same"),
        ("Door Dash", "DoorDash", "same"),
        ("Acme Group", "Acme Holdings", "same core"),
        ("IBM", "International Business Machines", "same core"),
        ("IBM Corp.", "International Business Machines Corporation", "same core"),
        ("Intl Business Machines", "International Business Machines", "same"),
        ("BoA", "Bank of America", "same core"),
        ("Waf", "Walters and Fry", "different"),
        ("Amazon", "Amazon.com", "same core"),
        ("Brightwater", "Brightwater Hotels", "same core"),
        ("Brightwater", "Brigthwater", "typo"),
        ("Northgate Logistics", "Nortgate Logistics", "typo"),
        ("Harper Collins", "Collins Harper", "same core"),
        ("Acme 1", "Acme 2", "similar"),
        ("Berger Smith Consulting", "Berger Smyte Consult", "similar"),
        ("Global Solutions", "Global Services", "different"),
        ("Acme", "Brightwater", "different"),
        ("Oak Point Foods", "Oakpoint", "same core"),
        ("Rivers and Rivers", "Rivers", "same core"),
    ],
)
def test_companies_are_compared(left, right, expected):
    assert level(left, right) == expected


@pytest.mark.parametrize(
    ("domain", "other", "expected"),
    [
        ("@acme", "acme", "same core"),
        ("@acme", "acme holdings", "same core"),
        ("@acmeholdings", "acme", "same core"),
        ("@dyemercado", "dye and mercado", "same core"),
        ("@globalsolutions", "global solutions", "same core"),
        ("@ibm", "ibm", "same core"),
        ("@ibmx", "ibm", None),  # three letters begin too many names
        ("@acme", "bolt", None),
        ("@acme", "@acme", None),
        ("@acme", "@bolt", None),
    ],
)
def test_an_employer_by_its_mail_domain_agrees_with_a_name_or_says_nothing(domain, other, expected):
    codes = COMPANY.compare([domain, other], [other, domain]).tolist()
    assert [COMPANY.levels[code - 1] if code else None for code in codes] == [expected] * 2


@pytest.mark.parametrize(("key", "name"), [("same", "big lots"), ("first4", "big lots"), ("acronym", "ibm")])
def test_a_name_and_a_mail_domain_that_spells_it_meet(key, name):
    assert COMPANY.keys[key](name) == COMPANY.keys[key](f"@{name.replace(' ', '')}") != ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [("acmeology", ("acme",)), ("@acmeology", ("acme",)), ("ab inbev", ("abin",)), ("acme", ()), ("@acme", ())],
)
def test_names_that_go_on_meet_by_how_they_begin(value, expected):
    assert COMPANY.keys["first4"](value) == expected


@given(st.lists(RAWS.map(normalise) | st.sampled_from(["@acme", "@group", "global solutions", "of the"]), max_size=6))
def test_a_column_of_companies_has_the_keys_of_each(found):
    values = sorted({value for value in found if value})
    for name, fast in COMPANY.fast_keys.items():
        made = fast(pl.Series(values, dtype=pl.String)).to_list()
        assert [() if piece is None else (piece,) for piece in made] == [COMPANY.keys[name](value) for value in values]


def test_a_company_and_its_initials_share_a_key():
    key = COMPANY.keys["acronym"]
    assert key("international business machines") == key("ibm") == ("ibm",)


def test_keys_look_at_the_core():
    assert COMPANY.keys["first_word"]("the acme group") == ("acme",)
    assert COMPANY.keys["skeleton"]("acme group") == COMPANY.keys["skeleton"]("acme holdings")


@given(st.lists(st.tuples(RAWS, RAWS), max_size=6))
def test_comparing_does_not_depend_on_the_side_and_stays_in_range(raws):
    pairs = [(normalise(a), normalise(b)) for a, b in raws]
    left = [a for a, b in pairs if a and b]
    right = [b for a, b in pairs if a and b]
    codes = COMPANY.compare(left, right)
    assert codes.dtype == np.uint8
    assert codes.tolist() == COMPANY.compare(right, left).tolist()
    assert all(1 <= code <= len(COMPANY.levels) for code in codes.tolist())
    assert (COMPANY.compare(left, left) == 1).all()


@given(RAWS)
def test_normalising_leaves_something_or_none_and_has_keys(raw):
    value = normalise(raw)
    assert value is None or value.strip() == value != ""
    if value:
        assert all(key for part in COMPANY.keys.values() for key in part(value))


@given(st.lists(st.none() | RAWS, max_size=6))
def test_the_fast_path_equals_the_plain_one_on_what_it_covers(raws):
    normalised, covered = COMPANY.fast(pl.Series(raws, dtype=pl.String))
    for raw, fast, is_covered in zip(raws, normalised, covered, strict=True):
        assert not is_covered or fast == normalise(raw)


def test_usual_companies_take_the_fast_path():
    usual = ["Acme Inc.", "Müller GmbH", "Brightwater Hotels", "Fox & Lee, L.L.C.", "Lee+Fox S.A.", None]
    usual += ["Fox & Lee and Company", "Intl. Paper Mfg., Inc.", "Fox &"]
    normalised, covered = COMPANY.fast(pl.Series([*usual, "Proper Pty Ltd", "A B C", "Fox und Lee"]))
    assert covered.to_list() == [True] * len(usual) + [False] * 3
    plain = ["acme", "muller", "brightwater hotels", "fox and lee", "lee and fox", None]
    assert normalised.to_list()[: len(usual)] == [*plain, "fox and lee", "international paper manufacturing", "fox"]
