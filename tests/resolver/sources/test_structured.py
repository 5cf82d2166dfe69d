from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from resolver.sources.files import read_frame
from resolver.sources.structured import read_json_lines, text_frame


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (["00125482"], ["00125482"]),
        ([123456789012345678], ["123456789012345678"]),
        ([7.0, None, 8.0], ["7", None, "8"]),
        ([7.5, 8.0], ["7.5", "8.0"]),
        ([float("nan"), 2.0], [None, "2"]),
        ([Decimal("12.00")], ["12"]),
        ([True, None], ["true", None]),
        ([date(1985, 5, 3)], ["1985-05-03"]),
        ([datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)], ["2024-01-02T03:04:05Z"]),
        ([["a@x.com", "b@x.com"], []], ['["a@x.com","b@x.com"]', None]),
        ([None], [None]),
    ],
)
def test_values_become_text_with_ids_exact(values: list[object], texts: list[str | None]) -> None:
    assert text_frame(pl.DataFrame({"a": values}))["a"].to_list() == texts


def test_structs_become_columns() -> None:
    frame = text_frame(pl.DataFrame({"name": [{"first": "Ann", "last": "Lee"}]}))
    assert frame.to_dicts() == [{"name.first": "Ann", "name.last": "Lee"}]


def test_json_numbers_are_exact_and_bad_lines_refused() -> None:
    rows = read_json_lines(b'{"id": 123456789012345678901, "ok": true, "in": {"a": 1.50}, "l": ["x"]}\n{oops}\n[1]\n')
    assert rows.cells.to_dicts() == [{"id": "123456789012345678901", "in.a": "1.50", "l": '["x"]', "ok": "true"}]
    assert [(line, raw) for line, _, raw in rows.refused] == [(2, "{oops}"), (3, "[1]")]


def test_half_a_surrogate_pair_does_not_stop_a_file() -> None:
    assert read_json_lines(b'{"a": "x\\ud800"}').cells.item() == "x?"


def test_frames_of_all_makers_give_the_same_cells() -> None:
    data = {"id": [1, 2], "name": ["Ann", None], "born": [datetime(1985, 5, 3), None]}
    polars = read_frame(pl.DataFrame(data), "f", "f").cells
    assert polars.rows() == [("1", "Ann", "1985-05-03T00:00:00"), ("2", None, None)]
    assert read_frame(pd.DataFrame(data), "f", "f").cells.equals(polars)
    assert read_frame(pa.table(data), "f", "f").cells.equals(polars)


def test_pandas_columns_may_be_mixed_and_repeat_names() -> None:
    frame = pd.DataFrame([[125482, 1], ["x", 2]], columns=["a", "a"])
    assert read_frame(frame, "f", "f").cells.rows(named=True)[0] == {"a": "125482", "a_2": "1"}
