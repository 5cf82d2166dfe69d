"""Many who create one person at once, under many spellings and in many processes: one entity, nothing done twice."""

import random
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from resolver.paths.creating import OnDuplicate, Wish
from resolver.paths.freezing import freeze
from resolver.paths.online import Resolver
from resolver.paths.options import Options
from resolver.store import access
from resolver.store.answers import Answer, Asked
from resolver.store.database import Database
from rules.ruleset import Ruleset
from tests.resolver.store.living import contact, fresh, people
from tests.servers import new_database
from tests.soak import SOAK

ROOT = Path(__file__).parents[2]
MANY = 24 if SOAK is None else 200
AT_ONCE = 12
WORKERS = 4
PATIENCE = 300
"""Seconds in which everything has to be over, however busy the machine is."""
GIVEN = ("Ann", "ANN", "Anne", "Annie", "ann", "Ànn")
FAMILY = ("Lee", "LEE", "lee", "Lée")
EMAILS = ("ann.lee@x.com", "Ann.Lee@X.com", " ann.lee@x.com ", "mailto:ann.lee@x.com")
PHONES = ("+1 312 555 0188", "+1 (312) 555-0188", "+13125550188", "001 312 555 0188")
CODES = {201, 200, 409}


def spelled(number):
    """One of many ways to write down the same person."""
    rng = random.Random(number)
    return {
        "given_name": rng.choice(GIVEN),
        "family_name": rng.choice(FAMILY),
        "email": rng.choice(EMAILS),
        "phone": rng.choice(PHONES),
    }


def wish(number):
    """One in four writes the record, which keeps an address from being held by too many to tell anything."""
    return OnDuplicate.ALERT if number % 4 else OnDuplicate.ATTACH


@pytest.fixture(scope="module")
def frozen():
    """A model with the caps that it was trained with: the other tests' small ones would take so many records apart."""
    return freeze(people(), Ruleset.default(), Options(), "")


def is_once(statuses, resolver):
    """One was created, all others were told so, and the store is as a batch over the same records would have it."""
    assert set(statuses) <= CODES
    assert statuses.count(201) == 1
    anns = [entity for entity in resolver.entities() if entity.golden.get("email") == "ann.lee@x.com"]
    assert [len(entity.records) for entity in anns] == [1 + statuses.count(200)]
    assert resolver.problems(deep=True) == []


@contextmanager
def serving(url):
    """The address of a server of several processes over a store, and what runs it."""
    command = [sys.executable, "-m", "api", "serve", "--db", url, "--port", "0", "--workers", str(WORKERS)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        try:
            line = server.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert address, line
            yield address[0], psutil.Process(server.pid)
        finally:
            server.terminate()
            server.communicate(timeout=PATIENCE)


def workers_of(server):
    """The processes that answer: those that load the engine."""
    return [one for one in server.children(recursive=True) if one.memory_info().rss > 60_000_000]


def must_become(true):
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


class Form:
    """Somebody who creates contacts, and asks again under the same key when no answer comes."""

    def __init__(self, client):
        self.client = client

    def create(self, number):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = self.client.post(
                    "/v1/contacts",
                    params={"on_duplicate": wish(number), "source": "form"},
                    headers={"Idempotency-Key": f"ann-{number}"},
                    json={"record": spelled(number)},
                )
                if answer.status_code not in (429, 503):
                    return answer
            except httpx.TransportError:
                pass  # whoever was to answer is no more
            time.sleep(0.1)
        raise AssertionError("no answer came")


@contextmanager
def asking(address, key):
    """A form that asks a server with a key."""
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE) as client:
        yield Form(client)


@pytest.fixture
def store_on_server(server, frozen):
    """A store on PostgreSQL with some people, and a key to it."""
    url = new_database(server)
    resolver = fresh(url, frozen)
    resolver.take(people().head(40))
    with resolver.database.writing("") as connection:
        key = access.make(connection, access.drawn("", access.Role.MATCH, "a form"))
    resolver.database.close()
    return url, key


@pytest.mark.parametrize("killing", [True] if SOAK is None else [False, True])
def test_one_person_created_by_many_processes_is_one_entity_even_if_one_is_killed(store_on_server, killing):
    url, key = store_on_server
    with serving(url) as (address, server), asking(address, key) as form, ThreadPoolExecutor(AT_ONCE) as pool:
        must_become(lambda: len(workers_of(server)) == WORKERS)
        first = [pool.submit(form.create, number) for number in range(MANY)]
        if killing:
            must_become(lambda: sum(one.done() for one in first) >= MANY // 3)
            workers_of(server)[0].kill()
        answers = [one.result() for one in first]
        again = [one.result() for one in [pool.submit(form.create, number) for number in range(MANY)]]
    for once, twice in zip(answers, again, strict=True):
        assert (once.status_code, once.content) == (twice.status_code, twice.content)
        assert twice.headers["Idempotency-Replayed"] == "true"
    with closing(Database(url)) as database:
        is_once([one.status_code for one in answers], Resolver(database))


def told(outcome):
    if outcome.entity is None:
        return Answer(409, outcome.rule)
    return Answer(201 if outcome.is_new else 200, outcome.entity.entity_id)


def test_one_person_created_by_many_threads_is_one_entity(tmp_path, frozen):
    path = tmp_path / "contacts.db"
    with closing(fresh(path, frozen).database) as database:
        Resolver(database).take(people().head(40))

        def create(number):
            said = spelled(number)
            person = contact(str(number), said["given_name"], said["family_name"], said["email"], said["phone"])
            return Resolver(database).create(
                Wish(person, wish(number), "a form"), told, Asked(str(number), "the same", "a form")
            )

        with ThreadPoolExecutor(AT_ONCE) as pool:
            # each asks twice at once
            answers = list(pool.map(create, [number for number in range(MANY) for _ in range(2)]))
        once, twice = answers[::2], answers[1::2]
        assert [answer for answer, _ in once] == [answer for answer, _ in twice]
        assert all(one != other for (_, one), (_, other) in zip(once, twice, strict=True))
        is_once([answer.status for answer, _ in once], Resolver(database))
