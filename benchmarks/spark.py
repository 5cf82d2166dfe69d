"""What the steps take on Spark: `python -m benchmarks.spark --sizes 100000 1000000 [--write]`.

Generated contacts are resolved by a Spark session on this machine, each size in a process and a session of its own, and
by polars beside it. Of Spark are told the time by the clock from contacts in a file to result files, and how long it
takes to read all of it again; the processor time of all its processes (which tells the same on a machine that is busy
with other work), the most memory that its JVM held and what its workers held beside it, and the bytes that were
shuffled, as Spark's own event log counts them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import polars as pl
import psutil
from polars.testing import assert_frame_equal

from benchmarks.generate import generate
from benchmarks.quality.page import replaced
from benchmarks.speed.machine import machine

PAGE: Final = Path(__file__).with_name("RESULTS.md")
SEED: Final = 7
EVERY: Final = 0.5
"""Seconds between two looks at the memory of Spark's processes."""
SAME: Final = ("clusters", "golden", "review")
JAVA: Final = "-XX:+UseParallelGC"
"""As `docs/spark.md` advises for one machine."""


@dataclass(frozen=True)
class Outcome:
    """One run. home: seconds until the results were on the driver besides. jvm, workers: the most memory of the JVM,
    and of all Python workers together, in bytes. shuffled: bytes. differing: the results that are not polars' own."""

    records: int
    seconds: float
    home: float
    processor: float
    polars: float
    jvm: int
    workers: int
    shuffled: int
    pairs: int
    differing: list[str]

    def line(self) -> str:
        """A row of the table."""
        taken = f"{self.seconds:,.0f} s | {self.home:,.0f} s | {self.processor:,.0f} s | {self.polars:,.0f} s"
        each = f"{self.processor / self.records * 1e6:,.0f} µs | {self.shuffled / self.records:,.0f} B"
        memory = f"{self.jvm / 1e9:.1f} GB | {self.workers / 1e9:.1f} GB"
        same = f"not {', '.join(self.differing)}" if self.differing else "yes"
        return f"| {self.records:,} | {taken} | {each} | {memory} | {same} |"


class Looking(threading.Thread):
    """Looks at the memory of this process's children, and at their processor time, until it is told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.jvm, self.workers, self._done = 0, 0, threading.Event()
        self._seconds: dict[int, float] = {}

    @property
    def processor(self) -> float:
        """Seconds of processor time of all children that were seen."""
        return sum(self._seconds.values())

    def run(self) -> None:
        """Looks, and looks again."""
        while not self._done.wait(EVERY):
            found = {True: 0, False: 0}
            for child in psutil.Process().children(recursive=True):
                try:
                    found["java" in child.name()] += child.memory_info().rss
                    self._seconds[child.pid] = child.cpu_times().user + child.cpu_times().system
                except psutil.NoSuchProcess:  # a worker that ended while it was looked at
                    continue
            self.jvm, self.workers = max(self.jvm, found[True]), max(self.workers, found[False])

    def stop(self) -> None:
        """Ends it."""
        self._done.set()
        self.join()


def measure(records: int, memory: str, master: str) -> Outcome:
    """Resolves so many contacts on Spark, and by polars."""
    from pyspark.sql import SparkSession

    from resolver.paths.batch import Watch, resolve
    from resolver.paths.options import Options
    from resolver.paths.spark import dedupe
    from resolver.paths.spark.local import SETTINGS
    from resolver.sources.inputs import read
    from rules.ruleset import Ruleset

    os.environ["PYSPARK_PYTHON"] = sys.executable
    found = read([generate(records, SEED).drop("truth_id")]).records
    rules, options = Ruleset.default(), Options()
    begin = time.perf_counter()
    wanted = resolve(found, rules, options)
    by_polars = time.perf_counter() - begin
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "events").mkdir()
        found.write_parquet(folder / "contacts.parquet")
        builder = SparkSession.builder.master(master).config("spark.driver.memory", memory)
        builder = builder.config("spark.driver.extraJavaOptions", JAVA)
        builder = builder.config("spark.ui.enabled", "false").config("spark.eventLog.enabled", "true")
        builder = builder.config("spark.eventLog.dir", (folder / "events").as_uri())
        builder = builder.config("spark.eventLog.compress", "false").config("spark.local.dir", str(folder / "local"))
        for setting, value in SETTINGS.items():
            builder = builder.config(setting, value)
        session = builder.getOrCreate()
        looking = Looking()
        looking.start()
        begin = time.perf_counter()
        contacts = session.read.parquet((folder / "contacts.parquet").as_uri())
        there = dedupe(contacts, (folder / "out").as_uri(), rules, options, watch=Watch(_said))
        seconds = time.perf_counter() - begin
        result = there.home()
        home = time.perf_counter() - begin - seconds
        looking.stop()
        session.stop()
        shuffled = sum(_shuffled(folder / "events"))
    differing = [name for name in SAME if not _equal(getattr(result, name), getattr(wanted, name))]
    pairs = int(result.run["pairs_compared"])
    return Outcome(
        records, seconds, home, looking.processor, by_polars, looking.jvm, looking.workers, shuffled, pairs, differing
    )


def _said(step: str) -> None:
    print(f"  {step}", file=sys.stderr, flush=True)


def _equal(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Whether two results are equal but for the last digits of probabilities, which follow the order of sums, and the
    order of cases that differ in no more than these."""
    if "case" in other.columns:
        one, other = (cases.drop("case").sort("left_key", "right_key") for cases in (one, other))
    try:
        assert_frame_equal(one.select(other.columns), other, check_exact=False)
    except AssertionError as difference:
        print(difference, file=sys.stderr)
        return False
    return True


def _shuffled(folder: Path) -> Iterator[int]:
    """The bytes that each task of a session wrote for others."""
    for path in folder.rglob("*"):
        if not path.is_file() or path.name.startswith((".", "appstatus")):
            continue
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                event = json.loads(line)
                if event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
                    yield event["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"]


def table(found: Sequence[Outcome], command: str) -> str:
    """The results as Markdown."""
    head = [
        "| records | Spark | read | processor | polars | a record | shuffled a record | JVM | workers | as polars |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([f"`{command}` on {machine()}", "", *head, *(outcome.line() for outcome in found)])


def main(told: Sequence[str] | None = None) -> None:
    """Measures each size in a process of its own, and prints the table."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.spark", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000], help="how many records")
    parser.add_argument("--memory", default="2g", help="of the JVM's heap")
    parser.add_argument("--master", default="local[2]", help="of the Spark session")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(told)
    if asked.one:
        print(json.dumps(asdict(measure(asked.sizes[0], asked.memory, asked.master))))
        return
    found = []
    for size in asked.sizes:
        alone = [sys.executable, "-m", "benchmarks.spark", "--one", "--sizes", str(size)]
        made = subprocess.run(
            [*alone, "--memory", asked.memory, "--master", asked.master], check=True, stdout=subprocess.PIPE, text=True
        )
        found.append(Outcome(**json.loads(made.stdout.splitlines()[-1])))
    sizes = " ".join(map(str, asked.sizes))
    part = table(found, f"python -m benchmarks.spark --sizes {sizes} --memory {asked.memory} --master {asked.master}")
    print(part)
    if asked.write:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), {"spark": part}), encoding="utf-8")


if __name__ == "__main__":
    main()
