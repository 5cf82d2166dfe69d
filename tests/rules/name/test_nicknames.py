import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rules.name.nicknames import all_roots, known_given, roots

NAMES = st.sampled_from([*sorted(known_given())[:200], "and", "j", "bob", "katya", "xyz", "éa"])


@given(st.lists(st.lists(NAMES, min_size=1, max_size=3).map(" ".join), max_size=8))
def test_a_column_of_names_has_the_roots_of_the_names(values):
    found = all_roots(pl.Series(values, dtype=pl.String)).listed(len(values)).to_list()
    assert [set(made or ()) for made in found] == [set(roots(value)) for value in values]
