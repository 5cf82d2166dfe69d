"""Runs: neighbouring equal numbers in an array that ascends; each stands for a group."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Rows
from rules.values.distinct import begins

LOW = 0xFFFFFFFF
"""The lower half of a number that packs two."""

Mask = NDArray[np.bool_]


def ordered(groups: Rows) -> Rows:
    """The places of an array in the order of its numbers (of 31 bits), equal ones in the order of the places.

    Number and place as one number are sorted several times as fast as `argsort` sorts.

    >>> ordered(np.asarray([7, 3, 7, 1])).tolist()
    [3, 1, 0, 2]
    """
    packed = (groups << 32) | np.arange(len(groups))
    packed.sort()
    return packed & LOW


def alone(groups: NDArray[Any]) -> Mask:
    """Which places are a group of one.

    >>> alone(np.asarray([3, 3, 7])).tolist()
    [False, False, True]
    """
    first = begins(groups)
    return first & np.append(first[1:], True) if len(first) else first


def least(groups: NDArray[Any], values: NDArray[Any]) -> Mask:
    """Which places hold the least value of their group; several where they are equal.

    >>> least(np.asarray([3, 3, 3, 7]), np.asarray([2, 1, 1, 5])).tolist()
    [False, True, True, True]
    """
    starts = np.flatnonzero(begins(groups))
    if not len(starts):
        return np.zeros(0, dtype=bool)
    lowest = np.minimum.reduceat(values, starts)
    return np.asarray(values == np.repeat(lowest, np.diff(starts, append=len(groups))))


def winners(groups: NDArray[Any], *values: NDArray[Any]) -> Rows:
    """For each group the place with the least first value; of equal ones that with the least second, and so on.

    What no value decides, the first place does.

    >>> winners(np.asarray([3, 3, 3, 7]), np.asarray([1, 0, 0, 9]), np.asarray([1, 5, 4, 0])).tolist()
    [2, 3]
    """
    places = np.arange(len(groups))
    for value in values:
        places = places[least(groups[places], value[places])]
    return places[begins(groups[places])]
