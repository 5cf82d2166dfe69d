"""Finding: whose contacts a store holds, and which record or entity a person means."""

from collections.abc import Sequence

from sqlalchemy import Connection

from resolver.errors import GoneError, UsageError
from resolver.paths.meaning import record_of
from resolver.paths.online import Resolver
from resolver.paths.taking import Key
from resolver.store import past
from resolver.store.database import Database
from resolver.store.opening import tenants
from resolver.store.rows import fetch


def resolvers(database: Database, tenant: str | None) -> list[Resolver]:
    """One for each tenant of a store, or for the one that is named. Raises UsageError where there are none."""
    with database.reading() as connection:
        there = tenants(connection)
    if not there:
        raise UsageError("the store holds no contacts yet; load some with: resolver load FILE... --db URL")
    if tenant is None:
        return [Resolver(database, name) for name in there]
    if tenant not in there:
        names = ", ".join(there) if any(there) else "contacts without a tenant"
        raise UsageError(f"the store holds nothing of tenant {tenant!r}; it holds {names}")
    return [Resolver(database, tenant)]


def only(database: Database, tenant: str | None) -> Resolver:
    """The one tenant that is named, or that there is. Raises UsageError where one of several has to be named."""
    found = resolvers(database, tenant)
    if len(found) > 1:
        names = ", ".join(resolver.tenant or "''" for resolver in found)
        raise UsageError(f"the store holds several tenants; say which one with --tenant: {names}")
    return found[0]


def is_new(database: Database) -> bool:
    """Whether a store holds no contacts of anybody yet."""
    with database.reading() as connection:
        return not tenants(connection)


def who_knows(database: Database, tenant: str | None, word: str) -> tuple[Resolver, str]:
    """The tenant that has, or once had, an entity, and its id; word: its id, or one of its records.

    Raises UsageError where nobody has it, and where several tenants may be meant.
    """
    each = resolvers(database, tenant)
    with database.reading() as connection:
        known = [one for one in each if past.number_of(connection, one.tenant, word) is not None]
    if len(known) == 1:
        return known[0], word
    resolver = only(database, tenant)
    return resolver, word if known else entity_ids(resolver, [word])[0]


def record_key(connection: Connection, tenant: str, word: str) -> Key:
    """The record that is meant by `source:id`, or by a bare id that one source has; UsageError for none or several."""
    row = record_of(connection, tenant, word)
    return row["source"], row["record_id"]


def record_keys(resolver: Resolver, words: Sequence[str]) -> list[Key]:
    """The records that are meant, each once, in the order they are named: by an entity's id, all of its records."""
    found: dict[Key, None] = {}
    with resolver.database.reading() as connection:
        for word in words:
            numbers = past.resolved(connection, resolver.tenant, word)
            if numbers is None:
                found[record_key(connection, resolver.tenant, word)] = None
                continue
            members = fetch(connection, resolver.tenant, "entity", numbers, ("source", "record_id"))
            if not len(members):
                raise GoneError(f"there is no entity {word} any more")
            found.update(dict.fromkeys(members.rows()))
    return list(found)


def entity_ids(resolver: Resolver, words: Sequence[str]) -> list[str]:
    """The entities that are meant by their ids, or by one of their records; each once, in the order they are named."""
    found: dict[str, None] = {}
    with resolver.database.reading() as connection:
        for word in words:
            numbers = past.resolved(connection, resolver.tenant, word)
            if numbers is None:
                row = record_of(connection, resolver.tenant, word)
                if row["entity"] is None:
                    raise UsageError(f"record {word} is of no entity; it is set aside as {row['excluded']}")
                numbers = [row["entity"]]
            named = past.entities(connection, resolver.tenant, numbers)
            if not named:
                raise GoneError(f"there is no entity {word} any more")
            if len(named) > 1:
                parts = ", ".join(entity.entity_id for entity in named)
                raise UsageError(f"entity {word} was split; name one of its parts: {parts}")
            found[named[0].entity_id] = None
    return list(found)
