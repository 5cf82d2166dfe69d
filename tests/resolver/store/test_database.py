import threading

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from resolver.errors import UsageError
from resolver.store.database import (
    Database,
    allot,
    among,
    bound,
    insert,
    upsert,
)
from resolver.store.journal import begin_commit
from resolver.store.sqlite import expect_much
from resolver.store.tables import commits, holders, records, settings, sharing
from tests.servers import new_database

ODD = ["", "it's", '"', "\\", "ünïcödé 李", "a,b", "{x}", "\t", "\n", "\\N", "NULL"]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("mysql://host/name", "it lives in SQLite or PostgreSQL"),
        ("no/such/folder/contacts.db", "there is no folder"),
        ("nonsense://", "store"),
        ("://", "named by a path or a URL"),
    ],
)
def test_a_name_that_means_no_store_is_refused_in_a_sentence(name, complaint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=complaint):
        Database(name)


def test_any_text_is_kept_as_it_is(database):
    with database.writing("") as connection:
        insert(connection, settings, {"name": ODD, "value": ODD[::-1]})
    with database.reading() as connection:
        assert sorted(map(tuple, connection.execute(select(settings)))) == sorted(zip(ODD, ODD[::-1], strict=True))
        for text in ODD:
            query = select(settings.c.value).where(among(settings.c.name, "names", connection))
            found = connection.execute(query, {"names": bound([text], connection)}).scalars().all()
            assert found == [ODD[::-1][ODD.index(text)]]


def test_any_number_of_values_is_one_parameter(database):
    numbers = np.concatenate((np.arange(50_000), [2**63 - 1, -(2**63)]))
    with database.writing("") as connection:
        insert(connection, holders, {"value": numbers, "record": np.ones_like(numbers)})
        query = select(holders.c.value).where(among(holders.c.value, "numbers", connection))
        found = connection.execute(query, {"numbers": bound(numbers, connection)}).scalars().all()
        assert sorted(found) == sorted(numbers.tolist())
        assert connection.execute(query, {"numbers": bound([], connection)}).all() == []


def test_rows_that_are_there_take_new_values_or_add_them(database):
    def row(records_, value=1):
        return {"value": value, "person": 2, "records": records_}

    with database.writing("") as connection:
        upsert(connection, sharing, [], ("value", "person"))
        for rows, adding in (([row(3)], ()), ([row(4), row(1, 9)], ("records",)), ([row(5, 9)], ())):
            upsert(connection, sharing, rows, ("value", "person"), adding)
        found = connection.execute(select(sharing.c.value, sharing.c.records).order_by(sharing.c.value)).all()
    assert found == [(1, 7), (9, 5)]


def test_numbers_are_never_given_twice_whatever_is_deleted(database):
    with database.writing("") as connection:
        first = allot(connection, records, 3)
        row = dict.fromkeys(("source", "name", "content", "normalised"), "")
        rows = [
            {**row, "number": n, "name": str(n), "record_id": str(n), "tenant": "", "keys": b"", "values": b""}
            for n in first
        ]
        connection.execute(records.insert(), [{**one, "mark": 0, "person": 0, "met": True, "reach": 0} for one in rows])
        connection.execute(records.delete())
    with database.writing("") as connection:
        again = allot(connection, records, 2)
        assert allot(connection, records, 0) == []
    assert first == sorted(set(first))
    assert min(again) > max(first)


def test_an_error_leaves_nothing_behind(database):
    def fail():
        with database.writing("") as connection:
            connection.execute(settings.insert().values(name="a", value="b"))
            raise UsageError("no")

    with pytest.raises(UsageError):
        fail()
    with database.reading() as connection:
        assert connection.execute(select(settings)).all() == []


def test_what_is_only_tried_does_not_stay(database):
    with database.trying("") as connection:
        connection.execute(settings.insert().values(name="a", value="b"))
        assert len(connection.execute(select(settings)).all()) == 1
    with database.reading() as connection:
        assert connection.execute(select(settings)).all() == []


def test_a_reader_sees_one_moment_beside_a_writer(database):
    with database.reading() as reader:
        assert reader.execute(select(settings)).all() == []
        with database.writing("") as writer:
            writer.execute(settings.insert().values(name="a", value="b"))
        assert reader.execute(select(settings)).all() == []
    with database.reading() as reader:
        assert len(reader.execute(select(settings)).all()) == 1


def test_writers_of_one_tenant_come_one_after_the_other(database):
    order = []
    inside, go_on = threading.Event(), threading.Event()

    def first():
        with database.writing("one") as connection:
            begin_commit(connection, "one", "first")
            inside.set()
            go_on.wait(10)
            order.append("first")

    def second():
        with database.writing("one") as connection:
            order.append("second")
            begin_commit(connection, "one", "second")

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert inside.wait(10)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert order == ["first", "second"]
    with database.reading() as connection:
        assert connection.execute(select(commits.c.what).order_by(commits.c.at)).scalars().all() == order


def test_a_reader_cannot_write_on_a_server(database):
    if database.is_sqlite:
        pytest.skip("SQLite does not tell readers from writers")
    with pytest.raises(DBAPIError), database.reading() as connection:
        connection.execute(settings.insert().values(name="a", value="b"))


def test_a_server_is_not_told_what_to_keep_in_memory(server):
    database = Database(new_database(server))
    with database.writing("") as connection:
        expect_much(connection)
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    database.close()
