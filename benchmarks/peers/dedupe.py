"""dedupe with its active learning; the truth answers in place of the person who would label the pairs it asks for."""

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks.peers.entrants import LABELS
from benchmarks.peers.practice import clean

LONG: Final = ("name", "email", "company", "address")
SHORT: Final = ("first_name", "last_name", "phone", "date_of_birth", "national_id", "zip", "city")
"""Columns whose parts it need not look for; others (a state, a house number) make blocks that no memory holds."""
SEED: Final = 13
LOT: Final = 10
LEARNS_FROM: Final = 2_500
"""Records that it looks for questions in: it lists all pairs of every rule it thinks of, and 5,000 fill 10 GB."""


def resolve(frame: pl.DataFrame) -> pl.DataFrame:
    """Pairs labelled where it is unsure, clusters at its own default threshold."""
    import dedupe

    random.seed(SEED)
    np.random.seed(SEED)
    cleaned = clean(frame.drop("truth_id"))
    truth = dict(frame.select("record_id", "truth_id").iter_rows())
    kinds = {**dict.fromkeys(LONG, dedupe.variables.String), **dict.fromkeys(SHORT, dedupe.variables.ShortString)}
    variables = [
        kind(name, has_missing=cleaned[name].null_count() > 0)
        for name, kind in kinds.items()
        if name in cleaned.columns
    ]
    data = {row["record_id"]: row for row in cleaned.iter_rows(named=True)}
    matcher = dedupe.Dedupe(variables)
    matcher.prepare_training({key: data[key] for key in random.sample(sorted(data), min(LEARNS_FROM, len(data)))})
    _label(matcher, truth)
    matcher.train()
    clusters = matcher.partition(data, threshold=0.5)
    rows = [(record, number) for number, (members, _) in enumerate(clusters) for record in members]
    return pl.DataFrame(rows, schema=["record_id", "entity"], orient="row")


def _label(matcher: Any, truth: dict[str, str]) -> None:
    """Answers what it asks, some pairs at a time: it learns anew after each lot, which takes most of its time."""
    for _ in range(LABELS // LOT):
        pairs = list(islice(_asked(matcher), LOT))
        if not pairs:
            return
        same = [truth[first["record_id"]] == truth[second["record_id"]] for first, second in pairs]
        matcher.mark_pairs(
            {
                "match": [pair for pair, yes in zip(pairs, same, strict=True) if yes],
                "distinct": [pair for pair, yes in zip(pairs, same, strict=True) if not yes],
            }
        )


def _asked(matcher: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The pairs it wants to know about, until none is left, as happens in a small set."""
    while True:
        try:
            yield from matcher.uncertain_pairs()
        except IndexError:
            return
