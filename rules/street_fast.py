"""Street lines in bulk: the usual shapes, vectorised. What is unusual is left to `rules.street.normalise`."""

import polars as pl

from rules.street import FRONT_WORDS, LINE_WORDS, NUMBERED, PLACEHOLDERS, spelled, unit_name
from rules.text import fold_series, mapped, only

# Marks that make a range or a floor of what stands beside them
_MARKS = r"[/–—ºª°]|[0-9][A-Za-z]? ?-"
_UNIT = r"^(.*) (?:apt|apartment|unit|suite|ste|flat|room|rm) ([0-9]+[a-z]?)$"
_NUMBER = r"[0-9]+[a-z]?"
_WORDS = r"(?:[a-z]+|[0-9]+(?:st|nd|rd|th))(?: (?:[a-z]+|[0-9]+(?:st|nd|rd|th)))*"
# One letter alone may belong to the number, unless it is a direction behind it
_LETTER = r"(?:^| )[a-df-mo-rt-vx-z](?:$| )"


def fast(
    raw: pl.Series, house_number: pl.Series | None = None, unit: pl.Series | None = None
) -> tuple[pl.Series, pl.Series]:
    """Covers one number and plain words in either order, and a unit behind them; number and unit may stand apart."""
    folded, covered = fold_series(raw.str.replace_all("#", " unit ", literal=True))
    unit_behind = folded.str.extract(_UNIT, 2)
    folded = pl.select(pl.coalesce(folded.str.extract(_UNIT, 1), folded)).to_series()
    told = _blank_as_null(house_number, len(raw)).str.to_lowercase()
    in_line = folded.str.extract(f"^({_NUMBER}) {_WORDS}$", 1)
    behind = folded.str.extract(f"^{_WORDS} ({_NUMBER})$", 1)
    number = pl.select(pl.coalesce(told, in_line, behind)).to_series()
    words = folded.str.replace(f"^{_NUMBER} ", "").str.replace(f" {_NUMBER}$", "")
    usual = covered & (told.is_null() | told.str.contains(f"^{_NUMBER}$")) & (number.is_not_null() | told.is_not_null())
    # a number in the line and one of its own may be the same or not
    usual &= words.str.contains(f"^{_WORDS}$") & (told.is_null() | (in_line.is_null() & behind.is_null()))
    usual &= (
        raw.str.contains(_MARKS).not_()
        & folded.str.contains(_LETTER).not_()
        & folded.is_in(sorted(PLACEHOLDERS)).not_()
    )
    usual = usual.fill_null(value=False)
    street, plain = _spelled(words.filter(usual))
    rows = usual.arg_true()
    usual = pl.repeat(value=False, n=len(raw), dtype=pl.Boolean, eager=True).scatter(rows, plain)
    line = pl.repeat(None, n=len(raw), dtype=pl.String, eager=True).scatter(rows, street)
    units = mapped(_blank_as_null(unit, len(raw)), unit_name)
    units = pl.select(pl.coalesce(only(units, units != ""), unit_behind)).to_series()
    ending = pl.select(pl.concat_str(pl.lit(" #"), units).fill_null("")).to_series()
    value = pl.select(pl.concat_str(number, pl.lit(" "), line, ending)).to_series()
    return only(value, usual), usual


def _blank_as_null(column: pl.Series | None, rows: int) -> pl.Series:
    if column is None:
        return pl.repeat(None, rows, dtype=pl.String, eager=True)
    text = column.str.strip_chars()
    return only(text, text != "")


def _spelled(words: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Words in their canonical form, and whether there is nothing among them that has a meaning of its own."""
    tokens = pl.DataFrame({"row": pl.int_range(len(words), eager=True), "token": words.str.split(" ")}).explode("token")
    known = tokens.with_columns(
        mapped(tokens["token"], lambda token: " ".join(spelled(token or ""))).alias("word"),
        tokens["token"].is_in(sorted(LINE_WORDS | NUMBERED)).alias("special"),
    )
    lines = known.group_by("row", maintain_order=True).agg(pl.col("word").str.join(" "), pl.col("special").any())
    special = lines["special"] | lines["word"].str.contains(rf"(?:^| )(?:{'|'.join(sorted(NUMBERED))})(?:$| )")
    first = [text.str.extract(r"^([^ ]+)", 1).is_in(sorted(FRONT_WORDS)) for text in (words, lines["word"])]
    return lines["word"], ~(special | first[0] | first[1])
