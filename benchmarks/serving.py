"""How long a server process takes to answer, asked over HTTP by one client and by several at a time."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final

from resolver.contact import Contact

MANY: Final = 16
"""Clients that ask at the same time."""
MOST: Final = 64
"""As many as a worker takes in at a time; they write."""
HEADERS: Final = {"Content-Type": "application/json"}
NOT_IN_A_RECORD: Final = {"source", "record_id", "tenant"}


@dataclass(frozen=True)
class Served:
    """Requests of one kind: how long each took, and how long all took, in seconds."""

    name: str
    seconds: tuple[float, ...]
    whole: float

    @property
    def a_second(self) -> float:
        """Requests that were answered each second."""
        return len(self.seconds) / self.whole


def ask_server(db: str, asked: Sequence[Contact], written: Sequence[Contact]) -> list[Served]:
    """Starts a server of one process on a store, and asks it. asked: whom to match. written: records to put."""
    with server(db) as port:
        matches = [("POST", "/v1/match", {"record": _record(person)}) for person in asked]
        puts = [
            ("PUT", f"/v1/sources/bench/records/{person.record_id}", {"record": _record(person)}) for person in written
        ]
        _run("warming up", port, matches[:20], 1)
        alone, rest = len(asked) // 8, len(puts) // 2
        return [
            _run("POST /v1/match, one client", port, matches, 1),
            _run(f"POST /v1/match, {MANY} clients", port, matches, MANY),
            _run("PUT a record, one client", port, puts[:alone], 1),
            _run(f"PUT a record, {MANY} clients", port, puts[alone:rest], MANY),
            _run(f"PUT a record, {MOST} clients", port, puts[rest:], MOST),
        ]


@contextmanager
def server(db: str) -> Iterator[int]:
    """The port of a server process on this machine, until it is no longer needed."""
    told = {"RESOLVER_REQUESTS_PER_SECOND": "1000000", "RESOLVER_BURST": "1000000"}
    command = [sys.executable, "-m", "api", "serve", "--db", db, "--port", "0"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=os.environ | told
    ) as process:
        try:
            assert process.stderr is not None
            port = _port(process.stderr)
            # its log is read on, or it would wait for somebody who does
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield port
        finally:
            process.terminate()


def _port(said: Any) -> int:
    for line in said:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if found:
            return int(found[1])
    raise RuntimeError("the server did not start")


def _record(person: Contact) -> dict[str, Any]:
    said = person.model_dump(mode="json", exclude_none=True, exclude=NOT_IN_A_RECORD)
    return {name: value for name, value in said.items() if value != []}


def _run(name: str, port: int, requests: Sequence[tuple[str, str, Any]], clients: int) -> Served:
    """Each client has a connection of its own and asks again as soon as it is answered."""
    print(name, file=sys.stderr)
    own = threading.local()

    def ask(request: tuple[str, str, Any]) -> float:
        if not hasattr(own, "connection"):
            own.connection = HTTPConnection("127.0.0.1", port, timeout=120)
        method, path, body = request
        data = json.dumps(body)
        begin = time.perf_counter()
        own.connection.request(method, path, data, HEADERS)
        answer = own.connection.getresponse()
        said = answer.read()
        seconds = time.perf_counter() - begin
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:300]!r}")
        return seconds

    begin = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        seconds = tuple(threads.map(ask, requests))
    return Served(name, seconds, time.perf_counter() - begin)
