"""What runs on Spark's workers, as functions on frames: no Spark is needed for these."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pyspark")

import collections
import itertools
from dataclasses import replace

from polars.testing import assert_frame_equal

from resolver.columns import decode
from resolver.lists import ROW
from resolver.paths.spark import meet, parcels
from resolver.paths.spark.account import matters
from resolver.paths.spark.arrow import arrow_schema, handed, listed, spread
from resolver.paths.spark.contacts import Order
from resolver.paths.spark.hanging import on_driver
from resolver.paths.spark.meet import GROUP, groups_of, made_by, sizes_of
from resolver.paths.spark.packing import Packing
from resolver.paths.spark.values import columns_of, said
from resolver.steps.block import Groups
from rules.values.hashes import mixed
from tests.resolver.commands.shell import PEOPLE, refused

FIELDS = ("given", "suffix")
VALUES = st.text(st.sampled_from("ab \x1b\x1e\x1f0 12é"), min_size=1, max_size=5)


@given(st.lists(st.tuples(st.lists(VALUES, max_size=3, unique=True), st.none() | VALUES), min_size=1, max_size=8))
def test_what_a_record_says_is_read_as_it_was_written(people):
    given_names, suffixes = zip(*people, strict=True)
    schema = {"given": pl.List(pl.String), "suffix": pl.String}
    frame = pl.DataFrame({"given": [names or None for names in given_names], "suffix": suffixes}, schema=schema)
    found = columns_of(said(frame, FIELDS), FIELDS)
    for name, dtype in schema.items():
        if name in found:
            assert decode(found[name], dtype).to_list() == frame[name].to_list()
        else:
            assert frame[name].null_count() == len(frame)


KEYS = st.lists(st.integers(0, 6), min_size=0, max_size=40)


@given(KEYS, st.integers(2, 5), st.data())
def test_keys_that_come_in_parts_make_the_pairs_that_they_make_in_one(keys, cap, data):
    found, rows = np.asarray(keys, dtype=np.int64) * 64, np.arange(len(keys), dtype=np.int64)
    order = np.asarray(data.draw(st.permutations(range(len(keys)))), dtype=np.int64)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(keys)), max_size=4)))
    parts = [
        pl.DataFrame({"key": found[order[begin:end]], ROW: rows[order[begin:end]]})
        for begin, end in itertools.pairwise([0, *cuts, len(keys)])
    ]
    held = data.draw(st.integers(0, 30))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meet, "HELD", held)
        groups = pl.concat([pl.DataFrame(schema=dict(GROUP)), *groups_of(iter(parts), cap)])
    assert groups.select((pl.col("size") * pl.col("keys")).sum()).item() == len(keys)
    wanted = collections.Counter(collections.Counter(keys).values())
    assert {size: number for _, size, number in sizes_of(groups).rows()} == wanted
    caps = np.zeros(64, dtype=np.int64)
    caps[0] = cap
    left, right, _ = made_by(groups, caps, None)
    whole = Groups.of(rows[np.argsort(found, kind="stable")], mixed(np.sort(found).astype(np.uint64)))
    theirs = np.sort(np.concatenate([np.zeros(0, dtype=np.uint64), *whole.pairs(cap)]))
    assert np.sort(left << 32 | right).tolist() == theirs.tolist()


def test_only_pairs_that_begin_with_a_chosen_record_are_made():
    groups = pl.DataFrame({"family": [1], "size": [3], "keys": [1], "rows": [[2, 5, 9]]}, schema=dict(GROUP))
    caps = np.full(64, 10)
    assert [*zip(*made_by(groups, caps, np.asarray([5])), strict=True)] == [(5, 9, 1)]
    assert sorted(made_by(groups, caps, None)[0].tolist()) == [2, 2, 5]


NUMBERS = st.integers(0, 200)
PAIRS_OF = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=30)


def pairs_frame(pairs):
    found = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
    return pl.DataFrame(found, schema={"left": pl.Int64, "right": pl.Int64}, orient="row")


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(0, 62))), st.integers(1, 5))
def test_packed_pairs_are_told_again_with_the_families_that_made_them(made, buckets):
    made = [(min(one, other), max(one, other), family) for one, other, family in made]
    packing = Packing(201, buckets)
    for bucket in range(buckets):
        mine = [row for row in made if row[0] % buckets == bucket]
        columns = np.asarray(mine, dtype=np.int64).reshape(-1, 3).T
        wanted = [
            (*pair, sum(1 << family for family in {row[2] for row in mine if row[:2] == pair}), number)
            for pair, number in sorted(collections.Counter(row[:2] for row in mine).items())
        ]
        assert [*zip(*packing.told(packing.of(*columns), bucket), strict=True)] == wanted


IDS = st.text(st.sampled_from("ab1é"), max_size=3)


@given(st.lists(IDS, min_size=1, max_size=30), st.lists(IDS, max_size=5))
def test_a_record_lies_in_the_stretch_of_its_id_by_its_number_too(ids, cuts):
    by_id = Order(pl.Series(sorted(set(cuts)), dtype=pl.String), np.zeros(len(set(cuts)) + 1, dtype=np.int64), len(ids))
    found = by_id.of_ids(pl.Series(ids).sort())
    counts = np.bincount(found, minlength=by_id.stretches)
    order = replace(by_id, begins=np.cumsum(counts) - counts)
    assert order.of_rows(np.arange(len(ids))).tolist() == found.tolist()
    assert found.tolist() == sorted(found.tolist())


@given(PAIRS_OF, st.integers(1, 5), st.integers(1, 7))
def test_what_is_cut_by_bucket_is_there_once_opened(pairs, buckets, length):
    frame = pairs_frame(pairs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parcels, "LENGTH", length)
        made = parcels.placed(frame, buckets)
    assert_frame_equal(parcels.opened(made, frame.schema, parcels.PAIRS).sort("left", "right"), frame)
    for (bucket,), mine in made.filter(kind=parcels.PAIRS).group_by("bucket"):
        assert (parcels.opened(mine, {})["left"] % buckets == bucket).all()


@given(PAIRS_OF, st.integers(1, 5), st.integers(1, 5))
def test_every_bucket_is_told_of_all_records_that_its_pairs_name_and_something_is_known_of(pairs, buckets, known):
    frame = pairs_frame(pairs)
    told = pl.DataFrame({"row": range(0, 201, known)}).with_columns(said=pl.format("r{}", "row"))
    facts = parcels.cut(told, parcels.bucket_of(told["row"], buckets), parcels.FACTS)
    asked = pl.concat([facts, parcels.placed(frame, buckets).filter(kind=parcels.WANTED)])
    sent = pl.concat(
        [pl.DataFrame(schema=dict(parcels.PARCEL)), *(parcels.supplied(mine) for _, mine in asked.group_by("bucket"))]
    )
    for bucket in range(buckets):
        mine = frame.filter(pl.col("left") % buckets == bucket)
        wanted = {row for row in [*mine["left"], *mine["right"]] if row % known == 0}
        got = parcels.opened(sent.filter(bucket=bucket), {"row": pl.Int64(), "said": pl.String()})
        assert sorted(got.rows()) == sorted((row, f"r{row}") for row in wanted)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.booleans()), max_size=30))
def test_the_pairs_of_couples_that_matter_are_told_from_all_others(pairs):
    frame = pl.DataFrame(pairs, schema={"one": pl.Int64, "other": pl.Int64, "strong": pl.Boolean}, orient="row")
    strong = {tuple(sorted(pair[:2])) for pair in pairs if pair[2]}
    kept = matters(frame.filter("strong"), frame).to_list()
    assert kept == [tuple(sorted(pair[:2])) in strong for pair in pairs]


@given(st.lists(st.lists(st.integers(-9, 9), max_size=3), max_size=6))
def test_lists_of_numbers_are_read_as_they_were_written(lists):
    rows = np.repeat(np.arange(len(lists)), [len(one) for one in lists]).astype(np.int64)
    numbers = np.asarray([number for one in lists for number in one], dtype=np.int64)
    made = listed(rows, numbers, len(lists))
    assert made.to_list() == lists
    again = spread(made)
    assert (again[0].tolist(), again[1].tolist()) == (rows.tolist(), numbers.tolist())


def test_what_is_handed_to_spark_has_its_order_and_its_types():
    frame = pl.DataFrame({"b": [["x"]], "a": [1]}, schema={"b": pl.List(pl.String), "a": pl.UInt32})
    table = handed(frame, arrow_schema({"a": pl.UInt32(), "b": pl.List(pl.String()), "c": pl.String()}))
    assert [str(field.type) for field in table.schema] == ["int64", "list<item: string>", "string"]
    assert table.to_pylist() == [{"a": 1, "b": ["x"], "c": None}]


def test_the_driver_names_each_component_by_its_smallest_row():
    found = on_driver(pl.DataFrame({"left": [7, 20, 8], "right": [9, 30, 9]}))
    assert found.rows() == [(7, 7), (8, 7), (9, 7), (20, 20), (30, 20)]


def test_an_engine_that_there_is_not_is_refused(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    assert "choose polars or spark" in refused("dedupe", tmp_path / "people.csv", "--engine", "duck")
