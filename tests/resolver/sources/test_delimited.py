from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.sources.delimited import CELL_LIMIT, Dialect, _careful, _fast, read_delimited, sniff


def rows(data: bytes) -> list[tuple[str, ...]]:
    return read_delimited(data).rows.cells.rows()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    lines = ["id,name,note", "1,Ann,x", "2,Bob,y"]
    found = read_delimited("\n".join(lines).replace(",", delimiter).encode())
    assert found.delimiter == delimiter
    assert found.header == ["id", "name", "note"]
    assert found.rows.cells.rows() == [("1", "Ann", "x"), ("2", "Bob", "y")]


def test_commas_inside_names_do_not_win_over_semicolons() -> None:
    assert sniff("id;name;city\n1;Lee, Ann;Ulm\n2;Fox, Bob;Bern\n3;Day, Eve;Graz\n").delimiter == ";"


def test_excel_may_say_which_delimiter_it_used() -> None:
    found = read_delimited(b"sep=|\nid|name\n1|Ann\n")
    assert (found.header, found.rows.lines.to_list()) == (["id", "name"], [3])


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes_stand_around_cells(quote: str) -> None:
    data = "id,name\n1,'Lee, Ann'\n2,'Fox, Bob'\n".replace("'", quote).encode()
    assert rows(data) == [("1", "Lee, Ann"), ("2", "Fox, Bob")]


def test_an_apostrophe_in_front_of_a_name_is_no_quote() -> None:
    assert rows(b"id,name\n1,'t Hooft\n2,'s Gravesande\n") == [("1", "'t Hooft"), ("2", "'s Gravesande")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_all_line_ends_are_known(end: bytes) -> None:
    assert [row[1].strip() for row in rows(end.join([b"id,name", b"1,Ann", b"2,Bob", b""]))] == ["Ann", "Bob"]


def test_lines_are_counted_through_quoted_line_ends() -> None:
    found = read_delimited(b'id,note\n1,"a\nb\nc"\n2,x\n\n3,y\n').rows
    assert found.lines.to_list() == [2, 5, 7]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2,x,y,z", "4 cells, the header has 3"),
        (b"2,x", "2 cells, the header has 3"),
        (b'2,"x,y', "a quote is opened and not closed"),
        (b'2,"x"x,y', "a quote stands in the middle of a quoted cell"),
        (b"2,x\0,y", "a NUL byte"),
        (b"2," + b"x" * (CELL_LIMIT + 1) + b",y", "a cell is longer than 1,000,000 bytes"),
    ],
)
def test_a_bad_row_is_refused_and_the_rest_is_read(line: bytes, reason: str) -> None:
    found = read_delimited(b'id,name,city\n1,Ann,"Ulm"\n' + line + b"\n3,Bob,Bern\n").rows
    assert found.cells.rows() == [("1", "Ann", "Ulm"), ("3", "Bob", "Bern")]
    assert found.lines.to_list() == [2, 4]
    assert [(number, why, raw[:5]) for number, why, raw in found.refused] == [(3, reason, line[:5].decode())]


def test_a_huge_cell_of_many_lines_is_one_bad_row() -> None:
    found = read_delimited(b'id,note\n1,"' + b"x\n" * CELL_LIMIT + b'"\n2,y\n').rows
    assert [(line, reason) for line, reason, _ in found.refused] == [(2, "a cell is longer than 1,000,000 bytes")]
    assert found.lines.to_list() == [1_000_003]


def test_empty_cells_behind_the_last_column_are_tolerated() -> None:
    assert rows(b"id,name\n1,Ann,,\n2,Bob\n") == [("1", "Ann"), ("2", "Bob")]


def test_a_short_row_and_a_long_row_do_not_hide_each_other() -> None:
    found = read_delimited(b"id,name,city\n1,Ann\n2,Bob,Ulm,\n").rows
    assert found.cells.rows() == [("2", "Bob", "Ulm")]
    assert [line for line, _, _ in found.refused] == [2]


def test_two_broken_quotes_do_not_swallow_the_rows_between() -> None:
    found = read_delimited(b'id,name\n1,"Ann\n2,Bob\n3,"Cy\n4,Dee\n').rows
    assert found.cells.rows() == [("2", "Bob"), ("4", "Dee")]
    assert [line for line, _, _ in found.refused] == [2, 4]


def test_a_first_row_of_data_is_no_header() -> None:
    found = read_delimited(b"Ann,ann@x.com\nBob,bob@x.com\n")
    assert found.header is None
    assert found.rows.lines.to_list() == [1, 2]


@given(st.integers(1, 3), st.lists(st.text('ab, "\n\r', max_size=8), max_size=6), st.sampled_from([4, 1 << 21]))
def test_what_the_fast_reader_accepts_the_careful_one_reads_alike(width: int, pieces: list[str], block: int) -> None:
    data = (",".join("xyz"[:width]) + "\n" + "\n".join(pieces)).rstrip("\r\n").encode()
    with patch("resolver.sources.delimited._BLOCK", block):
        fast = _fast(data, Dialect(",", '"'), width, 1)
    if fast is None:
        return
    careful = _careful(data, Dialect(",", '"'), width, 1)
    blank = [""] if width == 1 else None  # a blank line is an empty cell to one and no row to the other
    fast_rows, careful_rows = (
        [[cell.strip() for cell in row] for row in read.cells.rows()] for read in (fast, careful)
    )
    assert [row for row in fast_rows if row != blank] == [row for row in careful_rows if row != blank]
    assert careful.refused == []


@pytest.mark.parametrize("block", [3, 7, 1 << 21])
@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize(
    ("data", "good"),
    [
        (b"a,b\n1,2\n3,4", True),
        (b'a,b\n1,"2,\n\n"\n"3",4', True),
        (b'a,b\r\n"1\r\n",2\r\n3,4', True),
        (b"a,b\n1\n3,4,", False),
        (b'a,b\n1\n3,4,\n"x",y', False),
        (b'a,b\n1,"2"3\n4,5', False),
        (b'a,b\n1,"2\n3",4\n5,6', False),
    ],
)
def test_the_proof_does_not_depend_on_where_the_blocks_end(data: bytes, end: bytes, good: bool, block: int) -> None:
    with patch("resolver.sources.delimited._BLOCK", block):
        assert (_fast(data + end, Dialect(",", '"'), 2, 1) is not None) == good


@given(st.lists(st.lists(st.text('ab,; "\n', max_size=6), min_size=2, max_size=2), max_size=8))
def test_what_a_csv_writer_writes_is_read_back(cells: list[list[str]]) -> None:
    quoted = ['"' + '","'.join(cell.replace('"', '""') for cell in row) + '"' for row in [["p", "q"], *cells]]
    assert rows("\n".join(quoted).encode()) == [tuple(row) for row in cells]
