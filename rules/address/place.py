"""Places: postal code, city, region and country as one field, written "postal|city|region|country"."""

import re

import polars as pl

from rules.address.place_compare import LEVELS, Localities, all_pieces, pieces
from rules.field import Field
from rules.lists import aliases, words
from rules.values.text import fold, mapped, only, skeleton

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


def _if_any(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _all_cities(values: pl.Series) -> pl.Series:
    cities = all_pieces(values)["city"].str.replace_all(" ", "", literal=True)
    return only(cities, cities != "")


def _all_postals(values: pl.Series) -> pl.Series:
    postals = all_pieces(values)["postal"]
    return only(postals, postals != "")


PLACE = Field(
    "place",
    levels=LEVELS,
    normalise=normalise,
    fast=_fast,
    judge=Localities,
    keys={
        "city": lambda value: _if_any(pieces(value).city.replace(" ", "")),
        "city4": lambda value: _if_any(pieces(value).city.replace(" ", "")[:4]),
        "postal": lambda value: _if_any(pieces(value).postal),
        "city_skeleton": lambda value: _if_any(skeleton(pieces(value).city.replace(" ", ""))),
    },
    fast_keys={
        "city": _all_cities,
        "city4": lambda values: _all_cities(values).str.head(4),
        "postal": _all_postals,
    },
)
