"""Searching: the entities whose contacts hold a value, normalised as the rules do it, or are called by some words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import phonenumbers
import polars as pl
from sqlalchemy import Connection, union

from resolver.columns import Column, column_of_lists, encode_all
from resolver.contact import Contact, Email, ExternalId, Social, frame_of
from resolver.errors import TooLittleError, UsageError
from resolver.frames import RECORD_KEY
from resolver.model.frozen import Frozen
from resolver.steps.footprint import IDENTITY, SHARED, Footprints, family_of, value_numbers
from resolver.steps.keys import Keys
from resolver.steps.prepare import prepare
from resolver.store import past
from resolver.store.lookups import signed
from resolver.store.past import Entity
from resolver.store.searching import Found, Order, by_numbers, by_record, by_words, page
from resolver.store.tables import holders, keys
from resolver.store.words import words_in
from rules.registry import FIELDS
from rules.values.hidden import HIDDEN

LINKEDIN = "linkedin"
BOUNCING = "bounced"
EXACT = "same"
"""The key of a field that equal values share, and the level that they show; levels may say more behind a comma."""
_PLACE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Sought:
    """Whom to look for; of several conditions all must hold. Without any, everybody.

    external_id: `system:id`, the id of a record, or `source:id`. words: of names and companies; from three letters on,
    what begins so is found too.
    """

    email: str | None = None
    phone: str | None = None
    linkedin: str | None = None
    external_id: str | None = None
    words: str | None = None


@dataclass(frozen=True)
class Page:
    """Some entities, and after which place the next page begins; None on the last one."""

    entities: tuple[Entity, ...]
    after: str | None


@dataclass(frozen=True)
class Asking:
    """From which place on, how many, and in which order."""

    after: str | None = None
    limit: int = 50
    order: Order = Order.ID


def search(connection: Connection, frozen: Frozen, wanted: Sought, asking: Asking) -> Page:
    """A page of the entities that are wanted.

    Raises TooLittleError for a value that nobody could be found by, UsageError for a cursor of something else.
    """
    if asking.order == Order.UPDATED and not _PLACE.fullmatch(asking.after or "0"):
        raise UsageError("the cursor is of another list")
    tenant = frozen.tenant
    found = list(_found(frozen, wanted))
    places = page(connection, tenant, found, asking.order, asking.after, asking.limit + 1)
    kept = places[: asking.limit]
    numbers = [number for number, _ in kept]
    of = past.by_number(connection, tenant, numbers)
    entities = tuple(of[number] for number in numbers if number in of)
    return Page(entities, kept[-1][1] if len(places) > len(kept) else None)


def _found(frozen: Frozen, wanted: Sought) -> Iterator[Found]:
    if wanted.email is not None:
        emails = [Email(raw=wanted.email), Email(raw=wanted.email, status=BOUNCING)]
        yield _holding(frozen, "email", _probe(emails=emails))
    if wanted.phone is not None:
        yield _reached_by(frozen, wanted.phone)
    if wanted.linkedin is not None:
        yield _holding(frozen, "social", _probe(socials=[Social(raw=wanted.linkedin, network=LINKEDIN)]))
    if wanted.external_id is not None:
        yield _known_as(frozen, wanted.external_id)
    if wanted.words is not None:
        asked = words_in(wanted.words)
        if not asked:
            raise TooLittleError("q holds no word to look for")
        yield by_words(frozen.tenant, asked)


def _probe(**values: Sequence[Email] | Sequence[Social] | Sequence[ExternalId]) -> pl.DataFrame:
    """RECORDS of one contact that holds what is looked for, and nothing else."""
    return frame_of([Contact.model_validate({"source": "", "record_id": "", **values})]).with_columns(RECORD_KEY)


def _columns(probe: pl.DataFrame, name: str) -> dict[str, Column]:
    columns = encode_all(prepare(probe).normalised, [name])
    if name not in columns:
        raise TooLittleError(f"that is no {_WORDS[name]} that anybody could be found by")
    return columns


_WORDS = {"email": "e-mail address", "phone": "phone number", "social": "profile", "identifier": "id"}


def _holding(frozen: Frozen, name: str, probe: pl.DataFrame) -> Found:
    """Entities with a record that holds the very value: by the value's number, or else by its key."""
    columns = _columns(probe, name)
    what = IDENTITY if name == "identifier" else SHARED
    comparison = frozen.ruleset.compare.get(name)
    if what == IDENTITY or (comparison is not None and comparison.shared):
        numbers = value_numbers(columns, name, what, frozen)
        return by_numbers(frozen.tenant, holders, signed(numbers[numbers > 0]))
    return by_numbers(frozen.tenant, keys, signed(_keys(columns, frozen, f"{name}.{EXACT}")))


def _keys(columns: dict[str, Column], frozen: Frozen, part: str) -> Keys:
    """The keys of one part alone. UsageError where the model in force has no such keys."""
    bits = _families(frozen, part)
    if not bits:
        word = _WORDS[part.partition(".")[0]]
        raise UsageError(f"the model in force finds nobody by a {word}; train it on contacts that have one")
    one = np.ones(1, dtype=np.bool_)
    _, numbers = Footprints.of(columns, one, ~one, frozen).keys
    return np.asarray(numbers[np.isin(family_of(numbers), bits)])


def _families(frozen: Frozen, part: str) -> list[int]:
    families = frozen.ruleset.blocking.families
    return [bit for bit, name in enumerate(families) if families[name] == (part,)]


def _reached_by(frozen: Frozen, raw: str) -> Found:
    """Entities with a record of that number, with or without its country; where it has its own key, or an extension."""
    values = readings(raw)
    if not values:
        raise TooLittleError(f"that is no {_WORDS['phone']} that anybody could be found by")
    columns = {"phone": column_of_lists([values])}
    numbers = value_numbers(columns, "phone", SHARED, frozen)
    same = by_numbers(frozen.tenant, holders, signed(numbers[numbers > 0]))
    if not _families(frozen, f"phone.{EXACT}"):
        return same
    return union(same, by_numbers(frozen.tenant, keys, signed(_keys(columns, frozen, f"phone.{EXACT}"))))


def readings(raw: str) -> list[str]:
    """All that a phone number may mean, normalised: without a country, and in every country where it is possible.

    >>> readings("+1 281 838 2880")
    ['+12818382880', '~2818382880']
    >>> [value for value in readings("(281) 838-2880") if value in ("+12818382880", "~2818382880")]
    ['+12818382880', '~2818382880']
    """
    normalise = FIELDS["phone"].normalise
    whole = normalise(raw)
    if whole is None or not whole.startswith("+"):
        found = {whole, *(normalise(raw, region) for region in sorted(phonenumbers.SUPPORTED_REGIONS))}
    elif HIDDEN in whole:
        found = set()
    else:
        number = phonenumbers.parse(whole.partition(";")[0])
        found = {whole, normalise(phonenumbers.national_significant_number(number))}
    return sorted(value for value in found if value)


def _known_as(frozen: Frozen, text: str) -> Found:
    """Entities with a record of that id, or one that another system knows by it."""
    system, _, raw = text.partition(":")
    named = by_record(frozen.tenant, text)
    columns = encode_all(prepare(_probe(external_ids=[ExternalId(system=system, raw=raw)])).normalised, ["identifier"])
    if not raw or not columns:
        return named
    numbers = value_numbers(columns, "identifier", IDENTITY, frozen)
    return union(named, by_numbers(frozen.tenant, holders, signed(numbers[numbers > 0])))
