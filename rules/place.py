"""Places: postal code, city, region and country as one field, written "postal|city|region|country"."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.field import MISSING, Field, Levels, Strings
from rules.lists import aliases, words
from rules.text import Mask, fold, jaro_winkler, mapped, mask, one_edit, only, skeleton, take

LEVELS = ("same", "mostly", "partly", "conflict")

COUNTRIES = aliases("countries")
REGIONS = aliases("regions")
_PLACEHOLDERS = words("placeholder_addresses")
_CITIES = {
    "nyc": "new york",
    "new york city": "new york",
    "sf": "san francisco",
    "la": "los angeles",
    "l a": "los angeles",
}
_SAINTS = {"st": "saint", "ste": "sainte", "sankt": "saint", "mt": "mount", "ft": "fort"}
_COUNTRY_IN_FRONT = re.compile(r"(?:A|B|CH|CZ|D|DK|E|F|FIN?|I|L|LT|LV|N|NL|P|PL|S|SE|SK)-\s*(?=\d)", re.IGNORECASE)


class Place(NamedTuple):
    """A normalised place taken apart; each piece may be empty."""

    postal: str
    city: str
    region: str
    country: str


def normalise(
    city: str | None, postal_code: str | None = None, region: str | None = None, country: str | None = None
) -> str | None:
    """The four pieces folded and joined by "|", or None when none of them is known.

    >>> normalise("San Diego", "92101-1234", "California", "USA"), normalise("St. Louis")
    ('92101|san diego|ca|us', '|saint louis||')
    """
    code = country_code(country)
    pieces = (_postal(postal_code, code), _city(city), _region(region), code)
    return "|".join(pieces) if any(pieces) else None


def _fast(
    city: pl.Series,
    postal_code: pl.Series | None = None,
    region: pl.Series | None = None,
    country: pl.Series | None = None,
) -> tuple[pl.Series, pl.Series]:
    """Covers everything: each piece has few distinct values."""
    nothing = pl.repeat(None, len(city), dtype=pl.String, eager=True)
    code = mapped(nothing if country is None else country, country_code)
    # which postal codes are American is all that the country decides
    kind = code.is_in(["us", ""]).not_().cast(pl.Int8).cast(pl.String).zip_with(code != "us", pl.Series(["us"]))
    both = pl.select(
        pl.concat_str(kind, (nothing if postal_code is None else postal_code).fill_null(""), separator="|")
    )
    pieces = (
        mapped(both.to_series(), _postal_by_kind),
        mapped(city, _city),
        mapped(nothing if region is None else region, _region),
        code,
    )
    value = pl.select(pl.concat_str(*pieces, separator="|")).to_series()
    return only(value, value != "|||"), pl.repeat(value=True, n=len(city), eager=True)


def _postal_by_kind(joined: str | None) -> str:
    kind, _, raw = (joined or "|").partition("|")
    return _postal(raw, {"us": "us", "0": "", "1": "other"}[kind])


def country_code(raw: str | None) -> str:
    """ISO 3166 alpha-2 in lower case for a name or code; the folded text for one that is not known; "" for none."""
    folded = _told(raw)
    return COUNTRIES.get(folded, folded)


def _told(raw: str | None) -> str:
    folded = fold(raw) or ""
    return "" if folded in _PLACEHOLDERS else folded


def _postal(raw: str | None, country: str) -> str:
    """Without blanks; ZIP+4 cut to five digits, and zeros that a spreadsheet dropped put back (United States)."""
    # a column read as numbers: "92101.0"
    text = re.sub(r"\.0$", "", (raw or "").strip())
    told = _told(_COUNTRY_IN_FRONT.sub("", text))
    if re.fullmatch(r"\d{5} \d{4}", told) or (re.fullmatch(r"\d{9}", told) and country in {"", "us"}):
        told = told[:5]
    postal = told.replace(" ", "")
    if country == "us" and re.fullmatch(r"\d{3,4}", postal):
        postal = postal.zfill(5)
    return "" if not postal.strip("0") or set(postal) == {"9"} else postal


def _city(raw: str | None) -> str:
    told = _told(re.sub(r"\([^)]*\)", " ", raw or ""))
    told = _CITIES.get(told, told)
    first, blank, rest = told.partition(" ")
    return f"{_SAINTS.get(first, first)} {rest}" if blank else told


def _region(raw: str | None) -> str:
    told = _told(raw)
    return REGIONS.get(told, told)


def pieces(value: str) -> Place:
    """A normalised place taken apart."""
    return Place(*value.split("|"))


def _agreement(
    left: list[str], right: list[str], near: Callable[[list[str], list[str]], Mask] | None = None
) -> NDArray[np.int8]:
    """2 equal, 1 near, -1 in conflict, 0 where a side is missing."""
    pairs = zip(left, right, strict=True)
    told = (0 if not (a and b) else 2 if a == b else -1 for a, b in pairs)
    found = np.fromiter(told, dtype=np.int8, count=len(left))
    differ = np.flatnonzero(found == -1)
    if near is not None and len(differ):
        found[differ[near(take(left, differ), take(right, differ))]] = 1
    return found


def _near_postal(left: list[str], right: list[str]) -> Mask:
    """One digit differs, or one is the beginning of the other (a British outward code)."""
    pairs = zip(left, right, strict=True)
    begins = mask((len(a) > 2 < len(b) and (a.startswith(b) or b.startswith(a)) for a, b in pairs), len(left))
    long_enough = mask((len(a) > 3 < len(b) for a, b in zip(left, right, strict=True)), len(left))
    return begins | (long_enough & one_edit(left, right))


def _near_city(left: list[str], right: list[str]) -> Mask:
    """Jaro-Winkler of .9, one edit from five letters on, or the beginning ("frankfurt" and "frankfurt am main")."""
    pairs = zip(left, right, strict=True)
    begins = mask((f"{a} ".startswith(f"{b} ") or f"{b} ".startswith(f"{a} ") for a, b in pairs), len(left))
    joined = [a.replace(" ", "") for a in left], [b.replace(" ", "") for b in right]
    long_enough = mask((min(len(a), len(b)) > 4 for a, b in zip(*joined, strict=True)), len(left))
    return begins | (jaro_winkler(*joined, 0.9) > 0) | (long_enough & one_edit(*joined))


class _Columns(NamedTuple):
    postal: list[str]
    city: list[str]
    region: list[str]
    country: list[str]


def _columns(values: list[str]) -> _Columns:
    """The pieces of many places, each distinct place taken apart once."""
    known = {value: pieces(value) for value in dict.fromkeys(values)}
    found = [known[value] for value in values]
    return _Columns(*([place[at] for place in found] for at in range(4)))


def compare(left: Strings, right: Strings) -> Levels:
    """Places agree when postal code and city do, as far as both sides have them.

    "mostly" is one of them equal and the other misspelt (city Jaro-Winkler .9 or one edit, postal code one digit), or
    all that both have misspelt; "partly" is one equal and the other not, or a city of one name in two regions. Places
    that share neither, and do not contradict each other by region or country, cannot be compared.
    """
    codes = np.full(len(left), PLACE.code("same"), dtype=np.uint8)
    differ = np.flatnonzero(mask((a != b for a, b in zip(left, right, strict=True)), len(left)))
    here, there = _columns(take(left, differ)), _columns(take(right, differ))
    postal = _agreement(here.postal, there.postal, _near_postal)
    city = _agreement(here.city, there.city, _near_city)
    region, country = _agreement(here.region, there.region), _agreement(here.country, there.country)
    # a region or country alone says nothing when it agrees
    codes[mask((value.startswith("||") for value in left), len(left))] = MISSING
    codes[differ] = _levels(postal, city, region, country)
    return codes


def _levels(
    postal: NDArray[np.int8], city: NDArray[np.int8], region: NDArray[np.int8], country: NDArray[np.int8]
) -> Levels:
    best, worst = np.maximum(postal, city), np.minimum(postal, city)
    both = (postal != 0) & (city != 0)
    elsewhere = (country == -1) | ((region == -1) & ~both)
    one_equal = best == 2
    all_equal = one_equal & (worst != 1) & (worst != -1)
    all_near = (best > 0) & (worst >= 0)
    told = np.select(
        [
            all_equal & ~elsewhere,
            all_near & ~elsewhere,
            one_equal,
            both | (best == -1) | (worst == -1) | (best == 1) | elsewhere,
        ],
        [PLACE.code("same"), PLACE.code("mostly"), PLACE.code("partly"), PLACE.code("conflict")],
        default=MISSING,
    )
    return told.astype(np.uint8)


def _if_any(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


PLACE = Field(
    "place",
    levels=LEVELS,
    normalise=normalise,
    fast=_fast,
    compare=compare,
    keys={
        "city": lambda value: _if_any(pieces(value).city.replace(" ", "")),
        "city4": lambda value: _if_any(pieces(value).city.replace(" ", "")[:4]),
        "postal": lambda value: _if_any(pieces(value).postal),
        "city_skeleton": lambda value: _if_any(skeleton(pieces(value).city.replace(" ", ""))),
    },
)
