"""Normalised values as integers: each distinct value once, and for every record the codes of what it holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, chain, compress, pairwise
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars._typing import PolarsDataType

from resolver.frames import NORMALISED, check
from resolver.lists import instead, lists
from resolver.parted import Parted, Places
from resolver.threads import at_once
from rules.values.arrays import ranges, which
from rules.values.distinct import FEW, begins, numbers_apart, told_apart

AT_A_TIME = 500_000
"""Pairs that are looked at together."""
META = ("record_key", "source", "excluded", "tenant")
"""What NORMALISED tells of a record besides its values."""
Codes = NDArray[np.int32]
Rows = NDArray[np.int64]
End = NDArray[np.integer]
"""The rows at one end of pairs, in 32 or 64 bits."""
One = TypeVar("One", bound=np.integer)
Other = TypeVar("Other", bound=np.integer)


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

    @property
    def rows(self) -> Rows:
        """The record of each place in `codes`."""
        if self.starts is None:
            return np.arange(len(self.codes), dtype=np.int64)
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.starts))

    @property
    def held(self) -> tuple[Rows, Codes]:
        """(record, code) of everything held, missing left out. Made anew each time, as it takes several times as much
        memory as the column."""
        present = which(self.codes)
        return present if self.starts is None else self.rows[present], self.codes[present]

    def of(self, wanted: Rows) -> tuple[Rows, Rows]:
        """(place in wanted, code) for everything that the wanted records hold."""
        if self.starts is None:
            codes = self.codes[wanted]
            places = which(codes)
            return places, codes[places].astype(np.int64)
        begin = self.starts[wanted]
        number = self.starts[wanted + 1] - begin
        codes = self.codes[ranges(begin, number)]
        return np.repeat(np.arange(len(wanted)), number), codes.astype(np.int64)

    def taken(self, wanted: Rows) -> "Column":
        """The same for some of the records, in this order."""
        if self.starts is None:
            return Column(self.values, self.codes[wanted])
        places, codes = self.of(wanted)
        return Column(self.values, codes.astype(np.int32), _starts(places, len(wanted)))

    def each(self, of_records: NDArray[Any]) -> NDArray[Any]:
        """For each place in `codes` what is true of its record."""
        return of_records if self.starts is None else np.repeat(of_records, self.number)

    @property
    def number(self) -> Rows:
        """How many things each record holds."""
        return (self.codes > 0).astype(np.int64) if self.starts is None else np.diff(self.starts)

    @cached_property
    def listed(self) -> list[str]:
        """`values` as a list: what is quicker where there are few."""
        return self.values.to_list()

    def lists(self) -> list[list[str]]:
        """What each record holds, where there are few of them."""
        begins = range(len(self) + 1) if self.starts is None else self.starts.tolist()
        held = [self.listed[code] for code in self.codes.tolist()]
        return [[value for value in held[begin:end] if value] for begin, end in pairwise(begins)]

    def texts(self, places: Rows) -> list[str]:
        """The values at some places."""
        if len(self.values) < FEW:
            return [self.listed[place] for place in places.tolist()]
        texts: list[str] = self.values.gather(places).to_list()
        return texts

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

    def afresh(self) -> "Column":
        """The same without what was worked out of it."""
        return replace(self)

    @property
    def is_empty(self) -> bool:
        """Whether no record holds anything."""
        return len(self.values) == 1


@dataclass(frozen=True)
class Normalised:
    """NORMALISED with the values of its fields as codes, which take a fraction of the memory.

    A column is written out when it is asked for by its name. plain: the columns that are no fields.
    """

    plain: dict[str, pl.Series]
    fields: dict[str, Column]

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Normalised":
        """A frame that is written out."""
        plain = {name: frame[name] for name in META if name in frame.columns}
        return cls(plain, _encoded(frame.select(name for name in frame.columns if name not in plain)))

    def __len__(self) -> int:
        if self.plain:
            return len(next(iter(self.plain.values())))
        return len(next(iter(self.fields.values())))

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return [*self.plain, *self.fields]

    def __getitem__(self, name: str) -> pl.Series:
        """A column as it is in the frame."""
        if name in self.plain:
            return self.plain[name]
        return decode(self.fields[name], NORMALISED.get(name, pl.String())).alias(name)

    def taken(self, wanted: Rows) -> "Normalised":
        """The same for some of the records, in this order."""
        plain = {name: column.gather(wanted) for name, column in self.plain.items()}
        return Normalised(plain, {name: column.taken(wanted) for name, column in self.fields.items()})

    def afresh(self) -> "Normalised":
        """The same without what was worked out of its columns; of ten million records a fifth of a gigabyte."""
        return replace(self, fields={name: column.afresh() for name, column in self.fields.items()})

    def only(self, names: Collection[str]) -> "Normalised":
        """Some of the columns."""
        plain = {name: column for name, column in self.plain.items() if name in names}
        return Normalised(plain, {name: column for name, column in self.fields.items() if name in names})

    def parted(self) -> Parted:
        """All columns, to be written out a part at a time."""

        def make(places: Places, names: Sequence[str]) -> pl.DataFrame:
            some = self.only(names)
            if places != slice(0, len(self)):
                some = some.taken(np.arange(len(self))[places])
            return some.frame().select(names)

        return Parted(self.taken(np.zeros(0, dtype=np.int64)).frame().schema, len(self), make)

    def frame(self) -> pl.DataFrame:
        """All columns written out."""
        return check(pl.DataFrame(at_once(self.__getitem__, self.columns, len(self))), NORMALISED)


def encode(series: pl.Series) -> Column:
    """A String or List(String) series as a Column."""
    rows, held = np.arange(len(series), dtype=np.int64), series
    if series.dtype == pl.List(pl.String) and len(series) < FEW:
        return column_of_lists(series.to_list())
    if series.dtype == pl.List(pl.String):
        number = series.list.len().fill_null(0).to_numpy()
        rows, held = np.repeat(rows, number), series.filter(pl.Series(number > 0)).list.explode()
    (found,), codes = told_apart(held)
    return column_of(found, codes, rows, len(series))


def column_of_lists(several: Sequence[Sequence[str] | None]) -> Column:
    """What each record holds, given as lists of values, as a Column; None stands for an empty list."""
    if len(several) < FEW:
        return _column_of_few([[*dict.fromkeys(value for value in held or () if value)] for held in several])
    number = [len(held) if held else 0 for held in several]
    held = pl.Series("value", [value for held in several if held for value in held], dtype=pl.String)
    rows = np.repeat(np.arange(len(several), dtype=np.int64), number)
    return column_of(held, np.arange(len(held), dtype=np.int32), rows, len(several))


def _column_of_few(several: Sequence[Sequence[str]]) -> Column:
    """The same for lists without empty or equal values."""
    values = ["", *sorted({*chain.from_iterable(several)})]
    code = {value: place for place, value in enumerate(values)}
    told = pl.Series("value", values, dtype=pl.String)
    if all(len(held) < 2 for held in several):
        return Column(told, np.array([code[held[0]] if held else 0 for held in several], dtype=np.int32))
    codes = np.array([code[value] for held in several for value in held], dtype=np.int32)
    return Column(told, codes, np.array([0, *accumulate(map(len, several))], dtype=np.int64))


def encode_all(frame: pl.DataFrame | Normalised, names: list[str]) -> dict[str, Column]:
    """The named columns of a NORMALISED frame that hold anything at all."""
    there = [name for name in names if name in frame.columns]
    columns = frame.fields if isinstance(frame, Normalised) else _encoded(frame.select(there))
    return {name: columns[name] for name in there if not columns[name].is_empty}


def _encoded(frame: pl.DataFrame) -> dict[str, Column]:
    """All columns of a frame."""
    return dict(zip(frame.columns, at_once(encode, frame, len(frame)), strict=True))


def decode(column: Column, dtype: PolarsDataType) -> pl.Series:
    """The inverse of `encode`: a series of this type, String or List(String), null where a record holds nothing."""
    if len(column) < FEW:
        return _decoded(column, dtype)
    main = _held_at(column.values, column.first)
    if dtype != pl.List(pl.String):
        return main
    listed = main.to_frame().select(pl.when(pl.first().is_not_null()).then(pl.concat_list(pl.first()))).to_series()
    if not column.several.any():
        return listed
    more = column.taken(which(column.several))
    found = lists(pl.Series(more.rows), column.values.gather(more.codes), len(more))
    return instead(listed, found, pl.Series(column.several))


def _held_at(values: pl.Series, codes: Codes) -> pl.Series:
    """The values of some codes; null for missing."""
    places = pl.Series("code", codes.astype(np.uint32)).to_frame()
    return values.gather(places.select(pl.when(pl.col("code") > 0).then(pl.col("code"))).to_series())


def _decoded(column: Column, dtype: PolarsDataType) -> pl.Series:
    """The same of a few records."""
    if dtype != pl.List(pl.String):
        return pl.Series([column.listed[code] or None for code in column.first.tolist()], dtype=pl.String)
    return pl.Series([found or None for found in column.lists()], dtype=dtype)


def column_of(values: pl.Series, codes: Codes, rows: NDArray[np.integer], records: int) -> Column:
    """What so many records hold, as a Column; in each of them only the first of equal values counts.

    values: String series; null and "" stand for nothing, and some may be equal or held by nobody. codes: the place in
    `values` of each thing held. rows: the record of each, ascending.
    """
    values, ranks = _in_order(values)
    codes = ranks[codes]
    held = codes > 0
    rows, codes = _each_once(rows, codes) if held.all() else _each_once(rows[held], codes[held])
    used = np.zeros(len(values), dtype=np.bool_)
    used[0], used[codes] = True, True
    if not used.all():
        values, codes = _where(used, values), (np.cumsum(used, dtype=np.int32) - 1)[codes]
    if begins(rows).all():
        single = np.zeros(records, dtype=np.int32)
        single[rows] = codes
        return Column(values, single)
    return Column(values, codes, _starts(rows, records))


def _where(kept: NDArray[np.bool_], values: pl.Series) -> pl.Series:
    if len(values) < FEW:
        return pl.Series("value", [*compress(values.to_list(), kept.tolist())], dtype=pl.String)
    return values.filter(pl.Series(kept))


def _starts(rows: NDArray[np.integer], records: int) -> Rows:
    """Where what each of so many records holds begins, and the end of it all; rows: the record of each thing."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.bincount(rows, minlength=records))))


def _each_once(rows: NDArray[np.integer], codes: Codes) -> tuple[NDArray[np.integer], Codes]:
    """(row, code), the rows ascending, without what stands in its row before."""
    again = ~begins(rows)
    if not again.any():
        return rows, codes
    again[:-1] |= again[1:]
    several = which(again)
    _, first = np.unique((rows[several].astype(np.int64) << 32) | codes[several], return_index=True)
    again[several[first]] = False
    return rows[~again], codes[~again]


def extended(column: Column, rows: Rows, told: pl.Series) -> Column:
    """A column with what else is told of some records, behind what they hold; rows: the record of each, ascending."""
    (values,), codes = told_apart(told)
    own_rows, own = column.held
    every = np.concatenate((own_rows, rows))
    order = np.argsort(every, kind="stable")
    places = np.concatenate((own, codes + np.int32(len(column.values))))
    return column_of(pl.concat([column.values, values]), places[order], every[order], len(column))


def _in_order(found: pl.Series) -> tuple[pl.Series, Codes]:
    """The distinct values in their own order behind "", and the place of each value among them, 0 for null."""
    if len(found) < FEW:
        listed = found.to_list()
        told = ["", *sorted({value for value in listed if value})]
        code = {value: place for place, value in enumerate(told)}
        return pl.Series("value", told), np.array([code[value or ""] for value in listed], dtype=np.int32)
    found = found.fill_null("").alias("value")
    order = found.arg_sort()
    values = found.gather(order)
    first = (values != values.shift(fill_value="")).to_numpy()
    places = np.empty(len(found), dtype=np.int32)
    places[order.to_numpy()] = np.cumsum(first, dtype=np.int32)
    return pl.concat([pl.Series("value", [""]), values.filter(pl.Series(first))], rechunk=True), places


def distinct(numbers: NDArray[Any]) -> NDArray[Any]:
    """The distinct numbers in ascending order. numpy's own looks each up in a table, which a sort outruns by far."""
    ordered = np.sort(numbers)
    return ordered[begins(ordered)]


def numbered(numbers: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], Rows]:
    """The distinct numbers in ascending order and the place of each number among them, for many of few kinds.

    `np.unique` sorts all of them.
    """
    # A table of 65,536 slots stays in the processor's cache.
    places, codes = numbers_apart(numbers, 16)
    every = numbers[places]
    order = np.argsort(every)
    rank = np.empty(len(every), dtype=np.int64)
    rank[order] = np.arange(len(every))
    return every[order], rank[codes]


def couple(one: End, other: End) -> Rows:
    """Two rows, or whatever is named by a number of 32 bits, as one number, whichever comes first."""
    low: Rows = np.minimum(one, other).astype(np.int64)
    high: Rows = np.maximum(one, other).astype(np.int64)
    return (low << 32) | high


def together(named: Rows, one: End, other: End) -> NDArray[np.bool_]:
    """Which pairs of rows have one name. Worked out part by part, so that what lies between stays small."""
    found = np.empty(len(one), dtype=np.bool_)
    for begin in range(0, len(one), AT_A_TIME):
        part = slice(begin, begin + AT_A_TIME)
        np.equal(named[one[part]], named[other[part]], out=found[part])
    return found


def combine(first: tuple[Rows, Rows], second: tuple[Rows, Rows]) -> tuple[Rows, Rows, Rows]:
    """All (row, a, b) with (row, a) in the first and (row, b) in the second, which is sorted by row; in the
    order of the first."""
    rows_a, codes_a = first
    rows_b, codes_b = second
    begin = np.searchsorted(rows_b, rows_a, side="left")
    number = np.searchsorted(rows_b, rows_a, side="right") - begin
    take_a = np.repeat(np.arange(len(rows_a)), number)
    return rows_a[take_a], codes_a[take_a], codes_b[ranges(begin, number)]


def pairs_once(one: NDArray[One], other: NDArray[Other]) -> tuple[NDArray[One], NDArray[Other]]:
    """The distinct pairs of two numbers, in their order."""
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    first = begins(one) | begins(other)
    return one[first], other[first]
