"""Packing: a pair and the family of keys that made it as one number, which is moved and sorted as such."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Rows
from resolver.paths.spark.arrow import Schema
from resolver.steps.footprint import LOW_BITS, family_of
from rules.values.distinct import begins

Packed = NDArray[np.uint64]
MADE: Schema = {"pair": pl.UInt64()}
"""A pair and a family."""
FAMILY_BITS = np.uint64(int(LOW_BITS).bit_length())
"""Bits that tell the family of a pair, as they do that of a key."""


@dataclass(frozen=True)
class Packing:
    """How pairs of so many records, that lie in the buckets of their left ones, are packed.

    The left record is told by how many stand before it in its bucket; below it stand the right one and the family. So
    the numbers of a bucket sort like its pairs.
    """

    records: int
    buckets: int

    def of(self, left: Rows, right: Rows, family: Rows) -> Packed:
        """Pairs, left < right."""
        high, middle, low = (part.astype(np.uint64) for part in (left // self.buckets, right, family))
        return (high << (self._bits + FAMILY_BITS)) | (middle << FAMILY_BITS) | low

    def told(self, packed: Packed, bucket: int) -> tuple[Rows, Rows, Rows, Rows]:
        """(left, right, mask, times) of each pair of a bucket once, in their order: the families that made it, a bit
        each, and how many keys did."""
        packed = np.sort(packed)
        pairs, family = packed >> FAMILY_BITS, family_of(packed)
        first = np.flatnonzero(begins(pairs))
        masks = np.bitwise_or.reduceat(np.int64(1) << family, first) if len(first) else family
        found, times = pairs[first], np.diff(first, append=len(pairs))
        left = (found >> self._bits).astype(np.int64) * self.buckets + bucket
        right = (found & ((np.uint64(1) << self._bits) - np.uint64(1))).astype(np.int64)
        return left, right, masks, times

    @property
    def _bits(self) -> np.uint64:
        return np.uint64(self.records.bit_length())
