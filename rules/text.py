"""What all text fields share: folding to plain lower-case words, sound codes, and quick similarities of many pairs."""

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl
from anyascii import anyascii
from numpy.typing import NDArray
from rapidfuzz import fuzz
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


def deletes(token: str, shortest: int) -> tuple[str, ...]:
    """The token and all that is left of it without one character: two that are one edit apart have one in common.

    Nothing for tokens below `shortest` characters. (Symmetric deletion; Bocek, Hunt & Stiller 2007.)

    >>> deletes("anne", 4)
    ('anne', 'nne', 'ane', 'ann')
    """
    if len(token) < shortest:
        return ()
    return tuple(dict.fromkeys((token, *(token[:place] + token[place + 1 :] for place in range(len(token))))))


# --- many pairs at once ---------------------------------------------------------------------------------------------

Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]


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


def numbered(results: Iterable[Hashable]) -> Places:
    """A number for each result, equal for equal ones, in the order in which they first appear."""
    numbers: dict[Hashable, int] = {}
    return np.asarray([numbers.setdefault(result, len(numbers)) for result in results], dtype=np.intp)


def marks(sets: Iterable[Iterable[Hashable]]) -> NDArray[np.uint64]:
    """A 64-bit mark of each set (Bloom, 1970): sets with an element in common have a bit in common."""
    bits: dict[Hashable, int] = {}
    found = []
    for members in sets:
        mark = 0
        for member in members:
            mark |= bits.setdefault(member, 1 << (len(bits) % 64))
        found.append(mark)
    return np.asarray(found, dtype=np.uint64)


class Texts:
    """Distinct strings, and arrays of what pairs of them can be judged by without looking at the pair."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = values
        letters = np.frombuffer("".join(values).encode("utf-32-le"), dtype=np.uint32)
        self.length = np.fromiter(map(len, values), dtype=np.int64, count=len(values))
        starts = np.cumsum(self.length) - self.length
        # Letters 64 apart share a bit, which can only make two strings look more alike than they are.
        self._letters = np.bitwise_or.reduceat(np.uint64(1) << (letters.astype(np.uint64) & np.uint64(63)), starts)
        self.first = letters[starts]
        self.many = mask((" " in value for value in values), len(values))

    @cached_property
    def spelling(self) -> Places:
        """Numbers of the values without their blanks: "mary ann" and "maryann" have one."""
        return numbered(value.replace(" ", "") for value in self.values)

    def common_at_most(self, a: Places, b: Places) -> NDArray[np.int64]:
        """No fewer letters than each pair can have in common, places set aside."""
        only_a = np.bitwise_count(self._letters[a] & ~self._letters[b]).astype(np.int64)
        only_b = np.bitwise_count(self._letters[b] & ~self._letters[a]).astype(np.int64)
        return np.asarray(np.minimum(self.length[a] - only_a, self.length[b] - only_b), dtype=np.int64)

    def jaro_winkler(self, a: Places, b: Places, cutoff: float) -> Mask:
        """Whether each pair reaches this Jaro-Winkler similarity; only pairs that can are measured.

        With m letters in common Jaro's similarity is at most (m/|a| + m/|b| + 1) / 3, and Winkler adds at most
        four tenths of what is missing, and only where the first letters agree.
        """
        common = self.common_at_most(a, b)
        jaro = (common / self.length[a] + common / self.length[b] + 1) / 3
        most = np.where(self.first[a] == self.first[b], 0.6 * jaro + 0.4, jaro)
        return self._where((most > cutoff - 1e-6) & (common > 0), a, b, lambda x, y: jaro_winkler(x, y, cutoff) > 0)

    def one_edit(self, a: Places, b: Places) -> Mask:
        """Whether each pair is one edit apart, and both have four letters or more."""
        shorter, longer = np.minimum(self.length[a], self.length[b]), np.maximum(self.length[a], self.length[b])
        possible = (shorter > 3) & (longer - shorter <= 1) & (self.common_at_most(a, b) >= longer - 1)
        return self._where(possible, a, b, one_edit)

    def ratio(self, a: Places, b: Places, cutoff: float) -> Mask:
        """Whether each pair has this much of its letters in common, 0..100 (rapidfuzz.fuzz.ratio)."""
        most = 200 * self.common_at_most(a, b) / (self.length[a] + self.length[b])
        return self._where(most > cutoff - 1e-6, a, b, lambda x, y: ratio(x, y, fuzz.ratio, cutoff) > 0)

    def _where(self, possible: Mask, a: Places, b: Places, test: Callable[[list[str], list[str]], Mask]) -> Mask:
        told = np.zeros(len(a), dtype=np.bool_)
        chosen = np.flatnonzero(possible)
        if len(chosen):
            told[chosen] = test(take(self.values, a[chosen]), take(self.values, b[chosen]))
        return told

    def one_by_one(self, possible: Mask, a: Places, b: Places, test: Callable[[str, str], bool]) -> Mask:
        """The test of the pairs where it is possible at all, one after the other; elsewhere it counts as failed."""
        return self._where(possible, a, b, one_by_one(test))


class Pairs:
    """Pairs that get their level step by step: each step settles some, the next looks only at what is left.

    Each pair is put in alphabetical order first, so that no step can depend on which side a value came from.
    """

    def __init__(self, left: Sequence[str], right: Sequence[str], last: int) -> None:
        """`last`: the code of what no step settles."""
        self.values = sorted({*left, *right})
        places = {value: place for place, value in enumerate(self.values)}
        one = np.fromiter(map(places.__getitem__, left), dtype=np.intp, count=len(left))
        other = np.fromiter(map(places.__getitem__, right), dtype=np.intp, count=len(left))
        self._a, self._b = np.minimum(one, other), np.maximum(one, other)
        self.codes = np.full(len(left), last, dtype=np.uint8)
        self._open: Places = np.arange(len(left))

    @property
    def left(self) -> list[str]:
        """The first of each pair in the order of the alphabet."""
        return take(self.values, self._a)

    @property
    def right(self) -> list[str]:
        """The second of each pair."""
        return take(self.values, self._b)

    def settle(self, code: int, test: Callable[[Places, Places], Mask]) -> None:
        """Gives `code` to the open pairs that pass the test, which gets the places of their values in `values`."""
        if len(self._open):
            passed = test(self._a[self._open], self._b[self._open])
            self.codes[self._open[passed]] = code
            self._open = self._open[~passed]


_DIGITS = re.compile(r"\d+")


def numbers_in(value: str) -> tuple[str, ...]:
    """The numbers in a string, in order.

    >>> numbers_in("studio 54 of 12")
    ('54', '12')
    """
    return tuple(_DIGITS.findall(value))


def same_numbers(left: Sequence[str], right: Sequence[str]) -> Mask:
    """Whether each pair has the same numbers in the same order: a one-digit difference is no typing error there."""
    return mask((numbers_in(a) == numbers_in(b) for a, b in zip(left, right, strict=True)), len(left))


def one_by_one(test: Callable[[str, str], bool]) -> Callable[[list[str], list[str]], Mask]:
    """A test of one pair as a test of many."""
    return lambda left, right: mask(map(test, left, right), len(left))
