"""Data that the fields lean on: nicknames, legal forms, role mailboxes and the like, each with its source."""

from functools import cache
from importlib.resources import files


@cache
def words(name: str) -> frozenset[str]:
    """The entries of the list `name`: one a line, blank lines and lines that begin with # left out.

    >>> "info" in words("role_mailboxes")
    True
    """
    text = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def groups(name: str) -> tuple[tuple[str, ...], ...]:
    """The lines of the list `name` split at blanks, in the order of the file: each line a group of words.

    >>> ("jr", "junior", "jnr") <= groups("name_suffixes")[0]
    True
    """
    text = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return tuple(tuple(line.split()) for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def aliases(name: str) -> dict[str, str]:
    """The list `name` with lines "canonical = form, form": every form, and the canonical one, -> the canonical.

    >>> aliases("countries")["deutschland"]
    'de'
    """
    found: dict[str, str] = {}
    for line in sorted(words(name)):
        canonical, _, forms = line.partition(" = ")
        found.update({form.strip(): canonical for form in (canonical, *forms.split(","))})
    return found
