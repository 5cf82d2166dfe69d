"""Hashes that stay: a number of 64 bits for a string, the same on every machine and with every version of a library."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.values.arrays import among, ranges
from rules.values.distinct import FEW, GOLDEN

Hashes = NDArray[np.uint64]
WORD = 8
"""Bytes that are read at a time."""
SLOTS = 8
"""Slots in a table for each number that is told apart by it."""
_MIX = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))


def mixed(numbers: Hashes) -> Hashes:
    """Numbers spread over 64 bits, so that sums of different ones do not meet (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        numbers = (numbers + np.uint64(1)) * GOLDEN
        for shift, factor in _MIX:
            numbers = (numbers ^ (numbers >> shift)) * factor
        return numbers ^ (numbers >> np.uint64(31))


def hashed(strings: pl.Series | Sequence[str]) -> Hashes:
    """A number for each string, never 0; null in a series hashes like an empty string.

    The UTF-8 bytes are read as words of eight, each mixed with its place and all of them summed, so that a column is
    hashed by a few operations on arrays. Not meant against people who look for collisions: equal keys only mean that
    two records are compared.

    >>> hashed(pl.Series(["ann", "anne"])).tolist()
    [9441714320673898912, 14270615687873066037]
    """
    if isinstance(strings, pl.Series) and len(strings) >= FEW:
        data = strings.fill_null("").cast(pl.Binary).to_list()
    else:
        data = [(string or "").encode() for string in strings]
    length = np.fromiter(map(len, data), dtype=np.int64, count=len(data))
    words = length // WORD + 1
    begins = np.cumsum(words) - words
    text = np.frombuffer(b"".join(data), dtype=np.uint8)
    padded = np.zeros(int(words.sum()) * WORD, dtype=np.uint8)
    padded[ranges(begins * WORD, length)] = text
    place = ranges(np.zeros_like(words), words).astype(np.uint64)
    with np.errstate(over="ignore"):
        mixed_words = mixed(padded.view("<u8") + mixed(place))
    sums = np.add.reduceat(mixed_words, begins) if len(begins) else mixed_words
    return _of_sums(sums, length.astype(np.uint64))


def hashed_rows(texts: NDArray[np.uint8]) -> Hashes:
    """The same of texts that are equally long, given as a row of UTF-8 bytes each.

    >>> hashed_rows(np.array([[*b"ann"], [*b"bob"]], dtype=np.uint8)).tolist() == hashed(["ann", "bob"]).tolist()
    True
    """
    number, length = texts.shape
    words = length // WORD + 1
    padded = np.zeros((number, words * WORD), dtype=np.uint8)
    padded[:, :length] = texts
    sums = np.zeros(number, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for place, word in enumerate(padded.view("<u8").T):
            sums += mixed(word + mixed(np.array([place], dtype=np.uint64)))
    return _of_sums(sums, np.uint64(length))


def _of_sums(sums: Hashes, length: Hashes | np.uint64) -> Hashes:
    """The hashes of texts whose mixed words sum up so, and that are so many bytes long."""
    with np.errstate(over="ignore"):
        return np.maximum(mixed(sums * GOLDEN + length), np.uint64(1))


def among_many(numbers: NDArray[np.integer], known: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which of many numbers are among those known: nearly all others are told by a table of hashes.

    >>> among_many(np.array([7, 2, 9]), np.array([7, 4, 2])).tolist()
    [True, True, False]
    """
    if not len(known):
        return np.zeros(len(numbers), dtype=np.bool_)
    bits = (SLOTS * len(known)).bit_length()
    with np.errstate(over="ignore"):
        asked, there = ((side.astype(np.uint64) * GOLDEN) >> np.uint64(64 - bits) for side in (numbers, known))
    taken = np.zeros(1 << bits, dtype=np.bool_)
    taken[there] = True
    found: NDArray[np.bool_] = taken[asked]
    found[found] = among(numbers[found], np.sort(known))
    return found
