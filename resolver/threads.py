"""Threads: numpy, polars and rapidfuzz let each other run, so that parts of a step can be done side by side."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import polars as pl

MOST = 4
"""Parts at work at the same time at most: each takes up to a few hundred megabytes."""

Part = TypeVar("Part")
Made = TypeVar("Made")
FEW = 5_000
"""Rows that threads, which wait for each other to hold the interpreter, do not pay for."""
MANY = 3_000_000
"""Rows from which on whole columns are worked out one after another: together they would take too much memory."""


def at_once(make: Callable[[Part], Made], parts: Iterable[Part], rows: int = FEW) -> list[Made]:
    """What is made of each part, in their order. As many threads work as polars has (POLARS_MAX_THREADS).

    rows: how many there are in all; where they are few, one thread does it.
    """
    if rows < FEW:
        return [make(part) for part in parts]
    with ThreadPoolExecutor(min(pl.thread_pool_size(), MOST)) as pool:
        return [*pool.map(make, parts)]


def side_by_side(rows: int = FEW, /, **made: Callable[[], Made]) -> dict[str, Made]:
    """The results of several functions, by their names; each works on columns of so many rows.

    Where there are many they are called in turn, and what one of them needed is forgotten before the next is called.
    """
    if rows >= MANY:
        return {name: made.pop(name)() for name in [*made]}
    return dict(zip(made, at_once(lambda make: make(), made.values(), rows), strict=True))
