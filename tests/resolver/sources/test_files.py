import gzip
from pathlib import Path

import polars as pl
import pytest

from resolver.errors import InputError
from resolver.sources.files import locate, read_file, read_frame

ROWS = [("1", "Ann"), ("2", "Bob")]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.csv", b"id,name\n1,Ann\n2,Bob\n", "csv"),
        ("a.tsv", b"id\tname\n1\tAnn\n2\tBob\n", "csv"),
        ("a", b"id,name\n1,Ann\n2,Bob\n", "csv"),
        ("a.csv.gz", gzip.compress(b"id,name\n1,Ann\n2,Bob\n", mtime=0), "csv"),
        ("a.json", b'[{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"}]', "json"),
        ("a.json", b'{"meta": {}, "people": [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"}]}', "json"),
        ("a.json", b'{"id": 1, "name": "Ann"}\n{"id": 2, "name": "Bob"}\n', "json"),
        ("a.jsonl", b'{"id": 1, "name": "Ann"}\n\n{"id": 2, "name": "Bob"}\n', "jsonl"),
    ],
)
def test_files_are_told_apart_by_content(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(data)
    table = read_file(tmp_path / name, "a")
    assert (table.info.format, table.cells.columns, table.cells.rows()) == (kind, ["id", "name"], ROWS)


def test_parquet_and_workbooks_are_read(tmp_path: Path) -> None:
    frame = pl.DataFrame(ROWS, schema=["id", "name"], orient="row")
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_excel(tmp_path / "a.xlsx")
    assert read_file(tmp_path / "a.parquet", "a").cells.rows() == ROWS
    sheet = read_file(tmp_path / "a.xlsx", "a")
    assert (sheet.cells.rows(), sheet.lines.to_list()) == (ROWS, [2, 3])


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\n \n", "the file is empty"),
        ("a.parquet", b"PAR1 and nothing", "this Parquet file is damaged or cut off"),
        ("a.xlsx", b"PK\x03\x04 and nothing", "this workbook cannot be opened"),
        ("a.json", b'[{"id": 1},\n {"id": }]', "at line 2, column 9"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.csv.gz", gzip.compress(b"id,name\n1,Ann\n", mtime=0)[:-9], "this gzip file is damaged"),
        ("a.jpg", bytes(range(32)) * 100, "binary data"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=reason):
        read_file(tmp_path / name, "a")


def test_a_directory_and_a_missing_file_say_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="directory"):
        read_file(tmp_path, "a")
    with pytest.raises(InputError, match="no such file"):
        read_file(tmp_path / "nowhere.csv", "a")


@pytest.mark.parametrize("cell", ["", "  ", "null", "NULL", "None", "NaN", "n/a", "#N/A", "-", "--", "?"])
def test_placeholders_hold_nothing(cell: str) -> None:
    assert read_frame(pl.DataFrame({"a": [cell], "b": ["x"]}), "f", "f").cells.rows() == [(None, "x")]


@pytest.mark.parametrize("cell", ["Null Island", "None of them", "0", "na", "N"])
def test_what_may_be_a_value_is_kept(cell: str) -> None:
    assert read_frame(pl.DataFrame({"a": [f" {cell} "]}), "f", "f").cells.item() == cell


def test_repeated_and_missing_headers_get_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mail,mail,,mail_2,\na,b,c,d,\n")
    assert read_file(tmp_path / "a.csv", "a").cells.columns == ["mail", "mail_3", "column_3", "mail_2"]


def test_a_source_is_named_by_the_caller_or_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x=y.csv"
    path.write_text("id\n1\n")
    assert locate(str(path)) == (path, "x=y")
    assert locate("crm=data/people.csv") == (Path("data/people.csv"), "crm")
    assert locate("data/people.csv.gz") == (Path("data/people.csv.gz"), "people")


def test_rows_of_nothing_are_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1,Ann\n,\n")
    table = read_file(tmp_path / "a.csv", "a")
    assert table.cells.rows() == [("1", "Ann")]
    assert table.warnings == (f"{tmp_path / 'a.csv'}: empty rows left out: 1",)
