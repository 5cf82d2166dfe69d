"""What all text fields share: folding to plain lower-case words, keys, and quick similarities of many pairs."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl
from anyascii import anyascii
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from rules.values.distinct import of_each
from rules.values.rewriting import Rewriting, as_lines, as_words, once, once_lines

# Apostrophes join what they stand between (O’Connell = OConnell); every other mark separates.
_APOSTROPHES = "'`´‘’‚‛′ʹʻʼʽʾʿˈ＇"
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]+")

# Accents of Latin, Greek and Cyrillic, and the optional vowel points of Hebrew and Arabic. Marks of other scripts
# (Devanagari vowels, Japanese voicing) change the letter and are left to the transliteration.
_ACCENT_RANGES = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_ACCENT = re.compile(f"[{_ACCENT_RANGES}]+")
_SEPARATOR = re.compile(r"[^a-z0-9]+")
_LATIN = re.compile(r"[A-Za-z]")
_LOOKALIKE_SCRIPT = re.compile(r"[\u0370-\u058f]")
_WORD = re.compile(r"\S+")

# Cyrillic, Greek and Armenian letters that look like a Latin one (from Unicode TR 39, confusables; Unicode licence).
_CYRILLIC = ("АВЕЅІЈКМНОРСТУХҮҺԌԚԜѴаеѕіјорсухүһԁԛԝѵѡьӏ", "ABESIJKMHOPCTYXYHGQWVaesijopcyxyhdqwvwbl")
_GREEK = ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹαιορυνκχϲϳ", "ABEZHIKMNOPTYXCaiopuvkxcj")
_ARMENIAN = ("ՕՏՍօսհոցզք", "OSUouhngqf")
_LOOKALIKES = str.maketrans(*map("".join, zip(_CYRILLIC, _GREEK, _ARMENIAN, strict=True)))
_ALIKE = frozenset(map(chr, _LOOKALIKES))
# The other way round, for a Cyrillic or Greek word with Latin letters in it: the letters that are in use today.
_TWINS = (
    (re.compile("[\u0400-\u052f]"), dict(zip("ABESIJKMHOPCTYXaesijopcyx", "АВЕЅІЈКМНОРСТУХаеѕіјорсух", strict=True))),
    (re.compile("[\u0370-\u03ff]"), dict(zip("ABEZHIKMNOPTYXaiopuvkx", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιορυνκχ", strict=True))),
)

_THREADS_FROM = 20_000  # pairs; below it starting threads costs more than they save


def _visible(character: str) -> bool:
    """False for what takes no room: zero-width characters, direction marks, soft hyphens."""
    return unicodedata.category(character) != "Cf"


def _unmask(match: re.Match[str]) -> str:
    """A word that mixes scripts is of the one that its unmistakable letters are of, or Latin; others are left alone."""
    word = match.group()
    if not (_LATIN.search(word) and _LOOKALIKE_SCRIPT.search(word)):
        return word
    telling = set(filter(_LOOKALIKE_SCRIPT.match, word)) - _ALIKE
    latin = set(filter(_LATIN.match, word))
    for letters, twins in _TWINS:
        if any(map(letters.match, telling)) and latin <= twins.keys():
            return "".join(twins.get(letter, letter) for letter in word)
    return word.translate(_LOOKALIKES)


# Two Greek letters that are one sound, which letter by letter would be oy, ay, ey and gg (ELOT 743)
_GREEK_PAIR = re.compile("([ΟοΑαΕε])[Υυ]|[Γγ]{2}")


def _greek_pair(match: re.Match[str]) -> str:
    first = match.group(1)
    return "ng" if first is None else first + ("u" if first in "Οο" else "v")


def fold(raw: str | None) -> str | None:
    """Lower-case ASCII words with one space between them, or None when no letter or digit is left.

    Accents, case, apostrophes, invisible characters, look-alike letters and scripts are set aside.

    >>> fold("  O’Connell-Smith, Benoît ")
    'oconnell smith benoit'
    """
    if raw is None:
        return None
    text = _APOSTROPHE.sub("", raw)
    if not text.isascii():
        text = "".join(filter(_visible, text))
        text = _ACCENT.sub("", unicodedata.normalize("NFKD", text))
        if not text.isascii():
            text = _WORD.sub(_unmask, unicodedata.normalize("NFC", text))
            text = _GREEK_PAIR.sub(_greek_pair, text)
            text = _APOSTROPHE.sub("", anyascii(text))
    return _SEPARATOR.sub(" ", text.lower()).strip() or None


def fold_series(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`fold` for a column: (folded, covered). Covers what is ASCII once accents are taken off, and nulls."""
    text = raw.str.replace_all(_APOSTROPHE.pattern, "")
    plain = _ascii(text)
    if not plain.all():
        text = text.zip_with(plain, text.str.normalize("NFKD").str.replace_all(_ACCENT.pattern, ""))
        plain = _ascii(text)
    folded = text.str.to_lowercase().str.replace_all(_SEPARATOR.pattern, " ").str.strip_chars(" ")
    return only(folded, plain & (folded != "")), plain


def mapped(values: pl.Series, function: Callable[[str | None], str | None]) -> pl.Series:
    """The function's result for every value, each distinct one done once."""
    made, codes = of_each(function, values)
    return pl.Series(values.name, made, dtype=pl.String).gather(codes)


def _ascii(text: pl.Series) -> pl.Series:
    return (text.str.len_bytes() == text.str.len_chars()).fill_null(value=True)


def only(values: pl.Series, kept: pl.Series) -> pl.Series:
    """The values where `kept` holds, null elsewhere."""
    return values.zip_with(kept.fill_null(value=False), pl.Series([None], dtype=pl.String))


# --- keys -----------------------------------------------------------------------------------------------------------

_HARD = Rewriting((r"([^\n])[aeiouyhw]+", r"\1"))


def skeleton(token: str) -> str:
    """The first character and the consonants after it, repeats collapsed: what most typing errors leave standing.

    >>> skeleton("phillips"), skeleton("philips")
    ('plps', 'plps')
    """
    return once(_HARD.word(token))


def skeletons(tokens: pl.Series) -> pl.Series:
    """`skeleton` for a series of normalised tokens (ASCII, no nulls)."""
    return as_words(once_lines(_HARD.lines(as_lines(tokens)))) if len(tokens) else tokens


# --- many pairs at once ---------------------------------------------------------------------------------------------

Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]


def _pairwise(left: Sequence[str], right: Sequence[str], scorer: Any, dtype: Any, **options: Any) -> NDArray[Any]:
    workers = -1 if len(left) >= _THREADS_FROM else 1
    return cpdist(left, right, scorer=scorer, dtype=dtype, workers=workers, **options)


def jaro_winkler(left: Sequence[str], right: Sequence[str], cutoff: float = 0.0) -> Scores:
    """Jaro-Winkler similarity (Winkler, 1990) of each pair, 0..1; anything below the cutoff is 0."""
    return _pairwise(left, right, JaroWinkler.similarity, np.float32, score_cutoff=cutoff)


def one_edit(left: Sequence[str], right: Sequence[str]) -> Mask:
    """Whether each pair is equal or one insertion, deletion, substitution or swap of neighbours apart."""
    return np.asarray(_pairwise(left, right, OSA.distance, np.uint8, score_cutoff=1) <= 1)


def ratio(left: Sequence[str], right: Sequence[str], scorer: Callable[..., float], cutoff: float) -> Scores:
    """A rapidfuzz.fuzz ratio of each pair, 0..100; anything below the cutoff is 0."""
    return _pairwise(left, right, scorer, np.float32, score_cutoff=cutoff)


def take(values: Sequence[str], places: NDArray[np.intp]) -> list[str]:
    """The values at these places."""
    return [values[place] for place in places.tolist()]


def mask(flags: Iterable[bool], count: int) -> Mask:
    """Flags as an array."""
    return np.fromiter(flags, dtype=np.bool_, count=count)
