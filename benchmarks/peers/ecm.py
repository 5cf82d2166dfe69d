"""Fellegi-Sunter with the ECM classifier of the package recordlinkage, and connected components."""

from typing import Final

import numpy as np
import polars as pl

from benchmarks.peers.practice import MEETING, clean, tell_candidates
from resolver.components import components

SIMILAR: Final = {"first_name": 0.88, "last_name": 0.88, "name": 0.88, "email": 0.92, "company": 0.88, "address": 0.88}
"""Columns whose values agree from this Jaro-Winkler similarity on; the others must be equal."""
MANY: Final = 1_000_000
"""Pairs from which on it is worth starting a process for every core."""


def resolve(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column agrees or does not; pairs that the classifier calls links join their records.

    A missing value disagrees: the classifier knows no third way.
    """
    import recordlinkage
    from recordlinkage.index import Block

    cleaned = clean(frame.drop("truth_id", strict=False))
    columns = [name for name in cleaned.columns if name != "record_id"]
    table = cleaned.select(columns).to_pandas()
    indexer = recordlinkage.Index([Block(list(rule)) for rule in MEETING if set(rule).issubset(columns)])
    pairs = indexer.index(table)
    tell_candidates(len(pairs))
    compare = recordlinkage.Compare(n_jobs=-1 if len(pairs) > MANY else 1)
    for name in columns:
        if name in SIMILAR:
            compare.string(name, name, method="jarowinkler", threshold=SIMILAR[name], label=name)
        else:
            compare.exact(name, name, label=name)
    agreeing = compare.compute(pairs, table).astype(int)
    # A column on which all pairs agree or none does tells nothing, and the classifier cannot take it.
    links = recordlinkage.ECMClassifier().fit_predict(agreeing.loc[:, agreeing.nunique() > 1])
    first, second = (links.get_level_values(level).to_numpy(dtype=np.int64) for level in (0, 1))
    entity = components(len(frame), np.minimum(first, second), np.maximum(first, second))
    return frame.select("record_id", entity=pl.Series(entity))
