import threading

import pytest

from resolver.store import sqlite
from resolver.store.database import Database
from resolver.store.sqlite import CACHE, LARGE_CACHE, checkpoint, expect_much


def written(database, text):
    with database.writing("") as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS words (text TEXT)")
        connection.exec_driver_sql("INSERT INTO words VALUES (?)", (text,))


def until_brought():
    for thread in threading.enumerate():
        if thread.name == "checkpoint":
            thread.join(30)


def test_what_is_deleted_in_sqlite_is_overwritten(tmp_path):
    made = Database(str(tmp_path / "x.db"))
    with made.reading() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("secure_delete", "foreign_keys")]
    assert pragmas == [1, 1]
    made.close()


def test_who_writes_much_keeps_more_in_memory_till_the_connection_is_given_back(tmp_path):
    database = Database(str(tmp_path / "contacts.db"))

    def cache(connection):
        return f"PRAGMA cache_size={connection.exec_driver_sql('PRAGMA cache_size').scalar()}"

    with database.writing("") as connection:
        assert cache(connection) == CACHE
        expect_much(connection)
        assert cache(connection) == LARGE_CACHE
    for _ in range(2):
        with database.writing("") as connection:
            assert cache(connection) == CACHE
    database.close()


def test_what_one_writes_who_writes_much_is_brought_into_the_file_behind_the_commit(tmp_path):
    path = tmp_path / "contacts.db"
    database = Database(str(path))
    with database.writing("") as connection:
        expect_much(connection)
        connection.exec_driver_sql("CREATE TABLE much (text TEXT)")
        connection.exec_driver_sql("INSERT INTO much VALUES (?)", ("x" * 1_000_000,))
    until_brought()
    assert b"x" * 1000 in path.read_bytes()
    database.close()


def test_a_log_that_cannot_be_brought_into_the_file_is_told_of(tmp_path, caplog):
    checkpoint(str(tmp_path / "nowhere" / "contacts.db"))
    assert "the write-ahead log could not be brought into the database" in caplog.text


@pytest.mark.parametrize(("every", "is_there"), [(0.0, True), (1000.0, False)])
def test_what_small_commits_write_is_brought_into_the_file_every_so_often(tmp_path, monkeypatch, every, is_there):
    monkeypatch.setattr(sqlite, "EVERY", every)
    path = tmp_path / "100% of contacts.db"
    database = Database(str(path))
    written(database, "said of Ann")
    until_brought()
    assert (b"said of Ann" in path.read_bytes()) == is_there
    database.close()


def test_who_only_reads_or_takes_back_leaves_the_log_alone(tmp_path, monkeypatch):
    database = Database(str(tmp_path / "contacts.db"))
    written(database, "said of Ann")
    monkeypatch.setattr(sqlite, "EVERY", 0.0)
    begun = []
    monkeypatch.setattr(sqlite, "checkpoint", begun.append)
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT text FROM words").scalar() == "said of Ann"
    until_brought()
    assert begun == []
    written(database, "said of Bob")
    until_brought()
    assert begun == [str(tmp_path / "contacts.db")]
    database.close()


def test_a_reader_keeps_the_log_from_nobody_who_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "EVERY", 0.0)
    database = Database(str(tmp_path / "contacts.db"))
    written(database, "one")
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM words").scalar() == 1
        for word in ("two", "three"):
            written(database, word)
            until_brought()
        assert connection.exec_driver_sql("SELECT count(*) FROM words").scalar() == 1
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM words").scalar() == 3
    database.close()
