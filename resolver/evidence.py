"""Evidence: what two records show, field by field, in named levels and in bits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from resolver.columns import Column
from resolver.judgement import Judgement, Verdict
from resolver.model.frozen import EVERY
from resolver.model.layout import kind
from resolver.model.model import BITS, Model
from resolver.model.odds import probabilities
from resolver.steps.block import Meeting
from resolver.steps.compare import Comparer
from resolver.steps.score import Shown, show
from rules.registry import FIELDS


@dataclass(frozen=True)
class Line:
    """One piece of evidence: what both sides say, how that compares, and what it adds in bits.

    learned: how much of that comes from labels.
    """

    field: str
    level: str
    left: str
    right: str
    weight: float
    meaning: str
    learned: float = 0.0


@dataclass(frozen=True)
class Why:
    """Everything there is to say about two records.

    said: what a person said about the two, where that counted. different: verdicts that keep the two entities apart;
    clean: sources that hold nobody twice, of which both entities have a record. copies: how many records say the same
    as the two, so that one of them was looked at for all.
    """

    left_key: str
    right_key: str
    left_entity: str
    right_entity: str
    meetings: list[Meeting]
    lines: list[Line]
    probability: float
    path: list[str] = field(default_factory=list)
    said: Judgement | None = None
    different: list[Judgement] = field(default_factory=list)
    clean: list[str] = field(default_factory=list)
    copies: int = 0

    @property
    def joined(self) -> bool:
        """Whether both are in one entity."""
        return self.left_entity == self.right_entity

    @property
    def compared(self) -> bool:
        """Whether the two ever met."""
        return any(not meeting.dropped for meeting in self.meetings)


@dataclass(frozen=True)
class Weighing:
    """Two rows weighed: the evidence, whose weights sum up to the log odds, and the probability of one person."""

    lines: list[Line]
    probability: float
    shown: Shown

    @classmethod
    def of(cls, columns: Mapping[str, Column], comparer: Comparer, model: Model, rows: tuple[int, int]) -> "Weighing":
        """Compares two rows of some columns."""
        shown = show(comparer, columns, np.asarray(rows[:1]), np.asarray(rows[1:]))
        lines = []
        for evidence in model.evidence(int(shown.patterns[0])):
            column = columns.get(evidence.field)
            about = FIELDS.get(kind(evidence.field))
            lines.append(
                Line(
                    evidence.field,
                    evidence.level,
                    said(column, rows[0]),
                    said(column, rows[1]),
                    evidence.weight,
                    about.explanation if about else "",
                    evidence.learned,
                )
            )
        rarity = BITS * float(shown.rarity[0])
        lines.append(Line("rarity", "how rare the agreeing values are here", "", "", rarity, ""))
        total = sum(line.weight for line in lines) / BITS
        cap = float(model.caps(shown.patterns)[0])
        if total > cap:
            held = BITS * (cap - total)
            lines.append(Line("caution", "too few records here to join on this alone", "", "", held, ""))
            total = cap
        return cls(lines, float(probabilities(np.asarray(total))), shown)


def said(column: Column | None, row: int) -> str:
    """What a row holds, as text."""
    if column is None:
        return ""
    rows, codes = column.held
    return "; ".join(column.values[codes[rows == row]])


def keeping_apart(sides: Sequence[pl.DataFrame], told: Iterable[Judgement]) -> list[Judgement]:
    """The verdicts that a record of one side and a record of the other are different persons. sides: record_key."""
    one, other = (set(side["record_key"]) for side in sides)
    different = (judgement for judgement in told if judgement.verdict == Verdict.DIFFERENT)
    ends = ((judgement, {judgement.left_key, judgement.right_key}) for judgement in different)
    return [judgement for judgement, keys in ends if keys & one and keys & other]


def clean_on_both(sides: Sequence[pl.DataFrame], clean: Sequence[str]) -> list[str]:
    """The clean sources of which both sides have a record. sides: source."""
    one, other = (set(side["source"]) for side in sides)
    return sorted(name for name in one & other if EVERY in clean or name in clean)


def chain(links: Iterable[tuple[str, str, float]], told: Iterable[Judgement], ends: tuple[str, str]) -> list[str]:
    """The strongest chain of records between two; empty where there is none.

    links: the two ends of each and its probability. told: what people said to be the same is the strongest link of all.
    """
    import networkx as nx

    graph: nx.Graph[str] = nx.Graph()
    for a, b, probability in links:
        graph.add_edge(a, b, cost=-float(np.log(max(probability, 1e-9))) + 1e-3)
    graph.add_edges_from(((one.left_key, one.right_key) for one in told if one.verdict == Verdict.SAME), cost=0.0)
    left, right = ends
    if left not in graph or right not in graph or not nx.has_path(graph, left, right):
        return []
    return list(nx.shortest_path(graph, left, right, weight="cost"))
