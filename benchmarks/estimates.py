"""Do the estimates hold: what runs without labels say of themselves, against the truth.

    python -m benchmarks.estimates [--datasets FOLDER ...] [--rows 10000 100000] [--seeds 1 2] [--write]

Sets are those of `benchmarks.quality`. An interval holds when the truth lies in it; an estimate that is not told says
why. --write puts the table into benchmarks/ESTIMATES.md.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.quality.page import replaced
from benchmarks.quality.sets import LabelledSet, add_choice, chosen
from resolver import dedupe
from resolver.evaluate import evaluate
from resolver.expect import Expected, Range

PAGE = Path(__file__).parent / "ESTIMATES.md"
HEADINGS = ("set", "joined", "right", "estimate", "", "found", "estimate", "", "not told because")


@dataclass(frozen=True)
class Line:
    """One set: what is true, and what the run expected."""

    name: str
    precision: float
    recall: float
    expected: Expected

    @property
    def told(self) -> tuple[tuple[float, Range | None], tuple[float, Range | None]]:
        """(truth, what was told) of the joins that are right, and of the duplicates that were found."""
        expected = self.expected
        right = None if expected.silent else expected.right
        found = None if expected.silent or expected.silent_missed else expected.found
        return (self.precision, right), (self.recall, found)


def measure(one: LabelledSet) -> Line:
    """Resolves a set with its truth hidden, and compares what the run says of itself with the truth."""
    frame = one.load()
    result = dedupe(frame.drop([name for name in frame.columns if name.startswith("truth_")]))
    truth = frame.select(pl.col("record_id").cast(pl.String), pl.col("truth_id").cast(pl.String))
    keyed = result.clusters.select("record_id", "record_key").join(truth, on="record_id")
    found = evaluate(result.clusters, keyed.select("record_key", "truth_id"))
    return Line(one.name, found.precision, found.recall, result.expected)


def holds(truth: float, told: Range) -> bool:
    """Whether the truth lies in the interval."""
    return told.low <= truth <= told.high


def row(line: Line) -> str:
    """One line of the table."""
    cells = [line.name, f"{line.expected.joined:,}"]
    for truth, told in line.told:
        cells += [f"{truth:.3f}", f"{told.value:.3f} ({told.low:.3f} to {told.high:.3f})" if told else "not told"]
        cells.append(("holds" if holds(truth, told) else "**missed**") if told else "")
    return f"| {' | '.join((*cells, line.expected.silent or line.expected.silent_missed))} |"


def table(lines: list[Line]) -> str:
    """All sets as a Markdown table, and how many of the estimates held."""
    rows = [f"| {' | '.join(HEADINGS)} |", "|---|---:|---:|---:|---|---:|---:|---|---|", *map(row, lines)]
    sums = []
    for place, name in enumerate(("right", "found")):
        told = [(truth, said) for truth, said in (line.told[place] for line in lines) if said]
        kept = sum(holds(truth, said) for truth, said in told)
        sums.append(f"{name}: told for {len(told)} of {len(lines)} sets, the interval held {kept} times")
    return "\n".join((*rows, "", "; ".join(sums).capitalize() + "."))


def main() -> None:
    """Prints the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_choice(parser)
    parser.add_argument("--write", action="store_true", help="write benchmarks/ESTIMATES.md")
    told = parser.parse_args()
    lines = []
    for one in chosen(told):
        lines.append(measure(one))
        print(row(lines[-1]), flush=True)
    if told.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(replaced(page, {"estimates": table(lines)}), encoding="utf-8")


if __name__ == "__main__":
    main()
