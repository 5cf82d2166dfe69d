"""Calling: whom a person means by whatever they type into one line."""

import re

from resolver.contact import Contact, Email, Phone
from resolver.errors import TooLittleError, UsageError
from resolver.paths.finding import entity_ids
from resolver.paths.looking import Found, Wanted
from resolver.paths.online import Resolver
from resolver.paths.searching import Asking, Page, Sought
from resolver.store import past
from resolver.store.searching import Order

FEWEST_DIGITS = 5
"""Fewer digits are no phone number."""
_PHONE = re.compile(r"[+(\d][\d\s()./-]*")


def called(resolver: Resolver, text: str, after: str | None = None, limit: int = 50) -> Page:
    """A page of the entities that may be meant: by an id, a record, an e-mail address, a phone number, or by words.

    Without a text those that changed last. Raises UsageError for a cursor of another list.
    """
    if not text:
        return resolver.search(Sought(), Asking(after, limit, Order.UPDATED))
    for meant in _meanings(text):
        try:
            found = resolver.search(meant, Asking(after, limit))
        except TooLittleError:
            continue
        if found.entities:
            return found
    return Page((), None)


def named(resolver: Resolver, text: str) -> str | None:
    """The entity whose id, whenever it was issued, or one of whose records (`source:id`) is typed out; None where it is
    something else."""
    with resolver.database.reading() as connection:
        if past.number_of(connection, resolver.tenant, text) is not None:
            return text
    if ":" not in text:
        return None
    try:
        (found,) = entity_ids(resolver, [text])
    except UsageError:
        return None
    return found


def like(resolver: Resolver, text: str, limit: int = 10) -> list[Found]:
    """The entities that are most like what is typed, the likeliest first, however it is spelled; none where that says
    too little."""
    if "@" in text:
        person = Contact(source="", record_id="", emails=[Email(raw=text)])
    elif _is_phone(text):
        person = Contact(source="", record_id="", phones=[Phone(raw=text)])
    else:
        person = Contact(source="", record_id="", full_name=text)
    try:
        return resolver.look(person, Wanted(limit=limit))[0]
    except TooLittleError:
        return []


def _meanings(text: str) -> list[Sought]:
    """What a text may mean, the narrowest first."""
    told = []
    if "@" in text:
        told.append(Sought(email=text))
    if _is_phone(text):
        told.append(Sought(phone=text))
    return [*told, Sought(external_id=text), Sought(words=text)]


def _is_phone(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None and sum(letter.isdigit() for letter in text) >= FEWEST_DIGITS
