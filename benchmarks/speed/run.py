"""A whole process from its start to its end: time, processor time and memory, within limits."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.peers.process import outcome

ROOT: Final = Path(__file__).parents[2]
MB: Final = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What a tool may take: seconds by the clock, and GB (10^9 bytes) of memory with all its processes."""

    seconds: float
    gigabytes: float

    def told(self, over: str) -> str:
        """Which limit ended a process, in words. over: "time" or "memory"."""
        return f"over {self.seconds:g} s" if over == "time" else f"over {self.gigabytes:g} GB"


@dataclass(frozen=True)
class Run:
    """One process. wall, cpu: seconds, the latter on all cores and of all its processes; peak: MB; said: its stdout.

    outcome: "measured", "crashed: why", or the limit it went over.
    """

    outcome: str
    wall: float
    cpu: float
    peak: float
    said: str


def run(command: Sequence[str], limits: Limits, folder: Path) -> Run:
    """Runs a command in the project's folder, with its output kept in `folder` while it runs."""
    said, complained = folder / "stdout", folder / "stderr"
    told = [str(limits.seconds), str(int(limits.gigabytes * 1000 * MB)), str(said), str(complained)]
    launched = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed.launch", *told, *command],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    took = json.loads(launched.stdout)
    ended = limits.told(took["over"]) if took["over"] else outcome(took["code"], _text(complained))
    return Run(ended, round(took["wall"], 3), round(took["cpu"], 3), round(took["peak"] / MB, 1), _text(said))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
