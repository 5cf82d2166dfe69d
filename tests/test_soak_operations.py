"""A store in bad times: no room on the disk, nothing may be written, a clock that jumps, many who work at once."""

import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta
from random import Random

import psycopg
import pytest
from sqlalchemy import event, select

from resolver.errors import ResolverError, UsageError
from resolver.paths.online import Resolver
from resolver.store import journal
from resolver.store.database import Database
from resolver.store.opening import faults
from resolver.store.tables import commits
from tests.api.test_commands import environment, run
from tests.resolver.store.living import ANN, BOB, counts_of, dump, frame, fresh, people, trained
from tests.servers import new_database
from tests.soak import SOAK, seeds

FEW = 60
ENOUGH = 100_000
"""Bytes in which a load may find room; how many it takes depends on what databases and programs write."""
SECONDS = 4 if SOAK is None else 600
"""How long many work at once."""
WORKERS = 4
LOAD = [sys.executable, "-m", "api", "load", "more.csv", "--db", "contacts.db", "--source", "crm"]


def started(url, records=FEW):
    """A store with some people."""
    resolver = fresh(url, trained())
    resolver.take(people().head(records))
    return resolver


def whole(resolver):
    """Nothing is wrong with a store, by its own check and by a batch over all."""
    return resolver.problems(deep=True) == []


@pytest.mark.parametrize("room", [4_096] if SOAK is None else [*range(0, 400_000, 20_000)])
def test_a_load_that_finds_no_room_is_told_in_a_line_and_changes_nothing(tmp_path, room):
    with closing(started(tmp_path / "contacts.db").database) as database:
        resolver = Resolver(database)
        before, counts = dump(resolver), counts_of(resolver)
    rows = "".join(f"n{number},Kim,Moss{number},kim{number}@moss{number}.org\n" for number in range(400))
    (tmp_path / "more.csv").write_text(f"id,first name,last name,email\n{rows}")
    largest = max(file.stat().st_size for file in tmp_path.glob("contacts.db*")) + room

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    failed = subprocess.run(
        LOAD, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False, preexec_fn=full
    )
    if room > ENOUGH and failed.returncode == 0:
        with closing(Database(str(tmp_path / "contacts.db"))) as database:
            assert whole(Resolver(database))
        return
    assert failed.returncode == 2, failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("resolver: contacts.db "), failed.stderr
    assert "Traceback" not in failed.stderr
    with closing(Database(str(tmp_path / "contacts.db"))) as database:
        resolver = Resolver(database)
        assert (dump(resolver), counts_of(resolver)) == (before, counts)
        assert whole(resolver)
    assert run(*LOAD[3:], cwd=tmp_path).returncode == 0


def test_a_server_that_may_not_write_answers_and_takes_nothing(server):
    url = new_database(server)
    with closing(started(url).database) as database:
        before = dump(Resolver(database))
    role = f"reader_{os.urandom(6).hex()}"
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (f"CREATE ROLE {role} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"):
            connection.execute(statement.encode())
    with closing(Database(url.replace("tester@", f"{role}@"))) as database:
        resolver = Resolver(database)
        assert resolver.match(ANN) is not None
        with pytest.raises(UsageError, match="does not allow that"), faults(url):
            resolver.upsert(BOB)
        assert dump(resolver) == before
        assert resolver.problems() == []


def test_a_server_that_is_read_only_answers_and_takes_nothing(server, tmp_path):
    url = new_database(server)
    with closing(started(url).database) as database:
        before = dump(Resolver(database))
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    with closing(Database(url)) as database:
        resolver = Resolver(database)
        assert resolver.match(ANN) is not None
        with pytest.raises(UsageError, match="cannot be written to"), faults(url):
            resolver.upsert(BOB)
        assert dump(resolver) == before
    listed = run("users", "list", "--db", url, cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    failed = run("keys", "create", "--db", url, "--role", "read", "--name", "x", cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr.splitlines()[-1].endswith("cannot be written to")


def test_a_file_that_may_not_be_written_answers_and_takes_nothing(tmp_path):
    with closing(started(tmp_path / "contacts.db").database) as database:
        before = dump(Resolver(database))
    with closing(Database(str(tmp_path / "contacts.db"))) as database:
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only=ON"))
        resolver = Resolver(database)
        assert resolver.match(ANN) is not None
        with pytest.raises(UsageError, match="cannot be written to"), faults("contacts.db"):
            resolver.upsert(BOB)
        assert dump(resolver) == before


class Jumping(datetime):
    """A clock that goes wrong by days in both directions."""

    offsets = Random(0)

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(seconds=cls.offsets.uniform(-300_000, 300_000))


@pytest.mark.parametrize("seed", seeds(2, 50))
def test_a_clock_that_jumps_changes_no_order(database, monkeypatch, seed):
    monkeypatch.setattr(journal, "datetime", Jumping)
    monkeypatch.setattr(Jumping, "offsets", Random(seed))
    resolver = Resolver(database)
    resolver.use(trained())
    rng, records = Random(seed), people().head(FEW)
    states = []
    for place in range(0, FEW, 10):
        resolver.take(records.slice(place, 10))
        if rng.random() < 0.5:
            resolver.delete(*records.slice(place, 2).select("source", "record_id").iter_rows())
        with database.reading() as connection:
            moments = [
                journal.aware(at)
                for at in connection.execute(select(commits.c.at).order_by(commits.c.number)).scalars()
            ]
        assert moments == sorted(set(moments))
        states.append((moments[-1], dump(resolver)))
    assert all(dump(resolver, at) == state for at, state in states)
    assert whole(resolver)


class Crowd:
    """Threads that match, write, delete, merge and take back, each on a resolver of its own, until the time is over."""

    def __init__(self, url, seed):
        self.url, self.seed, self.until = str(url), seed, time.monotonic() + SECONDS
        self.done, self.wrong = [0] * WORKERS, []

    def work(self, number):
        rng, records = Random(self.seed * 1000 + number), people().head(FEW * 2)
        with closing(Database(self.url)) as database:
            resolver = Resolver(database)
            while time.monotonic() < self.until and not self.wrong:
                try:
                    self.step(resolver, rng, records.slice(rng.randrange(len(records)), 1))
                    self.done[number] += 1
                except ResolverError:
                    continue  # somebody else was there first
                except Exception as error:
                    self.wrong.append(error)

    def step(self, resolver, rng, record):
        key = record.select("source", "record_id").row(0)
        what = rng.random()
        if what < 0.4:
            resolver.match(rng.choice([ANN, BOB]))
        elif what < 0.75:
            resolver.take(record)
        elif what < 0.85:
            resolver.delete(key)
        else:
            ids = [entity.entity_id for entity in resolver.entities()]
            if len(ids) > 1:
                act = resolver.merge(*rng.sample(ids, 2), who="ann").act
                if rng.random() < 0.7:
                    resolver.undo(act, who="ann")

    def run(self):
        threads = [threading.Thread(target=self.work, args=(number,)) for number in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.wrong == []
        assert sum(self.done) >= WORKERS, self.done


@pytest.mark.parametrize("seed", seeds(1, 1))
def test_a_store_is_whole_after_many_worked_at_it_at_once(url, tmp_path, seed):
    with closing(started(url).database) as database:
        Resolver(database).take(frame(ANN, BOB))
    Crowd(url, seed).run()
    with closing(Database(str(url))) as database:
        assert whole(Resolver(database))
    checked = run("db", "check", "--db", url, cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
