"""Runs one peer on one frame: `python -m benchmarks.peers.runner NAME SET ANSWER` (parquet in, parquet out)."""

import resource
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import polars as pl

from benchmarks.peers.entrants import BY_NAME, CORES, MEMORY, MINUTES


def adapter(name: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """The function of a peer."""
    entrant = BY_NAME[name]
    function: Callable[[pl.DataFrame], pl.DataFrame] = getattr(
        import_module(f"benchmarks.peers.{entrant.module}"), entrant.function
    )
    return function


def main() -> None:
    """Reads the set, resolves it within the limits, writes record_id and entity."""
    name, given, answer = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    seconds = 60 * MINUTES * CORES
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 60))
    found = adapter(name)(pl.read_parquet(given))
    found.select("record_id", "entity").write_parquet(Path(answer))


if __name__ == "__main__":
    main()
