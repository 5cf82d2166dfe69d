"""How fast: this engine and its peers as whole processes, in turn on the same generated files of contacts.

    python -m benchmarks.speed --sizes 10000 100000 1000000 10000000 --peers [--runs 3] [--write]

This engine is `resolver dedupe FILE --out DIR` with the report and all its files; a peer reads the same file, learns,
decides and writes its clusters. Each is a process of its own within limits; figures are medians of the runs.
"""

import argparse
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.peers.entrants import MEMORY, MINUTES
from benchmarks.quality.page import replaced
from benchmarks.speed.contest import generated, measure_file, measure_help, not_run
from benchmarks.speed.figures import Figure, comparable, load, save
from benchmarks.speed.machine import machine
from benchmarks.speed.page import parts, sizes_part, start_part
from benchmarks.speed.plot import plot
from benchmarks.speed.run import Limits
from benchmarks.speed.tools import Tool, engine, peers

PAGE: Final = Path(__file__).parents[1] / "RESULTS.md"
PICTURE: Final = PAGE.with_name("speed.svg")
PEERS_MOST: Final = 1_000_000
"""Records of the largest file that peers are run on."""


def _arguments(told: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks.speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="records of the files")
    parser.add_argument(
        "--peers", nargs="*", metavar="NAME", help="run peers too: all, or those whose name contains one of these"
    )
    parser.add_argument("--runs", type=int, default=3, help="how often each tool runs on each file")
    parser.add_argument("--limit-seconds", type=float, default=60 * MINUTES, help="what a tool may take by the clock")
    parser.add_argument("--limit-gb", type=float, default=round(MEMORY / 1e9), help="memory a tool may hold")
    parser.add_argument("--write", action="store_true", help="keep the figures, and put them into RESULTS.md")
    asked = parser.parse_args(told)
    if min(asked.sizes) < 1 or asked.runs < 1:
        parser.error("--sizes and --runs: at least 1")
    return asked


def main(told: Sequence[str] | None = None) -> None:
    """Measures, telling each run on stderr, and prints the tables."""
    asked = _arguments(told)
    ours = engine()
    try:
        others = [] if asked.peers is None else peers(asked.peers, PEERS_MOST)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"benchmarks.speed: {error}")
    limits, figures = Limits(asked.limit_seconds, asked.limit_gb), load()
    command = shlex.join(["python", "-m", "benchmarks.speed", *(sys.argv[1:] if told is None else told)])
    for measured in _measure([ours, *others], asked, limits):
        figures |= {figure.key: figure for figure in measured}
        if asked.write:
            save(figures.values())
            _write(comparable(figures, machine()), command)
    known = comparable(figures, machine())
    print(sizes_part([figure for figure in known if figure.rows in asked.sizes]), start_part(known), sep="\n\n")


def _measure(tools: Sequence[Tool], asked: argparse.Namespace, limits: Limits) -> Iterator[list[Figure]]:
    """Figures as soon as they are there, the small files first.

    A tool that did not finish a file is not run on a larger one, and its figure says so.
    """
    yield [measure_help(tools[0], limits)]
    failed: dict[str, str] = {}
    for rows in sorted(set(asked.sizes)):
        taking_part = [tool for tool in tools if tool.most is None or rows <= tool.most]
        with generated(rows) as given:
            running = [tool for tool in taking_part if tool.name not in failed]
            last: list[Figure] = []
            for last in measure_file(given, running, asked.runs, limits, _tell):
                yield last
            yield [not_run(given, tool, failed[tool.name]) for tool in taking_part if tool.name in failed]
        failed |= {one.tool: f"not run: {one.outcome} at {rows:,}" for one in last if not one.finished}


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _write(figures: Sequence[Figure], command: str) -> None:
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), parts(figures, command)), encoding="utf-8")
    PICTURE.write_text(plot(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
