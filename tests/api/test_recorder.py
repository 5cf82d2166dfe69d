"""How the audit gets into the store."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from api import recorder
from api.problems import UnreadyError
from api.recorder import Recorder
from resolver.store import audit
from resolver.store.audit import Line


def line(number):
    return Line(datetime.now(UTC), "acme", "lee", "read", f"a{number}", (), "r1")


def written(database):
    with database.reading() as connection:
        return [one.action for one in audit.last(connection, "acme", 100)]


@pytest.fixture
def made(database, monkeypatch):
    monkeypatch.setattr(recorder, "AGAIN", 0.01)
    made = Recorder(database)
    yield made
    made.close()


def test_lines_are_written_soon_in_their_order_without_being_waited_for(made, database):
    for number in range(5):
        made.add([line(number), line(f"{number}b")])
    while len(written(database)) < 10:
        time.sleep(0.02)
    assert written(database)[:3] == ["a0", "a0b", "a1"]


def test_whoever_closes_it_loses_nothing(database):
    made = Recorder(database)
    made.add([line(1)])
    made.close()
    assert written(database) == ["a1"]


def test_one_that_was_never_used_closes_too(database):
    Recorder(database).close()


def test_lines_wait_while_the_store_refuses_and_are_written_when_it_does_not(made, database, monkeypatch):
    monkeypatch.setattr(recorder, "MOST", 2)
    with database.adding() as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO away"))
    made.add([line(1)])
    made.must_have_room()
    made.add([line(2)])
    time.sleep(0.2)
    with pytest.raises(UnreadyError, match="audit"):
        made.must_have_room()
    with database.adding() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO audit"))
    while written(database) != ["a1", "a2"]:
        time.sleep(0.02)
    made.must_have_room()
