import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.store.journal import NONE, Event, Kind, events

CASES = {
    "nothing happens": ([1, 1, 3], [1, 1, 3], [], []),
    "records that are new": ([NONE, NONE, NONE], [1, 1, 3], [], ["created 1", "created 3"]),
    "a new record joins": ([1, NONE], [1, 1], [], ["updated 1"]),
    "a golden value changes": ([1, 2], [1, 2], [2], ["updated 2"]),
    "two become one, and the older id stays": ([1, 1, 3], [1, 1, 1], [1], ["merged 3 into 1", "updated 1"]),
    "three become one": ([1, 2, 3], [1, 1, 1], [1], ["merged 2 into 1", "merged 3 into 1", "updated 1"]),
    "one comes apart": ([1, 1, 1], [1, 1, 3], [1], ["created 3", "split 1 into 1, 3", "updated 1"]),
    "a pair comes apart": ([1, 1, 3], [1, 2, 3], [1], ["created 2", "split 1 into 1, 2", "updated 1"]),
    "the oldest record goes": ([1, 1, 1], [NONE, 2, 2], [], ["created 2", "merged 1 into 2"]),
    "the oldest goes and two stay": ([1, 1, 1], [0, 2, 3], [], ["created 2", "created 3", "split 1 into 2, 3"]),
    "another record goes": ([1, 1], [1, NONE], [1], ["updated 1"]),
    "all records go": ([1, 1, 3], [NONE, NONE, 3], [], ["deleted 1"]),
    "one comes back": ([NONE, 2], [1, 1], [], ["created 1", "merged 2 into 1"]),
    "a record moves": ([1, 1, 3, 3], [1, 3, 3, 3], [1, 3], ["split 1 into 1, 3", "updated 1", "updated 3"]),
}  # fmt: skip


def told(event):
    into = f" into {', '.join(map(str, event.into))}" if event.into else ""
    return f"{event.kind} {event.entity}{into}"


@pytest.mark.parametrize(("before", "after", "renewed", "expected"), CASES.values(), ids=CASES.keys())
def test_what_happened_is_told_by_where_records_went(before, after, renewed, expected):
    found = events(np.asarray(before), np.asarray(after), renewed)
    assert [told(event) for event in found] == expected


def oldest(draw_groups):
    """Entities named after their oldest record: of each group of rows the smallest number; NONE for group 0."""
    return [NONE if not group else 1 + draw_groups.index(group) for group in draw_groups]


GROUPS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8)


@given(GROUPS)
def test_the_feed_alone_gives_the_entities_that_there_are(drawn):
    before, after = (np.asarray(oldest(list(side))) for side in zip(*drawn, strict=True))
    here = set(before[before > NONE].tolist())
    for event in events(before, after, []):
        if event.kind == Kind.CREATED:
            assert event.entity not in here
            here.add(event.entity)
        if event.kind in (Kind.MERGED, Kind.DELETED) or (event.kind == Kind.SPLIT and event.entity not in event.into):
            here.remove(event.entity)
    assert here == set(after[after > NONE].tolist())


@given(GROUPS)
def test_an_entity_that_is_gone_says_where_all_its_records_went(drawn):
    before, after = (np.asarray(oldest(list(side))) for side in zip(*drawn, strict=True))
    found = {
        event.entity: event for event in events(before, after, []) if event.kind not in (Kind.CREATED, Kind.UPDATED)
    }
    for entity in set(before.tolist()) - set(after.tolist()) - {NONE}:
        went = after[(before == entity) & (after > NONE)]
        assert set(found[entity].into) == set(went.tolist())


@given(GROUPS, st.randoms())
def test_events_do_not_depend_on_the_order_of_records(drawn, rng):
    before, after = (np.asarray(oldest(list(side))) for side in zip(*drawn, strict=True))
    order = list(range(len(before)))
    rng.shuffle(order)
    assert events(before[order], after[order], []) == events(before, after, [])


def test_an_event_can_be_compared():
    assert Event(Kind.MERGED, 3, (1,)) == Event(Kind.MERGED, 3, (1,))
