"""Deletes: what is left of a text without one of its characters, by which texts meet that are one edit apart.

(Symmetric deletion; Bocek, Hunt & Stiller 2007.)
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.values.hashes import Hashes, hashed, hashed_rows


def deletes(token: str, shortest: int) -> tuple[str, ...]:
    """The token and all that is left of it without one character: two that are one edit apart have one in common.

    Nothing for tokens below `shortest` characters.

    >>> deletes("anne", 4)
    ('anne', 'nne', 'ane', 'ann')
    """
    if len(token) < shortest:
        return ()
    return tuple(dict.fromkeys((token, *(token[:place] + token[place + 1 :] for place in range(len(token))))))


def all_deletes(tokens: pl.Series, shortest: int) -> pl.Series:
    """`deletes` for a String series without nulls: a List(UInt64) series of `hashed`, of which one may occur twice."""
    lengths = tokens.str.len_bytes()
    ascii_only = tokens.str.len_chars() == lengths
    made, places = [pl.Series([[]], dtype=pl.List(pl.UInt64))], np.zeros(len(tokens), dtype=np.int64)
    done = 1
    for size in lengths.filter(ascii_only).unique():
        if size >= shortest:
            here = (ascii_only & (lengths == size)).arg_true()
            text = bytes_of(tokens.gather(here), size)
            made.append(listed(np.column_stack((hashed_rows(text), rests(text)))))
            places[here.to_numpy()] = np.arange(done, done + len(here))
            done += len(here)
    others = (~ascii_only).arg_true()
    unusual = [hashed(deletes(token, shortest)).tolist() for token in tokens.gather(others)]
    made.append(pl.Series(unusual, dtype=made[0].dtype))
    places[others.to_numpy()] = np.arange(done, done + len(others))
    return pl.concat(made).gather(places)


def bytes_of(tokens: pl.Series, size: int) -> NDArray[np.uint8]:
    """ASCII tokens that are equally long, a row each."""
    return np.frombuffer(tokens.str.join("").item().encode(), dtype=np.uint8).reshape(-1, size)


def rests(text: NDArray[np.uint8]) -> Hashes:
    """What is left of each row of bytes without one of them, by `hashed`: a column for each byte that is left out."""
    return np.column_stack([hashed_rows(np.delete(text, place, axis=1)) for place in range(text.shape[1])])


def listed(numbers: Hashes) -> pl.Series:
    """Rows of numbers as a List series; an array of known width is made ten times as fast as a list."""
    return pl.Series(numbers).arr.to_list()
