from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from resolver.errors import NothingUsableError, UsageError
from resolver.frames import RECORDS, check
from resolver.sources.tabular import Reading, read


def records(frame: dict[str, list[Any]], reading: Reading | None = None) -> list[dict[str, Any]]:
    found = read([pl.DataFrame(frame)], reading).records
    return check(found, RECORDS, required=("record_key", "source", "record_id")).to_dicts()


def test_a_contact_takes_its_canonical_places(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "id,First Name,Last Name,Email,Mobile,Fax,Company,Title,Street,Zip,City,Country,"
        "DOB,SSN,LinkedIn,Tags,Color,Created\n"
        "7,Ann,Lee,ann@x.com,0171 2345678,,Acme,CTO,Mill Lane 1,89073,Ulm,Germany,03.05.1985,123-45-6789,"
        'https://linkedin.com/in/ann,"vip; a/b",red,2024-01-02\n'
    )
    load = read([path])
    (contact,) = load.records.to_dicts()
    assert contact == {
        "record_key": "people:7",
        "source": "people",
        "record_id": "7",
        "given_name": "Ann",
        "family_name": "Lee",
        "emails": [{"raw": "ann@x.com"}],
        "phones": [{"raw": "0171 2345678", "kind": "mobile", "region": "DE"}],
        "organisations": [{"name": "Acme", "title": "CTO"}],
        "addresses": [{"street": "Mill Lane 1", "city": "Ulm", "postal_code": "89073", "country": "Germany"}],
        "socials": [{"raw": "https://linkedin.com/in/ann", "network": "linkedin"}],
        "external_ids": [{"raw": "123-45-6789", "system": "ssn"}],
        "birth_date": "03.05.1985",
        "created_at": datetime(2024, 1, 2, tzinfo=UTC),
        "tags": [{"name": "vip"}, {"name": "a/b"}],
        "file": str(path),
        "line": 2,
        "date_order": "dmy",
        "default_region": "DE",
        "custom.Color": "red",
    }
    assert load.files[0].rows == 1
    assert load.settings["default_region"].startswith("DE (100%")


def test_missing_values_are_empty_lists() -> None:
    frame = {"id": ["1", "2"], "email": ["a@x.com", None], "phone": [None, "+1 415 555 0100"], "company": [None, "X"]}
    first, second = records({**frame, "city": ["Ulm", None]})
    assert (first["phones"], first["organisations"], second["emails"], second["addresses"]) == ([], [], [], [])


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("a@x.com; b@y.com", ["a@x.com", "b@y.com"]),
        ("a@x.com,b@y.com,", ["a@x.com", "b@y.com"]),
        ("a@x.com / b@y.com", ["a@x.com", "b@y.com"]),
        ("a@x.com\nb@y.com", ["a@x.com", "b@y.com"]),
        ('["a@x.com","b@y.com"]', ["a@x.com", "b@y.com"]),
        ('[{"value": "a@x.com"}]', ["a@x.com"]),
        ("a/b@x.com", ["a/b@x.com"]),
        ('"Lee, Ann" <a@x.com>', ['"Lee, Ann" <a@x.com>']),
    ],
)
def test_several_emails_in_a_cell_are_split(cell: str, values: list[str]) -> None:
    found = records({"id": ["1", "2"], "email": [cell, "z@x.com"]})
    assert [[email["raw"] for email in row["emails"]] for row in found] == [values, ["z@x.com"]]


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("310/246-1501", ["310/246-1501"]),
        ("030/1234567, 0171/2345678", ["030/1234567", "0171/2345678"]),
        ("415 555 0100 / 415 555 0199", ["415 555 0100", "415 555 0199"]),
        ("415-555-0100 ext. 12; 415-555-0199", ["415-555-0100 ext. 12", "415-555-0199"]),
        ("415-555-0100, ext 12", ["415-555-0100, ext 12"]),
        ("tel:+1-415-555-0100;ext=12", ["tel:+1-415-555-0100;ext=12"]),
    ],
)
def test_several_phones_in_a_cell_are_split(cell: str, values: list[str]) -> None:
    (row,) = records({"id": ["1"], "phone": [cell], "country": ["usa"]})
    assert [phone["raw"] for phone in row["phones"]] == values
    assert {phone["region"] for phone in row["phones"]} == {"US"}


def test_a_column_may_be_called_like_a_part_of_a_phone() -> None:
    (row,) = records({"kind": ["030 1234567; 030 7654321"]}, Reading(columns={"phone": "kind"}))
    assert [phone["raw"] for phone in row["phones"]] == ["030 1234567", "030 7654321"]


def test_several_columns_of_a_kind_are_all_kept() -> None:
    frame = {
        "id": ["1", "2"],
        "Email 1": ["a@x.com", "c@x.com"],
        "Email 2": ["b@x.com", None],
        "Phone": ["030 1234567"] * 2,
    }
    first, second = records({**frame, "Work Phone": [None, "030 7654321"]})
    assert [email["raw"] for email in first["emails"]] == ["a@x.com", "b@x.com"]
    assert [phone["kind"] for phone in second["phones"]] == [None, "work"]


def test_deleted_records_are_marked() -> None:
    frame = {"id": ["1", "2", "3"], "is_deleted": ["true", "0", None], "deleted_at": [None, None, "2024-01-02"]}
    assert [row["deleted"] for row in records(frame)] == [True, False, True]


def test_rows_without_id_are_named_by_their_content() -> None:
    frame = {"name": ["Ann Lee", "Bob Fox", "Ann Lee"], "city": ["Ulm", "Bern", "Ulm"]}
    ids = {row["record_id"] for row in records(frame)}
    shuffled = {name: values[::-1] for name, values in reversed(frame.items())}
    assert ids == {row["record_id"] for row in records(shuffled)}
    assert sorted(len(key) for key in ids) == [17, 17, 19]


def test_an_id_used_twice_goes_to_the_newer_row() -> None:
    frame = {
        "id": ["1", "2", "2", "2"],
        "name": ["Ann Lee", "Bob Fox", "Bob Foxx", "Bob Foxx"],
        "updated_at": ["2024-01-01", "2024-03-01", "2024-02-01", "2024-02-01"],
    }
    load = read([pl.DataFrame(frame)])
    assert load.records["full_name"].to_list() == ["Ann Lee", "Bob Fox"]
    assert load.rejects["line"].to_list() == [3, 4]
    assert load.rejects["reason"][0] == "record id '2' is used twice in source 'frame'; kept the newer row"
    assert load.rejects["raw"][0] == "2,Bob Foxx,2024-02-01"


def test_equal_rows_with_one_id_are_one_record() -> None:
    load = read([pl.DataFrame({"id": ["1", "1"], "name": ["Ann Lee", "Ann Lee"]})])
    assert (load.records.height, load.rejects.height) == (1, 0)
    assert load.warnings == ["rows that repeat a record exactly, read once: 1"]


def test_rows_without_the_told_id_are_refused() -> None:
    load = read([pl.DataFrame({"key": ["a", None], "name": ["Ann Lee", "Bob Fox"]})], Reading(id_column="key"))
    assert load.records["record_id"].to_list() == ["a"]
    assert load.rejects.rows() == [("frame", 2, "the id column 'key' is empty", ",Bob Fox")]


@pytest.mark.parametrize(
    "reading",
    [
        Reading(id_column="nope"),
        Reading(source_column="nope"),
        Reading(columns={"email": "nope"}),
        Reading(columns={"e": "a"}),
    ],
)
def test_what_is_told_must_exist(reading: Reading) -> None:
    with pytest.raises(UsageError, match=r"the (columns|fields) are .*"):
        read([pl.DataFrame({"a": ["x"], "b": ["y"]})], reading)


def test_a_source_column_names_the_source_of_each_record() -> None:
    frame = {"id": ["1", "2", "1"], "source": ["crm", None, "erp"], "name": ["Ann Lee", "Bob Fox", "Eve Day"]}
    assert {row["record_key"] for row in records(frame)} == {"crm:1", "frame:2", "erp:1"}


def test_what_is_told_about_all_inputs_holds_for_all() -> None:
    told = Reading(source="all", tenant="t1", region="nz", date_order="dmy")
    (row,) = records({"id": ["1"], "phone": ["09 123 4567"], "dob": ["03/04/1985"]}, told)
    assert [row[name] for name in ("source", "tenant", "default_region", "date_order")] == ["all", "t1", "NZ", "dmy"]


def test_undecidable_dates_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,dob\n1,03/04/1985\n")
    load = read([path])
    assert load.records["date_order"].to_list() == ["mdy"]
    assert any("--date-order" in warning for warning in load.warnings)


def test_one_unreadable_input_does_not_stop_the_others(tmp_path: Path) -> None:
    load = read([tmp_path / "nowhere.csv", pl.DataFrame({"id": ["1"], "name": ["Ann Lee"]})])
    assert load.records.height == 1
    assert load.rejects.rows() == [(str(tmp_path / "nowhere.csv"), 0, "there is no such file", "")]


def test_nothing_usable_says_why(tmp_path: Path) -> None:
    with pytest.raises(NothingUsableError, match="no such file"):
        read([tmp_path / "nowhere.csv"])
    path = tmp_path / "a.csv"
    path.write_text("id,name\n1\n2\n")
    with pytest.raises(NothingUsableError, match="1 cells, the header has 2"):
        read([path])


def test_a_header_alone_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,name,email,phone,company,street,created_at\n")
    load = read([path])
    assert load.records.height == 0
    assert load.warnings[0] == f"{path}: there are no rows below the header"


def test_the_same_file_given_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,name\n1,Ann Lee\n")
    load = read([path, str(path)])
    assert (load.records.height, len(load.files)) == (1, 1)
    assert "read once" in load.warnings[0]


def test_a_file_without_header_is_understood_by_its_values(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{n},Ann{'abcdef'[n]},Lee{'abcdef'[n]},a{n}@x.com,+49 30 123456{n}\n" for n in range(6)))
    load = read([path])
    assert [use.field for use in load.columns] == ["record_id", "given_name", "family_name", "email", "phone"]
    assert load.records["line"].to_list() == [1, 2, 3, 4, 5, 6]


def test_files_of_different_shape_meet_in_one_frame() -> None:
    load = read(
        [pl.DataFrame({"id": ["1"], "email": ["a@x.com"]}), pl.DataFrame({"Name": ["Bob Fox"], "tel": ["030 1234567"]})]
    )
    assert set(load.records["source"]) == {"frame", "frame-2"}
    assert load.records["emails"].null_count() == load.records["phones"].null_count() == 0


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["Ann Lee", "Bob Fox", "Eve Day", ""]),
        st.sampled_from(["a@x.com", "b@x.com", "c@x.com;d@x.com", ""]),
        st.sampled_from(["030 1234567", "0171 2345678", "+1 415 555 0100", ""]),
        st.sampled_from(["03/04/1985", "25/12/1990", "12/25/1990", ""]),
    ).filter(any),
    min_size=2,
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, cut=st.integers(1, 11), with_id=st.booleans(), seed=st.randoms())
def test_shuffling_and_splitting_change_nothing(
    tmp_path: Path, people: list[Any], cut: int, with_id: bool, seed: Any
) -> None:
    rows = [(f"i{place}", *person) if with_id else person for place, person in enumerate(people)]
    header = ["id", "name", "email", "phone", "dob"][0 if with_id else 1 :]

    def path(name: str, part: list[Any]) -> str:
        text = "\n".join(",".join(row) for row in [header, *part])
        (tmp_path / name).write_text(text + "\n")
        return f"crm={tmp_path / name}"

    whole = read([path("whole.csv", rows)])
    seed.shuffle(rows)
    assume(rows[:cut] != rows[cut:])  # equal files are one file, given twice
    halves = read([path("one.csv", rows[:cut]), path("two.csv", rows[cut:])])
    place = ["file", "line"]
    assert whole.records.drop(place).equals(halves.records.drop(place).select(whole.records.drop(place).columns))
    assert whole.settings.get("default_region") == halves.settings.get("default_region")


def other_names(columns: dict[str, list[str | None]]) -> list[list[tuple[str | None, ...]]]:
    read_ones = read([pl.DataFrame({"id": ["1"], "first": ["Julia"], "last": ["Olsen"], **columns})]).records
    lists = read_ones["other_names"].to_list()
    return [[(name["full_name"], name["given_name"], name["family_name"]) for name in names] for names in lists]


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"maiden name": ["Byrne"]}, [(None, None, "Byrne")]),
        ({"maiden name": [None]}, []),
        ({"maiden name": ["Byrne"], "previous surname": ["Kent"]}, [(None, None, "Byrne"), (None, None, "Kent")]),
        ({"alias_first_name": ["Jules"], "alias_last_name": ["Kent"]}, [(None, "Jules", "Kent")]),
        ({"aliases": ["Jules Kent; J. Byrne"]}, [("Jules Kent", None, None), ("J. Byrne", None, None)]),
        ({"aliases": ["Kent, Jules"]}, [("Kent, Jules", None, None)]),
    ],
)
def test_further_names_are_kept_beside_the_name(
    columns: dict[str, list[str | None]], names: list[tuple[str | None, ...]]
) -> None:
    assert other_names(columns) == [names]


@pytest.mark.parametrize(
    ("year", "month", "day", "date"),
    [
        ("1949", "7", "22", "1949-07-22"),
        ("1949", "July", "2", "1949-07-02"),
        ("1949.0", "7.0", "22.0", "1949-07-22"),
        ("1949", "7", None, "1949-07"),
        ("1949", None, "22", "1949"),
        (None, "7", "22", None),
    ],
)
def test_a_birth_date_in_pieces_is_put_together(
    year: str | None, month: str | None, day: str | None, date: str | None
) -> None:
    rows = {
        "id": ["1", "2"],
        "name": ["Ann Lee", "Bob Fox"],
        "by": [year, "1980"],
        "bm": [month, "1"],
        "bd": [day, "1"],
    }
    assert read([pl.DataFrame(rows)]).records["birth_date"].to_list() == [date, "1980-01-01"]


def test_two_family_names_are_one() -> None:
    names = {"primer apellido": ["García", "Ruiz"], "segundo apellido": ["López", None]}
    assert read([pl.DataFrame({"id": ["1", "2"], "nombre": ["Ana", "Eva"], **names})]).records[
        "family_name"
    ].to_list() == ["García López", "Ruiz"]


def test_an_organisation_keeps_its_trading_name_and_its_ids() -> None:
    record = read([pl.DataFrame({"company": ["Acme Ltd"], "trading name": ["Bolt"], "VAT": ["GB123456789"]})]).records
    assert [one["name"] for one in record["organisations"].to_list()[0]] == ["Acme Ltd", "Bolt"]
    assert [(one["system"], one["raw"]) for one in record["external_ids"].to_list()[0]] == [("vat", "GB123456789")]


def test_a_list_of_names_needs_no_header(tmp_path: Path) -> None:
    for names, column in (("Ann Lee\nRobert Fox\n", "full_name"), ("Acme L.L.C.\nBolt GmbH\n", "organisations")):
        path = tmp_path / "list.csv"
        path.write_text(names)
        found = read([path]).records
        assert found.height == 2
        assert column in found.columns
