"""Phone numbers: what is one line, what is an extension of it, and what is no number at all.

A normalised value is written so that its strength can be read off it:

| value                | means                                                                     |
|----------------------|---------------------------------------------------------------------------|
| +442079460018        | a valid number, E.164                                                     |
| +12125550147;ext=22  | the same with an extension                                                |
| ?+447700900123       | not a valid number, but of a possible length: equal twice, it still counts |
| ~2079460018          | digits without a known country (or of an impossible length)               |
| +44…0018, ~…0018     | a number that an export hides in part, with or without a known country    |
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
import polars as pl
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from rules.field import Field
from rules.lists import words
from rules.phone.compare import LEVELS, Lines
from rules.phone.keys import FAST_KEYS, KEYS, take_apart
from rules.phone.parts import EXTENSION, LOOSE, POSSIBLE
from rules.values import hidden
from rules.values.hidden import HIDDEN

FEWEST_DIGITS, MOST_DIGITS = 7, 15
# What the library refuses to read; a note, not a number.
LONGEST = 250
# 011 and what is dialled behind it from America; shorter numbers are of Sheffield, Leicester or Turin.
FEWEST_DIALLED_ABROAD = 13

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
# "***", "* * *", "XXX-XXX", "##". One star is dialled ("*67"), one x is an extension.
_BETWEEN = r"[\s().\-/]*"
_SIGNS = re.compile(
    rf"[{hidden.SIGNS}](?:{_BETWEEN}[{hidden.SIGNS}])+|#(?:{_BETWEEN}#)+"
    rf"|(?<![^\W\d_])x(?:{_BETWEEN}x)+(?![^\W\d_])|{HIDDEN}",
    re.IGNORECASE,
)
# What is dialled before a number inside its country, where that cannot be its own first digit.
_TRUNKS = ("", "0", "1")


@lru_cache(maxsize=1 << 14)
def normalise(raw: str, region: str | None = None) -> str | None:
    """The number in E.164 with marks for what is unsure, or None when there is no number.

    A plus sign wins over `region` (ISO 3166 alpha-2); without either only the digits are known. "…" is what is hidden.

    >>> normalise("(212) 555-0147 ext. 22", "US"), normalise("07700 900123", "GB")
    ('+12125550147;ext=22', '?+447700900123')
    >>> normalise("020 7946 0018"), normalise("020 7946 0018", "GB"), normalise("withheld", "GB")
    ('~2079460018', '+442079460018', None)
    >>> normalise("+1 *** *** 4567"), normalise("XXX-XXX-4567", "US"), normalise("(212) ***-4567", "US")
    ('+1…4567', '~…4567', '+1212…4567')
    """
    text = raw.strip()
    if len(text) > LONGEST:
        return None
    in_part = _SIGNS.sub(HIDDEN, text)
    if HIDDEN in in_part:
        return _in_part(in_part, known_region(region))
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


def _in_part(text: str, region: str | None) -> str | None:
    """A number of which only some digits are shown: with its country where the first ones tell it, else loose."""
    text = _LABEL.sub("", text) if any(map(str.isalpha, text)) else text
    pieces = [phonenumbers.normalize_digits_only(piece) for piece in text.split(HIDDEN)]
    typed = "".join(pieces)
    if any(map(str.isalpha, text)) or not typed.strip("0") or len(typed) > MOST_DIGITS:
        return None
    # Brackets and the like may stand between two hidden stretches.
    front, _, rest = re.sub(f"{HIDDEN}+", HIDDEN, HIDDEN.join(pieces)).partition(HIDDEN)
    abroad = front.startswith("00") or (front and text.lstrip(" (").startswith(tuple(_PLUS)))
    known = front.removeprefix("00") if abroad else _placed(front, region)
    return f"+{known}{HIDDEN}{rest}" if known else f"{LOOSE}{front.lstrip('0')}{HIDDEN}{rest}"


def _placed(front: str, region: str | None) -> str | None:
    """The first digits, as dialled in a region, behind its country's code; None where they can be read in two ways."""
    if region is None:
        return None
    code = str(phonenumbers.country_code_for_region(region))
    trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
    national = front.removeprefix(trunk)
    abroad = national.startswith("0") or (national == front and front.startswith(code))
    return None if not national or abroad or trunk not in _TRUNKS else code + national


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


def fast(raw: pl.Series, region: pl.Series | None = None) -> tuple[pl.Series, pl.Series]:
    """`normalise` for a batch: see rules.phone.fast."""
    from rules.phone.fast import normalise_all  # it builds on the definitions above

    return normalise_all(raw, region)


PHONE = Field(
    "phone",
    levels=LEVELS,
    normalise=normalise,
    judge=Lines,
    keys=hidden.without_keys(KEYS),
    take_apart=take_apart,
    fast_keys=FAST_KEYS,
    fast=fast,
)
