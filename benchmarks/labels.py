"""What labels give: the accuracy with 20 to 1,000 labels, asked by `resolver label` or drawn at random.

    python -m benchmarks.labels [--datasets FOLDER ...] [--rows 10000] [--seeds 1] [--only NAME] [--write]

Sets are those of `benchmarks.quality`. The truth answers the questions; the model that `resolver train` makes of the
answers resolves the same set again. --write puts the tables into benchmarks/LABELS.md.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from benchmarks.quality.engine import keyed_truth
from benchmarks.quality.page import table
from benchmarks.quality.sets import LabelledSet, add_choice, chosen
from resolver import dedupe
from resolver.ask import Finished, questions
from resolver.evaluate import evaluate
from resolver.frames import JUDGEMENTS
from resolver.judgement import Judgement, Verdict, told_frame
from resolver.paths.options import Options
from resolver.result import NO_TENANT, Result
from resolver.teach import Labels, teach

PAGE = Path(__file__).parent / "LABELS.md"
COUNTS = (20, 50, 100, 300, 1000)
DRAWS = 3
"""Random samples of labels; the table shows the mean and the worst."""


@dataclass(frozen=True)
class Line:
    """F1 of one set: without labels, and by number of labels when asked and for each random draw."""

    name: str
    plain: float
    asked: dict[int, float]
    drawn: dict[int, list[float]]


class _Set:
    """One set resolved without labels, and everything needed to resolve it with some."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.shown = frame.drop([name for name in frame.columns if name.startswith("truth_")])
        self.result = dedupe(self.shown)
        self.truth = keyed_truth(self.result, frame)
        self.plain = self.f1(self.result)
        self._known = dict(self.truth.iter_rows())

    def f1(self, result: Result) -> float:
        """Pairwise F1 of a result."""
        return evaluate(result.clusters, self.truth).f1

    def same(self, left: str, right: str) -> bool:
        """The truth about two records."""
        return bool(self._known[left] == self._known[right])

    def taught(self, labels: Sequence[tuple[str, str]]) -> float:
        """F1 with the model that these labels make."""
        rows = [(NO_TENANT, *sorted(ends), self.same(*ends)) for ends in labels]
        pairs = pl.DataFrame(rows, schema=["tenant", "left_key", "right_key", "same"], orient="row")
        teaching = teach(self.result, Labels(pairs.sort("left_key", "right_key")))
        if teaching.models[NO_TENANT].taught is None:
            return self.plain
        return self.f1(dedupe(self.shown, options=Options(models=teaching.models)))

    def asked(self) -> Iterator[tuple[int, list[tuple[str, str]]]]:
        """The labels that the questions of `resolver label` bring, in sittings that end at each of COUNTS."""
        with TemporaryDirectory() as folder:
            self.result.write(Path(folder))
            run = Finished.read(Path(folder))
            answers: list[Judgement] = []
            for before, count in pairwise((0, *COUNTS)):
                judged = told_frame(answers) if answers else pl.DataFrame(schema=JUDGEMENTS)
                for one in questions(run, judged, count - before):
                    verdict = Verdict.SAME if self.same(one.left_key, one.right_key) else Verdict.DIFFERENT
                    answers.append(Judgement(one.left_key, one.right_key, verdict))
                if len(answers) < count:
                    return
                yield count, [(one.left_key, one.right_key) for one in answers]

    def drawn(self, seed: int) -> Iterator[tuple[int, list[tuple[str, str]]]]:
        """Labels of pairs that the run wrote down, drawn at random; a larger sample holds the smaller ones."""
        pairs = self.result.pairs.select("left_key", "right_key").sort("left_key", "right_key")
        order = np.random.default_rng(seed).permutation(len(pairs))
        for count in COUNTS:
            if count <= len(pairs):
                yield count, pairs[order[:count].tolist()].rows()


def measure(one: LabelledSet) -> Line:
    """One set, with all numbers of labels."""
    data = _Set(one.load())
    drawn: dict[int, list[float]] = {}
    for seed in range(DRAWS):
        for count, labels in data.drawn(seed):
            drawn.setdefault(count, []).append(data.taught(labels))
    return Line(one.name, data.plain, {count: data.taught(labels) for count, labels in data.asked()}, drawn)


def tables(lines: Sequence[Line]) -> tuple[str, str]:
    """The table of labels that were asked for, and that of labels drawn at random."""
    asked = [replace(line, drawn={count: [f1] for count, f1 in line.asked.items()}) for line in lines]
    headings = ["set", "no labels", *(f"{count:,} labels" for count in COUNTS)]
    return tuple(
        table(
            headings, [*map(_row, some), _summary("mean change", some, "mean"), _summary("worst change", some, "min")]
        )
        for some in (asked, lines)
    )  # type: ignore[return-value]  # two in, two out


def _row(line: Line) -> list[str]:
    """F1 with so many labels, of several draws the mean and the worst."""
    cells = []
    for count in COUNTS:
        found = line.drawn.get(count, [])
        worst = f" ({min(found):.4f})" if len(found) > 1 else ""
        cells.append(f"{np.mean(found):.4f}{worst}" if found else "fewer to ask")
    return [line.name, f"{line.plain:.4f}", *cells]


def _summary(title: str, lines: Sequence[Line], how: str) -> list[str]:
    cells = []
    for count in COUNTS:
        changes = [f1 - line.plain for line in lines for f1 in line.drawn.get(count, [])]
        cells.append(f"{getattr(np, how)(changes):+.4f}" if changes else "")
    return [title, "", *cells]


def page(lines: Sequence[Line]) -> str:
    """The text of LABELS.md."""
    asked, drawn = tables(lines)
    return TEXT.format(asked=asked, drawn=drawn, draws=DRAWS)


TEXT = """# What labels give

Pairwise F1 of the same run without labels and with the model that `resolver train` makes of them (`python -m
benchmarks.labels --write`, with `--datasets` for labelled files). The truth gives the answers; no record of a set is
kept back, as in use: people label some records of the files that they resolve.

## Asked by `resolver label`

Questions come in sittings that end at 20, 50, 100, 300 and 1,000 answers; each sitting takes the answers so far into
account.

{asked}

## Drawn at random

From the pairs that a run writes down; the mean of {draws} draws, and in brackets the worst of them. The last two lines
are over all draws.

{drawn}

Labels that do not foretell held-out labels better than the estimate does change nothing: F1 is then that without
labels.

F1 can fall although held-out labels are foretold better. Labels correct the scores of two records; groups are made of
many. Where a true group was held together by scores that were too high (organisations from three lists, whose names
agree more often than their addresses), correcting these takes it apart: precision and the scores of single pairs get
better there, recall gets worse.

How strong the prior is and how questions are chosen was settled while looking at most of these sets; expect a little
less on others.
"""


def main() -> None:
    """Prints a line a set as soon as it is known, then the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_choice(parser)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    told = parser.parse_args()
    lines = []
    for one in chosen(told):
        lines.append(measure(one))
        print(lines[-1], flush=True)
    print("\n\n".join(tables(lines)))
    if told.write:
        PAGE.write_text(page(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
