"""What the ways of writing one name in Latin letters have in common: Yuri and Jurij, Tchaikovsky and Čajkovskij.

Each scholarly, national and passport system spells the letters of another alphabet in its own way, and so do languages
that spell one sound differently (Fischer and Fisher, Müller and Mueller). Folding has already taken the accents off, so
"c" may be the ts or ch of a Slavic name, or a k. A name therefore gets one spelling for each way of reading it, and two
names sound the same when they share one. Names with hardly any consonants say too little and get none.
"""

import re
from functools import cache, lru_cache

import numpy as np
import polars as pl

from rules.lists import groups
from rules.values.distinct import FEW_REMEMBERED
from rules.values.rewriting import Forms, Rewriting, as_lines, as_words, once, once_lines

# How Slavic names end in the usual systems: -ov/-ow/-off, -sky/-skij/-cki, -ich/-icz/-itsch, -enko, -slav, -ij ...
_SLAVIC = re.compile(
    r"(?:[aeioy](?:v|w|ff|vs)(?:a|as|e)?"
    r"|[a-z](?:ck|ts?k|tzk|zk|sk|shk)(?:[iy][iyj]?|a[yij]a|a|o[iyj]|ijs|is|i?kh|ich)"
    r"|[aeiouy][vwnlr][iy](?:c|ch|cz|ts|tch|tsch|tj|cs|tz|tsj|tsh)"
    r"|[a-z]{3}ina?|enko|(?:s|c|h|z|j)uk|(?:ch|sh|cz|sz|l|n)yk|sla[vw]|mi[rl]|[iy][ijy]|[aeo][iyj])$"
)
# All hissing sounds are one: folding has made č of c, š of s and ž of z, and German writes ts as z.
_AS_SLAVIC = Rewriting(
    (r"sh?t?ch|schts?ch|stsch|szcz|shtsh|chtch|sjtj|stj|tsch|tch|tsh|tsj", "s"),
    (r"dzh|dsch|dsh|dsj|dz|tj|cz|cs|tx|sch|sh|sz|sj|zh|ts|tz|rz|c(k[iya])", r"s\1"),
    (r"([aeiouy])ch([rlmntwv])|kh", r"\1h\2"),
    (r"[sz]+", "s"),
    (r"ck|q", "k"),
    (r"x", "ks"),
    (r"ph|f|w", "v"),
    (r"th", "t"),
    (r"s[jy]?ov", "sev"),  # Khrushchov and Khrushchev
    (r"g", "h"),  # Ukrainian and Belarusian h is Russian g
)
# German and Polish ch is an h, except where it begins a word in front of a vowel
_SPOKEN_CH = Rewriting((r"^ch([aeiouy])", r"C\1"), (r"ch", "h"), (r"C", "ch"))
_CZ_AS_K, _CZ_AS_S = Rewriting(("ch", "s"), ("c", "k")), Rewriting(("ch|c", "s"))
# Upper case stands for what can be read in two ways: K is k or h, "C" is ch or h.
_AS_WRITTEN = Rewriting(
    (r"gu([ei])", r"g\1"),
    (r"qu([ei])", r"k\1"),
    (r"tsch|tch|cz", "C"),
    (r"dsch|dzh|dj([aeiou])", r"j\1"),
    (r"sch|sh|sz|sj", "S"),  # Fischer and Fisher, but not Schmidt and Smith
    (r"zh|ts|tz|c([eiy])|^x|z", r"s\1"),
    (r"x", "ks"),
    (r"kh([aeiouyrlmn])", r"K\1"),
    (r"([aeiouy])ch([rlmnt])|^ch(r)", r"\1K\2\3"),
    (r"ch", "C"),
    (r"ph|f|w", "v"),
    (r"th|dt", "t"),
    (r"([bdgjkr])h", r"\1"),
    (r"ck|q|c", "k"),
)
_C_AS_C, _C_AS_H = Rewriting(("C", "c")), Rewriting(("^C", "c"), ("C", "h"))  # Charley is not Harley
_K_AS_K, _K_AS_H = Rewriting(("K", "k")), Rewriting(("K", "h"))
_YO = (r"(^|[^aeiou\n])[yj]o([vdr])", r"\1e\2")  # Kovalyov and Kovalev, Fyodor and Fedor
_VOWELS = Rewriting(
    (r"([aeiouy])h([^aeiouyj\n]|$)", r"\1\2"),
    _YO,
    _YO,  # once more, because two in a row share the letter between them
    (r"[ijy]+e", "e"),  # Yeltsin, Jelzin and Eltsin
    (r"([ln])[ijy]u", r"\1u"),  # Lyudmila and Ludmila
    (r"eu", "oy"),
    (r"[ij]", "y"),
    (r"ou|oo|ue", "u"),
    (r"oe", "o"),
    (r"ae", "a"),
    (r"[ey]y+|y+", "y"),
)
_VOWEL_LETTERS = b"aeiouy"
_CONSONANT = re.compile(r"[^aeiouy]")
_TWO_VOWELS = str.maketrans("eyou", "iiuu")
_VOWEL_RUNS = Rewriting((r"(i[iua]|[ua])[iua]+", r"\1"))


def _consonants_and_vowels(word: str) -> str:
    """The consonants with i (e, y), u (o) and a between them; with two consonants the vowels as they are."""
    word = once(_VOWELS.word(word))
    consonants = len(_CONSONANT.findall(word))
    if consonants < 3:
        return word if consonants == 2 and len(word) > 3 else ""
    return _VOWEL_RUNS.word(once(word.translate(_TWO_VOWELS)))


def _all_consonants_and_vowels(words: pl.Series) -> pl.Series:
    """The same for a column."""
    if not len(words):
        return words
    text = once_lines(_VOWELS.lines(as_lines(words)))
    words, read = as_words(text), as_words(_VOWEL_RUNS.lines(once_lines(text.translate(_TWO_VOWELS))))
    consonants = as_words(text.encode().translate(None, _VOWEL_LETTERS).decode()).str.len_bytes()
    two = (consonants == 2) & (words.str.len_bytes() > 3)
    return read.zip_with(consonants >= 3, words.zip_with(two, pl.Series([""])))


# Open syllables alone, as in Japanese: Hepburn's shi, chi, tsu, fu, ji and ō are also si, ti, tu, hu, zi and oh.
_OPEN_SYLLABLES = re.compile(
    r"(?:(?:[kgsztdnhbpmrwjf]y?|sh|ch|ts|dz|kk|ss|tt|pp|cch|tch|ssh|y)?(?:[aeiou]h?(?![aeiou]h?[aeiou]{2})|n(?![aeiou])))+"
)
_LIKELY_OPEN = "^(?:(?:[kgsztdnhbpmrwjf]y?|sh|ch|ts|dz|kk|ss|tt|pp|cch|tch|ssh|y)?(?:[aeiou]h?|n))+$"
_AS_JAPANESE = Rewriting(
    (r"ssh", "ssy"),
    (r"[ct]ch", "tty"),
    (r"sh", "sy"),
    (r"ch", "ty"),
    (r"dz|j", "zy"),
    (r"di", "zi"),
    (r"ts", "t"),
    (r"fu", "hu"),
    (r"([szt])yi", r"\1i"),
    (r"yy", "y"),
    (r"o[hou]+([^aeiou\n]|$)", r"o\1"),
    (r"uu+", "u"),
    (r"h+([^aeiouyh\n]|$)", r"\1"),
    (r"hh+", "h"),
)


@lru_cache(maxsize=1 << 16)
def romanised(word: str) -> tuple[str, ...]:
    """The readings of a folded name in which its other spellings meet; none when it is too short to say something.

    >>> set(romanised("tchaikovsky")) & set(romanised("cajkovskij"))
    {'~sakuvski'}
    >>> romanised("mueller") == romanised("muller"), romanised("miller") == romanised("muller"), romanised("lee")
    (True, False, ())
    """
    if not word.isalpha() or len(word) < 4:
        return ()
    readings: dict[str, None] = {}
    if _SLAVIC.search(word):
        plain = _AS_SLAVIC.word(word)
        for reading in (_SPOKEN_CH.word(plain), plain):
            for way in (_CZ_AS_K, _CZ_AS_S):
                readings["~" + _consonants_and_vowels(way.word(reading))] = None
    plain = _AS_WRITTEN.word(word)
    hard, soft = (_consonants_and_vowels(c.word(plain)) for c in (_C_AS_C, _C_AS_H))
    for k, read in ((_K_AS_K, hard), (_K_AS_H, hard), (_K_AS_K, soft)):
        readings[k.word(read)] = None
    if 4 < len(word) < 20 and _OPEN_SYLLABLES.fullmatch(word):
        readings["-" + _AS_JAPANESE.word(word)] = None
    return tuple(reading for reading in readings if len(reading) > 1)


def all_romanised(words: pl.Series) -> Forms:
    """`romanised` of every word of a column; a reading may come twice."""
    if len(words) < FEW_REMEMBERED:
        return Forms.of(words, romanised)
    every, plain = Forms(np.arange(len(words)), words), words.str.contains("^[a-z]{4,}$")
    known = every.where(plain)
    made = Forms.together(_written(known), _slavic(known), _japanese(known))
    others = every.where(~words.str.contains("^[a-z0-9 ]*$"))
    return Forms.together(made.where(made.form.str.len_bytes() > 1), Forms.of(others.form, romanised).at(others.place))


def _written(words: Forms) -> Forms:
    plain = words.rewritten(_AS_WRITTEN.column)
    soft = plain.where(plain.form.str.contains(".C"))
    read, other = (
        forms.rewritten(way.column).rewritten(_all_consonants_and_vowels)
        for forms, way in ((plain, _C_AS_C), (soft, _C_AS_H))
    )
    hard = read.where(read.form.str.contains("K", literal=True))
    every = ((read, _K_AS_K), (other, _K_AS_K), (hard, _K_AS_H))
    return Forms.together(*(forms.rewritten(way.column) for forms, way in every))


def _slavic(words: Forms) -> Forms:
    plain = words.where(words.form.str.contains(_SLAVIC.pattern)).rewritten(_AS_SLAVIC.column)
    several = plain.where(plain.form.str.contains("c", literal=True))
    every = Forms.together(
        plain.rewritten(_CZ_AS_K.column),
        several.rewritten(_CZ_AS_S.column),
        *(several.rewritten(_SPOKEN_CH.column).rewritten(way.column) for way in (_CZ_AS_K, _CZ_AS_S)),
    )
    read = every.rewritten(_all_consonants_and_vowels)
    return Forms(read.place, "~" + read.form)


def _japanese(words: Forms) -> Forms:
    length = words.form.str.len_bytes()
    likely = words.where((length > 4) & (length < 20) & words.form.str.contains(_LIKELY_OPEN))
    is_open = [_OPEN_SYLLABLES.fullmatch(word) is not None for word in likely.form.to_list()]
    read = likely.where(pl.Series(is_open, dtype=pl.Boolean)).rewritten(_AS_JAPANESE.column)
    return Forms(read.place, "-" + read.form)


# --- family names ---------------------------------------------------------------------------------------------------

# A woman's form -> the man's, as Slavic and Greek names have them. Not the Icelandic -dóttir and -son: these never are
# two forms of one person's name. Nor -ina, which is a name's own ending more often than not.
_FEMININE = Rewriting(
    (r"([a-z]{3}[oe][vw])a$", r"\1"),  # Ivanova, Petrowa
    (r"([sc]k)a(?:[ijy]a)?$", r"\1i"),  # Kowalska, Politkovskaya
    (r"([a-z]{3}otn)a$", r"\1y"),  # Novotná
    (r"([a-z]{3}poul)ou$|([a-z]{3}pul)u$", r"\1\2os"),  # Papadopoulou
    (r"([a-z]{2}[ai]d)ou$", r"\1is"),  # Georgiadou
)
_CZECH_WIFE = Rewriting((r"([a-z]{4})ova$", r"\1"))  # Nováková: Novák


@cache
def _chinese() -> dict[str, tuple[str, ...]]:
    """A family name as it is romanised -> the numbers of the characters it can stand for."""
    found: dict[str, list[str]] = {}
    for number, group in enumerate(groups("family_romanisations")):
        for name in group:
            found.setdefault(name, []).append(f"={number}")
    return {name: tuple(numbers) for name, numbers in found.items()}


@lru_cache(maxsize=1 << 16)
def family_sounds(name: str) -> tuple[str, ...]:
    """`romanised` of a folded family name in one word, the other gender's ending and Chinese names included.

    >>> bool(set(family_sounds("novakova")) & set(family_sounds("novak")))
    True
    """
    forms = dict.fromkeys((name, _FEMININE.word(name), _CZECH_WIFE.word(name)))
    return tuple(dict.fromkeys((*_chinese().get(name, ()), *(sound for form in forms for sound in romanised(form)))))


def all_family_sounds(names: pl.Series) -> Forms:
    """`family_sounds` of every name of a column; a sound may come twice."""
    if len(names) < FEW_REMEMBERED:
        return Forms.of(names, family_sounds)
    as_is = Forms(np.arange(len(names)), names)
    others = (as_is.rewritten(way.column) for way in (_FEMININE, _CZECH_WIFE))
    forms = Forms.together(as_is, *(other.where(other.form != names) for other in others))
    chinese = as_is.where(names.is_in([*_chinese()]))
    return Forms.together(
        all_romanised(forms.form).at(forms.place), Forms.of(chinese.form, _chinese().__getitem__).at(chinese.place)
    )


# --- scripts without vowels -----------------------------------------------------------------------------------------

# Arabic and Hebrew write consonants and long vowels alone: Khadijah is khdyjh there, and Yusuf ywsf.
_VOWEL = re.compile("[aeiou]")
_GAP = "aeiouywv"
_CONSONANTS_APART = re.compile(f"[^{_GAP}]")
_AS_CONSONANTS = Rewriting(
    (r"kh", "h"),
    (r"sh", "S"),
    (r"gh", "G"),
    (r"ph", "f"),
    (r"dj", "j"),
    (r"c([eiy])", r"s\1"),
    (r"ch", "C"),
    (r"ck|q|c", "k"),
    (r"C", "ch"),
    (r"llh$", "l"),  # Allah
    (r"(.)h$", r"\1"),
    (r"^y", "Y"),
    (r"^[wv]", "W"),
)
# What countries spell in their own ways: Gamal and Jamal, Gahtani and Qahtani, Othman and Osman, Chahine and Shaheen
_SEVERAL_WAYS = (("th", ("t", "s")), ("dh", ("d", "z")), ("ch", ("S", "h")), ("g", ("j", "k", "G")))
_LATIN_ARTICLE = Rewriting((f"^[ae]l([^{_GAP}\n])", r"\1"))
FEWEST_CONSONANTS = 3


def is_vowelless(name: str) -> bool:
    """Whether a folded name has letters but none of a, e, i, o and u.

    >>> is_vowelless("khdyjh"), is_vowelless("khadijah")
    (True, False)
    """
    return name.isalpha() and not _VOWEL.search(name)


@lru_cache(maxsize=1 << 16)
def consonants(name: str) -> dict[str, tuple[str, ...]]:
    """The readings of a folded name in one word by its consonants, each with the vowels around them.

    A name with fewer than three consonants says too little and gets none.

    >>> consonants("tariq")
    {'trk': ('', 'a', 'i', '')}
    """
    if not name.isalpha():
        return {}
    without_vowels = is_vowelless(name)
    forms = [name, re.sub("^l", "", name) if without_vowels else _LATIN_ARTICLE.word(name)]
    for spelling, ways in _SEVERAL_WAYS:
        forms = [form.replace(spelling, way) for form in forms for way in (ways if spelling in form else (spelling,))]
    readings: dict[str, tuple[str, ...]] = {}
    for form in dict.fromkeys(forms):
        # Without vowels in between, a letter twice is two consonants: Hadad is hdd.
        word = _AS_CONSONANTS.word(form if without_vowels else once(form))
        found = "".join(_CONSONANTS_APART.findall(word))
        if len(found) >= FEWEST_CONSONANTS:
            readings.setdefault(found, tuple(_CONSONANTS_APART.split(word)))
    return readings


def same_consonants(left: str, right: str) -> bool:
    """Whether one of two folded names in one word is the other without its short vowels.

    Never so when both have vowels or neither has: their consonants alone would make too many names one.

    >>> same_consonants("khdyjh", "hadija"), same_consonants("lqhtny", "alkahtani"), same_consonants("flynn", "fallon")
    (True, True, False)
    """
    if is_vowelless(left) == is_vowelless(right):
        return False
    bare, full = map(consonants, (left, right) if is_vowelless(left) else (right, left))
    return any(
        all(map(_may_stand_for, long, vowels))
        for reading, long in bare.items()
        for vowels in (full.get(reading, ()),)
        if vowels
    )


def _may_stand_for(long: str, vowels: str) -> bool:
    """Whether a long vowel that is written as y or w can be among these; short ones are not written."""
    return ("y" not in long or not set("iey").isdisjoint(vowels)) and (
        set("wv").isdisjoint(long) or not set("ouwv").isdisjoint(vowels)
    )
