"""A process that is killed in the middle of its work leaves a store that is whole, and the work can be done again."""

import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from resolver.paths.online import Resolver
from resolver.store.database import Database
from tests.resolver.store import victim
from tests.resolver.store.living import counts_of, dump, fresh, people, trained
from tests.servers import new_database
from tests.soak import seeds

ROOT = Path(__file__).parents[3]


def started(url, what):
    """A store in which the work can begin."""
    resolver = fresh(url, trained())
    if what == "merge":
        resolver.take(people().head(victim.RECORDS))
    return resolver


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory):
    """For each kind of work what becomes of the store when nobody is killed, its statements, and its seconds."""
    return undisturbed(lambda what: tmp_path_factory.mktemp(what) / "contacts.db")


@pytest.fixture(scope="module")
def unharmed_on_server(server, unharmed):
    """The same on a server, where other statements do it, and another number of them."""
    found = undisturbed(lambda _: new_database(server))
    assert {what: told[:2] for what, told in found.items()} == {what: told[:2] for what, told in unharmed.items()}
    return found


def undisturbed(url_of):
    found = {}
    for what, work in victim.WORK.items():
        resolver = started(url_of(what), what)
        sent, begin = victim.count(resolver), time.monotonic()
        work(resolver)
        statements, seconds = sent[0], time.monotonic() - begin
        found[what] = dump(resolver), counts_of(resolver), statements, seconds
        resolver.database.close()
    return found


def killed(url, what, statement, seconds):
    """Lets a child do the work, and kills it before a statement, or after some seconds where that is 0."""
    command = [sys.executable, "-m", "tests.resolver.store.victim", str(url), what, str(statement)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        if not statement:
            time.sleep(seconds)
            child.kill()
        assert child.wait(120) == -9


def survives(url, what, unharmed, seed):
    wanted, counts, statements, seconds = unharmed[what]
    started(url, what).database.close()
    rng = random.Random(seed)
    killed(url, what, rng.randrange(1, statements) if seed % 2 else 0, rng.uniform(0, seconds * 0.8))
    with closing(Database(str(url))) as database:
        resolver = Resolver(database)
        assert resolver.problems(deep=True) == []
        victim.WORK[what](resolver)
        assert resolver.problems(deep=True) == []
        assert dump(resolver) == wanted
        assert counts_of(resolver) == counts


@pytest.mark.parametrize("what", victim.WORK)
@pytest.mark.parametrize("seed", seeds(2, 50))
def test_who_is_killed_loses_nothing_and_doubles_nothing(what, seed, unharmed, tmp_path):
    survives(tmp_path / "contacts.db", what, unharmed, seed)


@pytest.mark.parametrize("what", victim.WORK)
@pytest.mark.parametrize("seed", seeds(1, 5))
def test_who_is_killed_on_a_server_loses_nothing_and_doubles_nothing(what, seed, unharmed_on_server, server):
    survives(new_database(server), what, unharmed_on_server, seed)
