"""What several systems together get wrong, one trap a test. Those of a single adapter or field are tested beside it."""

from datetime import UTC, datetime

import polars as pl
import pytest

from resolver.contact import Bounce, Consent, Contact, Email, ExternalId, Organisation, Phone, Provenance, frame_of
from resolver.paths.batch import resolve
from rules.ruleset import Ruleset

RULES = Ruleset.default()


def contact(record_id, name=None, *, email=None, phone=None, company=None, source="crm", status=None, **more):
    given, _, family = (name or "").partition(" ")
    return Contact(
        source=source,
        record_id=record_id,
        given_name=given or None,
        family_name=family or None,
        emails=[Email(raw=email, status=status)] if email else [],
        phones=[Phone(raw=phone)] if phone else [],
        organisations=[Organisation(name=company)] if company else [],
        **more,
    )


def resolved(*contacts):
    frame = frame_of(list(contacts)).with_columns(record_key=pl.col("source") + ":" + pl.col("record_id"))
    return resolve(frame, RULES)


def together(result):
    """The ids of each entity of several records."""
    groups = result.clusters.group_by("entity_id").agg(pl.col("record_id").sort())["record_id"].to_list()
    return sorted(group for group in groups if len(group) > 1)


def asked(result):
    return {
        frozenset((a.split(":")[1], b.split(":")[1])) for a, b in result.review.select("left_key", "right_key").rows()
    }


def ids(**systems):
    return [ExternalId(system=system, raw=raw) for system, raw in systems.items()]


def test_a_bounced_address_alone_joins_nobody():
    both = resolved(
        contact("a", "Ann Lee", email="ann@x.com", status="bounced"),
        contact("b", "Bob Fox", email="ann@x.com"),
    )
    assert together(both) == []


def flagged(record_id, **more):
    return contact(record_id, "Amelia Hartley", source="atlassian", bounce_unattributed=Bounce(), **more)


def test_a_bounce_without_an_address_is_reported_and_names_one_only_where_there_is_no_doubt():
    sf = ids(salesforce="003Dn00000AHrtL")
    alone = resolved(
        flagged("a", external_ids=sf), contact("b", "Amelia Hartley", email="amelia@x.com", external_ids=sf)
    )
    assert (alone.golden["email"].to_list(), alone.golden["other_emails"].to_list()) == ([None], [["amelia@x.com"]])
    two = [Email(raw="amelia@x.com"), Email(raw="a.hartley@y.com")]
    many = resolved(
        flagged("a", external_ids=sf),
        contact("b", "Amelia Hartley", external_ids=sf).model_copy(update={"emails": two}),
    )
    assert many.golden["email"][0] is not None
    assert [item["record_key"] for item in many.golden["bounce_unattributed"][0]] == ["atlassian:a"]


def test_a_chain_whose_ends_contradict_each_other_is_not_closed():
    made = resolved(
        contact("a", "Ann Lee", phone="+442079460018", birth_date="1980-01-02", external_ids=ids(ssn="111223333")),
        contact("b", "Lee", phone="+442079460018", email="lee@x.com"),
        contact("c", "Robert Lee", email="lee@x.com", birth_date="1951-07-09", external_ids=ids(ssn="999887777")),
    )
    assert ["a", "b", "c"] not in together(made)


def test_a_switchboard_joins_no_colleagues():
    names = [
        f"{given} {family}" for given in ("Ann", "Bob", "Cy", "Dee", "Eve") for family in ("Orr", "Poe", "Ray", "Sim")
    ]
    made = resolved(*(contact(str(n), name, phone="+442079460018", company="Acme") for n, name in enumerate(names)))
    assert together(made) == []
    assert made.run["tenants"][""]["shared_values"][0]["persons"] >= 10


def test_an_id_of_one_system_wins_over_a_misspelt_name():
    made = resolved(
        contact("a", "Amelia Hartley", external_ids=ids(salesforce="003Dn00000AHrtL")),
        contact("b", "Amela Hartly", source="desk", external_ids=ids(salesforce="003Dn00000AHrtLIAT")),
    )
    assert together(made) == [["a", "b"]]


def test_two_ids_of_one_system_speak_against_equal_names_at_one_company():
    made = resolved(
        contact("a", "John Smith", company="Acme", external_ids=ids(salesforce="003Dn00000JSmTa")),
        contact("b", "John Smith", company="Acme", external_ids=ids(salesforce="003Dn00000JSmTA")),
    )
    assert together(made) == []
    assert asked(made) == {frozenset("ab")}


@pytest.mark.parametrize("accounts", [("acc-1", "acc-2"), (None, None)])
def test_one_address_in_two_accounts_or_in_none_is_one_person(accounts):
    made = resolved(
        *(
            contact(str(n), "Farid Rahman", email="farid@x.com").model_copy(
                update={"organisations": [Organisation(account_id=account)]}
            )
            for n, account in enumerate(accounts)
        )
    )
    assert together(made) == [["0", "1"]]


def test_a_married_name_is_the_same_person_when_the_address_says_so():
    made = resolved(
        contact("a", "Grace Byrne", email="grace.byrne@alder.example"),
        contact("b", "Grace O'Connell", email="grace.byrne@alder.example"),
    )
    assert together(made) == [["a", "b"]]


def test_a_name_that_is_only_an_address_is_no_conflict():
    made = resolved(
        contact("a", "Amelia Hartley", email="amelia.hartley@x.com"),
        Contact(
            source="desk",
            record_id="b",
            full_name="amelia.hartley+desk",
            emails=[Email(raw="amelia.hartley+desk@x.com")],
        ),
    )
    assert together(made) == [["a", "b"]]


def test_a_later_opt_in_elsewhere_is_asked_and_does_not_count():
    made = resolved(
        contact("a", "Ann Lee", email="ann@x.com", consent=[Consent(channel="email", state="denied")]),
        contact("b", "Ann Lee", email="ann@x.com", consent=[Consent(channel="email", state="granted")]),
    )
    (consent,) = made.golden["consent"][0]
    assert (consent["state"], consent["conflict"], consent["against"]) == ("denied", True, "crm:b")
    assert made.review.filter(pl.col("reason").str.contains("forbids"))["left_key"].to_list() == ["crm:a"]


def test_the_opt_out_of_a_deleted_duplicate_is_told_but_not_the_persons():
    made = resolved(
        contact("a", "Ann Lee", email="ann@x.com", consent=[Consent(channel="email", state="granted")]),
        contact("b", "Ann Lee", email="ann@x.com", deleted=True, consent=[Consent(channel="email", state="denied")]),
    )
    assert made.golden["consent"][0][0]["state"] == "granted"
    (hint,) = made.run["tenants"][""]["suppress"]
    assert hint == {"record_key": "crm:a", "said_by": "crm:b", "channel": "email", "field": "email"}


def test_a_record_made_by_hand_names_the_person_before_an_imported_one():
    made = resolved(
        contact("a", "Robert Fox", email="bob@x.com", provenance=Provenance(source_type="import")),
        contact("b", "Bob Fox", email="bob@x.com", provenance=Provenance(source_type="manual")),
    )
    assert made.golden["given_name"].to_list() == ["Bob"]


def test_a_record_never_updated_is_as_old_as_its_creation():
    made = resolved(
        contact("a", "Ann Lee", email="ann@x.com", phone="+442079460018", created_at=datetime(2026, 5, 1, tzinfo=UTC)),
        contact("b", "Ann Lee", email="ann@x.com", phone="+442920180123", updated_at=datetime(2026, 2, 1, tzinfo=UTC)),
    )
    assert made.golden["phone"].to_list() == ["+442079460018"]


def test_a_former_employer_is_neither_evidence_nor_golden():
    old = Organisation(name="Old Pier", title="Manager", end=datetime(2021, 3, 31, tzinfo=UTC))
    made = resolved(contact("a", "Ann Lee").model_copy(update={"organisations": [old, Organisation(name="Acme")]}))
    assert made.golden["company"].to_list() == ["Acme"]
    assert made.normalised["company"].to_list() == [["acme"]]


def test_custom_values_of_two_systems_stand_side_by_side():
    frame = pl.DataFrame(
        {"record_key": ["a:1", "b:1"], "source": ["a", "b"], "record_id": ["1", "1"], "custom.shoe": ["6.5", "7"]}
    )
    assert resolve(frame, RULES).golden["custom.shoe"].to_list() == ["6.5", "7"]
