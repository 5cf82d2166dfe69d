import json
from datetime import UTC, datetime

import pytest

from resolver.plan.model import Plan, Step
from resolver.plan.plans import plans
from tests.resolver.plan.conftest import Finish, of

DENIED = {"channel": "phone", "state": "denied", "evidence": "isDoNotCall"}
NO_MAIL = {"channel": "email", "state": "denied", "evidence": "hasOptedOutOfEmail"}
OPTED_IN = {"channel": "email", "state": "granted", "evidence": "opted_in"}
WITHDRAWN = '{"basis":"withdrawn"}'
HALF = [
    {"channel": "email", "state": "denied", "evidence": WITHDRAWN, "basis": "withdrawn"},
    {"channel": "marketing", "state": "denied", "evidence": WITHDRAWN, "basis": "withdrawn"},
]


def at(account: str | None, **more: object) -> list[dict[str, object]]:
    return [{"account_id": account, **more}]


def mail(*addresses: str, **more: object) -> list[dict[str, object]]:
    return [{"raw": address, **more} for address in addresses]


def only(found: list[Plan]) -> Plan:
    (plan,) = found
    return plan


def steps(plan: Plan, op: str) -> list[Step]:
    return [step for step in plan.steps if step.op == op]


def test_a_person_with_two_records_in_one_system_gets_a_plan_and_others_get_none(finish: Finish) -> None:
    folder = finish(
        ann=[of("cpod", "a"), of("cpod", "b"), of("customeros", "c")],
        bob=[of("cpod", "d"), of("voipbin", "e")],
        eve=[of("cpod", "f"), of("cpod", "g", deleted=True)],
    )
    assert [(plan.system, plan.cluster, plan.survivor, plan.losers) for plan in plans(folder)] == [
        ("cpod", "ann", "a", ["b"])
    ]


def test_two_installs_of_one_system_are_two_spaces(finish: Finish) -> None:
    assert plans(finish(ann=[of("cpod-eu", "a"), of("cpod-us", "a")])) == []
    plan = only(plans(finish(ann=[of("cpod-eu", "a"), of("cpod-eu", "b")])))
    assert (plan.system, plan.instance, plan.tenant) == ("cpod", "eu", "north")


@pytest.mark.parametrize(
    ("told", "survivor"),
    [
        ({}, "a"),
        ({"created_at": datetime(2024, 1, 1, tzinfo=UTC)}, "b"),
        ({"external_ids": [{"system": "erp", "raw": "7", "relation": "self"}]}, "b"),
    ],
)
def test_the_survivor_is_the_id_holder_then_the_oldest_then_the_smallest(
    finish: Finish, told: dict[str, object], survivor: str
) -> None:
    assert only(plans(finish(ann=[of("cpod", "a"), of("cpod", "b", **told)]))).survivor == survivor


def test_the_record_that_is_named_most_survives_before_all_else(finish: Finish) -> None:
    folder = finish(
        ann=[of("cpod", "a", external_ids=[{"system": "erp", "raw": "7", "relation": "self"}]), of("cpod", "b")],
        bob=[of("cpod", "c", links={"reports_to": "b"})],
    )
    assert only(plans(folder)).survivor == "b"


def test_ids_that_are_numbers_are_compared_as_numbers(finish: Finish) -> None:
    assert only(plans(finish(ann=[of("teamwork_desk", "9"), of("teamwork_desk", "10")]))).survivor == "9"


def test_every_member_is_read_first_and_consent_comes_before_everything_else(finish: Finish) -> None:
    folder = finish(
        ann=[
            of("cpod", "a", consent=[OPTED_IN], version="7"),
            of("cpod", "b", consent=HALF, phones=[{"raw": "+1"}], version="2"),
        ],
        bob=[of("cpod", "c", links={"reports_to": "b"}), of("cpod", "d", links={"reports_to": "a"})],
        eve=[of("cpod", "e", links={"reports_to": "a"})],
    )
    plan = next(plan for plan in plans(folder) if plan.cluster == "ann")
    assert [step.op for step in plan.steps] == [
        *("read", "read", "consent", "copy", "repoint", "retire", "verify", "verify"),
    ]
    assert [step.n for step in plan.steps] == list(range(1, 9))
    assert plan.steps[0].precondition is not None
    assert plan.steps[0].precondition.version == "7"
    copied = plan.steps[3].precondition
    assert copied is not None
    assert copied.after_step == 3


def test_consent_outlives_the_loser_trap_15(finish: Finish) -> None:
    plan = only(plans(finish(ann=[of("cpod", "a", consent=[OPTED_IN]), of("cpod", "b", consent=HALF)])))
    (consent,) = steps(plan, "consent")
    assert consent.body == {"opted_in": False, "gdpr_consent": {"basis": "withdrawn"}, "version": 1}
    assert consent.n < steps(plan, "retire")[0].n
    assert consent.irreversible
    assert consent.inverse is not None
    assert consent.inverse.body == {"gdpr_consent": None}
    assert {change.channel for change in plan.consent_changes} == {"email", "marketing"}


def test_a_denial_in_another_system_opts_the_survivor_out_trap_13(finish: Finish) -> None:
    folder = finish(ann=[of("cpod", "a", consent=[OPTED_IN]), of("cpod", "b"), of("atlassian", "x", consent=[NO_MAIL])])
    plan = only(plans(folder))
    (consent,) = steps(plan, "consent")
    assert consent.body == {"opted_in": False, "version": 1}
    assert any("stays denied" in warning for warning in plan.warnings)


def test_nobody_is_ever_opted_in(finish: Finish) -> None:
    plan = only(plans(finish(ann=[of("cpod", "a"), of("cpod", "b", consent=[OPTED_IN])])))
    assert not steps(plan, "consent")
    assert "opted_in" not in json.dumps([step.body for step in plan.steps])
    assert [(lost.name, lost.record) for lost in plan.lost_values] == [("opted_in", "b")]


@pytest.mark.parametrize("system", ["voipbin", "teamwork_desk", "customeros", "cpod"])
def test_a_denial_without_a_field_is_told_trap_15(finish: Finish, system: str) -> None:
    folder = finish(ann=[of(system, "a"), of(system, "b"), of("atlassian", "x", consent=[DENIED])])
    assert any("no phone" in text and "cannot be stored here" in text for text in only(plans(folder)).warnings)


def test_an_app_key_cannot_write_records_of_another_app_trap_7(finish: Finish) -> None:
    plan = only(plans(finish(ann=[of("cpod", "a"), of("cpod", "b", app="widget")])))
    assert any("key of the app widget cannot write a;" in warning for warning in plan.warnings)
    assert not any(
        "key of the app" in text for text in only(plans(finish(ann=[of("cpod", "a"), of("cpod", "b")]))).warnings
    )


def test_one_email_at_two_accounts_is_never_moved_to_one_trap_40(finish: Finish) -> None:
    one = of("cpod", "a", emails=mail("ann@x.example"), organisations=at("acc-1"))
    two = of("cpod", "b", emails=mail("ann@x.example"), organisations=at("acc-2"))
    plan = only(plans(finish(ann=[one, two])))
    assert all("account_id" not in (step.body or {}) for step in plan.steps)
    assert plan.requires_human
    assert ("account_id", "b", "acc-2") in [(lost.name, lost.record, lost.value) for lost in plan.lost_values]


def test_a_loser_lets_go_of_its_email_before_the_survivor_gets_it_trap_40(finish: Finish) -> None:
    one = of("cpod", "a", organisations=at("acc-1"))
    two = of("cpod", "b", emails=mail("Ann@x.example"), organisations=at("acc-1"))
    plan = only(plans(finish(ann=[one, two])))
    (release,), (copy,) = steps(plan, "release"), steps(plan, "copy")
    assert (release.record, release.body) == ("b", {"email": None, "version": 1})
    assert copy.body == {"email": "Ann@x.example", "version": 1}
    assert release.n < copy.n < steps(plan, "retire")[0].n
    assert '"email": null' in plan.line()


def test_an_email_that_a_stranger_has_at_that_account_stays_behind_trap_40(finish: Finish) -> None:
    stranger = of("cpod", "z", emails=mail("ann@x.example"), organisations=at("acc-1"))
    one, two = of("cpod", "a", organisations=at("acc-1")), of("cpod", "b", emails=mail("ann@x.example"))
    plan = only(plans(finish(ann=[one, two], bob=[stranger])))
    assert not steps(plan, "copy")
    assert [(lost.name, lost.record) for lost in plan.lost_values] == [("email", "b")]


def test_references_follow_the_survivor_and_never_name_themselves_trap_46(finish: Finish) -> None:
    folder = finish(
        amelia=[of("cpod", "k1", links={"reports_to": "k2"}), of("cpod", "k2", links={"reports_to": "k1"})],
        farid=[of("cpod", "f", links={"reports_to": "k2"})],
        grace=[of("cpod", "g", links={"reports_to": "k2"})],
    )
    plan = only(plans(folder))
    assert (plan.survivor, plan.losers) == ("k2", ["k1"])
    folder = finish(
        amelia=[of("cpod", "k1"), of("cpod", "k2", links={"reports_to": "k1"})],
        farid=[of("cpod", "f", links={"reports_to": "k2"})],
    )
    (repoint,) = steps(only(plans(folder)), "repoint")
    assert (repoint.record, repoint.body) == ("f", {"reports_to_contact_id": "k1", "version": 1})
    folder = finish(
        amelia=[of("cpod", "k1", links={"reports_to": "k2"}), of("cpod", "k2")],
        farid=[of("cpod", "f", links={"reports_to": "k1"}), of("cpod", "h", links={"reports_to": "k1"})],
    )
    plan = next(plan for plan in plans(folder) if plan.cluster == "amelia")
    (repoint,) = steps(plan, "repoint")
    assert (repoint.record, repoint.reason) == ("k1", "it would report to itself")
    assert repoint.body == {"reports_to_contact_id": None, "version": 1}


def test_a_circle_that_merging_closes_is_opened_and_told_trap_46(finish: Finish) -> None:
    folder = finish(
        a=[of("cpod", "a1", links={"reports_to": "b1"}), of("cpod", "a2")],
        b=[of("cpod", "b1"), of("cpod", "b2", links={"reports_to": "a1"})],
        c=[of("cpod", "c1", links={"reports_to": "b2"})],
        d=[of("cpod", "d1", links={"reports_to": "b2"})],
    )
    found = plans(folder)
    moved = [(step.record, step.body) for plan in found for step in steps(plan, "repoint")]
    assert [plan.survivor for plan in found] == ["a1", "b2"]
    assert moved == [("a1", {"reports_to_contact_id": None, "version": 1})]
    assert any("circle: a1 -> b2 -> a1" in warning for plan in found for warning in plan.warnings)


def test_a_reference_of_a_loser_is_not_taken_over_into_a_circle_trap_46(finish: Finish) -> None:
    folder = finish(
        a=[of("cpod", "a1", links={"reports_to": "b1"}), of("cpod", "a2")],
        b=[of("cpod", "b1"), of("cpod", "b2", links={"reports_to": "a1"})],
    )
    found = plans(folder)
    assert not [step for plan in found for step in steps(plan, "repoint")]
    assert any("circle: b1 -> a1 -> b1" in warning for plan in found for warning in plan.warnings)


def test_a_circle_that_was_there_before_is_left_alone(finish: Finish) -> None:
    folder = finish(
        a=[of("cpod", "a1", links={"reports_to": "b1"}), of("cpod", "a2")],
        b=[of("cpod", "b1", links={"reports_to": "a1"})],
    )
    assert not steps(only(plans(folder)), "repoint")


def test_a_loser_of_a_plan_that_may_wait_is_re_pointed_too_trap_46(finish: Finish) -> None:
    folder = finish(
        a=[of("cpod", "a1"), of("cpod", "a2")],
        b=[of("cpod", "b1"), of("cpod", "b2", links={"reports_to": "a2"})],
        c=[of("cpod", "c1", links={"reports_to": "a1"}), of("cpod", "c2", links={"reports_to": "b1"})],
    )
    moved = {(plan.cluster, step.record): step.body for plan in plans(folder) for step in steps(plan, "repoint")}
    assert moved["a", "b2"] == {"reports_to_contact_id": "a1", "version": 1}
    assert moved["b", "b1"] == {"reports_to_contact_id": "a1", "version": 1}


def test_an_id_of_another_system_is_no_reference_trap_47(finish: Finish) -> None:
    salesforce = {"system": "salesforce", "relation": "self"}
    folder = finish(
        ann=[of("cpod", "003A00000000001"), of("cpod", "b")],
        boss=[
            of("atlassian", "x", external_ids=[{**salesforce, "raw": "003A00000000001"}]),
            of("atlassian", "y", external_ids=[{**salesforce, "raw": "003A00000000002"}]),
        ],
        eve=[
            of(
                "atlassian",
                "z",
                external_ids=[{**salesforce, "raw": "003A00000000003"}],
                links={"parent": "003A00000000002AAA"},
            )
        ],
        kim=[
            of("atlassian", "w", external_ids=[{"system": "hubspot", "raw": "1"}], links={"parent": "003A00000000001"})
        ],
        lou=[of("voipbin", "v", links={"reports_to": "b"})],
    )
    atlassian, cpod = plans(folder)
    assert not steps(cpod, "repoint")
    assert (atlassian.survivor, atlassian.losers) == ("y", ["x"])
    assert not any("parent" in warning for warning in atlassian.warnings)


def test_atlassian_is_a_manual_item_with_the_ids_of_the_provider(finish: Finish) -> None:
    def told(raw: str) -> list[dict[str, str]]:
        return [{"system": "salesforce", "raw": raw, "url": f"https://crm.example/{raw}", "relation": "self"}]

    folder = finish(
        ann=[
            of("atlassian", "x", external_ids=told("1")),
            of("atlassian", "y", external_ids=told("2"), consent=[DENIED]),
        ]
    )
    plan = only(plans(folder))
    assert plan.requires_human
    assert all(step.manual for step in plan.steps)
    first, last = plan.steps
    assert "set do-not-call on salesforce 1" in first.reason
    assert "merge salesforce 2 (https://crm.example/2) into salesforce 1" in last.reason


def test_voipbin_claims_addresses_before_it_deletes(finish: Finish) -> None:
    tel = {"raw": "+442079460018", "label": "Work", "kind": "work", "id": "t1", "primary": True}
    one = of("voipbin", "a", version=None, emails=mail("ann@x.example", primary=True, id="e1"))
    two = of("voipbin", "b", version=None, phones=[tel], emails=mail("ANN@x.example", id="e2"), tags=[{"id": "t9"}])
    plan = only(plans(finish(ann=[one, two])))
    assert [step.op for step in plan.steps] == [
        *("read", "read", "demote", "move", "tag", "retire", "verify", "verify"),
    ]
    (move,) = steps(plan, "move")
    assert (move.method, move.target) == ("POST", "/v1.0/contact_addresses/t1/claim")
    assert move.body == {"contact_id": "a", "force": True}
    assert plan.steps[0].precondition is not None
    assert plan.steps[0].precondition.updated_at == "never"


def test_voipbin_of_the_older_shapes_has_numbers_and_emails_of_their_own(finish: Finish) -> None:
    one = of("voipbin", "a")
    two = of(
        "voipbin", "b", phones=[{"raw": "0207", "kind": "work", "id": "p"}], emails=mail("a@x.example", type="home")
    )
    moves = steps(only(plans(finish(ann=[one, two]))), "move")
    assert [(step.target, step.body) for step in moves] == [
        ("/v1.0/contacts/a/phone-numbers", {"number": "0207", "type": "work", "is_primary": False}),
        ("/v1.0/contacts/a/emails", {"address": "a@x.example", "type": "home", "is_primary": False}),
    ]


def test_voipbin_writes_only_its_writable_fields_and_a_second_external_id_is_lost(finish: Finish) -> None:
    one = of("voipbin", "a", external_ids=[{"system": "salesforce", "raw": "1"}], notes=[{"text": "calls back"}])
    two = of(
        "voipbin",
        "b",
        full_name="Ann Lee",
        organisations=[{"name": "Acme", "title": "CEO"}],
        external_ids=[{"system": "salesforce", "raw": "2"}],
        custom=[{"name": "external_id", "value": "sf_2", "scope": "voipbin"}],
        notes=[{"text": "speaks French"}],
        provenance={"source_type": "manual"},
    )
    plan = only(plans(finish(ann=[one, two])))
    (copy,) = steps(plan, "copy")
    assert copy.body == {
        "display_name": "Ann Lee",
        "company": "Acme",
        "job_title": "CEO",
        "notes": "calls back\n\nspeaks French",
    }
    assert copy.inverse is not None
    assert copy.inverse.body == {"display_name": "", "company": "", "job_title": "", "notes": "calls back"}
    assert [(lost.name, lost.record, lost.value) for lost in plan.lost_values] == [("external_id", "b", "sf_2")]


def test_desk_is_merged_by_hand_and_keeps_four_emails(finish: Finish) -> None:
    one = of("teamwork_desk-north", "1", emails=mail("a@x.example", "b@x.example"))
    two = of("teamwork_desk-north", "2", emails=mail("c@x.example", "d@x.example", "e@x.example", "A@x.example"))
    plan = only(plans(finish(ann=[one, two])))
    assert plan.requires_human
    assert all(step.manual for step in plan.steps)
    assert "https://north.teamwork.com/desk/customers/1" in [step.target for step in plan.steps]
    assert any("5 e-mails" in warning for warning in plan.warnings)
    assert [(lost.name, lost.value) for lost in plan.lost_values] == [("email", "e@x.example")]
    four = only(plans(finish(ann=[one, of("teamwork_desk-north", "2", emails=mail("c@x.example"))])))
    assert not any("e-mails" in warning for warning in four.warnings)


def test_customeros_adds_profiles_before_it_merges_one_loser_at_a_time(finish: Finish) -> None:
    linkedin = [{"raw": "https://www.linkedin.com/in/ann-example", "network": "linkedin"}]
    one = of("customeros", "a", emails=mail("ann@x.example", primary=True, status="undeliverable"))
    two = of("customeros", "b", socials=linkedin, emails=mail("lee@x.example", status="ok"))
    three = of("customeros", "c", socials=linkedin)
    plan = only(plans(finish(ann=[one, two, three])))
    assert [step.op for step in plan.steps] == [
        *("read", "read", "read", "add_social", "merge", "merge", "primary", "verify", "verify", "verify"),
    ]
    assert [(step.variables or {})["mergedContactIds"] for step in steps(plan, "merge")] == [["b"], ["c"]]
    assert all(step.irreversible for step in steps(plan, "merge"))
    assert steps(plan, "primary")[0].variables == {"contactId": "a", "email": "lee@x.example"}
    assert "HardDelete" not in plan.line()
    assert any("cannot be undone" in warning for warning in plan.warnings)


def test_records_with_no_name_in_common_wait_for_a_person(finish: Finish) -> None:
    plan = only(plans(finish(ann=[of("customeros", "a"), of("customeros", "b", given_name="Bob", family_name="Ray")])))
    assert plan.requires_human
    assert "no name in common" in plan.warnings[0]


def test_what_cpod_has_differently_is_lost_by_name_and_record(finish: Finish) -> None:
    one = of("cpod", "a", phones=[{"raw": "+1"}], custom=[{"name": "size", "value": "6.5", "type": "number"}])
    two = of(
        "cpod",
        "b",
        phones=[{"raw": "+2"}],
        tags=[{"name": "vip"}],
        custom=[{"name": "size", "value": "7", "type": "number"}, {"name": "vat", "value": "x", "type": "string"}],
    )
    plan = only(plans(finish(ann=[one, two])))
    (copy,) = steps(plan, "copy")
    assert copy.body == {"tags": ["vip"], "custom_fields": {"size": 6.5, "vat": "x"}, "version": 1}
    assert [(lost.name, lost.value) for lost in plan.lost_values] == [("phone", "+2"), ("custom_fields.size", "7")]


def test_a_source_that_nobody_knows_is_a_manual_item(finish: Finish) -> None:
    plan = only(plans(finish(ann=[of("crm", "1", emails=mail("a@x.example")), of("crm", "2", phones=[{"raw": "+1"}])])))
    assert plan.requires_human
    assert [step.op for step in plan.steps] == ["manual", "manual"]


def test_the_mailbox_of_a_role_waits_for_a_person_trap_25(finish: Finish) -> None:
    info = of("customeros", "b", emails=mail("info@x.example", role=True))
    plan = only(plans(finish(ann=[of("customeros", "a"), info])))
    assert plan.requires_human
    assert "mailbox of a role" in plan.warnings[0]


def test_a_value_that_is_hidden_in_part_gives_way_to_one_in_full_and_never_replaces_one(finish: Finish) -> None:
    masked = {"given_name": "A***", "emails": mail("a***@x.com"), "phones": [{"raw": "***-***-0147"}]}
    full = {"given_name": "Ann", "emails": mail("ann@x.com"), "phones": [{"raw": "212 555 0147"}]}
    (copy,) = steps(only(plans(finish(ann=[of("cpod", "a", **masked), of("cpod", "b", **full)]))), "copy")
    assert copy.body == {"first_name": "Ann", "email": "ann@x.com", "phone": "212 555 0147", "version": 1}
    assert copy.inverse is not None
    assert copy.inverse.body == {"first_name": "A***", "email": "a***@x.com", "phone": "***-***-0147"}


@pytest.mark.parametrize("system", ["cpod", "voipbin", "teamwork_desk", "elsewhere"])
def test_a_value_that_is_hidden_in_part_is_never_written(finish: Finish, system: str) -> None:
    masked = {"given_name": "A***", "emails": mail("a***@x.com", id="e1"), "phones": [{"raw": "***-***-0147"}]}
    plan = only(plans(finish(ann=[of(system, "a", emails=mail("ann@x.com")), of(system, "b", **masked)])))
    assert not any("***" in json.dumps([step.body, step.reason]) for step in plan.steps)


def test_a_hidden_address_is_the_last_that_desk_keeps(finish: Finish) -> None:
    told = mail("a***@x.com"), mail("ann@x.com")
    plan = only(
        plans(finish(ann=[of("teamwork_desk", name, emails=one) for name, one in zip("12", told, strict=True)]))
    )
    assert any("main e-mail ann@x.com;" in step.reason for step in plan.steps)


def test_customeros_gets_no_hidden_profile_and_a_main_address_in_full(finish: Finish) -> None:
    masked = mail("a***@x.com", primary=True)
    profile = {"network": "linkedin", "raw": "linkedin.com/in/ann***"}
    survivor = of("customeros", "a", given_name="A***", emails=masked)
    plan = only(plans(finish(ann=[survivor, of("customeros", "b", emails=mail("ann@x.com"), socials=[profile])])))
    assert steps(plan, "add_social") == []
    (primary,) = steps(plan, "primary")
    assert primary.variables is not None
    assert primary.variables["email"] == "ann@x.com"
    assert ("firstName", "b", "Ann") in {(lost.name, lost.record, lost.value) for lost in plan.lost_values}
