"""Names in one string by the million: two or three plain words; the rest is left to `name_parts.parse_full`."""

import polars as pl

from rules.name.parts import (
    AFTER_COMMA,
    CONNECTORS,
    COUPLE,
    CREDENTIALS,
    PARTICLES,
    PLACEHOLDERS,
    PREFIXES,
    SUFFIXES,
)
from rules.values.text import fold_series

PARTS = ("given", "middle", "family")

_WORD = r"[\p{L}\p{M}]"
_FORM = rf"^({_WORD}+)(?: ({_WORD}+|{_WORD}\.))? ({_WORD}{{2,}})$"
_SPECIAL = sorted(
    AFTER_COMMA.union(PREFIXES, PARTICLES, SUFFIXES, CREDENTIALS, CONNECTORS, COUPLE)
    | {word for entry in PLACEHOLDERS for word in entry.split()}
)


def parse_all(raw: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """The twin of `parse_full` for a String series: (given, middle and family name, whether they are covered).

    Covered are "Ann Lee", "Ann Mary Lee" and "Ann M. Lee": no title, particle, suffix, degree, placeholder or word
    that joins two names, and no word in capitals before others. There is neither prefix, suffix nor nickname in them.
    """
    folded, plain = fold_series(raw)
    parts = raw.str.extract_groups(_FORM).struct.unnest()
    parts.columns = list(PARTS)
    first, blanks = parts["given"], raw.str.count_matches(" ", literal=True)
    covered = plain & parts["family"].is_not_null() & (folded.str.count_matches(" ", literal=True) == blanks)
    covered &= folded.str.split(" ").list.set_intersection(pl.Series([_SPECIAL])).list.len() == 0
    shouted = (first.str.len_chars() > 2) & (first == first.str.to_uppercase())
    covered &= ~shouted | (raw == raw.str.to_uppercase())
    return parts, covered.fill_null(value=False)
