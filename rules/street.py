"""Street lines: one canonical writing, and which two lines mean one house, one building or one street."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz

from rules.field import Levels, Strings
from rules.lists import groups, words
from rules.text import Mask, Pairs, fold, jaro_winkler, mask, one_by_one, ratio, same_numbers, skeleton, take

LEVELS = (
    "same",
    "same, unit on one side",
    "same building, other unit",
    "typo",
    "same street, other number",
    "similar",
    "different",
)

_SIMILAR, _DIFFERENT = LEVELS.index("similar") + 1, LEVELS.index("different") + 1

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
_NUMBER = re.compile(r"\d+[a-z]?")
_RANGE = re.compile(r"(?<!\S)(\d+[a-z]?) ?[-–/] ?\d*[a-z]?(?!\S)", re.IGNORECASE)


# Spanish "nº 5" is a number, "3º B" a floor and a door
_NUMERO = re.compile(r"\bn[º°]\s*(?=\d)", re.IGNORECASE)
_PISO = re.compile(r"(\d+)\s*[ºª°]\s*([A-Za-z]\b)?")


# Words that can begin a unit, a floor, a building or a post box, and those that mean something else in front
LINE_WORDS = frozenset(re.findall("[a-z]+", f"{_UNIT_NAMES} {_FLOORS} {_POST_BOXES}"))
LINE_WORDS -= {"de"}  # it begins nothing
LINE_WORDS |= {"pobox", "bldg", "building", "block", "blk", "tower", "twr", "eg", "ground"}
FRONT_WORDS = frozenset(_ONLY_IN_FRONT)


class Street(NamedTuple):
    """A normalised street line taken apart; each piece may be empty."""

    number: str
    words: str
    unit: str

    @property
    def base(self) -> str:
        """The line without its unit."""
        return f"{self.number} {self.words}".strip()


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
    first = next((place for place, token in enumerate(split) if not _NUMBER.fullmatch(token)), 0)
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
    places = [place for place, token in enumerate(tokens) if _NUMBER.fullmatch(token)]
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


@lru_cache(maxsize=1 << 18)
def parts(value: str) -> Street:
    """A normalised street line taken apart.

    >>> parts("12 main st #4")
    Street(number='12', words='main st', unit='4')
    """
    base, _, unit = value.partition(" #")
    first, _, rest = base.partition(" ")
    return Street(first, rest, unit) if _NUMBER.fullmatch(first) and rest else Street("", base, unit)


def _number_misspelt(left: str, right: str) -> bool:
    """12 and 12a, 12 and 21, 1234 and 1244; but 12 and 13 are two houses."""
    if left == right or not left or not right:
        return False
    if left.rstrip("abcdefghijklmnopqrstuvwxyz") == right.rstrip("abcdefghijklmnopqrstuvwxyz"):
        return True
    if len(left) == len(right):
        differ = [place for place in range(len(left)) if left[place] != right[place]]
        swapped = len(differ) == 2 and left[differ[0]] + left[differ[1]] == right[differ[1]] + right[differ[0]]
        return (len(differ) == 1 and len(left) > 2) or (swapped and differ[1] == differ[0] + 1)
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return len(longer) > 2 and any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))


class _Split:
    """Normalised street lines by their pieces, each distinct line taken apart once."""

    def __init__(self, values: Sequence[str]) -> None:
        known = {value: parts(value) for value in dict.fromkeys(values)}
        found = [known[value] for value in values]
        self.numbers = [street.number for street in found]
        self.words = [street.words for street in found]
        self.units = [street.unit for street in found]


def _same(left: Sequence[str], right: Sequence[str]) -> Mask:
    return mask((a == b for a, b in zip(left, right, strict=True)), len(left))


def _where(
    places: Mask, test: Callable[[list[str], list[str]], Mask], left: Sequence[str], right: Sequence[str]
) -> Mask:
    """The test at these places only; elsewhere it counts as failed."""
    told = np.zeros(len(places), dtype=np.bool_)
    chosen = np.flatnonzero(places)
    if len(chosen):
        told[chosen] = test(take(left, chosen), take(right, chosen))
    return told


def _near(left: list[str], right: list[str]) -> Mask:
    """Words of Jaro-Winkler .88 with or without their blanks and with equal numbers, or one within the other."""
    joined = [x.replace(" ", "") for x in left], [y.replace(" ", "") for y in right]
    near = (jaro_winkler(left, right, 0.88) > 0) | (jaro_winkler(*joined, 0.88) > 0)
    return near & same_numbers(left, right)


def _within(left: str, right: str) -> bool:
    """The words of one are among the other's: two words, or a street's own name ("main" in "old main rd")."""
    a, b = set(left.split()), set(right.split())
    shorter = a if len(a) < len(b) else b
    return (a <= b or b <= a) and (
        len(shorter) > 1 or any(len(word) > 3 and word not in STREET_WORDS for word in shorter)
    )


def _lines_alike(left: list[str], right: list[str]) -> Mask:
    return ratio(left, right, fuzz.token_sort_ratio, 80) > 0


def _streets_alike(left: list[str], right: list[str]) -> Mask:
    """ "5th ave" and "6th ave" are alike only in their letters."""
    alike = jaro_winkler(left, right, 0.92) > 0
    return _where(alike, same_numbers, left, right)


def compare(left: Strings, right: Strings) -> Levels:
    """Street lines agree when number and street are the same once abbreviations and word order are set aside.

    "typo" is one number with a street of Jaro-Winkler .88 or within the other, or one street with a number one slip
    away; "similar" is one number and 80% of the letters, or another number and a street of .92.
    """
    pairs = Pairs(left, right, _DIFFERENT)
    a, b = _Split(pairs.left), _Split(pairs.right)
    number, street, unit = _same(a.numbers, b.numbers), _same(a.words, b.words), _same(a.units, b.units)
    has_number = mask(map(bool, a.numbers), len(a.numbers))
    two_units = mask((x != "" and y != "" for x, y in zip(a.units, b.units, strict=True)), len(a.units))
    near_number = _where(street & ~number, one_by_one(_number_misspelt), a.numbers, b.numbers)
    other = number & ~street
    near = _where(other, _near, a.words, b.words) | _where(other & has_number, one_by_one(_within), a.words, b.words)
    lines = _where(other & ~near, _lines_alike, pairs.left, pairs.right)
    lines &= has_number | _where(lines, same_numbers, a.words, b.words)
    told = np.select(
        [number & street & unit, number & street & ~two_units, number & street, near_number | near, street, lines],
        range(1, 7),
        default=_DIFFERENT,
    )
    rest = told == _DIFFERENT
    told[_where(rest, _streets_alike, a.words, b.words)] = _SIMILAR
    return np.asarray(told, dtype=np.uint8)


def number_and_skeleton(value: str) -> tuple[str, ...]:
    """The house number with what typing errors leave of the street's longest own word; nothing without a number."""
    street = parts(value)
    names = [word for word in street.words.split() if word not in STREET_WORDS] or street.words.split()
    return (f"{street.number} {skeleton(max(names, key=len))}",) if street.number else ()
