import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import Normalised, column_of, combine, decode, encode, extended, pairs_once


def test_single_values_get_one_place_a_record():
    column = encode(pl.Series(["b", None, "a", "b"]))
    assert column.starts is None
    assert column.values.to_list() == ["", "a", "b"]
    assert column.codes.tolist() == [2, 0, 1, 2]
    assert column.counts.tolist() == [0, 1, 2]


def test_lists_of_one_are_single_values():
    assert encode(pl.Series([["a"], None, []], dtype=pl.List(pl.String))).starts is None


def test_the_first_of_several_values_is_the_main_one():
    column = encode(pl.Series([["b", "a"], None, ["c"], []], dtype=pl.List(pl.String)))
    assert column.values.gather(column.first).to_list() == ["b", "", "c", ""]


@given(st.lists(st.none() | st.lists(st.sampled_from("abc"), max_size=3, unique=True), max_size=8))
def test_lists_come_back_as_they_were(lists):
    column = encode(pl.Series(lists, dtype=pl.List(pl.String)))
    rows, codes = column.held
    back = [column.values.gather(codes[rows == row]).to_list() for row in range(len(lists))]
    assert back == [held or [] for held in lists]
    assert len(column) == len(lists)


def test_combine_gives_every_couple_inside_a_row():
    rows, first, second = combine(
        (np.asarray([0, 0, 2]), np.asarray([1, 2, 3])), (np.asarray([0, 1, 2, 2]), np.asarray([7, 8, 9, 10]))
    )
    assert list(zip(rows, first, second, strict=True)) == [(0, 1, 7), (0, 2, 7), (2, 3, 9), (2, 3, 10)]


LISTS = st.lists(
    st.none() | st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True), min_size=1, max_size=8
)
LIST = pl.List(pl.String())


@given(LISTS)
def test_decoding_is_the_inverse_of_encoding(lists):
    column = encode(pl.Series(lists, dtype=LIST))
    assert decode(column, LIST).to_list() == lists
    first = [held and held[0] for held in lists]
    assert decode(encode(pl.Series(first, dtype=pl.String)), pl.String()).to_list() == first


@given(LISTS, st.data())
def test_some_of_the_records_hold_what_they_held(lists, data):
    wanted = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=8))
    keys = pl.Series([str(row) for row in range(len(lists))])
    whole = Normalised({"record_key": keys}, {"email": encode(pl.Series(lists, dtype=LIST))})
    some = whole.taken(np.asarray(wanted, dtype=np.int64)).frame()
    assert some.rows() == whole.frame()[wanted].rows()


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["b", "a", "", None])), max_size=10), st.randoms())
def test_a_column_does_not_depend_on_how_its_values_are_listed(held, random):
    held.sort(key=lambda each: each[0])
    listed = ["unused", "b", *(value for _, value in held), "a", None]
    random.shuffle(listed)
    rows = np.asarray([row for row, _ in held], dtype=np.int32)
    codes = np.asarray([listed.index(value) for _, value in held], dtype=np.int32)
    found = column_of(pl.Series(listed, dtype=pl.String), codes, rows, 4)
    lists = [[*dict.fromkeys(value for row, value in held if row == record and value)] for record in range(4)]
    plain = encode(pl.Series(lists, dtype=LIST))
    assert found.values.to_list() == plain.values.to_list()
    assert found.codes.tolist() == plain.codes.tolist()
    assert (found.starts is None) == (plain.starts is None)


def test_what_else_is_told_stands_behind_what_a_record_holds():
    told = extended(encode(pl.Series(["b", None, "c"])), np.asarray([0, 0, 1]), pl.Series(["c", "b", "a"]))
    assert decode(told, LIST).to_list() == [["b", "c"], ["a"], ["c"]]


@given(st.lists(st.tuples(st.integers(-3, 2**62), st.integers(0, 3))))
def test_pairs_come_once_and_in_their_order(pairs):
    one, other = (np.asarray([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    assert [*zip(*(side.tolist() for side in pairs_once(one, other)), strict=True)] == sorted(set(pairs))
