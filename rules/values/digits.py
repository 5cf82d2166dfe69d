"""Numbers written in digits, packed so that many pairs of them can be compared digit by digit at once."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.values.text import Mask

Packed = NDArray[np.uint64]

MOST = 16
"""Digits that fit: four bits each."""

_ONES = np.uint64(0x1111111111111111)
_PAIR = np.uint64(0xFF)
ANYWHERE = _ONES
"""Two neighbours may be the wrong way round wherever they stand."""


def pack(digits: pl.Expr) -> pl.Expr:
    """Strings of one to `MOST` ASCII digits -> UInt64, their last digit in the lowest four bits; null for all others.

    >>> pl.select(pack(pl.lit(pl.Series(["2079", "007", "20…"])))).to_series().to_list() == [0x2079, 7, None]
    True
    """
    return digits.str.to_integer(base=16, dtype=pl.UInt64, strict=False)


def last(digits: NDArray[np.integer]) -> Packed:
    """What leaves of packed numbers only so many last digits, 0 to `MOST`.

    >>> [hex(mask) for mask in last(np.array([1, 3])).tolist()]
    ['0xf', '0xfff']
    """
    return np.asarray(_LAST[digits])


_LAST = np.array([(1 << 4 * size) - 1 for size in range(MOST + 1)], dtype=np.uint64)


def one_slip(left: Packed, right: Packed, swaps: np.uint64 = ANYWHERE) -> Mask:
    """Whether one digit is another, or two neighbours are the wrong way round, and all other digits are equal.

    swaps: the places, a bit for each, where the second of two neighbours may be that are taken for a swap.

    >>> digits = np.array([0x2079, 0x2079, 0x2079], dtype=np.uint64)
    >>> one_slip(digits, np.array([0x2070, 0x2709, 0x2780], dtype=np.uint64)).tolist()
    [True, True, False]
    """
    differ = left ^ right
    places = differ | (differ >> np.uint64(1))
    places |= places >> np.uint64(2)
    places &= _ONES
    number = np.bitwise_count(places)
    slip = np.asarray(number == 1)
    two = np.flatnonzero(number == 2)
    places = places[two]
    side_by_side = (places & (places >> np.uint64(4)) & swaps) != 0
    two, places = two[side_by_side], places[side_by_side]
    behind = np.bitwise_count((places & (~places + np.uint64(1))) - np.uint64(1))
    ours, theirs = ((side[two] >> behind) & _PAIR for side in (left, right))
    slip[two] = ((ours >> np.uint64(4)) | ((ours << np.uint64(4)) & _PAIR)) == theirs
    return slip
