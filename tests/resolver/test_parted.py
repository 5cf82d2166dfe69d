"""A frame made in parts is the frame that it stands for, whoever asks for how much of it."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from resolver import parted
from resolver.parted import Parted

FRAME = pl.DataFrame({"name": ["ann", None, "bob", "cho", "dee"], "age": [3, 1, None, 5, 4]})


@pytest.fixture(params=[1, 2, 5, 9])
def frame(request, monkeypatch):
    """The frame in parts of so many rows."""
    monkeypatch.setattr(parted, "PART", request.param)
    return Parted.of(FRAME)


def test_all_of_it_its_columns_and_some_rows_are_those_of_the_frame(frame):
    assert (len(frame), frame.columns) == (5, ["name", "age"])
    assert_frame_equal(frame.frame(), FRAME)
    assert_frame_equal(pl.concat(frame.parts(["age"])), FRAME.select("age"))
    assert pl.concat(frame.parts(["name"]))["name"].equals(FRAME["name"])
    assert_frame_equal(frame.at([1, 4]), FRAME[[1, 4]])
    assert_frame_equal(frame.at([]), FRAME.head(0))


@pytest.mark.parametrize(
    "query",
    [
        lambda lazy: lazy,
        lambda lazy: lazy.select("age"),
        lambda lazy: lazy.select("age", "name"),
        lambda lazy: lazy.filter(pl.col("age") > 2).select("name"),
        lambda lazy: lazy.head(3),
        lambda lazy: lazy.select("age").with_row_index("row").filter(pl.col("age") > 3),
        lambda lazy: lazy.filter(pl.col("age") > 1).top_k(2, by="age"),
        lambda lazy: lazy.select(pl.len()),
        lambda lazy: lazy.tail(2),
    ],
)
def test_queries_give_what_they_give_of_the_frame(frame, query):
    for engine in ("in-memory", "streaming"):
        assert_frame_equal(query(frame.lazy()).collect(engine=engine), query(FRAME.lazy()).collect())


def test_it_is_written_as_the_frame_is(frame, tmp_path):
    frame.lazy().sink_parquet(tmp_path / "frame.parquet")
    assert_frame_equal(pl.read_parquet(tmp_path / "frame.parquet"), FRAME)


def test_only_the_columns_that_a_query_needs_are_made():
    asked = []

    def make(places, names):
        asked.append(tuple(names))
        return FRAME.select(names)[places]

    Parted(FRAME.schema, len(FRAME), make).lazy().filter(pl.col("age") > 3).select("age").collect()
    assert asked == [("age",)]


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(1, 7))
def test_a_frame_without_rows_or_with_many_is_the_same_in_parts_of_any_size(values, rows):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parted, "PART", rows)
        frame = pl.DataFrame({"value": values}, schema={"value": pl.Int64})
        assert_frame_equal(Parted.of(frame).lazy().collect(), frame)
