"""What the values of a column look like, told from a sample that does not depend on their order."""

from collections.abc import Callable, Iterable

import polars as pl

from resolver.sources.headers import key, tokens, words

SAMPLE = 2_000
"""Distinct values that are looked at."""

MOST = 0.6
"""Share of values from which a column is what its values look like."""

HARDLY = 0.05
"""Share of values below which a column is not what its header says."""

_FEW = 0.25
"""Share of values below which looking for a sample among those with the smallest hashes is worth a try."""

EMAIL = r"[^\s@<,;]+@[^\s@>,;]+\.[^\s@>,;.]{2,}"
DATE = r"^(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ].*)?|(?:19|20)\d\d[01]\d[0-3]\d)$"
_LETTERS = r"\p{L}[\p{L}\p{M}'’.\-]*"
_PATTERNS = {
    "email": EMAIL,
    "date": DATE,
    "url": r"(?i)^(?:https?://|www\.)\S+$",
    "linkedin": r"(?i)linkedin\.com/",
    "social": r"(?i)(?:^|//|www\.)(?:twitter|x|facebook|instagram|github|xing|tiktok|youtube)\.com/",
    # or some of a number of which an export hides the others
    "five digits": r"(?:\d\D*){5}|(?:[*＊∗•●]{2}|[xX]{3}|##|…).*\d|\d.*(?:[*＊∗•●]{2}|[xX]{3}|##|…)",
    "one word": rf"^{_LETTERS}$",
    "words": rf"^{_LETTERS}(?:,?\s{_LETTERS}){{1,3}}$",
    "names": rf"^{_LETTERS}(?:[,;|]?\s+{_LETTERS})+$",
    "some words": r"^\S*\p{L}\S*(?:\s\S+){0,9}$",
    "year": r"^(?:1\d|20)\d\d(?:\.0)?$",
    "month": r"^(?:(?:0?[1-9]|1[0-2])(?:\.0)?|\p{L}{3,12}\.?)$",
    "day": r"^(?:0?[1-9]|[12]\d|3[01])(?:\.0)?$",
    "international": r"^\+\d",
    "id": r"^(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[A-Za-z]{0,8}[-_#]?\d+)$",
    "postcode": r"(?i)^(?:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|"
    r"[a-z]\d[a-z] ?\d[a-z]\d|\d{5}-\d{4}|\d{4} [a-z]{2}|\d\d-\d{3})$",
    # seven digits or more with a plus sign or something between them, and perhaps an extension
    "phone": r"(?i)^(?:tel:)?(?:\+\d[\d\s().\-/]{5,}|\(\d[\d\s().\-/]{6,}|\d+[\s().\-/][\d\s().\-/]{4,})\d"
    r"(?:[\s,;]*(?:x|ext\.?|#|ext=)\s*\d+)?$",
    "no phone": r"^(?:\d+\.\d+|\d{3}-\d\d-\d{4}|\d{5}-\d{4}|\d{1,3}(?:\.\d{1,3}){3})$",  # decimal, SSN, ZIP+4, IP
}


def sample(series: pl.Series, size: int = SAMPLE) -> pl.Series:
    """Distinct non-null values, at most `size`, the same for every order of the rows."""
    values, share = series, 5 * size / max(len(series) - series.null_count(), 1)
    if share < _FEW:
        # hashing is much cheaper than telling all values apart, and leaves enough of them when they are many
        hashes, few = series.hash(), series.clear()
        while len(few) < size and share < _FEW:
            few = series.filter(hashes < int(2**64 * share)).drop_nulls().unique()
            share *= 8
        values = few if len(few) >= size else series
    distinct = values.drop_nulls().unique().to_frame("value")
    return distinct.sort(pl.col("value").hash(), "value").head(size).to_series()


def sample_of(series: pl.Series, wanted: Callable[[pl.Series], pl.Series], size: int) -> pl.Series:
    """`sample` of the values that are wanted; where many are, not all of them are looked at."""
    first = sample(series, 20 * size)
    found = first.filter(wanted(first)).head(size)
    return found if len(found) == size else sample(series.filter(wanted(series)), size)


def distinct_at_least(series: pl.Series) -> int:
    """No more than there are different values, null being one; hardly ever less, and much cheaper than to count them.

    >>> distinct_at_least(pl.Series(["a", "b", "a", None]))
    3
    """
    return series.hash().n_unique()


class Values:
    """The values of one column in all files of a group."""

    def __init__(self, series: pl.Series) -> None:
        self.series = series
        self.filled = len(series) - series.null_count()
        self.seen = sample(series)
        self._shares: dict[str, float] = {}

    def share(self, kind: str) -> float:
        """The share of sampled values that look like a kind."""
        if kind not in self._shares:
            self._shares[kind] = float(self._matches(kind).mean() or 0.0) if len(self.seen) else 0.0  # type: ignore[arg-type]  # a share
        return self._shares[kind]

    def _matches(self, kind: str) -> pl.Series:
        found = self.seen.str.contains(_PATTERNS[kind])
        if kind == "phone":
            found &= ~self.seen.str.contains(_PATTERNS["no phone"]) & ~self.seen.str.contains(DATE)
        return found

    def share_in(self, list_name: str) -> float:
        """The share of sampled values that stand in a word list."""
        return self._share(value in words(list_name) for value in self._keys())

    def mention(self, wanted: Callable[[str], bool]) -> float:
        """The share of sampled values that have a wanted word in them; "GmbH" and "S.p.A." are words."""
        return self._share(any(wanted(key(word)) for word in value.split()) for value in self.seen)

    def holds(self, value: str) -> bool:
        """Whether one of the sampled values is this word."""
        return value in self._keys()

    def _keys(self) -> list[str]:
        return ["".join(tokens(value)) for value in self.seen]

    def _share(self, found: Iterable[bool]) -> float:
        return sum(found) / len(self.seen) if len(self.seen) else 0.0

    @property
    def distinct(self) -> int:
        """How many different values there are; exact."""
        return self.series.drop_nulls().n_unique()
