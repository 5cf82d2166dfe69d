"""Acting: what people say and pin, on one tenant's store; and how that store is opened for reading and writing."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from sqlalchemy import Connection

from resolver.columns import Rows
from resolver.errors import ConflictError, GoneError, UnknownError, UsageError
from resolver.judgement import Verdict
from resolver.model.frozen import Frozen
from resolver.paths import judging
from resolver.paths.fields import golden_field
from resolver.paths.judging import Done
from resolver.paths.meaning import records_meant
from resolver.paths.resettle import Writing
from resolver.paths.seconding import refuse_alone
from resolver.paths.taking import KEY, Key
from resolver.paths.viewing import refuse_stale
from resolver.store import acts, deeds, models, past
from resolver.store.acts import ActKind
from resolver.store.database import Database
from resolver.store.deeds import Deed
from resolver.store.journal import begin_commit
from resolver.store.past import Change
from resolver.store.rows import fetch


class Living:
    """One tenant's contacts in a store."""

    def __init__(self, database: Database | str, tenant: str = "") -> None:
        """database: a Database, or what names one; see there."""
        self.database = database if isinstance(database, Database) else Database(database)
        self.tenant = tenant
        self._frozen: tuple[int, Frozen] | None = None

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

    @contextmanager
    def trying(self, what: str) -> Iterator[Writing]:
        """A commit that is taken back at the end, to see what would happen."""
        with self.database.trying(self.tenant) as connection:
            frozen = self.frozen(connection)
            yield Writing(connection, frozen, begin_commit(connection, self.tenant, what))

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

    def members(self, connection: Connection, entity_id: str, seen: Collection[str] | None = None) -> Rows:
        """The numbers of the records of the one entity that an id stands for.

        seen: the versions of entities that the caller saw; StaleError where this one is in another state, None for any.
        """
        found = past.resolved(connection, self.tenant, entity_id)
        if not found:
            missing = UnknownError if found is None else GoneError
            raise missing(
                f"there is no entity {entity_id}" + (", and there never was" if found is None else " any more")
            )
        if len(found) > 1:
            raise UsageError(f"entity {entity_id} was split; name one of its parts")
        if seen is not None:
            refuse_stale(connection, self.tenant, found, seen)
        return np.sort(fetch(connection, self.tenant, "entity", found, ("number",))["number"].to_numpy())

    def parts(
        self, connection: Connection, entity_id: str, go: Sequence[Key], seen: Collection[str] | None = None
    ) -> tuple[Rows, Rows]:
        """The numbers of an entity's records, those that stay and those that go. seen: as for `members`."""
        members = self.members(connection, entity_id, seen)
        if not go:
            raise UsageError(f"name some records of {entity_id}: those that are another person")
        away = self._numbers(connection, go)
        stay = np.setdiff1d(members, away)
        if not len(stay) or not np.isin(away, members).all():
            raise UsageError(f"name some records of {entity_id}, and not all of them")
        return stay, away


class Acting(Living):
    """What people say of a tenant's records.

    seen, everywhere: see `Living.members`. alone: whether who says it may do so of many records too, where by rule two
    stewards have to; NeedsSecondError where not.
    """

    def judge(self, left: Key, right: Key, verdict: Verdict, *, who: str, why: str | None = None) -> Done:
        """Whether two records are one person. Raises ConflictError when that contradicts what was said."""
        with self._writing("judge", who) as writing:
            one, other = self._numbers(writing.connection, [left, right]).tolist()
            return judging.say(writing, ActKind.JUDGE, [(one, other, verdict)], who, why)

    def merge(
        self,
        *entity_ids: str,
        who: str,
        why: str | None = None,
        seen: Collection[str] | None = None,
        alone: bool = True,
    ) -> Done:
        """All of some entities are one person."""
        with self._writing("merge", who) as writing:
            groups = [self.members(writing.connection, entity_id, seen) for entity_id in entity_ids]
            if not alone:
                refuse_alone(writing.frozen, sum(map(len, groups)))
            return judging.merge(writing, groups, who, why)

    def split(
        self,
        entity_id: str,
        *go: Key,
        who: str,
        why: str | None = None,
        seen: Collection[str] | None = None,
        alone: bool = True,
    ) -> Done:
        """Some records of an entity are another person."""
        with self._writing("split", who) as writing:
            stay, away = self.parts(writing.connection, entity_id, go, seen)
            if not alone:
                refuse_alone(writing.frozen, len(stay) + len(away))
            return judging.split(writing, stay, away, who, why)

    def undo(self, act: int, *, who: str, why: str | None = None, kind: ActKind | None = None) -> Done:
        """Takes back what somebody did, whenever it was; an undo too.

        kind: what it has to be; UnknownError for an act of another kind.
        """
        with self._writing("undo", who) as writing:
            judging.refuse_undone(writing, act, kind)
            return judging.undo(writing, act, who, why)

    def pin(
        self,
        entity_id: str,
        values: Mapping[str, Any],
        *,
        who: str,
        why: str | None = None,
        seen: Collection[str] | None = None,
    ) -> Done:
        """Holds golden values against survivorship; None lets go of a field."""
        with self._writing("pin", who) as writing:
            held = {
                golden_field(field): None if value is None else json.dumps(value) for field, value in values.items()
            }
            return judging.pin(writing, self.members(writing.connection, entity_id, seen), held, who, why)

    def release(
        self, entity_id: str, field: str, *, who: str, why: str | None = None, seen: Collection[str] | None = None
    ) -> Done:
        """Lets go of a golden value that somebody pinned; UnknownError where nobody did."""
        with self._writing("pin", who) as writing:
            members = self.members(writing.connection, entity_id, seen)
            held = acts.pinned(writing.connection, members).drop_nulls("value")
            if golden_field(field) not in held["field"]:
                raise UnknownError(f"nobody pinned {field} of entity {entity_id}")
            return judging.pin(writing, members, {field: None}, who, why)

    def keep_apart(self, one: str, other: str, *, who: str, why: str | None = None) -> Done:
        """Two entities, or two records (`source:id`), are different persons, whatever they are merged with later."""
        with self._writing("judge", who) as writing:
            left, right = self._sides(writing.connection, one, other)
            return judging.differ(writing, left, right, who, why)

    def let_meet(self, one: str, other: str, *, who: str, why: str | None = None) -> list[Done]:
        """Takes back what was said of the two being different, and nothing else.

        Raises UnknownError where nobody said so, ConflictError where that was part of more: a split is to be undone.
        """
        with self._writing("undo", who) as writing:
            connection = writing.connection
            left, right = self._sides(connection, one, other)
            apart = [deeds.deed(connection, self.tenant, act) for act in acts.that_differ(connection, left, right)]
            if not apart:
                raise UnknownError(f"nobody said that {one} and {other} are different")
            for deed in apart:
                if any(verdict != Verdict.DIFFERENT for _, _, verdict in deed.verdicts):
                    raise ConflictError(f"act {deed.act.number} ({deed.act.kind}) keeps them apart; undo that")
            return [judging.undo(writing, deed.act.number, who, why) for deed in apart]

    def _sides(self, connection: Connection, one: str, other: str) -> tuple[Rows, Rows]:
        left, right = (records_meant(connection, self.tenant, word) for word in (one, other))
        if len(np.intersect1d(left, right)):
            raise UsageError(f"{one} and {other} are one already; name two entities, or two records")
        return left, right

    def deeds(self, before: int | None = None, limit: int = 100) -> list[Deed]:
        """What people did, the last first; before: an act's number."""
        with self.database.reading() as connection:
            return deeds.deeds(connection, self.tenant, limit, before)[::-1]

    def deeds_on(self, entity_id: str) -> list[Deed]:
        """What people did to records that are or were of an entity, the last first. Raises UnknownError."""
        with self.database.reading() as connection:
            number = past.number_of(connection, self.tenant, entity_id)
            if number is None:
                raise UnknownError(f"there is no entity {entity_id}, and there never was")
            return deeds.deeds_on(connection, self.tenant, past.ever_of(connection, number))[::-1]

    def deed(self, act: int) -> tuple[Deed, list[Change]]:
        """What somebody did, and what happened to entities by it; UnknownError where there is no such act."""
        with self.database.reading() as connection:
            found = deeds.deed(connection, self.tenant, act)
            return found, past.by_act(connection, self.tenant, act)
