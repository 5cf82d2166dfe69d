"""Arrays: what numpy has, too, made for a few numbers as well as for millions; numpy's own take longer to begin."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def which(told: NDArray[Any]) -> NDArray[np.intp]:
    """The places of an array of one dimension that hold, or are not zero: `numpy.flatnonzero`.

    >>> which(np.array([0, 3, 0, 5])).tolist()
    [1, 3]
    """
    return told.nonzero()[0]


def among(numbers: NDArray[Any], known: NDArray[Any]) -> NDArray[np.bool_]:
    """Which numbers are among those known, which ascend: `numpy.isin`.

    >>> among(np.array([7, 2, 9]), np.array([2, 4, 7])).tolist()
    [True, True, False]
    """
    if not len(known):
        return np.zeros(len(numbers), dtype=np.bool_)
    return np.asarray(known.take(known.searchsorted(numbers), mode="clip") == numbers)


def ranges(begin: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """begin[0], begin[0]+1, ... (number[0] of them), begin[1], ... as one array.

    >>> ranges(np.array([7, 2]), np.array([2, 3])).tolist()
    [7, 8, 2, 3, 4]
    """
    ends = np.cumsum(number)
    offsets = np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64)
    return offsets - np.repeat(ends - number, number) + np.repeat(begin, number)


def first_of(told: dict[int, NDArray[np.bool_]], last: int) -> NDArray[np.uint8]:
    """For each place the first of these codes whose array holds there, or the last one: `numpy.select`.

    >>> first_of({1: np.array([True, False, False]), 2: np.array([True, True, False])}, 3).tolist()
    [1, 2, 3]
    """
    codes = np.full(len(next(iter(told.values()))), last, dtype=np.uint8)
    for code in reversed(told):
        codes[told[code]] = code
    return codes
