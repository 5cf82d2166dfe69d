from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from resolver.contact import Consent, Contact, Custom, Links, Provenance, Tag, frame_of
from resolver.steps.gather import gather, with_gathered
from resolver.steps.merge import Facts


def known(contacts, entity=None):
    records = frame_of(list(contacts))
    facts = Facts(
        np.asarray(entity if entity is not None else [0] * len(contacts)),
        pl.Series([contact.record_key for contact in contacts]),
        records["source"],
        records["updated_at"],
        records["source"],
    )
    return records, facts


def gathered(*contacts, entity=None):
    return gather(*known(contacts, entity))


def contact(source, *consent, **more):
    return Contact(source=source, record_id="1", consent=list(consent), **more)


def said(channel, state, day=None):
    return Consent(channel=channel, state=state, at=datetime(2026, 4, day, tzinfo=UTC) if day else None)


def states(made):
    return {item["channel"]: (item["state"], item["record_key"], item["conflict"]) for item in made["consent"][0]}


def test_a_denial_in_one_system_holds_for_the_person_and_is_reported():
    made = gathered(contact("cpod", said("email", "granted", 20)), contact("atlassian", said("email", "denied", 18)))
    assert states(made) == {"email": ("denied", "atlassian:1", True)}


def test_a_later_opt_in_does_not_cancel_a_denial():
    made = gathered(contact("a", said("email", "denied", 18)), contact("b", said("email", "granted", 20)))
    assert states(made)["email"][0] == "denied"


def test_what_is_unknown_is_not_granted():
    made = gathered(contact("a", said("email", "granted")), contact("b", said("email", "unknown")))
    assert states(made) == {"email": ("unknown", "b:1", False)}


def test_each_channel_stands_alone():
    made = gathered(contact("a", said("phone", "denied")), contact("b", said("email", "granted")))
    assert states(made) == {"email": ("granted", "b:1", False), "phone": ("denied", "a:1", False)}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_of_records_changes_nothing(order):
    both = [contact("a", said("email", "denied", 3)), contact("b", said("email", "denied", 2))]
    assert states(gathered(*(both[place] for place in order))) == {"email": ("denied", "b:1", False)}


def test_the_consent_of_a_record_left_out_is_not_the_persons():
    made = gathered(contact("a", said("email", "granted")), contact("b", said("email", "denied")), entity=[0, -1])
    assert states(made) == {"email": ("granted", "a:1", False)}


def test_tags_and_custom_values_of_all_members_are_kept_with_their_origin():
    made = gathered(
        contact("a", tags=[Tag(name="ops", scope="a")], custom=[Custom(name="shoe", value="6.5", scope="a")]),
        contact("b", tags=[Tag(name="ops", scope="b")], custom=[Custom(name="shoe", value="7", scope="b")]),
    )
    assert [(tag["scope"], tag["record_key"]) for tag in made["tags"][0]] == [("a", "a:1"), ("b", "b:1")]
    assert [(item["value"], item["record_key"]) for item in made["custom"][0]] == [("6.5", "a:1"), ("7", "b:1")]


def test_a_tag_is_one_however_it_is_spelled():
    made = gathered(contact("a", tags=[Tag(name="ops")]), contact("b", tags=[Tag(name="Ops"), Tag(name="ports")]))
    assert [tag["name"] for tag in made["tags"][0]] == ["ops", "ports"]


def test_references_of_all_members_are_kept():
    made = gathered(contact("a", links=Links(reports_to="9")), contact("b", links=Links(parent="7")))
    assert [(link["reports_to"], link["parent"]) for link in made["links"][0]] == [("9", None), (None, "7")]


def test_entities_that_have_nothing_have_no_row():
    assert gathered(contact("a"))["founder"].to_list() == []


def test_what_is_gathered_stands_beside_the_golden_values_of_its_entity():
    contacts = [contact("a"), contact("b", tags=[Tag(name="ops")]), contact("c"), contact("d")]
    golden = pl.DataFrame({"founder": [0, 1, 3], "email": ["a@x.com", "b@x.com", "d@x.com"]})
    made = with_gathered(golden, *known(contacts, entity=[0, 1, 1, 3]))
    assert [made["tags"][place] is not None for place in range(3)] == [False, True, False]
    assert made.drop("tags").equals(golden)


def test_where_golden_values_are_from_and_how_their_records_were_made_stand_side_by_side():
    golden = pl.DataFrame({"founder": [0], "provenance": ["a:1"]})
    made = with_gathered(golden, *known([contact("a", provenance=Provenance(source_type="user"))]))
    assert made["provenance"].to_list() == ["a:1"]
    assert made["provenance_right"][0][0]["source_type"] == "user"


def test_golden_records_stay_as_they_are_where_nothing_is_gathered():
    golden = pl.DataFrame({"founder": [0]})
    assert with_gathered(golden, *known([contact("a")])) is golden
