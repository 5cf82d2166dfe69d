"""E-mail addresses: what is one address, one mailbox, one function's mailbox, and what is no address at all.

A normalised value is the address; one that is known to bounce has "!" before it, because it may have been given to
somebody else since. Of an address that an export hides in part it keeps what is shown: "j…e@x.com".
"""

import re
import unicodedata

import polars as pl

from rules.email.compare import LEVELS, Addresses
from rules.email.keys import FAST_KEYS, KEYS, take_apart
from rules.email.parts import domain
from rules.field import Field
from rules.lists import words
from rules.values import hidden
from rules.values.hidden import HIDDEN

# RFC 5321 4.5.3.1.3; said here so that a page of text is not searched for an address.
LONGEST = 254

# Characters that no eye sees (zero width, soft hyphen, direction marks): pasted along from web pages and chats.
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
# What hides part of an address, alone too: no mailbox is made with these. "…" would be three dots in NFKC.
_SIGNS = str.maketrans(dict.fromkeys(hidden.SIGNS + HIDDEN, "*"))
_HIDDEN, _MORE_HIDDEN = re.compile(r"\*+|#{3,}"), re.compile(r"x{3,}")
_SHOWN_IN_PART = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[\w.…-]+")
_ANGLED = re.compile(r"[^<>]*<([^<>]*)>")


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
    from rules.email.checked import checked  # what its library is made of takes a while to load, and a server starts

    return checked(text)


def is_junk(value: str) -> bool:
    """Whether a valid address is one that people type when they have none."""
    name, _, place = value.rpartition("@")
    ways = (value, f"{name}@*", f"*@{place}", f"{name}@{place.partition('.')[0]}.*")
    return not words("junk_emails").isdisjoint(ways)


def fast(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`normalise` for a batch: see rules.email.fast."""
    from rules.email.fast import normalise_all  # a batch only

    return normalise_all(raw)


EMAIL = Field(
    "email",
    levels=LEVELS,
    normalise=normalise,
    judge=Addresses,
    keys=hidden.without_keys(KEYS),
    take_apart=take_apart,
    fast_keys=FAST_KEYS,
    fast=fast,
)
