"""Creating: a contact comes in only after it was looked for, in one transaction that nobody else gets in between."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from resolver.contact import Contact, frame_of
from resolver.errors import GoneError
from resolver.frames import RECORD_KEY
from resolver.judgement import Verdict
from resolver.model.frozen import Frozen
from resolver.paths import judging
from resolver.paths.forgetting import forgotten
from resolver.paths.judging import Done
from resolver.paths.keeping import Happened, happened
from resolver.paths.looking import MOST, Found, Grade, Wanted, look
from resolver.paths.matching import Decision, Match
from resolver.paths.resettle import Writing
from resolver.paths.taking import take
from resolver.store import past
from resolver.store.acts import ActKind
from resolver.store.answers import Answer, Asked, keep, recall
from resolver.store.contents import Held, held, named
from resolver.store.database import Database
from resolver.store.journal import begin_commit
from resolver.store.past import Entity


class OnDuplicate(StrEnum):
    """What becomes of a contact that seems to be there already: alert does not write it and tells whom it is like;
    attach writes it, and it is joined with whom it is; create writes it as another person, which is kept as a verdict.
    """

    ALERT = "alert"
    ATTACH = "attach"
    CREATE = "create"


class Rule(StrEnum):
    """Why a contact seems to be there already: the very record is; it would be joined with an entity; or its likeness
    to a record would join the two, and something else keeps them apart."""

    SAME_RECORD = "same_record"
    SAME_PERSON = "same_person"
    LIKELY_SAME_PERSON = "likely_same_person"


@dataclass(frozen=True)
class Wish:
    """A contact that somebody wants to be there."""

    contact: Contact
    on_duplicate: OnDuplicate
    who: str


@dataclass(frozen=True)
class Outcome:
    """What became of it. entity: whose record it is now; None when it was not written. rule: why not, or what it would
    not have been written for. matches: whom it was like when it came. act: of the verdict that keeps it apart."""

    wish: Wish
    entity: Entity | None
    is_new: bool
    rule: Rule | None
    matches: tuple[Found, ...]
    events: tuple[Happened, ...] = ()
    act: int | None = None

    @property
    def allow_save(self) -> bool:
        """Whether the contact may be created all the same."""
        return self.rule != Rule.SAME_RECORD


def once(
    database: Database, tenant: str, asked: Asked | None, make: Callable[[Connection], Answer]
) -> tuple[Answer, bool]:
    """What `make` answers, within one transaction that nobody else of the tenant writes beside; and whether it had been
    answered before under the same key, and is given again. Raises as `answers.recall` does."""
    if asked is not None:
        with database.reading() as connection:
            before = recall(connection, tenant, asked)
        if before is not None:
            return before, True
    with database.writing(tenant) as connection:
        if asked is None:
            return make(connection), False
        before = recall(connection, tenant, asked)
        if before is not None:
            return before, True
        made = make(connection)
        keep(connection, tenant, asked, made)
        return made, False


def create(connection: Connection, frozen: Frozen, wish: Wish) -> Outcome:
    """Looks for a contact, and writes it unless it seems to be there and the wish says so.

    Raises TooLittleError for a contact by which nobody could be found, GoneError for one that was forgotten.
    """
    contact, tenant = wish.contact, frozen.tenant
    frame = frame_of([contact]).with_columns(RECORD_KEY)
    if forgotten(connection, tenant, frame).any():
        raise GoneError(f"record {contact.record_key} was forgotten and is not taken again")
    matches = tuple(look(connection, frozen, contact, Wanted(limit=MOST)))
    there = _live(connection, tenant, contact)
    rule = _rule(matches, there)
    if there is not None and wish.on_duplicate != OnDuplicate.ATTACH:
        return Outcome(wish, None, is_new=False, rule=rule, matches=(_itself(connection, tenant, there), *matches))
    if rule is not None and wish.on_duplicate == OnDuplicate.ALERT:
        return Outcome(wish, None, is_new=False, rule=rule, matches=matches)
    writing = Writing(connection, frozen, begin_commit(connection, tenant, "create", wish.who))
    events, act = list(take(writing, frame).events), None
    if rule is not None and wish.on_duplicate == OnDuplicate.CREATE:
        done = _kept_apart(writing, contact, matches, wish.who)
        act, events = done.act, [*events, *done.events]
    number = held(connection, tenant, [_key(contact)])[contact.record_key].entity
    (entity,) = past.entities(connection, tenant, [number] if number is not None else [])
    is_new = entity.records == (contact.record_key,)
    return Outcome(wish, entity, is_new, rule, matches, happened(connection, tenant, events), act)


def _key(contact: Contact) -> tuple[str, str]:
    return contact.source, contact.record_id


def _live(connection: Connection, tenant: str, contact: Contact) -> Held | None:
    """The record of the contact, unless it is new or was deleted."""
    found = held(connection, tenant, [_key(contact)]).get(contact.record_key)
    return found if found is not None and found.entity is not None else None


def _rule(matches: tuple[Found, ...], there: Held | None) -> Rule | None:
    """Why the contact seems to be there already; None when it does not."""
    if there is not None:
        return Rule.SAME_RECORD
    if any(found.match.decision == Decision.AUTO for found in matches):
        return Rule.SAME_PERSON
    return Rule.LIKELY_SAME_PERSON if any(map(_is_like, matches)) else None


def _is_like(found: Found) -> bool:
    """Whether a match is more than a possibility."""
    return found.grade != Grade.POSSIBLE


def _itself(connection: Connection, tenant: str, there: Held) -> Found:
    """The entity that has the record already, as a match."""
    (entity,) = past.entities(connection, tenant, [there.entity] if there.entity is not None else [])
    return Found(Match(entity.entity_id, Decision.AUTO, 1.0, there.key, ()), Grade.CERTAIN, "+RECORD", (), entity)


def _kept_apart(writing: Writing, contact: Contact, matches: tuple[Found, ...], who: str) -> Done:
    """The verdict that a new record is of another person than all whom it is like; a commit of its own, as one commit
    moves a record once."""
    connection, tenant = writing.connection, writing.frozen.tenant
    own = Writing(connection, writing.frozen, begin_commit(connection, tenant, "judge", who))
    others = [key for found in matches if _is_like(found) for key in found.entity.records[: judging.ALL_PAIRS]]
    numbers = {key: one.number for key, one in named(connection, tenant, [contact.record_key, *others]).items()}
    mine = numbers[contact.record_key]
    said = [(numbers[key], mine, Verdict.DIFFERENT) for key in others]
    return judging.say(own, ActKind.JUDGE, said, who, "created as another person")
