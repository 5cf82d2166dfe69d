import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from resolver.contact import Contact, Custom, Email
from resolver.sources.adapter import Export, Setting
from resolver.sources.delimited import read_delimited
from resolver.sources.teamwork_desk import ADAPTER
from resolver.sources.teamwork_desk_csv import is_companies, is_tickets
from rules import social
from tests.resolver.sources.fields.places import fields_of, leaves, unlisted, unplaced

SAMPLES = Path("data/systems")
HERE = Setting(tenant="northwind", region="US", regions={"brightwater logistics": "GB"})


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def api() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SAMPLES / "teamwork_desk_api.json").read_text(encoding="utf-8"))
    return document


def read(*customers: Any, setting: Setting = HERE, **beside: Any) -> Export:
    return ADAPTER.read({"customers": list(customers), **beside}, setting)


def one(setting: Setting = HERE, included: Any = None, **customer: Any) -> Contact:
    (contact,) = read({"id": 1, **customer}, setting=setting, included=included or {}).contacts
    return contact


def emails(*values: str, main: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    return [{"type": "email", "value": value, "isMain": place in main} for place, value in enumerate(values)]


def test_the_samples_give_nine_customers_of_whom_one_is_deleted() -> None:
    export = ADAPTER.read(api(), HERE)
    assert (len(export.contacts), export.complete, export.refused, export.warnings) == (9, True, [], [])
    assert [contact.record_id for contact in export.contacts if contact.deleted] == ["125507"]
    assert {(contact.source, contact.tenant) for contact in export.contacts} == {("teamwork_desk", "northwind")}


def test_csv_and_api_give_the_same_contacts() -> None:
    of_api = ADAPTER.read(api(), HERE)
    document = {"customers": rows("teamwork_desk.csv"), "companies": rows("teamwork_desk_companies.csv")}
    of_csv = ADAPTER.read(document, HERE)
    for contact in of_api.contacts:
        contact.emails = [email.model_copy(update={"id": None}) for email in contact.emails]
    assert of_csv == of_api


def test_every_documented_field_has_a_place() -> None:
    fields = fields_of("teamwork_desk")
    contact = one(**fields["record"])
    assert unplaced(fields, contact) == []
    assert unlisted(fields) == []
    assert contact.raw is None


def test_the_samples_hold_no_field_that_is_not_documented() -> None:
    fields = fields_of("teamwork_desk")
    shown = {leaf.removesuffix("[]") for customer in api()["customers"] for leaf in leaves(customer)}
    known = {name.partition(".")[0].removesuffix("[]") for name in [*fields["places"], *fields["not_modelled"]]}
    assert {leaf.partition(".")[0].removesuffix("[]") for leaf in shown} <= known


def test_a_password_is_never_kept() -> None:
    customer = {"id": 1, "password": "mark"}
    assert "mark" not in read(customer).contacts[0].model_dump_json()


def test_unknown_fields_stay_in_raw() -> None:
    assert one(shoeSize=7, company={"id": 1, "mood": "good"}).raw == '{"company":{"mood":"good"},"shoeSize":7}'


@pytest.mark.parametrize(
    ("state", "deleted_at", "deleted"),
    [
        ("deleted", "2026-03-02T10:15:00.123456Z", True),
        ("active", "0001-01-01T00:00:00Z", False),
        (None, "9999-01-01 00:00:00.000000", None),
        (None, "2026-03-02 10:15:00.123456", True),
        ("deleted", None, True),
    ],
)
def test_a_sentinel_is_no_deletion(state: str | None, deleted_at: str | None, deleted: bool | None) -> None:
    contact = one(state=state, deletedAt=deleted_at)
    assert contact.deleted is deleted
    assert contact.deleted_how == ("soft" if deleted else None)
    assert contact.deleted_at is None or contact.deleted_at.microsecond == 123456


def test_a_state_that_is_not_known_is_told_and_kept() -> None:
    export = read({"id": 1, "state": "spam"})
    assert export.contacts[0].deleted is None
    assert export.contacts[0].raw == '{"state":"spam"}'
    assert "neither active nor deleted: 1 (first: 1)" in export.warnings[0]


def test_an_address_that_was_not_verified_is_no_more_than_unverified() -> None:
    contact = one(verifiedEmail=False, contacts=emails("a@x.example", "b@x.example", main=(0,)))
    assert [email.status for email in contact.emails] == ["unverified", None]


def test_an_address_listed_twice_in_one_array_counts_once_and_is_primary_if_any_is() -> None:
    contact = one(contacts=emails("Ann@X.example", "ann@x.example", " a@x.example ", main=(1,)))
    assert [(email.raw, email.primary) for email in contact.emails] == [
        ("Ann@X.example", True),
        (" a@x.example ", False),
    ]


@pytest.mark.parametrize(("main", "chosen"), [((1, 2), "b@x.example"), ((), "a@x.example")])
def test_two_mains_or_none_give_one_primary_and_a_warning(main: tuple[int, ...], chosen: str) -> None:
    export = read({"id": 1, "contacts": emails("a@x.example", "b@x.example", "c@x.example", main=main)})
    assert [email.raw for email in export.contacts[0].emails if email.primary] == [chosen]
    assert len(export.warnings) == 1
    assert "primary" in export.warnings[0]


def test_the_email_beside_the_contacts_is_main_where_they_do_not_say() -> None:
    contact = one(email="B@x.example", contacts=emails("a@x.example", "b@x.example"))
    assert [(email.raw, email.primary) for email in contact.emails] == [("a@x.example", False), ("b@x.example", True)]
    assert one(email="a@x.example").emails == [Email(raw="a@x.example", primary=True)]


def test_a_reference_that_leads_nowhere_is_told() -> None:
    customer = {"id": 1, "email": "a@x.example", "contacts": [{"id": 9, "type": "contacts"}], "company": {"id": 3}}
    export = read(customer)
    assert [email.raw for email in export.contacts[0].emails] == ["a@x.example"]
    assert export.contacts[0].organisations[0].account_id == "3"
    assert export.contacts[0].raw == '{"contactsAside":[{"id":9,"type":"contacts"}]}'
    assert len(export.warnings) == 2


def test_deleted_addresses_and_what_is_no_email_are_kept_aside() -> None:
    contact = one(
        contacts=[
            {"type": "email", "value": "old@x.example", "state": "deleted"},
            {"type": "phone", "value": "1"},
            "odd",
        ]
    )
    assert contact.emails == []
    assert json.loads(contact.raw or "")["contactsAside"][2] == "odd"


def test_the_organisation_of_old_stands_where_no_company_does() -> None:
    companies = {"companies": [{"id": 16, "name": "Brightwater Logistics"}]}
    assert [o.name for o in one(organization="Ortiz Farm").organisations] == ["Ortiz Farm"]
    both = one(included=companies, company={"id": 16}, organization="Old Pier", jobTitle="Lead").organisations
    assert [(o.name, o.title, o.primary) for o in both] == [
        ("Brightwater Logistics", "Lead", True),
        ("Old Pier", None, False),
    ]
    same = one(included=companies, company={"id": 16}, organization="brightwater logistics").organisations
    assert len(same) == 1


@pytest.mark.parametrize(
    ("raw", "systems", "system", "kept"),
    [
        ("003Dn00000JSmTaIAL", {}, "salesforce", "003Dn00000JSmTaIAL"),
        ("003Dn00000JSmTa", {}, "salesforce", "003Dn00000JSmTa"),
        ("51001", {}, "teamwork_desk:unknown", "51001"),
        ("51001", {"": "erp"}, "erp", "51001"),
        ("erp_51001", {"erp_": "erp"}, "erp", "51001"),
        ("SF_003Dn00000JSmTa", {"sf_": "salesforce"}, "salesforce", "003Dn00000JSmTa"),
        ("51001", {"51": "erp"}, "erp", "51001"),
    ],
)
def test_an_external_id_belongs_to_a_system(raw: str, systems: dict[str, str], system: str, kept: str) -> None:
    contact = one(Setting(systems=systems), externalId=raw)
    (found,) = contact.external_ids
    assert (found.system, found.raw, found.relation) == (system, kept, "self")
    assert (Custom(name="external_id", value=raw, scope="teamwork_desk") in contact.custom) is (kept != raw)


@pytest.mark.parametrize("value", ["00125482", 123456789012345678, "01JKCDW6VQN9NCK92EYEJS63BC"])
def test_ids_are_texts_with_every_digit(value: Any) -> None:
    assert read({"id": value}).contacts[0].record_id == str(value)


def test_names_stay_as_they_are_written() -> None:
    contact = one(firstName="Benoi\u0302t", lastName="O’Connell")
    assert (contact.given_name, contact.family_name) == ("Benoi\u0302t", "O’Connell")
    assert one(firstName="", lastName="  ").family_name is None


@pytest.mark.parametrize(
    "url", ["linkedin.com/in/amelia-example/", "https://uk.linkedin.com/in/Amelia-Example?trk=x", "amelia-example"]
)
def test_linkedin_profiles_are_one_however_written(url: str) -> None:
    (found,) = one(linkedinURL=url).socials
    assert social.normalise(found.raw, found.network) in ("linkedin:in/amelia-example", "linkedin:amelia-example")


def test_hostile_text_is_kept_as_it_is() -> None:
    text = "=CMD('x')\x07<script>alert(1)</script>"
    contact = one(notes=text, lastName=text)
    assert (contact.notes[0].text, contact.family_name) == (text, text)


HEADER = "Id,FirstName,Contacts,Address,CreatedAt,VerifiedEmail,Trusted,LinkedinURL,AddMethod,Mood\r\n"


def parsed(text: str) -> tuple[list[dict[str, Any]], list[int]]:
    table = read_delimited(text.encode())
    assert table.header is not None
    return [
        dict(zip(table.header, cells, strict=True)) for cells in table.rows.cells.rows()
    ], table.rows.lines.to_list()


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_json_in_a_cell_is_read_and_bad_json_refused_with_its_line(delimiter: str) -> None:
    lines = [
        ["1", "Ann", '"[{""type"":""email"",""value"":""ann@x.example"",""isMain"":true}]"', '"1 Quay\nBristol"'],
        ["2", "Bob", "", ""],
        ["3", "Cem", "[]", ""],
        ["4", "Dua", "null", ""],
        ["5", "Eve", "[{broken", ""],
        ["6", "Fay", '"{""type"":""email""}"', ""],
        ["", "Gus", "", ""],
    ]
    rest = ["1/2/2026", "False", "True", "", "auto", "good"]
    text = HEADER.replace(",", delimiter) + "\r\n".join(delimiter.join([*line, *rest]) for line in lines) + "\r\n"
    found, starts = parsed(text)
    export = ADAPTER.read(found, HERE)
    assert [contact.given_name for contact in export.contacts] == ["Ann", "Bob", "Cem", "Dua"]
    assert (export.contacts[0].emails[0].raw, export.contacts[0].addresses[0].raw) == (
        "ann@x.example",
        "1 Quay\nBristol",
    )
    assert export.contacts[0].flags[0].value is True
    assert export.contacts[0].raw == '{"Mood":"good"}'
    assert [(starts[refused.place - 1], refused.reason) for refused in export.refused] == [
        (7, "Contacts is not JSON"),
        (8, "Contacts is not a JSON list"),
        (9, "the record has no id"),
    ]
    assert export.complete is False


def test_headers_may_be_written_in_any_case() -> None:
    (contact,) = ADAPTER.read([{"ID": "7", "firstname": "Ann", "COMPANYID": "16", "createdbyid": "2"}], HERE).contacts
    assert (contact.record_id, contact.given_name, contact.organisations[0].account_id) == ("7", "Ann", "16")
    assert contact.provenance is not None
    assert contact.provenance.created_by == "2"


@pytest.mark.parametrize(
    ("text", "order", "time"),
    [
        ("1/2/2026", "mdy", datetime(2026, 1, 2, tzinfo=UTC)),
        ("1/2/2026", "dmy", datetime(2026, 2, 1, tzinfo=UTC)),
        ("1/5/2026 9:05:00 AM", "mdy", datetime(2026, 1, 5, 9, 5, tzinfo=UTC)),
        ("2/14/2026, 4:20:00\u202fPM", "mdy", datetime(2026, 2, 14, 16, 20, tzinfo=UTC)),
        ("05.01.2026 16:20:00", "dmy", datetime(2026, 1, 5, 16, 20, tzinfo=UTC)),
        ("2026-01-05 09:05:00", "dmy", datetime(2026, 1, 5, 9, 5, tzinfo=UTC)),
        ("1/1/0001 12:00:00 AM", "mdy", None),
        ("12/31/9999 11:59:59 PM", "mdy", None),
    ],
)
def test_the_order_of_a_date_comes_from_the_setting(text: str, order: Any, time: datetime | None) -> None:
    export = read({"Id": "1", "CreatedAt": text}, setting=Setting(date_order=order))
    assert (export.contacts[0].created_at, export.contacts[0].raw, export.warnings) == (time, None, [])


def test_dates_that_do_not_fit_the_order_are_kept_and_told() -> None:
    export = read({"Id": "1", "CreatedAt": "14/2/2026"}, {"Id": "2", "CreatedAt": "soon"})
    assert [contact.raw for contact in export.contacts] == ['{"createdAt":"14/2/2026"}', '{"createdAt":"soon"}']
    assert export.warnings == ["dates are written dmy, but were read as mdy (date_order); unread: 2"]


def test_custom_fields_of_tickets_belong_to_their_inbox_and_a_blank_is_no_value() -> None:
    export = read(*rows("teamwork_desk.csv"), tickets=rows("teamwork_desk_tickets.csv"))
    found = {contact.record_id: [c for c in contact.custom if "inbox" in c.name] for contact in export.contacts}
    assert [(custom.name, custom.value) for custom in found["125482"]] == [
        ("desk:inbox:31:Preferred Language", "en-GB"),
        ("desk:inbox:31:Contract No", "BW-1009"),
        ("desk:inbox:32:VAT Exempt", "true"),
    ]
    assert found["125490"] == []


def test_tickets_of_nobody_are_told() -> None:
    export = read({"Id": "1"}, tickets=[{"CustomerId": "2", "InboxId": "3", "Tier": "A"}])
    assert export.warnings == ["customers whom tickets name and the export does not hold: 1 (first: 2)"]


def test_a_broken_record_is_refused_and_the_rest_loads() -> None:
    export = ADAPTER.read(["Ann", {"id": 1}, {"firstName": "Bob"}, None], HERE)
    assert [contact.record_id for contact in export.contacts] == ["1"]
    assert [refused.place for refused in export.refused] == [1, 3, 4]


def test_pages_are_one_export_and_a_missing_page_makes_it_incomplete() -> None:
    def page(number: int, *ids: int, more: bool) -> dict[str, Any]:
        pagination = {"page": number, "records": 3, "hasMorePages": more}
        return {"customers": [{"id": value} for value in ids], "included": {}, "pagination": pagination}

    whole = ADAPTER.read([page(1, 1, 2, more=True), page(2, 3, more=False)], HERE)
    assert ([contact.record_id for contact in whole.contacts], whole.complete) == (["1", "2", "3"], True)
    cut = ADAPTER.read([page(1, 1, 2, more=True)], HERE)
    assert (cut.complete, cut.warnings) == (False, ["pages are missing: 2 customers are here, 3 were announced"])
    assert ADAPTER.read({"customers": [], "errors": [{"title": "no"}]}, HERE).complete is False


def test_one_customer_alone_is_no_complete_list() -> None:
    export = ADAPTER.read({"customer": {"id": 1, "firstName": "Ann"}, "included": {}}, HERE)
    assert (export.contacts[0].given_name, export.complete) == ("Ann", False)


def test_a_customer_on_two_pages_counts_once_in_its_newest_state() -> None:
    export = read(
        {"id": 1, "firstName": "New", "updatedAt": "2026-02-02T00:00:00Z"},
        {"id": 1, "firstName": "Old", "updatedAt": "2026-02-01T00:00:00Z"},
    )
    assert [contact.given_name for contact in export.contacts] == ["New"]


def test_desk_is_recognised_by_its_own_names_only() -> None:
    header = list(rows("teamwork_desk.csv")[0])
    assert ADAPTER.recognises(api())
    assert ADAPTER.recognises([api()])
    assert ADAPTER.recognises({"customer": api()["customers"][0]})
    assert ADAPTER.recognises(api()["customers"])
    assert ADAPTER.recognises(header)
    assert ADAPTER.recognises({"customers": [], "included": {}, "pagination": {}})
    others: list[Any] = [{"customers": [{"id": 1, "email": "a@x"}]}, ["Id", "Email", "Phone"], [], None, {"result": []}]
    assert not any(map(ADAPTER.recognises, others))


def test_the_files_beside_the_customers_are_known_by_their_headers() -> None:
    assert is_companies(["id", "Name"])
    assert not is_companies(["Id", "Name", "Email"])
    assert is_tickets(list(rows("teamwork_desk_tickets.csv")[0]))
    assert not is_tickets(["Id", "CustomerId"])
