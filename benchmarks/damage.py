"""What people and forms do to a value: typing errors, odd case, swapped digits, other spellings of the same.

Every function gives a series as long as the one it takes; nulls stay null. Chance comes from the generator handed in.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.vocabulary import DIRECTIONS, PLUS_TAGS, STREET_TYPES, TITLE_SHORTS, UNITS

Mask: TypeAlias = NDArray[np.bool_]

_ROWS: Final = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbours() -> dict[str, str]:
    """Key -> the keys around it on a US keyboard, letters beside letters and digits beside digits."""
    spots = {key: (row, column) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}
    return {
        key: "".join(
            other
            for other, (y, x) in spots.items()
            if other != key and abs(y - row) <= 1 and abs(x - column) <= 1 and other.isdigit() == key.isdigit()
        )
        for key, (row, column) in spots.items()
    }


NEIGHBOURS: Final = _neighbours()

PHONE_FORMATS: Final = (
    "({a}) {x}-{n}",
    "{a}-{x}-{n}",
    "{a}.{x}.{n}",
    "{a}{x}{n}",
    "+1 {a} {x} {n}",
    "+1{a}{x}{n}",
    "1-{a}-{x}-{n}",
)


def pick(
    rng: np.random.Generator,
    count: int,
    values: Sequence[Any],
    weights: Sequence[float] | NDArray[np.float64] | None = None,
) -> pl.Series:
    """`count` draws from `values`, evenly or by weights that need not sum to 1."""
    share = None if weights is None else np.asarray(weights) / np.sum(weights)
    return pl.Series(values).gather(rng.choice(len(values), count, p=share))


def where(mask: Mask, values: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """`values` with `change` applied to the places where the mask holds; the others are not computed."""
    places = np.flatnonzero(mask & values.is_not_null().to_numpy())
    return values.clone().scatter(places, change(values.gather(places)))


def typo(values: pl.Series, rng: np.random.Generator) -> pl.Series:
    """One slip a value, always a change: a key too many, one left out, the one beside, two turned round, one twice."""
    count = len(values)
    spot = (rng.random(count) * values.str.len_chars().to_numpy()).astype(np.int64)
    frame = pl.DataFrame(
        {"value": values, "spot": spot, "kind": rng.integers(0, 5, count), "roll": rng.integers(0, 840, count)}
    )
    value, spot_, kind = pl.col("value"), pl.col("spot"), pl.col("kind")
    head, here, after = value.str.slice(0, spot_), value.str.slice(spot_, 1), value.str.slice(spot_ + 1, 1)
    tail = value.str.slice(spot_ + 2)
    keys = here.str.to_lowercase().replace_strict(NEIGHBOURS, default="", return_dtype=pl.String)
    # 840 divides by every number of neighbours up to 8, so each neighbour is equally likely.
    beside = keys.str.slice(pl.col("roll") % pl.max_horizontal(keys.str.len_chars().cast(pl.Int64), pl.lit(1)), 1)
    beside = pl.when(here == here.str.to_lowercase()).then(beside).otherwise(beside.str.to_uppercase())
    twice = head + here + here + after + tail
    slip = (
        pl.when(kind == 0).then(head + here + beside + after + tail)
        .when((kind == 1) & (value.str.len_chars() > 2)).then(head + after + tail)
        .when((kind == 2) & (beside != "")).then(head + beside + after + tail)
        .when(kind == 3).then(head + after + here + tail)
        .otherwise(twice)
    )  # fmt: skip
    return frame.select(pl.when(slip == value).then(twice).otherwise(slip).alias(values.name)).to_series()


def email_typo(values: pl.Series, rng: np.random.Generator) -> pl.Series:
    """A slip before the @ (six in ten) or after it; the @ itself stays."""
    parts = values.str.split_exact("@", 1).struct.rename_fields(["mailbox", "domain"]).struct.unnest()
    first = rng.random(len(values)) < 0.6
    mailbox = where(first, parts["mailbox"], lambda part: typo(part, rng))
    domain = where(~first, parts["domain"], lambda part: typo(part, rng))
    return mailbox + "@" + domain


def plus_tag(values: pl.Series, rng: np.random.Generator) -> pl.Series:
    """ann@x.com -> ann+shop@x.com."""
    parts = values.str.split_exact("@", 1).struct.rename_fields(["mailbox", "domain"]).struct.unnest()
    return parts["mailbox"] + "+" + pick(rng, len(values), PLUS_TAGS) + "@" + parts["domain"]


def odd_case(values: pl.Series, case: pl.Series) -> pl.Series:
    """`values` in capitals where `case` is "upper", in small letters where it is "lower"."""
    value = pl.col("value")
    return pl.DataFrame({"value": values, "case": case}).select(
        pl.when(pl.col("case") == "upper").then(value.str.to_uppercase())
        .when(pl.col("case") == "lower").then(value.str.to_lowercase())
        .otherwise(value)
    ).to_series()  # fmt: skip


def wrong_digit(numbers: pl.Series, rng: np.random.Generator) -> pl.Series:
    """Ten-digit numbers with one digit (the first never) replaced by another."""
    unit = 10 ** rng.integers(0, 9, len(numbers))
    digit = numbers.to_numpy() // unit % 10
    other = (digit + rng.integers(1, 10, len(numbers))) % 10
    return numbers + pl.Series((other - digit) * unit)


def phone_text(numbers: pl.Series, rng: np.random.Generator) -> pl.Series:
    """A ten-digit number in one of seven ways of writing it."""
    frame = pl.DataFrame(
        {"digits": numbers.cast(pl.String), "format": rng.integers(0, len(PHONE_FORMATS), len(numbers))}
    )
    digits = pl.col("digits")
    text = pl.lit(None, dtype=pl.String)
    for number, pattern in enumerate(PHONE_FORMATS):
        blank = pattern.replace("{a}", "{}").replace("{x}", "{}").replace("{n}", "{}")
        written = pl.format(blank, digits.str.slice(0, 3), digits.str.slice(3, 3), digits.str.slice(6, 4))
        text = pl.when(pl.col("format") == number).then(written).otherwise(text)
    return frame.select(text).to_series()


def street_text(homes: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """Number, direction, name, type and unit of a street address, abbreviated by the writer's habit."""
    count = len(homes)
    style = rng.choice(3, count, p=(0.4, 0.4, 0.2))
    direction = pl.Series(DIRECTIONS_TABLE).gather(homes["direction"].to_numpy() * 3 + style)
    kind = pl.Series(TYPES_TABLE).gather(homes["street_type"].to_numpy() * 3 + style)
    unit = pick(rng, count, UNITS)
    frame = homes.select("house_number", "street_name", "unit").with_columns(
        direction=direction, kind=kind, unit_word=unit
    )
    return frame.select(
        pl.format("{} {}{} {}", "house_number", "direction", "street_name", "kind")
        + pl.when(pl.col("unit") > 0).then(pl.format("{}{}", "unit_word", "unit")).otherwise(pl.lit(""))
    ).to_series()


# Flat tables: entry 3 * i + style. The last direction is none at all.
DIRECTIONS_TABLE: Final = [f"{word} " for words in DIRECTIONS for word in words] + [""] * 3
TYPES_TABLE: Final = [word for words in STREET_TYPES for word in words]


def short_title(titles: pl.Series) -> pl.Series:
    """Vice President of Sales -> VP of Sales."""
    return titles.str.replace_many([long for long, _ in TITLE_SHORTS], [short for _, short in TITLE_SHORTS])
