"""Street lines: one canonical writing."""

import re
from functools import lru_cache
from itertools import chain

from rules.lists import groups, words
from rules.values.text import fold

STREET_WORDS = {form: group[0] for group in groups("street_words") for form in group}
_ENDINGS = tuple(sorted(words("street_endings"), key=lambda ending: (-len(ending), ending)))
PLACEHOLDERS = words("placeholder_addresses")
# A number behind these belongs to the street: "Highway 12"
NUMBERED = frozenset(
    ("hwy", "rte", "rt", "rr", "cr", "sr", "box", "fwy", "interstate", "i", "calle", "carretera", "km")
)
_DIRECTIONS = frozenset("nsew")
_ONLY_IN_FRONT = {"r": "rue", "c": "calle", "v": "via", "st": "saint", "ste": "sainte", "sankt": "saint"}

_UNIT_NAMES = (
    "apartment|apartmt|apart|appartement|appt|apt|app|unit|suite|ste|flat|room|rm|lot|whg|wohnung|piso|bus|bte|boite"
)
_UNIT = re.compile(rf"\b(?:{_UNIT_NAMES}) (?:no )?(\d+ ?[a-z]?|[a-z] ?\d*)\b")
_FLOORS = "floor|fl|etage|og|stock|level|lvl"
_FLOOR = re.compile(rf"\b(?:(?:{_FLOORS}) (\d+)|(\d+)(?:st|nd|rd|th)? (?:{_FLOORS})|eg|ground floor)\b")
_BUILDING = re.compile(r"\b(?:bldg|building|block|blk|tower|twr) (\d+[a-z]?|[a-z])\b")
_POST_BOXES = (
    "p ?o ?box|post office box|postal box|post box|postfach|postbus|boite postale|bp|"
    "apartado(?: de correos| postal)?|casella postale|caixa postal"
)
_POST_BOX = re.compile(rf"\b(?:{_POST_BOXES}) (\d[\d ]*|[a-z]\d+)")
_AU_UNIT = re.compile(r"^\s*(\d+[A-Za-z]?)\s*/\s*(?=\d)")
NUMBER = re.compile(r"\d+[a-z]?")
_RANGE = re.compile(r"(?<!\S)(\d+[a-z]?) ?[-–/] ?\d*[a-z]?(?!\S)", re.IGNORECASE)


# Spanish "nº 5" is a number, "3º B" a floor and a door
_NUMERO = re.compile(r"\bn[º°]\s*(?=\d)", re.IGNORECASE)
_PISO = re.compile(r"(\d+)\s*[ºª°]\s*([A-Za-z]\b)?")


# Words that can begin a unit, a floor, a building or a post box, and those that mean something else in front
LINE_WORDS = frozenset(re.findall("[a-z]+", f"{_UNIT_NAMES} {_FLOORS} {_POST_BOXES}"))
LINE_WORDS -= {"de"}  # it begins nothing
LINE_WORDS |= {"pobox", "bldg", "building", "block", "blk", "tower", "twr", "eg", "ground"}
FRONT_WORDS = frozenset(_ONLY_IN_FRONT)


def normalise(raw: str | None, house_number: str | None = None, unit: str | None = None) -> str | None:
    """The line as "number words #unit" with street words abbreviated; None for a placeholder.

    >>> normalise("Apt. 4, 12 Main Street"), normalise("Hauptstraße 12 a"), normalise("P.O. Box 123")
    ('12 main st #4', '12a haupt st', 'po box 123')
    """
    text, found_unit = _take_front_unit(raw or "")
    text = _without_marks(text)
    line = fold(text.replace("#", " unit ")) or ""
    if line in PLACEHOLDERS:
        line = ""
    units: list[str] = []
    if not LINE_WORDS.isdisjoint(line.split()):
        box = _POST_BOX.search(line)
        if box:
            return f"po box {box.group(1).replace(' ', '')}"
        line, units = _take_units(line)
    tokens = _spelled_line(line.split())
    number, tokens = _take_number(tokens)
    told = "".join((fold(house_number) or "").split())
    if told and told != number:
        number, tokens = told, ([number] if number else []) + tokens
    base = " ".join(token for token in (number, *tokens) if token)
    if not base:
        return None
    given = unit_name(unit) or "-".join(filter(None, (found_unit, *units)))
    return f"{base} #{given}" if given else base


def _without_marks(raw: str) -> str:
    """The first number of a range, and Spanish floors as units."""
    if any(mark in raw for mark in "º°ª"):
        raw = _PISO.sub(r" unit \1\2 ", _NUMERO.sub(" ", raw))
    return _RANGE.sub(r"\1", raw) if any(mark in raw for mark in "-–/") else raw


def _take_front_unit(raw: str) -> tuple[str, str]:
    """Australian "3/12 Main Street" is unit 3 of number 12."""
    found = _AU_UNIT.match(raw)
    return (raw[found.end() :], found.group(1).lower()) if found else (raw, "")


def unit_name(raw: str | None) -> str:
    """A unit without its word: "Apt. 4 B" is "4b"."""
    folded = fold((raw or "").replace("#", " "))
    if folded is None or folded in PLACEHOLDERS:
        return ""
    line, units = _take_units(f"unit {folded}" if folded[0].isdigit() or len(folded) == 1 else folded)
    return "-".join((*units, *line.split()))


def _take_units(folded: str) -> tuple[str, list[str]]:
    units: list[str] = []
    for pattern, mark in ((_BUILDING, "b"), (_FLOOR, "f"), (_UNIT, "")):
        for found in pattern.finditer(folded):
            name = next((group for group in found.groups() if group), "0")
            units.append(mark + name.replace(" ", ""))
        folded = pattern.sub(" ", folded)
    # a bare "unit" (from "#") before anything else
    return re.sub(r"\bunit\b", " ", folded), units


def spelled(token: str) -> tuple[str, ...]:
    """One word in its canonical form, its ending split off: "hauptstrasse" -> ("haupt", "st")."""
    return tuple(STREET_WORDS.get(piece, piece) for piece in _split_ending(token))


def _spelled_line(tokens: list[str]) -> list[str]:
    split = list(chain.from_iterable(map(_split_ending, tokens)))
    first = next((place for place, token in enumerate(split) if not NUMBER.fullmatch(token)), 0)
    line = [STREET_WORDS.get(token, token) for token in split]
    if first < len(split) - 1 and split[first] in _ONLY_IN_FRONT and not split[first + 1].isdigit():
        line[first] = _ONLY_IN_FRONT[split[first]]
    return line


@lru_cache(maxsize=1 << 18)
def _split_ending(token: str) -> tuple[str, ...]:
    if token not in STREET_WORDS:
        for ending in _ENDINGS:
            if token.endswith(ending) and len(token) >= len(ending) + 3:
                return token.removesuffix(ending), ending
    return (token,)


def _take_number(tokens: list[str]) -> tuple[str, list[str]]:
    """The house number, wherever it stands, and the other words; a letter behind it belongs to it."""
    places = [place for place, token in enumerate(tokens) if NUMBER.fullmatch(token)]
    places = [place for place in places if place == 0 or tokens[place - 1] not in NUMBERED]
    if not places or len(tokens) == 1:
        return "", tokens
    place = 0 if 0 in places else places[-1]
    number, after = tokens[place], tokens[place + 1 :]
    letter = after[0] if after else ""
    # "12 E Main St" has a direction, "12 a Main St" and "Hauptstr. 12 a" a letter, "1 A St" a street called A
    belongs = place > 0 or (letter not in _DIRECTIONS and len(after) > 2)
    if number.isdigit() and len(letter) == 1 and letter.isalpha() and belongs:
        number, after = number + letter, after[1:]
    return number, tokens[:place] + after
