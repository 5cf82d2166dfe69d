"""The machine and the state of the code that figures belong to, without names of hosts or folders."""

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil

from benchmarks.speed.run import ROOT

PROCESSORS: Final = Path("/proc/cpuinfo")
ENGINE: Final = ("rules", "resolver", "pyproject.toml")


@dataclass(frozen=True)
class State:
    """Where, on which day and at which state of the engine something is measured."""

    machine: str
    when: str
    commit: str


def state() -> State:
    """The state now."""
    return State(machine(), datetime.now(UTC).date().isoformat(), commit())


def machine() -> str:
    """Cores, processor and memory, such as "2 cores of Intel(R) Xeon(R) Processor, 25 GB"."""
    cores = os.cpu_count() or 1
    memory = round(psutil.virtual_memory().total / 1e9)
    return f"{cores} core{'s' if cores > 1 else ''} of {_processor()}, {memory} GB"


def _processor() -> str:
    if PROCESSORS.exists():
        for line in PROCESSORS.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def commit() -> str:
    """The commit of the engine, with "and changes" where its files differ from it; "no commit" outside a clone."""
    try:
        head = _git("rev-parse", "--short", "HEAD").strip()
        changed = _git("status", "--porcelain", "--", *ENGINE)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return "no commit"
    return f"{head} and changes" if changed else head


def _git(*arguments: str) -> str:
    command = ["git", "--no-optional-locks", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
