from datetime import UTC, datetime

import polars as pl
import pytest

from resolver.sources.moments import date_order, moments


@pytest.mark.parametrize(
    ("dates", "order", "sure"),
    [
        (["1985-05-03", "1990-12-31"], "ymd", True),
        (["19850503"], "ymd", True),
        (["03/04/1985", "25/04/1985"], "dmy", True),
        (["03/04/1985", "04/25/1985"], "mdy", True),
        (["03.04.1985"], "dmy", True),
        (["03/04/1985"], "mdy", False),
        ([], "ymd", True),
    ],
)
def test_the_order_of_dates_is_seen_in_the_values(dates: list[str], order: str, sure: bool) -> None:
    assert date_order(pl.Series(dates, dtype=pl.String)) == (order, sure)


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("2024-01-02T03:04:05", "ymd", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02 03:04:05", "ymd", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02T03:04:05.250Z", "ymd", datetime(2024, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC)),
        ("2024-01-02T03:04:05+02:00", "ymd", datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2024-01-02 03:04:05 UTC", "ymd", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02 03:04", "ymd", datetime(2024, 1, 2, 3, 4, tzinfo=UTC)),
        ("2024-01-02", "ymd", datetime(2024, 1, 2, tzinfo=UTC)),
        ("02/01/2024", "dmy", datetime(2024, 1, 2, tzinfo=UTC)),
        ("01/02/2024 3:04 PM", "mdy", datetime(2024, 1, 2, 15, 4, tzinfo=UTC)),
        ("02.01.2024 03:04", "dmy", datetime(2024, 1, 2, 3, 4, tzinfo=UTC)),
        ("1704164645", "ymd", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1704164645000", "ymd", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("9999-12-31", "ymd", None),
        ("0001-01-01T00:00:00", "ymd", None),
        ("2024-02-31", "ymd", None),
        ("yesterday", "ymd", None),
        (None, "ymd", None),
    ],
)
def test_times_are_read_as_utc(text: str | None, order: str, moment: datetime | None) -> None:
    assert moments(pl.Series("t", ["2024-05-05", text], dtype=pl.String), order).to_list()[1] == moment


@pytest.mark.parametrize(
    "text",
    [
        *("2024-01-02T03:04:05Z", "1999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z"),
        *("9999-12-31T23:59:59Z", "2023-02-29T10:00:00Z", "2024-02-29T10:00:00Z", "2024-13-01T10:00:00Z"),
        *("2016-12-31T23:59:60Z", "2024-01-02T24:00:00Z", "2024-01-02T03:60:00Z", "0000-00-00T00:00:00Z"),
        *("+024-01-02T03:04:05Z", "２024-01-02T03:04:05Z", "2024-1-02T03:04:005Z", "2024-01-02T03:04:05z"),
    ],
)
def test_the_usual_form_is_read_like_any_other_way_to_write_it(text: str) -> None:
    read = moments(pl.Series("t", [text, "2024-05-05", text.replace("Z", ".000Z")]), "ymd").to_list()
    assert read[0] == read[2]
