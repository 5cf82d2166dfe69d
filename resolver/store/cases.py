"""Cases: the doubts that stewards decide, as they are stored, and the queue of them."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select, tuple_, update

from resolver.columns import Rows
from resolver.errors import UnknownError, UsageError
from resolver.store.case_tables import cases, decisions, desk
from resolver.store.database import among, bound, frame_with, insert, plain, unsought
from resolver.store.journal import goldens
from resolver.store.lookups import signed
from resolver.store.opinions import said_by_alone, waiting
from resolver.store.scores import within
from resolver.store.tables import acts, changes, commits, records, scores

Line = Mapping[str, Any]
"""A case, or what changes of one, by column."""
SEPARATOR = "\x1f"
"""Stands before, between and behind what a case lists: so each of it is found by itself."""


class Kind(StrEnum):
    """What a case asks: are two entities one, is one two, which consent holds."""

    BETWEEN = "between"
    INSIDE = "inside"
    CONSENT = "consent"


class State(StrEnum):
    """Whether a case waits for a steward, waits for a day, or was decided."""

    OPEN = "open"
    SNOOZED = "snoozed"
    DONE = "done"


class Sort(StrEnum):
    """What comes first: what is worth most, or what is oldest."""

    WORTH = "worth"
    AGE = "age"


FOUND: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "one": pl.Int64(),
    "other": pl.Int64(),
    "left": pl.Int64(),
    "right": pl.Int64(),
    "shown": pl.Int64(),
    "reason": pl.String(),
    "probability": pl.Float64(),
    "chance": pl.Float64(),
    "records": pl.Int64(),
    "value": pl.Float64(),
}
"""A case as it is worked out; see `tables.cases`."""
HELD: dict[str, pl.DataType] = {
    **FOUND,
    "number": pl.Int64(),
    "sources": pl.String(),
    "fields": pl.String(),
    "pattern": pl.String(),
    "title": pl.String(),
    "mark": pl.Int64(),
}
"""A case as it is stored, but for when it arose, changed and ended."""
SEEN = ("left", "right", "shown", "reason", "records", "sources", "mark")
"""What a steward looks at: when any of it is another, a decision made before is out of date."""
PAIR: dict[str, pl.DataType] = {
    "left": pl.Int64(),
    "right": pl.Int64(),
    "pattern": pl.Int64(),
    "logit": pl.Float64(),
}
ON_DESK = and_(desk.c.case == cases.c.number, desk.c.tenant == cases.c.tenant)
"""What is on the desk of a case."""
NOBODY = ""
"""Stands as the assignee for cases that are assigned to nobody."""
NAMES = ("full_name", "company", "email", "phone")
"""What a person is called by, the first that is there."""


def listed(values: Sequence[str]) -> str:
    """Text in which each item is found by itself."""
    return SEPARATOR + SEPARATOR.join(values) + SEPARATOR


def items(text: str) -> list[str]:
    """The inverse of `listed` for one."""
    return [item for item in text.split(SEPARATOR) if item]


def scored(connection: Connection, numbers: Rows, *, inside: bool = False) -> pl.DataFrame:
    """PAIR of all pairs, not beyond doubt, of one of some records and another; inside: of two of them."""
    if inside:
        left, right, patterns, logits = within(connection, numbers)
        order = np.lexsort((right, left))
        return pl.DataFrame([column[order] for column in (left, right, signed(patterns), logits)], schema=PAIR)
    ends = [among(side, "numbers", connection) for side in (scores.c.left, scores.c.right)]
    which = or_(and_(ends[0], ~ends[1]), and_(~ends[0], ends[1]))
    query = select(*(scores.c[name] for name in PAIR)).where(which)
    return frame_with(plain(connection, query, {"numbers": bound(numbers, connection)}), PAIR).sort("left", "right")


def any_of(connection: Connection, tenant: str, entities: Rows) -> bool:
    """Whether any open case names some entities."""
    ends = [among(side, "entities", connection) for side in (cases.c.one, cases.c.other)]
    query = select(cases.c.number).where(_whose(tenant), cases.c.end.is_(None), or_(*ends)).limit(1)
    return connection.execute(query, {"entities": bound(entities, connection)}).first() is not None


def titles(connection: Connection, entities: Rows) -> pl.DataFrame:
    """entity, title: what each of some entities is called."""
    schema = {"entity": pl.Int64(), "content": pl.String()}
    found = frame_with([*goldens(connection, entities).items()], schema)
    told = [pl.col("content").str.json_path_match(f"$.{name}") for name in NAMES]
    return found.select("entity", title=pl.coalesce(*told, pl.lit("?")))


def _whose(tenant: str) -> ColumnElement[bool]:
    """The cases are found by their entities."""
    return unsought(cases.c.tenant) == tenant


def replace(connection: Connection, tenant: str, commit: int, touched: Rows, found: pl.DataFrame) -> None:
    """Puts the cases of some entities in place of those that there were. found: HELD, all cases that name any of them.

    A case keeps when it first arose, also when it comes back after it was settled.
    """
    either = or_(among(cases.c.one, "entities", connection), among(cases.c.other, "entities", connection))
    query = select(*(cases.c[name] for name in HELD), cases.c.end).where(_whose(tenant), either)
    asked = {"entities": bound(touched, connection)}
    there = {row["number"]: row for row in connection.execute(query, asked).mappings()}
    now = [dict(zip(HELD, row, strict=True)) for row in zip(*(found[name].to_list() for name in HELD), strict=True)]
    _write(connection, _renewed(commit, there, now))
    gone = there.keys() - {row["number"] for row in now}
    _write(connection, [{"number": one, "end": commit, "title": None} for one in gone if there[one]["end"] is None])
    new = sorted((row for row in now if row["number"] not in there), key=itemgetter("number"))
    if new:
        columns: dict[str, list[Any]] = {name: [row[name] for row in new] for name in HELD}
        same = {"tenant": tenant, "begin": commit, "changed": commit}
        insert(connection, cases, columns | {name: [value] * len(new) for name, value in same.items()})


def _renewed(commit: int, there: Mapping[int, Mapping[Any, Any]], now: Sequence[Line]) -> Iterator[Line]:
    """What is found now of the cases that still are, or are again, where that is something else."""
    for row in now:
        was = there.get(row["number"])
        if was is None:
            continue
        if was["end"] is not None or any(row[name] != was[name] for name in SEEN):
            yield {**row, "changed": commit, "end": None}
        elif any(row[name] != was[name] for name in HELD):
            yield row


def _write(connection: Connection, rows: Iterable[Line]) -> None:
    """Gives cases new values, each by its number."""
    alike: dict[tuple[str, ...], list[Line]] = {}
    for row in rows:
        alike.setdefault((*row,), []).append({"at" if name == "number" else f"new_{name}": row[name] for name in row})
    for names, each in alike.items():
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names if name != "number"}
        connection.execute(update(cases).where(cases.c.number == bindparam("at")).values(**values), each)


def case_id(number: int) -> str:
    """How a case is called: its number in letters that a URL takes."""
    return f"{number & 0xFFFFFFFFFFFFFFFF:016x}"


def number_of(called: str) -> int:
    """The number of a case; UnknownError for what can be none."""
    try:
        number = int(called, 16) if len(called) == 16 else -1
    except ValueError:
        number = -1
    if number < 0:
        raise UnknownError(f"there is no case {called}")
    return int(np.uint64(number).view(np.int64))


@dataclass(frozen=True)
class Wanted:
    """Which cases are asked for; None asks for any, and of assignees NOBODY for those of nobody.

    field: one in which the pair that shows the case differs. since: arose at or before this moment. text: part of the
    name of whom it is about. entities: numbers of which it names any. for_whom: cases that this steward can decide now:
    neither held by nor assigned to another, and as unsaid_by. unsaid_by: without those that wait for somebody else to
    say what this steward said. said: of which a steward said something that a second one has to say too. fewer: with
    fewer records than that.
    """

    state: State = State.OPEN
    source: str | None = None
    reason: str | None = None
    field: str | None = None
    pattern: str | None = None
    assignee: str | None = None
    holder: str | None = None
    since: datetime | None = None
    text: str | None = None
    entities: tuple[int, ...] | None = None
    for_whom: str | None = None
    unsaid_by: str | None = None
    said: bool = False
    fewer: int | None = None


def read(connection: Connection, tenant: str, number: int) -> Row[Any]:
    """A case with what is on the desk, `since` and `named`; UnknownError where there never was one."""
    row = connection.execute(_all(cases.c.tenant == tenant).where(cases.c.number == number)).one_or_none()
    if row is None:
        raise UnknownError(f"there is no case {case_id(number)}")
    return row


def _mine(tenant: str, wanted: Wanted) -> ColumnElement[bool]:
    """A tenant's cases; those of some entities are found by these."""
    return cases.c.tenant == tenant if wanted.entities is None else _whose(tenant)


def _all(mine: ColumnElement[bool]) -> Select[Any]:
    beside = [column for column in desk.columns if column.name not in ("case", "tenant")]
    return (
        select(cases, *beside, commits.c.at.label("since"))
        .join(commits, commits.c.number == cases.c.begin)
        .outerjoin(desk, ON_DESK)
        .where(mine)
    )


def page(
    connection: Connection, tenant: str, wanted: Wanted, now: datetime, order: tuple[Sort, str | None], limit: int
) -> tuple[Sequence[Row[Any]], str | None]:
    """Cases in order, and the cursor of the next page, None after the last. order: the sort, and a cursor."""
    sort, cursor = order
    by = cases.c.value if sort == Sort.WORTH else cases.c.begin
    query = _all(_mine(tenant, wanted)).where(*_conditions(tenant, wanted, now))
    if cursor is not None:
        place = tuple_(
            *(bindparam(None, part, type_=column.type) for part, column in _place(cursor, (by, cases.c.number)))
        )
        here = tuple_(by, cases.c.number)
        query = query.where(here < place if sort == Sort.WORTH else here > place)
    ends = (by.desc(), cases.c.number.desc()) if sort == Sort.WORTH else (by, cases.c.number)
    rows = connection.execute(query.order_by(*ends).limit(limit + 1)).all()
    more = len(rows) > limit
    return rows[:limit], cursor_after(rows[limit - 1], sort) if more else None


def around(
    connection: Connection, tenant: str, wanted: Wanted, now: datetime, here: tuple[Sort, Row[Any]]
) -> tuple[int, int, int | None, int | None]:
    """How many of the cases asked for come before one, how many there are, and which come right before and after it.

    here: sort, case.
    """
    sort, row = here
    by = cases.c.value if sort == Sort.WORTH else cases.c.begin
    place = tuple_(by, cases.c.number)
    told = _place(cursor_after(row, sort), (by, cases.c.number))
    own = tuple_(*(bindparam(None, part, type_=column.type) for part, column in told))
    of = _those(select(cases.c.number), tenant, wanted, now)
    up, down = (by, cases.c.number), (by.desc(), cases.c.number.desc())
    first, last = (up, down) if sort == Sort.WORTH else (down, up)
    ahead, behind = (place > own, place < own) if sort == Sort.WORTH else (place < own, place > own)
    those = (of.where(ahead), of)
    numbers = [connection.execute(select(func.count()).select_from(each.subquery())).scalar_one() for each in those]
    ends = [of.where(ahead).order_by(*first).limit(1), of.where(behind).order_by(*last).limit(1)]
    before, after = (connection.execute(query).scalar() for query in ends)
    return numbers[0], numbers[1], before, after


def _those(query: Select[Any], tenant: str, wanted: Wanted, now: datetime) -> Select[Any]:
    """The cases asked for; when each arose is looked up only where that is asked."""
    if wanted.since is not None:
        query = query.join(commits, commits.c.number == cases.c.begin)
    return query.outerjoin(desk, ON_DESK).where(_mine(tenant, wanted), *_conditions(tenant, wanted, now))


def cursor_after(row: Row[Any], sort: Sort) -> str:
    """The cursor that goes on behind a case."""
    told = json.dumps([row.value if sort == Sort.WORTH else row.begin, row.number])
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _place(cursor: str, columns: tuple[Any, Any]) -> list[tuple[Any, Any]]:
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        first, second = float(told[0]), int(told[1])
    except (ValueError, TypeError, KeyError, IndexError, binascii.Error) as error:
        raise UsageError("this is no cursor that a page of cases gave") from error
    return list(zip((first, second), columns, strict=True))


def _conditions(tenant: str, wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    """What holds of the cases that are asked for."""
    awake = or_(desk.c.snoozed_until.is_(None), desk.c.snoozed_until <= now)
    if wanted.state == State.DONE:
        decided = select(decisions.c.act).join(acts, acts.c.number == decisions.c.act)
        mine = and_(decisions.c.case == cases.c.number, decisions.c.tenant == tenant, acts.c.in_force)
        told = [cases.c.end.is_not(None), decided.where(mine).exists()]
    else:
        told = [cases.c.end.is_(None), awake if wanted.state == State.OPEN else ~awake]
    for column, value in ((cases.c.sources, wanted.source), (cases.c.fields, wanted.field)):
        if value is not None:
            told.append(column.contains(f"{SEPARATOR}{value}{SEPARATOR}", autoescape=True))
    columns = (cases.c.reason, cases.c.pattern, func.coalesce(desk.c.assignee, NOBODY))
    asked = (wanted.reason, wanted.pattern, wanted.assignee)
    told += [column == value for column, value in zip(columns, asked, strict=True) if value is not None]
    if wanted.holder is not None:
        told += [desk.c.holder == wanted.holder, desk.c.held_until > now]
    if wanted.since is not None:
        told.append(commits.c.at <= wanted.since)
    if wanted.text is not None:
        told.append(func.lower(cases.c.title).contains(wanted.text.lower(), autoescape=True))
    if wanted.entities is not None:
        told.append(or_(cases.c.one.in_(wanted.entities), cases.c.other.in_(wanted.entities)))
    if wanted.for_whom is not None:
        told.append(or_(desk.c.holder.is_(None), desk.c.holder == wanted.for_whom, desk.c.held_until <= now))
        told.append(or_(desk.c.assignee.is_(None), desk.c.assignee == wanted.for_whom))
    said_by = {who for who in (wanted.for_whom, wanted.unsaid_by) if who is not None}
    told += [cases.c.number.not_in(said_by_alone(tenant, who)) for who in sorted(said_by)]
    if wanted.said:
        told.append(cases.c.number.in_(waiting(tenant)))
    if wanted.fewer is not None:
        told.append(cases.c.records < wanted.fewer)
    return told


def counts(connection: Connection, tenant: str, wanted: Wanted, now: datetime) -> Mapping[str, dict[str, int]]:
    """How many of the cases asked for there are: in `all`, and by reason, source and assignee."""
    columns = (cases.c.reason, cases.c.sources, desk.c.assignee)
    query = _those(select(*columns, func.count()), tenant, wanted, now).group_by(*columns)
    told: dict[str, dict[str, int]] = {"all": {}, "reason": {}, "source": {}, "assignee": {}}
    for reason, sources, assignee, number in connection.execute(query):
        each = [("all", "cases"), ("reason", reason), *(("source", name) for name in items(sources))]
        for by, name in [*each, *([("assignee", assignee)] if assignee else [])]:
            told[by][name] = told[by].get(name, 0) + number
    return {by: dict(sorted(numbers.items(), key=lambda one: (-one[1], one[0]))) for by, numbers in told.items()}


def patterns(connection: Connection, tenant: str, limit: int) -> Sequence[Any]:
    """pattern and number of the most frequent kinds of open cases."""
    number = func.count().label("number")
    query = select(cases.c.pattern, number).where(cases.c.tenant == tenant, cases.c.end.is_(None))
    return connection.execute(
        query.group_by(cases.c.pattern).order_by(number.desc(), cases.c.pattern).limit(limit)
    ).all()


def happened(connection: Connection, tenant: str, entities: tuple[int, ...], after: int) -> Sequence[Any]:
    """name, kind, who and what of all that happened to some entities after a commit, in order."""
    query = (
        select(records.c.name, changes.c.kind, commits.c.who, commits.c.what)
        .join(records, records.c.number == changes.c.entity)
        .join(commits, commits.c.number == changes.c.commit)
        .where(changes.c.tenant == tenant, changes.c.entity.in_(entities), changes.c.commit > after)
    )
    return connection.execute(query.order_by(changes.c.number)).all()
