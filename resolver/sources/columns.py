"""What each column of a group of files is: told, said by its header, or seen in its values."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from resolver.sources import headers
from resolver.sources.group import FEW, FILE_SOURCE, Group, Use
from resolver.sources.headers import ADDRESS_PARTS, BIRTH_PARTS, MANY, PHONE_KINDS, Meaning
from resolver.sources.naming import (
    are_organisations,
    by_values_of_birth,
    only_column,
    role,
    settle_birth,
    settle_names,
    unheaded,
)
from resolver.sources.values import HARDLY, MOST, Values, distinct_at_least

_NEARLY = 0.98  # share of distinct, non-null values in a record id
_ALWAYS_CUSTOM = frozenset({"custom", "website"})
_TEXTS = frozenset({"username", "address", "notes", "full_name", "name", "account_name", "social"})


def decide(group: Group) -> tuple[list[Use], list[str]]:
    """A use for every column, in their order, and warnings."""
    warnings: list[str] = []
    found: dict[str, Meaning] = {}
    why = dict.fromkeys(group.told.values(), "told")
    found |= {column: _as_told(name, column) for name, column in group.told.items() if column in group.columns}
    for column in group.columns:
        if column not in why:
            seen, why[column], warning = _first_look(column, group.values[column])
            warnings += [warning] if warning else []
            if seen is not None:
                found[column] = seen
    named = only_column(group, found) if group.headed else unheaded(group, found)
    found |= named
    why |= dict.fromkeys(named, "values")
    by_role = role(group, found)
    found |= by_role
    why |= dict.fromkeys(by_role, "header")
    settle_names(group, found)
    settle_birth(found)
    first_address = _addresses(group, found, why)
    record_id = _record_id(group, found)
    _once(group, found, why)
    _other_ids(group, found, record_id)
    uses: list[Use] = []
    fields: list[str | None] = []
    for column in group.columns:
        settled = found.get(column)
        name = settled.field if settled is not None and settled.field not in _ALWAYS_CUSTOM else None
        if settled is None and why[column] != "told" and _is_category(group, column, fields):
            name = f"category.{headers.snake(column)}"
        use = Use(column, name, _why(group, column, settled, why[column]))
        if settled is not None:
            further = name in ADDRESS_PARTS and settled.group != first_address
            use = replace(use, detail=settled.detail, group=settled.group, further=further)
        uses.append(use)
        fields.append(name)
    if not any(use.field for use in uses if use.field != "record_id"):
        warnings.append("no column is recognised; say what they are with --map FIELD=COLUMN")
    return uses, warnings


def _why(group: Group, column: str, said: Meaning | None, first: str) -> str:
    """A silent header may still have decided: by what it ends in, or by describing a category."""
    silent = said is None or said.field in {"record_id", "external_id"}
    return "header" if first == "values" and silent and group.headed and not _by_values(group.values[column]) else first


def _as_told(name: str, column: str) -> Meaning:
    said = headers.meaning(column)
    if said is not None and said.field == name:
        return replace(said, steps=-1)
    detail = {"linkedin": "linkedin", "social": "social"}.get(name, headers.id_system(column) or headers.snake(column))
    return Meaning(name, detail, steps=-1)


def _first_look(column: str, values: Values) -> tuple[Meaning | None, str, str]:
    """(meaning, why, warning): the header, unless the values contradict it; the values where the header is silent."""
    said = headers.meaning(column)
    if headers.is_about_somebody_else(column) and said is None:
        return None, "header", ""
    if said is None:
        return _by_values(values, is_number=headers.counts_something(column)), "values", ""
    if not values.filled or said.field in _ALWAYS_CUSTOM:
        return said, "header", ""
    if said.field in _TEXTS and values.share("email") >= MOST:
        return Meaning("email"), "values", ""
    needed = {"email": "email", **dict.fromkeys(PHONE_KINDS, "five digits")}.get(said.field)
    if needed is not None and values.share(needed) < HARDLY:
        kind = "an e-mail address" if said.field == "email" else "a phone number"
        return _by_values(values), "values", f"column {column!r} holds hardly {kind}; it is not read as one"
    return _by_both(column, said, values)


def _by_both(column: str, said: Meaning, values: Values) -> tuple[Meaning | None, str, str]:
    """Headers that mean different things with different values."""
    if said.field == "job_title" and headers.key(column) == "title" and values.share_in("salutations") >= MOST:
        return Meaning("name_prefix"), "values", ""
    if said.field == "region" and values.share_in("states_of_a_record") >= MOST:
        return Meaning("deleted") if values.holds("deleted") else None, "values", ""
    if said.field in {*BIRTH_PARTS, "birth_date"}:
        return by_values_of_birth(said, values), "header", ""
    if said.field == "other_name" and values.share("names") < MOST and not are_organisations(values):
        return None, "values", ""  # "alias" is a name to log in with more often than a person's
    if said.field == "source" and (values.share_in("channels") >= 0.5 or values.distinct > FEW):
        return None, "values", ""
    return said, "header", ""


def _by_values(values: Values, *, is_number: bool = False) -> Meaning | None:
    """What values say by themselves. In a column that is a number of something, digits alone are no phone."""
    for kind, detail in (("email", ""), ("linkedin", "linkedin"), ("social", "social"), ("phone", "")):
        if values.share(kind) >= MOST and not (kind == "phone" and is_number and not values.share("international")):
            return Meaning(kind, detail, steps=9)
    return Meaning("postal_code", steps=9) if values.share("postcode") >= 0.9 else None


def _addresses(group: Group, found: dict[str, Meaning], why: Mapping[str, str]) -> str:
    """Of several addresses (home, work, ...) the one that is filled most, and of the others those that are whole.

    Returns the group of the first. An address line with the number in a column of its own is a street.
    """
    _complete(found)
    parts = {column: said for column, said in found.items() if said.field in ADDRESS_PARTS}
    filled: dict[str, int] = {}
    for column, said in parts.items():
        filled[said.group] = filled.get(said.group, 0) + group.values[column].filled
    best = max(sorted(filled), key=lambda name: (not headers.is_former(name), filled[name]), default="")
    has = {name: {said.field for said in parts.values() if said.group == name} for name in filled}
    for column, said in parts.items():
        if why[column] == "told":
            found[column] = replace(said, group=best)
        elif said.group != best and not _is_whole(said.group, has[said.group]):
            if said.group or said.field in has[best]:
                del found[column]
            else:  # a plain "country" completes "home city"
                found[column] = replace(said, group=best)
    for column, said in list(found.items()):
        if said.field == "address":
            here = {other.field for other in found.values() if other.group == said.group}
            if "house_number" in here and "street" not in here:
                found[column] = replace(said, field="street")
    return best


def _complete(found: dict[str, Meaning]) -> None:
    """The only address that is named and the pieces that are not are one: "home address" beside "city" and "zip"."""
    parts = {column: said for column, said in found.items() if said.field in ADDRESS_PARTS}
    named = {said.group for said in parts.values() if said.group and not headers.is_former(said.group)}
    plain = {said.field for said in parts.values() if not said.group}
    if len(named) != 1 or not plain or not plain.isdisjoint({"street", "address"}):
        return
    mine = {column: said for column, said in parts.items() if said.group in named}
    if plain.isdisjoint(said.field for said in mine.values()):
        found |= {column: replace(said, group="") for column, said in mine.items()}


def _is_whole(name: str, parts: set[str]) -> bool:
    """Whether an address says enough to stand beside another one: a second line alone does not."""
    if {"city", "postal_code"} <= parts and not parts.isdisjoint({"street", "address"}):
        return True
    return "address" in parts and bool(name) and not any(letter.isdigit() for letter in name)


def _once(group: Group, found: dict[str, Meaning], why: Mapping[str, str]) -> None:
    """Of several columns for a field that has one place, the surest stays."""
    taken: set[tuple[str, str]] = set()
    order = {column: place for place, column in enumerate(group.columns)}

    def surest(column: str) -> tuple[bool, int, int, int]:
        return why[column] != "told", found[column].steps, -group.values[column].filled, order[column]

    for column in sorted(found, key=surest):
        name, place = found[column].field, found[column].group
        key = (name, place if name in ADDRESS_PARTS else "")
        if key in taken and name not in MANY:
            del found[column]
        taken.add(key)


def _record_id(group: Group, found: dict[str, Meaning]) -> str | None:
    """Picks the column that names the records; every other candidate loses that meaning."""
    candidates = [column for column, said in found.items() if said.field == "record_id"]
    told = group.told.get("record_id")
    known = headers.first_ids()
    places = {name: place for place, name in enumerate(known)}
    sure = sorted(candidates, key=lambda column: places.get(headers.key(column), len(known)))
    free = [column for column in group.columns if column not in found or found[column].field == "account_id"]
    of_file = [column for column in free if headers.is_file_id(column, group.stems)]
    by_ending = sorted((column for column in free if headers.names_a_record(column)), key=headers.is_foreign_id)
    by_value = [column for column in free if not group.headed and group.values[column].share("id") >= 0.9]
    chosen = told if told in group.columns else None
    for column in sure if chosen is None else []:
        chosen = chosen or (column if _identifies(group, found, column, sure=True) else None)
    for column in [*of_file, *by_ending, *by_value] if chosen is None else []:
        chosen = chosen or (column if _identifies(group, found, column, sure=False) else None)
    for column in candidates:
        del found[column]
    if chosen is not None:
        found[chosen] = Meaning("record_id", steps=-1)
    return chosen


def _identifies(group: Group, found: Mapping[str, Meaning], column: str, *, sure: bool) -> bool:
    """Whether a column has (nearly) a value of its own for each record of a source.

    Rows that repeat a record do not count against a column whose header is sure, as long as the same id goes with the
    same person: an export that overlaps with another one must not change what an id is.
    """
    filled, rows = group.values[column].filled, group.cells.height
    if not filled or filled < _NEARLY * rows:
        return False
    if distinct_at_least(group.cells[column]) - (filled < rows) >= _NEARLY * filled:
        return True
    source = [FILE_SOURCE, *(name for name, said in found.items() if said.field == "source")]
    source = source if group.cells.select(pl.struct(source).n_unique()).item() > 1 else []
    ids = group.cells.select(column, *source).filter(pl.col(column).is_not_null())
    distinct = ids.n_unique() if source else ids.to_series().n_unique()
    if distinct >= _NEARLY * ids.height:
        return True
    whole = group.cells.unique()
    if not sure or 2 * distinct < whole.height:
        return False
    persons = [
        name for name, said in found.items() if said.field in {"given_name", "family_name", "full_name", "email"}
    ]
    surplus = whole.select(column, *source, *persons).n_unique() - distinct
    return surplus <= max(1, 0.1 * distinct)


def _other_ids(group: Group, found: dict[str, Meaning], record_id: str | None) -> None:
    """Ids that other systems gave the same person."""
    generic = headers.words("prefixes") | {"record", "rec", "row"}
    for column in group.columns:
        system = headers.id_system(column)
        if column in found or column == record_id or system is None or system in generic:
            continue
        values = group.values[column]
        if values.filled and values.distinct >= 0.95 * values.filled:
            found[column] = Meaning("external_id", system)


def _is_category(group: Group, column: str, taken: Sequence[str | None]) -> bool:
    name = f"category.{headers.snake(column)}"
    if not headers.describes(column) or name in taken:
        return False
    values = group.values[column]
    return values.filled > 0 and values.distinct <= group.few()
