import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.contact import Contact, frame_of
from resolver.sources.adapter import Export, Setting
from resolver.sources.cpod import ADAPTER
from resolver.sources.json_values import snake_and_camel
from tests.resolver.sources.fields.places import ANY_JSON, fields_of, unlisted, unplaced

SAMPLES = Path(__file__).parents[3] / "data" / "systems"
FIELDS = fields_of("cpod")


def read(document: Any, **setting: Any) -> Export:
    return ADAPTER.read(document, Setting(**setting))


def one(**fields: Any) -> Contact:
    (contact,) = read({"id": "a", "tenant_id": "t", **fields}).contacts
    return contact


def states(contact: Contact) -> list[tuple[str, str]]:
    return [(consent.channel, consent.state) for consent in contact.consent]


@pytest.mark.parametrize(("file", "count"), [("cpod_crm", 9), ("cpod_crm_tenant2", 1)])
def test_the_samples_load_whole(file: str, count: int) -> None:
    document = json.loads((SAMPLES / f"{file}.json").read_bytes())
    assert ADAPTER.recognises(document)
    export = read(document)
    assert (len(export.contacts), export.complete, export.refused, export.warnings) == (count, True, [], [])
    assert [contact.raw for contact in export.contacts] == [None] * count
    assert frame_of(export.contacts).height == count


@pytest.mark.parametrize("camel", [False, True])
def test_all_documented_fields_have_a_place_in_both_spellings(camel: bool) -> None:
    record = {snake_and_camel(name)[-1] if camel else name: value for name, value in FIELDS["record"].items()}
    contact = read(record).contacts[0]
    assert ADAPTER.recognises(record)
    assert unlisted(FIELDS) == []
    assert unplaced(FIELDS, contact) == []
    assert contact.raw is None


def test_lists_pages_and_single_contacts_are_read() -> None:
    ann, bob = ({"id": name, "tenantId": "t", "isDeleted": False} for name in ("ann", "bob"))
    page = {"items": [ann], "nextCursor": "2", "total": 2}
    last = {"items": [bob], "nextCursor": None, "total": 2}
    documents: list[tuple[Any, int, bool]] = [
        (ann, 1, False),
        ([ann, bob], 2, True),
        (page, 1, False),
        (last, 1, False),
        ([page, last], 2, True),
        ({"items": [], "nextCursor": None, "total": 0}, 0, True),
    ]
    for document, count, complete in documents:
        assert ADAPTER.recognises(document)
        export = read(document)
        assert (len(export.contacts), export.complete) == (count, complete)


def test_malformed_records_are_refused_and_the_rest_loads() -> None:
    export = read({"items": ["odd", {"tenant_id": "t"}, {"id": "a"}]})
    assert [(refused.place, refused.raw) for refused in export.refused] == [(1, '"odd"'), (2, '{"tenant_id":"t"}')]
    assert [contact.record_id for contact in export.contacts] == ["a"]


@pytest.mark.parametrize(
    ("signs", "deleted"),
    [
        ({"is_deleted": True}, True),
        ({"isDeleted": True, "deletedAt": "2026-03-02T10:15:00.000Z"}, True),
        ({"status": "deleted"}, True),
        ({"status": "deleted", "is_deleted": False}, True),
        ({"deleted_at": "2026-03-02T10:15:00.000Z"}, True),
        ({"deleted_at": "9999-01-01T00:00:00Z"}, None),
        ({"deleted_at": "2026-03-02T10:15:00.000Z", "is_deleted": False}, False),
        ({"is_deleted": False}, False),
        ({"status": "active"}, False),
        ({}, None),
    ],
)
def test_either_sign_deletes(signs: dict[str, Any], deleted: bool | None) -> None:
    contact = one(**signs)
    assert (contact.deleted, contact.deleted_how) == (deleted, "soft" if deleted else None)


def test_opting_in_grants_mail_at_its_time() -> None:
    contact = one(opted_in=True, opted_in_at="2025-10-02T10:00:00.000Z")
    assert states(contact) == [("email", "granted")]
    assert contact.consent[0].at is not None


@pytest.mark.parametrize("fields", [{"opted_in": False, "opted_in_at": None}, {"opted_in": None}, {}])
def test_not_opted_in_is_neither_agreement_nor_denial(fields: dict[str, Any]) -> None:
    assert one(**fields).consent == []


def test_opted_in_once_and_no_more_is_unknown_until_it_was_withdrawn() -> None:
    assert states(one(opted_in=False, opted_in_at="2025-10-02T10:00:00Z")) == [("email", "unknown")]


@pytest.mark.parametrize(
    "record",
    [
        {"basis": "withdrawn"},
        {"basis": "consent", "withdrawnAt": "2026-02-01T09:00:00Z"},
        {"status": "Revoked"},
        "withdrawn",
    ],
)
def test_a_withdrawn_consent_denies_and_shows_its_evidence(record: Any) -> None:
    contact = one(opted_in=True, gdpr_consent=record)
    assert states(contact) == [("email", "granted"), ("email", "denied"), ("marketing", "denied")]
    assert json.loads(contact.consent[1].evidence or "") == record


def test_a_legal_basis_alone_grants_nothing() -> None:
    contact = one(opted_in=False, gdpr_consent={"basis": "legitimate_interest", "recorded_at": "2026-02-01T09:00:00Z"})
    assert [(consent.state, consent.basis) for consent in contact.consent] == [("unknown", "legitimate_interest")]


def test_a_deleted_record_keeps_its_denial() -> None:
    contact = one(is_deleted=True, gdpr_consent={"basis": "withdrawn"})
    assert (contact.deleted, states(contact)) == (True, [("email", "denied"), ("marketing", "denied")])


def test_one_address_at_two_accounts_is_two_records() -> None:
    records = [{"id": name, "tenant_id": "t", "account_id": f"acc-{name}", "email": "f@x.example"} for name in "ab"]
    contacts = read(records).contacts
    assert [contact.organisations[0].account_id for contact in contacts] == ["acc-a", "acc-b"]
    assert {contact.emails[0].raw for contact in contacts} == {"f@x.example"}


def test_the_app_of_a_record_is_kept_and_apart_from_its_tenant() -> None:
    contact = one(app_id="app_x")
    assert (contact.tenant, contact.app) == ("t", "app_x")
    assert one().app is None


def test_a_custom_field_is_an_external_id_only_where_the_setting_says_whose() -> None:
    custom = {"salesforce_id": "003Dn00000JSmTAIA1", "erp_no": 7, "blank": "", "none": None}
    contact = read({"id": "a", "custom_fields": custom}, systems={"erp_no": "erp"}).contacts[0]
    found = [(external.system, external.raw) for external in contact.external_ids]
    assert found == [("erp", "7")]
    assert [(field.name, field.value) for field in contact.custom] == [
        ("salesforce_id", "003Dn00000JSmTAIA1"),
        ("erp_no", "7"),
    ]


def test_values_are_exact_text() -> None:
    contact = one(version=123456789012345678901, custom_fields={"n": 123456789012345678901, "b": True, "l": [1]})
    assert contact.version == "123456789012345678901"
    assert [field.value for field in contact.custom] == ["123456789012345678901", "true", "[1]"]


def test_a_region_is_only_for_a_number_without_a_country() -> None:
    setting = {"region": "US", "regions": {"acc-1": "GB"}}

    def region(phone: str, account: str | None) -> str | None:
        return read({"id": "a", "phone": phone, "account_id": account}, **setting).contacts[0].phones[0].region

    assert region("020 7946 0018", "acc-1") == "GB"
    assert region("212-555-0147", None) == "US"
    assert region("+442079460018", "acc-1") is None


def test_what_is_not_understood_is_kept() -> None:
    contact = one(newField=1, status="archived", custom_fields=["odd"], tags=["vip", {"name": "ops"}])
    assert json.loads(contact.raw or "") == {
        "newField": 1,
        "status": "archived",
        "custom_fields": ["odd"],
        "tags": [{"name": "ops"}],
    }
    assert [tag.name for tag in contact.tags] == ["vip"]


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS["record"])), ANY_JSON))
def test_no_value_anywhere_stops_a_file(record: dict[str, Any]) -> None:
    export = read([record, {"id": "last"}])
    assert "last" in [contact.record_id for contact in export.contacts]
    frame_of(export.contacts)
