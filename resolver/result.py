"""What a run gives: the frames of the result contract, what it took, and how to write them to a folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Rows
from resolver.expect import NOTHING, Expected
from resolver.frames import JUDGEMENTS, SCORES, check
from resolver.model.layout import Floats, Layout, Patterns
from resolver.model.model import Model
from resolver.model.odds import probabilities
from resolver.threads import at_once
from rules.field import Levels

NO_TENANT = ""
COMPRESSION = 1
"""The level of zstd: files are a twentieth larger than at its default, and are written in four fifths of the time."""
STATISTICS = {"min": False, "max": False}
"""What is not told of the columns. In files that are in no order of it, it helps no reader, and takes an eighth of the
time to write."""
REFERENCES = "references.json"
"""The file with what the models of a store were trained beside, by tenant; only the results of a store have one."""
CACHED = 20_000
"""Pairs whose levels are worked out together."""
FORMULA = r"^[=+\-@\t\r]"
"""A spreadsheet runs a cell that starts like this; an apostrophe before it makes it text again."""


@dataclass(frozen=True)
class Step:
    """What one step took: wall seconds, rows it gave, and the process's peak memory after it in MB."""

    name: str
    seconds: float
    rows: int
    peak_mb: float


@dataclass(frozen=True)
class Result:
    """The frames of DESIGN's result contract, and the facts of the run.

    records: the canonical records; normalised: their compared values, row for row (what `why` reads).
    models: the frozen model of each tenant. judgements: what people said, and which of it counted.
    expected: how right and how complete it is, as far as can be said without labels.
    """

    records: pl.DataFrame
    normalised: pl.DataFrame
    clusters: pl.DataFrame
    golden: pl.DataFrame
    pairs: pl.DataFrame
    review: pl.DataFrame
    rejects: pl.DataFrame
    run: dict[str, Any]
    models: Mapping[str, Model] = field(default_factory=dict)
    judgements: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=JUDGEMENTS))
    expected: Expected = NOTHING

    def with_steps(self, steps: list[Step]) -> "Result":
        """The same result with its steps measured to the end, writing included."""
        return replace(self, run={**self.run, "steps": as_dicts(steps)})

    def write(self, folder: Path, file_format: str = "parquet") -> None:
        """Writes everything but the report, as parquet or csv. An earlier run in the folder is replaced.

        Judgements of an earlier run stay until a run with others: they may be the only copy of what people said.
        """
        folder.mkdir(parents=True, exist_ok=True)
        told = {name: folder / f"{name}.{file_format}" for name in ("pairs", "golden", "clusters", "review")}
        kept = {name: folder / f"{name}.parquet" for name in ("records", "normalised")}
        if len(self.judgements):
            kept["judgements"] = folder / "judgements.parquet"
        for path in told.values():
            path.with_suffix(".csv" if file_format == "parquet" else ".parquet").unlink(missing_ok=True)
        at_once(lambda each: _write(getattr(self, each[0]), each[1]), {**told, **kept}.items())
        _write(self.rejects, folder / "rejects.csv")
        models = {tenant: model.as_json() for tenant, model in self.models.items()}
        (folder / "model.json").write_text(json.dumps(models), encoding="utf-8")
        self.write_run(folder)

    def write_run(self, folder: Path) -> None:
        """Writes the facts of the run alone."""
        (folder / "run.json").write_text(json.dumps(self.run, indent=2) + "\n", encoding="utf-8")


def _write(frame: pl.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        flat(frame).write_csv(path)
    else:
        frame.write_parquet(path, compression_level=COMPRESSION, statistics=STATISTICS)


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame for CSV: lists joined by '; ', structs as JSON, and no cell that a spreadsheet would run."""
    return frame.select(_flat(name, dtype).alias(name) for name, dtype in frame.schema.items())


def _flat(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Struct):
        return column.struct.json_encode()
    if isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
        return "[" + column.list.eval(pl.element().struct.json_encode()).list.join(",") + "]"
    if isinstance(dtype, pl.List):
        column = column.list.join("; ")
    elif isinstance(dtype, pl.Enum):
        column = column.cast(pl.String)
    elif dtype != pl.String:
        return column
    return pl.when(column.str.contains(FORMULA)).then("'" + column).otherwise(column)


@dataclass(frozen=True)
class Scored:
    """Candidate pairs as rows of one tenant's records, what they show, and their natural log odds."""

    left: Rows
    right: Rows
    patterns: Patterns
    logits: Floats
    layout: Layout

    def where(self, kept: NDArray[np.bool_] | Rows) -> "Scored":
        """Some of them, marked or by their places."""
        ends = self.left[kept], self.right[kept]
        return Scored(*ends, self.patterns[kept], self.logits[kept], self.layout)

    def moved(self, place: Rows) -> "Scored":
        """The same pairs where rows stand at other places. place: of each row."""
        return Scored(place[self.left], place[self.right], self.patterns, self.logits, self.layout)

    def frame(self, kept: NDArray[np.bool_], keys: pl.Series, decision: pl.Series) -> pl.DataFrame:
        """SCORES of some pairs: their keys, a named level a field (null where missing), and what it comes to.

        One column at a time, as this is the largest frame of a run. keys: of each row; decision: of each pair kept.
        """
        levels, logits = self._levels(kept), self.logits[kept]
        columns = [
            _taken(keys, self.left[kept]).alias("left_key"),
            _taken(keys, self.right[kept]).alias("right_key"),
            *(_named(name, names, levels.pop(name)) for name, names in self.layout.levels.items()),
            pl.Series("weight", logits / np.log(2)),
            pl.Series("probability", probabilities(logits)),
            decision.alias("decision"),
        ]
        return check(pl.DataFrame(columns), SCORES)

    def _levels(self, kept: NDArray[np.bool_]) -> dict[str, Levels]:
        """Level codes of each field; so many patterns at a time stay in the processor's cache."""
        levels = {name: np.empty(int(kept.sum()), dtype=np.uint8) for name in self.layout.fields}
        done = 0
        for begin in range(0, len(kept), CACHED):
            patterns = self.patterns[begin : begin + CACHED][kept[begin : begin + CACHED]]
            for name, codes in self.layout.unpack(patterns).items():
                levels[name][done : done + len(patterns)] = codes
            done += len(patterns)
        return levels


def _taken(values: pl.Series, places: NDArray[np.integer]) -> pl.Series:
    """The values at some places; indices of polars' own width are not copied once more."""
    return values.gather(pl.Series(places.astype(np.uint32)))


def _named(name: str, levels: tuple[str, ...], codes: Levels) -> pl.Series:
    """Level codes as their names; null where missing."""
    return _taken(pl.Series(name, [None, *levels], dtype=pl.Enum(list(levels))), codes)


def as_dicts(items: list[Any]) -> list[dict[str, Any]]:
    """Dataclasses as plain data."""
    return [asdict(item) for item in items]
