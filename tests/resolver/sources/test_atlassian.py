import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.contact import Contact, frame_of
from resolver.sources.adapter import Export, Setting
from resolver.sources.atlassian import ADAPTER
from rules.identifier import normalise
from tests.resolver.sources.fields.places import ANY_JSON, fields_of, leaves, unlisted, unplaced

SAMPLES = Path(__file__).parents[3] / "data" / "systems"
FIELDS = fields_of("atlassian")


def response(*records: Any, **more: Any) -> dict[str, Any]:
    edges = [{"node": {"columns": [{"key": "c", "value": {"id": "node", "data": record}}]}} for record in records]
    return {"data": {"cypherQuery": {"edges": edges}}, **more}


def in_graph_store(columns: list[Any]) -> dict[str, Any]:
    return {"data": {"graphStore": {"cypherQueryV2": {"edges": [{"node": {"columns": columns}}]}}}}


def read(document: Any) -> Export:
    return ADAPTER.read(document, Setting())


def one(**fields: Any) -> Contact:
    (contact,) = read(response({"id": "a", **fields})).contacts
    return contact


def test_the_sample_loads_whole() -> None:
    document = json.loads((SAMPLES / "atlassian_teamwork_graph.json").read_bytes())
    assert ADAPTER.recognises(document)
    export = read(document)
    assert (len(export.contacts), export.complete, export.refused, export.warnings) == (9, True, [], [])
    assert frame_of(export.contacts).height == 9


def test_all_33_documented_fields_have_a_place() -> None:
    contact = read(response(FIELDS["record"])).contacts[0]
    assert len(FIELDS["record"]) == 33
    assert unlisted(FIELDS) == []
    assert unplaced(FIELDS, contact) == []
    assert leaves(json.loads(contact.raw or "{}")) == set(FIELDS["not_modelled"])


def test_a_documented_field_without_a_place_is_noticed() -> None:
    contact = read(response(FIELDS["record"])).contacts[0]
    assert unplaced(FIELDS, contact.model_copy(update={"full_name": None, "links": None})) == [
        "contactUser.accountId",
        "containerId",
        "displayName",
        "parentId",
    ]


def test_both_forms_of_the_query_are_read() -> None:
    older = in_graph_store(
        [
            {"key": "a", "value": {"__typename": "GraphStoreCypherQueryV2AriNode", "data": {"id": "1"}}},
            {"key": "b", "value": {"nodes": [{"data": {"id": "2"}}, None, {"data": {"id": "3"}}]}},
            {"key": "c", "value": "a scalar"},
            {"key": "d", "value": None},
            None,
        ]
    )
    assert ADAPTER.recognises(older)
    assert [contact.record_id for contact in read(older).contacts] == ["1", "2", "3"]
    assert [contact.record_id for contact in read([older, response({"id": "4"})]).contacts] == ["1", "2", "3", "4"]


def test_nodes_of_other_types_are_passed_over() -> None:
    export = read(response({"__typename": "ExternalOrganisation", "id": "o"}, {"id": "a"}))
    assert [contact.record_id for contact in export.contacts] == ["a"]


def test_an_id_that_the_query_did_not_ask_for_is_that_of_the_node() -> None:
    assert read(response({"displayName": "Ann"})).contacts[0].record_id == "node"


@pytest.mark.parametrize("document", [None, 1, [], {}, {"data": None}, {"data": {"cypherQuery": {"edges": None}}}])
def test_a_document_without_edges_is_no_export(document: Any) -> None:
    assert read(document).contacts == []


def test_data_beside_errors_is_an_incomplete_pull() -> None:
    export = read(response({"id": "a"}, errors=[{"message": "timeout in shard 3"}]))
    assert len(export.contacts) == 1
    assert not export.complete
    assert "timeout in shard 3" in export.warnings[0]


def test_a_node_without_data_makes_the_pull_incomplete() -> None:
    export = read(response(None, {"id": "a"}))
    assert (len(export.contacts), export.complete) == (1, False)


def test_a_page_that_more_follow_is_not_complete() -> None:
    document = response({"id": "a"})
    document["data"]["cypherQuery"]["pageInfo"] = {"hasNextPage": True}
    assert not read(document).complete
    assert read([document, response({"id": "b"})]).complete


def test_a_record_that_is_no_object_is_refused_and_the_rest_loads() -> None:
    export = read(response({"id": "a"}, ["odd"], {"id": "b"}))
    assert [contact.record_id for contact in export.contacts] == ["a", "b"]
    assert [(refused.place, refused.raw) for refused in export.refused] == [(2, '["odd"]')]


def test_a_bounce_without_an_address_marks_no_address() -> None:
    contact = one(isEmailBounced=True, emailBouncedAt="2026-05-03T06:20:11Z", contactUser={"email": "a@x.example"})
    assert contact.bounce_unattributed is not None
    assert contact.bounce_unattributed.at is not None
    assert contact.emails[0].status is None
    assert one(isEmailBounced=True).bounce_unattributed is not None
    assert one(isEmailBounced=False).bounce_unattributed is None
    assert one().bounce_unattributed is None


def test_a_bounce_that_no_longer_stands_is_only_remembered() -> None:
    contact = one(isEmailBounced=False, emailBouncedAt="2026-05-03T06:20:11Z", emailBouncedReason="550")
    assert contact.bounce_unattributed is None
    assert [moment.name for moment in contact.moments] == ["email_bounced"]
    assert [custom.value for custom in contact.custom] == ["550"]


def test_consent_is_told_channel_by_channel() -> None:
    contact = one(hasOptedOutOfEmail=False, isDoNotCall=True, hasOptedOutOfFax=None)
    assert [(consent.channel, consent.state) for consent in contact.consent] == [("phone", "denied")]


@pytest.mark.parametrize("value", [None, False])
def test_no_opt_out_is_never_an_agreement(value: bool | None) -> None:
    assert one(hasOptedOutOfEmail=value, isDoNotCall=value, hasOptedOutOfFax=value).consent == []


def test_external_ids_are_exact_and_carry_their_system() -> None:
    contact = one(provider={"name": "Salesforce"}, externalId="003Dn00000JSmTaIAL", thirdPartyId="003Dn00000JSmTa")
    found = [(external.system, external.raw, external.relation) for external in contact.external_ids]
    assert found == [
        ("salesforce", "003Dn00000JSmTaIAL", "self"),
        ("salesforce", "003Dn00000JSmTa", "third_party"),
    ]
    assert len({normalise(external.raw, external.system) for external in contact.external_ids}) == 1
    assert normalise("003Dn00000JSmTA", "salesforce") != normalise("003Dn00000JSmTa", "salesforce")


def test_an_external_id_of_no_provider_belongs_to_no_known_system() -> None:
    assert one(externalId="51001").external_ids[0].system == "atlassian:unknown"


def test_owners_may_be_null_and_a_link_may_belong_to_no_id() -> None:
    contact = one(owners=[None, {"name": "Tom"}], url="https://crm.example/1")
    assert [owner.name for owner in contact.owners] == ["Tom"]
    assert [custom.value for custom in contact.custom] == ["https://crm.example/1"]
    assert one(owners=None).owners == []


def test_a_record_of_nulls_loads_with_nothing_but_its_id() -> None:
    contact = one(**dict.fromkeys(name for name in FIELDS["record"] if name != "id"))
    assert contact == Contact(source="atlassian", record_id="a")


def test_what_is_not_understood_is_kept() -> None:
    contact = one(newField={"deep": [1, 2]}, createdAt="soon", isDoNotCall="perhaps", owners=["odd"])
    assert json.loads(contact.raw or "") == {
        "newField": {"deep": [1, 2]},
        "createdAt": "soon",
        "isDoNotCall": "perhaps",
        "owners": ["odd"],
    }


def test_half_a_surrogate_pair_does_not_stop_a_file() -> None:
    contact = one(displayName="x\ud800", new="y\ud800")
    assert (contact.full_name, contact.raw) == ("x?", '{"new":"y?"}')
    assert frame_of([contact]).height == 1


def test_the_install_names_the_source_and_the_setting_the_tenant() -> None:
    contact = ADAPTER.read(response({"id": "a"}), Setting(instance="site", tenant="northwind")).contacts[0]
    assert (contact.source, contact.tenant) == ("atlassian-site", "northwind")
    assert one().tenant is None


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS["record"])), ANY_JSON))
def test_no_value_anywhere_stops_a_file(record: dict[str, Any]) -> None:
    export = read(response(record, {"id": "last"}))
    assert "last" in [contact.record_id for contact in export.contacts]
    frame_of(export.contacts)
