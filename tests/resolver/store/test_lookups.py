import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.store.database import insert
from resolver.store.lookups import pairs, persons, signed, sizes
from resolver.store.tables import holders, keys, sharing

BIG = 2**63 - 1
HELD = [(5, 1), (5, 2), (-7, 1), (BIG, 9), (-BIG, 3), (5, 11)]


@pytest.fixture
def connection(database):
    with database.writing("") as opened:
        for table, by in ((keys, "key"), (holders, "value")):
            number, record = zip(*HELD, strict=True)
            insert(opened, table, {by: number, "record": record})
        seen = {"value": [5, 5, -7], "person": [1, 2, 1], "records": [4, 1, 2]}
        insert(opened, sharing, seen)
        yield opened


@pytest.mark.parametrize("table", [keys, holders])
def test_who_holds_numbers_is_told_in_their_order(connection, table):
    number, record = pairs(connection, table, np.asarray([BIG, 5, 5, 100, -7]))
    assert list(zip(number.tolist(), record.tolist(), strict=True)) == [(-7, 1), (5, 1), (5, 2), (5, 11), (BIG, 9)]


@pytest.mark.parametrize(
    ("look_up", "expected"), [(lambda c, n: sizes(c, keys, n), [3, 0, 1, 3, 1]), (persons, [2, 0, 1, 2, 0])]
)
def test_counts_stand_where_they_were_asked_for(connection, look_up, expected):
    assert look_up(connection, np.asarray([5, 100, -7, 5, BIG])).tolist() == expected


@pytest.mark.parametrize(("most", "expected"), [(1, [1, 0, 1, 1, 1]), (2, [2, 0, 1, 2, 1]), (9, [3, 0, 1, 3, 1])])
def test_nobody_is_counted_beyond_what_is_asked(connection, most, expected):
    assert sizes(connection, keys, np.asarray([5, 100, -7, 5, BIG]), most).tolist() == expected


def test_nothing_asked_is_nothing_found(connection):
    none = np.zeros(0, dtype=np.int64)
    assert [len(found) for found in pairs(connection, keys, none)] == [0, 0]
    assert len(sizes(connection, keys, none)) == len(persons(connection, none)) == 0


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_numbers_go_to_the_database_and_back_to_the_bit(numbers):
    given_ = np.asarray(numbers, dtype=np.uint64)
    assert signed(given_).view(np.uint64).tolist() == numbers
