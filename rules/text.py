"""What all text fields share: folding to plain lower-case words, sound codes, and quick similarities of many pairs."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from anyascii import anyascii
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

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
_LOOKALIKE_SCRIPT = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_WORD = re.compile(r"\S+")

# Cyrillic and Greek letters that look like a Latin one (a subset of Unicode TR 39 confusables).
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮҺԚԜаеѕіјорсухһԛԝьӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιορυνκχ",
    "ABESIJKMHOPCTYXYHQWaesijopcyxhqwblABEZHIKMNOPTYXaiopuvkx",
)

_THREADS_FROM = 20_000  # pairs; below it starting threads costs more than they save


def _visible(character: str) -> bool:
    """False for what takes no room: zero-width characters, direction marks, soft hyphens."""
    return unicodedata.category(character) != "Cf"


def _unmask(match: re.Match[str]) -> str:
    """A word that mixes Latin with look-alikes is Latin; one wholly in another script is left alone."""
    word = match.group()
    return word.translate(_LOOKALIKES) if _LATIN.search(word) and _LOOKALIKE_SCRIPT.search(word) else word


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
    distinct = values.unique()
    made = pl.Series([function(value) for value in distinct], dtype=pl.String)
    return values.replace_strict(distinct, made, return_dtype=pl.String)


def _ascii(text: pl.Series) -> pl.Series:
    return (text.str.len_bytes() == text.str.len_chars()).fill_null(value=True)


def only(values: pl.Series, kept: pl.Series) -> pl.Series:
    """The values where `kept` holds, null elsewhere."""
    return values.zip_with(kept.fill_null(value=False), pl.Series([None], dtype=pl.String))


# --- sound ----------------------------------------------------------------------------------------------------------

_SOUND_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^ps", "s"),
        (r"^x", "s"),
        (r"^rh", "r"),
        (r"^y", "i"),
        (r"ph|pf", "f"),
        (r"sch|sh", "s"),
        (r"ch(?=[rlnmt])|chs", "k"),
        (r"^c(?=[eiy])", "s"),
        (r"^c(?!h)|^q|^ck", "k"),
        (r"^g(?=[eiy])", "j"),
        (r"^w", "v"),
        (r"^z", "s"),
        (r"gh(?=t|$)", ""),
        (r"dg(?=[eiy])", "j"),
        (r"mb$", "m"),
        (r"mps", "ms"),
    )
)
_SOUNDS = {"1": "bpfvw", "2": "cgjkqsxz", "3": "dt", "4": "l", "5": "mn", "6": "r"}
_SOUND_CODES = {letter: code for code, letters in _SOUNDS.items() for letter in letters}


@lru_cache(maxsize=1 << 16)
def phonetic(token: str, length: int = 4) -> str:
    """How a word sounds: Soundex (Russell, 1918), with spellings of one sound brought together beforehand.

    Unlike Soundex it hears Philip = Filip, Catherine = Katherine, Geoff = Jeff, Wright = Rite and Knight = Night.
    Words with digits or none of a-z give themselves, cut to length.
    """
    if not token.isalpha():
        return token[:length]
    word = token
    for pattern, replacement in _SOUND_RULES:
        word = pattern.sub(replacement, word)
    if not word:
        return token[:length]
    code, last = word[0], _SOUND_CODES.get(word[0], "")
    for letter in word[1:]:
        sound = _SOUND_CODES.get(letter, "")
        if sound and sound != last:
            code += sound
        # a vowel lets the same sound count again, h and w do not
        if letter not in "hw":
            last = sound
        if len(code) == length:
            break
    return code


_REPEAT = re.compile(r"(.)\1+")
_SOFT = str.maketrans("", "", "aeiouyhw")


def skeleton(token: str) -> str:
    """The first character and the consonants after it, repeats collapsed: what most typing errors leave standing.

    >>> skeleton("phillips"), skeleton("philips")
    ('plps', 'plps')
    """
    return _REPEAT.sub(r"\1", token[:1] + token[1:].translate(_SOFT))


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


def same_letters(left: Sequence[str], right: Sequence[str]) -> Mask:
    """Whether each pair is equal once blanks are left out: "mary ann" and "maryann"."""
    pairs = zip(left, right, strict=True)
    return mask((a == b or (a[0] == b[0] and a.replace(" ", "") == b.replace(" ", "")) for a, b in pairs), len(left))


class Pairs:
    """Pairs that get their level step by step: each step settles some, the next looks only at what is left.

    Each pair is put in alphabetical order first, so that no step can depend on which side a value came from.
    """

    def __init__(self, left: Sequence[str], right: Sequence[str], last: int) -> None:
        """`last`: the code of what no step settles."""
        swapped = [a > b for a, b in zip(left, right, strict=True)]
        self.left = [b if swap else a for a, b, swap in zip(left, right, swapped, strict=True)]
        self.right = [a if swap else b for a, b, swap in zip(left, right, swapped, strict=True)]
        self.codes = np.full(len(swapped), last, dtype=np.uint8)
        self._open: NDArray[np.intp] = np.arange(len(swapped))

    def settle(self, code: int, test: Callable[[list[str], list[str]], Mask]) -> None:
        """Gives `code` to the open pairs that pass the test."""
        if len(self._open):
            passed = test(take(self.left, self._open), take(self.right, self._open))
            self.codes[self._open[passed]] = code
            self._open = self._open[~passed]


_DIGITS = re.compile(r"\d+")


def same_numbers(left: Sequence[str], right: Sequence[str]) -> Mask:
    """Whether each pair has the same numbers in the same order: a one-digit difference is no typing error there."""
    pairs = zip(left, right, strict=True)
    return mask((_DIGITS.findall(a) == _DIGITS.findall(b) for a, b in pairs), len(left))


def one_by_one(test: Callable[[str, str], bool]) -> Callable[[list[str], list[str]], Mask]:
    """A test of one pair as a test of many."""
    return lambda left, right: mask(map(test, left, right), len(left))
