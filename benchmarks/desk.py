"""How long the desk takes: `python -m benchmarks.desk --rows 1000000 [--decisions 150] [--write]`.

A generated file of contacts is loaded, and thresholds are put in force between which far more is asked than anybody
would ask, so that the queue is long. Then a server of one process is started on the store, and a steward looks at the
queue and decides one case after the other, each with the next one in the answer. Times are by the clock, over HTTP.
"""

import argparse
import html
import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from benchmarks.generate import generate
from benchmarks.latency import PAGE, SEED, Times, table
from benchmarks.quality.page import replaced
from benchmarks.serving import server
from resolver import review
from resolver.paths.online import Resolver
from resolver.paths.rekeying import put_in_force
from resolver.paths.ruling import with_thresholds
from resolver.sources.inputs import read
from resolver.store.cases import Wanted
from resolver.store.migrate import must_fit

ASKED: Final = {"review": 0.3, "match": 0.95}
"""Between these probabilities it is asked."""
VERDICTS: Final = ("different", "unsure", "same")
CASE: Final = re.compile(r"/steward/cases/[0-9a-f]{16}")
SHOWN: Final = 20
"""Times that the queue is looked at, and a case."""


class Steward:
    """Somebody at the desk of an open server, as their browser would ask."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}
        self.seconds = 0.0
        page = self.ask("/steward/sign-in")
        self.ask("/steward/sign-in", {"csrf": _said(page, "csrf"), "name": "bench"})

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> str:
        """Gets a page, or sends a form as the script of a page does; `seconds` is what the answer took."""
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": held, "Content-Type": "application/x-www-form-urlencoded"}
        if form is not None and "verdict" in form:
            headers |= {"HX-Request": "true", "HX-Boosted": "true"}
        begin = time.perf_counter()
        self.connection.request("GET" if form is None else "POST", path, urlencode(form or {}), headers)
        answer = self.connection.getresponse()
        said = answer.read().decode()
        self.seconds = time.perf_counter() - begin
        if answer.status not in (200, 303):
            raise RuntimeError(f"{path}: {answer.status} {said[:300]!r}")
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return said

    def close(self) -> None:
        """Leaves."""
        self.connection.close()

    def decide(self, page: str, verdict: str) -> str:
        """Decides the case of a page; the page of the next one."""
        action = re.search(r'action="(/steward/cases/[0-9a-f]{16}/decision[^"]*)"', page)
        if action is None:
            raise RuntimeError("the page has no case to decide")
        told = {"csrf": _said(page, "csrf"), "version": _said(page, "version"), "verdict": verdict}
        return self.ask(html.unescape(action[1]), told)


def _said(page: str, name: str) -> str:
    """What a hidden field of a page holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise RuntimeError(f"the page has no field {name}")
    return html.unescape(found[1])


def ask_much(url: str) -> int:
    """Puts thresholds in force between which much is asked. Returns how many cases there are then."""
    resolver = Resolver(url)
    with resolver.database.writing(resolver.tenant) as connection:
        present = resolver.frozen(connection)
        put_in_force(connection, replace(present, rules=with_thresholds(present.rules, ASKED)), "bench")
    found = review.counts(resolver, Wanted())["all"]
    resolver.database.close()
    return sum(found.values())


def decided(url: str, decisions: int) -> list[Times]:
    """Starts a server on a store, looks at its queue, and decides that many cases, one after the other."""
    with server(url) as port, closing(Steward(port)) as steward:
        queue, shown = [], []
        for _ in range(SHOWN):
            page = steward.ask("/steward/queue")
            queue.append(steward.seconds)
        (first, *others) = dict.fromkeys(CASE.findall(page))
        for case in (*others[:SHOWN], first):
            page = steward.ask(case)
            shown.append(steward.seconds)
        took: dict[str, list[float]] = {verdict: [] for verdict in VERDICTS}
        for number in range(decisions):
            verdict = VERDICTS[number % len(VERDICTS)]
            page = steward.decide(page, verdict)
            took[verdict].append(steward.seconds)
    every = [seconds for each in took.values() for seconds in each]
    each = [Times(f"decide: {verdict}", tuple(seconds)) for verdict, seconds in took.items()]
    return [
        Times("the queue", tuple(queue)),
        Times("a case", tuple(shown)),
        *each,
        Times("decide, all", tuple(every)),
    ]


def main(told: Sequence[str] | None = None) -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.desk", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000, help="records that are loaded first")
    parser.add_argument("--decisions", type=int, default=150, help="cases that are decided")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    asked = parser.parse_args(told)
    with tempfile.TemporaryDirectory() as folder:
        url = str(Path(folder) / "desk.db")
        store = Resolver(url)
        must_fit(store.database)
        print(f"loading {asked.rows:,} records", file=sys.stderr)
        store.take(read([generate(asked.rows, SEED).drop("truth_id")]).records)
        store.database.close()
        print("asking more", file=sys.stderr)
        cases = ask_much(url)
        found = decided(url, asked.decisions)
    part = table(found, f"python -m benchmarks.desk --rows {asked.rows} --decisions {asked.decisions}")
    part += f"\n\nWith {cases:,} open cases."
    print(part)
    if asked.write:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), {"desk": part}), encoding="utf-8")


if __name__ == "__main__":
    main()
