"""List columns: what stands in rows one below the other -> a list a record."""

import numpy as np
import polars as pl

from rules.values.pairs import spread

ROW = "row"
VALUE = "value"


def lists(row: pl.Series, value: pl.Series, rows: int) -> pl.Series:
    """(row, value) -> a list of distinct values for each of so many rows, in their order; null where there is none.

    row: numbers in ascending order; a null value is nothing.

    >>> lists(pl.Series([0, 0, 2]), pl.Series(["a", "a", "b"]), 3).to_list()
    [['a'], None, ['b']]
    """
    held = value.is_not_null()
    row, value = row.filter(held), value.filter(held)
    places = row.to_numpy()
    number = np.bincount(places, minlength=rows)
    alone = pl.Series(number[places] == 1)
    single = spread(value.filter(alone), pl.Series(number == 1)).alias(VALUE).to_frame()
    listed = single.select(pl.when(pl.col(VALUE).is_not_null()).then(pl.concat_list(VALUE))).to_series()
    if alone.all():
        return listed
    several = pl.DataFrame([row.alias(ROW), value.alias(VALUE)]).filter(~alone).unique(maintain_order=True)
    found = several.group_by(ROW, maintain_order=True).agg(VALUE)
    return instead(listed, found[VALUE], pl.Series(number > 1))


def instead(lists: pl.Series, others: pl.Series, there: pl.Series) -> pl.Series:
    """The lists, with the others in the places that `there` marks, in this order."""
    both = pl.DataFrame([lists.alias("one"), spread(others, there).alias("other"), there.alias("there")])
    return both.select(pl.when("there").then("other").otherwise("one").alias(lists.name)).to_series()
