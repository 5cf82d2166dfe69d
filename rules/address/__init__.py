"""Addresses: street lines and places, and how an address in one line falls into them."""

import re
from typing import NamedTuple

from rules.address.place import COUNTRIES, PLACE, REGIONS, country_code
from rules.address.street import PLACEHOLDERS, STREET_WORDS, normalise
from rules.address.street_compare import LEVELS, Streets, all_bases, all_numbers, all_parts, number_and_skeleton, parts
from rules.address.street_fast import fast
from rules.field import Field
from rules.values.text import fold

__all__ = ["PLACE", "STREET", "RawAddress", "country_code", "split_raw"]


STREET = Field(
    "street",
    levels=LEVELS,
    normalise=normalise,
    fast=fast,
    judge=Streets,
    keys={
        "same": lambda value: (parts(value).base,),
        "number": lambda value: tuple(number for number in (parts(value).number,) if number),
        "street": lambda value: (parts(value).words,),
        "number_skeleton": number_and_skeleton,
    },
    fast_keys={
        "same": all_bases,
        "number": all_numbers,
        "street": lambda values: all_parts(values)["words"],
    },
)


class RawAddress(NamedTuple):
    """The pieces of an address as they are written; each may be None."""

    street: str | None = None
    unit: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


_ALSO_CITIES = frozenset(("new york", "washington"))
_UNIT_PIECE = re.compile(
    r"(?:apt|apartment|unit|suite|ste|flat|room|rm|floor|fl|bldg|building|lot|whg|piso)\b.*|#\s*\w+|.*\b(?:floor|etage|og)\.?",
    re.IGNORECASE,
)
_STATE_POSTAL = re.compile(
    r"(?P<rest>.*?)\s*\b(?P<region>[A-Za-z][A-Za-z. ]*?)\s+(?P<postal>\d{5}(?:-\d{4})?|\d{4}|[A-Z]\d[A-Z] ?\d[A-Z]\d)",
    re.IGNORECASE,
)
_BRITISH = re.compile(r"(?P<rest>.*?)\s*\b(?P<postal>[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2})", re.IGNORECASE)
_POSTAL_FIRST = re.compile(
    r"(?:[A-Z]{1,3}-)?(?P<postal>\d{4,5}(?: ?[A-Z]{2}(?=\s))?|\d{3} \d{2}|\d{2}-\d{3})\s+(?P<rest>[^\d].*)"
)
_POSTAL_LAST = re.compile(r"(?P<rest>.*?)\s*\b(?P<postal>\d{4,6}|\d{5}-\d{3})")


def split_raw(raw: str | None) -> RawAddress | None:
    """The pieces of an address in one line, as far as its shape tells; None when there is nothing in it.

    Knows the usual shapes of the United States, Canada, Australia, Britain, Germany, France, the Netherlands and
    countries that write like them. What stands before the place is the street.

    >>> split_raw("7548 Center St, San Diego, CA 92101")
    RawAddress(street='7548 Center St', unit=None, city='San Diego', region='CA', postal_code='92101', country=None)
    """
    pieces = [" ".join(piece.split()) for piece in re.split(r"[,;\n\r]+", raw or "")]
    pieces = [piece for piece in pieces if fold(piece) and fold(piece) not in PLACEHOLDERS]
    if not pieces:
        return None
    country = _take_country(pieces)
    units = [piece for piece in pieces[1:] if _UNIT_PIECE.fullmatch(piece)]
    pieces = [pieces[0], *(piece for piece in pieces[1:] if piece not in units)]
    region, postal, city = _take_place(pieces, lonely=len(pieces) == 1)
    if city is not None and region is None and len(pieces) > 1 and (fold(city) or "") in REGIONS:
        region, city = city, None
    if city is None and (len(pieces) > 1 or (region and pieces and not any(map(str.isdigit, pieces[0])))):
        city = pieces.pop()
    if city is None and pieces and (postal or region):
        pieces[-1], city = _street_and_city(pieces[-1])
    street = next((piece for piece in pieces if any(map(str.isdigit, piece))), pieces[0] if pieces else None)
    return RawAddress(street or None, ", ".join(units) or None, city, region, postal, country)


def _take_country(pieces: list[str]) -> str | None:
    """A country's name at the end. Two letters that are also a state (CA, DE, IN) are one only after a postal code."""
    last = fold(pieces[-1]) or ""
    after_place = len(pieces) > 1 and any(map(str.isdigit, pieces[-2])) and len(pieces) > 2
    if len(pieces) > 1 and last in COUNTRIES and (last not in REGIONS or after_place):
        return pieces.pop()
    return None


def _take_place(pieces: list[str], *, lonely: bool) -> tuple[str | None, str | None, str | None]:
    """(region, postal code, city) from the end. `lonely`: the street stands in the same piece."""
    last = pieces[-1]
    if found := _STATE_POSTAL.fullmatch(last):
        region = _known_region(found["rest"], found["region"])
        if region:
            rest = f"{found['rest']} {found['region']}".strip().removesuffix(region).strip()
            return region, found["postal"], _keep(pieces, rest, lonely=lonely)
    if (fold(last) or "") in REGIONS and len(pieces) > (2 if fold(last) in _ALSO_CITIES else 1):
        pieces.pop()
        region = last
        if len(pieces) > 1 and (found := _POSTAL_LAST.fullmatch(pieces[-1])) and not found["rest"]:
            return region, found["postal"], _keep(pieces, "", lonely=False)
        return region, None, None
    for shape in (_BRITISH, _POSTAL_FIRST, _POSTAL_LAST):
        found = shape.fullmatch(last)
        if found and not (lonely and shape is not _BRITISH):
            return None, found["postal"], _keep(pieces, found["rest"], lonely=lonely)
    if lonely and (found := re.fullmatch(rf"(?P<street>.*\d\w?)\s+{_POSTAL_FIRST.pattern}", last)):
        pieces[-1] = found["street"]
        return None, found["postal"], found["rest"]
    return None, None, None


def _known_region(rest: str, tail: str) -> str | None:
    """The longest run of words before the postal code that names a state: "New York", "NSW"."""
    words = f"{rest} {tail}".split()
    for size in (3, 2, 1):
        named = " ".join(words[-size:])
        if len(words) >= size and (fold(named) or "") in REGIONS:
            return named
    return None


def _keep(pieces: list[str], rest: str, *, lonely: bool) -> str | None:
    """Takes the place's piece away; what is left of it is the city, or still street and city when it stood alone."""
    if lonely:
        pieces[-1] = rest
        return None
    pieces.pop()
    if rest:
        return rest
    return pieces.pop() if len(pieces) > 1 else None


def _street_and_city(line: str) -> tuple[str, str | None]:
    """ "12 Main St San Diego": the street ends with the last word that is a kind of street."""
    words = line.split()
    kinds = [
        place for place, word in enumerate(words) if place and (fold(word) or "") in STREET_WORDS and len(word) > 1
    ]
    ends = [place for place in kinds if place < len(words) - 1]
    if not ends or not words[0][0].isdigit():
        return line, None
    return " ".join(words[: ends[0] + 1]), " ".join(words[ends[0] + 1 :])
