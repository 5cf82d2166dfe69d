"""In which country's notation phone numbers without a country code are written."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

import phonenumbers
import polars as pl

from resolver.sources.headers import table
from resolver.sources.values import sample, sample_of

_USUAL = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "AU", "CA", "IN", "BR")
_NUMBERS = 100  # how many decide
_CANDIDATES = 25
_VALID, _POSSIBLE = 0.5, 0.8  # shares from which a region is believed
_NORTH_AMERICA = re.compile(r"^(?:1[-.\s]*)?\(?[2-9]\d\d\)?[-./\s]*[2-9]\d\d[-.\s]*\d{4}(?!\d)")
_TRUST = 0.3  # in a country that all countries, +numbers and e-mails in the data point to
_DISTRUST = 0.3  # Germany and Italy accept nearly everything that starts with a 0
_NO_COUNTRY = frozenset({"co", "io", "me", "ai", "tv", "cc", "ly", "fm", "gg", "to"})  # used by companies everywhere


@cache
def countries() -> dict[str, str]:
    """Lower-case name or code -> alpha-2, for every country that we recognise."""
    names = {name: code for code, given in table()["countries"].items() for name in given}
    return names | {code.lower(): code for code in phonenumbers.SUPPORTED_REGIONS}


def country_codes(series: pl.Series) -> pl.Series:
    """Cells of a country column as alpha-2, null where they are not recognised."""
    known = countries()
    lower = series.str.to_lowercase()
    return lower.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)


def infer_region(phones: list[pl.Series], lands: list[pl.Series], emails: list[pl.Series]) -> tuple[str | None, str]:
    """(region, the reason in words). The region in which most of the numbers without a plus sign are valid."""
    plain, support = _numbers(phones, lands, emails)
    if not plain:
        return None, "there are no numbers without a country code"
    candidates = _candidates(plain, support)
    shares = {region: _shares(plain, region) for region in candidates}
    order = {region: place for place, region in enumerate([*_USUAL, *sorted(set(candidates) - set(_USUAL))])}

    def likeliest(region: str) -> tuple[float, float, int, int]:
        share = shares[region]
        evidence = (share.valid + share.written) / 2 - _DISTRUST * share.by_chance
        evidence += _TRUST * support[region] / max(support.total(), 1)
        return -round(evidence, 1), -share.possible, -support[region], order[region]

    best = min(candidates, key=likeliest)
    valid, possible = shares[best].valid, shares[best].possible
    told = f"{valid:.0%} of {len(plain)} numbers without a country code are valid there, {possible:.0%} possible"
    return (best, told) if valid >= _VALID or possible >= _POSSIBLE else (None, f"{best} is likeliest, but {told}")


def _numbers(
    phones: list[pl.Series], lands: list[pl.Series], emails: list[pl.Series]
) -> tuple[list[str], Counter[str]]:
    """Numbers without a plus sign, and how often the rest of the data points to each region."""
    support: Counter[str] = Counter()
    numbers = _pooled(phones)
    for number in sample_of(numbers, _has_plus, _NUMBERS):
        region = _region_of(number)
        support.update([region] if region else [])
    support.update(code for code in country_codes(sample(_pooled(lands))) if code)
    ends = sample(_pooled(emails)).str.extract(r"\.([A-Za-z]{2})>?$").str.to_lowercase().drop_nulls()
    support.update(countries()[end] for end in ends if end in countries() and end not in _NO_COUNTRY)
    plain = sample_of(numbers, lambda some: ~_has_plus(some) & some.str.contains(r"(?:\d\D*){6}"), _NUMBERS)
    return list(plain), support


def _has_plus(numbers: pl.Series) -> pl.Series:
    return numbers.str.contains(r"^\s*(?:tel:)?(?:\+|00[1-9])")


def _pooled(columns: list[pl.Series]) -> pl.Series:
    return pl.concat([column.alias("x") for column in columns]) if columns else pl.Series("x", [], pl.String)


def _region_of(number: str) -> str | None:
    parsed = _parsed(re.sub(r"^\s*00", "+", number), None)
    return phonenumbers.region_code_for_number(parsed) if parsed and phonenumbers.is_valid_number(parsed) else None


def _candidates(numbers: list[str], support: Counter[str]) -> list[str]:
    """Regions to try. Numbers in the shape of North America are from there, be they made up (555) or not."""
    shaped = sum(_NORTH_AMERICA.match(number) is not None for number in numbers)
    if shaped >= 0.9 * len(numbers):
        return ["US", "CA"]
    candidates = [region for region, _ in support.most_common(_CANDIDATES)]
    return candidates + [region for region in _USUAL if region not in candidates]


@dataclass(frozen=True)
class _Shares:
    """Shares of numbers when they are read in a region.

    written: valid, and with the 0 in front where people write one. by_chance: valid after their digits were changed.
    """

    valid: float
    possible: float
    written: float
    by_chance: float


def _shares(numbers: list[str], region: str) -> _Shares:
    about = phonenumbers.PhoneMetadata.metadata_for_region(region)
    trunk = "0" if about is not None and about.national_prefix == "0" else ""
    parsed = [_parsed(number, region) for number in numbers]
    valid = [_is_valid(number, region) for number in parsed]
    possible = [number is not None and phonenumbers.is_possible_number(number) for number in parsed]
    written = [ok and number.lstrip(" (").startswith(trunk) for ok, number in zip(valid, numbers, strict=True)]
    changes = range(1, 1 + min(9, max(1, _NUMBERS // len(numbers))))
    others = [_parsed(_changed(number, by), region) for number in numbers for by in changes]
    chance = [_is_valid(number, region) for number in others]
    shares = (sum(found) / len(found) for found in (valid, possible, written, chance))
    return _Shares(*shares)


def _changed(number: str, by: int) -> str:
    """A number with other digits; a 0 in front stays."""
    keep = len(number) - len(number.lstrip(" (0"))
    return number[:keep] + "".join(str((int(c) + by) % 10) if c.isdecimal() else c for c in number[keep:])


def _is_valid(number: phonenumbers.PhoneNumber | None, region: str) -> bool:
    """Islands share their mainland's plan; the countries of North America are told apart."""
    if number is None:
        return False
    if number.country_code == 1:
        return bool(phonenumbers.is_valid_number_for_region(number, region))
    return bool(phonenumbers.is_valid_number(number))


def _parsed(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
