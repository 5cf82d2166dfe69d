"""Scores: how sure the comparisons are, in three bands, and what another threshold would bring."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import couple, distinct
from resolver.parted import Parted
from resolver.report.view import View
from resolver.result import DECISIONS
from resolver.steps.forest import Forest
from rules.values.arrays import which

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
    pairs = view.result.of_pairs
    return Scores(_bins(view, pairs), thresholds(view, pairs), int(view.run["pairs_compared"]) - len(pairs))


def _bins(view: View, pairs: Parted) -> list[Bin]:
    review, match, _ = view.thresholds()
    edges = sorted({*EDGES, review, match})
    counts = {decision: np.zeros(len(edges), dtype=np.int64) for decision in DECISIONS}
    for part in pairs.parts(["probability", "decision"]):
        place = np.searchsorted(edges[:-1], part["probability"].to_numpy(), side="right") - 1
        for decision in counts:
            counts[decision] += np.bincount(place[(part["decision"] == decision).to_numpy()], minlength=len(edges))
    return [
        Bin(
            low,
            high,
            APART if low < review else ASK if low < match else JOIN,
            int(counts["match"][place]),
            int(counts["review"][place]),
            int(counts["no"][place]),
        )
        for place, (low, high) in enumerate(pairwise(edges))
    ]


def thresholds(view: View, pairs: Parted) -> list[Threshold]:
    """People, links and cases at each threshold. The groups of a stricter threshold lie inside those of a laxer one,
    so each is built on the one before, and every link is followed once.
    """
    review, match, _ = view.thresholds()
    levels = sorted({probability for probability in (*STRICTER, match) if probability >= review}, reverse=True)
    places, chances = _likely(pairs, review)
    left, right = pairs.ends(places) if pairs.ends else _rows(view, pairs.make(places, ["left_key", "right_key"]))
    surest = np.argsort(-chances)
    left, right, chances = left[surest], right[surest], chances[surest]
    links = np.searchsorted(-chances, [-level for level in levels], side="right").tolist()
    sums = np.concatenate(([0.0], np.cumsum(chances)))
    people, forest, found = len(view.live), Forest(len(view.members)), []
    for level, number in zip(levels, links, strict=True):
        upto = int(np.searchsorted(-chances, -level, side="right"))
        _, root = forest.join(left[:upto], right[:upto])
        people -= int((root != np.arange(len(root))).sum())
        left, right, chances = forest.group(left[upto:]), forest.group(right[upto:]), chances[upto:]
        apart = left != right
        left, right, chances = left[apart], right[apart], chances[apart]
        right_share = float(sums[number] / number) if number else None
        found.append(Threshold(level, number, right_share, people, _different(left, right), level == match))
    return found[::-1]


def _likely(pairs: Parted, review: float) -> tuple[Ints, NDArray[np.float64]]:
    """The places of the pairs that are at least so likely, and how likely each is."""
    places, chances = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for part in pairs.slices():
        told = pairs.make(part, ["probability"])["probability"].to_numpy()
        near = which(told >= review)
        places.append(part.start + near)
        chances.append(told[near])
    return np.concatenate(places), np.concatenate(chances)


def _rows(view: View, pairs: pl.DataFrame) -> tuple[Ints, Ints]:
    """The rows of both sides. Keys meet as 64-bit hashes, which is twice as fast as text: among ten million keys the
    chance that any two have one hash is one in 400,000. Where two tenants use one key, the first stands for both.
    """
    row = view.members.select(pl.col("record_key").hash().alias("key")).with_row_index("row")
    row = row.unique("key", keep="first") if len(view.tenants) > 1 else row
    sides = pl.concat([pairs["left_key"].hash(), pairs["right_key"].hash()]).alias("key").to_frame()
    rows = sides.join(row, on="key", how="left", maintain_order="left")["row"].to_numpy().astype(np.int64)
    return rows[: len(pairs)], rows[len(pairs) :]


def _different(left: Ints, right: Ints) -> int:
    """How many different couples of groups the links connect."""
    return len(distinct(couple(left, right)))
