"""Dates of birth and the like: ISO, partial dates, damaged dates, and what differs between two of them."""

import re
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.field import Field, Levels, Places
from rules.lists import aliases
from rules.values import hidden
from rules.values.digits import Packed, one_slip, pack
from rules.values.pairs import in_parts
from rules.values.text import fold, only

Order = Literal["dmy", "mdy", "ymd"]

LEVELS = (
    *("same", "day and month swapped", "one digit differs", "two parts agree"),
    *(hidden.LEVEL, "same year", "different"),
)

# Values that systems write for "no date"
_SENTINELS = frozenset(("1900-01-01", "1970-01-01", "1899-12-30", "1899-12-31", "1753-01-01", "1601-01-01"))
_MONTHS = aliases("months")
_FIRST_YEAR, _LAST_YEAR = 1000, 2999
UNKNOWN = "??"
WHOLE = r"^\d{4}-\d\d-\d\d$"
"""Pattern of a normalised date of which nothing is missing."""

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_PARTIAL = re.compile(r"(\d{4})(?:[-/.](\d{1,2}|\?\?))?(?:[-/.](?:\?\?|00))?")
_MONTH_FIRST = re.compile(r"(\d{1,2})[-/.](\d{4})")
_TIME = re.compile(r"[T ]+\d{1,2}:\d{2}.*$")
_SPREADSHEET = re.compile(r"(?<=\d{4})\.0$")  # a column that was read as numbers
_NUMBERS = re.compile(r"\d+")
# "**/**/1985", "1985-XX-XX", "1985****", "XX/1985": parts of a date, each shown or hidden as a whole
_PART = rf"(\d{{1,4}}|[{hidden.SIGNS}]{{1,4}}|[#xX]{{2,4}}|{hidden.HIDDEN})"
_TWO = rf"(\d\d|[{hidden.SIGNS}#xX]{{2}})"
_HIDDEN = re.compile(rf"(?:{_PART}[-/. ]+)?{_PART}[-/. ]+{_PART}|(\d{{4}}){_TWO}{_TWO}|{_TWO}{_TWO}(\d{{4}})")


def normalise(raw: str | None, order: Order | None = None) -> str | None:
    """ISO "YYYY-MM-DD", "YYYY-MM-??" or "YYYY"; None for a sentinel, and for what is no date or can be two.

    `order` says how dates in digits are written; without it "1/2/2026" is not guessed, while "31/2/2026" is clear.
    Days that their month does not have are kept: a damaged date is evidence still. So is one that is hidden in part,
    if its year is shown.

    >>> normalise("19450931"), normalise("2 Jan 1980"), normalise("1/2/2026"), normalise("1/2/2026", "dmy")
    ('1945-09-31', '1980-01-02', None, '2026-02-01')
    >>> normalise("**/**/1985"), normalise("1985-03-XX"), normalise("**/03/1985"), normalise("**/03/1985", "dmy")
    ('1985', '1985-03-??', '1985', '1985-03-??')
    """
    text = _SPREADSHEET.sub("", _TIME.sub("", (raw or "").strip()).strip())
    found = _ISO.fullmatch(text)
    if found:
        return _written(*map(int, found.groups()))
    if text.isdecimal() and len(text) in {6, 8}:
        return _undivided(text, order)
    found = _PARTIAL.fullmatch(text)
    if found:
        return _partial(int(found.group(1)), found.group(2))
    found = _MONTH_FIRST.fullmatch(text)
    if found:
        return _partial(int(found.group(2)), found.group(1))
    found = _HIDDEN.fullmatch(text)
    parts = [part for part in found.groups() if part] if found else []
    return _divided(text, order) if all(map(str.isdecimal, parts)) else _in_part(parts, order)


def _in_part(parts: list[str], order: Order | None) -> str | None:
    """A date of which some parts are hidden: the year and, where it is sure which one that is, the month."""
    years = [place for place, part in enumerate(parts) if part.isdecimal() and len(part) == 4]
    if len(years) != 1:
        return None
    month = None
    if len(parts) == 3 and years == [0]:
        month = parts[1]
    elif len(parts) == 3 and years == [2] and order is not None:
        month = parts[0] if order == "mdy" else parts[1]
    return _partial(int(parts[years[0]]), month)


def _written(year: int, month: int, day: int) -> str | None:
    if not (_FIRST_YEAR <= year <= _LAST_YEAR):
        return None
    if month == 0:
        return _partial(year, None)
    if not 1 <= month <= 12 or day > 31:
        return None
    if day == 0:
        return _partial(year, str(month))
    text = f"{year:04}-{month:02}-{day:02}"
    return None if text in _SENTINELS else text


def _partial(year: int, month: str | None) -> str | None:
    if not (_FIRST_YEAR <= year <= _LAST_YEAR):
        return None
    if month is None or not month.isdecimal() or int(month) == 0:
        return f"{year:04}"
    return f"{year:04}-{int(month):02}-{UNKNOWN}" if int(month) <= 12 else None


def _undivided(text: str, order: Order | None) -> str | None:
    """Eight digits are YYYYMMDD unless the order says otherwise; six need an order."""
    if len(text) == 8:
        as_iso = _written(int(text[:4]), int(text[4:6]), int(text[6:]))
        # 19450931 is a year first in every order, 31121980 cannot be
        if order == "ymd" or (as_iso and (order is None or not _plausible(int(text[4:])))):
            return as_iso
    pieces = [text[:2], text[2:4], text[4:]]
    return _only_reading(pieces) if order is None else _by_order(pieces, order)


def _plausible(year: int) -> bool:
    return 1850 <= year <= date.today().year + 1


def _by_order(pieces: list[str], order: Order) -> str | None:
    """Three numbers in their written order; a year of four digits tells its own place."""
    if len(pieces[0]) == 4:
        # "dmy" with the year in front is year, month, day all the same: nobody writes year, day, month
        return _written(int(pieces[0]), int(pieces[1]), int(pieces[2]))
    if order == "ymd" and len(pieces[2]) <= 2:
        year, month, day = pieces
    elif order == "mdy":
        month, day, year = pieces
    else:
        day, month, year = pieces
    return _written(_full_year(year), int(month), int(day))


def _full_year(digits: str) -> int:
    """Two digits are the latest year that is not in the future: 26 may be 2026, 80 is 1980."""
    year = int(digits)
    if len(digits) > 2:
        return year
    century = date.today().year // 100 * 100
    return century + year if century + year <= date.today().year else century - 100 + year


def _divided(text: str, order: Order | None) -> str | None:
    """Numbers with marks between them, one of which may be a month's name."""
    numbers = _NUMBERS.findall(text)
    named = (fold(re.sub(r"\d+(?:st|nd|rd|th)?", " ", text)) or "").split()
    months = [month for word in named if (month := month_of(word))]
    if months:
        return _with_month(numbers, months[0])
    if len(numbers) != 3 or not re.fullmatch(r"\d+\s*([-/.\s])\s*\d+\s*\1\s*\d+\.?", text):
        return None
    if any(len(number) > 4 for number in numbers) or len(numbers[1]) > 2:
        return None
    if order is not None or len(numbers[0]) == 4:
        return _by_order(numbers, order or "ymd")
    return _only_reading(numbers)


def _only_reading(numbers: list[str]) -> str | None:
    """A date without a known order, if it can be read in one way only: a number above 12 is no month."""
    if len(numbers[2]) != 4:
        return None
    first, second = int(numbers[0]), int(numbers[1])
    if first == second or first > 12:
        return _by_order(numbers, "dmy")
    return _by_order(numbers, "mdy") if second > 12 else None


def _with_month(numbers: list[str], month: str) -> str | None:
    if len(numbers) == 1 and len(numbers[0]) == 4:
        return _partial(int(numbers[0]), month)
    if len(numbers) != 2:
        return None
    first, second = numbers
    day, year = (second, first) if len(first) == 4 else (first, second)
    return _written(_full_year(year), int(month), int(day)) if len(day) <= 2 else None


def month_of(word: str) -> str | None:
    """The number of a month by its folded name or short form."""
    return None if word.isdigit() else _MONTHS.get(word)


# --- compare --------------------------------------------------------------------------------------------------------

# Eight digits are packed, a part that is unknown as zeros; neighbours count within the year, the month or the day.
_MONTH_AND_DAY, _TWO_DIGITS, _HALF = np.uint64(0xFFFF), np.uint64(0xFF), np.uint64(8)
_NEIGHBOURS = np.uint64(0x1110101)
_WITH_MONTH, _WHOLE = 1, 2


class _Dates:
    """Dates agree when day, month and year do; a swap of day and month, a slip and a hidden part are told apart.

    "one digit differs" is also two neighbouring digits the wrong way round. A year alone, or with its month, agrees as
    far as it is shown with a date in it.
    """

    def __init__(self, values: pl.Series) -> None:
        self._values = values

    def __call__(self, a: Places, b: Places) -> Levels:
        return in_parts(self._levels, a, b)

    @cached_property
    def _facts(self) -> tuple[Packed, NDArray[np.uint8]]:
        """The packed digits of each value, and how many of month and day are known."""
        value = pl.col("value")
        digits = value.str.replace_all("-", "", literal=True).str.replace(UNKNOWN, "00", literal=True)
        known = (value.str.len_bytes() > 4).cast(pl.UInt8) + value.str.contains(WHOLE).cast(pl.UInt8)
        facts = self._values.to_frame("value").select(digits=pack(digits.str.pad_end(8, "0")), known=known)
        return facts["digits"].to_numpy(), facts["known"].to_numpy()

    def _levels(self, a: Places, b: Places) -> Levels:
        digits, known = self._facts
        x, y = digits[a], digits[b]
        least = np.minimum(known[a], known[b])
        differ = x ^ y
        whole, year = least == _WHOLE, differ <= _MONTH_AND_DAY
        month, day = differ & (_TWO_DIGITS << _HALF) == 0, differ & _TWO_DIGITS == 0
        crossed = ((y & _TWO_DIGITS) << _HALF) | ((y >> _HALF) & _TWO_DIGITS)
        swapped = year & (x & _MONTH_AND_DAY == crossed)
        two = (year & (month | day)) | (month & day)
        shown = year & (month | (least < _WITH_MONTH))
        rules = (*(whole & found for found in (differ == 0, swapped, one_slip(x, y, _NEIGHBOURS), two)), shown, year)
        return np.select(rules, range(1, len(LEVELS)), default=DATE.code("different")).astype(np.uint8)


# --- in bulk, and keys ----------------------------------------------------------------------------------------------


def _fast(raw: pl.Series, order: pl.Series | None = None) -> tuple[pl.Series, pl.Series]:
    """ISO dates with two-digit parts, and eight digits that begin with a year where no order is given."""
    text = raw.str.strip_chars()
    iso = text.str.extract(r"^([12][0-9]{3}-[0-9]{2}-[0-9]{2})$", 1)
    digits = text.str.extract(r"^(?:1[89]|20)[0-9]{6}$", 0)
    if order is not None:
        digits = only(digits, order.is_null())
    spelled = digits.str.slice(0, 4) + "-" + digits.str.slice(4, 2) + "-" + digits.str.slice(6, 2)
    value = iso.fill_null(spelled)
    month, day = value.str.slice(5, 2), value.str.slice(8, 2)
    usual = month.is_between(pl.lit("01"), pl.lit("12")) & day.is_between(pl.lit("01"), pl.lit("31"))
    covered = (usual & value.is_in(list(_SENTINELS)).not_()).fill_null(value=False)
    return only(value, covered), covered | raw.is_null()


def _fast_same_key(values: pl.Series) -> pl.Series:
    return only(values, values.str.contains(WHOLE))


def _fast_month_day_key(values: pl.Series) -> pl.Series:
    return _fast_same_key(values).str.slice(5)


def _is_whole(value: str) -> bool:
    return re.match(WHOLE, value) is not None


DATE = Field(
    "birth_date",
    levels=LEVELS,
    normalise=normalise,
    fast=_fast,
    judge=_Dates,
    keys={
        "same": lambda value: (value,) if _is_whole(value) else (),
        "year": lambda value: (value[:4],),
        "year_month": lambda value: (value[:7],) if len(value) > 4 else (),
        "month_day": lambda value: (value[5:],) if _is_whole(value) else (),
    },
    fast_keys={
        "same": _fast_same_key,
        "year": lambda values: values.str.slice(0, 4),
        "month_day": _fast_month_day_key,
    },
)
