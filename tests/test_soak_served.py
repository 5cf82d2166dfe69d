"""A served store under a mixed load: killed again and again, and large. What was acknowledged is there, and once.

SOAK_SECONDS: how long each lasts. SOAK_RECORDS: how large the large one is.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from random import Random

import httpx
import polars as pl
import psutil
import pytest

from benchmarks.generate import generate
from resolver.paths.online import Resolver
from resolver.store import access
from resolver.store.database import Database
from tests.api.test_commands import environment
from tests.crowd import PATIENCE, Crowd
from tests.resolver.store.living import fresh, people, trained
from tests.soak import SOAK, seeds
from tests.terminal import free_port

RECORDS = int(os.environ.get("SOAK_RECORDS", "1000000"))
LASTING = int(os.environ.get("SOAK_SECONDS", "600"))
KILLED = min(LASTING, 120)
"""Seconds in which servers are killed: by then each has died some dozens of times."""
LOADED = 400
"""Records of a file that is loaded beside, by a process that is killed as well."""
OURS = [sys.executable, "-m", "api"]

pytestmark = pytest.mark.skipif(SOAK is None, reason="it takes minutes: make soak does")


def ours(*words, cwd):
    """A command of ours that has all the time it needs."""
    done = subprocess.run([*OURS, *words], cwd=cwd, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def key_to(database):
    with database.writing("") as connection:
        return access.make(connection, access.drawn("", access.Role.STEWARD, "a crowd"))


class Served:
    """A server on one port, through all its lives."""

    def __init__(self, url, folder, workers):
        self.folder, self.port, self.deaths = folder, free_port(), 0
        self.command = [*OURS, "serve", "--db", url, "--port", self.port, "--workers", str(workers)]
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        with (self.folder / "server.txt").open("a") as said:
            self.process = subprocess.Popen(self.command, cwd=self.folder, env=environment(), stdout=said, stderr=said)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"{self.address}/v1/ready").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "server.txt").read_text()[-2000:])

    def workers(self):
        return [one for one in psutil.Process(self.process.pid).children() if is_worker(one)]

    def kill(self, rng):
        """Kills one worker, whom the server replaces; or all there is, and begins anew."""
        self.deaths += 1
        workers = self.workers()
        if workers and rng.random() < 0.7:
            rng.choice(workers).kill()
            return
        self.process.kill()
        for one in workers:
            one.kill()
        psutil.wait_procs(workers)
        self.process.wait()
        self.start()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)


def is_worker(process):
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # it was killed a moment ago
        return False


@contextmanager
def served(url, folder, workers):
    server = Served(url, folder, workers)
    try:
        yield server
    finally:
        server.end()


class Loading(threading.Thread):
    """Loads a file again and again, and kills who does it, until it is told to stop."""

    def __init__(self, command, folder, rng):
        super().__init__(name="loading")
        self.command, self.folder, self.rng, self.deaths = command, folder, rng, 0
        self.stop = threading.Event()

    def run(self):
        while not self.stop.is_set():
            with subprocess.Popen(
                self.command, cwd=self.folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as process:
                self.stop.wait(self.rng.uniform(0.5, 6))
                self.deaths += process.poll() is None
                process.kill()


def is_as_promised(crowd, url, others):
    """Every acknowledged write is there once, and nothing else is."""
    with closing(Database(url)) as database:
        assert sorted(held(database)) == sorted([*crowd.keys(), *others])


def held(database):
    """The records of a store, with whether each was deleted."""
    records = Resolver(database).records()
    nobody = pl.lit(value=False)
    deleted = pl.col("deleted").fill_null(nobody) if "deleted" in records.columns else nobody
    return records.select("source", "record_id", deleted).rows()


@pytest.mark.parametrize("seed", seeds(1, 1))
def test_who_is_killed_under_load_loses_nothing_and_doubles_nothing(url, tmp_path, seed, record_property):
    url, rng = str(url), Random(seed)
    with closing(fresh(url, trained()).database) as database:
        Resolver(database).take(people().head(100))
        key = key_to(database)
        others = held(database)
    generate(LOADED, seed).drop("truth_id", "source").write_csv(tmp_path / "file.csv")
    load = ["load", "file.csv", "--db", url, "--source", "file"]
    workers = 2 if "postgresql" in url else 1
    loading = Loading([*OURS, *load], tmp_path, rng)
    with served(url, tmp_path, workers) as server, Crowd(server.address, key, KILLED, seed) as crowd:
        crowd.start()
        loading.start()
        until = time.monotonic() + KILLED
        while time.monotonic() < until:
            time.sleep(rng.uniform(0.3, 4))
            server.kill(rng)
        loading.stop.set()
        loading.join()
        crowd.join()
        crowd.must_find_all()
        record_property(
            "told", f"killed {server.deaths} servers and {loading.deaths} loads on {url.split(':')[0]}: {crowd.told()}"
        )
    ours(*load, cwd=tmp_path)
    is_as_promised(crowd, url, [*others, *(("file", name, False) for name in names(tmp_path / "file.csv"))])
    ours("db", "check", "--deep", "--db", url, cwd=tmp_path)


def names(file):
    """The ids of the rows of a file, of which the first cell is one."""
    return [line.partition(",")[0] for line in file.read_text().splitlines()[1:]]


@pytest.mark.parametrize("seed", seeds(1, 1))
def test_a_large_store_is_whole_after_a_long_mixed_load(tmp_path, seed, record_property):
    url = str(tmp_path / "contacts.db")
    file = tmp_path / "people.parquet"
    generate(RECORDS, seed).drop("truth_id").write_parquet(file)
    begun = time.monotonic()
    ours("load", str(file), "--db", url, cwd=tmp_path)
    loaded = time.monotonic() - begun
    with closing(Database(url)) as database:
        others = held(database)
        key = key_to(database)
    assert len(others) == len(set(others)) == RECORDS
    with served(url, tmp_path, 1) as server, Crowd(server.address, key, LASTING, seed) as crowd:
        crowd.start()
        crowd.join()
        crowd.must_find_all()
    is_as_promised(crowd, url, others)
    begun = time.monotonic()
    ours("db", "check", "--deep", "--db", url, cwd=tmp_path)
    record_property(
        "told",
        f"{RECORDS:,} records, loaded in {loaded:.0f} s, checked in {time.monotonic() - begun:.0f} s; "
        f"in {LASTING} s {crowd.told()}",
    )
