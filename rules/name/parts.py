"""Takes a name in one string apart: title, given, middle and family name, suffix, and the name one goes by."""

import re
from typing import NamedTuple

from rules.lists import groups, words
from rules.name.nicknames import full_names_of
from rules.values.text import fold

PREFIXES = words("name_prefixes")
PARTICLES = words("name_particles")
PLACEHOLDERS = words("placeholder_names")
SUFFIXES = {form: group[0] for group in groups("name_suffixes") for form in group}
CREDENTIALS = words("name_credentials")
AFTER_COMMA = CREDENTIALS | words("name_credentials_short")


class Parts(NamedTuple):
    """The pieces of a name as they are written; each may be None."""

    prefix: str | None = None
    given: str | None = None
    middle: str | None = None
    family: str | None = None
    suffix: str | None = None
    nickname: str | None = None


def is_placeholder(raw: str) -> bool:
    """Whether a value only fills the place of a name: "-", "Unknown", "n/a", "test", 000."""
    folded = fold(raw)
    # "NA" and "na" are how tools write a missing value; "Na" is a name, and so is "N. A." (but not "n/a")
    return (
        folded is None
        or folded in PLACEHOLDERS
        or not any(map(str.isalpha, folded))
        or raw.strip(" #()[]<>") in {"NA", "na"}
        or re.fullmatch(r"n ?[/\\] ?a\.?", raw.strip(" #()[]<>"), re.IGNORECASE) is not None
        or all(word in PLACEHOLDERS for word in folded.split())
    )


# An e-mail address, or the local part of one shown as a name: amelia.hartley+desk, j_smith, jsmith42
_MAILBOX = re.compile(r"\S*@\S*|[^\s]*[+_][^\s]*|[a-z]{2,}(?:\.[a-z]{2,})+|(?=\S*[a-z])(?=\S*\d)[a-z\d.]+")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_ASIDE = re.compile(r"[\(\[\{]([^\)\]\}]*)[\)\]\}]|[\"“”„«»]([^\"“”„«»]+)[\"“”„«»]|(?<!\S)['‘’`]([^'‘’`]+)['‘’`](?!\S)")
_BORN = re.compile(r"(?:nee|born|geb|geborene|ne|formerly|fka|dit)\b")
CONNECTORS = frozenset(("y", "i", "e", "und"))
COUPLE = frozenset(("&", "+", "and", "und", "et", "og", "och"))


def parse_full(raw: str | None) -> Parts | None:
    """The parts of a name written in one string, or None when it is no person's name.

    Understands "First Middle Last", "Last, First Middle", "LAST First", "First & First Last", titles, suffixes,
    degrees, particles and a nickname in quotes or brackets. A single word is a given name, after a title a family name.

    >>> parse_full('Dr. William "Bill" van der Berg Jr., PhD')
    Parts(prefix='Dr.', given='William', middle=None, family='van der Berg', suffix='Jr.', nickname='Bill')
    """
    if raw is None:
        return None
    text = " ".join(_INVISIBLE.sub("", raw).split())
    if is_placeholder(text) or _MAILBOX.fullmatch(text):
        return None
    text, prefixes, suffix, nickname = _take_asides(text)
    pieces = [[word for word in piece.split() if fold(word) or word in COUPLE] for piece in text.split(",")]
    pieces = [piece for piece in pieces if not COUPLE.issuperset(piece)]
    first, rest, found = _take_late_pieces(pieces)
    suffix = suffix or found
    taken, first = _take_prefixes(first, final=not rest)
    prefixes += taken
    taken, rest = _take_prefixes(rest, final=False)
    prefixes += taken
    first, rest = _couple_as_one(first), _couple_as_one(rest)
    first, found = _take_suffix(first, keep=0 if rest else 1)
    suffix = suffix or found
    rest, found = _take_suffix(rest, keep=0)
    suffix = suffix or found
    # of "Mr Smith", "Smith Jr", "Smith," and "'Bill' Smith" the one word left is the family name
    given, middle, family = _in_order(first, rest, formal=bool(prefixes or suffix or nickname) or text.endswith(","))
    if not (given or family):
        return None
    if nickname and not given:
        given, nickname = [nickname], None
    return Parts(_joined(prefixes), _joined(given), _joined(middle), _joined(family), suffix, nickname)


def suffix(raw: str | None) -> str | None:
    """The generation that a suffix, family or full name ends in, as "jr", "sr", "2" ... "5"; None without one.

    >>> suffix("King, Jr."), suffix("III"), suffix("King")
    ('jr', '3', None)
    """
    for word in reversed((fold(raw) or "").split()):
        if word in SUFFIXES:
            return SUFFIXES[word]
        if word not in CREDENTIALS:
            return None
    return None


def _joined(tokens: list[str]) -> str | None:
    return " ".join(tokens) or None


def _plain(token: str) -> str:
    """A word without marks and blanks: "Ph.D." is "phd", "Dott.ssa" is "dottssa"."""
    return (fold(token) or "").replace(" ", "")


def _take_asides(text: str) -> tuple[str, list[str], str | None, str | None]:
    """Removes what stands in brackets or quotes: a title, a suffix, a nickname, or something to be left out."""
    prefixes: list[str] = []
    suffix: str | None = None
    nickname: str | None = None
    for aside in _ASIDE.finditer(text):
        inside = next(part for part in aside.groups() if part is not None).strip()
        folded = fold(inside) or ""
        if _plain(inside) in PREFIXES:
            prefixes.append(inside)
        elif folded in SUFFIXES:
            suffix = suffix or inside
        elif nickname is None and _is_nickname(folded, bracketed=aside.group(1) is not None):
            nickname = inside
    outside = " ".join(_ASIDE.sub(" ", text).split())
    # "(Anna) (Smith)", or a name that is quoted as a whole
    if not any(map(str.isalpha, outside)):
        return " ".join(re.sub(r"[()\[\]{}\"“”„«»]", " ", text).split()), prefixes, suffix, None
    return outside, prefixes, suffix, nickname


def _is_nickname(folded: str, *, bracketed: bool) -> bool:
    words = folded.split()
    return (
        1 <= len(words) <= (1 if bracketed else 2)
        and folded.replace(" ", "").isalpha()
        and not (_BORN.match(folded) or folded in AFTER_COMMA or is_placeholder(folded))
    )


def _take_late_pieces(pieces: list[list[str]]) -> tuple[list[str], list[str], str | None]:
    """What stands before and after the comma, once pieces of nothing but suffixes and degrees are taken out."""
    kept: list[list[str]] = []
    suffix: str | None = None
    for place, piece in enumerate(pieces):
        plain = [_plain(token) for token in piece]
        if place and all(word in SUFFIXES or word in AFTER_COMMA for word in plain):
            generations = [token for token, word in zip(piece, plain, strict=True) if word in SUFFIXES]
            suffix = suffix or next(iter(generations), None)
        else:
            kept.append(piece)
    first = kept[0] if kept else []
    return first, [token for piece in kept[1:] for token in piece], suffix


def _take_prefixes(tokens: list[str], *, final: bool) -> tuple[list[str], list[str]]:
    """Titles at the front. `final`: these words are all there is, so a lone title is a name ("Lord")."""
    count = 0
    while count < len(tokens) - (1 if final else 0) and _plain(tokens[count]) in PREFIXES:
        count += 1
        # "Mr & Mrs Smith"
        between, after = [*tokens[count : count + 2], "", ""][:2]
        count += between in COUPLE and _plain(after) in PREFIXES
    # Monsieur is written like an initial; it is one where two names follow
    if not count and tokens[:1] == ["M."] and len(tokens) > 2 and len(_plain(tokens[1])) > 1:
        count = 1
    return tokens[:count], tokens[count:]


def _is_known(token: str) -> bool:
    """Whether a word is a given name that the lists know."""
    return bool(full_names_of(_plain(token)))


def _couple_as_one(tokens: list[str]) -> list[str]:
    """The given names of two people as one word: "John & Mary", "Smith" of "John and Mary Smith"."""
    found = [place for place, token in enumerate(tokens) if token.lower() in COUPLE]
    places = [place for place in found if not any(map(_is_particle, tokens[max(place - 1, 0) : place + 2]))]
    if len(found) != 1 or len(places) != 1 or places[0] in {0, len(tokens) - 1}:
        return [token for token in tokens if fold(token)]
    left, right = tokens[: places[0]], tokens[places[0] + 1 :]
    _, right = _take_prefixes(right, final=True)
    # "Restaurant Rose and Dining Room" is no couple
    if len(left) > 1 < len(right) and left[-1] != right[-1] and not (_is_known(left[0]) and _is_known(right[0])):
        return [token for token in tokens if fold(token)]
    families = left[1:] if len(right) == 1 else [token for token in left[1:] if len(_plain(token)) > 1]
    families = [token for token in families if token not in right]
    return [f"{left[0]} & {right[0]}", *families, *right[1:]]


def _take_suffix(tokens: list[str], *, keep: int) -> tuple[list[str], str | None]:
    """Generations and degrees at the end, leaving at least one word more than `keep`."""
    suffix: str | None = None
    while len(tokens) > keep + 1:
        word = _plain(tokens[-1])
        if word in SUFFIXES:
            suffix = suffix or tokens[-1]
        elif word not in CREDENTIALS:
            break
        tokens = tokens[:-1]
    return tokens, suffix


def _in_order(first: list[str], rest: list[str], *, formal: bool) -> tuple[list[str], list[str], list[str]]:
    """(given, middle, family) from the words before and after the comma."""
    if rest:
        moved = len(rest)
        while moved > 1 and _is_particle(rest[moved - 1]):
            moved -= 1
        return rest[:1], rest[1:moved], rest[moved:] + first
    if len(first) == 1:
        return ([], [], first) if formal else (first, [], [])
    shouted = _shouted(first)
    if shouted:
        return first[shouted : shouted + 1], first[shouted + 1 :], first[:shouted]
    start = _family_start(first)
    return first[:1], first[1:start], first[start:]


def _is_particle(token: str) -> bool:
    return _plain(token) in PARTICLES or (len(token) == 2 and token[1] in "'’‘`")


def _family_start(tokens: list[str]) -> int:
    """Where the family name begins: the last word and the particles before it, never the first word."""
    start = len(tokens) - 1
    while start > 1 and _is_particle(tokens[start - 1]):
        start -= 1
    # Ortega y Gasset, in text that is not wholly lower-case (there "e" would be an initial)
    if start > 2 and tokens[start - 1] in CONNECTORS and any(map(str.istitle, tokens)):
        start -= 2
    return max(start, 1)


def _shouted(tokens: list[str]) -> int:
    """How many words at the front are a family name in capitals ("HARTLEY Amelia"); 0 when that is not the style."""
    count = 0
    while count < len(tokens) and len(tokens[count]) > 2 and tokens[count].isupper():
        count += 1
    others = tokens[count:]
    return count if others and not any(len(token) > 1 and token.isupper() for token in others) else 0
