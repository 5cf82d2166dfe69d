"""Files that are small and would take all memory, or all time, are refused in a line."""

import gzip
import struct
import time

import pytest

from resolver import Reading
from resolver.errors import InputError, NothingUsableError
from resolver.sources import unpacking
from resolver.sources.files import read_file
from resolver.sources.inputs import read
from resolver.sources.vcard import read_vcards
from tests.resolver.sources.workbooks import SHEET, book, cell, sheet

CARD = b"BEGIN:VCARD\nVERSION:3.0\nFN:Ann Lee\nEMAIL:ann@x.com\nEND:VCARD\n"
HEAD = (1, [cell("A1", "id"), cell("B1", "name")])
BOMBS = {
    "a corner far away": sheet(HEAD, (1_048_576, [cell("XFD1048576", "x")])),
    "a row that no sheet has": sheet(HEAD, (99_999_999_999, [cell("A99999999999", "x")])),
    "wide and long": sheet(HEAD, (200_000, [cell("ZZ200000", "x")])),
    "a row far away, without a place in it": sheet(HEAD, (2**33, ['<c t="n"><v>1</v></c>'])),
    "single quotes and blanks": sheet(HEAD, (2, ["<c t='n'  r = 'XFD9999999' ><v>1</v></c>"])),
}


def unpacks_to(monkeypatch, size):
    monkeypatch.setattr(unpacking, "MOST_BYTES", size)


@pytest.mark.parametrize("name", BOMBS)
def test_a_sheet_that_spans_far_more_than_it_holds_is_refused_at_once(name, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(book(BOMBS[name]))
    begun = time.process_time()
    with pytest.raises(InputError, match=r"spans .* most of it empty"):
        read_file(tmp_path / "a.xlsx", "a")
    assert time.process_time() - begun < 5


def test_a_sheet_with_a_header_far_right_is_read(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(
        book(sheet((1, [cell("A1", "id"), cell("ZZ1", "email")]), (2, [cell("A2", "1")])))
    )
    assert read_file(tmp_path / "a.xlsx", "a").cells.height == 1


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE a [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p; <!ENTITY b "x">]>',
    ],
)
def test_entities_of_a_workbook_stand_for_nothing(before, tmp_path):
    text = sheet((1, [cell("A1", "id"), cell("B1", "name")]), (2, [cell("A2", "1"), cell("B2", "&b;")]), before=before)
    (tmp_path / "a.xlsx").write_bytes(book(text))
    with pytest.raises(InputError, match="cannot be opened"):
        read_file(tmp_path / "a.xlsx", "a")


def test_a_workbook_that_unpacks_to_too_much_is_refused_whatever_it_says_of_its_size(tmp_path, monkeypatch):
    unpacks_to(monkeypatch, 1_000_000)
    honest = book(sheet(HEAD, (2, [cell("A2", "x" * 5_000_000)])))
    size = struct.pack("<I", len(sheet(HEAD, (2, [cell("A2", "x" * 5_000_000)]))))
    lying = honest.replace(size, struct.pack("<I", 10))
    assert honest != lying
    for data in (honest, lying):
        (tmp_path / "a.xlsx").write_bytes(data)
        with pytest.raises(InputError, match="unpacks to more than 0 MB"):
            read_file(tmp_path / "a.xlsx", "a")


@pytest.mark.parametrize(
    "data",
    [
        book(sheet(HEAD), **{"xl/workbook.xml": None}),
        book(sheet(HEAD), **{"xl/workbook.bin": "x"}),
        book(sheet(HEAD), **{"content.xml": "x"}),
        book(sheet(HEAD), **{SHEET: None}),
        book(sheet(HEAD))[:-40],
        book("<worksheet>"),
        book(""),
        b"PK\x03\x04" + b"\0" * 200,
    ],
)
def test_a_zip_file_that_is_no_workbook_is_refused(data, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(data)
    with pytest.raises(InputError, match="workbook"):
        read_file(tmp_path / "a.xlsx", "a")


def bomb():
    return gzip.compress(b"id,name\n" + b"1,Ann Lee\n" * 1_000_000, mtime=0)


def test_a_compressed_table_that_unpacks_to_too_much_is_refused(tmp_path):
    with pytest.raises(InputError, match="unpacks to more than 1 MB"):
        unpacking.unpacked(tmp_path / "a.csv.gz", bomb(), 1 << 20)
    with pytest.raises(InputError, match="unpacks to more than 1 MB"):
        unpacking.unpacked(tmp_path / "a.csv.gz", gzip.compress(b"x" * (1 << 19)) * 3, 1 << 20)


def test_several_compressed_parts_are_one_file():
    data = gzip.compress(b"id,name\n") + gzip.compress(b"1,Ann\n") + b"\0\0\0"
    assert unpacking.unpacked("a.gz", data) == b"id,name\n1,Ann\n"
    assert unpacking.unpacked("a.gz", data, len(b"id,name\n1,Ann\n")) == b"id,name\n1,Ann\n"


@pytest.mark.parametrize("name", ["a.vcf.gz", "a.json.gz", "a.csv.gz"])
@pytest.mark.parametrize("cut", [-1, -9, 30, 12])
def test_a_compressed_file_that_is_cut_off_or_damaged_is_refused(name, cut, tmp_path):
    data = gzip.compress({"a.vcf.gz": CARD * 50, "a.json.gz": b'[{"id": 1}]' + b" " * 500}.get(name, b"id,name\n1,A\n"))
    (tmp_path / name).write_bytes(data[:cut])
    with pytest.raises((InputError, NothingUsableError), match="damaged or cut off"):
        read([tmp_path / name], Reading())
    (tmp_path / name).write_bytes(data[:20] + b"\xff\xff\xff" + data[23:])
    with pytest.raises((InputError, NothingUsableError), match="damaged or cut off"):
        read([tmp_path / name], Reading())


def test_a_compressed_file_of_cards_is_read_as_the_plain_one(tmp_path):
    (tmp_path / "a.vcf.gz").write_bytes(gzip.compress(CARD))
    assert read_vcards(tmp_path / "a.vcf.gz").contacts == read_vcards(CARD.decode()).contacts
    assert read([tmp_path / "a.vcf.gz"], Reading()).records["full_name"].to_list() == ["Ann Lee"]


def test_a_document_that_is_nested_too_deeply_is_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(b"[" * 200_000)
    with pytest.raises((InputError, NothingUsableError), match="nested too deeply"):
        read([tmp_path / "a.json"], Reading())
