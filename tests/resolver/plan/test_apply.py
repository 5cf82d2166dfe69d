import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.errors import UsageError
from resolver.plan.apply import Applied, Order, apply_plans
from resolver.plan.page import write_plans
from resolver.plan.plans import plans
from resolver.plan.state import STATE
from tests.resolver.plan.conftest import Finish, of
from tests.resolver.plan.stand_in import (
    Cpod,
    CustomerOs,
    Killed,
    StandIn,
    Voipbin,
    cpod_record,
    customeros_record,
    voipbin_record,
)

OPTED_IN = {"channel": "email", "state": "granted", "evidence": "opted_in"}
WITHDRAWN = {"channel": "email", "state": "denied", "evidence": '{"basis":"withdrawn"}'}


def planned(folder: Path) -> Path:
    write_plans(plans(folder), folder)
    return folder


def carry_out(folder: Path, system: str, stand_in: StandIn, **order: Any) -> Applied:
    return apply_plans(
        folder,
        system,
        execute=True,
        transport=stand_in.transport,
        sleep=lambda _: None,
        order=Order(rate=1000.0, **order),
    )


def fates(applied: Applied) -> list[tuple[str, str]]:
    return [(outcome.cluster, outcome.fate) for outcome in applied.outcomes]


def facts(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / STATE).read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def ann(finish: Finish) -> Path:
    """Two records of Ann, a colleague who reports to the one that goes, and two of Bob."""
    return planned(
        finish(
            ann=[
                of("cpod", "a", consent=[OPTED_IN], version="7"),
                of("cpod", "b", consent=[WITHDRAWN], phones=[{"raw": "+1"}], version="2"),
            ],
            cat=[of("cpod", "c", links={"reports_to": "b"}), of("cpod", "d", links={"reports_to": "a"})],
            dan=[of("cpod", "e", links={"reports_to": "a"})],
            bob=[of("cpod", "x"), of("cpod", "y", phones=[{"raw": "+2"}])],
        )
    )


def cpod(before: dict[int, Any] | None = None) -> Cpod:
    records = [
        cpod_record("a", 7, opted_in=True),
        cpod_record("b", 2, phone="+1", gdpr_consent={"basis": "withdrawn"}),
        cpod_record("c", reports_to_contact_id="b"),
        cpod_record("d", reports_to_contact_id="a"),
        cpod_record("x"),
        cpod_record("y", phone="+2"),
    ]
    return Cpod(records, before)


def test_a_dry_run_tells_everything_and_sends_nothing(ann: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESOLVER_CPOD_TOKEN")
    stand_in, said = cpod(), list[str]()
    applied = apply_plans(ann, "cpod", transport=stand_in.transport, order=Order(listener=said.append))
    assert fates(applied) == [("ann", "planned"), ("bob", "planned"), ("cat", "planned")]
    assert any("PATCH /api/v1/crm/contacts/a" in line and '"opted_in": false' in line for line in said)
    assert stand_in.writes == []
    assert not (ann / STATE).exists()


def test_cpod_takes_every_step_with_the_version_it_has_by_then(ann: Path) -> None:
    stand_in = cpod()
    applied = carry_out(ann, "cpod", stand_in)
    assert fates(applied) == [("ann", "done"), ("bob", "done"), ("cat", "done")]
    a, b, c = (stand_in.records[name] for name in "abc")
    assert (a["opted_in"], a["gdpr_consent"], a["phone"]) == (False, {"basis": "withdrawn"}, "+1")
    assert b["is_deleted"]
    assert c["reports_to_contact_id"] == "a"
    assert stand_in.writes[0][:2] == ("PATCH", "/api/v1/crm/contacts/a")
    assert all(not {"tenant_id", "updated_at", "created_at"} & (body or {}).keys() for _, _, body in stand_in.writes)


def test_a_second_run_repeats_nothing(ann: Path) -> None:
    stand_in = cpod()
    carry_out(ann, "cpod", stand_in)
    sent = len(stand_in.writes)
    assert fates(carry_out(ann, "cpod", stand_in)) == [(name, "done before") for name in ("ann", "bob", "cat")]
    assert len(stand_in.writes) == sent


def test_a_stale_version_stops_this_person_and_not_the_next_trap_48(ann: Path) -> None:
    stand_in = cpod()
    stand_in.records["a"].update(version=8, phone="+9")
    applied = carry_out(ann, "cpod", stand_in)
    assert fates(applied)[:2] == [("ann", "stopped"), ("bob", "done")]
    assert "stale: a was planned at 7 and is at 8" in applied.outcomes[0].reason
    assert not stand_in.records["b"]["is_deleted"]
    assert stand_in.records["a"]["phone"] == "+9"


def test_an_edit_between_look_and_write_is_refused_by_the_version_trap_48(ann: Path) -> None:
    stand_in = cpod()
    stand_in.before[2] = lambda: stand_in.records["a"].update(version=20, phone="+9")
    applied = carry_out(ann, "cpod", stand_in)
    assert (applied.outcomes[0].fate, applied.outcomes[0].step) == ("stopped", 4)
    assert "stale" in applied.outcomes[0].reason
    assert [body for _, path, body in stand_in.writes if path.endswith("/a")].count({"phone": "+1"}) == 1
    assert fates(carry_out(ann, "cpod", stand_in))[0] == ("ann", "stopped")
    assert stand_in.records["a"]["phone"] == "+9"


def test_a_taken_email_is_told_apart_from_a_stale_version_trap_40(finish: Finish) -> None:
    emails = [{"raw": "ann@x.example"}]
    folder = planned(finish(ann=[of("cpod", "a", organisations=[{"account_id": "1"}]), of("cpod", "b", emails=emails)]))
    stand_in = Cpod(
        [
            cpod_record("a", account_id="1"),
            cpod_record("b", email="ann@x.example"),
            cpod_record("new", account_id="1", email="ann@x.example"),
        ]
    )
    (outcome,) = carry_out(folder, "cpod", stand_in).outcomes
    assert outcome.fate == "stopped"
    assert outcome.reason == "another contact of that account has the e-mail already"
    assert not stand_in.records["b"]["is_deleted"]


def test_an_email_is_let_go_and_taken_over_inside_one_account_trap_40(finish: Finish) -> None:
    role = [{"account_id": "1"}]
    two = of("cpod", "b", emails=[{"raw": "ann@x.example"}], organisations=role)
    folder = planned(finish(ann=[of("cpod", "a", organisations=role), two]))
    stand_in = Cpod([cpod_record("a", account_id="1"), cpod_record("b", account_id="1", email="ann@x.example")])
    assert fates(carry_out(folder, "cpod", stand_in)) == [("ann", "done")]
    assert stand_in.records["a"]["email"] == "ann@x.example"


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_write_is_resumed_and_nothing_is_done_twice(ann: Path, n: int, when: str) -> None:
    def die() -> None:
        raise Killed

    stand_in = cpod()
    getattr(stand_in, when)[n] = die
    with pytest.raises(Killed):
        carry_out(ann, "cpod", stand_in)
    stand_in.before.clear()
    stand_in.after.clear()
    assert [fate for _, fate in fates(carry_out(ann, "cpod", stand_in)) if fate not in ("done", "done before")] == []
    whole = cpod()
    for leftover in ("plans.state.jsonl",):
        (ann / leftover).unlink()
    carry_out(ann, "cpod", whole)
    assert stand_in.records == whole.records
    assert len(stand_in.writes) == len(whole.writes) + (when == "before")


def test_a_line_that_a_crash_cut_off_is_dropped(ann: Path) -> None:
    stand_in = cpod()
    carry_out(ann, "cpod", stand_in)
    state = ann / STATE
    state.write_bytes(state.read_bytes() + b'{"plan": "abc", "n": 1, "stat')
    assert fates(carry_out(ann, "cpod", stand_in))[0] == ("ann", "done before")
    assert state.read_bytes().endswith(b"}\n")


def test_a_damaged_state_is_refused(ann: Path) -> None:
    (ann / STATE).write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(UsageError, match="damaged"):
        carry_out(ann, "cpod", cpod())


def test_a_reference_of_a_record_in_two_plans_is_checked_against_our_own_last_write_trap_46(finish: Finish) -> None:
    folder = planned(
        finish(
            ann=[of("cpod", "a"), of("cpod", "b")],
            bob=[of("cpod", "x", links={"reports_to": "b"}), of("cpod", "y", phones=[{"raw": "+2"}])],
            eve=[of("cpod", "e", links={"reports_to": "a"}), of("cpod", "f", links={"reports_to": "a"})],
            joe=[of("cpod", "j", links={"reports_to": "x"})],
        )
    )
    ids = {"a": None, "b": None, "x": "b", "y": None, "e": "a", "f": "a", "j": "x"}
    stand_in = Cpod([cpod_record(one, reports_to_contact_id=boss) for one, boss in ids.items()])
    stand_in.records["y"]["phone"] = "+2"
    assert {fate for _, fate in fates(carry_out(folder, "cpod", stand_in))} == {"done"}
    assert stand_in.records["x"]["reports_to_contact_id"] == "a"
    assert stand_in.records["x"]["phone"] == "+2"


def test_a_record_that_the_key_cannot_see_stops_this_person_trap_7(ann: Path) -> None:
    stand_in = cpod()
    del stand_in.records["b"]
    applied = carry_out(ann, "cpod", stand_in)
    assert fates(applied)[:2] == [("ann", "stopped"), ("bob", "done")]
    assert "this key cannot see it" in applied.outcomes[0].reason


def test_plans_that_want_a_person_wait_until_they_are_approved(finish: Finish) -> None:
    records = [of("cpod", name, organisations=[{"account_id": name}]) for name in "ab"]
    folder = planned(finish(ann=records))
    stand_in = Cpod([cpod_record("a", account_id="a"), cpod_record("b", account_id="b")])
    assert fates(carry_out(folder, "cpod", stand_in)) == [("ann", "waits for a person")]
    assert stand_in.writes == []
    assert fates(carry_out(folder, "cpod", stand_in, approved={"ann"})) == [("ann", "done")]


def test_a_key_is_for_one_tenant_so_plans_of_several_want_a_choice(finish: Finish) -> None:
    folder = planned(finish(ann=[of("cpod", "a"), of("cpod", "b")], bob=[of("cpod", n, tenant="south") for n in "xy"]))
    stand_in = Cpod([cpod_record(name) for name in "abxy"])
    with pytest.raises(UsageError, match="several installs or tenants"):
        carry_out(folder, "cpod", stand_in)
    assert fates(carry_out(folder, "cpod", stand_in, tenant="south")) == [("bob", "done")]
    assert not stand_in.records["b"]["is_deleted"]


def test_refused_credentials_end_the_run_and_no_secret_is_written(ann: Path) -> None:
    class Closed(Cpod):
        def get(self, request: httpx.Request, _body: Any) -> httpx.Response:
            return httpx.Response(401, json={"message": f"bad token {request.headers['authorization']}"})

    said: list[str] = []
    applied = carry_out(ann, "cpod", Closed([]), listener=said.append)
    assert [fate for _, fate in fates(applied)] == ["stopped", "not tried", "not tried"]
    assert "401" in applied.broken
    files = "".join(path.read_text(encoding="utf-8") for path in ann.glob("plans*"))
    assert "secret-41d7" not in files + applied.broken + "".join(said)


def test_a_system_without_an_api_for_it_is_a_persons_work(ann: Path) -> None:
    for system in ("teamwork_desk", "atlassian"):
        with pytest.raises(UsageError, match="a person does it"):
            apply_plans(ann, system, execute=True)


def test_a_base_url_in_the_open_is_refused(ann: Path) -> None:
    with pytest.raises(UsageError, match="only https"):
        carry_out(ann, "cpod", cpod(), base_url="http://crm.example")


@pytest.fixture
def voipbin(finish: Finish) -> Path:
    tel = {"raw": "+442079460018", "label": "Work", "kind": "work", "id": "t1", "primary": True}
    one = of("voipbin", "a", version=None, emails=[{"raw": "ann@x.example", "primary": True, "id": "e1"}])
    two = of("voipbin", "b", version=None, phones=[tel], tags=[{"id": "g1"}], full_name="Ann Lee")
    return planned(finish(ann=[one, two]))


def voipbin_system() -> Voipbin:
    mail = {"id": "e1", "type": "email", "target": "ann@x.example", "is_primary": True}
    tel = {"id": "t1", "type": "tel", "target": "+442079460018", "is_primary": True}
    return Voipbin(
        [voipbin_record("a", mail, display_name=""), voipbin_record("b", tel, tag_ids=["g1"]), voipbin_record("z")]
    )


def test_voipbin_moves_addresses_and_tags_and_then_deletes(voipbin: Path) -> None:
    stand_in = voipbin_system()
    assert fates(carry_out(voipbin, "voipbin", stand_in)) == [("ann", "done")]
    a, b = stand_in.records["a"], stand_in.records["b"]
    assert [(one["id"], one["is_primary"]) for one in a["addresses"]] == [("e1", True), ("t1", False)]
    assert (a["tag_ids"], a["display_name"]) == (["g1"], "Ann Lee")
    assert b["tm_delete"]
    assert [path for _, path, _ in stand_in.writes][-1] == "/v1.0/contacts/b"


def test_an_address_that_somebody_else_has_claimed_stops_before_it_is_taken(voipbin: Path) -> None:
    stand_in = voipbin_system()
    stand_in.after[2] = lambda: stand_in.give("t1", "z")
    (outcome,) = carry_out(voipbin, "voipbin", stand_in).outcomes
    assert outcome.fate == "stopped"
    assert [one["id"] for one in stand_in.records["z"]["addresses"]] == ["t1"]
    assert not stand_in.records["b"]["tm_delete"]
    assert not any(path.endswith("/claim") for _, path, _ in stand_in.writes)


def test_voipbin_has_no_version_so_its_stamp_is_compared_trap_48(voipbin: Path) -> None:
    stand_in = voipbin_system()
    stand_in.touch(stand_in.records["b"])
    (outcome,) = carry_out(voipbin, "voipbin", stand_in).outcomes
    assert outcome.reason.startswith("stale: b was planned at never")
    assert stand_in.writes == []


@pytest.mark.parametrize("n", range(1, 6))
@pytest.mark.parametrize("when", ["before", "after"])
def test_voipbin_resumes_after_a_kill(voipbin: Path, n: int, when: str) -> None:
    def die() -> None:
        raise Killed

    stand_in = voipbin_system()
    getattr(stand_in, when)[n] = die
    with pytest.raises(Killed):
        carry_out(voipbin, "voipbin", stand_in)
    stand_in.before.clear()
    stand_in.after.clear()
    fate = fates(carry_out(voipbin, "voipbin", stand_in))
    assert fate == [("ann", "done")], facts(voipbin)[-1]
    assert sorted(one["id"] for one in stand_in.records["a"]["addresses"]) == ["e1", "t1"]
    assert stand_in.records["a"]["tag_ids"] == ["g1"]


@pytest.fixture
def customeros(finish: Finish) -> Path:
    linkedin = [{"raw": "https://www.linkedin.com/in/ann-example", "network": "linkedin"}]
    one = of("customeros", "a", emails=[{"raw": "ann@x.example", "primary": True, "status": "undeliverable"}])
    two = of("customeros", "b", socials=linkedin, emails=[{"raw": "lee@x.example", "status": "ok"}])
    return planned(finish(ann=[one, two, of("customeros", "c")]))


def customeros_system() -> CustomerOs:
    bad, good = {"email": "ann@x.example", "primary": True}, {"email": "lee@x.example", "primary": True}
    linkedin = [{"url": "https://www.linkedin.com/in/ann-example"}]
    return CustomerOs(
        [
            customeros_record("a", emails=[bad]),
            customeros_record("b", emails=[good], socials=linkedin),
            customeros_record("c"),
        ]
    )


def test_customeros_merges_one_loser_at_a_time_and_keeps_profiles(customeros: Path) -> None:
    stand_in = customeros_system()
    assert fates(carry_out(customeros, "customeros", stand_in)) == [("ann", "done")]
    assert stand_in.records.keys() == {"a"}
    assert stand_in.records["a"]["socials"] == [{"url": "https://www.linkedin.com/in/ann-example"}]
    assert [one["email"] for one in stand_in.records["a"]["emails"] if one["primary"]] == ["lee@x.example"]
    assert not any("HardDelete" in body["query"] for _, _, body in stand_in.writes)


@pytest.mark.parametrize("n", range(1, 5))
def test_a_customeros_merge_that_was_sent_is_not_sent_again(customeros: Path, n: int) -> None:
    def die() -> None:
        raise Killed

    stand_in = customeros_system()
    stand_in.after[n] = die
    with pytest.raises(Killed):
        carry_out(customeros, "customeros", stand_in)
    stand_in.after.clear()
    assert fates(carry_out(customeros, "customeros", stand_in)) == [("ann", "done")]
    assert len(stand_in.writes) == 4


def test_a_merge_that_is_refused_with_status_200_is_looked_at_by_a_person(customeros: Path) -> None:
    stand_in = customeros_system()
    stand_in.before[2] = lambda: stand_in.records.update(gone=stand_in.records.pop("b"))
    (outcome,) = carry_out(customeros, "customeros", stand_in).outcomes
    assert (outcome.fate, outcome.step) == ("stopped", 5)
    assert "the merge was refused and b is gone" in outcome.reason
    assert "c" in stand_in.records


def test_customeros_compares_the_version_before_it_merges_trap_48(customeros: Path) -> None:
    stand_in = customeros_system()
    stand_in.records["b"]["metadata"]["version"] = 9
    (outcome,) = carry_out(customeros, "customeros", stand_in).outcomes
    assert "stale: b was planned at 1 and is at 9" in outcome.reason
    assert stand_in.writes == []
