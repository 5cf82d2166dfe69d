"""Distinct values: each looked at once, whatever the number of rows that hold it."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

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
    # Sorting hashes is several times as fast as grouping strings; should two values share one, other hashes are tried.
    for seed in count():
        rows, codes = _numbered(frame.hash_rows(seed).to_numpy())
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


def _numbered(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], Codes]:
    """(a row of each distinct hash, the place among these of each row's)."""
    order = np.argsort(hashes)
    ordered = hashes[order]
    new = begins(ordered)
    codes = np.empty(len(order), dtype=np.int32)
    codes[order] = np.cumsum(new, dtype=np.int32) - 1
    return order[new], codes
