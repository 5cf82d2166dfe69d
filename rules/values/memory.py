"""What was told of pairs, for the pairs of a column that come again: in a batch most of them do, many times."""

import numpy as np
from numpy.typing import NDArray

from rules.field import Judge, Levels, Places
from rules.values.arrays import which
from rules.values.distinct import GOLDEN

_MOST = 22
_FOR_EACH = 16
"""Slots for each value, 8 bytes a slot, until there are 2 to the power of `_MOST`."""
_LEVEL, _PLACE = np.uint64(8), np.uint64(36)


class Memory:
    """A judge that asks another one only about pairs that it does not remember.

    Each pair has one slot of a table (Fibonacci hashing; Knuth 1973), and takes it over from the pair that was there.
    A slot is one number, pair and level together, so that several threads may read and write at the same time. Places
    are below 2 to the power of 28, and the two of a pair are not equal.
    """

    def __init__(self, judge: Judge, values: int) -> None:
        """`values`: how many distinct values the pairs are of."""
        power = min(max(values * _FOR_EACH, 2).bit_length(), _MOST)
        self._judge, self._shift = judge, np.uint64(64 - power)
        self._slots: NDArray[np.uint64] = np.zeros(1 << power, dtype=np.uint64)

    def __call__(self, a: Places, b: Places) -> Levels:
        pair = (a.astype(np.uint64) << _PLACE) | (b.astype(np.uint64) << _LEVEL)
        slot = ((pair * GOLDEN) >> self._shift).astype(np.intp)
        found = self._slots[slot]
        levels = found.astype(np.uint8)
        new = which(found - levels != pair)
        if len(new):
            levels[new] = self._judge(a[new], b[new])
            self._slots[slot[new]] = pair[new] | levels[new]
        return levels
