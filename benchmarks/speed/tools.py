"""What is run: this engine and its peers, each from a file of contacts to files with its answer."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version as installed
from pathlib import Path
from platform import python_version
from typing import Final, Protocol

import polars as pl

from benchmarks.peers.entrants import AT_SPEED, Entrant
from benchmarks.peers.race import PYTHON, version
from benchmarks.quality.page import OURS
from benchmarks.speed.figures import Answer
from resolver.evaluate import evaluate, read_truth

HERE: Final = (sys.executable, "-m", "resolver")
"""The `resolver` command, of the tree that this benchmark stands in."""
CANDIDATES: Final = re.compile(r"([\d,]+) candidate pairs")


@dataclass(frozen=True)
class Material:
    """A generated file and who is who in it. digest: of the contacts, in 16 hex digits."""

    rows: int
    contacts: Path
    truth: Path
    digest: str


class Command(Protocol):
    """What to run on the contacts so that the answer lies in a folder."""

    def __call__(self, given: Material, out: Path) -> Sequence[str]: ...


class Reader(Protocol):
    """Reads the answer from a folder. said: what the tool wrote to stdout."""

    def __call__(self, given: Material, out: Path, said: str) -> Answer: ...


@dataclass(frozen=True)
class Tool:
    """A tool by its name. most: records of the largest file that it is run on; None for any."""

    name: str
    version: str
    command: Command
    read: Reader
    most: int | None = None


def engine() -> Tool:
    """This engine, with the libraries that carry it named in its version."""
    libraries = ", ".join(f"{name} {installed(name)}" for name in ("polars", "numpy", "rapidfuzz"))
    name = f"{installed('contact-resolver')} (Python {python_version()}, {libraries})"
    return Tool(OURS, name, _resolver, _read_engine)


def peers(asked: Sequence[str], most: int) -> list[Tool]:
    """The peers whose name contains one of the words, small or capital; all of them where there is no word.

    most: records of the largest file that peers are run on. Raises ValueError for a word that no peer has, and
    FileNotFoundError where the peers are not installed.
    """
    for word in asked:
        if not any(word.lower() in entrant.name.lower() for entrant in AT_SPEED):
            raise ValueError(f"no peer is called {word!r}; there are {', '.join(one.name for one in AT_SPEED)}")
    return [
        Tool(one.name, f"{one.package} {version(one.package)}", partial(_peer, one), _read_peer, most)
        for one in AT_SPEED
        if not asked or any(word.lower() in one.name.lower() for word in asked)
    ]


def _resolver(given: Material, out: Path) -> list[str]:
    return [*HERE, "dedupe", str(given.contacts), "--out", str(out)]


def _read_engine(given: Material, out: Path, said: str) -> Answer:  # noqa: ARG001 - run.json says more than stdout
    clusters = pl.read_parquet(out / "clusters.parquet")
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))
    found = evaluate(clusters, read_truth(given.truth, clusters))
    return Answer(found.precision, found.recall, found.f1, told["pairs_compared"], told["steps"])


def _peer(entrant: Entrant, given: Material, out: Path) -> list[str]:
    truth = [str(given.truth)] if entrant.sees_truth else []
    command = [str(PYTHON), "-m", "benchmarks.peers.whole", entrant.name, str(given.contacts)]
    return [*command, str(out / "answer.parquet"), *truth]


def _read_peer(given: Material, out: Path, said: str) -> Answer:
    """Raises ValueError when the answer is about other records than the truth."""
    answer = pl.read_parquet(out / "answer.parquet")
    clusters = answer.select(record_key="record_id", entity_id=pl.col("entity").cast(pl.String))
    truth = pl.read_csv(given.truth, infer_schema=False).select("truth_id", record_key="record_id")
    found = evaluate(clusters, truth)
    if not found.records == len(clusters) == len(truth):
        raise ValueError("the answer does not hold every record exactly once")
    told = CANDIDATES.findall(said)
    return Answer(found.precision, found.recall, found.f1, int(told[-1].replace(",", "")) if told else None)
