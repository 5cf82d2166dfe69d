"""What the ways of writing one name in Latin letters have in common: Yuri and Jurij, Tchaikovsky and Čajkovskij.

Each scholarly, national and passport system spells the letters of another alphabet in its own way, and so do languages
that spell one sound differently (Fischer and Fisher, Müller and Mueller). Folding has already taken the accents off, so
"c" may be the ts or ch of a Slavic name, or a k. A name therefore gets one spelling for each way of reading it, and two
names sound the same when they share one. Names with hardly any consonants say too little and get none.
"""

import re
from functools import cache, lru_cache

from rules.lists import groups

_Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(*pairs: tuple[str, str]) -> _Rules:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


def _applied(rules: _Rules, word: str) -> str:
    for pattern, replacement in rules:
        word = pattern.sub(replacement, word)
    return word


# How Slavic names end in the usual systems: -ov/-ow/-off, -sky/-skij/-cki, -ich/-icz/-itsch, -enko, -slav, -ij ...
_SLAVIC = re.compile(
    r"(?:[aeioy](?:v|w|ff|vs)(?:a|as|e)?"
    r"|[a-z](?:ck|ts?k|tzk|zk|sk|shk)(?:[iy][iyj]?|a[yij]a|a|o[iyj]|ijs|is|i?kh|ich)"
    r"|[aeiouy][vwnlr][iy](?:c|ch|cz|ts|tch|tsch|tj|cs|tz|tsj|tsh)"
    r"|[a-z]{3}ina?|enko|(?:s|c|h|z|j)uk|(?:ch|sh|cz|sz|l|n)yk|sla[vw]|mi[rl]|[iy][ijy]|[aeo][iyj])$"
)
# All hissing sounds are one: folding has made č of c, š of s and ž of z, and German writes ts as z.
_AS_SLAVIC = _rules(
    (r"sh?t?ch|schts?ch|stsch|szcz|shtsh|chtch|sjtj|stj|tsch|tch|tsh|tsj", "s"),
    (r"dzh|dsch|dsh|dsj|dz|tj|cz|cs|tx|sch|sh|sz|sj|zh|ts|tz|rz|c(?=k[iya])", "s"),
    (r"(?<=[aeiouy])ch(?=[rlmntwv])|kh", "h"),
    (r"[sz]+", "s"),
    (r"ck|q", "k"),
    (r"x", "ks"),
    (r"ph|f|w", "v"),
    (r"th", "t"),
    (r"(?<=s)[jy]?o(?=v)", "e"),  # Khrushchov and Khrushchev
    (r"g", "h"),  # Ukrainian and Belarusian h is Russian g
)
# German and Polish ch is an h, except where it begins a word in front of a vowel
_SPOKEN_CH = re.compile(r"(?<!^)ch|^ch(?![aeiouy])")
# Upper case stands for what can be read in two ways: K is k or h, "C" is ch or h.
_AS_WRITTEN = _rules(
    (r"gu(?=[ei])", "g"),
    (r"qu(?=[ei])", "k"),
    (r"tsch|tch|cz", "C"),
    (r"dsch|dzh|dj(?=[aeiou])", "j"),
    (r"sch|sh|sz|sj", "S"),  # Fischer and Fisher, but not Schmidt and Smith
    (r"zh|ts|tz|c(?=[eiy])|^x|z", "s"),
    (r"x", "ks"),
    (r"kh(?=[aeiouyrlmn])|(?<=[aeiouy])ch(?=[rlmnt])|^ch(?=r)", "K"),
    (r"ch", "C"),
    (r"ph|f|w", "v"),
    (r"th|dt", "t"),
    (r"([bdgjkr])h", r"\1"),
    (r"ck|q|c", "k"),
)
_SILENT_H = re.compile(r"(?<=[aeiouy])h(?![aeiouyj])")
_VOWELS = _rules(
    (r"(?<![aeiou])[yj]o(?=[vdr])", "e"),  # Kovalyov and Kovalev, Fyodor and Fedor
    (r"[ijy]+(?=e)", ""),  # Yeltsin, Jelzin and Eltsin
    (r"(?<=[ln])[ijy](?=u)", ""),  # Lyudmila and Ludmila
    (r"eu", "oy"),
    (r"[ij]", "y"),
    (r"ou|oo|ue", "u"),
    (r"oe", "o"),
    (r"ae", "a"),
    (r"[ey]y+|y+", "y"),
)
_REPEAT = re.compile(r"(.)\1+")
_CONSONANT = re.compile(r"[^aeiouy]")
_TWO_VOWELS = str.maketrans("eyou", "iiuu")
_VOWEL_RUN = re.compile(r"(i[iua]|[ua])[iua]+")


def _consonants_and_vowels(word: str) -> str:
    """The consonants with i (e, y), u (o) and a between them; with two consonants the vowels as they are."""
    word = _REPEAT.sub(r"\1", _applied(_VOWELS, _SILENT_H.sub("", word)))
    consonants = len(_CONSONANT.findall(word))
    if consonants < 3:
        return word if consonants == 2 and len(word) > 3 else ""
    return _VOWEL_RUN.sub(r"\1", _REPEAT.sub(r"\1", word.translate(_TWO_VOWELS)))


# Open syllables alone, as in Japanese: Hepburn's shi, chi, tsu, fu, ji and ō are also si, ti, tu, hu, zi and oh.
_OPEN_SYLLABLES = re.compile(
    r"(?:(?:[kgsztdnhbpmrwjf]y?|sh|ch|ts|dz|kk|ss|tt|pp|cch|tch|ssh|y)?(?:[aeiou]h?(?![aeiou]h?[aeiou]{2})|n(?![aeiou])))+"
)
_AS_JAPANESE = _rules(
    (r"ssh", "ssy"),
    (r"[ct]ch", "tty"),
    (r"sh", "sy"),
    (r"ch", "ty"),
    (r"dz|j", "zy"),
    (r"d(?=i)", "z"),
    (r"ts", "t"),
    (r"f(?=u)", "h"),
    (r"(?<=[szt])y(?=i)", ""),
    (r"yy", "y"),
    (r"o[hou]+(?![aeiou])", "o"),
    (r"uu+", "u"),
    (r"h(?![aeiouy])", ""),
    (r"m(?=[bmp])", "n"),
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
        plain = _applied(_AS_SLAVIC, word)
        for reading in (_SPOKEN_CH.sub("h", plain), plain):
            for c in "ks":
                readings["~" + _consonants_and_vowels(reading.replace("ch", "s").replace("c", c))] = None
    plain = _applied(_AS_WRITTEN, word)
    for k, c in (("k", "c"), ("h", "c"), ("k", "h")):
        # At the start ch is no h: Charley is not Harley.
        readings[_consonants_and_vowels(plain[0].replace("C", "c") + plain[1:].replace("C", c)).replace("K", k)] = None
    if 4 < len(word) < 20 and _OPEN_SYLLABLES.fullmatch(word):
        readings["-" + _applied(_AS_JAPANESE, word)] = None
    return tuple(reading for reading in readings if len(reading) > 1)


# --- family names ---------------------------------------------------------------------------------------------------

# A woman's form -> the man's, as Slavic and Greek names have them. Not the Icelandic -dóttir and -son: these never are
# two forms of one person's name. Nor -ina, which is a name's own ending more often than not.
_FEMININE = _rules(
    (r"(?<=[a-z]{3}[oe][vw])a$", ""),  # Ivanova, Petrowa
    (r"(?<=[sc]k)a$|(?<=[sc]k)a[ijy]a$", "i"),  # Kowalska, Politkovskaya
    (r"(?<=[a-z]{3}otn)a$", "y"),  # Novotná
    (r"(?<=[a-z]{3}poul)ou$|(?<=[a-z]{3}pul)u$", "os"),  # Papadopoulou
    (r"(?<=[a-z]{2}[ai]d)ou$", "is"),  # Georgiadou
)
_CZECH_WIFE = re.compile(r"(?<=[a-z]{4})ova$")  # Nováková: Novák


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
    forms = dict.fromkeys((name, _applied(_FEMININE, name), _CZECH_WIFE.sub("", name)))
    return tuple(dict.fromkeys((*_chinese().get(name, ()), *(sound for form in forms for sound in romanised(form)))))


# --- scripts without vowels -----------------------------------------------------------------------------------------

# Arabic and Hebrew write consonants and long vowels alone: Khadijah is khdyjh there, and Yusuf ywsf.
_VOWEL = re.compile("[aeiou]")
_GAP = "aeiouywv"
_CONSONANTS_APART = re.compile(f"[^{_GAP}]")
_AS_CONSONANTS = _rules(
    (r"kh", "h"),
    (r"sh", "S"),
    (r"gh", "G"),
    (r"ph", "f"),
    (r"dj", "j"),
    (r"c(?=[eiy])", "s"),
    (r"ck|q|c(?!h)", "k"),
    (r"llh$", "l"),  # Allah
    (r"(?<=.)h$", ""),
    (r"^y", "Y"),
    (r"^[wv]", "W"),
)
# What countries spell in their own ways: Gamal and Jamal, Gahtani and Qahtani, Othman and Osman, Chahine and Shaheen
_SEVERAL_WAYS = (("th", ("t", "s")), ("dh", ("d", "z")), ("ch", ("S", "h")), ("g", ("j", "k", "G")))
_LATIN_ARTICLE = re.compile(f"^[ae]l(?=[^{_GAP}])")
_FEWEST_CONSONANTS = 3


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
    forms = [name, re.sub("^l", "", name) if without_vowels else _LATIN_ARTICLE.sub("", name)]
    for spelling, ways in _SEVERAL_WAYS:
        forms = [form.replace(spelling, way) for form in forms for way in (ways if spelling in form else (spelling,))]
    readings: dict[str, tuple[str, ...]] = {}
    for form in dict.fromkeys(forms):
        # Without vowels in between, a letter twice is two consonants: Hadad is hdd.
        word = _applied(_AS_CONSONANTS, form if without_vowels else _REPEAT.sub(r"\1", form))
        found = "".join(_CONSONANTS_APART.findall(word))
        if len(found) >= _FEWEST_CONSONANTS:
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
