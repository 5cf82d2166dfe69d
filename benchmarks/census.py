"""Names by how frequent they are: the tables of the 1990 United States census, read from the package `names`."""

from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

WOMEN, MEN, FAMILIES = "dist.female.first", "dist.male.first", "dist.all.last"


@lru_cache
def names_by_frequency(table: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The names of a table as people write them, and the share of the population that has each.

    The census rounds to thousandths of a per cent, and leaves out what it could not count: names rounded to nothing
    share what is missing to a hundred.
    """
    lines = files("names").joinpath(table).read_text(encoding="ascii").splitlines()
    parts = [line.split() for line in lines]
    share = np.asarray([float(part[1]) for part in parts])
    rare = share == 0
    if rare.any():
        share[rare] = (100 - share.sum()) / rare.sum()
    return tuple(part[0].title() for part in parts), share / share.sum()
