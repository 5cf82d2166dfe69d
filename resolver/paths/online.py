"""Online: a store of contacts that come, change and go; its entities are always what a batch over all would give."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection

from resolver.columns import Rows
from resolver.contact import Contact, frame_of
from resolver.errors import GoneError, UnknownError, UsageError
from resolver.frames import RECORD_KEY
from resolver.judgement import Verdict
from resolver.model.frozen import Frozen
from resolver.paths import judging
from resolver.paths.checking import differing, problems
from resolver.paths.fields import golden_field
from resolver.paths.forgetting import forget, forgotten, take_back
from resolver.paths.freezing import freeze
from resolver.paths.judging import Done
from resolver.paths.matching import Match, match
from resolver.paths.options import Options
from resolver.paths.rekeying import put_in_force
from resolver.paths.resettle import Writing
from resolver.paths.taking import KEY, Taken, remove, take
from resolver.store import models, past
from resolver.store.acts import ActKind
from resolver.store.database import Database
from resolver.store.journal import Event, begin_commit
from resolver.store.past import Change, Entity
from resolver.store.rows import contacts, every, fetch
from rules.ruleset import Ruleset

Key = tuple[str, str]
"""A record's source, and its id there."""


class Resolver:
    """One tenant's contacts in a store. It gives what a batch over the same records would, by the same model."""

    def __init__(self, database: Database | str, tenant: str = "") -> None:
        """database: a Database, or what names one; see there."""
        self.database = database if isinstance(database, Database) else Database(database)
        self.tenant = tenant
        self._frozen: tuple[int, Frozen] | None = None

    # --- records ---------------------------------------------------------------------------------------------------

    def take(
        self, records: pl.DataFrame, *, complete: bool = False, returning: bool = False, who: str | None = None
    ) -> Taken:
        """Takes over RECORDS; those that the store has with the same content change nothing.

        complete: these are all records of their sources, so that those which are not among them are deleted.
        returning: forgotten records may come back. A store without a model trains one on them first.
        """
        if not self.is_trained():
            self.train(records, who=who)
        with self._writing("take", who) as writing:
            if returning:
                take_back(writing.connection, self.tenant, records)
            known = forgotten(writing.connection, self.tenant, records)
            taken = take(writing, records.filter(~known))
            gone = self._absent(writing, records) if complete else Taken()
            return replace(taken, refused=int(known.sum()), gone=gone.gone, events=[*taken.events, *gone.events])

    def _absent(self, writing: Writing, records: pl.DataFrame) -> Taken:
        rows = every(writing.connection, self.tenant, ("number", *KEY, "excluded"))
        here = rows.filter(pl.col("excluded").is_null(), pl.col("source").is_in(records["source"].unique().implode()))
        return remove(writing, here.join(records, on=KEY, how="anti")["number"].to_numpy(), "absent")

    def upsert(self, *people: Contact, who: str | None = None) -> Taken:
        """Takes over contacts."""
        return self.take(frame_of(list(people)).with_columns(RECORD_KEY), who=who)

    def delete(self, *keys: Key, who: str | None = None) -> Taken:
        """Sets records aside; nothing of them is lost, and they may come back."""
        with self._writing("delete", who) as writing:
            return remove(writing, self._numbers(writing.connection, keys), "event")

    def forget(self, *keys: Key, who: str | None = None) -> list[Event]:
        """Erases records with all history; see `paths.forgetting`."""
        with self._writing("forget", who) as writing:
            return forget(writing, self._numbers(writing.connection, keys))

    def records(self) -> pl.DataFrame:
        """All contacts, as RECORDS."""
        with self.database.reading() as connection:
            return contacts(every(connection, self.tenant))

    def is_trained(self) -> bool:
        """Whether there is a model."""
        with self.database.reading() as connection:
            return models.current(connection, self.tenant) is not None

    def match(self, contact: Contact) -> list[Match]:
        """The entities that a contact may be of, the likeliest first; nothing is written."""
        with self.database.reading() as connection:
            return match(connection, self.frozen(connection), frame_of([contact]).with_columns(RECORD_KEY))

    # --- what people say ---------------------------------------------------------------------------------------------

    def judge(self, left: Key, right: Key, verdict: Verdict, *, who: str, why: str | None = None) -> Done:
        """Whether two records are one person. Raises ConflictError when that contradicts what was said."""
        with self._writing("judge", who) as writing:
            one, other = self._numbers(writing.connection, [left, right]).tolist()
            return judging.say(writing, ActKind.JUDGE, [(one, other, verdict)], who, why)

    def merge(self, *entity_ids: str, who: str, why: str | None = None) -> Done:
        """All of some entities are one person."""
        with self._writing("merge", who) as writing:
            groups = [self._members(writing.connection, entity_id) for entity_id in entity_ids]
            return judging.merge(writing, groups, who, why)

    def split(self, entity_id: str, *go: Key, who: str, why: str | None = None) -> Done:
        """Some records of an entity are another person."""
        with self._writing("split", who) as writing:
            members = self._members(writing.connection, entity_id)
            if not go:
                raise UsageError(f"name some records of {entity_id}: those that are another person")
            away = self._numbers(writing.connection, go)
            stay = np.setdiff1d(members, away)
            if not len(stay) or not np.isin(away, members).all():
                raise UsageError(f"name some records of {entity_id}, and not all of them")
            return judging.split(writing, stay, away, who, why)

    def undo(self, act: int, *, who: str, why: str | None = None) -> Done:
        """Takes back what somebody did, whenever it was; an undo too."""
        with self._writing("undo", who) as writing:
            return judging.undo(writing, act, who, why)

    def pin(self, entity_id: str, values: Mapping[str, Any], *, who: str, why: str | None = None) -> Done:
        """Holds golden values against survivorship; None lets go of a field."""
        with self._writing("pin", who) as writing:
            held = {
                golden_field(field): None if value is None else json.dumps(value) for field, value in values.items()
            }
            return judging.pin(writing, int(self._members(writing.connection, entity_id).min()), held, who, why)

    # --- entities ----------------------------------------------------------------------------------------------------

    def entity(self, entity_id: str, as_of: datetime | None = None) -> list[Entity]:
        """What an id stands for now, or stood for at a moment: one entity, the parts it was split into, or none."""
        with self.database.reading() as connection:
            commit = past.moment(connection, self.tenant, as_of)
            numbers = past.resolved(connection, self.tenant, entity_id, commit)
            if numbers is None:
                raise UnknownError(f"there is no entity {entity_id}, and there never was")
            return past.entities(connection, self.tenant, numbers, commit)

    def entities(self, as_of: datetime | None = None) -> list[Entity]:
        """All entities, as they are or were at a moment."""
        with self.database.reading() as connection:
            return past.all_entities(connection, self.tenant, past.moment(connection, self.tenant, as_of))

    def changes(self, after: int = 0, limit: int = 1000) -> list[Change]:
        """The feed after a cursor, in order."""
        with self.database.reading() as connection:
            return past.feed(connection, self.tenant, after, limit)

    def history(self, entity_id: str) -> list[Change]:
        """What happened to an entity, in order."""
        with self.database.reading() as connection:
            number = past.number_of(connection, self.tenant, entity_id)
            if number is None:
                raise UnknownError(f"there is no entity {entity_id}, and there never was")
            return past.feed(connection, self.tenant, entity=number, limit=1_000_000)

    # --- the model ---------------------------------------------------------------------------------------------------

    def train(
        self,
        records: pl.DataFrame | None = None,
        ruleset: Ruleset | None = None,
        options: Options | None = None,
        *,
        who: str | None = None,
    ) -> list[Event]:
        """Trains a model on RECORDS, or on all that the store holds, and resolves the store by it."""
        frozen = freeze(
            self.records() if records is None else records, ruleset or Ruleset.default(), options, self.tenant
        )
        return self.use(frozen, who=who)

    def use(self, frozen: Frozen, *, who: str | None = None) -> list[Event]:
        """Resolves the store by another model or other rules."""
        with self.database.writing(self.tenant) as connection:
            return put_in_force(connection, frozen, who)[1]

    def preview(self, frozen: Frozen) -> list[Event]:
        """What would happen to entities under another model or other rules; nothing does."""
        with self.database.trying(self.tenant) as connection:
            return put_in_force(connection, frozen)[1]

    def problems(self, *, deep: bool = False) -> list[str]:
        """What is wrong with the store. deep: also whether its entities are those that a batch gives."""
        with self.database.trying(self.tenant) as connection:
            found = list(problems(connection, self.tenant))
            if deep and not found and models.current(connection, self.tenant) is not None:
                frozen = self.frozen(connection)
                found = differing(Writing(connection, frozen, begin_commit(connection, self.tenant, "check")))
            return found

    def frozen(self, connection: Connection) -> Frozen:
        """The tenant's present model; UsageError where there is none yet."""
        begin = models.current(connection, self.tenant)
        if begin is None:
            raise UsageError("the store has no model yet; load a first export: resolver load FILE... --db URL")
        if self._frozen is None or self._frozen[0] != begin:
            self._frozen = begin, models.read(connection, self.tenant, begin)
        return self._frozen[1]

    @contextmanager
    def _writing(self, what: str, who: str | None) -> Iterator[Writing]:
        with self.database.writing(self.tenant) as connection:
            frozen = self.frozen(connection)
            yield Writing(connection, frozen, begin_commit(connection, self.tenant, what, who))

    def _numbers(self, connection: Connection, keys: Sequence[Key]) -> Rows:
        """The numbers of records, in the order of their keys."""
        rows = fetch(
            connection, self.tenant, "record_id", sorted({record_id for _, record_id in keys}), ("number", *KEY)
        )
        known = {(source, record_id): number for number, source, record_id in rows.iter_rows()}
        for key in keys:
            if key not in known:
                raise UnknownError(f"there is no record {':'.join(key)}")
        return np.asarray([known[key] for key in keys], dtype=np.int64)

    def _members(self, connection: Connection, entity_id: str) -> Rows:
        """The records of the one entity that an id stands for."""
        found = past.resolved(connection, self.tenant, entity_id)
        if not found:
            missing = UnknownError if found is None else GoneError
            raise missing(f"there is no entity {entity_id}" + ("" if found is None else " any more"))
        if len(found) > 1:
            raise UsageError(f"entity {entity_id} was split; name one of its parts")
        return np.sort(fetch(connection, self.tenant, "entity", found, ("number",))["number"].to_numpy())
