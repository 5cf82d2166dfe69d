"""Whose names a group of files holds, in which columns: people or organisations, and the pieces of a birth date."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import polars as pl

from resolver.sources import headers
from resolver.sources.group import Group
from resolver.sources.headers import BIRTH_PARTS, Meaning
from resolver.sources.values import HARDLY, MOST, Values
from rules.lists import words as listed
from rules.name.nicknames import full_names_of
from rules.name.parts import PARTICLES

PERSONS = frozenset({"given_name", "family_name", "full_name"})
_UNSETTLED = frozenset({"name", "first_or_name"})
_HARDLY_A_PERSON = 0.08
"""Share of names with a word such as Ltd, Group or Services from which a list is one of organisations: lists of people
have next to none, lists of damaged company names still one in ten."""
_PLAINLY = 0.4


@cache
def _organisation_words() -> frozenset[str]:
    """Words of one piece that organisations have in their names and people have not."""
    found = listed("legal_forms") | listed("generic_company_words") | headers.words("legal_forms")
    return frozenset(word for word in found if " " not in word and len(word) > 1) - PARTICLES - {"and", "und"}


def are_organisations(values: Values, at_least: float = _HARDLY_A_PERSON) -> bool:
    """Whether names are those of organisations: they say so, and hardly begin like people's names."""
    telling = values.mention(_organisation_words().__contains__)
    return telling >= at_least and telling >= 0.5 * _given_names(values)


def _given_names(values: Values) -> float:
    """The share of values with a well-known given name in them."""
    return values.mention(lambda word: bool(full_names_of(word)))


def only_column(group: Group, found: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """A file of one column, whatever that is called, is a list of names where its values say it plainly."""
    free = [column for column in group.columns if column not in found]
    if (
        len(free) != 1
        or headers.is_about_somebody_else(free[0])
        or any(said.field != "record_id" for said in found.values())
    ):
        return {}
    values = group.values[free[0]]
    if _is_text(values) and are_organisations(values, _PLAINLY):
        return {free[0]: Meaning("company", steps=9)}
    people = _is_name(values, "words") and _given_names(values) >= _PLAINLY
    return {free[0]: Meaning("full_name", steps=9)} if people else {}


def unheaded(group: Group, found: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Names and birth dates in a file without headers, by what its values look like and stand beside."""
    free = [column for column in group.columns if column not in found]
    result: dict[str, Meaning] = {}
    whole = [column for column in free if _is_name(group.values[column], "words")]
    single = [column for column in free if _is_name(group.values[column], "one word")]
    firms = [column for column in free if _is_text(group.values[column]) and are_organisations(group.values[column])]
    if len(single) >= 2:
        result[single[0]], result[single[1]] = Meaning("given_name", steps=9), Meaning("family_name", steps=9)
    elif whole:
        result[whole[0]] = Meaning("full_name", steps=9)
    elif firms:
        result[firms[0]] = Meaning("company", steps=9)
    dates = [column for column in free if group.values[column].share("date") >= MOST]
    if len(dates) == 1:
        result[dates[0]] = Meaning("birth_date", steps=9)
    return result


def _is_name(values: Values, kind: str) -> bool:
    return values.share(kind) >= MOST and not are_organisations(values) and _varies(values)


def _is_text(values: Values) -> bool:
    """Whether values are names of some length, not numbers, addresses or remarks."""
    plain = values.share("five digits") < MOST and values.share("email") < HARDLY
    return plain and values.share("some words") >= MOST and _varies(values)


def _varies(values: Values) -> bool:
    return len(values.seen) > 0.3 * min(values.filled, 2_000)


def role(group: Group, found: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Columns that all say whose they are: "pat_first_name", "pat_last_name" in a file that names nobody else.

    Of several roles the one that is filled most is whom the file is about; the others stay somebody else's.
    """
    if not (PERSONS | _UNSETTLED).isdisjoint(said.field for said in found.values()):
        return {}
    roles: dict[tuple[str, ...], dict[str, Meaning]] = {}
    for column in group.columns:
        if column in found or headers.is_about_somebody_else(column):
            continue
        pieces = headers.tokens(column)
        if len(pieces) > headers.MOST_WORDS:
            continue
        for cut in range(1, len(pieces)):
            said = headers.meaning(" ".join(pieces[cut:]))
            if said is not None:
                roles.setdefault(pieces[:cut], {})[column] = replace(said, steps=said.steps + cut)
    named = [
        meanings
        for meanings in roles.values()
        if {"given_name", "family_name"} <= {said.field for said in meanings.values()}
    ]
    return max(named, key=lambda meanings: sum(group.values[column].filled for column in meanings), default={})


def settle_names(group: Group, found: dict[str, Meaning]) -> None:
    """Settles "name", "nome", "account name" and "title" by the columns beside them, and people or organisations."""
    has = {said.field for said in found.values()}
    if any(headers.key(column) == "jobtitle" for column in found) and "name_prefix" not in has:
        found |= {column: Meaning("name_prefix") for column in found if headers.key(column) == "title"}
    for column, said in list(found.items()):
        if said.field == "first_or_name":
            settled = "given_name" if "family_name" in has and "given_name" not in has else "full_name"
        elif said.field == "name":
            settled = _plain_name(group, found, column, has)
        elif said.field == "account_name":
            persons = (PERSONS | _UNSETTLED) & has
            settled = "company" if persons or are_organisations(group.values[column]) else "full_name"
        else:
            continue
        found[column] = replace(said, field=settled, steps=max(said.steps, 1) if said.steps >= 0 else said.steps)
    _settle_organisations(group, found)


def _plain_name(group: Group, found: Mapping[str, Meaning], column: str, has: set[str]) -> str:
    """A column "name": the whole name, the family name beside a given name, or a company beside whole names."""
    if "given_name" in has and "family_name" not in has and "full_name" not in has:
        return "full_name" if group.values[column].share("words") >= MOST else "family_name"
    parts = [other for other, said in found.items() if said.field in {"given_name", "family_name"}]
    if parts and group.values[column].filled:
        both = group.cells.select(
            pl.col(column).str.to_lowercase(), pl.col(parts[-1]).str.to_lowercase().alias("\x1fpart")
        )
        held = both.drop_nulls().select(pl.col(column).str.contains(pl.col("\x1fpart"), literal=True).mean()).item()
        return "full_name" if held is not None and held >= 0.5 else "company"
    return "company" if "full_name" in has else "full_name"


def _settle_organisations(group: Group, found: dict[str, Meaning]) -> None:
    """A list of organisations has its names in the company, and ids of its own; a list of people has neither.

    Where people are, a VAT number or LEI is their employer's: everybody who works there has it.
    """
    has = {said.field for said in found.values()}
    if "company" not in has and has.isdisjoint({"given_name", "family_name"}):
        for column, said in list(found.items()):
            if said.field == "full_name" and said.steps >= 0 and are_organisations(group.values[column]):
                found[column] = replace(said, field="company")
    has = {said.field for said in found.values()}
    people = not PERSONS.isdisjoint(has)
    for column, said in list(found.items()):
        if people and said.field == "organisation_id" and said.steps >= 0:
            del found[column]
        elif not people and "company" in has and said.field == "other_name":
            found[column] = replace(said, field="other_company")


def settle_birth(found: dict[str, Meaning]) -> None:
    """A date of birth in pieces counts where no column has it whole, and only with the year.

    Headers of two letters ("by", "bm", "bd") say too little by themselves; together they do.
    """
    parts = {said.field: column for column, said in found.items() if said.field in BIRTH_PARTS}
    whole = any(said.field == "birth_date" for said in found.values())
    short = any(len(headers.key(column)) == 2 and found[column].steps >= 0 for column in parts.values())
    if whole or "birth_year" not in parts or (short and len(parts) < len(BIRTH_PARTS)):
        for column, said in list(found.items()):
            if said.field in BIRTH_PARTS:
                del found[column]


def by_values_of_birth(said: Meaning, values: Values) -> Meaning | None:
    """A piece of a birth date, if its values can be one; "birth day" is the day or the whole date."""
    kinds = {"birth_year": "year", "birth_month": "month", "birth_day": "day", "birth_date": "day"}
    fits = values.share(kinds[said.field]) >= MOST
    if said.field == "birth_date":
        return replace(said, field="birth_day") if fits else said
    if fits:
        return said
    return replace(said, field="birth_date") if values.share("date") >= MOST else None
