import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from resolver.store.rows import compared, contacts, packed, unpacked


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=3), max_size=6))
def test_the_numbers_of_each_row_come_back(held):
    rows = np.repeat(np.arange(len(held)), [len(numbers) for numbers in held]).astype(np.int64)
    numbers = np.asarray([number for each in held for number in each], dtype=np.uint64)
    kept = pl.Series(packed((rows, numbers), len(held)), dtype=pl.Binary)
    places, found = unpacked(kept)
    assert places.tolist() == rows.tolist()
    assert found.tolist() == numbers.tolist()


def test_rows_are_read_as_contacts_and_as_what_is_compared():
    told = {"content": ['{"given_name":"Ann"}', "{}"], "normalised": ['{"given":["ann"]}', "{}"]}
    rows = pl.DataFrame({"source": ["crm", "web"], "record_id": ["1", "2"], **told})
    assert contacts(rows).rows(named=True) == [
        {"given_name": "Ann", "record_key": "crm:1", "source": "crm", "record_id": "1"},
        {"given_name": None, "record_key": "web:2", "source": "web", "record_id": "2"},
    ]
    assert compared(rows)["given"].to_list() == [["ann"], None]
