"""Whatever a file is written in, the first look at its header never stops the run."""

from pathlib import Path

import pytest

from resolver.sources.inputs import read

SAMPLES = Path(__file__).parents[3] / "data" / "systems"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_table_is_read_in_any_encoding_with_any_line_end(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(end.join(["id,first name,email", "1,Zoë,zoe@x.com", "2,Bob,bob@x.com", ""]).encode(encoding))
    assert read([path]).records["given_name"].to_list() == ["Zoë", "Bob"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_systems_export_is_known_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "export.csv"
    text = (SAMPLES / "teamwork_desk.csv").read_text(encoding="utf-8")
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding, "replace"))
    assert [file.format for file in read([path]).files] == ["teamwork_desk"]
