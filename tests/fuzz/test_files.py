"""Files of every kind, whatever is in them: an error of the package's own or a load that accounts for each row."""

import csv
import gzip
import io
import json
import time

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resolver import Reading
from resolver.errors import ResolverError
from resolver.sources.inputs import read
from resolver.sources.vcard import read_vcards
from tests.fuzz.amount import fuzzed
from tests.soak import SOAK

NAMES = [
    "a.csv",
    "a.tsv",
    "a.txt",
    "a.json",
    "a.jsonl",
    "a.xlsx",
    "a.xls",
    "a.parquet",
    "a.vcf",
    "a.csv.gz",
    "a",
    "b.gz",
]
BEGINNINGS = [
    b"", b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08\x00", b"\xd0\xcf\x11\xe0", b"BEGIN:VCARD\r\n", b"[{", b'{"pages": [',
    b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"id,email\n1,", b'"', b"id\temail\n", b"\0",
]  # fmt: skip
SEEDS = {
    "a.csv": b"id,first name,email,phone\n1,Ann,ann@x.com,+1 312 555 0188\n2,Bob,bob@x.org,\n",
    "a.json": b'[{"id": 1, "emails": ["a@x.com"], "when": "2020-02-30"}, {"id": 2, "name": {"first": "Bob"}}]',
    "a.jsonl": b'{"id": 1, "email": "a@x.com"}\n{"id": 2, "email": null}\n',
    "a.vcf": b"BEGIN:VCARD\nVERSION:3.0\nN:Lee;Ann;;;\nTEL;TYPE=home:1\nBDAY:--0203\nEND:VCARD\n",
}
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
CELLS = st.one_of(
    WORDS,
    st.sampled_from(
        ["", " ", '"', "'", "\n", "\r\n", "\t", ",", ";", "\0", "n/a", "=1+1", "\ufeff", "1e999", "a@x.com"]
    ),
)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8)


@st.composite
def damaged(draw):
    """A good file in which some bytes are others, gone, or twice there."""
    name = draw(st.sampled_from(sorted(SEEDS)))
    data = bytearray(SEEDS[name])
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 8))
        data[place : place + cut] = draw(st.one_of(st.binary(max_size=6), st.just(bytes(data[place : place + 20]))))
    return name, bytes(data)


def loaded(folder, name, data, **told):
    """What became of a file: a load, or None where the package said that it cannot be read."""
    (folder / name).write_bytes(data)
    try:
        return read([folder / name], Reading(**told))
    except ResolverError as error:
        said = str(error)
    assert said
    assert len(said.splitlines()) == 1
    return None


@given(st.sampled_from(NAMES), st.sampled_from(BEGINNINGS), st.binary(max_size=400))
@fuzzed(60)
def test_any_bytes_are_a_load_or_an_error_of_our_own(tmp_path, name, head, data):
    loaded(tmp_path, name, head + data)


@given(damaged())
@fuzzed(60)
def test_damaged_files_are_a_load_or_an_error_of_our_own(tmp_path, found):
    loaded(tmp_path, *found)


def as_csv(rows, delimiter):
    made = io.StringIO()
    writer = csv.writer(made, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "first name", "last name", "email"])
    writer.writerows((number, *row) for number, row in enumerate(rows, 1))
    return made.getvalue().encode()


@given(ROWS, st.sampled_from(",;\t|"), st.booleans())
@fuzzed(40)
def test_every_row_of_a_table_is_a_record_or_a_reject(tmp_path, rows, delimiter, packed):
    data = as_csv(rows, delimiter)
    load = loaded(tmp_path, "a.csv.gz" if packed else "a.csv", gzip.compress(data) if packed else data)
    if load is None:  # binary data, or not one row without a NUL byte
        assert any(char < " " for row in rows for char in "".join(row))
        return
    assert len(load.records) + len(load.rejects) == len(rows), (load.rejects, load.warnings)
    assert load.records["record_id"].is_in([str(number) for number in range(1, len(rows) + 1)]).all()


LINES = st.one_of(
    st.fixed_dictionaries({"first_name": WORDS, "email": CELLS}).map(json.dumps),
    st.sampled_from(["{", "[]", "1", "null", '"x"', "{}}", '{"id": NaN', "nonsense", '{"a": 1}{"b": 2}', "[" * 5000]),
)


@given(st.lists(LINES, min_size=1, max_size=8))
@fuzzed(40)
def test_every_line_of_json_is_a_record_or_a_reject(tmp_path, lines):
    text = [
        line.replace("{", f'{{"id": "{n}", ', 1) if '"first_name"' in line else line for n, line in enumerate(lines)
    ]
    load = loaded(tmp_path, "a.jsonl", "\n".join(text).encode())
    if load is None:
        assert not any('"first_name"' in line for line in lines)
    else:
        assert len(load.records) + len(load.rejects) == len(lines), (load.rejects, load.warnings)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), CELLS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(CELLS, inner, max_size=4)),
    max_leaves=12,
)


@given(JSON)
@fuzzed(60)
def test_any_json_is_a_load_or_an_error_of_our_own(tmp_path, document):
    loaded(tmp_path, "a.json", json.dumps(document).encode())


@given(st.lists(st.fixed_dictionaries({"email": CELLS, "given": JSON}), min_size=1, max_size=5))
@fuzzed(40)
def test_every_object_of_a_json_document_is_a_record_or_a_reject(tmp_path, found):
    objects = [{"id": f"r{number}", **one} for number, one in enumerate(found)]
    load = loaded(tmp_path, "a.json", json.dumps(objects).encode())
    assert load is not None
    assert len(load.records) + len(load.rejects) == len(objects), (load.rejects, load.warnings)


@given(ROWS)
@fuzzed(15)
def test_every_row_of_a_workbook_is_a_record_or_a_reject(tmp_path, rows):
    # a workbook holds no control characters
    clean = [["".join(char for char in cell if char.isprintable()) for cell in row] for row in rows]
    frame = pl.DataFrame(
        [[str(number), *row] for number, row in enumerate(clean, 1)],
        schema=["id", "first name", "last name", "email"], orient="row",
    )  # fmt: skip
    made = io.BytesIO()
    frame.write_excel(made)
    load = loaded(tmp_path, "a.xlsx", made.getvalue())
    assert load is not None
    assert len(load.records) + len(load.rejects) == len(rows), (load.rejects, load.warnings)


PROPERTIES = st.builds(
    lambda name, params, value: f"{name}{params}:{value}",
    st.sampled_from(["FN", "N", "EMAIL", "TEL", "ADR", "ORG", "BDAY", "REV", "UID", "AGENT", "PHOTO", "item1.URL"]),
    st.sampled_from(["", ";TYPE=home", ';X="a:b"', ";ENCODING=QUOTED-PRINTABLE;CHARSET=nope", ";PREF=999", ";", ";=,"]),
    st.one_of(CELLS, st.sampled_from(["=", "=ZZ", ";;;", "\\", "19990231", "99991231T250000Z", "BEGIN:VCARD"])),
)  # fmt: skip


@given(st.lists(st.lists(PROPERTIES, max_size=6), min_size=1, max_size=4))
@example([["FN:"]])
@fuzzed(60)
def test_every_card_is_a_contact_or_refused(cards):
    """Lines of a card may open and close others: then it is enough that all is told."""
    text = "\n".join("\n".join(["BEGIN:VCARD", *lines, "END:VCARD"]) for lines in cards)
    export = read_vcards(text)
    if not any("VCARD" in line or "AGENT" in line or "UID" in line or "=" in line for lines in cards for line in lines):
        assert len(export.contacts) + len(export.refused) == len(cards)


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.vcf", "a.txt"])
@pytest.mark.parametrize(
    "piece", ['"', "a,", "\n", ";", "[", '{"a":', "=\n ", "\\,", "BEGIN:VCARD\n", "\u0301", "1 ", "work "]
)
def test_nothing_takes_longer_than_its_size_explains(tmp_path, piece, name):
    """In a soak run a quarter of a megabyte of one thing: what grows by the square takes minutes."""
    size = 4_000 if SOAK is None else 250_000
    begun = time.process_time()
    loaded(tmp_path, name, b"id,name\n" * (name == "a.csv") + (piece * (size // len(piece))).encode())
    assert time.process_time() - begun < 30
