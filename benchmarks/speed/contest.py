"""The contest: every tool on the same file, in turn, several times."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.peers.process import MEASURED
from benchmarks.speed.figures import HELP, Answer, Figure
from benchmarks.speed.machine import State, state
from benchmarks.speed.run import ROOT, Limits, Run, run
from benchmarks.speed.tools import HERE, Material, Tool

SEED: Final = 1
STARTS: Final = 10
"""Times that `resolver --help` is asked."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Attempt:
    """One run of a tool and what it found; None when it did not finish."""

    run: Run
    found: Answer | None

    def __str__(self) -> str:
        took = f"{self.run.wall:.1f} s, {self.run.cpu:.1f} s of processor time, {self.run.peak:,.0f} MB"
        return f"{took}, {self.run.outcome if self.found is None else f'F1 {self.found.f1:.4f}'}"


@contextmanager
def generated(rows: int) -> Iterator[Material]:
    """A file of contacts with its truth, as `benchmarks.generate` writes it; both are gone afterwards."""
    with workplace() as folder:
        contacts, truth = folder / "contacts.csv", folder / "truth.csv"
        told = ["--rows", str(rows), "--seed", str(SEED), "--out", str(contacts), "--truth", str(truth)]
        command = [sys.executable, "-m", "benchmarks.generate", *told]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with contacts.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
        yield Material(rows, contacts, truth, digest)


@contextmanager
def workplace() -> Iterator[Path]:
    """A new folder among the project's outputs, gone afterwards; a folder for temporary files may be in memory."""
    parent = ROOT / "out"
    parent.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=parent, prefix="speed-") as folder:
        yield Path(folder)


def measure_file(
    given: Material, tools: Sequence[Tool], runs: int, limits: Limits, tell: Tell
) -> Iterator[list[Figure]]:
    """Runs the tools in turn, so that all meet the same state of the machine; after each round, all figures so far.

    A tool that does not finish is not run again.
    """
    attempts: dict[str, list[Attempt]] = {tool.name: [] for tool in tools}
    begun = state()
    for turn in range(1, runs + 1):
        for tool in tools:
            known = attempts[tool.name]
            if known and known[-1].found is None:
                continue
            known.append(attempt(given, tool, limits))
            tell(f"{given.rows:,} records, run {turn} of {runs}, {tool.name}: {known[-1]}")
        yield [_on_file(given, tool, attempts[tool.name], begun) for tool in tools]


def attempt(given: Material, tool: Tool, limits: Limits) -> Attempt:
    """Runs a tool once and reads its answer."""
    with workplace() as folder:
        out = folder / "out"
        out.mkdir()
        done = run(tool.command(given, out), limits, folder)
        return Attempt(done, tool.read(given, out, done.said) if done.outcome == MEASURED else None)


def _on_file(given: Material, tool: Tool, attempts: Sequence[Attempt], begun: State) -> Figure:
    """What the runs of a tool come to; of one that did not finish, only the run that it broke off."""
    counted = attempts if attempts[-1].found else attempts[-1:]
    middle = sorted(counted, key=lambda one: one.run.wall)[(len(counted) - 1) // 2]
    return _figure(begun, (given.rows, given.digest), tool, [one.run for one in counted], middle.found)


def measure_help(engine: Tool, limits: Limits) -> Figure:
    """How long the command takes to say what it can do."""
    begun = state()
    with workplace() as folder:
        runs = [run([*HERE, "--help"], limits, folder) for _ in range(STARTS)]
    return _figure(begun, (0, ""), replace(engine, name=HELP), runs, None)


def not_run(given: Material, tool: Tool, why: str) -> Figure:
    """The figure of a tool that was spared a file."""
    return Figure(state(), given.rows, given.digest, tool.name, tool.version, why, walls=[], cpus=[], peaks=[])


def _figure(begun: State, file: tuple[int, str], tool: Tool, runs: Sequence[Run], found: Answer | None) -> Figure:
    rows, digest = file
    return Figure(
        state=begun,
        rows=rows,
        digest=digest,
        tool=tool.name,
        version=tool.version,
        outcome=runs[-1].outcome,
        walls=[one.wall for one in runs],
        cpus=[one.cpu for one in runs],
        peaks=[one.peak for one in runs],
        found=found,
    )
