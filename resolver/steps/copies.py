"""Copies: where many records say the same in every compared field, one of them is looked at for all.

A form sent by a script, an export loaded every night: such records share all their keys, so that a few hundred of them
would make every one of these keys too common to compare anything by. They all end up in the entity of the first.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, Rows, distinct
from rules.values.arrays import which
from rules.values.hashes import mixed

PERSONAL = ("email", "phone", "identifier", "social")
"""A record without any of these may well be somebody else's: two John Smiths are not copies."""

MANY = 10
"""So many records may say the same and still be looked at one by one: they tell how often a person's records agree."""


def originals(columns: Mapping[str, Column], live: NDArray[np.bool_], alone: Rows) -> Rows:
    """For each row the first live row that says the same, where many do; else its own number.

    alone: rows that stand for themselves, because more is known of them than they say.
    """
    content, personal = np.zeros(len(live), dtype=np.uint64), np.zeros(len(live), dtype=bool)
    with np.errstate(over="ignore"):
        for place, (name, column) in enumerate(sorted(columns.items())):
            held, codes = column.held
            np.add.at(content, held, mixed(codes.astype(np.uint64) * np.uint64(len(columns)) + np.uint64(place)))
            if name in PERSONAL:
                personal[held] = True
    eligible = live & personal
    eligible[alone] = False
    return first_of_many(content, eligible)


def first_of_many(content: NDArray[np.uint64], eligible: NDArray[np.bool_]) -> Rows:
    """For each row the first eligible one of equal content, where many are eligible; else its own number."""
    rows, places = np.arange(len(content), dtype=np.int64), which(eligible)
    said = content[places]
    many = which(np.isin(said, _common(said)))
    _, first, inverse = np.unique(said[many], return_index=True, return_inverse=True)
    rows[places[many]] = places[many[first]][inverse]
    return rows


def _common(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The numbers that are there more than `MANY` times, in ascending order."""
    ordered = np.sort(numbers)
    return distinct(ordered[MANY:][ordered[MANY:] == ordered[:-MANY]])
