import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.contact import Contact, frame_of
from resolver.sources.adapter import Export, Setting
from resolver.sources.voipbin import ADAPTER
from tests.resolver.sources.fields.places import ANY_JSON, fields_of, unlisted, unplaced

SAMPLES = Path(__file__).parents[3] / "data" / "systems"
FIELDS = fields_of("voipbin")
NEVER = "9999-01-01 00:00:00.000000"


def read(document: Any, **setting: Any) -> Export:
    return ADAPTER.read(document, Setting(**setting))


def one(setting: dict[str, Any] | None = None, **fields: Any) -> Contact:
    (contact,) = read({"result": [{"id": "a", "customer_id": "c", **fields}]}, **(setting or {})).contacts
    return contact


def number(typed: str | None, digits: str | None = None, **more: Any) -> dict[str, Any]:
    return {"number": typed, "number_e164": digits, **more}


@pytest.mark.parametrize(
    ("file", "count"),
    [("voipbin", 8), ("voipbin_addresses", 3), ("voipbin_tenant2", 1), ("voipbin_webhook_deleted", 1)],
)
def test_the_samples_load(file: str, count: int) -> None:
    document = json.loads((SAMPLES / f"{file}.json").read_bytes())
    assert ADAPTER.recognises(document)
    export = read(document)
    assert (len(export.contacts), export.refused) == (count, [])
    assert [contact.raw for contact in export.contacts] == [None] * count
    assert [contact.deleted for contact in export.contacts] == [file == "voipbin_webhook_deleted"] * count
    assert frame_of(export.contacts).height == count


def test_all_documented_fields_have_a_place() -> None:
    contact = read(FIELDS["record"]).contacts[0]
    assert unlisted(FIELDS) == []
    assert unplaced(FIELDS, contact) == []
    assert contact.raw is None


@pytest.mark.parametrize(
    ("told", "deleted_at"),
    [
        (NEVER, None),
        (None, None),
        ("", None),
        ("0001-01-01T00:00:00Z", None),
        ("0000-00-00 00:00:00", None),
        ("2026-03-02 10:15:00.123456", datetime(2026, 3, 2, 10, 15, 0, 123456, tzinfo=UTC)),
        ("2026-03-02T10:15:00.123456Z", datetime(2026, 3, 2, 10, 15, 0, 123456, tzinfo=UTC)),
    ],
)
def test_a_sentinel_date_means_active_and_a_real_one_deleted(told: str | None, deleted_at: datetime | None) -> None:
    contact = one(tm_delete=told)
    assert (contact.deleted, contact.deleted_at) == (deleted_at is not None, deleted_at)
    assert contact.deleted_how == ("soft" if deleted_at else None)


def test_a_deletion_that_cannot_be_read_is_not_known() -> None:
    contact = one(tm_delete="yes")
    assert (contact.deleted, contact.raw) == (None, '{"tm_delete":"yes"}')


def test_sentinels_are_null_in_every_time() -> None:
    contact = one(tm_create=NEVER, tm_update=NEVER, emails=[{"address": "a@x.example", "tm_create": NEVER}])
    assert (contact.created_at, contact.updated_at, contact.moments, contact.raw) == (None, None, [], None)


def test_an_event_deletes_even_when_it_names_no_time() -> None:
    data = {"id": "a", "customer_id": "c", "tm_create": "2026-01-10 08:00:00", "tm_delete": NEVER}
    export = read({"type": "contact_deleted", "data": data})
    contact = export.contacts[0]
    assert (contact.deleted, contact.deleted_at, contact.deleted_how, contact.raw) == (True, None, "event", None)
    assert not export.complete
    assert read({"type": "contact_updated", "data": data}).contacts[0].deleted is False


def test_the_last_state_of_a_contact_counts_however_events_come() -> None:
    def event(kind: str, updated: str, **more: Any) -> dict[str, Any]:
        return {"type": kind, "data": {"id": "a", "customer_id": "c", "tm_update": updated, **more}}

    created = event("contact_created", "2026-01-10T08:00:00Z", first_name="Ann")
    deleted = event("contact_deleted", "2026-01-11T08:00:00Z", tm_delete="2026-01-11T08:00:00Z")
    for events in ([created, deleted], [deleted, created]):
        export = read(events)
        assert [contact.deleted for contact in export.contacts] == [True]
        assert export.warnings == ["records that repeat an id: 1; the newest of each is kept"]


def test_lists_single_contacts_and_pages_are_read() -> None:
    ann, bob = ({"id": name, "customer_id": "c", "tm_create": None} for name in ("ann", "bob"))
    page = {"result": [ann], "next_page_token": "2026-01-10T08:00:00.000000Z"}
    empty = {"result": [], "next_page_token": ""}
    documents: list[tuple[Any, int, bool]] = [
        (ann, 1, False),
        ([ann, bob], 2, True),
        (page, 1, False),
        ([page, {**page, "result": [bob]}, empty], 2, True),
        (empty, 0, True),
    ]
    for document, count, complete in documents:
        export = read(document)
        assert ADAPTER.recognises(document) == (document != [])
        assert (len(export.contacts), export.complete) == (count, complete)


def test_malformed_records_are_refused_and_the_rest_loads() -> None:
    export = read({"result": [None, {"id": " "}, {"id": True}, {"id": 123456789012345678}]})
    assert [refused.place for refused in export.refused] == [1, 2, 3]
    assert [contact.record_id for contact in export.contacts] == ["123456789012345678"]
    assert not export.complete


def test_the_tenant_is_the_customer_and_else_that_of_the_setting() -> None:
    assert one({"tenant": "t"}).tenant == "c"
    assert read({"id": "a"}, tenant="t").contacts[0].tenant == "t"
    assert read({"id": "a"}).contacts[0].tenant is None


def test_a_number_stays_as_it_was_typed() -> None:
    numbers = [number("020 7946 0018", "02079460018"), number("+44 (0)20 7946 0018", "+4402079460018")]
    contact = one(phone_numbers=numbers)
    assert [phone.raw for phone in contact.phones] == ["020 7946 0018", "+44 (0)20 7946 0018"]
    assert contact.raw is None


def test_the_form_with_a_country_is_preferred_and_the_other_kept() -> None:
    contact = one(phone_numbers=[number("020 7946 0018", "+442079460018")])
    assert contact.phones[0].raw == "+442079460018"
    assert json.loads(contact.raw or "") == {"phone_numbers": [{"number": "020 7946 0018"}]}
    assert one(phone_numbers=[number(None, "+442079460018")]).phones[0].raw == "+442079460018"


def test_a_number_without_a_country_gets_the_region_of_the_company_and_else_of_all() -> None:
    setting = {"region": "US", "regions": {"brightwater": "GB", "bright": "FR", "lumière outils": "FR"}}

    def region(company: str, typed: str = "020 7946 0018") -> str | None:
        return one(setting, company=company, phone_numbers=[number(typed)]).phones[0].region

    assert region("Brightwater Logistics Ltd.") == "GB"
    assert region("LUMIERE OUTILS") == "FR"
    assert region("Brightwaters") == "US"
    assert region("Brightwater", "+33 1 99 00 12 34") is None
    assert one(phone_numbers=[number("020 7946 0018")]).phones[0].region is None


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("fax", "fax"),
        ("Work Fax", "fax"),
        ("Mobile", "mobile"),
        ("cell phone", "mobile"),
        ("Office", "work"),
        ("Home", "home"),
        ("Main line", "main"),
        ("", "unknown"),
        ("pager", "unknown"),
    ],
)
def test_labels_tell_the_kind_of_a_number(label: str, kind: str) -> None:
    assert one(phone_numbers=[number("1", type=label)]).phones[0].kind == kind
    assert one(addresses=[{"type": "tel", "target": "1", "name": label}]).phones[0].kind == kind


def test_a_fax_stays_a_fax() -> None:
    wei, hiro = "+1 212 555 0123", "212.555.0123"
    assert [one(phone_numbers=[number(fax, type="fax")]).phones[0].kind for fax in (wei, hiro)] == ["fax", "fax"]
    both = one(phone_numbers=[number(wei, type="fax"), number(wei, type="work")])
    assert [phone.kind for phone in both.phones] == ["fax", "work"]


@pytest.mark.parametrize("word", ["anonymous", "Restricted"])
def test_words_in_place_of_numbers_are_kept_as_they_stand(word: str) -> None:
    assert one(phone_numbers=[number(word, word)]).phones[0].raw == word
    assert one(addresses=[{"type": "tel", "target": word}]).phones[0].raw == word


def test_addresses_are_numbers_and_mail_and_nothing_else() -> None:
    web = {"type": "web_session", "target": "s1"}
    addresses = [{"type": "tel", "target": "+1"}, {"type": "email", "target": "a@x.example", "name": "Work"}, web]
    contact = one(addresses=addresses)
    assert [phone.raw for phone in contact.phones] == ["+1"]
    assert [(email.raw, email.type) for email in contact.emails] == [("a@x.example", "work")]
    assert json.loads(contact.raw or "") == {"addresses": [{}, {}, web]}


def test_a_value_that_stands_twice_counts_once_and_is_primary_if_it_is_once() -> None:
    mail = [
        {"id": "1", "address": "Ann@X.example", "is_primary": False},
        {"id": "2", "address": " ann@x.example", "is_primary": True, "type": "work"},
    ]
    numbers = [number("(212) 555-0147", type=""), number("212.555.0147", type="mobile", is_primary=True)]
    contact = one(emails=mail, phone_numbers=numbers)
    assert [(email.raw, email.primary, email.type) for email in contact.emails] == [("Ann@X.example", True, "work")]
    assert [(phone.kind, phone.primary) for phone in contact.phones] == [("mobile", True)]
    assert [part.get("id") for part in json.loads(contact.raw or "")["repeated"]] == [None, "2"]


def test_of_two_primaries_the_oldest_is_taken_and_it_is_told() -> None:
    def mail(address: str, created: str | None) -> dict[str, Any]:
        return {"address": address, "is_primary": True, "tm_create": created}

    emails = [mail("new@x.example", "2026-02-01T00:00:00Z"), mail("old@x.example", "2026-01-01T00:00:00Z")]
    export = read({"result": [{"id": "a", "emails": [mail("undated@x.example", None), *emails]}]})
    assert [email.raw for email in export.contacts[0].emails if email.primary] == ["old@x.example"]
    assert "several primary" in export.warnings[0]


def test_no_primary_at_all_is_nothing_to_tell() -> None:
    export = read({"result": [{"id": "a", "emails": [{"address": "a@x.example"}, {"address": "b@x.example"}]}]})
    assert ([email.primary for email in export.contacts[0].emails], export.warnings) == ([None, None], [])


@pytest.mark.parametrize(
    ("told", "system", "raw"),
    [
        ("003Dn00000AHrtL", "salesforce", "003Dn00000AHrtL"),
        ("003Dn00000AHrtLIAT", "salesforce", "003Dn00000AHrtLIAT"),
        ("sf_003Dn00000AHrtL", "salesforce", "003Dn00000AHrtL"),
        ("hubspot_51001", "hubspot", "51001"),
        ("erp_007", "erp", "007"),
        ("51001", "voipbin:unknown", "51001"),
        (123456789012345678, "voipbin:unknown", "123456789012345678"),
        ("nav-12", "navision", "12"),
    ],
)
def test_an_external_id_belongs_to_the_system_of_its_prefix(told: Any, system: str, raw: str) -> None:
    contact = one({"systems": {"nav-": "navision"}}, external_id=told)
    assert [(external.system, external.raw) for external in contact.external_ids] == [(system, raw)]
    assert [custom.value for custom in contact.custom] == ([told] if raw != str(told) else [])


def test_the_setting_may_say_whose_all_other_ids_are() -> None:
    assert one({"systems": {"": "erp"}}, external_id="51001").external_ids[0].system == "erp"


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(FIELDS["record"])), ANY_JSON),
    st.dictionaries(st.sampled_from(["number", "target", "address", "type", "tm_create", "is_primary"]), ANY_JSON),
)
def test_no_value_anywhere_stops_a_file(record: dict[str, Any], child: dict[str, Any]) -> None:
    lists = {name: [child, child] for name in ("phone_numbers", "emails", "addresses")}
    export = read({"result": [record, {"id": "last", **lists}]})
    assert "last" in [contact.record_id for contact in export.contacts]
    frame_of(export.contacts)
