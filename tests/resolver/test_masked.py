"""Values that an export hides in part, from the file to the golden record: evidence, and never more than that."""

import polars as pl
import pytest

from resolver import dedupe
from resolver.contact import Consent, Contact, Email, ExternalId, Phone, Social, frame_of
from resolver.explain import why
from resolver.paths.batch import resolve
from rules.ruleset import Ruleset

LEVEL = "same as far as shown"
HEADER = "id,first_name,last_name,email,phone,ssn,linkedin,birth_date,updated_at"
ROWS = [
    "1,Jane,Doe,jane.doe@acme.example,(212) 555-0147,823-45-6789,https://linkedin.com/in/jane-doe-84,1985-03-12,2024-01-01",
    "2,J***,Doe,j***e@acme.example,***-***-0147,XXX-XX-6789,linkedin.com/in/jane-d***,1985-XX-XX,2025-01-01",
    "3,Jane,Doe,•••@acme.example,***-***-**99,***-**-**21,,**/**/1985,2026-01-01",
]


def contact(record_id, name, email=None, phone=None, ssn=None, erp=None, **more):
    given, _, family = name.partition(" ")
    ids = [ExternalId(system=system, raw=raw) for system, raw in (("ssn", ssn), ("erp", erp)) if raw]
    return Contact(
        source="crm",
        record_id=record_id,
        given_name=given,
        family_name=family,
        emails=[Email(raw=email)] if email else [],
        phones=[Phone(raw=phone, region="US")] if phone else [],
        external_ids=ids,
        **more,
    )


def resolved(*contacts):
    frame = frame_of(list(contacts)).with_columns(record_key=pl.col("source") + ":" + pl.col("record_id"))
    return resolve(frame, Ruleset.default())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("masked")
    path = folder / "people.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")
    dedupe(path).write(folder / "out")
    return folder / "out"


def test_every_field_says_in_words_how_far_masked_values_agree(folder):
    lines = {line.field: line for line in why(folder, "people:1", "people:2").lines}
    assert {name for name, line in lines.items() if line.level == LEVEL} == {
        *("email", "phone", "birth_date", "identifier", "social"),
    }
    assert (lines["given"].level, lines["given"].right) == ("initial", "j")
    assert (lines["phone"].left, lines["phone"].right) == ("+12125550147", "~…0147")
    assert all(lines[name].weight > 0 for name in ("email", "phone", "identifier"))


def test_too_little_shown_says_nothing_and_a_contradiction_differs(folder):
    lines = {line.field: line.level for line in why(folder, "people:1", "people:3").lines}
    assert "email" not in lines
    assert (lines["phone"], lines["identifier"]) == ("different", "different")


def test_a_column_that_is_masked_throughout_is_still_one_of_phones(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,name,phone\n1,Ann Lee,***-***-0147\n2,Bob Fox,XXX-XXX-0199\n", encoding="utf-8")
    assert dedupe(path).normalised["phone"].to_list() == [["~…0147"], ["~…0199"]]


def test_the_golden_record_has_every_value_in_full_however_new_and_frequent_the_others_are():
    masked = {
        "email": "j***e@acme.example",
        "phone": "***-***-0147",
        "ssn": "XXX-XX-6789",
        "erp": "4711",
        "birth_date": "1985-XX-XX",
        "socials": [Social(network="twitter", raw="jane***")],
    }
    full = contact(
        "1",
        "Jane Doe",
        "jane.doe@acme.example",
        "212 555 0147",
        "823-45-6789",
        "4711",
        birth_date="1985-03-12",
        socials=[Social(network="twitter", raw="janedoe")],
    )
    made = resolved(full, contact("2", "Jan*** Doe", **masked), contact("3", "Jan*** Doe", **masked))
    golden = made.golden.row(0, named=True)
    assert len(made.golden) == 1
    assert (golden["full_name"], golden["email"], golden["phone"]) == (
        "Jane Doe",
        "jane.doe@acme.example",
        "+12125550147",
    )
    assert (golden["birth_date"], golden["socials"]) == ("1985-03-12", "twitter:janedoe")
    assert "*" not in golden["external_ids"]
    assert "X" not in golden["external_ids"]


def test_a_masked_value_is_golden_where_there_is_no_other():
    made = resolved(contact("1", "Jane Doe", "j***@acme.example", "***-***-0147"))
    assert made.golden.select("email", "phone").row(0) == ("j***@acme.example", "***-***-0147")


def test_a_masked_address_does_not_stand_in_for_one_that_bounces():
    bounced = contact("1", "Jane Doe", erp="4711").model_copy(
        update={"emails": [Email(raw="jane@acme.example", status="bounced")]}
    )
    made = resolved(bounced, contact("2", "Jane Doe", "j***@acme.example", erp="4711"))
    assert made.golden["email"].to_list() == [None]


def test_masked_values_bring_nobody_together_and_are_not_shared():
    names = [f"{given} {family}" for given in ("Ann", "Bob", "Cy", "Dee") for family in ("Orr", "Poe", "Ray", "Sim")]
    made = resolved(
        *(contact(str(n), name, "a***@acme.example", "***-***-0147", "***-**-6789") for n, name in enumerate(names))
    )
    assert len(made.golden) == len(names)
    assert made.run["tenants"][""]["shared_values"] == []
    families = {name: family["keys"] for name, family in _families(made).items()}
    assert not {"email", "phone", "phone_digits", "identifier"} & {name for name, keys in families.items() if keys}


def _families(made):
    return {family["name"]: family for family in made.run["tenants"][""]["families"]}


def test_a_masked_name_and_three_digits_are_asked_not_joined():
    made = resolved(
        contact("1", "Jane Doe", "jane@acme.example", "212 555 0147"),
        contact("2", "Jane Doe", "j***@acme.example", "***-***-0147"),
    )
    assert len(made.golden) == 2
    assert made.review["left_key"].to_list() == ["crm:1"]


def test_the_opt_out_of_a_masked_address_is_not_told_of_others_that_look_like_it():
    no = [Consent(channel="email", state="denied")]
    made = resolved(
        contact("1", "Jane Doe", "j***@acme.example"),
        contact("2", "Jim Fox", "j***@acme.example", deleted=True, consent=no),
    )
    assert made.run["tenants"][""]["suppress"] == []
