"""Phone numbers by the million: libphonenumber's own tables as column expressions, for the usual ways of writing.

The steps are those of `phonenumbers.parse`, `is_valid_number` and `is_possible_number_with_reason`. Where a number
would take one of their rare turns, its row is given up here and `phone.normalise` decides.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import phonenumbers
import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as REGIONS
from phonenumbers import PhoneMetadata

from rules.lists import words
from rules.phone import FEWEST_DIALLED_ABROAD, FEWEST_DIGITS, LONGEST, MOST_DIGITS, known_region
from rules.phone.parts import EXTENSION, LOOSE, POSSIBLE

# Digits and the usual marks, perhaps a plus in front and "x22" or "ext. 22" behind: no second number, no label.
_SHAPE = r"^\+?[0-9 ()./\-]+$"
_EXTENSION = r"^(?P<text>\+?[0-9 ()./\-]*[0-9)]) *(?:[xX]|[eE][xX][tT]\.?) ?(?P<extension>[0-9]{1,7})$"
_EMPTY_BRACKETS = r"\([^0-9]*\)"
# Zeros behind a mark could be taken for 00 when the digits are all that is known.
_LATE_ZEROS = r"^[+0 (]*[)./\-][^1-9]*0[^1-9]*0"
_ONE_DIGIT = "^(?:" + "|".join(f"{digit}+" for digit in range(10)) + ")$"
_VALID, _POSSIBLE, _NEITHER = 1, 4, 6
_READING = ("row", "digits", "code", "national", "fresh", "turn", "again")
_KINDS = (
    *("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail"),
    *("fixed_line", "mobile"),
)

DIGITS, NATIONAL, TURN = pl.col("digits"), pl.col("national"), pl.col("turn")
Lengths = tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """What the library knows of a region's numbers. Patterns are for polars; an empty one means there is none.

    kinds: the patterns of fixed lines, mobiles and so on, together where they share their lengths.
    rewrites: the group of `prefix` that, if it matches, makes the library put other digits in front.
    """

    code: str
    abroad: str
    prefix: str
    rewrites: int
    leading: str
    general: str
    lengths: Lengths
    town_lengths: Lengths
    kinds: tuple[tuple[Lengths, str], ...]


@cache
def plan(region: str, code: int) -> Plan:
    """The plan of a region with its country calling code; the region of codes without a country is "001"."""
    known: Any = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    prefix = known.national_prefix_for_parsing or ""
    kinds: dict[Lengths, list[str]] = {}
    for kind in _KINDS[:-1] if known.same_mobile_and_fixed_line_pattern else _KINDS:
        described = getattr(known, kind)
        if described is not None and described.national_number_pattern:
            kinds.setdefault(described.possible_length, []).append(described.national_number_pattern)
    return Plan(
        code=str(code),
        abroad=_ascii(known.international_prefix or ""),
        prefix=_start(prefix),
        rewrites=re.compile(prefix).groups if known.national_prefix_transform_rule else 0,
        leading=_start(known.leading_digits or ""),
        general=_whole(known.general_desc.national_number_pattern),
        lengths=known.general_desc.possible_length,
        town_lengths=known.general_desc.possible_length_local_only,
        kinds=tuple((lengths, _whole("|".join(patterns))) for lengths, patterns in kinds.items()),
    )


def _ascii(pattern: str) -> str:
    # In Rust, \d would be the digits of every script, and slower.
    return pattern.replace(r"\d", "[0-9]")


def _start(pattern: str) -> str:
    return f"^(?:{_ascii(pattern)})" if pattern else ""


def _whole(pattern: str) -> str:
    return f"^(?:{_ascii(pattern)})$"


def normalise_all(raw: pl.Series, region: pl.Series | None = None) -> tuple[pl.Series, pl.Series]:
    """The twin of `phone.normalise`: (values, covered), both as long as `raw`; a null region is an unknown one.

    Not covered are letters, unusual extensions and marks; fewer than 7 or more than 15 digits; calling codes that no
    country has; carrier codes and short forms that a region rewrites; and what may be dialled abroad in a way of
    which there are several.
    """
    frame = _usable(raw, region)
    extensions = frame.filter(pl.col("extension").is_not_null()).select("row", value=EXTENSION + pl.col("extension"))
    answers = [frame.filter("filler").select("row", value=pl.lit(None, pl.String))]
    frame = frame.filter(~pl.col("filler"))
    read = [_international(frame.filter("plus"), DIGITS)]
    for (code,), part in frame.filter(~pl.col("plus")).partition_by("region", as_dict=True).items():
        if code is None:
            read.append(_international(part.filter(_double_zero()), DIGITS.str.slice(2)))
            answers.append(part.filter(~_starts_abroad()).select("row", value=_loose()))
        else:
            read.extend(_dialled(part, str(code)))
    parts = pl.concat(read).partition_by("code", as_dict=True)
    judged = [_judged(part, int(str(code))) for (code,), part in parts.items()]
    found = pl.concat([*answers, *_settled(judged)])
    covered = raw.is_null().alias("covered").scatter(found["row"], True)
    values = _spread(found, len(raw)).alias(raw.name)
    return values + _spread(extensions, len(raw)).fill_null(""), covered


def _spread(found: pl.DataFrame, rows: int) -> pl.Series:
    """What is found (row, value) in its rows, null in the others."""
    # Strings that polars 2.1 scatters it no longer takes for equal inside groups and lists; numbers are safe.
    places = pl.repeat(None, rows, dtype=pl.UInt32, eager=True)
    return found["value"].gather(places.scatter(found["row"], pl.int_range(len(found), dtype=pl.UInt32, eager=True)))


def _usable(raw: pl.Series, region: pl.Series | None) -> pl.DataFrame:
    """The rows written in the usual way: row, text, extension, digits, plus, filler, region."""
    regions = pl.Series("region", [None], pl.String).new_from_index(0, len(raw)) if region is None else region
    names = regions.unique().drop_nulls().to_list()
    known = regions.replace_strict(names, [known_region(name) for name in names], default=None, return_dtype=pl.String)
    frame = pl.DataFrame({"text": raw.str.strip_chars(" "), "region": known}).with_row_index("row")
    text, extension = pl.col("text"), pl.col("extension")
    frame = frame.filter(text.str.len_bytes() <= LONGEST)
    usual = text.str.contains(_SHAPE)
    parts = text.str.extract_groups(_EXTENSION).struct
    extended = frame.filter(~usual).with_columns(text=parts.field("text"), extension=parts.field("extension"))
    frame = frame.filter(usual).with_columns(extension=pl.lit(None, pl.String))
    frame = pl.concat([frame, extended.filter(text.is_not_null()).select(frame.columns)])
    frame = frame.filter(~text.str.contains(_EMPTY_BRACKETS) & ~text.str.contains(_LATE_ZEROS))
    frame = frame.with_columns(digits=text.str.replace_all("[^0-9]+", ""), plus=text.str.starts_with("+"))
    frame = frame.filter(DIGITS.str.len_bytes().is_between(FEWEST_DIGITS, MOST_DIGITS))
    signed = [entry.removeprefix("+") for entry in words("junk_phones") if entry.startswith("+")]
    typed = pl.concat_str(DIGITS, extension.fill_null(""))
    return frame.with_columns(filler=_filler(typed) | (pl.col("plus") & typed.is_in(signed)))


def _filler(digits: pl.Expr) -> pl.Expr:
    return digits.str.contains(_ONE_DIGIT) | digits.is_in(sorted(words("junk_phones")))


def _starts_abroad(dialled: str = "") -> pl.Expr:
    """Whether 00 or 011 may stand for a plus, other than the one that is dialled in the region anyway."""
    zeros = DIGITS.str.starts_with("00") if dialled != "00" else pl.lit(False)
    american = DIGITS.str.starts_with("011") & (DIGITS.str.len_bytes() >= FEWEST_DIALLED_ABROAD)
    return zeros | (american if dialled != "011" else pl.lit(False))


def _double_zero() -> pl.Expr:
    """00 stands for a plus where no region says otherwise, unless there is a mark between the zeros."""
    return pl.col("text").str.starts_with("00")


def _international(part: pl.DataFrame, number: pl.Expr, turn: int = 0, again: pl.Expr | None = None) -> pl.DataFrame:
    """Numbers that begin with a country calling code, split behind it; those with an unknown code are given up.

    Like all readings: row, digits, code, national; fresh: whether its country's own prefix may still be in front of
    the national number; turn: 0, or 1 for a second reading of the row; again: whether the row needs one if this one
    is not valid.
    """
    split = part.select("row", "digits", national=number, again=pl.lit(False) if again is None else again)
    starts = split["national"].str.slice(0, 3).alias("start").unique()
    table = pl.DataFrame({"start": starts, "code": pl.Series([_code(start) for start in starts], dtype=pl.Int32)})
    split = split.with_columns(start=NATIONAL.str.slice(0, 3)).join(table.drop_nulls(), on="start")
    behind = NATIONAL.str.slice(pl.col("code").cast(pl.String).str.len_bytes())
    return split.with_columns(national=behind, fresh=pl.lit(True), turn=pl.lit(turn, pl.UInt8)).select(_READING)


def _code(start: str) -> int | None:
    """The country calling code that digits begin with; none begins another."""
    found = [int(start[:size]) for size in (1, 2, 3) if start[:1] != "0" and int(start[:size] or 0) in REGIONS]
    return found[0] if found else None


def _dialled(part: pl.DataFrame, region: str) -> list[pl.DataFrame]:
    """Numbers without a plus, as they are dialled in a region: abroad, with its own country code, or at home."""
    code = phonenumbers.country_code_for_valid_region(region)
    known = plan(region, code)
    part = part.with_columns(again=_starts_abroad(known.abroad))
    read = [_international(part.filter("again", _double_zero()), DIGITS.str.slice(2), turn=1)]
    if known.abroad:
        abroad = DIGITS.str.contains(f"^(?:{known.abroad})")
        if known.abroad.isdigit():
            # A zero behind it means that it was none; no country code begins with one, so such rows are given up.
            number = DIGITS.str.slice(len(known.abroad))
            read.append(_international(part.filter(abroad), number, again=pl.col("again")))
        part = part.filter(~abroad)
    part = part.with_columns(national=DIGITS, code=pl.lit(code, pl.Int32), turn=pl.lit(0, pl.UInt8))
    behind = DIGITS.str.slice(len(known.code))
    coded = DIGITS.str.starts_with(known.code)
    if known.prefix:
        part = part.filter(~coded | (behind.str.replace(known.prefix, "") == behind))
    too_long = (DIGITS.str.len_bytes() > max(known.lengths)) & ~_has(DIGITS, known.town_lengths)
    better = ~DIGITS.str.contains(known.general) & behind.str.contains(known.general)
    part = part.with_columns(fresh=coded & (too_long | better))
    read.append(part.filter("fresh").with_columns(national=behind).select(_READING))
    read.append(_without_prefix(part.filter(~pl.col("fresh")), known).select(_READING))
    return read


def _without_prefix(part: pl.DataFrame, known: Plan) -> pl.DataFrame:
    """The national numbers without the national prefix, where what remains is still a number."""
    if not known.prefix:
        return part
    part = part.with_columns(bare=NATIONAL.str.replace(known.prefix, ""))
    bare = pl.col("bare")
    whole = part.filter(bare == NATIONAL)
    part = part.filter(bare != NATIONAL)
    if known.rewrites:
        part = part.filter(NATIONAL.str.extract(known.prefix, known.rewrites).is_null())
    spoilt = NATIONAL.str.contains(known.general) & ~bare.str.contains(known.general)
    enough = _has(bare, known.lengths) | (bare.str.len_bytes() > max(known.lengths))
    taken = enough & ~_has(bare, known.town_lengths) & ~spoilt
    part = part.with_columns(national=pl.when(taken).then(bare).otherwise(NATIONAL))
    return pl.concat([whole, part]).drop("bare")


def _judged(part: pl.DataFrame, code: int) -> pl.DataFrame:
    """What comes of readings with one country calling code: row, turn, again, value, and rank, the lower the better.

    The ranks follow the order of `phone.normalise`: each reading that is a filler or valid ends the search; then the
    first that is possible; then the digits alone.
    """
    known = plan(REGIONS[code][0], code)
    part = pl.concat([part.filter(~pl.col("fresh")), _without_prefix(part.filter("fresh"), known)])
    number = pl.concat_str(pl.lit(f"+{code}"), NATIONAL)
    possible = _has(NATIONAL, known.lengths) & ~_has(NATIONAL, known.town_lengths)
    possible &= number.str.len_bytes() > FEWEST_DIGITS
    part = part.with_columns(valid=_valid(part["national"], code), filler=_filler(NATIONAL), possible=possible)
    outcomes = (
        ("filler", 2 * TURN, pl.lit(None, pl.String)),
        ("valid", 2 * TURN + _VALID, number),
        ("possible", TURN + _POSSIBLE, pl.concat_str(pl.lit(POSSIBLE), number)),
    )
    rank, value = pl.lit(_NEITHER, pl.UInt8), _loose()
    for name, its_rank, its_value in reversed(outcomes):
        rank = pl.when(name).then(its_rank).otherwise(rank)
        value = pl.when(name).then(its_value).otherwise(value)
    return part.select("row", "turn", "again", rank=rank.cast(pl.UInt8), value=value)


def _settled(judged: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """The answers (row, value). A row whose second reading was needed and is not there is given up."""
    if not judged:
        return []
    all_of_them = pl.concat(judged)
    first, second = all_of_them.filter(TURN == 0), all_of_them.filter(TURN == 1)
    open_ = pl.col("again") & (pl.col("rank") > _VALID)
    both = first.filter(open_).join(second, on="row", suffix="_second")
    better = pl.col("rank_second") < pl.col("rank")
    return [
        first.filter(~open_).select("row", "value"),
        both.select("row", value=pl.when(better).then("value_second").otherwise("value")),
    ]


def _valid(national: pl.Series, code: int) -> pl.Series:
    """Whether each national number is valid in the first region of its calling code that can claim it."""
    rows = pl.DataFrame({"national": national}).with_row_index("row")
    plans = [plan(region, code) for region in REGIONS[code]]
    starts = [known.leading for known in plans if known.leading] if len(plans) > 1 else []
    if starts:
        # Few numbers begin like those of a small region; the others need not be looked at there.
        told = NATIONAL.str.contains("|".join(starts))
        large = [known for known in plans if not known.leading]
        found = [*_walk(rows.filter(told), plans, shared=True), *_walk(rows.filter(~told), large, shared=True)]
    else:
        found = _walk(rows, plans, shared=len(plans) > 1)
    valid = pl.repeat(False, len(national), dtype=pl.Boolean, eager=True)
    return valid.scatter(pl.concat(found), True) if found else valid


def _walk(rows: pl.DataFrame, plans: list[Plan], *, shared: bool) -> list[pl.Series]:
    """The rows that are valid in the region where the search ends: the first one that fits, or is told by its start."""
    found = []
    for known in plans:
        kinds = pl.any_horizontal(_has(NATIONAL, sizes) & NATIONAL.str.contains(kind) for sizes, kind in known.kinds)
        fits = kinds & _has(NATIONAL, known.lengths) & NATIONAL.str.contains(known.general)
        rows = rows.with_columns(fits=fits)
        ends = NATIONAL.str.contains(known.leading) if shared and known.leading else pl.col("fits")
        found.append(rows.filter(pl.col("fits") & ends)["row"])
        rows = rows.filter(~ends)
    return found


def _has(number: pl.Expr, lengths: Lengths) -> pl.Expr:
    """Whether a number has one of the lengths."""
    return number.str.len_bytes().is_in(lengths) if lengths else pl.lit(False)


def _loose() -> pl.Expr:
    """The digits alone, as `phone.normalise` keeps them when nothing more is known."""
    bare = DIGITS.str.strip_chars_start("0")
    known = ~_filler(bare) & bare.str.len_bytes().is_between(FEWEST_DIGITS, MOST_DIGITS)
    return pl.when(known).then(pl.concat_str(pl.lit(LOOSE), bare))
