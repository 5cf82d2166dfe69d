"""What the tests of fields share: a vectorised key gives what the plain one gives."""

import polars as pl

from rules.field import Field


def assert_fast_keys_agree(field: Field, values: list[str]) -> None:
    """Every fast key of a field gives the pieces of its plain key, for each of the values."""
    distinct = pl.Series(values, dtype=pl.String).unique().sort()
    for name, fast in field.fast_keys.items():
        made = fast(distinct)
        assert len(made) == len(distinct)
        pieces = [{found} if isinstance(found, str) else set(found or ()) for found in made.to_list()]
        assert pieces == [set(field.keys[name](value)) for value in distinct.to_list()], name
