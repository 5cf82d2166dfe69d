"""Starts peers on a set, each in a process of its own with a limit on time, and measures what comes back."""

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
from benchmarks.peers.process import MEASURED, end_group, environment, outcome
from resolver.evaluate import evaluate

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv-peers" / "bin" / "python"
PATIENCE: Final = 90.0


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
        ended = run(command)
        seconds = round(_processor_seconds() - before, 1)
        figure = Figure(name, handed.digest, entrant.name, version(entrant.package), ended, seconds)
        if ended != MEASURED:
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
    with TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            process.wait(timeout=60 * patience)
        except subprocess.TimeoutExpired:
            return f"crashed: still there after {patience:g} min by the clock"
        finally:
            end_group(process.pid)
            process.wait()
        said.seek(0)
        if process.returncode == -signal.SIGXCPU:
            return f"over {MINUTES} min"
        return outcome(process.returncode, said.read())
