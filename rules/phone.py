"""Phone numbers: what is one line, what is an extension of it, and what is no number at all.

A normalised value is written so that its strength can be read off it:

| value                | means                                                                     |
|----------------------|---------------------------------------------------------------------------|
| +442079460018        | a valid number, E.164                                                     |
| +12125550147;ext=22  | the same with an extension                                                |
| ?+447700900123       | not a valid number, but of a possible length: equal twice, it still counts |
| ~2079460018          | digits without a known country (or of an impossible length)               |
"""

import re
from collections.abc import Iterator
from itertools import chain

import numpy as np
import phonenumbers
import polars as pl
from numpy.typing import NDArray
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from rules.field import MISSING, Field, Levels, Strings
from rules.lists import words

LEVELS = ("same", "same, extension on one side", "same, unverified", "one digit differs", "different")
_SAME, _EXTENSION, _UNVERIFIED, _ONE_DIGIT, _DIFFERENT = range(1, len(LEVELS) + 1)

FEWEST_DIGITS, MOST_DIGITS = 7, 15
# What the library refuses to read; a note, not a number.
LONGEST = 250
# 011 and what is dialled behind it from America; shorter numbers are of Sheffield, Leicester or Turin.
FEWEST_DIALLED_ABROAD = 13
# Digits at the end that stand for a number when the country is unknown on one side.
TAIL = 8
EXTENSION = ";ext="
POSSIBLE, LOOSE = "?", "~"

# Codes in use that differ from the ISO ones phonenumbers knows.
_ALIASES = {"UK": "GB", "EL": "GR"}
# German numbers may have any length, so that parsing as one splits off an extension and changes nothing else.
_ANY_LENGTH = "DE"

# "(work)" or " mobile" behind a number: the library would read the letters as keys of a keypad.
_LABEL = re.compile(
    r"(?:\s*[(\[][^()\[\]\d]*[)\]]"
    r"|\s(?:work|home|mobile|mob|cell|office|direct|main|fax|private|privat|whatsapp))\W*\Z",
    re.IGNORECASE,
)
_PLUS = "+＋"
# What can stand before the first digit that counts when the country is unknown: trunk zeros, and 00 or + themselves.
_BEFORE_DIGITS = _PLUS + "0 ("


def normalise(raw: str, region: str | None = None) -> str | None:
    """The number in E.164 with marks for what is unsure, or None when there is no number.

    A plus sign wins over `region` (ISO 3166 alpha-2); without either only the digits are known.

    >>> normalise("(212) 555-0147 ext. 22", "US"), normalise("07700 900123", "GB")
    ('+12125550147;ext=22', '?+447700900123')
    >>> normalise("020 7946 0018"), normalise("020 7946 0018", "GB"), normalise("withheld", "GB")
    ('~2079460018', '+442079460018', None)
    """
    text = raw.strip()
    if len(text) > LONGEST:
        return None
    text = _LABEL.sub("", text)
    typed = phonenumbers.normalize_digits_only(text)
    if is_filler(f"+{typed}" if text.startswith(tuple(_PLUS)) else typed):
        return None
    possible = None
    for number in _readings(text, known_region(region)):
        national = phonenumbers.national_significant_number(number)
        if is_filler(national):
            return None
        if phonenumbers.is_valid_number(number):
            return _written(number)
        if possible is None and _is_possible(number):
            possible = number
    return _loose(text) if possible is None else _written(possible, POSSIBLE)


def known_region(region: str | None) -> str | None:
    """The region as the library spells it, or None if it knows no such region."""
    code = (region or "").strip().upper()
    code = _ALIASES.get(code, code)
    return code if code in phonenumbers.SUPPORTED_REGIONS else None


def is_filler(typed: str) -> bool:
    """Whether digits (with a plus, if there was one) only fill a column: none at all, one repeated, 1234567890."""
    plain = typed.removeprefix("+")
    return len(set(plain)) < 2 or not words("junk_phones").isdisjoint((plain, typed))


def _readings(text: str, region: str | None) -> Iterator[PhoneNumber]:
    """The ways to read a number, the likeliest first: as dialled in the region, then with 00 or 011 for a plus."""
    start = text.lstrip(" (")
    attempts = [text]
    if start.startswith("00"):
        attempts.append("+" + start[2:])
    elif start.startswith("011"):
        attempts.append("+" + start[3:])
    for attempt in attempts:
        try:
            number = phonenumbers.parse(attempt, region)
        except NumberParseException:
            continue
        dialled = len(phonenumbers.normalize_digits_only(text)) - len(number.extension or "")
        if attempt == text or not start.startswith("011") or dialled >= FEWEST_DIALLED_ABROAD:
            yield number


def _is_possible(number: PhoneNumber) -> bool:
    """Whether the length fits a full number of its country. A number that only works within a town does not."""
    fits = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return fits and len(phonenumbers.format_number(number, PhoneNumberFormat.E164)) > FEWEST_DIGITS


def _written(number: PhoneNumber, mark: str = "") -> str:
    plain = mark + phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return _extended(plain, number)


def _loose(text: str) -> str | None:
    """The digits of a number whose country is unknown, without what is dialled before them."""
    start = text.lstrip(_BEFORE_DIGITS)
    try:
        number = phonenumbers.parse(start, _ANY_LENGTH)
    except NumberParseException:
        return None
    typed = phonenumbers.normalize_digits_only(start)
    bare = typed[: len(typed) - len(number.extension or "")].lstrip("0")
    if is_filler(bare) or not FEWEST_DIGITS <= len(bare) <= MOST_DIGITS:
        return None
    return _extended(LOOSE + bare, number)


def _extended(plain: str, number: PhoneNumber) -> str:
    return plain + EXTENSION + phonenumbers.normalize_digits_only(number.extension) if number.extension else plain


def digits(value: str) -> str:
    """The digits of a normalised value, with the country code if it is known, without the extension.

    >>> digits("?+447700900123;ext=5"), digits("~2079460018")
    ('447700900123', '2079460018')
    """
    return value.partition(EXTENSION)[0].lstrip(POSSIBLE + LOOSE + "+")


def extension(value: str) -> str:
    """The extension of a normalised value, or nothing.

    >>> extension("?+447700900123;ext=5"), extension("~2079460018")
    ('5', '')
    """
    return value.partition(EXTENSION)[2]


def compare(left: Strings, right: Strings) -> Levels:
    """Two numbers agree when they ring the same line; an extension, a missing country or one wrong digit weakens that.

    Two different extensions of one switchboard cannot be compared: they say neither same nor different.
    """
    places = {value: place for place, value in enumerate(dict.fromkeys(chain(left, right)))}
    i = np.fromiter(map(places.__getitem__, left), np.intp, len(left))
    j = np.fromiter(map(places.__getitem__, right), np.intp, len(right))
    numbers = np.array([*map(digits, places)], object)
    extensions = np.array([*map(extension, places)], object)
    sure = np.fromiter((value[0] == "+" for value in places), bool, len(places))
    loose = np.fromiter((value[0] == LOOSE for value in places), bool, len(places))

    same, one_extension = numbers[i] == numbers[j], extensions[i] == extensions[j]
    apart = (extensions[i] != "") & (extensions[j] != "") & ~one_extension
    rules = (same & apart, same & ~(sure[i] & sure[j]), same & ~one_extension, same)
    levels = np.select(rules, (MISSING, _UNVERIFIED, _EXTENSION, _SAME), _DIFFERENT).astype(np.uint8)
    rest = np.flatnonzero(levels == _DIFFERENT)
    i, j = i[rest], j[rest]
    edits = _edits(numbers[i].tolist(), numbers[j].tolist(), loose[i] | loose[j])
    levels[rest[edits == 1]] = _ONE_DIGIT
    levels[rest[edits == 0]] = np.where(apart[rest[edits == 0]], MISSING, _UNVERIFIED)
    return levels


def _edits(left: list[str], right: list[str], loose: NDArray[np.bool_]) -> NDArray[np.int_]:
    """Digits replaced, or neighbours swapped, between the numbers of each pair: 0, 1, or 2 for more.

    Where a country is unknown (`loose`), only as many last digits count as both have.
    """
    sizes = np.array([[*map(len, left)], [*map(len, right)]], np.intp)
    shorter = sizes.min(axis=0)
    alike = np.flatnonzero((sizes[0] == sizes[1]) | (loose & (shorter >= TAIL)))
    ends = [(k, -size) for k, size in zip(alike.tolist(), shorter[alike].tolist(), strict=True)]
    edits = np.full(len(left), 2)
    if ends:
        ours, theirs = [left[k][end:] for k, end in ends], [right[k][end:] for k, end in ends]
        edits[alike] = cpdist(ours, theirs, scorer=OSA.distance, score_cutoff=1)
    return edits


def _same_key(value: str) -> tuple[str, ...]:
    """The number in E.164; none without a country, where strangers of many countries would meet."""
    return () if value[0] == LOOSE else ("+" + digits(value),)


def _digits_key(value: str) -> tuple[str, ...]:
    """The last digits, by which a number with and one without its country meet."""
    tail = digits(value)[-TAIL:]
    return (tail,) if len(tail) == TAIL else ()


def fast(raw: pl.Series, region: pl.Series | None = None) -> tuple[pl.Series, pl.Series]:
    """`normalise` for a batch: see rules.phone_fast."""
    from rules.phone_fast import normalise_all  # it builds on the definitions above

    return normalise_all(raw, region)


PHONE = Field(
    "phone",
    levels=LEVELS,
    normalise=normalise,
    compare=compare,
    keys={"same": _same_key, "digits": _digits_key},
    fast=fast,
)
