"""The measured parts of QUALITY.md, written between markers; every other word of the file stays as it is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from benchmarks.peers.entrants import ENTRANTS, Entrant
from benchmarks.peers.figures import Figure
from benchmarks.quality.engine import Outcome

OURS: Final = "this engine"
KINDS: Final = 5
"""Kinds of mistakes shown of each set."""
HEADINGS: Final = ("set", "precision", "recall", "F1", "B3 F1", "people", "found", "largest")
FIGURES: Final = {"f1": "Pairwise F1", "bcubed_f1": "B-cubed F1"}


class MarkerError(ValueError):
    """A page without the pair of markers that a measured part belongs between."""


def replaced(page: str, parts: Mapping[str, str]) -> str:
    """The page with each part between `<!-- measured: NAME -->` and `<!-- end: NAME -->` put in place.

    >>> replaced("Mine.\\n<!-- measured: x -->\\nold\\n<!-- end: x -->\\nMine too.", {"x": "new"})
    'Mine.\\n<!-- measured: x -->\\n\\nnew\\n\\n<!-- end: x -->\\nMine too.'
    """
    for name, body in parts.items():
        begin, end = f"<!-- measured: {name} -->", f"<!-- end: {name} -->"
        if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
            raise MarkerError(f"the page needs one {begin} and after it one {end}")
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}\n\n{body}\n\n{end}{after}"
    return page


def parts(outcomes: Sequence[Outcome], command: str) -> dict[str, str]:
    """Every measured part by its marker. command: what was run, as the reader can run it."""
    return {
        "command": f"Measured with `{command}`.",
        "engine": engine_table(outcomes),
        "peers": peers_part(outcomes),
        "mistakes": mistakes_part(outcomes),
    }


def engine_table(outcomes: Sequence[Outcome]) -> str:
    """One row a set; the seeds of a generated set are one row, with the mean and the range."""
    families = [list(group) for _, group in groupby(outcomes, key=lambda outcome: outcome.family)]
    return table(HEADINGS, [_engine_row(family) for family in families])


def _engine_row(family: Sequence[Outcome]) -> list[str]:
    found = [outcome.evaluation for outcome in family]
    name = family[0].name if len(family) == 1 else f"{family[0].family}, {len(family)} seeds"
    shares = [[getattr(one, figure) for one in found] for figure in ("precision", "recall", "f1", "bcubed_f1")]
    counts = [[getattr(one, count) for one in found] for count in ("true_entities", "found_entities", "largest_found")]
    return [name, *(_mean_and_range(values) for values in shares), *(_least_to_most(values) for values in counts)]


def _mean_and_range(values: Sequence[float]) -> str:
    mean = f"{sum(values) / len(values):.4f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.4f} to {max(values):.4f})"


def _least_to_most(values: Sequence[int]) -> str:
    return f"{min(values):,}" if min(values) == max(values) else f"{min(values):,} to {max(values):,}"


def peers_part(outcomes: Sequence[Outcome]) -> str:
    """A table for each figure, and a line for every set on which a peer does better; only sets that peers ran on."""
    raced = [outcome for outcome in outcomes if outcome.peers]
    if not raced:
        return "No peer has been measured on these sets."
    versions = {entrant.package: figure.version for entrant in ENTRANTS for figure in _figures(raced, entrant)}
    names = ", ".join(f"{package} {version}" for package, version in versions.items())
    tables = [f"{what}:\n\n{peers_table(raced, figure)}" for figure, what in FIGURES.items()]
    notes = "; ".join(f"{entrant.name}: {entrant.note}" for entrant in ENTRANTS)
    return "\n\n".join([f"Versions: {names}. {notes}.", *tables, losses(raced)])


def _figures(outcomes: Iterable[Outcome], entrant: Entrant) -> list[Figure]:
    return [outcome.peers[entrant.name] for outcome in outcomes if entrant.name in outcome.peers]


def peers_table(outcomes: Sequence[Outcome], figure: str) -> str:
    """One row a set, one column a tool. Bold: better than this engine."""
    headings = ["set", OURS, *(entrant.name for entrant in ENTRANTS)]
    return table(headings, [_peers_row(outcome, figure) for outcome in outcomes])


def _peers_row(outcome: Outcome, figure: str) -> list[str]:
    ours = getattr(outcome.evaluation, figure)
    cells = [_cell(outcome.peers.get(entrant.name), figure, ours) for entrant in ENTRANTS]
    return [outcome.name, f"{ours:.4f}", *cells]


def _cell(peer: Figure | None, figure: str, ours: float) -> str:
    if peer is None:
        return "not run"
    value = getattr(peer, figure)
    if value is None:
        return peer.outcome
    return f"**{value:.4f}**" if better(value, ours) else f"{value:.4f}"


def better(theirs: float, ours: float) -> bool:
    """Whether a difference can be seen in the table."""
    return round(theirs, 4) > round(ours, 4)


def losses(outcomes: Sequence[Outcome]) -> str:
    """Where a peer's pairwise F1 is better than ours, in words."""
    lines = []
    for outcome in outcomes:
        ours = outcome.evaluation.f1
        ahead = [peer for peer in outcome.peers.values() if peer.f1 is not None and better(peer.f1, ours)]
        if ahead:
            names = ", ".join(f"{peer.peer} {peer.f1:.4f}" for peer in sorted(ahead, key=lambda peer: -(peer.f1 or 0)))
            lines.append(f"- **{outcome.name}**: {names}; this engine {ours:.4f}.")
    if not lines:
        return "No peer has a better pairwise F1 than this engine on any of these sets."
    return "Where a peer has a better pairwise F1:\n\n" + "\n".join(lines)


def mistakes_part(outcomes: Sequence[Outcome]) -> str:
    """The most frequent kinds of mistakes of each set; of sets that differ in their seed, the first."""
    firsts = [next(group) for _, group in groupby(outcomes, key=lambda outcome: outcome.family)]
    return "\n\n".join(_mistakes_of(outcome) for outcome in firsts)


def _mistakes_of(outcome: Outcome) -> str:
    found = outcome.evaluation
    missed, wrong = found.true_pairs - found.correct_pairs, found.found_pairs - found.correct_pairs
    title = f"### {outcome.name}\n\n"
    if not outcome.kinds:
        return f"{title}No mistake in {found.true_pairs:,} true pairs."
    told = f"{missed:,} of {found.true_pairs:,} true pairs missed, {wrong:,} of {found.found_pairs:,} joins wrong."
    rows = [
        [kind.mistake, kind.name, f"{kind.pairs:,}", _example(outcome, kind.left, kind.right, kind.levels)]
        for kind in outcome.kinds[:KINDS]
    ]
    return f"{title}{told}\n\n{table(('mistake', 'kind', 'pairs', 'most of them show'), rows)}"


def _example(outcome: Outcome, left: str, right: str, levels: str) -> str:
    lines = [outcome.examples[key] for key in (left, right) if key in outcome.examples]
    return f"{levels}; as in “{lines[0]}” and “{lines[1]}”" if len(lines) == 2 else levels


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; columns of numbers are flushed right."""
    rows = [[re.sub(r"\s+", " ", cell).replace("|", "\\|") for cell in row] for row in rows]
    number = [all(re.fullmatch(r"[\d.,*]+( .*)?", row[at]) for row in rows) for at in range(len(headings))]
    rule = "|".join("---:" if right else "---" for right in number)
    return "\n".join([f"| {' | '.join(headings)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)])
