"""A peer from a file of contacts to a file of clusters, as one process.

    python -m benchmarks.peers.whole NAME CONTACTS ANSWER [TRUTH]

CONTACTS is a CSV as `benchmarks.generate` writes it, ANSWER a parquet file with record_id and entity. TRUTH goes to
those who ask for labels. There is no limit here: whoever starts this sets them.
"""

import sys
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.peers.headers import BOOKKEEPING, HEADERS
from benchmarks.peers.runner import adapter

KEPT: Final = BOOKKEEPING - {"record_id"}


def read(contacts: Path, truth: Path | None) -> pl.DataFrame:
    """The contacts as adapters take them: as text, under the headers they know, with `truth_id` if there is a truth."""
    frame = pl.read_csv(contacts, infer_schema=False).drop(KEPT, strict=False).rename(HEADERS, strict=False)
    if truth is None:
        return frame
    known = pl.read_csv(truth, infer_schema=False, columns=["record_id", "truth_id"])
    return frame.join(known, on="record_id", how="left", maintain_order="left")


def main() -> None:
    """Reads, resolves, writes."""
    name, contacts, answer, *truth = sys.argv[1:]
    found = adapter(name)(read(Path(contacts), Path(truth[0]) if truth else None))
    found.select("record_id", "entity").write_parquet(answer)


if __name__ == "__main__":
    main()
