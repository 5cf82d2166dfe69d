"""Spelling rules: replacements one after the other, in one word or in a whole column of words at once.

A column of words is rewritten as one text, a word a line, which spares the cost of a call for each word.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

_BACK_REFERENCE = re.compile(r"\\(\d)")
_REPEAT = re.compile(r"(.)\1+")
_LINE = ord("\n")


class Rewriting:
    """Rules (pattern, replacement), each applied to what the one before has left.

    Patterns keep to what Python and polars both know: no look-around and no back-reference. What must stand beside a
    match is a group that the replacement gives back, and no class that begins with ^ lets a line end through.

    >>> rules = Rewriting(("c([ei])", r"s\\1"), ("ph", "f"))
    >>> rules.word("alphacel"), rules.column(pl.Series(["phil", "cecil"])).to_list()
    ('alfasel', ['fil', 'sesil'])
    """

    def __init__(self, *rules: tuple[str, str]) -> None:
        self._rules = tuple((re.compile(pattern), replacement) for pattern, replacement in rules)
        self._any = re.compile("|".join(f"(?:{pattern})" for pattern, _ in rules))

    def word(self, word: str) -> str:
        """One word rewritten."""
        if not self._any.search(word):
            return word  # as most are
        for pattern, replacement in self._rules:
            word = pattern.sub(replacement, word)
        return word

    def lines(self, text: str) -> str:
        """Words rewritten, of which each is a line."""
        series = pl.Series([text])
        for pattern, replacement in self._rules:
            series = series.str.replace_all(f"(?m:{pattern.pattern})", _BACK_REFERENCE.sub(r"${\1}", replacement))
        return str(series.item())

    def column(self, words: pl.Series) -> pl.Series:
        """Words rewritten, none of which is null or has a line end."""
        return as_words(self.lines(as_lines(words))) if len(words) else words


def as_lines(words: pl.Series) -> str:
    """Words as one text, each a line."""
    return str(words.str.join("\n").item())


def as_words(text: str) -> pl.Series:
    """The inverse of `as_lines`, for one word or more."""
    return pl.Series([text]).str.split("\n").explode()


def once(word: str) -> str:
    """Every letter once that stands there several times in a row.

    >>> once("phillipps")
    'philips'
    """
    return _REPEAT.sub(r"\1", word)


def once_lines(text: str) -> str:
    """The same for words of which each is a line."""
    encoding, size = ("ascii", np.uint8) if text.isascii() else ("utf-32-le", np.uint32)
    letters = np.frombuffer(text.encode(encoding), dtype=size)
    kept = np.ones(len(letters), dtype=np.bool_)
    kept[1:] = (letters[1:] != letters[:-1]) | (letters[1:] == _LINE)
    return letters[kept].tobytes().decode(encoding)


class Forms(NamedTuple):
    """What is made of the words of a column, one form or several of a word or none: `form[i]` is of word `place[i]`."""

    place: NDArray[np.int64]
    form: pl.Series

    @classmethod
    def of(cls, words: pl.Series, make: Callable[[str], Iterable[str]]) -> "Forms":
        """What a plain function makes of each word."""
        made = [[*make(word)] for word in words.to_list()]
        forms = pl.Series([form for several in made for form in several], dtype=pl.String)
        return cls(np.repeat(np.arange(len(made)), [*map(len, made)]), forms)

    def at(self, places: NDArray[np.int64]) -> "Forms":
        """The same forms of words that stand at other places: the first at `places[0]`."""
        return Forms(places[self.place], self.form)

    @classmethod
    def words(cls, values: pl.Series) -> "Forms":
        """The words of each value, which single blanks stand between."""
        split = values.str.split(" ")
        return cls(np.repeat(np.arange(len(values)), split.list.len().to_numpy()), split.list.explode())

    @classmethod
    def together(cls, *several: "Forms") -> "Forms":
        """All of them."""
        return cls(np.concatenate([each.place for each in several]), pl.concat([each.form for each in several]))

    def where(self, kept: pl.Series) -> "Forms":
        """Those that are kept."""
        return Forms(self.place[kept.to_numpy()], self.form.filter(kept))

    def rewritten(self, make: Callable[[pl.Series], pl.Series]) -> "Forms":
        """What a function of a column makes of the forms, one of each."""
        return Forms(self.place, make(self.form))

    def listed(self, count: int) -> pl.Series:
        """A List(String) series of `count` words; null for a word without any form."""
        lists = pl.DataFrame({"place": self.place, "form": self.form}).group_by("place").agg("form")
        words = pl.DataFrame({"place": np.arange(count)})
        return words.join(lists, on="place", how="left", maintain_order="left")["form"]
