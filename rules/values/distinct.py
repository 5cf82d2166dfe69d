"""Distinct values: each looked at once, whatever the number of rows that hold it."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.values.arrays import which

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2 to the power of 64, divided by the golden ratio: its multiples spread numbers evenly (Fibonacci hashing; Knuth)."""
FEW = 600
"""Fewer values than this are done one by one: the operations of a vectorised twin cost more than they save."""
FEW_REMEMBERED = 5 * FEW
"""The same where what is made of a value is remembered: of the values that come to a server most came before."""
T = TypeVar("T")
Codes: TypeAlias = NDArray[np.int32]


def begins(groups: NDArray[Any]) -> NDArray[np.bool_]:
    """Which places of an array that ascends begin a group of equal numbers.

    >>> begins(np.asarray([3, 3, 7])).tolist()
    [True, False, True]
    """
    first = np.ones(len(groups), dtype=np.bool_)
    np.not_equal(groups[1:], groups[:-1], out=first[1:])
    return first


def told_apart(*columns: pl.Series) -> tuple[list[pl.Series], Codes]:
    """(the columns of the distinct combinations of values, the place among these of each row's), in no special order.

    >>> (values,), codes = told_apart(pl.Series(["a", "b", "a", None]))
    >>> len(values), values.gather(codes).to_list()
    (3, ['a', 'b', 'a', None])
    """
    if len(columns[0]) < FEW:
        return _few_told_apart(columns)
    frame = pl.DataFrame({str(place): column for place, column in enumerate(columns)})
    # Hashes are told apart many times as fast as strings; should two values share one, other hashes are tried.
    for seed in count():
        rows, codes = numbers_apart(frame.hash_rows(seed).to_numpy())
        distinct = [column.gather(rows) for column in columns]
        if all(some.gather(codes).eq_missing(every).all() for some, every in zip(distinct, columns, strict=True)):
            break
    return distinct, codes


def _few_told_apart(columns: Sequence[pl.Series]) -> tuple[list[pl.Series], Codes]:
    places: dict[tuple[Any, ...], int] = {}
    rows = zip(*(column.to_list() for column in columns), strict=True)
    codes = np.array([places.setdefault(row, len(places)) for row in rows], dtype=np.int32)
    if len(places) == len(codes):
        return [*columns], codes
    each = zip(*places, strict=True)
    return [pl.Series(of.name, values, dtype=of.dtype) for of, values in zip(columns, each, strict=True)], codes


def of_each(function: Callable[..., T], *columns: pl.Series) -> tuple[list[T], Codes]:
    """(the function's results for the distinct combinations of values, the place among these of each row's).

    >>> results, codes = of_each(len, pl.Series(["ann", "bo", "ann"]))
    >>> [results[code] for code in codes]
    [3, 2, 3]
    """
    distinct, codes = told_apart(*columns)
    return [function(*values) for values in zip(*distinct, strict=True)], codes


def in_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    """A few rows of texts as a frame.

    >>> in_columns(("first", "last"), [("ann", "lee"), ("bo", "ek")]).rows()
    [('ann', 'lee'), ('bo', 'ek')]
    """
    each: Sequence[Sequence[str]] = [*zip(*rows, strict=True)] or [()] * len(names)
    return pl.DataFrame([pl.Series(*told, dtype=pl.String) for told in zip(names, each, strict=True)])


def numbers_apart(numbers: NDArray[np.uint64], bits: int | None = None) -> tuple[NDArray[np.int64], Codes]:
    """(a place of each distinct number, which of these each number is), in no special order.

    Each number goes to a slot of a table by its hash, where the last one that came stands for all like it; those that
    meet another one there are told apart by the next table. Sorting them takes several times as long. bits: of the
    first table, where one is known to do; else it has a slot for each.

    >>> places, codes = numbers_apart(np.array([7, 2, 7], dtype=np.uint64))
    >>> len(places), places[codes].tolist() in ([0, 1, 0], [2, 1, 2])
    (2, True)
    """
    bits = bits or len(numbers).bit_length()
    with np.errstate(over="ignore"):
        spread = numbers * GOLDEN
    slots, table = (spread >> np.uint64(64 - bits)).astype(np.int32), np.full(1 << bits, -1, dtype=np.int32)
    table[slots] = np.arange(len(numbers), dtype=np.int32)
    used = which(table >= 0)
    places = table[used].astype(np.int64)
    table[used] = np.arange(len(used), dtype=np.int32)
    codes = table[slots]
    others = which(numbers[places][codes] != numbers)
    if len(others):
        more, which_more = numbers_apart(spread[others])
        codes[others] = which_more + np.int32(len(places))
        places = np.concatenate((places, others[more]))
    return places, codes
