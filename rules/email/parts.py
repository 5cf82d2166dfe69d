"""The parts of a normalised e-mail address: mailbox, name and domain, and whose mailbox it is.

What is said of one value is the definition. What is said of a column (an expression or a series) gives the same for
many values; each of them has one "@".
"""

import re
from functools import cache

import polars as pl

from rules.lists import words
from rules.values.pairs import spread

BOUNCED = "!"
"""Stands before an address that is known to bounce."""

SHORTEST_NAME_PART = 6
"""Characters of a mailbox name that say something wherever the mailbox is."""

# Names that ignore dots in the mailbox name, all of one provider.
DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}

_ROLE_START, _ROLE_PARTS = re.compile(r"[^0-9._-]+"), re.compile(r"[._-]+")


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
    name, place = mailbox_name(value), domain(value)
    if place in DOTLESS:
        return f"{name.replace('.', '')}@{DOTLESS[place]}"
    return f"{name}@{place}"


def mailbox_name(value: str) -> str:
    """The mailbox name without its tag. "+news@x.com" has nothing before its tag: the tag is the name."""
    name = local(value)
    return name.partition("+")[0] or name


def is_role(value: str) -> bool:
    """Whether the mailbox belongs to a function (info@, sales-uk@, noreply@) and not to a person."""
    return _is_role_name(mailbox_name(value))


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


# --- the same for a column ------------------------------------------------------------------------------------------


_HALVES = pl.col("address").str.splitn("@", 2).struct.rename_fields(["local", "domain"])
_UNTAGGED = pl.col("local").str.splitn("+", 2).struct.field("field_0")
_NAME = pl.when(_UNTAGGED == "").then("local").otherwise(_UNTAGGED)
_DOTLESS = pl.any_horizontal(pl.col("domain") == place for place in DOTLESS)
_PROVIDER = pl.coalesce(
    *(pl.when(pl.col("domain") == place).then(pl.lit(DOTLESS[place])) for place in DOTLESS), "domain"
)

MAILBOX = (pl.when(_DOTLESS).then(pl.col("name").str.replace_all(".", "", literal=True)).otherwise("name"), _PROVIDER)
"""What stands in a `mailbox` before and behind the @, made of the columns of `parted`."""


def parted(values: pl.Series) -> pl.DataFrame:
    """`address`, `local`, `domain` and `name` (see `mailbox_name`) of many values, a row for each."""
    addresses = values.to_frame("address").select(pl.col("address").str.strip_prefix(BOUNCED))
    return addresses.with_columns(_HALVES.alias("halves")).unnest("halves").with_columns(_NAME.alias("name"))


@cache
def _role_pattern() -> str:
    """Pattern of values whose names begin with the word of a function and a mark, a digit or nothing behind it."""
    return rf"^!?(?:{'|'.join(sorted(map(re.escape, words('role_mailboxes'))))})[0-9._@+-]"


def roles(values: pl.Series) -> pl.Series:
    """`is_role` of each value; only names that begin with the word of a function are looked at one by one."""
    begins_like_one = values.str.contains(_role_pattern())
    if not begins_like_one.any():
        return begins_like_one
    names = parted(values.filter(begins_like_one))["name"]
    told = names.is_in([*filter(_is_role_name, names.unique().to_list())])
    return spread(told, begins_like_one).fill_null(value=False)
