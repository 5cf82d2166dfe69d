"""Review: the queue of a data steward, a case with its evidence, and what is done with it.

A desk and an API are both made of these functions. Each works on one tenant's store, given by its Resolver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from resolver.errors import StaleError, UnknownError, UsageError
from resolver.paths import casing, deciding, seconding
from resolver.paths.casing import Full
from resolver.paths.deciding import Decision, begun, refuse_stale
from resolver.paths.doubts import CODES
from resolver.paths.judging import Done
from resolver.paths.keeping import Happened, happened
from resolver.paths.online import Resolver
from resolver.paths.viewing import present
from resolver.store import cases, desk, opinions
from resolver.store.cases import Sort, State, Wanted, case_id, cursor_after, number_of
from resolver.store.desk import CLEARED, Decided, Note, refuse_held
from resolver.store.journal import aware
from resolver.store.opinions import Opinion

HOLD = timedelta(minutes=15)
"""For how long a steward holds a case, unless it is claimed again."""
MOST = 500
"""Cases on a page."""
AT_ONCE = 500
"""Cases that are decided together at most."""
SAMPLE = 10
"""Of so many cases a preview tells."""
PATTERNS = 20
"""Patterns are told of at most."""
WORDS = {code: words for words, code in CODES.items()}


@dataclass(frozen=True)
class Item:
    """A case in the queue.

    asks: the reason in words. since: when it first arose. version: what a decision names, to be refused when anything
    changed meanwhile. decided: the last decision in force. opinions: what stewards say of it, where it needs two.
    """

    case_id: str
    kind: str
    reason: str
    asks: str
    title: str | None
    probability: float
    chance: float
    records: int
    value: float
    sources: tuple[str, ...]
    fields: tuple[str, ...]
    pattern: str
    since: datetime
    version: int
    open: bool
    holder: str | None
    held_until: datetime | None
    assignee: str | None
    due: datetime | None
    snoozed_until: datetime | None
    decided: Decided | None = None
    opinions: tuple[Opinion, ...] = ()

    def is_said_by_alone(self, who: str) -> bool:
        """Whether it waits for anybody but one steward, who is the only one that said something."""
        return [opinion.who for opinion in self.opinions] == [who]


@dataclass(frozen=True)
class Queue:
    """A page of the queue. cursor: of the next one, None after the last."""

    items: list[Item]
    cursor: str | None


@dataclass(frozen=True)
class Case:
    """A case with its notes. full: None once it is settled. verdicts: how cases of its pattern were decided so far.

    needs_second: whether two stewards have to decide it alike.
    """

    item: Item
    notes: list[Note]
    full: Full | None
    verdicts: Mapping[str, int]
    needs_second: bool = False


@dataclass(frozen=True)
class Said:
    """What a decision did: the act that takes it back when it is undone, and what happened to entities."""

    act: int
    events: tuple[Happened, ...]


@dataclass(frozen=True)
class Answered:
    """What a decision did: nothing yet, for None, where somebody else has to say the same.

    next: the case that comes next in the steward's queue, None when there is none.
    """

    said: Said | None
    next: Case | None


@dataclass(frozen=True)
class Alike:
    """What deciding all cases of a pattern would do.

    cases: how many are decided. beyond: how many more there are, to be decided after. excluded: how many were named as
    exceptions. held: how many others work on. second: how many need two stewards, and so are decided one by one.
    sample: some of the cases, spread over all. verdicts: how cases of the pattern were decided so far.
    """

    pattern: str
    cases: int
    beyond: int
    excluded: int
    held: int
    second: int
    sample: list[Item]
    verdicts: Mapping[str, int]


@dataclass(frozen=True)
class Undone:
    """What taking back an act did. cases: those that the act had decided."""

    said: Said
    cases: list[Item]


def queue(
    resolver: Resolver, wanted: Wanted, sort: Sort = Sort.WORTH, cursor: str | None = None, limit: int = 50
) -> Queue:
    """A page of the cases that are asked for."""
    if not 1 <= limit <= MOST:
        raise UsageError(f"a page has 1 to {MOST} cases")
    with resolver.database.reading() as connection:
        rows, more = cases.page(connection, resolver.tenant, wanted, _now(), (sort, cursor), limit)
        return Queue(_items(connection, resolver.tenant, rows), more)


def counts(resolver: Resolver, wanted: Wanted) -> Mapping[str, dict[str, int]]:
    """How many of the cases that are asked for there are: in `all`, and by reason, source and assignee."""
    with resolver.database.reading() as connection:
        return cases.counts(connection, resolver.tenant, wanted, _now())


def patterns(resolver: Resolver) -> list[tuple[str, int]]:
    """The most frequent kinds of open cases, and how many there are of each."""
    with resolver.database.reading() as connection:
        return [(row.pattern, row.number) for row in cases.patterns(connection, resolver.tenant, PATTERNS)]


def about(resolver: Resolver, entity_id: str) -> tuple[int, ...]:
    """The entities that an id stands for, as `Wanted` takes them. Raises UnknownError and GoneError."""
    with resolver.database.reading() as connection:
        return tuple(present(connection, resolver.tenant, entity_id))


def case(resolver: Resolver, called: str) -> Case:
    """A case in full. Raises UnknownError where there never was one."""
    with resolver.database.reading() as connection:
        return _case(connection, resolver, cases.read(connection, resolver.tenant, number_of(called)))


def claim(resolver: Resolver, called: str, who: str, hold: timedelta = HOLD) -> Item:
    """Holds a case for a steward for a while, or a while longer. Raises HeldError while somebody else does.

    A case of which they have said what they think waits for somebody else, and is not held for them.
    """
    now = _now()
    with resolver.database.writing(resolver.tenant) as connection:
        row = _open(connection, resolver, called)
        refuse_held(row, who, now)
        (item,) = _items(connection, resolver.tenant, [row])
        if item.is_said_by_alone(who):
            return item
        since = row.held_at if row.holder == who and aware(row.held_until) > now else now
        values = {"holder": who, "held_at": since, "held_until": now + hold}
        return _put(connection, resolver, row, values)


def release(resolver: Resolver, called: str, who: str) -> Item:
    """Lets go of a case. Raises HeldError where somebody else holds it."""
    with resolver.database.writing(resolver.tenant) as connection:
        row = _open(connection, resolver, called)
        refuse_held(row, who, _now())
        return _put(connection, resolver, row, {"holder": None, "held_at": None, "held_until": None})


def assign(resolver: Resolver, called: str, assignee: str | None, due: datetime | None = None) -> Item:
    """Says for whom a case is, None for anybody, and when it is due."""
    with resolver.database.writing(resolver.tenant) as connection:
        return _put(connection, resolver, _open(connection, resolver, called), {"assignee": assignee, "due": due})


def snooze(resolver: Resolver, called: str, until: datetime | None, who: str) -> Item:
    """Puts a case aside until a moment, or takes it up again. Raises HeldError where somebody else holds it."""
    now = _now()
    if until is not None and until <= now:
        raise UsageError(f"{until:%Y-%m-%d %H:%M} is past; name a moment to come")
    with resolver.database.writing(resolver.tenant) as connection:
        row = _open(connection, resolver, called)
        refuse_held(row, who, now)
        return _put(connection, resolver, row, {**CLEARED, "snoozed_until": until})


def note(resolver: Resolver, called: str, who: str, text: str) -> list[Note]:
    """Writes a note beside a case, settled or not, and returns all notes."""
    if not text.strip():
        raise UsageError("the note says nothing")
    with resolver.database.writing(resolver.tenant) as connection:
        row = cases.read(connection, resolver.tenant, number_of(called))
        desk.write_note(connection, resolver.tenant, row.number, Note(_now(), who, text))
        return desk.notes(connection, resolver.tenant, row.number)


def decide(resolver: Resolver, called: str, decision: Decision, who: str, wanted: Wanted | None = None) -> Answered:
    """Decides a case; one that needs two stewards once somebody else said the same. wanted: the queue that the next
    case is taken from.

    Raises StaleError where the case is not what was seen, HeldError where somebody else works on it, ConflictError
    where the decision contradicts what somebody said, UsageError where it does not fit the case.
    """
    with resolver.database.writing(resolver.tenant) as connection:
        row = cases.read(connection, resolver.tenant, number_of(called))
        refuse_stale(connection, resolver.tenant, row, decision.version)
        refuse_held(row, who, _now())
        done = seconding.decide(connection, resolver.frozen(connection), row, decision, who)
        said = None if done is None else _said(connection, resolver, done)
    return Answered(said, next_case(resolver, wanted or Wanted(), who, row))


def withdraw(resolver: Resolver, called: str, who: str) -> Item:
    """Takes back what a steward said of a case that somebody else has to agree with; UnknownError where nothing was."""
    with resolver.database.writing(resolver.tenant) as connection:
        row = _open(connection, resolver, called)
        if not opinions.withdraw(connection, resolver.tenant, row.number, who):
            raise UnknownError(f"you said nothing of case {called} that waits for somebody else")
        return _items(connection, resolver.tenant, [row])[0]


def next_case(resolver: Resolver, wanted: Wanted, who: str, behind: Row[Any] | None = None) -> Case | None:
    """The case of a queue that a steward can decide next: the first behind another one, else the first of all."""
    mine, now = replace(wanted, state=State.OPEN, for_whom=who), _now()
    with resolver.database.reading() as connection:
        for cursor in (None if behind is None else cursor_after(behind, Sort.WORTH), None):
            rows, _ = cases.page(connection, resolver.tenant, mine, now, (Sort.WORTH, cursor), 1)
            if rows:
                return _case(connection, resolver, rows[0])
    return None


def undo(resolver: Resolver, act: int, who: str, why: str | None = None) -> Undone:
    """Takes back a decision, or whatever else somebody did, whenever it was. Raises as `Resolver.undo` does."""
    done = resolver.undo(act, who=who, why=why)
    with resolver.database.reading() as connection:
        numbers = desk.decided_by(connection, resolver.tenant, act)
        rows = [cases.read(connection, resolver.tenant, number) for number in numbers]
        said = _said(connection, resolver, done)
        return Undone(said, _items(connection, resolver.tenant, rows))


def alike(resolver: Resolver, pattern: str, exclude: Sequence[str], who: str) -> Alike:
    """What deciding all open cases of a pattern would be about. exclude: cases that are left out."""
    with resolver.database.reading() as connection:
        return _alike(connection, resolver, pattern, exclude, who)[0]


def verdicts(resolver: Resolver, pattern: str) -> Mapping[str, int]:
    """How cases of a pattern were decided so far."""
    with resolver.database.reading() as connection:
        return desk.verdicts_on(connection, resolver.tenant, pattern)


def decide_alike(
    resolver: Resolver, pattern: str, decision: Decision, exclude: Sequence[str], who: str, seen: int | None = None
) -> tuple[Said, Alike]:
    """Decides all open cases of a pattern in one act, the most valuable first, but for those that others work on.

    seen: how many there were in the preview; raises StaleError where there are others now, and otherwise as `decide`.
    """
    if decision.leave_out or decision.also or decision.values:
        raise UsageError("records and values are chosen case by case, not for many at once")
    with resolver.database.writing(resolver.tenant) as connection:
        found, rows = _alike(connection, resolver, pattern, exclude, who)
        if seen is not None and seen != found.cases:
            raise StaleError(
                f"there were {seen} cases of this pattern when you looked, and there are {found.cases} now"
            )
        if not rows:
            raise UnknownError("there is no open case of this pattern that you could decide")
        done = deciding.decide(begun(connection, resolver.frozen(connection), who), rows, decision, who)
        return _said(connection, resolver, done), found


def _alike(
    connection: Connection, resolver: Resolver, pattern: str, exclude: Sequence[str], who: str
) -> tuple[Alike, list[Row[Any]]]:
    tenant, now, out = resolver.tenant, _now(), {number_of(called) for called in exclude}
    alone = Wanted(pattern=pattern, fewer=resolver.frozen(connection).rules.review.second_from)
    every, mine = replace(alone, fewer=None), replace(alone, for_whom=who)
    whole, number, free = (
        cases.counts(connection, tenant, wanted, now)["all"].get("cases", 0) for wanted in (every, alone, mine)
    )
    rows, _ = cases.page(connection, tenant, mine, now, (Sort.WORTH, None), AT_ONCE + len(out))
    left = [row for row in rows if row.number not in out]
    chosen, excluded = left[:AT_ONCE], len(rows) - len(left)
    step = max(1, len(chosen) // SAMPLE)
    sample = _items(connection, tenant, chosen[::step][:SAMPLE])
    beyond = free - excluded - len(chosen)
    verdicts = desk.verdicts_on(connection, tenant, pattern)
    return Alike(pattern, len(chosen), beyond, excluded, number - free, whole - number, sample, verdicts), chosen


def _said(connection: Connection, resolver: Resolver, done: Done) -> Said:
    return Said(done.act, happened(connection, resolver.tenant, done.events))


def _now() -> datetime:
    return datetime.now(UTC)


def _open(connection: Connection, resolver: Resolver, called: str) -> Row[Any]:
    """An open case; StaleError where it is settled."""
    row = cases.read(connection, resolver.tenant, number_of(called))
    refuse_stale(connection, resolver.tenant, row, None)
    return row


def _put(connection: Connection, resolver: Resolver, row: Row[Any], values: Mapping[str, Any]) -> Item:
    desk.put(connection, resolver.tenant, [row.number], values)
    return _items(connection, resolver.tenant, [cases.read(connection, resolver.tenant, row.number)])[0]


def _case(connection: Connection, resolver: Resolver, row: Row[Any]) -> Case:
    (item,) = _items(connection, resolver.tenant, [row])
    frozen = resolver.frozen(connection)
    full = casing.full(connection, frozen, row) if item.open else None
    notes = desk.notes(connection, resolver.tenant, row.number)
    verdicts = desk.verdicts_on(connection, resolver.tenant, row.pattern)
    return Case(item, notes, full, verdicts, seconding.needs_second(frozen, row.records))


def _items(connection: Connection, tenant: str, rows: Sequence[Row[Any]]) -> list[Item]:
    last = desk.decided(connection, tenant, [row.number for row in rows if row.end is not None])
    said = opinions.on(connection, tenant, [row.number for row in rows if row.end is None])
    return [_item(row, last.get(row.number), said.get(row.number, ())) for row in rows]


def _item(row: Row[Any], last: Decided | None, said: tuple[Opinion, ...]) -> Item:
    until, due, snoozed = (None if at is None else aware(at) for at in (row.held_until, row.due, row.snoozed_until))
    held = until is not None and until > _now()
    return Item(
        case_id(row.number),
        row.kind,
        row.reason,
        WORDS[row.reason],
        row.title,
        row.probability,
        row.chance,
        row.records,
        row.value,
        tuple(cases.items(row.sources)),
        tuple(cases.items(row.fields)),
        row.pattern,
        aware(row.since),
        row.changed,
        row.end is None,
        row.holder if held else None,
        until if held else None,
        row.assignee,
        due,
        snoozed,
        last,
        said,
    )
