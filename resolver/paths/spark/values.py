"""Values: what a record says as one text, and what is true of its values in the whole, as they travel with it.

A pair is compared in the bucket of its left record, so a record travels to every bucket that has pairs of it: as one
string, which takes less room than a dozen lists, and with the few facts about its values that are not what they are for
most.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from resolver.columns import Column, Rows, encode
from resolver.index import Index, spelled_by
from resolver.lists import ROW
from resolver.model.frozen import Frozen
from resolver.paths.spark.arrow import Schema, spread
from resolver.steps.footprint import LOW_BITS, SHARED, value_numbers
from rules.values.distinct import begins

FIELD, VALUE, ESCAPE = "\x1f", "\x1e", "\x1b"
"""What stands between fields, between the values of one, and before what stands for these where a value holds them."""
_ESCAPED = {ESCAPE: f"{ESCAPE}0", VALUE: f"{ESCAPE}1", FIELD: f"{ESCAPE}2"}
SPELLED = 32
"""Set in the number of an address whose local part spells no more than its holder's name; the bits below are the field.
"""
BITS = 32
CONTENT: Schema = {ROW: pl.Int64(), "source": pl.String(), "said": pl.String(), "told": pl.List(pl.Int64())}
"""A record as it travels: its number, its source, what it says, and what is told of its values."""


def said(frame: pl.DataFrame, fields: Sequence[str]) -> pl.Series:
    """What each row of NORMALISED says in some fields, as one text.

    >>> said(pl.DataFrame({"given": [["ann", "anne"], None], "suffix": ["jr", None]}), ["given", "suffix"]).to_list()
    ['ann\\x1eanne\\x1fjr', '\\x1f']
    """
    texts = [_text(frame, name) for name in fields] or [pl.repeat("", len(frame), dtype=pl.String)]
    return frame.select(pl.concat_str(texts, separator=FIELD).alias("said")).to_series()


def _text(frame: pl.DataFrame, name: str) -> pl.Expr:
    if name not in frame.columns:
        return pl.lit("")
    column, several = pl.col(name), isinstance(frame.schema[name], pl.List)
    held = frame[name].list.explode() if several else frame[name]
    if held.str.contains(f"[{ESCAPE}{VALUE}{FIELD}]").any():
        escaped = (pl.element() if several else column).str.replace_many([*_ESCAPED], [*_ESCAPED.values()])
        column = column.list.eval(escaped) if several else escaped
    return (column.list.join(VALUE) if several else column).fill_null("")


def columns_of(texts: pl.Series, fields: Sequence[str]) -> dict[str, Column]:
    """The inverse of `said`: the columns of the fields that hold anything."""
    if not fields:
        return {}
    parts = texts.str.split_exact(FIELD, len(fields) - 1).struct.unnest()
    made = {name: _column(part) for name, part in zip(fields, parts, strict=True)}
    return {name: column for name, column in made.items() if not column.is_empty}


def _column(texts: pl.Series) -> Column:
    held: pl.Series = texts
    if texts.str.contains(VALUE, literal=True).any():
        held = texts.str.split(VALUE)
    if texts.str.contains(ESCAPE, literal=True).any():
        plain = pl.element().str.replace_many([*_ESCAPED.values()], [*_ESCAPED])
        held = texts.str.split(VALUE).list.eval(plain)
    return encode(held)


def shared(fields: Sequence[str], frozen: Frozen) -> list[str]:
    """The fields in which it counts with how many persons a value is seen, in the order of their bits."""
    rules = frozen.ruleset.compare
    return [name for name in fields if name in rules and rules[name].shared]


def numbers(columns: dict[str, Column], fields: Sequence[str], frozen: Frozen) -> tuple[Rows, Rows, Rows]:
    """The values that records hold in the shared fields: the record, which of its values it is, in the order of the
    fields, and the number of the value. Those that are not there in full are left out, but count."""
    rows, made = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.uint64)]
    for bit, name in enumerate(shared(fields, frozen)):
        if name not in columns:
            continue
        at, codes = columns[name].held
        known = value_numbers(columns, name, SHARED, frozen)
        known = np.where(known > 0, (known & ~LOW_BITS) | np.uint64(bit), np.uint64(0))[codes]
        if name == "email":
            known |= np.where(spelled_by(columns, at, codes) & (known > 0), np.uint64(SPELLED), np.uint64(0))
        rows.append(at)
        made.append(known)
    place, number = np.concatenate(rows), np.concatenate(made)
    order = np.argsort(place, kind="stable")
    place, number = place[order], number[order]
    starts = np.flatnonzero(begins(place))
    which = np.arange(len(place)) - np.repeat(starts, np.diff(starts, append=len(place)))
    shown = number > 0
    return place[shown], which[shown], number[shown].view(np.int64)


@dataclass(frozen=True)
class Contents:
    """Some records that have travelled: their numbers, ascending, and what they are compared by."""

    numbers: Rows
    source: pl.Series
    columns: dict[str, Column]
    index: Index

    @classmethod
    def of(cls, frame: pl.DataFrame, fields: Sequence[str], frozen: Frozen) -> "Contents":
        """frame: CONTENT, a row a record."""
        frame = frame.sort(ROW)
        columns = columns_of(frame["said"], fields)
        return cls(frame[ROW].to_numpy(), frame["source"], columns, _index(columns, fields, frame["told"], frozen))

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, numbers: pl.Series) -> Rows:
        """The places of some records, given by number."""
        return np.searchsorted(self.numbers, numbers.to_numpy())


def _index(columns: dict[str, Column], fields: Sequence[str], told: pl.Series, frozen: Frozen) -> Index:
    """How often the values occur by the reference, and with whom they are seen by what travelled with the records.

    told: for each record, of the values that it holds in the shared fields: the place, how many persons are seen with
    it, and whether it spells a name, as one number.
    """
    names, (rows, facts) = shared(fields, frozen), spread(told)
    place, seen = facts >> BITS, (facts & ((1 << BITS) - 1)) >> 1
    spells = (facts & 1).astype(np.bool_)
    persons = {name: np.zeros(len(columns[name].values), dtype=np.int64) for name in names if name in columns}
    spelled = np.zeros(0, dtype=np.bool_)
    if "email" in columns:
        spelled = np.zeros(len(columns["email"].values), dtype=np.bool_)
        at, codes = columns["email"].held
        spelled[codes[spelled_by(columns, at, codes)]] = True
    begin = np.zeros(len(told), dtype=np.int64)
    for name, known in persons.items():
        column = columns[name]
        number = column.number
        mine = np.flatnonzero((place >= begin[rows]) & (place < (begin + number)[rows]))
        starts = np.arange(len(column)) if column.starts is None else column.starts
        codes = column.codes[starts[rows[mine]] + (place[mine] - begin[rows[mine]])]
        known[codes] = seen[mine]
        if name == "email":
            spelled[codes[spells[mine]]] = True
        begin = begin + number
    return Index.frozen(columns, frozen.ruleset, frozen.reference, persons, spelled)
