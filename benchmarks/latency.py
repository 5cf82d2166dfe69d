"""How long a store takes to learn and to answer: `python -m benchmarks.latency --rows 1000000 --more 10000 [--write]`.

A generated file of contacts is loaded but for its last rows; these are added in one go, then a few of the next one by
one, all in this process. Another one, which holds nothing else, matches contacts against the store, after as many
others that are not timed. Then a server of one process is started on the store and asked by one client and by several.
Times are by the clock.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks.generate import generate
from benchmarks.quality.page import replaced
from benchmarks.serving import ask_server
from benchmarks.speed.machine import machine
from resolver.contact import Contact
from resolver.memory import be_frugal
from resolver.paths.online import Resolver
from resolver.sources.inputs import read
from resolver.store.documents import lines
from resolver.store.migrate import must_fit

PAGE: Final = Path(__file__).with_name("RESULTS.md")
ALONE: Final = 100
"""Contacts that are added one by one."""
PUTS: Final = 8
"""Records that are put for each contact that is matched: what goes on for a while is another thing than what begins."""
SEED: Final = 7


@dataclass(frozen=True)
class Times:
    """What was timed, in seconds each."""

    name: str
    seconds: tuple[float, ...]
    a_second: float | None = None

    def line(self) -> str:
        """A row of the table."""
        middle, last, most = (float(np.quantile(self.seconds, share)) for share in (0.5, 0.99, 1.0))
        if len(self.seconds) == 1:
            return f"| {self.name} | {middle:,.1f} s | | | |"
        times = " | ".join(f"{1000 * seconds:,.1f} ms" for seconds in (middle, last, most))
        return f"| {self.name} | {times} | {'' if self.a_second is None else f'{self.a_second:,.0f}'} |"


def measure(rows: int, more: int, matches: int, url: str) -> list[Times]:
    """Loads, adds and matches, in this process and over HTTP. url: an empty store; a file that is removed again, where
    none is named."""
    records = read([generate(rows + more + ALONE + (2 + PUTS) * matches, SEED).drop("truth_id")]).records
    people, others, written = (
        contacts(records.slice(rows + more + ALONE + begin * matches, many * matches))
        for begin, many in ((0, 1), (1, 1), (2, PUTS))
    )
    with tempfile.TemporaryDirectory() as folder:
        url = url or str(Path(folder) / "latency.db")
        store = Resolver(url)
        must_fit(store.database)
        first = _timed(f"load {rows:,} records into an empty store", [partial(store.take, records.head(rows))])
        added = _timed(f"add {more:,} records", [partial(store.take, records.slice(rows, more))])
        alone = [partial(store.take, records.slice(rows + more + row, 1)) for row in range(ALONE)]
        each = _timed("add one record", alone)
        store.database.close()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=be_frugal) as another:
            matched = another.submit(_matched, url, people, others).result()
        served = [Times(one.name, one.seconds, one.a_second) for one in ask_server(url, people, written)]
    return [first, added, each, matched, *served]


def _matched(url: str, people: Sequence[Contact], others: Sequence[Contact]) -> Times:
    """Matches people against a store, as a process does that has matched others before."""
    store = Resolver(url)
    for other in others:
        store.match(other)
    matched = _timed("match one contact", [partial(store.match, person) for person in people])
    store.database.close()
    return matched


def contacts(records: pl.DataFrame) -> list[Contact]:
    """RECORDS as contacts, without what only files have."""
    held = records.select(name for name in records.columns if name in Contact.model_fields)
    return [Contact.model_validate_json(line) for line in lines(held)]


def _timed(name: str, calls: Sequence[Callable[[], Any]]) -> Times:
    print(name, file=sys.stderr)
    seconds = []
    for call in calls:
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return Times(name, tuple(seconds))


def table(found: Sequence[Times], command: str) -> str:
    """The results as Markdown."""
    head = ["| what | median | 99 in 100 | most | a second |", "|---|---|---|---|---|"]
    return "\n".join([f"`{command}` on {machine()}", "", *head, *(times.line() for times in found)])


def main(told: Sequence[str] | None = None) -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.latency", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000, help="records that are loaded first")
    parser.add_argument("--more", type=int, default=10_000, help="records that are added in one go")
    parser.add_argument("--matches", type=int, default=300, help="contacts that are matched")
    parser.add_argument("--db", default="", help="an empty store to use, for example on PostgreSQL")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    asked = parser.parse_args(told)
    be_frugal()  # as every command of ours is
    found = measure(asked.rows, asked.more, asked.matches, asked.db)
    part = table(
        found, f"python -m benchmarks.latency --rows {asked.rows} --more {asked.more} --matches {asked.matches}"
    )
    print(part)
    if asked.write:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), {"latency": part}), encoding="utf-8")


if __name__ == "__main__":
    main()
