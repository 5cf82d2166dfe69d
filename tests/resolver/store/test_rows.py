import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import Normalised
from resolver.store import rows as stored
from resolver.store.documents import lines
from resolver.store.rows import compared, contacts, packed, unpacked, written


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


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
SAID = st.fixed_dictionaries(
    {},
    optional={
        "given": st.lists(TEXT, max_size=3, unique=True),
        "email": st.lists(TEXT, max_size=2, unique=True),
        "birth_date": TEXT,
        "category.tier": TEXT,
    },
)


@given(st.lists(SAID, min_size=1, max_size=4))
def test_what_is_compared_of_few_rows_is_written_as_that_of_many_and_comes_back(said):
    columns = {"given": pl.List(pl.String), "email": pl.List(pl.String), "birth_date": pl.String}
    frame = pl.DataFrame(
        {"record_key": [f"crm:{row}" for row in range(len(said))]}
        | {name: [each.get(name) for each in said] for name in (*columns, "category.tier")},
        schema={"record_key": pl.String} | columns | {"category.tier": pl.String},
    )
    found = written(Normalised.of(frame))
    assert found.to_list() == lines(frame.drop("record_key")).to_list()
    again = compared(pl.DataFrame({"normalised": found}))
    for name in again.columns:
        assert again[name].to_list() == [each.get(name) or None for each in said]


def test_what_is_compared_of_many_rows_is_written_as_well(monkeypatch):
    frame = pl.DataFrame({"record_key": ["crm:1", "crm:2"], "source": ["crm", "crm"], "given": [["ann"], None]})
    few = written(Normalised.of(frame)).to_list()
    monkeypatch.setattr(stored, "FEW", 0)
    assert written(Normalised.of(frame)).to_list() == few == ['{"given":["ann"]}', "{}"]
