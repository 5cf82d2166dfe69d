"""How a word sounds."""

from functools import lru_cache

import numpy as np
import polars as pl

from rules.values.distinct import FEW_REMEMBERED
from rules.values.rewriting import Rewriting, as_lines, as_words

_RULES = Rewriting(
    (r"^(?:kn|gn|pn)", "n"),
    (r"^wr", "r"),
    (r"^ps", "s"),
    (r"^x", "s"),
    (r"^rh", "r"),
    (r"^y", "i"),
    (r"ph|pf", "f"),
    (r"sch|sh", "s"),
    (r"ch([rlnmt])|chs", r"k\1"),
    (r"^c([eiy])", r"s\1"),
    (r"^c([^h\n]|$)|^q", r"k\1"),
    (r"^g([eiy])", r"j\1"),
    (r"^w", "v"),
    (r"^z", "s"),
    (r"gh(t|$)", r"\1"),
    (r"dg([eiy])", r"j\1"),
    (r"mb$", "m"),
    (r"mps", "ms"),
)
_SOUNDS = {"1": "bpfvw", "2": "cgjkqsxz", "3": "dt", "4": "l", "5": "mn", "6": "r"}
_SOUND_CODES = {letter: code for code, letters in _SOUNDS.items() for letter in letters}
_LINE, _H, _W, _VOWEL = b"\nhw0"
_AS_CODES = np.full(256, _VOWEL, dtype=np.uint8)
_AS_CODES[[*map(ord, _SOUND_CODES)]] = [*map(ord, _SOUND_CODES.values())]
_AS_CODES[_LINE] = _LINE


@lru_cache(maxsize=1 << 16)
def phonetic(token: str, length: int = 4) -> str:
    """How a word sounds: Soundex (Russell, 1918), with spellings of one sound brought together beforehand.

    Unlike Soundex it hears Philip = Filip, Catherine = Katherine, Geoff = Jeff, Wright = Rite and Knight = Night.
    Words with digits or none of a-z give themselves, cut to length.
    """
    if not token.isalpha():
        return token[:length]
    word = _RULES.word(token)
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


def phonetics(words: pl.Series, length: int = 4) -> pl.Series:
    """`phonetic` of every word of a column."""
    if len(words) < FEW_REMEMBERED or not (plain := words.str.contains("^[a-z]+$")).any():
        return pl.Series(words.name, [phonetic(word, length) for word in words.to_list()], dtype=pl.String)
    spelled = _RULES.lines(as_lines(words.filter(plain)))
    heard = as_words(spelled).str.slice(0, 1) + as_words(_codes(spelled)).str.slice(0, length - 1)
    heard = pl.select(pl.when(heard != "").then(heard).otherwise(words.filter(plain).str.slice(0, length))).to_series()
    places = plain.arg_true()
    others = (~plain).arg_true()
    told = pl.Series([phonetic(word, length) for word in words.gather(others)], dtype=pl.String)
    return pl.concat([heard, told]).gather(pl.concat([places, others]).arg_sort()).alias(words.name)


def _codes(spelled: str) -> str:
    """The sounds after the first letter of each line, a digit each."""
    letters = np.frombuffer(spelled.encode("ascii"), dtype=np.uint8)
    first = np.concatenate(([True], letters[:-1] == _LINE))
    heard = first | (letters != _H)
    letters, first = letters[heard], first[heard]
    codes = _AS_CODES[letters]
    # For each letter the one that decides whether it is a repetition: the last before it that is no w.
    deciding = np.maximum.accumulate(np.where(letters == _W, 0, np.arange(len(letters))))
    counts = (codes != _VOWEL) & ~first
    counts[1:] &= codes[1:] != codes[deciding[:-1]]
    return bytes(codes[counts | (letters == _LINE)]).decode("ascii")
