"""The peers' figures for a set: those kept, or measured anew."""

from collections.abc import Iterator

import polars as pl

from benchmarks.peers.entrants import ENTRANTS
from benchmarks.peers.figures import Figure, load, save
from benchmarks.peers.handover import hand_over
from benchmarks.peers.race import measure, version

AGAIN = "all"
MISSING = "missing"


def known(labelled: pl.DataFrame) -> dict[str, Figure]:
    """What was measured of each peer on exactly what it would be handed now."""
    figures, content = load(), hand_over(labelled).digest
    return {entrant.name: figures[key] for entrant in ENTRANTS if (key := (content, entrant.name)) in figures}


def run(name: str, labelled: pl.DataFrame, which: str, only: str = "") -> Iterator[Figure]:
    """Runs the peers on a set, one after the other, and keeps each figure as soon as it is there.

    which: "all", or "missing" for those of whose present version nothing is known on this content. only: part of the
    names of the peers to run.
    """
    handed = hand_over(labelled)
    for entrant in ENTRANTS:
        before = load().get((handed.digest, entrant.name))
        done = which == MISSING and before is not None and before.version == version(entrant.package)
        if done or only not in entrant.name:
            continue
        figure = measure(name, handed, entrant)
        save({**load(), figure.key: figure}.values())
        yield figure
