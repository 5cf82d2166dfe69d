import numpy as np
import pytest

from resolver.paths.footing import Held
from resolver.paths.whole import Stored, Told
from resolver.store.rows import every
from rules.ruleset import SHARED_FROM
from tests.resolver.store.living import on_switchboard, people, trained


@pytest.mark.parametrize("records", [people().head(1), on_switchboard(people().head(30))], ids=["one", "many"])
def test_the_records_at_hand_tell_what_the_tables_tell(records, store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    resolver.take(records)
    with resolver.database.reading() as connection:
        held = Held.of(every(connection, ""))
        told, stored = Told(held), Stored(connection)
        numbers, values = (
            np.append(frame["number"].to_numpy().view(np.uint64), np.asarray([0, 1, 2**64 - 1], dtype=np.uint64))
            for frame in (held.keys, held.values)
        )
        for most in (1, 3, 1000):
            assert told.sizes(numbers, most).clip(0, most).tolist() == stored.sizes(numbers, most).tolist()
        assert told.persons(values).clip(0, SHARED_FROM[-1]).tolist() == stored.persons(values).tolist()
        assert told.held(values).tolist() == stored.held(values).tolist()


def test_nothing_is_told_of_no_records(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    with resolver.database.reading() as connection:
        told = Told(Held.of(every(connection, "")))
    assert told.sizes(np.asarray([7], dtype=np.uint64), 9).tolist() == [0]


def test_of_each_number_the_tables_are_asked_once(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    resolver.take(people())
    with resolver.database.reading() as connection:
        numbers = Held.of(every(connection, "")).keys["number"].to_numpy().view(np.uint64)
        stored, asked = Stored(connection), []
        connection.connection.driver_connection.set_trace_callback(asked.append)
        half, all_of_them = stored.sizes(numbers[::2], 3), stored.sizes(numbers, 3)
        assert len(asked) == 2
        assert stored.sizes(numbers[::-1], 3).tolist() == all_of_them[::-1].tolist()
        assert half.tolist() == all_of_them[::2].tolist()
        assert len(asked) == 2
        assert stored.sizes(numbers, 1).tolist() == all_of_them.clip(0, 1).tolist()
        assert len(asked) == 3
