"""Scores: how sure the comparisons are, in three bands, and what another threshold would bring."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.report.view import View
from resolver.steps.cluster import components

EDGES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0)
STRICTER = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
APART, ASK, JOIN = "kept apart", "you are asked", "joined"

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Bin:
    """Comparisons whose probability lies from low to high, and what became of them."""

    low: float
    high: float
    band: str
    joined: int
    asked: int
    apart: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.joined + self.asked + self.apart


@dataclass(frozen=True)
class Threshold:
    """What joining from this probability on would bring when every link is followed. people: at least so many.

    right: the share of the links that are expected to be right; None where there is none.
    """

    probability: float
    links: int
    right: float | None
    people: int
    cases: int
    current: bool


@dataclass(frozen=True)
class Scores:
    """The histogram, the thresholds, and how many comparisons were too unlikely to be written down."""

    bins: list[Bin]
    thresholds: list[Threshold]
    unwritten: int


def scores(view: View) -> Scores:
    """Counts what the written comparisons show."""
    pairs = view.result.pairs
    return Scores(_bins(view, pairs), thresholds(view, pairs), int(view.run["pairs_compared"]) - len(pairs))


def _bins(view: View, pairs: pl.DataFrame) -> list[Bin]:
    review, match, _ = view.thresholds()
    edges = sorted({*EDGES, review, match})
    counts = {decision: _between(pairs, decision, edges) for decision in ("match", "review", "no")}
    return [
        Bin(
            low,
            high,
            APART if low < review else ASK if low < match else JOIN,
            counts["match"][place],
            counts["review"][place],
            counts["no"][place],
        )
        for place, (low, high) in enumerate(pairwise(edges))
    ]


def _between(pairs: pl.DataFrame, decision: str, edges: list[float]) -> list[int]:
    """How many pairs of one decision lie between each two edges."""
    chances = pairs.select(pl.col("probability").filter(pl.col("decision") == decision))
    above = chances.select((pl.col("probability") >= edge).sum().alias(str(edge)) for edge in edges[:-1]).row(0)
    return [int(low) - int(high) for low, high in pairwise((*above, 0))]


def thresholds(view: View, pairs: pl.DataFrame) -> list[Threshold]:
    """People, links and cases at each threshold. The groups of a stricter threshold lie inside those of a laxer one,
    so each is built on the one before, and every link is followed once.
    """
    review, match, _ = view.thresholds()
    levels = sorted({probability for probability in (*STRICTER, match) if probability >= review}, reverse=True)
    likely = pairs.select("left_key", "right_key", "probability").filter(pl.col("probability") >= review)
    left, right = _rows(view, likely)
    surest = likely["probability"].arg_sort(descending=True).to_numpy()
    left, right, chances = left[surest], right[surest], likely["probability"].to_numpy()[surest]
    links = np.searchsorted(-chances, [-level for level in levels], side="right").tolist()
    sums = np.concatenate(([0.0], np.cumsum(chances)))
    people, found = len(view.live), []
    for level, number in zip(levels, links, strict=True):
        upto = int(np.searchsorted(-chances, -level, side="right"))
        root = components(len(view.members), left[:upto], right[:upto])
        people -= int((root != np.arange(len(root))).sum())
        left, right, chances = root[left[upto:]], root[right[upto:]], chances[upto:]
        apart = left != right
        left, right, chances = left[apart], right[apart], chances[apart]
        right_share = float(sums[number] / number) if number else None
        found.append(Threshold(level, number, right_share, people, _different(left, right, len(root)), level == match))
    return found[::-1]


def _rows(view: View, pairs: pl.DataFrame) -> tuple[Ints, Ints]:
    """The rows of both sides. Keys meet as 64-bit hashes, which is twice as fast as text: among ten million keys the
    chance that any two have one hash is one in 400,000. Where two tenants use one key, the first stands for both.
    """
    row = view.members.select(pl.col("record_key").hash().alias("key")).with_row_index("row")
    row = row.unique("key", keep="first") if len(view.tenants) > 1 else row
    left, right = (
        pairs.select(pl.col(side).hash().alias("key"))
        .join(row, on="key", how="left", maintain_order="left")["row"]
        .to_numpy()
        .astype(np.int64)
        for side in ("left_key", "right_key")
    )
    return left, right


def _different(left: Ints, right: Ints, members: int) -> int:
    """How many different couples of groups the links connect."""
    return pl.Series(np.minimum(left, right) * members + np.maximum(left, right)).n_unique()
