"""What a column header means: aliases in many languages, compared without case, accents, separators and numbers."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from anyascii import anyascii

from rules.lists import words as listed
from rules.name.nicknames import full_names_of

ADDRESS_PARTS = ("address", "house_number", "street", "unit", "city", "region", "postal_code", "country")
PHONE_KINDS = {"phone": None, "mobile": "mobile", "home_phone": "home", "work_phone": "work", "fax": "fax"}
BIRTH_PARTS = ("birth_year", "birth_month", "birth_day")
MOST_WORDS = 40
"""A cell with more words than that is no header, even where each of them could stand in one."""
OTHER_NAMES = ("other_given_name", "other_family_name", "other_name")
OPT_OUTS = {f"{channel}_opt_out": channel for channel in ("email", "phone", "fax", "sms", "marketing")}
FIELDS = (
    *("record_id", "source", "tenant"),
    *("name_prefix", "given_name", "middle_name", "family_name", "second_family_name"),
    *("name_suffix", "full_name", "username"),
    *OTHER_NAMES,
    *("email", *PHONE_KINDS, "company", "other_company", "job_title", *ADDRESS_PARTS),
    *("birth_date", *BIRTH_PARTS, "gender", "language", "timezone"),
    *("national_id", "organisation_id", "external_id", "linkedin", "social"),
    *("created_at", "updated_at", "deleted", "deleted_at", "tags", "notes", "custom"),
    *("email_type", "phone_type", "address_type", "email_bounced", *OPT_OUTS, "account_id", "reports_to"),
)
"""Every field that a column can be told to be; `custom` keeps it out of the comparison."""

MANY = frozenset(
    {"email", *PHONE_KINDS, "national_id", "organisation_id", "external_id", "linkedin", "social", "tags", "notes"}
    | {*OTHER_NAMES, "other_company", "custom"}
    | {"email_type", "phone_type", "address_type", "email_bounced", *OPT_OUTS}
)
"""Fields that several columns of one file may fill."""

_FORMERLY = {
    "given_name": "other_given_name",
    "family_name": "other_family_name",
    **dict.fromkeys(("full_name", "name", "first_or_name", "other_name"), "other_name"),
    **{name: name for name in ("email", *PHONE_KINDS, *ADDRESS_PARTS, "other_given_name", "other_family_name")},
}
"""What a column is whose header says that it was so once: a former employer, id or date says nothing of today."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_NOT_LATIN = re.compile(r"[Ͱ-ᷳⰀ-퟿豈-﷿]")


@dataclass(frozen=True)
class Meaning:
    """What a header says by itself.

    detail: the id system, the network, or the kind of phone. group: which of several addresses, e-mails or phones.
    """

    field: str
    detail: str = ""
    group: str = ""
    steps: int = 0  # words that had to be left out; fewer is surer


@cache
def table() -> dict[str, Any]:
    """headers.toml."""
    return tomllib.loads(files(__package__).joinpath("headers.toml").read_text("utf-8"))


@cache
def words(name: str) -> frozenset[str]:
    """One of the word lists in headers.toml, as keys."""
    lists = {**table()["words"], **table()["values"]}
    return frozenset("".join(tokens(word)) for word in lists[name])


@cache
def tokens(header: str) -> tuple[str, ...]:
    """`"E-mail 1 - Value"` -> `("e", "mail", "1", "value")`; scripts other than Latin stay as they are."""
    if _NOT_LATIN.search(header):
        return tuple(re.findall(r"\w+", header.casefold().replace("_", " ")))
    humped = _HUMP.sub(" ", anyascii(header))
    return tuple(re.findall(r"[a-z0-9]+", humped.lower()))


def snake(header: str) -> str:
    """A header as it stands in `category.<name>`."""
    return "_".join(tokens(header))


@cache
def _aliases() -> dict[str, Meaning]:
    """Key (the words of a header, joined) -> meaning."""
    found: dict[str, Meaning] = {}
    for field, names in table()["fields"].items():
        for name in names:
            detail = tokens(name)[0] if field == "social" else "linkedin" if field == "linkedin" else ""
            found["".join(tokens(name))] = Meaning(field, detail)
    for field in ("national_id", "organisation_id"):
        for system, names in table()[f"{field}s"].items():
            found.update({"".join(tokens(name)): Meaning(field, system) for name in names})
    for kind, names in table()["phone_kinds"].items():
        found.update({"".join(tokens(name)): Meaning("phone", kind) for name in names})
    return found


@cache
def meaning(header: str) -> Meaning | None:
    """What a header says, or None when it says nothing that we know."""
    found = tokens(header)
    exact = _aliases().get("".join(found))
    if exact is not None:
        return exact
    if len(found) > MOST_WORDS or is_about_somebody_else(header):
        return None
    numbered = _without_prefixes(list(found), "")  # "Business Street 2" is a second line, not a second street
    if numbered is not None:
        return numbered
    number = next((token for token in found if token.isdigit()), "")
    rest = [token for token in found if not token.isdigit()]
    while len(rest) > 1 and rest[-1] in words("suffixes") and "".join(rest) not in _aliases():
        rest.pop()
    return _without_prefixes(rest, number)


def is_about_somebody_else(header: str) -> bool:
    """Whether a header names an owner, a partner, a parent..., so that the column is not about the contact."""
    return not words("others").isdisjoint(tokens(header))


def _without_prefixes(rest: list[str], number: str) -> Meaning | None:
    """Looks a header up, leaving out one leading word after the other as long as it adds nothing."""
    group = [number] if number else []
    for step in range(len(rest)):
        found = _aliases().get("".join(rest[step:]))
        if found is not None:
            return _in_its_time(Meaning(found.field, found.detail, " ".join(group), step + 1))
        if rest[step] in words("places") or rest[step] in words("formers") or rest[step].isdigit():
            group.append(rest[step])
        elif rest[step] not in words("prefixes"):
            return None
    return None


def _in_its_time(said: Meaning) -> Meaning | None:
    """A previous name is another name, a previous address a further one; None for what was once and says no more."""
    if not is_former(said.group):
        return said
    field = _FORMERLY.get(said.field)
    return None if field is None else replace(said, field=field)


def is_former(group: str) -> bool:
    """Whether the words in front of a header say that it is about the past, or about another name."""
    return not words("formers").isdisjoint(group.split())


def phone_kind(label: str) -> str | None:
    """What a label says about a phone number: mobile, work, home, main, fax or other.

    >>> phone_kind("* Work Fax"), phone_kind("iPhone"), phone_kind("Ann's boat")
    ('fax', 'mobile', None)
    """
    found = {*tokens(label), key(label)}
    return next((kind for kind, names in table()["labels"].items() if not found.isdisjoint(names)), None)


def describes(header: str) -> bool:
    """Whether a header says that the column describes the person or organisation in one of few words."""
    found = tokens(header)
    if "".join(found) in words("describing"):
        return True
    if is_about_somebody_else(header):
        return False
    phrases = {*found, *("".join(found[place : place + 2]) for place in range(len(found))), "".join(found[-3:])}
    return not words("describing").isdisjoint(phrases) and words("process").isdisjoint(found)


def counts_something(header: str) -> bool:
    """Whether a header ends like the name of a number, a code or a key: digits in it are no phone by themselves."""
    return tokens(header)[-1:] in {(word,) for word in words("numbers")}


def is_id(header: str) -> bool:
    """Whether a header ends in "id"."""
    return tokens(header)[-1:] == ("id",)


def names_a_record(header: str) -> bool:
    """Whether a header ends in "id" and is not the id of an owner, a parent..."""
    return is_id(header) and words("others").isdisjoint(tokens(header)[-2:])


def is_foreign_id(header: str) -> bool:
    """Whether an id is likelier one of a company, an order... than of a person."""
    return not words("foreign").isdisjoint(tokens(header))


def id_system(header: str) -> str | None:
    """`"salesforce_id"` -> `"salesforce"`; None for an id of something else than the person.

    In nested JSON, an id inside an object is that object's own ("primaryEmail.id").
    """
    outer, _, header = header.rpartition(".")
    found = tokens(header)
    if len(found) < 2 or is_foreign_id(header) or is_about_somebody_else(f"{outer} {header}") or not is_id(header):
        return None
    return "_".join(found[:-1])


def first_ids() -> list[str]:
    """The headers of record ids, the surest first, as keys."""
    return ["".join(tokens(name)) for name in table()["fields"]["record_id"]]


def key(header: str) -> str:
    """A header as it is looked up."""
    return "".join(tokens(header))


def is_file_id(header: str, stems: Iterable[str]) -> bool:
    """Whether a header is `<file>_id`, in the singular or the plural."""
    found = tokens(header)
    if not is_id(header) or len(found) < 2:
        return False
    name = "".join(found[:-1])
    keys = ("".join(tokens(stem)) for stem in stems)
    return any(key in {name, f"{name}s", f"{name}es"} or name == f"{key}s" for key in keys if key)


def looks_like_headers(cells: list[str]) -> bool:
    """Whether a first row names columns rather than being data already."""
    known = sum(meaning(cell) is not None for cell in cells if cell)
    if len(cells) == 1 and not known and _is_a_name(cells[0]):
        return False
    return known >= 2 or not any(_IS_DATA.search(cell.strip()) for cell in cells)


def _is_a_name(cell: str) -> bool:
    """Whether a cell is a name rather than called so: "Ann Lee" has a given name in it, "Acme Ltd" a legal form."""
    found = [key(word) for word in cell.split()]
    return len(found) > 1 and (any(map(full_names_of, found)) or found[-1] in listed("legal_forms"))


_IS_DATA = re.compile(
    r"""^[^@\s]+@[^@\s]+\.\w+$               # an e-mail address
    |^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b      # a date
    |^[+(]?\d[\d\s().,/-]*$                  # a phone or any number
    """,
    re.VERBOSE,
)
