"""The fast paths of a batch say exactly what the plain definitions say, wherever they say anything."""

import random
from collections.abc import Callable, Iterable

import phonenumbers
import polars as pl
import pytest
from phonenumbers import PhoneNumber, PhoneNumberFormat

from rules import email, phone
from rules.email import EMAIL
from rules.phone import PHONE

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
STYLES = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)
Call = tuple[str, str | None]


def dice(seed: int) -> random.Random:
    return random.Random(seed)


def agree(calls: Iterable[Call], *, covered: float) -> None:
    """The fast path gives what the definition gives, and covers at least this share of the calls."""
    calls = list(dict.fromkeys(calls))
    raw = pl.Series("raw", [call[0] for call in calls], pl.String)
    region = pl.Series("region", [call[1] for call in calls], pl.String)
    values, known = PHONE.fast(raw, region)
    assert len(values) == len(known) == len(calls)
    differing = [
        (call, value, phone.normalise(*call))
        for call, value, sure in zip(calls, values, known, strict=True)
        if sure and phone.normalise(*call) != value
    ]
    assert differing == []
    assert known.mean() >= covered


def examples() -> list[PhoneNumber]:
    kinds = range(phonenumbers.PhoneNumberType.VOICEMAIL + 1)
    found = (phonenumbers.example_number_for_type(region, kind) for region in REGIONS for kind in kinds)
    return [number for number in found if number is not None]


def digits(text: str) -> str:
    return phonenumbers.normalize_digits_only(text)


def usual_ways(number: PhoneNumber) -> Iterable[str]:
    yield from (phonenumbers.format_number(number, style) for style in STYLES)
    national = digits(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    yield from (national, f"({national[:3]}) {national[3:]}", f"+{number.country_code}{national}")
    yield digits(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def ways_from_abroad(number: PhoneNumber) -> Iterable[str]:
    whole = digits(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    yield from (f"00{whole}", f"00 {whole}", f"011{whole}", f"0{whole}", f"1{whole}", f"({whole[:4]}) {whole[4:]} x12")
    yield from (phonenumbers.format_out_of_country_calling_number(number, region) for region in ("US", "GB", "JP"))


@pytest.mark.parametrize("region", ["own", "US", "GB", None])
def test_examples_of_all_regions_in_all_ways_of_writing(region):
    own = region == "own"
    calls = [
        (text, phonenumbers.region_code_for_number(number) if own else region)
        for number in examples()
        for text in usual_ways(number)
    ]
    agree(calls, covered=0.75)


@pytest.mark.parametrize("region", ["own", "US", "DE", None])
def test_examples_of_all_regions_dialled_from_abroad(region):
    own = region == "own"
    calls = [
        (text, phonenumbers.region_code_for_number(number) if own else region)
        for number in examples()
        for text in ways_from_abroad(number)
    ]
    agree(calls, covered=0.6)


def test_numbers_with_wrong_digits():
    chance = dice(1)
    numbers = examples()
    calls = []
    for _ in range(20_000):
        number = chance.choice(numbers)
        letters = list(phonenumbers.format_number(number, chance.choice(STYLES[:3])))
        for place in chance.sample(range(len(letters)), 2):
            if letters[place].isdigit():
                letters[place] = chance.choice("0123456789")
        ending = chance.choice(["", "", "", "", "x12", " x 5", " ext. 22", "EXT7", "  x1", "x12345678", "/x3", " ()"])
        regions = [*phonenumbers.region_codes_for_country_code(number.country_code), "US", None]
        calls.append(("".join(letters) + ending, chance.choice(regions)))
    agree(calls, covered=0.65)


def test_any_digits_in_any_region():
    chance = dice(2)
    calls = []
    for _ in range(20_000):
        region = chance.choice(REGIONS)
        code = str(phonenumbers.country_code_for_region(region))
        start = chance.choice(
            ["", "", "0", "+", f"+{code}", code, "00", f"00{code}", f"011{code}", "1", "8", f"+{code}0"]
        )
        calls.append((start + "".join(chance.choices("0123456789", k=chance.randrange(3, 13))), region))
    agree(calls, covered=0.55)


def test_any_marks_between_digits():
    chance = dice(3)
    regions = ["US", "GB", "DE", "IT", "FR", "AR", "BR", "JP", "KZ", "JE", "AG", "SM", "HU", "XX", None]
    calls = [
        (
            "".join(chance.choices("00123456789" * 20 + " -()./" * 6 + "+xe#;,~*٢", k=chance.randrange(6, 18))),
            chance.choice(regions),
        )
        for _ in range(20_000)
    ]
    agree(calls, covered=0.3)


PHONE_TRAPS = [
    *(
        "+1 *** *** 0147",
        "XXX-XXX-0147",
        "(212) ***-0147",
        "212 555 01xx",
        "###-###-0147",
        "**0147",
        "…0147",
        "*67 2125550147",
    ),
    *(
        "+4402079460018",
        "+44 (0)20 7946 0018",
        "(+44) 20 7946 0018",
        "+ 44 20 7946 0018",
        "++442079460018",
        "+4+4207946",
    ),
    *("00 44 20 7946 0018", "0 044 20 7946 0018", "0-044 20 7946 0018", "(00) 44 20 7946 0018", "000442079460018"),
    *("(0)020 7946 0018", "(0) 0 020 7946", "020 7946 0018 ()", "020 7946 0018 (work)", "020 7946 0018 mobile"),
    *("001-212-555-0147", "001-555-123-4567x890", "011 44 20 7946 0018", "0114 496 0000", "0117 496 0123 x22"),
    *("123456789x0", "1111111x11", "0000000", "0000000 x1", "1234567890", "+1 123 456 7890", "+2562533", "+256 2533"),
    *("256-2533", "+25 x62533", "555-0123", "268 1234", "4641234", "+12681234567", "+17012345678", "12125550147"),
    *("+390612345678", "06 1234 5678", "0039 06 1234 5678", "+39 06698 12345", "066981234", "0549 886377", "886377"),
    *("011 15-2345-6789", "+54 11 15 2345 6789", "+5491123456789", "0 15 21 99999 9999", "015 31 99999-9999"),
    *("8 (912) 345-67-89", "+7 912 345 67 89", "+7 701 234 56 78", "87012345678", "77012345678", "06 20 123 4567"),
    *("+999 123 456 7890", "00 999 123 456 7890", "+0 20 7946 0018", "+800 1234 5678", "+882 16 1234 5678", "+1"),
    *(
        "",
        " ",
        "-",
        "()",
        "+",
        "x22",
        "n/a",
        "anonymous",
        "123",
        "62889",
        "1-800-FLOWERS",
        "٠٢٠ ٧٩٤٦ ٠٠١٨",
        "020\u00a07946\u00a00018",
    ),
    *(
        "020 7946 0018\n",
        "\t020 7946 0018",
        "020 7946" + " " * 240 + "0018",
        "020 7946 0018 x" + "2" * 9,
        "+65 8888 8888",
        "12345678901234567890",
    ),
]


@pytest.mark.parametrize(
    "region",
    ["US", "GB", "gb", "UK", "IT", "AR", "BR", "RU", "KZ", "AG", "JE", "SM", "HU", "AU", "KR", "SG", "XX", "", None],
)
def test_traps_of_phone_numbers(region):
    agree([(text, region) for text in PHONE_TRAPS], covered=0.3)


def test_usual_numbers_are_all_covered():
    texts = ["(212) 555-0147", "212-555-0147", "+1 212 555 0147", "001-212-555-0147x22", "1.212.555.0147"]
    agree([(text, "US") for text in texts], covered=1)
    agree(
        [(text, "GB") for text in ["020 7946 0018", "+44 (0)20 7946 0018", "+442079460018", "02079460018"]], covered=1
    )
    agree([(text, None) for text in ["020 7946 0018", "0044 20 7946 0018", "212-555-0147 ext. 22"]], covered=1)


def test_region_may_be_left_out_and_nothing_stays_nothing():
    values, known = PHONE.fast(pl.Series("p", ["020 7946 0018", None, "+44 20 7946 0018", "ask Ann"]))
    assert values.to_list() == ["~2079460018", None, "+442079460018", None]
    assert known.to_list() == [True, True, True, False]
    assert PHONE.fast(pl.Series("p", [], pl.String))[0].to_list() == []


EMAIL_TRAPS = [
    *("Ann.Lee@X.com", " ann@x.com ", "\tann@x.com", "ann@x.com\u00a0", "ann@x.com.", "ann@x.com,", "<ann@x.com>"),
    *(
        "mailto:ann@x.com",
        "Ann Lee <ann@x.com>",
        "'ann@x.com'",
        "'ann@x.com",
        "o'brien@x.com",
        '"a b"@x.com',
        "a@b@x.com",
    ),
    *("ann@xn--bcher-kva.de", "ann@ab--cd.com", "ann@a-b.com", "ann@-a.com", "ann@a-.com", "ann--lee@x.com", "-@x.com"),
    *("ann@x", "ann@x.c", "ann@x.1", "ann@1.x", "ann@x..com", "ann@.com", "ann..lee@x.com", ".ann@x.com", "ann.@x.com"),
    *("ann@x.test", "ann@test", "ann@x.local", "ann@localhost", "ann@x.onion", "ann@in-addr.arpa", "ann@a.b.invalid"),
    *(
        "INFO@x.com",
        "Postmaster@X.com",
        "test@test.com",
        "test@acme.com",
        "ann@none.com",
        "noemail@x.com",
        "xxx@xxx.xxx",
    ),
    *("j***@x.com", "j•••@x.com", "j###@x.com", "a##b@x.com", "j…@x.com", "jxxx@g***.com", "***@***"),
    *("ann+tag@gmail.com", "+@x.com", "a!#$%&'+-/=?^_`{|}~@x.com", "ann@[192.0.2.1]"),
    *(
        "",
        " ",
        "@",
        "@x.com",
        "ann@",
        "n/a",
        "ann at x.com",
        "ann＠x.com",
        "an\u200bn@x.com",
        "ann@x.com\u200b",
        "ann@x.com\x1f",
    ),
    *(
        "K@x.com",
        "İ@x.com",
        "ſ@x.com",
        "Å@x.com",
        "ann@K.com",
        "ann@ß.de",
        "JÖRG@x.com",
        "ann\x00@x.com",
        "\x85ann@x.com",
    ),
    *(
        "a" * 64 + "@x.com",
        "a" * 250 + "@x.com",
        "ann@" + "a" * 63 + ".com",
        "ann@" + "a" * 64 + ".com",
        "ann@" + "a." * 99 + "com",
    ),
]


def agree_on_addresses(texts: list[str], *, covered: float) -> None:
    values, known = EMAIL.fast(pl.Series("raw", texts))
    differing = [
        (text, value, email.normalise(text))
        for text, value, sure in zip(texts, values, known, strict=True)
        if sure and email.normalise(text) != value
    ]
    assert differing == []
    assert known.mean() >= covered


def test_traps_of_addresses():
    agree_on_addresses(EMAIL_TRAPS, covered=0.3)


def address(chance: random.Random) -> str:
    """Something like an address, often right."""
    pieces = [
        "ann",
        "lee",
        "J",
        "O'Brien",
        "84",
        ".",
        "-",
        "_",
        "+",
        "info",
        "test",
        "none",
        "é",
        "..",
        "--",
        " ",
        "*",
        "%",
    ]
    hosts = ["x", "gmail", "Acme", "a-b", "1", "none", "bücher", "xn--bcher-kva", "ab--c", "-a", "a" * 63, "a" * 64, ""]
    ends = [
        "com",
        "co.uk",
        "de",
        "example",
        "test",
        "local",
        "arpa",
        "invalid",
        "c",
        "1",
        "a1",
        "COM",
        "com.",
        "c-m",
        "",
    ]
    weights = [8, 8, 4, 3, 4, 6, 3, 3, 2, 1, 1, 1, 0.3, 0.3, 0.3, 0.3, 0.2, 0.3]
    name = "".join(chance.choices(pieces, weights, k=chance.randrange(1, 5)))
    host = chance.choices(hosts, [8, 8, 8, 4, 2, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])[0]
    end = chance.choices(ends, [9, 4, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.3])[0]
    around = chance.choices(
        ["{}", " {}", "{} ", "<{}>", "mailto:{}", "{},", "'{}'", "{}\t"], [20, 1, 1, 1, 1, 1, 1, 1]
    )[0]
    return around.format(f"{name}@{host}.{end}")


def test_thousands_of_likely_addresses():
    chance = dice(4)
    agree_on_addresses([address(chance) for _ in range(20_000)], covered=0.4)


def test_thousands_of_unlikely_addresses():
    chance = dice(5)
    pieces = [
        *"abAB01.-_+@@@'\"<> ,;:*%é＠İKſ\u200b\u00adxn\t\x1f\x85\u00a0",
        "--",
        ".com",
        "@x.com",
        "mailto:",
        "none@",
        ".co",
    ]
    agree_on_addresses(["".join(chance.choices(pieces, k=chance.randrange(9))) for _ in range(20_000)], covered=0.1)


def test_usual_addresses_are_all_covered():
    texts = ["Ann.Lee@Acme.example", "ann.lee+news@gmail.com", "ann84@a-b.co.uk", "info@x.com", "n/a", ""]
    agree_on_addresses(texts, covered=1)


def test_no_address_stays_none():
    values, known = EMAIL.fast(pl.Series("e", [None, "ann@x.com"]))
    assert (values.to_list(), known.to_list()) == ([None, "ann@x.com"], [True, True])
    assert EMAIL.fast(pl.Series("e", [], pl.String))[0].to_list() == []


@pytest.mark.parametrize("fast", [EMAIL.fast, PHONE.fast])
def test_the_series_that_was_given_is_not_changed(fast: Callable[..., tuple[pl.Series, pl.Series]]):
    given = ["ann@x.com", None, "+44 20 7946 0018 x5", "zzz"]
    raw = pl.Series("raw", given)
    fast(raw)
    assert raw.to_list() == given
