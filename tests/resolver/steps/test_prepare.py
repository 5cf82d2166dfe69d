import polars as pl
import pytest

from resolver.contact import Contact, OtherName, frame_of
from resolver.steps.prepare import prepare


def normalised(*contacts: Contact) -> pl.DataFrame:
    keyed = frame_of(list(contacts)).with_columns(record_key=pl.concat_str("source", "record_id", separator=":"))
    return prepare(keyed).normalised


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
