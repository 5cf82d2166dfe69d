import polars as pl
import pytest

from resolver.columns import encode_all
from resolver.contact import Contact, Email, OtherName, Phone, frame_of
from resolver.steps.prepare import Prepared, prepare


def prepared(*contacts: Contact) -> Prepared:
    keyed = frame_of(list(contacts)).with_columns(record_key=pl.concat_str("source", "record_id", separator=":"))
    return prepare(keyed)


def normalised(*contacts: Contact) -> pl.DataFrame:
    return prepared(*contacts).normalised.frame()


def contact(record_id: str, **parts: object) -> Contact:
    return Contact.model_validate({"source": "crm", "record_id": record_id, **parts})


@pytest.mark.parametrize(
    ("others", "given", "family"),
    [
        ([], ["julia"], ["olsen"]),
        ([OtherName(family_name="Byrne")], ["julia"], ["olsen", "byrne"]),
        ([OtherName(given_name="Jules", family_name="Olsen")], ["julia", "jules"], ["olsen"]),
        ([OtherName(full_name="Kent, Jules")], ["julia", "jules"], ["olsen", "kent"]),
        ([OtherName(family_name="n/a")], ["julia"], ["olsen"]),
    ],
)
def test_further_names_stand_behind_the_main_one(others: list[OtherName], given: list[str], family: list[str]) -> None:
    julia = contact("1", given_name="Julia", family_name="Olsen", other_names=others)
    found = normalised(julia, contact("2", family_name="Fox"))
    assert found["given"].to_list() == [given, None]
    assert found["family"].to_list() == [family, ["fox"]]


def test_a_record_with_a_further_name_alone_has_that() -> None:
    ann = contact("1", other_names=[OtherName(full_name="Ann Lee")])
    found = normalised(ann, contact("2", given_name="Bob"))
    assert found["given"].to_list() == [["ann"], ["bob"]]
    assert found["family"].to_list() == [["lee"], None]


def test_what_is_kept_as_codes_is_what_a_written_frame_would_be_read_as() -> None:
    ann = contact("1", given_name="Ann", family_name="Lee Jr.", emails=[Email(raw="a@x.com"), Email(raw="A@x.com")])
    bo = contact("2", given_name="B", emails=[Email(raw="bo.fox@acme.com", status="bounced")], gender="f")
    info = contact("3", emails=[Email(raw="a@x.com", role=True)], phones=[Phone(raw="020 7946 0958", kind="fax")])
    found = prepared(ann, bo, info).normalised
    read = encode_all(found.frame(), found.columns)
    assert found["email"].to_list() == [["a@x.com"], ["!bo.fox@acme.com"], None]
    assert {name for name, column in found.fields.items() if column.is_empty} == {"middle", "phone", "birth_date"}
    for name, column in found.fields.items():
        if not column.is_empty:
            assert column.values.to_list() == read[name].values.to_list()
            assert column.codes.tolist() == read[name].codes.tolist()


def test_a_fax_is_no_point_and_a_point_is_as_it_was_entered() -> None:
    phones = [Phone(raw="(020) 7946 0958", region="GB"), Phone(raw="020 7946 0959", kind="fax")]
    points = prepared(contact("1", phones=phones)).points["phone"]
    assert points.to_dicts() == [{"row": 0, "raw": "(020) 7946 0958", "normalised": "+442079460958"}]
