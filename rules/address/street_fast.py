"""Street lines in bulk: the usual shapes, vectorised. What is unusual is left to `rules.address.street.normalise`."""

import re

import polars as pl

from rules.address.street import FRONT_WORDS, LINE_WORDS, NUMBERED, PLACEHOLDERS, spelled, unit_name
from rules.values.distinct import told_apart
from rules.values.text import fold_series, mapped, only

# A number at the start, apart from the rest: there are many numbers and few streets
_FRONT = r"^([0-9]+[A-Za-z]?),? +"
# Marks that make a range or a floor of what stands beside them
_MARKS = r"[/–—ºª°]|[0-9][A-Za-z]? ?-|^-"
_UNIT = r"^(.*) (?:apt|apartment|unit|suite|ste|flat|room|rm) ([0-9]+[a-z]?)$"
_NUMBER = r"[0-9]+[a-z]?"
_WORDS = r"(?:[a-z]+|[0-9]+(?:st|nd|rd|th))(?: (?:[a-z]+|[0-9]+(?:st|nd|rd|th)))*"
# One letter alone may belong to the number, unless it is a direction behind it
_LETTER = r"(?:^| )[a-df-mo-rt-vx-z](?:$| )"
_FILLERS = sorted(PLACEHOLDERS | {re.sub(f"^{_NUMBER} ", "", line) for line in PLACEHOLDERS})


def fast(
    raw: pl.Series, house_number: pl.Series | None = None, unit: pl.Series | None = None
) -> tuple[pl.Series, pl.Series]:
    """Covers one number and plain words in either order, and a unit behind them; number and unit may stand apart."""
    in_front = raw.str.extract(_FRONT).str.to_lowercase()
    rest = raw.str.replace(_FRONT, "")
    (distinct,), codes = told_apart(rest)
    lines = _lines(distinct)[codes]
    told = _blank_as_null(house_number, len(raw)).str.to_lowercase()
    # two numbers, in the line or one of its own, may be the same or not
    numbers = pl.DataFrame([told.alias("told"), in_front.alias("front"), lines["behind"]])
    usual = lines["plain"] & numbers.select(pl.sum_horizontal(pl.all().is_not_null()) == 1).to_series()
    usual &= told.is_null() | told.str.contains(f"^{_NUMBER}$")
    number = numbers.select(pl.coalesce(pl.all())).to_series()
    units = mapped(_blank_as_null(unit, len(raw)), unit_name)
    units = pl.select(pl.coalesce(only(units, units != ""), lines["unit"])).to_series()
    ending = pl.select(pl.concat_str(pl.lit(" #"), units).fill_null("")).to_series()
    value = pl.select(pl.concat_str(number, pl.lit(" "), lines["line"], ending)).to_series()
    return only(value, usual), usual


def _lines(rest: pl.Series) -> pl.DataFrame:
    """Of lines without the number in front of them: line, unit, the number behind, and whether they are plain."""
    folded, covered = fold_series(rest.str.replace_all("#", " unit ", literal=True))
    unit = folded.str.extract(_UNIT, 2)
    folded = pl.select(pl.coalesce(folded.str.extract(_UNIT, 1), folded)).to_series()
    behind = folded.str.extract(f"^{_WORDS} ({_NUMBER})$")
    words = folded.str.replace(f" {_NUMBER}$", "")
    plain = covered & words.str.contains(f"^{_WORDS}$") & rest.str.contains(_MARKS).not_()
    plain &= folded.str.contains(_LETTER).not_() & folded.is_in(_FILLERS).not_()
    (distinct,), codes = told_apart(only(words, plain))
    spelled_out = _spelled(distinct)[codes]
    plain = (plain & spelled_out["plain"]).fill_null(value=False)
    return pl.DataFrame([spelled_out["line"], unit.alias("unit"), behind.alias("behind"), plain.alias("plain")])


def _blank_as_null(column: pl.Series | None, rows: int) -> pl.Series:
    if column is None:
        return pl.repeat(None, rows, dtype=pl.String, eager=True)
    text = column.str.strip_chars()
    return only(text, text != "")


def _spelled(words: pl.Series) -> pl.DataFrame:
    """Words in their canonical form as a line, and whether it is plain: no word in it has a meaning of its own."""
    tokens = pl.DataFrame({"row": pl.int_range(len(words), eager=True), "token": words.str.split(" ")}).explode("token")
    known = tokens.with_columns(
        mapped(tokens["token"], lambda token: " ".join(spelled(token or ""))).alias("word"),
        tokens["token"].is_in(sorted(LINE_WORDS | NUMBERED)).alias("special"),
    )
    lines = known.group_by("row", maintain_order=True).agg(pl.col("word").str.join(" "), pl.col("special").any())
    special = lines["special"] | lines["word"].str.contains(rf"(?:^| )(?:{'|'.join(sorted(NUMBERED))})(?:$| )")
    first = [text.str.extract(r"^([^ ]+)", 1).is_in(sorted(FRONT_WORDS)) for text in (words, lines["word"])]
    return pl.DataFrame({"line": lines["word"], "plain": ~(special | first[0] | first[1])})
