"""Ids that another system gave a person: comparable inside one system only, and never numbers."""

import re

import polars as pl

from rules.field import Field, Levels, Strings
from rules.lists import words
from rules.values import hidden
from rules.values.hidden import HIDDEN
from rules.values.scoped import LEVELS, Scoped
from rules.values.text import fold

_PLACEHOLDERS = words("placeholder_identifiers")
_GAPS = re.compile(r"[\s\u00a0\u200b\ufeff‐‑‒–—-]+")
_SALESFORCE = re.compile(r"(?:00[1-9A-Za-z]|[1-9a]0[0-9A-Za-z])[A-Za-z0-9]{12}(?:[A-Z0-5]{3}|[A-Za-z0-5]{3})?")
# What ids of accounts, contacts, users, opportunities, leads, cases and organisations begin with
_USUAL = re.compile(r"(?:00[1356DQ]|500|701)(?=.*[a-z])(?=.*[A-Z])")
# The three letters at the end of an 18-character id: bit n of each tells whether character n of its five is a capital
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT, _LONG = 15, 18
_HIDES = re.compile(rf"[{hidden.SIGNS}]{{2}}|#{{3}}|x{{3}}|{HIDDEN}", re.IGNORECASE)


def normalise(raw: str | None, system: str | None) -> str | None:
    """ "system:VALUE" without blanks and dashes; None for a placeholder, and without a system.

    Salesforce ids keep their case and get their 18-character form. "…" is what an export hides.

    >>> normalise("ab-12 34", "HubSpot"), normalise("003Dn00000AHrtL", "Salesforce"), normalise("0000", "erp")
    ('hubspot:AB1234', 'salesforce:003Dn00000AHrtLIAT', None)
    >>> normalise("XXX-XX-6789", "ssn"), normalise("****", "ssn")
    ('ssn:…6789', None)
    """
    space = (fold(system) or "").replace(" ", "_")
    folded = fold(raw)
    if not space or raw is None or folded is None or folded in _PLACEHOLDERS:
        return None
    value = _GAPS.sub("", raw)
    if len(set(value)) == 1 and (len(value) > 1 or value == "0"):
        return None
    if _HIDES.search(value):
        value = _as_shown(value)
        if not value.strip(f"0{HIDDEN}"):
            return None
    return f"{space}:{_salesforce(value, named='salesforce' in space or 'sfdc' in space) or value.upper()}"


def _as_shown(value: str) -> str:
    """The id with HIDDEN for what an export hides of it: runs of signs, and of x with nothing but digits."""
    value = hidden.marked(value)
    if re.fullmatch(rf"[\dx{HIDDEN}]+", value, re.IGNORECASE):
        value = re.sub(r"x{3,}", HIDDEN, value, flags=re.IGNORECASE)
    return re.sub(f"{HIDDEN}+", HIDDEN, value)


def _salesforce(value: str, *, named: bool) -> str | None:
    """The 18-character form of a Salesforce id, or None when it is none. `named`: the system says that it is one."""
    if not _SALESFORCE.fullmatch(value):
        return None
    short = value[:_SHORT]
    if len(value) == _SHORT:
        return short + case_suffix(short) if named or _USUAL.match(short) else None
    suffix = value[_SHORT:].upper()
    if case_suffix(short) == suffix:
        return short + suffix
    # some tools change the case of an id; the suffix tells what it was
    restored = _restored(short, suffix)
    return restored + suffix if named and case_suffix(restored) == suffix else None


def case_suffix(short: str) -> str:
    """The check suffix of a 15-character Salesforce id (Salesforce help, "How to convert 15 to 18 character IDs").

    >>> case_suffix("003Dn00000AHrtL")
    'IAT'
    """
    fives = (short[start : start + 5] for start in range(0, _SHORT, 5))
    return "".join(_SUFFIX[sum(1 << place for place, letter in enumerate(five) if letter.isupper())] for five in fives)


def _restored(short: str, suffix: str) -> str:
    letters = (
        letter.upper() if _SUFFIX.index(suffix[place // 5]) >> place % 5 & 1 else letter.lower()
        for place, letter in enumerate(short)
    )
    return "".join(letters)


class _Ids(Scoped):
    """Ids agree when one system gave both the same id, as far as shown; two ids of one system speak against one person.

    "typo" is one edit from six characters on. Of an id that is hidden in part the last three characters or more must
    agree: the first ones say where or when it was given. Ids of different systems cannot be compared.
    """

    @staticmethod
    def space(value: pl.Expr) -> pl.Expr:
        return value.str.extract(r"^([^:]*:)")

    @staticmethod
    def as_shown(left: Strings, right: Strings) -> Levels:
        shown = hidden.alike(*([value.partition(":")[2] for value in side] for side in (left, right)))
        return hidden.told(shown.fits, shown.back >= hidden.LEAST, LEVELS)


IDENTIFIER = Field(
    "identifier",
    levels=LEVELS,
    normalise=normalise,
    judge=_Ids,
    keys=hidden.without_keys({"same": lambda value: (value,)}),
    take_apart=hidden.in_full,
    fast_keys={"same": lambda values: values},
)
