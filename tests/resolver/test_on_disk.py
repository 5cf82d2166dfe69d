"""A frame on disk gives what the frame in memory gives, and leaves nothing behind."""

import errno
import gc

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from resolver import on_disk
from resolver.errors import UsageError
from resolver.on_disk import ArrayOnDisk, OnDisk, in_memory, one_below_another, part_of, put_down, rows_at

FRAME = pl.DataFrame(
    {
        "record_id": ["a", "b", "c", "d"],
        "emails": [[{"raw": "a@x.com", "status": None}], [], None, [{"raw": "d@x.com", "status": "bounced"}] * 2],
        "updated_at": pl.Series([1, None, 3, 4]).cast(pl.Datetime("us", "UTC")),
        "nothing": [None] * 4,
    }
)
SOME = pl.Series([True, False, True, True])


@pytest.fixture
def stored():
    return OnDisk.of(FRAME)


def test_its_columns_are_those_of_the_frame(stored):
    assert (len(stored), stored.columns, stored.schema) == (4, FRAME.columns, FRAME.schema)
    for name in FRAME.columns:
        assert_series_equal(stored[name], FRAME[name])
    assert_frame_equal(stored.select("nothing", "record_id"), FRAME.select("nothing", "record_id"))
    assert_frame_equal(in_memory(stored), FRAME)
    assert in_memory(FRAME) is FRAME


def test_some_of_its_rows_are_those_of_the_frame(stored):
    few = stored.filter(SOME)
    assert_frame_equal(in_memory(few), FRAME.filter(SOME))
    assert_frame_equal(in_memory(few.filter(SOME[1:])), FRAME.filter(SOME).filter(SOME[1:]))
    whole = one_below_another([few, stored.filter(~SOME)])
    assert in_memory(whole)["record_id"].to_list() == ["a", "c", "d", "b"]
    assert in_memory(one_below_another([FRAME.filter(SOME), FRAME.filter(~SOME)]))["record_id"].to_list() == [*"acdb"]
    assert one_below_another([stored]) is stored


@pytest.mark.parametrize(
    "of", [OnDisk.of, lambda frame: frame, lambda frame: OnDisk.of(frame).filter(pl.Series([True] * 4))]
)
def test_single_rows_and_neighbours_are_those_of_the_frame(of):
    assert list(rows_at(of(FRAME), [0, 3])) == [FRAME.row(place, named=True) for place in (0, 3)]
    assert_frame_equal(part_of(of(FRAME), 1, 3, ["nothing", "emails"]), FRAME.select("nothing", "emails")[1:3])
    assert part_of(of(FRAME), 0, 0, FRAME.columns).schema == FRAME.schema


def test_it_is_written_as_it_is_or_as_far_as_it_was_chosen(stored, tmp_path):
    stored.write(tmp_path / "all.parquet")
    stored.filter(SOME).write(tmp_path / "some.parquet")
    assert_frame_equal(pl.read_parquet(tmp_path / "all.parquet"), FRAME)
    assert_frame_equal(pl.read_parquet(tmp_path / "some.parquet"), FRAME.filter(SOME))


def test_only_large_frames_are_put_on_disk(monkeypatch):
    assert put_down(FRAME) is FRAME
    monkeypatch.setattr(on_disk, "LARGE", 4)
    assert isinstance(put_down(FRAME), OnDisk)


def test_its_file_stays_as_long_as_anybody_needs_it_and_is_nobody_elses_to_read():
    few = OnDisk.of(FRAME).filter(SOME)
    path = few.path
    assert path.parent.stat().st_mode & 0o077 == 0
    assert len(few.select("record_id")) == 3
    del few
    gc.collect()
    assert not path.parent.exists()


@pytest.mark.parametrize("numbers", [np.arange(9, dtype=np.uint64) ** 7, np.zeros(0)])
def test_arrays_on_disk_are_the_arrays(numbers):
    places = np.flatnonzero(numbers % 2)
    found = ArrayOnDisk.of(numbers)[places]
    assert (found.tolist(), found.dtype) == (numbers[places].tolist(), numbers.dtype)


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), pl.exceptions.ComputeError("No space left on device")]
)
def test_where_there_is_no_room_it_is_said_what_to_do(monkeypatch, error):
    def full(*_, **__):
        raise error

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(UsageError, match=r"No space left on device.*TMPDIR"):
        OnDisk.of(FRAME)
    monkeypatch.setattr(np, "save", full)
    with pytest.raises(UsageError, match="TMPDIR"):
        ArrayOnDisk.of(np.arange(3))
