"""Splink 5 as a good practitioner would set it up for contacts without labels, for small files and for large ones."""

from typing import Final

import polars as pl

from benchmarks.peers.linker import Plan, clusters, predicted, trained

THRESHOLD: Final = 0.95
THRESHOLDS: Final = (0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 0.99999)
SAFE: Final = 0.99
"""Among more records, more strangers look alike; on generated contacts it does better than .95 and .999."""
LARGE: Final = Plan(
    meeting=(
        *(("email",), ("first_name", "phone"), ("last_name", "phone"), ("first_name", "last_name", "city")),
        *(("first_name", "last_name", "company"), ("last_name", "address"), ("first_name", "address")),
    ),
    u_pairs=1e6,
    sessions=(("first_name", "last_name"), ("email",)),
    em_pairs=1e6,
)
"""Rules whose pairs grow as the records do, and learning from a sample: two sessions free every column once."""


def resolve(frame: pl.DataFrame) -> pl.DataFrame:
    """Clusters at a match probability of .95."""
    linker = trained(frame.drop("truth_id", strict=False), Plan())
    return clusters(linker, predicted(linker, THRESHOLD), THRESHOLD)


def resolve_at_best(frame: pl.DataFrame) -> pl.DataFrame:
    """Clusters at the threshold with the best pairwise F1 against the truth: what nobody without labels can choose."""
    from resolver.evaluate import evaluate

    linker = trained(frame.drop("truth_id"), Plan())
    predictions = predicted(linker, THRESHOLDS[0])
    truth = frame.select("record_id", "truth_id").rename({"record_id": "record_key"})

    def f1(found: pl.DataFrame) -> float:
        return evaluate(found.rename({"record_id": "record_key", "entity": "entity_id"}), truth).f1

    return max((clusters(linker, predictions, threshold) for threshold in THRESHOLDS), key=f1)


def resolve_large(frame: pl.DataFrame) -> pl.DataFrame:
    """Clusters of a large file, at a match probability of .99."""
    linker = trained(frame.drop("truth_id", strict=False), LARGE)
    return clusters(linker, predicted(linker, SAFE), SAFE)
