"""Places: postal code, city, region and country as one field, written "postal|city|region|country"."""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.field import MISSING, Field, Levels, Strings
from rules.lists import aliases, words
from rules.text import Mask, fold, jaro_winkler, mask, one_edit, skeleton, take

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


def _agreement(left: list[str], right: list[str], near: Mask) -> NDArray[np.int8]:
    """2 equal, 1 near, -1 in conflict, 0 where a side is missing."""
    pairs = list(zip(left, right, strict=True))
    known = mask((bool(a and b) for a, b in pairs), len(pairs))
    equal = mask((a == b for a, b in pairs), len(pairs))
    return np.where(known, np.where(equal, 2, np.where(near, 1, -1)), 0).astype(np.int8)


def _near_postal(left: list[str], right: list[str]) -> Mask:
    """One digit differs, or one is the beginning of the other (a British outward code)."""
    pairs = zip(left, right, strict=True)
    begins = mask((len(a) > 2 < len(b) and (a.startswith(b) or b.startswith(a)) for a, b in pairs), len(left))
    long_enough = mask((len(a) > 3 < len(b) for a, b in zip(left, right, strict=True)), len(left))
    return begins | (long_enough & one_edit(left, right))


def _near_city(left: list[str], right: list[str]) -> Mask:
    """Jaro-Winkler of .9, or one is the beginning of the other ("frankfurt" and "frankfurt am main")."""
    pairs = zip(left, right, strict=True)
    begins = mask((f"{a} ".startswith(f"{b} ") or f"{b} ".startswith(f"{a} ") for a, b in pairs), len(left))
    joined = [a.replace(" ", "") for a in left], [b.replace(" ", "") for b in right]
    return begins | (jaro_winkler(*joined, 0.9) > 0)


def compare(left: Strings, right: Strings) -> Levels:
    """Places agree when postal code and city do, as far as both sides have them.

    "mostly" is one of them equal and the other misspelt (city Jaro-Winkler .9, one digit of the postal code), or all
    that both have misspelt; "partly" is one equal and the other not, or a city of one name in two regions. Places that
    share neither, and do not contradict each other by region or country, cannot be compared.
    """
    codes = np.full(len(left), PLACE.code("same"), dtype=np.uint8)
    differ = np.flatnonzero(mask((a != b for a, b in zip(left, right, strict=True)), len(left)))
    lefts, rights = map(pieces, take(left, differ)), map(pieces, take(right, differ))
    columns = [list(column) for column in zip(*lefts, strict=True)] or [[], [], [], []]
    others = [list(column) for column in zip(*rights, strict=True)] or [[], [], [], []]
    postal = _agreement(columns[0], others[0], _near_postal(columns[0], others[0]))
    city = _agreement(columns[1], others[1], _near_city(columns[1], others[1]))
    nowhere = np.zeros(len(differ), dtype=np.bool_)
    region, country = (_agreement(columns[place], others[place], nowhere) for place in (2, 3))
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
    compare=compare,
    keys={
        "city": lambda value: _if_any(pieces(value).city.replace(" ", "")),
        "postal": lambda value: _if_any(pieces(value).postal),
        "city_skeleton": lambda value: _if_any(skeleton(pieces(value).city.replace(" ", ""))),
    },
)
