"""What a run gives: the frames of the result contract, what it took, and how to write them to a folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import End, Normalised, Rows
from resolver.expect import NOTHING, Expected
from resolver.frames import JUDGEMENTS, SCORES, check
from resolver.model.layout import Floats, Layout, Patterns
from resolver.model.model import Model
from resolver.model.odds import probabilities
from resolver.on_disk import COMPRESSION, LARGE, STATISTICS, ArrayOnDisk, OnDisk, Table, in_memory
from resolver.parted import Ends, Parted, Places
from resolver.threads import at_once
from rules.field import Levels

NO_TENANT = ""
DECISIONS = ("no", "review", "match")
"""What becomes of a pair: its entities stay apart, a steward is asked about them, or they are one."""
KEYS = ("left_key", "right_key")
"""The columns of SCORES that say whose a pair is, which stand before the levels."""
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

    of_records: the canonical records. compared: their compared values, row for row (what `why` reads). of_pairs: the
    scored pairs. These and the golden records are the largest, and are read or made when they are asked for: a column
    or a part at a time, or as a frame.
    models: the frozen model of each tenant. judgements: what people said, and which of it counted.
    expected: how right and how complete it is, as far as can be said without labels.
    """

    of_records: Table
    compared: Normalised
    clusters: pl.DataFrame
    of_golden: Parted
    of_pairs: Parted
    review: pl.DataFrame
    rejects: pl.DataFrame
    run: dict[str, Any]
    models: Mapping[str, Model] = field(default_factory=dict)
    judgements: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=JUDGEMENTS))
    expected: Expected = NOTHING

    @cached_property
    def records(self) -> pl.DataFrame:
        """The canonical records as a frame, which stays in memory."""
        return in_memory(self.of_records)

    @cached_property
    def normalised(self) -> pl.DataFrame:
        """The compared values of the records as a frame, which stays in memory."""
        return self.compared.frame()

    @cached_property
    def golden(self) -> pl.DataFrame:
        """The golden records as a frame, which stays in memory."""
        return self.of_golden.frame()

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """The scored pairs as a frame, which stays in memory."""
        return self.of_pairs.frame()

    def with_steps(self, steps: list[Step]) -> "Result":
        """The same result with its steps measured to the end, writing included."""
        return replace(self, run={**self.run, "steps": as_dicts(steps)})

    def write(self, folder: Path, file_format: str = "parquet") -> None:
        """Writes everything but the report, as parquet or csv. An earlier run in the folder is replaced.

        Judgements of an earlier run stay until a run with others: they may be the only copy of what people said.
        """
        folder.mkdir(parents=True, exist_ok=True)
        told: dict[str, pl.DataFrame | Parted] = {
            "pairs": self.of_pairs,
            "golden": self.of_golden,
            "clusters": self.clusters,
            "review": self.review,
        }
        kept: dict[str, Table | Parted] = {"records": self.of_records, "normalised": self.compared.parted()}
        if len(self.judgements):
            kept["judgements"] = self.judgements
        for name in told:
            (folder / f"{name}.{'csv' if file_format == 'parquet' else 'parquet'}").unlink(missing_ok=True)
        paths: dict[Path, Table | Parted] = {folder / f"{name}.{file_format}": frame for name, frame in told.items()}
        paths |= {folder / f"{name}.parquet": frame for name, frame in kept.items()}
        at_once(lambda each: _write(*each), paths.items())
        _write(folder / "rejects.csv", self.rejects)
        models = {tenant: model.as_json() for tenant, model in self.models.items()}
        (folder / "model.json").write_text(json.dumps(models), encoding="utf-8")
        self.write_run(folder)

    def write_run(self, folder: Path) -> None:
        """Writes the facts of the run alone."""
        (folder / "run.json").write_text(json.dumps(self.run, indent=2) + "\n", encoding="utf-8")


def _write(path: Path, frame: Table | Parted) -> None:
    if isinstance(frame, OnDisk):
        frame.write(path)
    elif path.suffix == ".csv":
        flat(frame.lazy()).sink_csv(path)
    elif isinstance(frame, Parted):
        frame.lazy().sink_parquet(path, compression_level=COMPRESSION, statistics=STATISTICS)
    else:
        frame.write_parquet(path, compression_level=COMPRESSION, statistics=STATISTICS)


def flat(frame: pl.LazyFrame) -> pl.LazyFrame:
    """A frame for CSV: lists joined by '; ', structs as JSON, and no cell that a spreadsheet would run."""
    return frame.select(_flat(name, dtype).alias(name) for name, dtype in frame.collect_schema().items())


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

    left: End
    right: End
    patterns: Patterns
    logits: Floats
    layout: Layout

    def where(self, kept: NDArray[np.bool_] | NDArray[np.integer]) -> "Scored":
        """Some of them, marked or by their places."""
        ends = self.left[kept], self.right[kept]
        return Scored(*ends, self.patterns[kept], self.logits[kept], self.layout)

    def moved(self, place: Rows) -> "Scored":
        """The same pairs where rows stand at other places. place: of each row."""
        return Scored(place[self.left], place[self.right], self.patterns, self.logits, self.layout)

    def parted(self, kept: NDArray[np.integer], keys: pl.Series, decision: NDArray[np.uint8]) -> Parted:
        """SCORES of some pairs, the largest frame of a run.

        kept: their places. keys: of each row. decision: the place in DECISIONS of each pair, kept or not. What it is
        made from is on disk where there are many rows.
        """
        levels = {name: pl.Enum(list(names)) for name, names in self.layout.levels.items()}
        schema = pl.Schema({name: SCORES[name] for name in KEYS} | levels | SCORES)
        layout, large = self.layout, len(keys) >= LARGE
        each = (self.left, self.right, self.patterns, self.logits)
        left, right, patterns, logits = (ArrayOnDisk.of(array) if large else array for array in each)

        def make(places: Places, names: Sequence[str]) -> pl.DataFrame:
            at = kept[places]
            codes = _levels(layout, patterns[at]) if layout.levels.keys() & set(names) else {}

            def column(name: str) -> pl.Series:
                match name:
                    case "left_key" | "right_key":
                        return _taken(keys, (left if name == "left_key" else right)[at])
                    case "weight":
                        return pl.Series(logits[at] / np.log(2))
                    case "probability":
                        return pl.Series(probabilities(logits[at]))
                    case "decision":
                        return _taken(pl.Series(DECISIONS), decision[at])
                    case _:
                        return _named(name, layout.levels[name], codes.pop(name))

            return check(pl.DataFrame([column(name).alias(name) for name in names]), SCORES)

        def ends(places: Places) -> Ends:
            return left[kept[places]], right[kept[places]]

        return Parted(schema, len(kept), make, ends)


def _levels(layout: Layout, patterns: Patterns) -> dict[str, Levels]:
    """Level codes of each field; so many patterns at a time stay in the processor's cache."""
    levels = {name: np.empty(len(patterns), dtype=np.uint8) for name in layout.fields}
    for begin in range(0, len(patterns), CACHED):
        part = slice(begin, begin + CACHED)
        for name, codes in layout.unpack(patterns[part]).items():
            levels[name][part] = codes
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
