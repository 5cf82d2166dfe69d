"""Footprint: by what a record is found again, and what it tells of its values, as numbers that stay.

A batch holds all records in memory and sees at a glance who shares a key, with how many persons a value is seen, and
which records say the same. A store has to look it up, for any few records among millions: these are the numbers that
it looks up by. They depend on the record alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolver.columns import Column, Rows, pairs_once
from resolver.index import spelled_by, who
from resolver.model.frozen import Frozen
from resolver.steps.copies import PERSONAL
from resolver.steps.keys import Keyed, Keys
from rules.values.distinct import begins
from rules.values.hashes import hashed, mixed
from rules.values.hidden import HIDDEN

Held = tuple[Rows, Keys]
Live = NDArray[np.bool_]
LOW_BITS = np.uint64(63)
"""The lowest bits of a key tell its family, those of a value what it is known for."""
SHARED, SPELLED, CONTENT, IDENTITY, BOUNCED = (np.uint64(number) for number in range(5))
"""What a value is known for: who holds it; whose name it spells (an e-mail address, the other bits are as for SHARED);
that it is all a record says; whose id it is; that a record with that id bounces without saying which address."""
KEY_BITS = np.uint64(49)
"""As many bits of a key count where many are put in order: fifteen are left for the row, see `keys.AT_ONCE`."""
_REST = np.uint64(64) - KEY_BITS
NOBODY: Held = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64))


@dataclass(frozen=True)
class Footprints:
    """Of some records, row by row.

    keys, values: (row, number), rows ascending. person: of each record as far as a name tells; 0 without one.
    """

    keys: Held
    values: Held
    person: Rows

    @classmethod
    def of(cls, columns: Mapping[str, Column], live: Live, bounces: Live, frozen: Frozen) -> "Footprints":
        """columns: encoded NORMALISED. live: which records may be joined. bounces: which say that their person's mail
        bounces, but have no address."""
        values = [
            *(_held(columns, name, SHARED, live, frozen) for name in shared_fields(columns, frozen)),
            _spelled(columns, live, frozen),
            content_of(columns, live, frozen.tenant),
            _held(columns, "identifier", IDENTITY, np.ones_like(live), frozen),
            _held(columns, "identifier", BOUNCED, bounces, frozen),
        ]
        return cls(
            keys_of(columns, live, frozen), _in_order(values), who(columns, len(live), named=frozen.is_of_people)
        )


def shared_fields(columns: Mapping[str, Column], frozen: Frozen) -> list[str]:
    """The fields in which it counts with how many persons a value is seen."""
    return [name for name, comparison in frozen.ruleset.compare.items() if comparison.shared and name in columns]


def family_of(keys: Keys) -> NDArray[np.int64]:
    """The bit of each key's family."""
    return (keys & LOW_BITS).astype(np.int64)


def caps_of(keys: Keys, frozen: Frozen) -> NDArray[np.int64]:
    """How many records may hold each key and still meet by it."""
    blocking = frozen.ruleset.blocking
    caps = np.asarray([blocking.caps[name] for name in blocking.families], dtype=np.int64)
    return np.asarray(caps[family_of(keys)])


def most_meeting(frozen: Frozen) -> int:
    """The most records that may hold one key and still meet by it, whatever family it is of."""
    return max(frozen.ruleset.blocking.caps.values())


def known_for(values: Keys, what: np.uint64 | Keys) -> Keys:
    """The same values, known for something else."""
    return (values & ~LOW_BITS) | what


def value_numbers(columns: Mapping[str, Column], name: str, what: np.uint64, frozen: Frozen) -> Keys:
    """A number for each distinct value of a column; 0 for the missing one and for those that are not there in full."""
    places = np.arange(1, len(columns[name].values))
    return np.concatenate((np.zeros(1, dtype=np.uint64), *numbers_at(columns, [(name, what, places)], frozen)))


def numbers_at(
    columns: Mapping[str, Column], wanted: Sequence[tuple[str, np.uint64, Rows]], frozen: Frozen
) -> list[Keys]:
    """The same of the values at some places of columns, none of them missing, for each (column, what for, places)."""
    texts = [columns[name].texts(places) for name, _, places in wanted]
    every, sizes = [*chain.from_iterable(texts)], [*map(len, texts)]
    salts = np.array([_salt(f"{frozen.tenant}\x1f{name}") for name, _, _ in wanted], dtype=np.uint64)
    kinds = np.array([what for _, what, _ in wanted], dtype=np.uint64)
    with np.errstate(over="ignore"):
        numbers = known_for(mixed(hashed(every) + np.repeat(salts, sizes)), np.repeat(kinds, sizes))
    numbers[[place for place, text in enumerate(every) if HIDDEN in text]] = 0
    return np.split(numbers, [*accumulate(sizes)][:-1])


def salted(numbers: Keys, salt: str) -> Keys:
    """Numbers that mean something to one tenant, or in one field, alone."""
    with np.errstate(over="ignore"):
        return mixed(numbers + _salt(salt))


@lru_cache
def _salt(text: str) -> np.uint64:
    return np.uint64(hashed(pl.Series([text]))[0])


def _held(columns: Mapping[str, Column], name: str, what: np.uint64, of: Live, frozen: Frozen) -> Held:
    if name not in columns:
        return NOBODY
    rows, codes = columns[name].held
    numbers = value_numbers(columns, name, what, frozen)[codes]
    kept = of[rows] & (numbers > 0)
    return rows[kept], numbers[kept]


def _spelled(columns: Mapping[str, Column], live: Live, frozen: Frozen) -> Held:
    if "email" not in columns:
        return NOBODY
    rows, codes = columns["email"].held
    numbers = value_numbers(columns, "email", SPELLED, frozen)[codes]
    kept = live[rows] & (numbers > 0) & spelled_by(columns, rows, codes)
    return rows[kept], numbers[kept]


def content_of(columns: Mapping[str, Column], live: Live, tenant: str) -> Held:
    """A number for all that a record says in the compared fields, where any of it is personal."""
    content, personal = np.zeros(len(live), dtype=np.uint64), np.zeros(len(live), dtype=np.bool_)
    with np.errstate(over="ignore"):
        for name, column in columns.items():
            rows, codes = column.held
            np.add.at(content, rows, salted(hashed(column.values), f"{tenant}\x1f{name}")[codes])
            if name in PERSONAL:
                personal[rows] = True
    rows = np.flatnonzero(personal & live)
    return rows, known_for(content[rows], CONTENT)


def keys_of(columns: Mapping[str, Column], live: Live, frozen: Frozen) -> Held:
    """(row, key) of the live records, rows ascending: by what they are found."""
    found = ((rows, (keys & ~LOW_BITS) | np.uint64(bit)) for bit, rows, keys in _keys(columns, live, frozen))
    return _in_order([NOBODY, *found])


def loose_keys_of(columns: Mapping[str, Column], live: Live, frozen: Frozen) -> Held:
    """The same family by family, and of each key its first KEY_BITS bits: for those who put them in an order of their
    own. A row and a key are one number then, which is sorted in a fraction of the time."""
    parts = [NOBODY]
    for bit, rows, keys in _keys(columns, live, frozen):
        begin = int(rows.min(initial=len(live)))
        both = ((rows - begin).astype(np.uint64) << KEY_BITS) | (keys >> _REST)
        both.sort()
        both = both[begins(both)]
        parts.append((begin + (both >> KEY_BITS).astype(np.int64), (both << _REST) | np.uint64(bit)))
    rows, keys = (np.concatenate(side) for side in zip(*parts, strict=True))
    return rows, keys


def _keys(columns: Mapping[str, Column], live: Live, frozen: Frozen) -> Iterator[tuple[int, Rows, Keys]]:
    """The bit of a family, and (row, key) of some rows."""
    keyed = Keyed(columns, live, frozen.ruleset.blocking, lasting=True)
    for bit, name in keyed.families:
        for rows, keys in keyed.parts(name):
            yield bit, rows, salted(keys, frozen.tenant)


def _in_order(parts: list[Held]) -> Held:
    """Each (row, number) once, in ascending order."""
    rows, numbers = (np.concatenate(side) for side in zip(*parts, strict=True))
    return pairs_once(rows.astype(np.int64), numbers)


def is_known_for(values: Keys, what: np.uint64) -> NDArray[np.bool_]:
    """Which values are known for something."""
    known: NDArray[np.bool_] = (values & LOW_BITS) == what
    return known
