"""Starts peers on a set, each in a process of its own with a limit on time, and measures what comes back."""

import os
import resource
import signal
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Final

import polars as pl

from benchmarks.peers.entrants import MINUTES, Entrant
from benchmarks.peers.figures import Figure
from benchmarks.peers.handover import Handover
from resolver.evaluate import evaluate

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv-peers" / "bin" / "python"
PATIENCE: Final = 90.0
REASON: Final = 80
"""Letters of an error that are kept."""


@cache
def version(package: str) -> str:
    """The version of a peer's package; raises FileNotFoundError when there is no environment for peers."""
    if not PYTHON.exists():
        raise FileNotFoundError(f"{PYTHON.relative_to(ROOT)} is not there; make it with: make peers")
    asked = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([PYTHON, "-c", asked], check=True, capture_output=True, text=True).stdout.strip()


def measure(name: str, handed: Handover, entrant: Entrant) -> Figure:
    """Runs a peer on a set, by its name; a crash or a run out of time is told in the figure."""
    before = _processor_seconds()
    with TemporaryDirectory() as folder:
        given, answer = Path(folder, "set.parquet"), Path(folder, "answer.parquet")
        (handed.frame if entrant.sees_truth else handed.hidden).write_parquet(given)
        command = [str(PYTHON), "-m", "benchmarks.peers.runner", entrant.name, str(given), str(answer)]
        outcome = run(command)
        seconds = round(_processor_seconds() - before, 1)
        figure = Figure(name, handed.digest, entrant.name, version(entrant.package), outcome, seconds)
        if outcome != "measured":
            return figure
        found = handed.read(pl.read_parquet(answer))
    return figure.measured(evaluate(found, handed.truth))


def _processor_seconds() -> float:
    """What all processes that were started and have ended took, on all cores together."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command: list[str], patience: float = PATIENCE) -> str:
    """What became of a process: "measured", "over 15 min" or "crashed: why".

    patience: minutes by the clock after which one that waits for something is given up.
    """
    # GoldenMatch tells its makers about runs only when asked to; this says no in any case. What dedupe asks depends on
    # the order of sets of strings, which is another in each process unless it is told.
    given = {"DO_NOT_TRACK": "1", "GOLDENMATCH_ANALYTICS": "0", "PYTHONHASHSEED": "0"}
    with TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **given},
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            process.wait(timeout=60 * patience)
        except subprocess.TimeoutExpired:
            return f"crashed: still there after {patience:g} min by the clock"
        finally:
            # Some peers start processes of their own, which must not outlive them.
            _end_group(process.pid)
            process.wait()
        said.seek(0)
        lines = [line for line in said.read().splitlines() if line.strip()]
    if process.returncode == 0:
        return "measured"
    if process.returncode == -signal.SIGXCPU:
        return f"over {MINUTES} min"
    if process.returncode < 0:
        return f"crashed: {signal.Signals(-process.returncode).name}"
    return f"crashed: {lines[-1][:REASON] if lines else 'it says nothing'}"


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return  # all of them have ended by themselves
