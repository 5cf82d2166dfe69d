"""How well a run agrees with known answers, in words and as JSON."""

import json
from typing import TYPE_CHECKING

import polars as pl

from resolver.words.layout import table
from resolver.words.plain import count, number, printable

if TYPE_CHECKING:  # evaluating loads networkx, and a run that only prints its summary should not wait for it
    from resolver.evaluate import Evaluation

EXAMPLES = 5


def evaluation_in_words(evaluation: "Evaluation") -> str:
    """The measures with four decimals, the counts behind them, and the first mistakes by record key."""
    e = evaluation
    measures = table(
        [
            ("", "right when it joins", "found of what there is", "both"),
            ("", "(precision)", "(recall)", "(F1)"),
            ("by couples of records", f"{e.precision:.4f}", f"{e.recall:.4f}", f"{e.f1:.4f}"),
            ("by records (B-cubed)", f"{e.bcubed_precision:.4f}", f"{e.bcubed_recall:.4f}", f"{e.bcubed_f1:.4f}"),
        ],
        (24, 24, 24, 10),
        numbers=(1, 2, 3),
    )
    people = f"{count(e.found_entities, 'person', 'people')} found, {number(e.true_entities)} true"
    right = number(e.correct_pairs)
    counts = [
        f"{count(e.records, 'record')} with a known answer: {people}; largest group {number(e.largest_found)}",
        f"of {number(e.found_pairs)} couples of records put together {right} are right;",
        f"of {number(e.true_pairs)} that belong together {right} were found",
        *_left_out(e),
    ]
    parts = [measures, counts, _examples("Wrongly joined", e.wrongly_joined), _examples("Missed", e.missed)]
    return "\n\n".join("\n".join(part) for part in parts if part)


def evaluation_as_json(evaluation: "Evaluation") -> str:
    """Every figure, and the sampled mistakes."""
    facts = {
        name: value.to_dicts() if isinstance(value, pl.DataFrame) else value
        for name, value in ((name, getattr(evaluation, name)) for name in evaluation.__dataclass_fields__)
    }
    return json.dumps(facts, indent=2, ensure_ascii=False)


def _left_out(evaluation: "Evaluation") -> list[str]:
    told = (
        (evaluation.unmatched_truth, "only in the truth"),
        (evaluation.unmatched_clusters, "only in the result"),
        (evaluation.excluded, "set aside by the run"),
    )
    pieces = [f"{number(records)} {where}" for records, where in told if records]
    return [f"Not counted: {', '.join(pieces)}"] if pieces else []


def _examples(title: str, pairs: pl.DataFrame) -> list[str]:
    if not len(pairs):
        return [f"{title}: none"]
    shown = pairs.head(EXAMPLES)
    lines = [
        f"  {printable(left)}  |  {printable(right)}"
        for left, right in shown.select("left_key", "right_key").iter_rows()
    ]
    return [f"{title}, for example", *lines]
