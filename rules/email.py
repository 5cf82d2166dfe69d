"""E-mail addresses: what is one address, one mailbox, one function's mailbox, and what is no address at all.

A normalised value is the address; one that is known to bounce has "!" before it, because it may have been given to
somebody else since.
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

from rules.field import MISSING, Field, Levels, Strings
from rules.lists import words

LEVELS = ("same", "same mailbox", "same, but it bounces", "same name part", "typo", "different")
_SAME, _MAILBOX, _BOUNCED, _NAME_PART, _TYPO, _DIFFERENT = range(1, len(LEVELS) + 1)

# RFC 5321 4.5.3.1.3; said here so that a page of text is not searched for an address.
LONGEST = 254

BOUNCED = "!"

# Typing errors: at most two edits, and enough characters left that agree.
MAX_EDITS = 2
SHORTEST_ADDRESS = 10
CHARACTERS_AN_EDIT = 4
SHORTEST_NAME_PART = 6

# Characters that no eye sees (zero width, soft hyphen, direction marks): pasted along from web pages and chats.
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
# What hides part of an address in an export: "j***@x.com", "j•••@x.com". No mailbox is made with them.
MASK = "*•●∗…"
# Names that ignore dots in the mailbox name, all of one provider.
DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}

_ANGLED = re.compile(r"[^<>]*<([^<>]*)>")
_SPECIAL = re.compile(rf"(?<=\.)(?:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})\Z")
_MARKS, _NOT_LETTERS, _NOT_DIGITS = re.compile(r"[\W_]+"), re.compile(r"[\W\d_]+"), re.compile(r"[^0-9]+")
_ROLE_START, _ROLE_PARTS = re.compile(r"[^0-9._-]+"), re.compile(r"[._-]+")


def normalise(raw: str) -> str | None:
    """The address in lower case with an ASCII domain, or None when it is none, is masked, or is a filler.

    Names reserved for tests (.example, .test, .invalid, .local) count as addresses: what matters here is whether two
    records say the same, not whether a message would arrive.

    >>> normalise(" Ann Lee <Ann.Lee@Bücher.example>, ")
    'ann.lee@xn--bcher-kva.example'
    >>> normalise("n/a") is None and normalise("test@test.com") is None
    True
    """
    text = repaired(raw)
    if any(mark in text for mark in MASK):
        return None
    value = valid(text)
    return None if value is None or is_junk(value) else value


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
    """Two addresses agree when they reach one mailbox; the same name elsewhere or a slip of the keyboard is a hint.

    A function's mailbox (info@) says that two contacts belong to one office, never that they are one person or two:
    it cannot be compared with anything.
    """
    bounced = np.fromiter((BOUNCED in (a[0], b[0]) for a, b in zip(left, right, strict=True)), bool, len(left))
    left, right = [*map(address, left)], [*map(address, right)]
    places = {value: place for place, value in enumerate(dict.fromkeys(chain(left, right)))}
    i = np.fromiter(map(places.__getitem__, left), np.intp, len(left))
    j = np.fromiter(map(places.__getitem__, right), np.intp, len(right))
    boxes, names = np.array([*map(mailbox, places)], object), np.array([*map(local, places)], object)
    roles = np.fromiter(map(is_role, places), bool, len(places))
    long = np.fromiter((value.find("@") >= SHORTEST_NAME_PART for value in places), bool, len(places))

    role, same_box = roles[i] | roles[j], boxes[i] == boxes[j]
    rules = (role, bounced & same_box, i == j, same_box, (names[i] == names[j]) & long[i])
    levels = np.select(rules, (MISSING, _BOUNCED, _SAME, _MAILBOX, _NAME_PART), _DIFFERENT).astype(np.uint8)
    rest = np.flatnonzero(levels == _DIFFERENT)
    open_places = rest.tolist()
    levels[rest[_typos([left[k] for k in open_places], [right[k] for k in open_places])]] = _TYPO
    return levels


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


def fast(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`normalise` for a batch: see rules.email_fast."""
    from rules.email_fast import normalise_all  # a batch only

    return normalise_all(raw)


EMAIL = Field(
    "email",
    levels=LEVELS,
    normalise=normalise,
    compare=compare,
    keys={
        "same": _same_key,
        "mailbox": _mailbox_key,
        "local": partial(_name_key, _MARKS, SHORTEST_NAME_PART),
        "letters": partial(_name_key, _NOT_LETTERS, 5),
        "digits": _digits_key,
    },
    fast=fast,
)
