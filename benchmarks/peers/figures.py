"""What was measured of peers, kept in `figures.json` so that only what changed has to run again."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from resolver.evaluate import Evaluation

FILE: Final = Path(__file__).parent / "figures.json"
Key = tuple[str, str]


@dataclass(frozen=True)
class Figure:
    """One peer on one set.

    digest: of what the peer was handed. outcome: "measured", or what happened instead; then there are no figures.
    seconds: processor time of the peer's processes on all cores together, start and imports included.
    """

    set: str
    digest: str
    peer: str
    version: str
    outcome: str
    seconds: float
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    bcubed_f1: float | None = None

    @property
    def key(self) -> Key:
        """What it is a figure of: two sets of one content are one."""
        return self.digest, self.peer

    def measured(self, found: Evaluation) -> "Figure":
        """The same with what the evaluation found."""
        four = {name: round(getattr(found, name), 6) for name in ("precision", "recall", "f1", "bcubed_f1")}
        return Figure(**{**asdict(self), **four})


def load(path: Path = FILE) -> dict[Key, Figure]:
    """All figures kept; none where there is no file yet."""
    if not path.exists():
        return {}
    return {figure.key: figure for figure in (Figure(**row) for row in json.loads(path.read_text(encoding="utf-8")))}


def save(figures: Iterable[Figure], path: Path = FILE) -> None:
    """Writes all figures, one a line, in the order of sets and peers."""
    rows = [json.dumps(asdict(figure)) for figure in sorted(figures, key=lambda figure: (figure.set, figure.peer))]
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")
