"""Who takes part, and within which limits."""

from dataclasses import dataclass
from typing import Final

MINUTES: Final = 15
"""What a peer may take for one set on two cores. Counted as processor time, so that other work does not matter."""
CORES: Final = 2
MEMORY: Final = 14 * 2**30
"""Bytes a peer may hold."""
LABELS: Final = 300
"""Pairs that a labelling person is asked for, by those who need it; the truth answers in their place."""


@dataclass(frozen=True)
class Entrant:
    """A way of using a peer: its name here, the package, where its adapter is, and whether it sees the truth.

    note: what the reader must know to compare its figures.
    """

    name: str
    package: str
    module: str
    note: str
    function: str = "resolve"
    sees_truth: bool = False


ENTRANTS: Final = (
    Entrant("Splink", "splink", "splink", "no labels, clusters at .95"),
    Entrant(
        *("Splink, best threshold", "splink", "splink", "the threshold is chosen with the truth in hand"),
        function="resolve_at_best",
        sees_truth=True,
    ),
    Entrant("GoldenMatch", "goldenmatch", "goldenmatch", "no configuration"),
    Entrant("recordlinkage ECM", "recordlinkage", "ecm", "no labels"),
    Entrant("dedupe", "dedupe", "dedupe", f"{LABELS} labelled pairs", sees_truth=True),
    Entrant("custmatch", "custmatch", "custmatch", f"{LABELS} labelled pairs", sees_truth=True),
)
LARGE: Final = Entrant(
    *("Splink, large files", "splink", "splink", "no labels, fewer candidates, trained on samples, clusters at .99"),
    function="resolve_large",
)
AT_SPEED: Final = (LARGE, *(entrant for entrant in ENTRANTS if entrant.function == "resolve"))
"""Those whose speed is measured: a threshold chosen with the truth in hand is no way of working."""
BY_NAME: Final = {entrant.name: entrant for entrant in (LARGE, *ENTRANTS)}
