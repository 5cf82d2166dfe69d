"""Single: one contact -> what is compared of it, value by value.

What `prepare` does to a frame by operations on whole columns, in plain sight for one contact: a form that asks whom it
has before it waits for milliseconds, in which a dozen such operations are done. Tests hold the two together.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np

from resolver.columns import distinct
from resolver.model.frozen import Frozen
from resolver.steps.footprint import LOW_BITS, salted
from resolver.steps.keys import NO_KEYS, Keys, all_of, any_two
from resolver.steps.prepare import ADDRESS_PARTS, BOUNCES, CATEGORY, WHOLE
from rules.address import split_raw
from rules.category import gender
from rules.email.hints import employer, names
from rules.email.parts import BOUNCED
from rules.name.parts import parse_full
from rules.registry import FIELDS
from rules.values.hashes import hashed

LISTS = ("other_names", "emails", "phones", "organisations", "addresses", "external_ids", "socials")
Values = dict[str, list[str]]
"""What is compared, by field; a field without a value is left out."""
GENDER = f"{CATEGORY}gender"
Said = Mapping[str, Any]
"""A contact as plain data, or a part of it: what is null may be left out."""


def single(said: Said, known: Collection[str] = (), *, bounces: bool = False) -> Values:
    """What is compared of a row of RECORDS that no other is known beside.

    known: fields that others have: what e-mails tell of them is added here too. bounces: whether another record says
    that this person's mail bounces, which names an address only where there is just one.
    """
    each = {name: said.get(name) or () for name in LISTS}
    own, further = _whole_name(said), [_whole_name(other) for other in each["other_names"]]
    given, family = ([_clean(part, name[f"{part}_name"]) for name in (own, *further)] for part in ("given", "family"))
    suffixes = (_clean("suffix", own[name]) for name in ("name_suffix", "family_name", "given_name"))
    bounces &= len(each["emails"]) == 1
    region, places = said.get("default_region"), [_in_parts(address) for address in each["addresses"]]
    found = {
        "given": _each_once(given),
        "middle": _each_once([_clean("middle", own["middle_name"])]),
        "family": _each_once(family),
        "suffix": _each_once(next(([suffix] for suffix in suffixes if suffix), [])),
        "email": _each_once(
            _email(email.get("raw"), bounces or email.get("status") in BOUNCES)
            for email in each["emails"]
            if not email.get("role")
        ),
        "phone": _each_once(
            _clean("phone", phone.get("raw"), phone.get("region") or region)
            for phone in each["phones"]
            if phone.get("kind") != "fax"
        ),
        "company": _each_once(
            _clean("company", company.get("name")) for company in each["organisations"] if company.get("end") is None
        ),
        "street": _each_once(
            _clean("street", place["street"] or "", place["house_number"], place["unit"]) for place in places
        ),
        "place": _each_once(
            _clean("place", place["city"] or "", place["postal_code"], place["region"], place["country"])
            for place in places
        ),
        "birth_date": _each_once([_clean("birth_date", said.get("birth_date"), said.get("date_order"))]),
        "identifier": _each_once(
            _clean("identifier", one.get("raw"), one.get("system")) for one in each["external_ids"]
        ),
        "social": _each_once(_clean("social", it.get("raw"), it.get("network")) for it in each["socials"]),
        **{name: _each_once([_clean("category", told)]) for name, told in said.items() if name.startswith(CATEGORY)},
    }
    if said.get("gender") is not None:
        found[GENDER] = _each_once([gender(said["gender"])])
    _hint(found, employers=bool(each["organisations"]) or "company" in known)
    return {field: values for field, values in found.items() if values}


def single_keys(values: Values, frozen: Frozen) -> Keys:
    """By what a live contact is found: the keys of `footprint.keys_of`, in ascending order."""
    blocking = frozen.ruleset.blocking
    families = [
        (bit, name, parts)
        for bit, (name, parts) in enumerate(blocking.families.items())
        if all(part.partition(".")[0] in values for part in parts)
    ]
    pieces = {part: _pieces(values, part) for _, _, parts in families for part in parts}
    numbers = hashed([*chain.from_iterable(pieces.values())])
    of_part = dict(
        zip(pieces, np.split(numbers, np.cumsum([*map(len, pieces.values())], dtype=np.int64))[:-1], strict=True)
    )
    made = [NO_KEYS]
    for _, name, parts in families:
        make = any_two if name in blocking.any_order else all_of
        made.append(make([of_part[part] for part in parts]))
    bits = np.repeat(np.array([0, *(bit for bit, _, _ in families)], dtype=np.uint64), [*map(len, made)])
    return distinct(salted(np.concatenate(made), frozen.tenant) & ~LOW_BITS | bits)


def _pieces(values: Values, part: str) -> list[str]:
    field, _, key = part.partition(".")
    return [piece for value in values[field] for piece in FIELDS[field].keys[key](value)]


def _clean(field: str, raw: str | None, *context: str | None) -> str | None:
    return None if raw is None else FIELDS[field].normalise(raw, *context)


def _each_once(values: Iterable[str | None]) -> list[str]:
    return [*dict.fromkeys(value for value in values if value)]


def _email(raw: str | None, bounces: bool) -> str | None:
    cleaned = _clean("email", raw)
    return BOUNCED + cleaned if cleaned and bounces else cleaned


def _whole_name(said: Said) -> Said:
    """The parts of a name, those of its full name where it has only that."""
    parts = {column: said.get(column) for column in WHOLE.values()}
    full = said.get("full_name")
    if full is None or parts["given_name"] is not None or parts["family_name"] is not None:
        return parts
    split = parse_full(full)
    return {column: split and getattr(split, part) for part, column in WHOLE.items()}


def _in_parts(said: Said) -> Said:
    """The parts of an address, those of its one line where it has no street."""
    parts = {part: said.get(part) for part in ("house_number", *ADDRESS_PARTS)}
    line = said.get("raw")
    split = split_raw(line) if parts["street"] is None and line is not None else None
    if split is not None:
        parts |= {part: getattr(split, part) for part in ADDRESS_PARTS if parts[part] is None}
    return parts


def _hint(found: Values, *, employers: bool) -> None:
    """Adds what e-mails tell of names and of the company; see `hints.with_hints`."""
    first = {name: next(iter(found[name]), "") for name in ("given", "family")}
    told = [names(email, first["given"], first["family"]) for email in found["email"]]
    if any(given for given, _ in told):
        found["given"] = [name for name in found["given"] if len(name) > 1]
    for place, name in enumerate(("given", "family")):
        found[name] = _each_once([*found[name], *(each[place] for each in told)])
    if employers and not found["company"]:
        found["company"] = _each_once(map(employer, found["email"]))
