"""E-mail addresses: what is one address, one mailbox, one function's mailbox, and what is no address at all.

A normalised value is the address; one that is known to bounce has "!" before it, because it may have been given to
somebody else since. Of an address that an export hides in part it keeps what is shown: "j…e@x.com".
"""

import re
import unicodedata
from functools import partial
from itertools import chain

import numpy as np
import polars as pl
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from rules import hidden
from rules.field import MISSING, Field, Levels, Strings
from rules.hidden import HIDDEN
from rules.lists import words
from rules.text import Mask, mask, take

LEVELS = ("same", "same mailbox", "same, but it bounces", "same name part", "typo", hidden.LEVEL, "different")
_SAME, _MAILBOX, _BOUNCED, _NAME_PART, _TYPO, _SHOWN, _DIFFERENT = range(1, len(LEVELS) + 1)

# RFC 5321 4.5.3.1.3; said here so that a page of text is not searched for an address.
LONGEST = 254

BOUNCED = "!"

# Typing errors: at most two edits, and enough characters left that agree.
MAX_EDITS = 2
SHORTEST_ADDRESS = 10
CHARACTERS_AN_EDIT = 4
SHORTEST_NAME_PART = 6
START = 5
# What the domain of an employer counts for where the mailbox is hidden in part: colleagues share it.
DOMAIN_SHOWN = 2

# Characters that no eye sees (zero width, soft hyphen, direction marks): pasted along from web pages and chats.
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
# What hides part of an address, alone too: no mailbox is made with these. "…" would be three dots in NFKC.
_SIGNS = str.maketrans(dict.fromkeys(hidden.SIGNS + HIDDEN, "*"))
_HIDDEN, _MORE_HIDDEN = re.compile(r"\*+|#{3,}"), re.compile(r"x{3,}")
_SHOWN_IN_PART = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[\w.…-]+")
# Names that ignore dots in the mailbox name, all of one provider.
DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}

_ANGLED = re.compile(r"[^<>]*<([^<>]*)>")
_SPECIAL = re.compile(rf"(?<=\.)(?:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})\Z")
_MARKS, _NOT_LETTERS, _NOT_DIGITS = re.compile(r"[\W_]+"), re.compile(r"[\W\d_]+"), re.compile(r"[^0-9]+")
_ROLE_START, _ROLE_PARTS = re.compile(r"[^0-9._-]+"), re.compile(r"[._-]+")


def normalise(raw: str) -> str | None:
    """The address in lower case with an ASCII domain and "…" for what is hidden, or None when it is none or a filler.

    Names reserved for tests (.example, .test, .invalid, .local) count as addresses: what matters here is whether two
    records say the same, not whether a message would arrive.

    >>> normalise(" Ann Lee <Ann.Lee@Bücher.example>, ")
    'ann.lee@xn--bcher-kva.example'
    >>> normalise("n/a") is None and normalise("test@test.com") is None
    True
    >>> normalise("J***@x.com")
    'j…@x.com'
    """
    text = repaired(raw.translate(_SIGNS))
    in_part = "*" in text or "###" in text
    value = _in_part(text) if in_part else valid(text)
    return None if value is None or is_junk(value) else value


def _in_part(text: str) -> str | None:
    """An address of which only a part is shown; None when nothing is, or when that is not part of an address."""
    # A name may have an x in it, and may be all of x where nothing else is hidden.
    text = _HIDDEN.sub(HIDDEN, _MORE_HIDDEN.sub("*", text) if "*" in text else text)
    name, _, place = text.partition("@")
    if len(text) > LONGEST or not _SHOWN_IN_PART.fullmatch(text) or not re.search(r"\w", text):
        return None
    if HIDDEN in place:
        return text
    checked = valid(f"x@{place}")
    return None if checked is None else f"{name}@{domain(checked)}"


def repaired(raw: str) -> str:
    """The address inside what was typed, in lower case: without mailto:, a display name, brackets, stray marks."""
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", raw)).lower().strip()
    if angled := _ANGLED.fullmatch(text.rstrip(" .,;")):
        text = angled[1].strip()
    if text.startswith("mailto:"):
        text = text.removeprefix("mailto:").partition("?")[0].strip()
    text = text.rstrip(" .,;")
    if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    # Lower case can take characters apart again ("İ").
    return unicodedata.normalize("NFKC", text)


def valid(text: str) -> str | None:
    """The address as email-validator writes it, its domain in ASCII; None when it is not valid."""
    if len(text) > LONGEST:
        return None
    # Reserved names are looked at like any other: a stand-in of the same length takes their place for the check.
    special = _SPECIAL.search(text)
    checked = text[: special.start()] + "x" * len(special[0]) if special else text
    try:
        result = validate_email(checked, check_deliverability=False)
    except EmailNotValidError:
        return None
    name = result.ascii_domain
    return f"{result.local_part}@{name[: -len(special[0])] + special[0] if special else name}"


def is_junk(value: str) -> bool:
    """Whether a valid address is one that people type when they have none."""
    name, _, place = value.rpartition("@")
    ways = (value, f"{name}@*", f"*@{place}", f"{name}@{place.partition('.')[0]}.*")
    return not words("junk_emails").isdisjoint(ways)


def address(value: str) -> str:
    """A normalised value without its mark.

    >>> address("!ann@x.com")
    'ann@x.com'
    """
    return value.removeprefix(BOUNCED)


def local(value: str) -> str:
    """What stands before the @.

    >>> local("ann.lee+news@x.com")
    'ann.lee+news'
    """
    return address(value).rpartition("@")[0]


def domain(value: str) -> str:
    """What stands behind the @.

    >>> domain("ann.lee+news@x.com")
    'x.com'
    """
    return value.rpartition("@")[2]


def mailbox(value: str) -> str:
    """The address without the +tag; where the provider ignores dots and has two names, without dots, under one name.

    >>> mailbox("ann.lee+news@googlemail.com"), mailbox("ann.lee+news@x.com")
    ('annlee@gmail.com', 'ann.lee@x.com')
    """
    name, place = _name(value), domain(value)
    if place in DOTLESS:
        return f"{name.replace('.', '')}@{DOTLESS[place]}"
    return f"{name}@{place}"


def _name(value: str) -> str:
    """The mailbox name without its tag. "+news@x.com" has nothing before its tag: the tag is the name."""
    name = local(value)
    return name.partition("+")[0] or name


def is_role(value: str) -> bool:
    """Whether the mailbox belongs to a function (info@, sales-uk@, noreply@) and not to a person."""
    return _is_role_name(_name(value))


def _is_role_name(name: str) -> bool:
    known = words("role_mailboxes")
    if name in known:
        return True
    # "sales.uk", "info2", "press-office": a role word first, then only role words, two-letter codes and numbers.
    # "r.sales" is a person.
    first = _ROLE_START.match(name)
    if first is None or first[0] not in known:
        return False
    others = _ROLE_PARTS.split(name[first.end() :])
    return all(part in known or len(part) == 2 or part.isdigit() or not part for part in others)


def is_free(value: str) -> bool:
    """Whether anybody can have an address at this domain, so that it says nothing about an employer."""
    return domain(value) in words("free_mail_domains")


def is_disposable(value: str) -> bool:
    """Whether the domain hands out throw-away mailboxes."""
    return domain(value) in words("disposable_domains")


def compare(left: Strings, right: Strings) -> Levels:
    """Two addresses agree when they reach one mailbox; the same name elsewhere, a typo or a part shown is a hint.

    So is one that is hidden in part ("j…@x.com") and agrees in all that is shown, if that is three characters; the
    domain counts for two, where it is not one that anybody can have. A function's mailbox (info@) says that two
    contacts belong to one office, never that they are one person or two: it cannot be compared with anything.
    """
    bounced = np.fromiter((BOUNCED in (a[0], b[0]) for a, b in zip(left, right, strict=True)), bool, len(left))
    left, right = [*map(address, left)], [*map(address, right)]
    places = {value: place for place, value in enumerate(dict.fromkeys(chain(left, right)))}
    i = np.fromiter(map(places.__getitem__, left), np.intp, len(left))
    j = np.fromiter(map(places.__getitem__, right), np.intp, len(right))
    boxes, names = np.array([*map(mailbox, places)], object), np.array([*map(local, places)], object)
    roles = np.fromiter(map(is_role, places), bool, len(places))
    long = np.fromiter((value.find("@") >= SHORTEST_NAME_PART for value in places), bool, len(places))
    cut = np.fromiter((HIDDEN in value for value in places), bool, len(places))

    role, same_box, in_part = roles[i] | roles[j], boxes[i] == boxes[j], cut[i] | cut[j]
    rules = (role, in_part, bounced & same_box, i == j, same_box, (names[i] == names[j]) & long[i])
    levels = np.select(rules, (MISSING, _SHOWN, _BOUNCED, _SAME, _MAILBOX, _NAME_PART), _DIFFERENT).astype(np.uint8)
    some = np.flatnonzero(in_part & ~role)
    levels[some] = _as_shown(take(left, some), take(right, some), bounced[some])
    rest = np.flatnonzero(levels == _DIFFERENT)
    open_places = rest.tolist()
    levels[rest[_typos([left[k] for k in open_places], [right[k] for k in open_places])]] = _TYPO
    return levels


def _as_shown(left: Strings, right: Strings, bounced: Mask) -> Levels:
    """Levels of pairs of which one or both are hidden in part.

    A tag, or the dots that a provider ignores, may be what is hidden: the names fit with them or without. An address
    that bounces may have been given away, and one of which only a part is known says nothing of who has it.
    """
    sides = [left, right]
    names = hidden.alike(*([*map(local, side)] for side in sides))
    boxes = hidden.alike(*([local(mailbox(value)) for value in side] for side in sides))
    places = hidden.alike(*([domain(mailbox(value)) for value in side] for side in sides))
    own = mask((not (HIDDEN in domain(value) or is_free(value) or is_disposable(value)) for value in left), len(left))
    own &= mask((HIDDEN not in domain(value) for value in right), len(right))
    of_name = np.where(names.fits, names.front + names.back, boxes.front + boxes.back)
    enough = (of_name + DOMAIN_SHOWN * own >= hidden.LEAST) & ~bounced
    fits = (names.fits | boxes.fits) & places.fits
    return hidden.told(fits, enough, LEVELS)


def _typos(left: Strings, right: Strings) -> NDArray[np.bool_]:
    """Where two different addresses are few edits apart, with enough characters for each edit in the parts that differ.

    Without the second condition "al@acme.com" would be a typing error of "bo@acme.com".
    """
    if not left:
        return np.zeros(0, bool)
    edits = cpdist(left, right, scorer=OSA.distance, score_cutoff=MAX_EDITS)
    near = edits <= MAX_EDITS
    for k in np.flatnonzero(near).tolist():
        ours, theirs = left[k].split("@"), right[k].split("@")
        differing = [min(len(a), len(b)) for a, b in zip(ours, theirs, strict=True) if a != b]
        near[k] = (
            min(len(left[k]), len(right[k])) >= SHORTEST_ADDRESS and min(differing) >= CHARACTERS_AN_EDIT * edits[k]
        )
    return np.asarray(near, bool)


def _same_key(value: str) -> tuple[str, ...]:
    return () if is_role(value) else (address(value),)


def _mailbox_key(value: str) -> tuple[str, ...]:
    return () if is_role(value) else (mailbox(value),)


def _name_key(drop: re.Pattern[str], shortest: int, value: str) -> tuple[str, ...]:
    """The mailbox name without what `drop` matches, if enough of it remains."""
    kept = drop.sub("", _name(value))
    return (kept,) if len(kept) >= shortest and not is_role(value) else ()


def _digits_key(value: str) -> tuple[str, ...]:
    """First letter and digits: "ann.lee84@" and "annlee84@" meet."""
    name = _name(value)
    digits, letters = _NOT_DIGITS.sub("", name), _NOT_LETTERS.sub("", name)
    return (letters[0] + digits,) if len(digits) >= 2 and letters and not is_role(value) else ()


def _start_key(value: str) -> tuple[str, ...]:
    """How the mailbox name begins, where it goes on."""
    kept = _MARKS.sub("", _name(value))
    return (kept[:START],) if len(kept) >= START + 2 and not is_role(value) else ()


def fast(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`normalise` for a batch: see rules.email_fast."""
    from rules.email_fast import normalise_all  # a batch only

    return normalise_all(raw)


EMAIL = Field(
    "email",
    levels=LEVELS,
    normalise=normalise,
    compare=compare,
    keys=hidden.without_keys(
        {
            "same": _same_key,
            "mailbox": _mailbox_key,
            "local": partial(_name_key, _MARKS, SHORTEST_NAME_PART),
            "letters": partial(_name_key, _NOT_LETTERS, 5),
            "digits": _digits_key,
            "start": _start_key,
        }
    ),
    fast=fast,
)
