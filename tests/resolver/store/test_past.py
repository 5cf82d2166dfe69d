from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from resolver.store import past
from resolver.store.database import insert
from resolver.store.journal import NONE, begin_commit, events, move, renew, tell
from resolver.store.tables import records

RECORDS = {1: "a", 2: "b", 3: "c"}
STATES = [
    {1: 1, 2: 2, 3: 3},
    {1: 1, 2: 1, 3: 3},
    {1: 1, 2: 1, 3: 1},
    {1: NONE, 2: 2, 3: 2},
    {1: NONE, 2: 2, 3: 3},
    {1: 1, 2: 2, 3: 2},
    {1: NONE, 2: NONE, 3: NONE},
]
"""The entity of each record, commit by commit."""


@pytest.fixture
def commits(database):
    """What the journal wrote of these states, and the moment of each commit."""
    with database.writing("") as connection:
        columns = {"number": [*RECORDS], "record_id": [*RECORDS.values()], "name": [f"e{n}" for n in RECORDS]}
        texts = {name: [""] * 3 for name in ("tenant", "content", "normalised")}
        rest = {"source": ["crm"] * 3, "mark": [0] * 3, "keys": [b""] * 3, "values": [b""] * 3, "person": [0] * 3}
        insert(connection, records, {**columns, **texts, **rest, "met": [True] * 3, "reach": [0] * 3})
        before, made = dict.fromkeys(RECORDS, NONE), []
        for state in STATES:
            commit = begin_commit(connection, "", "take", "ann")
            old, new = (np.asarray([*side.values()], dtype=np.int64) for side in (before, state))
            move(connection, commit, np.asarray([*RECORDS]), old, new)
            documents = dict.fromkeys(sorted({*state.values()} - {NONE}), f'{{"commit": {commit}}}')
            gone = np.asarray(sorted({*before.values()} - {*state.values()} - {NONE}), dtype=np.int64)
            tell(connection, commit, "", events(old, new, renew(connection, commit, gone, documents)))
            before = state
            made.append(commit)
        yield connection, made


def groups(entities):
    return {entity.entity_id: entity.records for entity in entities}


def expected(state):
    found = {}
    for record, entity in state.items():
        if entity != NONE:
            found.setdefault(f"e{entity}", []).append(f"crm:{RECORDS[record]}")
    return {entity: tuple(sorted(members)) for entity, members in found.items()}


def test_the_entities_of_each_commit_are_those_of_then(commits):
    connection, made = commits
    for commit, state in zip(made, STATES, strict=True):
        found = past.all_entities(connection, "", commit)
        assert groups(found) == expected(state)
        assert {entity.golden["commit"] for entity in found} <= {commit}
    assert groups(past.all_entities(connection, "")) == expected(STATES[-1])
    assert past.all_entities(connection, "", 0) == []
    assert past.all_entities(connection, "other") == []


@pytest.mark.parametrize(
    ("entity", "stands_for"),
    [
        ("e1", [[1], [1], [1], [2], [2, 3], [1], []]),
        ("e2", [[2], [1], [1], [2], [2], [2], []]),
        ("e3", [[3], [3], [1], [2], [3], [2], []]),
    ],
)
def test_an_id_stands_for_what_became_of_its_entity(commits, entity, stands_for):
    connection, made = commits
    found = [past.resolved(connection, "", entity, commit) for commit in made]
    # the first record was set aside with the fourth commit, and the parts of what it named are told by the feed
    assert found[0:3] + found[3:4] + found[5:] == stands_for[0:3] + stands_for[3:4] + stands_for[5:]
    assert set(found[4]) <= {2, 3}


@pytest.mark.parametrize(("tenant", "entity"), [("", "e9"), ("other", "e1")])
def test_an_id_that_was_never_issued_stands_for_nothing(commits, tenant, entity):
    assert past.resolved(commits[0], tenant, entity) is None


def test_the_feed_is_read_in_order_and_on_from_a_cursor(commits):
    connection, _ = commits
    whole = past.feed(connection, "")
    assert [change.cursor for change in whole] == sorted({change.cursor for change in whole})
    read, cursor = [], 0
    while some := past.feed(connection, "", after=cursor, limit=2):
        read, cursor = [*read, *some], some[-1].cursor
    assert read == whole
    assert {(change.who, change.what) for change in whole} == {("ann", "take")}
    mine = past.feed(connection, "", entity=2)
    assert mine == [change for change in whole if change.entity_id == "e2"]


def test_a_moment_is_the_last_commit_until_then(commits):
    connection, made = commits
    told = [change.at for change in past.feed(connection, "")]
    assert all(at.utcoffset() is not None for at in told)
    assert past.moment(connection, "", None) is None
    assert past.moment(connection, "", told[0]) == made[0]
    assert past.moment(connection, "", told[0] - timedelta(microseconds=1)) == 0
    assert past.moment(connection, "", datetime.now(UTC) + timedelta(days=1)) == made[-1]
    assert past.moment(connection, "other", datetime.now(UTC)) == 0


def test_moments_never_fall_whatever_the_clock_says(database):
    with database.writing("") as connection:
        made = [begin_commit(connection, "", "take") for _ in range(20)]
        at = [connection.execute(past.commits.select().where(past.commits.c.number == one)).one().at for one in made]
    assert all(one < other for one, other in pairwise(at))
