"""custmatch with the labels its quick start asks for: 200 random pairs, then 100 that it picks; the truth answers."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from benchmarks.peers.entrants import LABELS
from benchmarks.peers.practice import MEETING, clean

STANDARD: Final = {
    **{name: name for name in ("first_name", "last_name", "date_of_birth", "email", "phone", "address")},
    "middle_name": "middle_initial",
    "house_number": "addr_number",
    "unit": "addr_unit",
    "national_id": "ssn",
}
"""Our header -> the tool's own column."""
ACTIVE: Final = 100
SOURCE: Final = "set"


def resolve(frame: pl.DataFrame) -> pl.DataFrame:
    """Its customers. Columns it has no place for are compared as extra fields, by similarity."""
    from custmatch import labels, pipeline

    cleaned = clean(frame.drop("truth_id"))
    truth = dict(frame.select(pl.format(f"{SOURCE}:{{}}", "record_id"), "truth_id").iter_rows())
    with TemporaryDirectory() as name:
        folder = Path(name)
        config = _config(folder, cleaned)
        first, more, all_of_them = (folder / f"{part}.csv" for part in ("random", "active", "labels"))
        labels.sample(config, LABELS - ACTIVE, first)
        _answer(first, truth)
        labels.sample_active(config, first, ACTIVE, more)
        _answer(more, truth)
        pl.concat([pl.read_csv(path, infer_schema=False) for path in (first, more)]).write_csv(all_of_them)
        pipeline.run(config, all_of_them, folder / "out", log=print)
        found = pl.read_csv(folder / "out" / "clusters.csv", infer_schema=False)
    return found.select("record_id", entity="customer_id")


def _config(folder: Path, frame: pl.DataFrame) -> Path:
    """Writes the set and what its columns are; returns the configuration's path."""
    frame.write_csv(folder / "set.csv")
    columns = [name for name in frame.columns if name != "record_id"]
    own = {name: STANDARD.get(name, name) for name in columns}
    if "house_number" in own:
        own["address"] = "addr_street"
    if "first_name" not in own and "name" in own:
        own["name"] = "first_name"
    extra = [{"name": name, "compare": "similarity"} for name in columns if own[name] == name and name not in STANDARD]
    key = {**own, "address": "addr_street"}
    rules = [[key[name] for name in rule] for rule in MEETING if set(rule).issubset(columns)]
    mapped = {"record_id": "record_id", **{column: name for name, column in own.items()}}
    source = {"name": SOURCE, "path": "set.csv", "columns": mapped}
    path = folder / "config.json"
    config = {"sources": [source], "extra_fields": extra, "extra_blocking": rules}
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def _answer(path: Path, truth: dict[str, str]) -> None:
    asked = pl.read_csv(path, infer_schema=False)
    same = pl.col("a").replace_strict(truth) == pl.col("b").replace_strict(truth)
    asked.with_columns(label=same.cast(pl.Int8).cast(pl.String)).write_csv(path)
