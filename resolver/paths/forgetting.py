"""Forgetting: a person is erased from the store, with all history, and does not come back with the next export."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence

import numpy as np
import polars as pl
from sqlalchemy import ColumnElement, Connection, FromClause, Text, and_, cast, delete, or_, select, update

from resolver.columns import Rows
from resolver.frames import RECORD_KEY
from resolver.paths.resettle import Writing, resettle
from resolver.paths.taking import KEY, take
from resolver.store import desk
from resolver.store.answers import erase
from resolver.store.database import among, bound
from resolver.store.journal import Event, Kind, tell
from resolver.store.rows import FORGOTTEN, amend, fetch
from resolver.store.tables import acts, golden, judgements, memberships, pins, records, settings

SECRET = "secret"  # noqa: S105 - the name of the setting that holds it
EMPTY = "{}"


def forget(writing: Writing, numbers: Rows) -> list[Event]:
    """Erases records: what they said, golden values of any time that they may have given, and what people said of them.

    The rest of their entities is resolved again. A hash of each record's key stays, made with a secret of the store;
    so does, until the model is trained again, how often a name is found among all records that it was trained on.
    """
    connection, tenant = writing.connection, writing.frozen.tenant
    rows = fetch(connection, tenant, "number", numbers)
    numbers = rows["number"].to_numpy()
    chosen, beside = _unpinned(connection, numbers)
    taken = take(writing, rows.select(*KEY, RECORD_KEY, pl.lit(value=True).alias("deleted")))
    others = fetch(connection, tenant, "number", np.setdiff1d(beside, numbers))
    happened = [*taken.events, *resettle(writing, others, others)]
    _erase_chosen(connection, chosen, beside)
    _erase_past(connection, numbers)
    erase(connection, tenant, *rows.select(RECORD_KEY).to_series())
    secret = _secret(connection) or _new_secret(connection)
    tokens = [token(secret, tenant, *of) for of in rows.select(*KEY).iter_rows()]
    erased = {"source": "", "content": EMPTY, "normalised": EMPTY, "excluded": FORGOTTEN, "mark": 0}
    amend(connection, numbers, {**{name: [value] * len(rows) for name, value in erased.items()}, "record_id": tokens})
    named = [Event(Kind.FORGOTTEN, number) for number in numbers.tolist()]
    tell(connection, writing.commit, tenant, named)
    return [*happened, *named]


def _unpinned(connection: Connection, numbers: Rows) -> tuple[set[int], Rows]:
    """Takes out the values that people chose for entities which the records were of.

    Returns these acts, and the records that the values were kept with.
    """
    theirs, kept = memberships.alias(), memberships.alias()

    def then(span: FromClause) -> ColumnElement[bool]:
        return and_(span.c.begin <= acts.c.commit, or_(span.c.end.is_(None), span.c.end > acts.c.commit))

    of_theirs = (
        select(pins.c.act, pins.c.record)
        .join(acts, acts.c.number == pins.c.act)
        .join(kept, and_(kept.c.record == pins.c.record, then(kept)))
        .join(theirs, and_(theirs.c.entity == kept.c.entity, then(theirs)))
        .where(among(theirs.c.record, "numbers", connection))
    )
    found = connection.execute(of_theirs, {"numbers": bound(numbers, connection)}).all()
    chosen = {row.act for row in found}
    _erase_reasons(connection, sorted(chosen))
    given = {"acts": bound(sorted(chosen), connection)}
    connection.execute(delete(pins).where(among(pins.c.act, "acts", connection)), given)
    return chosen, np.unique(np.asarray([row.record for row in found], dtype=np.int64))


def _erase_chosen(connection: Connection, chosen: set[int], beside: Rows) -> None:
    """Empties the golden records of former times that showed values of some acts. beside: records of their entities."""
    of = select(memberships.c.entity).where(among(memberships.c.record, "numbers", connection))
    query = select(golden).where(golden.c.end.is_not(None), golden.c.entity.in_(of))
    for row in connection.execute(query, {"numbers": bound(beside, connection)}).all():
        if chosen & set(json.loads(row.content).get("pinned", {}).values()):
            here = and_(golden.c.entity == row.entity, golden.c.begin == row.begin)
            connection.execute(update(golden).where(here).values(content=EMPTY))


def _erase_past(connection: Connection, numbers: Rows) -> None:
    """Empties the golden records of former times in which the records had a part, and takes out what people said."""
    given = {"numbers": bound(numbers, connection)}
    overlaps = and_(
        memberships.c.entity == golden.c.entity,
        memberships.c.begin < golden.c.end,
        or_(memberships.c.end.is_(None), memberships.c.end > golden.c.begin),
    )
    had_part = select(memberships.c.record).where(overlaps, among(memberships.c.record, "numbers", connection))
    connection.execute(update(golden).where(golden.c.end.is_not(None), had_part.exists()).values(content=EMPTY), given)
    named = or_(among(judgements.c.left, "numbers", connection), among(judgements.c.right, "numbers", connection))
    _erase_reasons(connection, connection.execute(select(judgements.c.act).where(named), given).scalars().all())
    connection.execute(delete(judgements).where(named), given)
    desk.forget(connection, numbers)
    connection.execute(delete(memberships).where(among(memberships.c.record, "numbers", connection)), given)


def _erase_reasons(connection: Connection, numbers: Sequence[int]) -> None:
    """Takes the reasons out of acts, and of those that undo them."""
    while numbers:
        given = {"acts": bound(numbers, connection)}
        connection.execute(update(acts).where(among(acts.c.number, "acts", connection)).values(why=None), given)
        undoing = select(acts.c.number).where(among(acts.c.undoes, "acts", connection))
        numbers = connection.execute(undoing, given).scalars().all()


def take_back(connection: Connection, tenant: str, found: pl.DataFrame) -> None:
    """Lets contacts that were forgotten come in again, as new records."""
    secret = _secret(connection)
    if secret is not None:
        tokens = [token(secret, tenant, *of) for of in found.select(*KEY).iter_rows()]
        husk = and_(records.c.tenant == tenant, among(records.c.record_id, "tokens", connection))
        gone = records.c.record_id.concat("/").concat(cast(records.c.number, Text))
        statement = update(records).where(husk, records.c.excluded == FORGOTTEN).values(record_id=gone)
        connection.execute(statement, {"tokens": bound(tokens, connection)})


def token(secret: bytes, tenant: str, source: str, record_id: str) -> str:
    """What a forgotten record is known by: a keyed hash of its key (HMAC with BLAKE2b)."""
    text = "\x1f".join((tenant, source, record_id)).encode()
    return hmac.new(secret, text, hashlib.blake2b).hexdigest()[:32]


def _secret(connection: Connection) -> bytes | None:
    """What tokens are made with; None where nobody was ever forgotten."""
    found = connection.execute(select(settings.c.value).where(settings.c.name == SECRET)).scalar()
    return None if found is None else bytes.fromhex(found)


def _new_secret(connection: Connection) -> bytes:
    made = secrets.token_bytes(32)
    connection.execute(settings.insert().values(name=SECRET, value=made.hex()))
    return made


def forgotten(connection: Connection, tenant: str, found: pl.DataFrame) -> pl.Series:
    """Which contacts are of records that were forgotten."""
    secret = _secret(connection)
    if secret is None:
        return pl.Series(np.zeros(len(found), dtype=np.bool_))
    tokens = [token(secret, tenant, *of) for of in found.select(*KEY).iter_rows()]
    query = select(records.c.record_id).where(
        records.c.tenant == tenant, records.c.excluded == FORGOTTEN, among(records.c.record_id, "tokens", connection)
    )
    known = connection.execute(query, {"tokens": bound(tokens, connection)}).scalars().all()
    return pl.Series(tokens, dtype=pl.String).is_in(known)
