"""What was measured, kept in `figures.json` so that one size or one tool can be measured again without the rest."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.peers.process import MEASURED
from benchmarks.quality.page import OURS
from benchmarks.speed.machine import State

FILE: Final = Path(__file__).parent / "figures.json"
HELP: Final = "resolver --help"
Key = tuple[str, int, str]


@dataclass(frozen=True)
class Answer:
    """What a tool found. candidates: pairs it looked at, if it says so. steps: rows of the engine's `run.json`."""

    precision: float
    recall: float
    f1: float
    candidates: int | None
    steps: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Figure:
    """One tool on one generated file, or `resolver --help` (rows 0).

    digest: of the file. outcome: "measured", or what happened instead. walls, cpus, peaks: of each run, in s, s and MB;
    of a tool that did not finish, of the run that it broke off. found: by the run of median time.
    """

    state: State
    rows: int
    digest: str
    tool: str
    version: str
    outcome: str
    walls: list[float]
    cpus: list[float]
    peaks: list[float]
    found: Answer | None = None

    @property
    def key(self) -> Key:
        """A newer figure of the same takes the place of this one."""
        return self.state.machine, self.rows, self.tool

    @property
    def finished(self) -> bool:
        """Whether there are times to show."""
        return self.outcome == MEASURED

    @property
    def wall(self) -> float:
        """Median seconds from start to end."""
        return median(self.walls)

    @property
    def cpu(self) -> float:
        """Median seconds of processor time."""
        return median(self.cpus)

    @property
    def peak(self) -> float:
        """Median of the most memory held, in MB."""
        return median(self.peaks)


def load(path: Path = FILE) -> dict[Key, Figure]:
    """All figures kept; none where there is no file yet."""
    if not path.exists():
        return {}
    return {figure.key: figure for figure in map(_figure, json.loads(path.read_text(encoding="utf-8")))}


def _figure(row: dict[str, Any]) -> Figure:
    found = None if row["found"] is None else Answer(**row["found"])
    return Figure(**{**row, "state": State(**row["state"]), "found": found})


def save(figures: Iterable[Figure], path: Path = FILE) -> None:
    """Writes all figures, one a line, in the order of machines, sizes and tools."""
    rows = [json.dumps(asdict(figure)) for figure in sorted(figures, key=lambda figure: figure.key)]
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


def comparable(figures: Mapping[Key, Figure], machine: str) -> list[Figure]:
    """The figures of one machine, without those of peers on files other than this engine was last measured on."""
    here = [figure for figure in figures.values() if figure.state.machine == machine]
    ours = {figure.rows: figure.digest for figure in here if figure.tool == OURS}
    return [figure for figure in here if ours.get(figure.rows, figure.digest) == figure.digest]
