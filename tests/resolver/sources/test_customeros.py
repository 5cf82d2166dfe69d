import copy
import json
from pathlib import Path
from typing import Any

import pytest

from resolver.contact import Contact, Custom, Tag
from resolver.sources.adapter import Export, Setting
from resolver.sources.customeros import ADAPTER
from rules import social
from tests.resolver.sources.fields.places import fields_of, leaves, unlisted, unplaced, values_at

SAMPLE = Path("data/systems/customeros.json")
HERE = Setting(tenant="northwind", region="US", regions={"brightwater": "GB"})
AMELIA = "dc3b90d2-8d96-56bd-9e73-80d806e0c030"


def sample() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return document


def page(*contacts: Any, total: int | None = None, **beside: Any) -> dict[str, Any]:
    announced = len(contacts) if total is None else total
    return {"data": {"contacts": {"content": list(contacts), "totalElements": announced, "totalPages": 1}}, **beside}


def read(*contacts: Any) -> Export:
    return ADAPTER.read(page(*contacts), HERE)


def one(**contact: Any) -> Contact:
    (found,) = read({"metadata": {"id": "c1"}, **contact}).contacts
    return found


def email(address: str, primary: bool = False, **checks: Any) -> dict[str, Any]:
    return {"id": address[0], "email": address, "primary": primary, "emailValidationDetails": checks}


def phone(typed: str | None, e164: str | None = None, **more: Any) -> dict[str, Any]:
    return {"rawPhoneNumber": typed, "e164": e164, "primary": True, **more}


def test_the_sample_gives_nine_contacts() -> None:
    export = ADAPTER.read(sample(), HERE)
    assert (len(export.contacts), export.complete, export.refused, export.warnings) == (9, True, [], [])
    by_id = {contact.record_id: contact for contact in export.contacts}
    assert [(mail.status, mail.primary, mail.free) for mail in by_id[AMELIA].emails] == [
        ("undeliverable", True, False),
        ("ok", False, True),
    ]
    assert {(contact.source, contact.tenant) for contact in export.contacts} == {("customeros", "northwind")}
    assert sum(mail.role is True for contact in export.contacts for mail in contact.emails) == 2


def test_only_what_was_typed_and_not_used_is_left_over_of_the_sample() -> None:
    left = {key for contact in ADAPTER.read(sample(), HERE).contacts for key in leaves(json.loads(contact.raw or "{}"))}
    assert left == {"phoneNumbers[].rawPhoneNumber"}


def test_every_documented_field_has_a_place() -> None:
    fields = fields_of("customeros")
    contact = one(**fields["record"])
    assert unplaced(fields, contact) == []
    assert unlisted(fields) == []
    assert json.loads(contact.raw or "") == {"timelineEvents": [{"content": "mark event"}]}


def without(record: Any, path: str) -> None:
    head, _, rest = path.partition(".")
    inner = record[head.removesuffix("[]")]
    if not rest:
        del record[head.removesuffix("[]")]
    else:
        without(inner[0] if head.endswith("[]") else inner, rest)


def with_value(record: Any, path: str, value: Any) -> None:
    head, _, rest = path.partition(".")
    if not rest:
        record[head] = value
    else:
        inner = record[head.removesuffix("[]")]
        with_value(inner[0] if head.endswith("[]") else inner, rest, value)


@pytest.mark.parametrize("field", list(fields_of("customeros")["instead"]))
def test_a_field_counts_where_what_comes_before_it_says_nothing(field: str) -> None:
    fields = fields_of("customeros")
    told, record = fields["instead"][field], copy.deepcopy(fields["record"])
    for other in told["of"]:
        without(record, other)
    with_value(record, field, told["value"])
    (contact,) = read(record).contacts
    found = [str(value).replace("Z", "+00:00") for value in values_at(contact.model_dump(mode="json"), told["place"])]
    assert str(told["found"]) in found


def test_the_sample_holds_no_field_that_is_not_documented() -> None:
    fields = fields_of("customeros")
    objects = {"primaryEmail", "owner", "phoneNumbers[].country"}  # where they are null
    known = {*fields["places"], *fields["not_modelled"], *fields["instead"], *objects}
    contacts = sample()["data"]["contacts"]["content"]
    assert {leaf for contact in contacts for leaf in leaves(contact)} <= known


def test_a_deprecated_twin_that_says_something_else_is_left_over() -> None:
    contact = one(createdAt="2026-01-01T00:00:00Z", metadata={"id": "c1", "created": "2026-01-02T00:00:00Z"})
    assert str(contact.created_at) == "2026-01-02 00:00:00+00:00"
    assert json.loads(contact.raw or "") == {"createdAt": "2026-01-01 00:00:00+00:00"}


@pytest.mark.parametrize("end", ["9999-01-01 00:00:00.000000", "0001-01-01T00:00:00Z", None])
def test_a_sentinel_is_no_end_of_a_role(end: str | None) -> None:
    assert one(jobRoles=[{"id": "r", "jobTitle": "Lead", "endedAt": end}]).organisations[0].end is None


def test_a_role_that_ended_says_so_and_the_present_one_is_another() -> None:
    (farid,) = [c for c in ADAPTER.read(sample(), HERE).contacts if c.family_name == "Rahman"]
    assert [(role.name, role.end is None, role.primary) for role in farid.organisations] == [
        ("Cobalt Retail", False, False),
        ("Brightwater Logistics", True, True),
    ]


def test_a_hidden_contact_is_deleted() -> None:
    assert (one(hide=True).deleted, one(hide=True).deleted_how) == (True, "hidden")
    assert (one(hide=False).deleted, one(hide=False).deleted_how) == (False, None)


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ({"verified": True, "deliverable": "UNDELIVERABLE"}, "undeliverable"),
        ({"verified": True, "deliverable": "DELIVERABLE"}, "ok"),
        ({"verified": True, "deliverable": "UNKNOWN"}, "unknown"),
        ({"verified": True, "deliverable": "UNKNOWN", "smtpSuccess": True}, "ok"),
        ({"verified": False, "deliverable": "UNKNOWN"}, "unverified"),
        ({"verified": True}, "ok"),
        ({"verified": True, "isValidSyntax": False}, "undeliverable"),
        ({}, None),
    ],
)
def test_what_the_check_of_an_address_says_is_its_status(checks: dict[str, Any], status: str | None) -> None:
    assert one(emails=[email("a@x.example", **checks)]).emails[0].status == status


def test_a_role_mailbox_is_marked() -> None:
    assert one(emails=[email("info@x.example", isRoleAccount=True)]).emails[0].role is True


def test_case_and_blanks_stay_as_they_are_written() -> None:
    mails = one(emails=[{"email": None, "rawEmail": " Amelia@X.example "}]).emails
    assert [mail.raw for mail in mails] == [" Amelia@X.example "]


def test_an_address_listed_twice_counts_once_primary_if_any_is_and_bounced_if_any_is() -> None:
    mails = [email("a@x.example"), email("A@x.example", primary=True, deliverable="UNDELIVERABLE")]
    (found,) = one(emails=mails).emails
    assert (found.raw, found.primary, found.status) == ("a@x.example", True, "undeliverable")


@pytest.mark.parametrize(
    ("primary", "chosen"), [((0, 1, 2), "b@x.example"), ((0, 2), "c@x.example"), ((), "b@x.example")]
)
def test_two_primaries_or_none_give_the_first_that_does_not_bounce(primary: tuple[int, ...], chosen: str) -> None:
    checks: list[dict[str, Any]] = [{"deliverable": "UNDELIVERABLE"}, {}, {}]
    mails = [email(f"{name}@x.example", place in primary, **checks[place]) for place, name in enumerate("abc")]
    export = read({"id": "c1", "emails": mails})
    assert [mail.raw for mail in export.contacts[0].emails if mail.primary] == [chosen]
    assert len(export.warnings) == 1
    assert "primary e-mail" in export.warnings[0]


def test_the_primary_email_marks_the_one_it_names_or_is_added() -> None:
    mails = [email("a@x.example"), email("b@x.example")]
    assert [m.raw for m in one(emails=mails, primaryEmail={"id": "b"}).emails if m.primary] == ["b@x.example"]
    assert [m.raw for m in one(emails=[], primaryEmail={"email": "n@x.example"}).emails] == ["n@x.example"]


@pytest.mark.parametrize(
    ("number", "raw"),
    [
        (phone("020 7946 0018", "+442079460018", validated=True), "+442079460018"),
        (phone("020 7946 0018", "+442079460018", validated=False), "020 7946 0018"),
        (phone("020 7946 0018", "02079460018", validated=True), "020 7946 0018"),
        (phone("+1 212 555 0147 ext. 22", "+12125550147", validated=True), "+1 212 555 0147 ext. 22"),
        (phone(None, "+442079460018"), "+442079460018"),
        (phone("Restricted", None, validated=False), "Restricted"),
    ],
)
def test_a_number_is_taken_as_typed_unless_its_e164_form_is_validated(number: dict[str, Any], raw: str) -> None:
    assert one(phoneNumbers=[number]).phones[0].raw == raw


@pytest.mark.parametrize(
    ("country", "employer", "region"), [("FR", "Brightwater", "FR"), (None, "Brightwater Ltd", "GB"), (None, "X", "US")]
)
def test_the_country_of_a_number_comes_before_that_of_the_employer(
    country: str | None, employer: str, region: str
) -> None:
    number = phone("01 99 00 12 34", country={"codeA2": country} if country else None)
    contact = one(phoneNumbers=[number], jobRoles=[{"id": "r", "organization": {"name": employer}}])
    assert contact.phones[0].region == region


@pytest.mark.parametrize(("label", "kind"), [("MOBILE", "mobile"), ("FAX", "fax"), ("Yacht", "unknown"), (None, None)])
def test_the_label_of_a_number_is_its_kind(label: str | None, kind: str | None) -> None:
    found = one(phoneNumbers=[phone("1", label=label)]).phones[0]
    assert (found.kind, found.label) == (kind, "Yacht" if kind == "unknown" else None)


def test_organisations_without_a_role_are_added_without_a_title() -> None:
    contact = one(
        jobRoles=[{"id": "r", "jobTitle": "Lead", "organization": {"metadata": {"id": "o1"}, "name": "Acme"}}],
        organizations={
            "content": [{"metadata": {"id": "o1"}, "name": "Acme"}, {"metadata": {"id": "o2"}, "name": "B"}]
        },
        latestOrganizationWithJobRole={
            "organization": {"metadata": {"id": "o1"}, "name": "Acme"},
            "jobRole": {"id": "r"},
        },
    )
    assert [(o.account_id, o.name, o.title) for o in contact.organisations] == [
        ("o1", "Acme", "Lead"),
        ("o2", "B", None),
    ]


def test_organisations_that_were_cut_off_are_told() -> None:
    export = read({"id": "c1", "organizations": {"content": [{"name": "Acme"}], "totalElements": 11}})
    assert export.warnings == ["contacts of which not all organisations are included: 1 (first: c1)"]


def test_two_primary_roles_give_the_present_one() -> None:
    past = {"id": "r1", "primary": True, "jobTitle": "Old", "endedAt": "2020-01-01T00:00:00Z"}
    export = read({"id": "c1", "jobRoles": [past, {"id": "r2", "primary": True, "jobTitle": "New"}]})
    assert [role.title for role in export.contacts[0].organisations if role.primary] == ["New"]
    assert len(export.warnings) == 1


def test_linkedin_profiles_are_one_however_written_and_a_company_page_is_nobodys() -> None:
    contact = one(
        socials=[
            {"url": "https://uk.linkedin.com/in/Grace-Example/?trk=people", "alias": "", "externalId": "m1"},
            {"url": "http://www.linkedin.com/in/grace-example", "alias": "", "externalId": ""},
            {"url": "https://www.linkedin.com/company/acme", "alias": "", "externalId": "co9"},
        ]
    )
    assert [social.normalise(each.raw, each.network) for each in contact.socials] == [
        "linkedin:in/grace-example",
        "linkedin:in/grace-example",
        None,
    ]
    assert [(each.system, each.raw) for each in contact.external_ids] == [("linkedin", "m1")]


def test_custom_fields_and_tags_keep_their_scope() -> None:
    contact = one(
        customFields=[
            {"name": "shoe_size", "value": 6.5},
            {"name": "vip", "value": False},
            {"name": "gone", "value": None},
        ],
        tags=[{"id": "t1", "name": "Ops"}],
        flows=[{"id": "f1", "name": "Spring"}],
    )
    assert contact.custom == [
        Custom(name="shoe_size", value="6.5", scope="customeros"),
        Custom(name="vip", value="false", scope="customeros"),
    ]
    assert contact.tags == [
        Tag(name="Ops", id="t1", scope="customeros"),
        Tag(name="Spring", id="f1", scope="customeros:flow"),
    ]


def test_names_stay_as_they_are_written_and_blanks_are_none() -> None:
    assert one(name="Benoi\u0302t").full_name == "Benoi\u0302t"
    assert one(name="", firstName=" ").full_name is None


def test_hostile_text_is_kept_as_it_is() -> None:
    text = "=CMD('x')\x07<script>alert(1)</script>"
    contact = one(name=text, description=text)
    assert (contact.full_name, contact.notes[0].text) == (text, text)


def test_page_0_is_page_1_and_its_contacts_count_once() -> None:
    export = ADAPTER.read([sample(), sample()], HERE)
    assert (len(export.contacts), export.complete) == (9, True)
    assert export.contacts == ADAPTER.read(sample(), HERE).contacts


def test_the_newest_state_of_a_contact_on_two_pages_is_kept() -> None:
    changed = {"New": "2026-02-02T00:00:00Z", "Old": "2026-02-01T00:00:00Z"}
    states = [{"name": name, "metadata": {"id": "c1", "lastUpdated": day}} for name, day in changed.items()]
    assert [contact.full_name for contact in read(*states).contacts] == ["New"]


def test_an_answer_with_errors_is_incomplete() -> None:
    errors = [{"message": "could not resolve " + "x" * 500}]
    export = ADAPTER.read(page({"id": "c1"}, None, errors=errors), HERE)
    assert ([contact.record_id for contact in export.contacts], export.complete) == (["c1"], False)
    assert [refused.place for refused in export.refused] == [2]
    assert len(export.warnings[0]) <= 200
    assert ADAPTER.read({"data": None, "errors": errors}, HERE).complete is False


def test_a_missing_page_makes_it_incomplete() -> None:
    export = ADAPTER.read([page({"id": "c1"}, total=3), page({"id": "c2"}, total=3)], HERE)
    assert (export.complete, export.warnings) == (False, ["pages are missing: 2 contacts are here, 3 were announced"])


@pytest.mark.parametrize("query", ["contact", "contact_ByEmail"])
def test_a_single_contact_is_read_and_is_not_all(query: str) -> None:
    export = ADAPTER.read({"data": {query: {"id": "c1", "name": "Ann", "hide": True}}}, HERE)
    assert ([contact.full_name for contact in export.contacts], export.complete) == (["Ann"], False)


def test_a_broken_record_is_refused_and_the_rest_loads() -> None:
    export = read("Ann", {"id": "c1"}, {"name": "Bob"}, {"metadata": None, "id": 123456789012345678})
    assert [contact.record_id for contact in export.contacts] == ["c1", "123456789012345678"]
    assert [(refused.place, refused.reason) for refused in export.refused] == [
        (1, "the record is not a JSON object"),
        (3, "the record has no id"),
    ]


def test_parts_of_the_wrong_kind_are_left_over_and_stop_nothing() -> None:
    contact = one(emails="a@x.example", phoneNumbers=[7, None], jobRoles=None, organizations=[1], owner="Ann", tags={})
    assert contact.emails == []
    left = json.loads(contact.raw or "")
    assert (left["emails"], left["phoneNumbers"], left["owner"]) == ("a@x.example", [7], "Ann")


def test_customeros_is_recognised_by_its_shape_only() -> None:
    single = {"data": {"contact": {"id": "c1", "metadata": {}, "emails": []}}}
    assert all(map(ADAPTER.recognises, (sample(), [sample()], page(), single)))
    others: list[Any] = [
        {"data": {"cypherQuery": {"edges": []}}},
        {"contacts": [{"id": 1}]},
        ["Id"],
        [],
        None,
        {"data": []},
    ]
    assert not any(map(ADAPTER.recognises, others))
