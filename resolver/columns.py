"""Normalised values as integers: each distinct value once, and for every record the codes of what it holds."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.threads import at_once
from rules.values.distinct import GOLDEN, begins, told_apart

Codes = NDArray[np.int32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Column:
    """One field of all records.

    values: the distinct normalised values in ascending order; place 0 is "" and stands for missing.
    codes: the place in `values` of each thing held, record after record.
    starts: where each record's codes begin (one more than there are records), or None when every record has
        exactly one place.
    """

    values: pl.Series
    codes: Codes
    starts: Rows | None = None

    def __len__(self) -> int:
        return len(self.codes) if self.starts is None else len(self.starts) - 1

    @cached_property
    def rows(self) -> Rows:
        """The record of each place in `codes`."""
        if self.starts is None:
            return np.arange(len(self.codes), dtype=np.int64)
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.starts))

    @cached_property
    def held(self) -> tuple[Rows, Codes]:
        """(record, code) of everything held, missing left out."""
        present = self.codes > 0
        return self.rows[present], self.codes[present]

    def of(self, wanted: Rows) -> tuple[Rows, Rows]:
        """(place in wanted, code) for everything that the wanted records hold."""
        if self.starts is None:
            codes = self.codes[wanted]
            places = np.flatnonzero(codes)
            return places, codes[places].astype(np.int64)
        number = self.number[wanted]
        codes = self.codes[ranges(self.starts[wanted], number)]
        return np.repeat(np.arange(len(wanted)), number), codes.astype(np.int64)

    @cached_property
    def number(self) -> Rows:
        """How many things each record holds."""
        return (self.codes > 0).astype(np.int64) if self.starts is None else np.diff(self.starts)

    @cached_property
    def several(self) -> NDArray[np.bool_]:
        """Which records hold more than one thing."""
        return self.number > 1

    @cached_property
    def first(self) -> Codes:
        """The code of the first thing that each record holds; 0 where it holds nothing."""
        if self.starts is None:
            return self.codes
        main = np.zeros(len(self), dtype=self.codes.dtype)
        filled = np.diff(self.starts) > 0
        main[filled] = self.codes[self.starts[:-1][filled]]
        return main

    @cached_property
    def counts(self) -> Rows:
        """How many records hold each value; 0 for missing."""
        return np.bincount(self.held[1], minlength=len(self.values))

    @property
    def is_empty(self) -> bool:
        """Whether no record holds anything."""
        return len(self.values) == 1


def encode(series: pl.Series) -> Column:
    """A String or List(String) series as a Column."""
    if series.dtype != pl.List(pl.String):
        values, codes = _factorise(series)
        return Column(values, codes)
    lengths = series.list.len().fill_null(0).to_numpy().astype(np.int64)
    if not len(lengths) or lengths.max() <= 1:
        values, codes = _factorise(series.list.first())
        return Column(values, codes)
    values, codes = _factorise(series.filter(pl.Series(lengths > 0)).list.explode())
    return Column(values, codes, np.concatenate(([0], np.cumsum(lengths))))


def encode_all(frame: pl.DataFrame, names: list[str]) -> dict[str, Column]:
    """The named columns of a NORMALISED frame that hold anything at all."""
    there = [name for name in names if name in frame.columns]
    columns = dict(zip(there, at_once(encode, frame.select(there)), strict=True))
    return {name: column for name, column in columns.items() if not column.is_empty}


def _factorise(series: pl.Series) -> tuple[pl.Series, Codes]:
    """Distinct values in their own order, null first, and each row's place among them."""
    (found,), codes = told_apart(series.alias("value"))
    order = found.arg_sort(nulls_last=False)
    values = found.gather(order).drop_nulls()
    places = np.empty(len(found), dtype=np.int32)
    places[order.to_numpy()] = np.arange(len(found), dtype=np.int32) + (len(values) == len(found))
    return pl.concat([pl.Series("value", [""]), values]), places[codes]


def distinct(numbers: NDArray[Any]) -> NDArray[Any]:
    """The distinct numbers in ascending order. numpy's own looks each up in a table, which a sort outruns by far."""
    ordered = np.sort(numbers)
    return ordered[begins(ordered)]


def numbered(numbers: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], Rows]:
    """The distinct numbers in ascending order and the place of each number among them, for many of few kinds.

    Each number goes to one of 65,536 places by its hash, where the last one that came stands for all like it; those
    that meet another one there are sorted. `np.unique` sorts all of them.
    """
    with np.errstate(over="ignore"):
        bucket = ((numbers * GOLDEN) >> np.uint64(48)).astype(np.int32)
    stands = np.full(1 << 16, -1, dtype=np.int64)
    stands[bucket] = np.arange(len(numbers))
    used = np.flatnonzero(stands >= 0)
    known = numbers[stands[used]]
    of_bucket = np.zeros(1 << 16, dtype=np.int64)
    of_bucket[used] = np.arange(len(used))
    places = of_bucket[bucket]
    other = np.flatnonzero(known[places] != numbers)
    rest, of_rest = np.unique(numbers[other], return_inverse=True)
    places[other] = len(known) + of_rest
    every = np.concatenate((known, rest))
    order = np.argsort(every)
    rank = np.empty(len(every), dtype=np.int64)
    rank[order] = np.arange(len(every))
    return every[order], rank[places]


def couple(one: Rows, other: Rows) -> Rows:
    """Two rows, or whatever is named by a number of 32 bits, as one number, whichever comes first."""
    return (np.minimum(one, other) << 32) | np.maximum(one, other)


def combine(first: tuple[Rows, Rows], second: tuple[Rows, Rows]) -> tuple[Rows, Rows, Rows]:
    """All (row, a, b) with (row, a) in the first and (row, b) in the second; both sorted by row."""
    rows_a, codes_a = first
    rows_b, codes_b = second
    begin = np.searchsorted(rows_b, rows_a, side="left")
    number = np.searchsorted(rows_b, rows_a, side="right") - begin
    take_a = np.repeat(np.arange(len(rows_a)), number)
    return rows_a[take_a], codes_a[take_a], codes_b[ranges(begin, number)]


def ranges(begin: Rows, number: Rows) -> Rows:
    """begin[0], begin[0]+1, ... (number[0] of them), begin[1], ... as one array."""
    ends = np.cumsum(number)
    offsets = np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64)
    return offsets - np.repeat(ends - number, number) + np.repeat(begin, number)
