"""Online: a store of contacts that come, change and go; its entities are always what a batch over all would give."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import polars as pl

from resolver.contact import Contact, frame_of
from resolver.errors import TooLittleError, UnknownError
from resolver.frames import RECORD_KEY
from resolver.model.frozen import Frozen
from resolver.paths import keeping
from resolver.paths.acting import Acting
from resolver.paths.checking import differing, problems
from resolver.paths.creating import Outcome, Wish, create, once
from resolver.paths.forgetting import forget, forgotten, take_back
from resolver.paths.freezing import freeze
from resolver.paths.keeping import Condition, Kept, Present
from resolver.paths.looking import Found, Wanted, look_all
from resolver.paths.matching import Match, match
from resolver.paths.options import Options
from resolver.paths.previewing import ahead
from resolver.paths.rekeying import put_in_force
from resolver.paths.resettle import Writing
from resolver.paths.searching import Asking, Page, Sought, search
from resolver.paths.taking import KEY, Key, Taken, remove, take
from resolver.paths.viewing import View, view
from resolver.store import models, past
from resolver.store.answers import Answer, Asked
from resolver.store.database import Database
from resolver.store.journal import Event, begin_commit
from resolver.store.past import Change, Entity
from resolver.store.rows import contacts, every
from resolver.together import Together
from rules.ruleset import Ruleset

Putting = tuple[Contact, Condition]
"""A contact that is to be taken over, and what has to be so for that."""


Looking = tuple[Contact, Wanted]
"""A contact that is looked for, and what is wanted of those it may be."""


def _record(asked: Putting) -> str:
    return asked[0].record_key


class Resolver(Acting):
    """One tenant's contacts in a store. It gives what a batch over the same records would, by the same model."""

    def __init__(self, database: Database | str, tenant: str = "") -> None:
        """database: a Database, or what names one; see there."""
        super().__init__(database, tenant)
        self._putting: dict[str | None, Together[Putting, Kept]] = {}
        self._looking = Together(self._look_all, id)

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
            return match(connection, self.frozen(connection), contact)

    def look(self, contact: Contact, wanted: Wanted) -> tuple[list[Found], str]:
        """The same with all that there is to be seen of them, and the fingerprint of what they were resolved by.

        Raises TooLittleError for a contact that says nothing by which anybody could be found. Threads that look at the
        same time are served together.
        """
        return self._looking((contact, wanted))

    def _look_all(self, asked: Sequence[Looking]) -> list[tuple[list[Found], str] | Exception]:
        with self.database.reading() as connection:
            frozen = self.frozen(connection)
            found = look_all(connection, frozen, asked)
            return [one if isinstance(one, Exception) else (one, frozen.fingerprint) for one in found]

    def look_each(self, people: Mapping[str, Contact], wanted: Wanted) -> tuple[dict[str, list[Found] | None], str]:
        """The same for several contacts at one moment; None for one that says too little."""
        with self.database.reading() as connection:
            frozen = self.frozen(connection)
            found = look_all(connection, frozen, [(contact, wanted) for contact in people.values()])
            told = [None if isinstance(one, TooLittleError) else one for one in found]
            return dict(zip(people, told, strict=True)), frozen.fingerprint

    def create(self, wish: Wish, tell: Callable[[Outcome], Answer], asked: Asked | None = None) -> tuple[Answer, bool]:
        """Takes over a contact unless it is there already; see `paths.creating`. tell: what is answered.

        asked: under which key; what was asked under it before is not done again. Returns the answer, and whether it is
        an old one.
        """
        return once(
            self.database,
            self.tenant,
            asked,
            lambda connection: tell(create(connection, self.frozen(connection), wish)),
        )

    def record(self, key: Key) -> Present:
        """A record and its entity."""
        with self.database.reading() as connection:
            return keeping.present(connection, self.tenant, key)

    def put(self, person: Contact, condition: Condition, *, who: str | None = None) -> Kept:
        """Takes over a contact as `upsert` does, if a condition holds. There has to be a model; see `keeping.put_each`.

        Threads that put at the same time are served together, in one commit for each `who`.
        """
        serve = partial(self._put_each, who=who)
        return self._putting.setdefault(who, Together(serve, _record))((person, condition))

    def _put_each(self, asked: Sequence[Putting], who: str | None) -> list[Kept | Exception]:
        with self._writing("put", who) as writing:
            return keeping.put_each(writing, asked)

    def put_all(self, people: Sequence[Contact], *, who: str | None = None) -> Kept:
        """Takes over many contacts, each record once, and tells what became of each. A store without a model trains one
        on them first."""
        if not people:
            return Kept((), ())
        if not self.is_trained():
            self.train(frame_of(list(people)).with_columns(RECORD_KEY), who=who)
        with self._writing("put", who) as writing:
            return keeping.put_all(writing, people)

    def remove(self, key: Key, condition: Condition, *, who: str | None = None) -> Kept:
        """Sets a record aside as `delete` does, if a condition holds; see `keeping.delete`."""
        with self._writing("delete", who) as writing:
            return keeping.delete(writing, key, condition)

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

    def view(self, entity_id: str, as_of: datetime | None = None) -> View:
        """What an id stands for now, or stood for at a moment, with all that it is made of."""
        with self.database.reading() as connection:
            return view(connection, self.tenant, entity_id, as_of)

    def search(self, wanted: Sought, asking: Asking) -> Page:
        """A page of the entities whose contacts hold some values, or are called by some words."""
        with self.database.reading() as connection:
            return search(connection, self.frozen(connection), wanted, asking)

    def changes(self, after: int = 0, limit: int = 1000) -> list[Change]:
        """The feed after a cursor, in order."""
        with self.database.reading() as connection:
            return past.feed(connection, self.tenant, after, limit)

    def history(self, entity_id: str, after: int = 0, limit: int = 1_000_000) -> list[Change]:
        """What happened to an entity after a cursor, in order."""
        with self.database.reading() as connection:
            number = past.number_of(connection, self.tenant, entity_id)
            if number is None:
                raise UnknownError(f"there is no entity {entity_id}, and there never was")
            return past.feed(connection, self.tenant, after, limit, number)

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
            return put_in_force(connection, frozen, who)

    def preview(self, frozen: Frozen) -> list[Event]:
        """What would happen to entities under another model or other rules; nothing does."""
        with self.database.reading() as connection:
            return ahead(connection, frozen)[1]

    def problems(self, *, deep: bool = False) -> list[str]:
        """What is wrong with the store. deep: also whether its entities are those that a batch gives."""
        with self.database.trying(self.tenant) as connection:
            found = list(problems(connection, self.tenant))
            if deep and not found and models.current(connection, self.tenant) is not None:
                frozen = self.frozen(connection)
                found = differing(Writing(connection, frozen, begin_commit(connection, self.tenant, "check")))
            return found
