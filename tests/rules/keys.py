"""What the tests of fields share: a vectorised key gives what the plain one gives."""

import polars as pl

from rules.field import Field
from rules.values.hashes import hashed


def assert_fast_keys_agree(field: Field, values: list[str]) -> None:
    """Every fast key of a field gives the pieces of its plain key, for each of the values."""
    distinct = pl.Series(values, dtype=pl.String).unique().sort()
    apart = field.take_apart(distinct)
    for name, fast in field.fast_keys.items():
        assert_same_pieces(fast(apart), [set(field.keys[name](value)) for value in distinct.to_list()])


def assert_same_pieces(made: pl.Series, expected: list[set[str]]) -> None:
    """What was made of each value is what was expected; numbers are the hashes of the strings."""
    pieces = [{found} if isinstance(found, str) else set(found or ()) for found in made.to_list()]
    if made.dtype == pl.List(pl.UInt64):
        assert pieces == [set(hashed([*texts]).tolist()) for texts in expected]
    else:
        assert pieces == expected
