"""What breaks a pull, what is tried again, and how a broken pull goes on."""

import errno
import json
import os
from typing import Any

import httpx
import pytest

from resolver.errors import UsageError
from resolver.pull.pull import SYSTEMS, PullSetting, pull
from tests.resolver.pull.conftest import Run
from tests.resolver.pull.stand_in import Customeros, Fault, StandIn, customeros_row, serving, stand_in

CUT = httpx.RemoteProtocolError("peer closed connection")
DOWN: dict[int, Fault] = {number: httpx.Response(503) for number in range(3, 9)}


def without_start(document: Any) -> Any:
    return {**document, "pull": {name: value for name, value in document["pull"].items() if name != "started"}}


@pytest.mark.parametrize("kind", sorted(SYSTEMS))
def test_a_pull_that_was_cut_and_went_on_gives_the_same_document_as_an_unbroken_one(run: Run, kind: str) -> None:
    run(stand_in(kind, 7))
    unbroken = without_start(run.document)
    pulled = run(stand_in(kind, 7, dict.fromkeys(range(3, 9), CUT)))
    assert not pulled.complete
    assert "the connection failed" in pulled.reason
    assert run.part.exists()

    system = stand_in(kind, 7)
    pulled = run(system)
    assert pulled.complete
    assert pulled.resumed
    assert len(system.asked) == len(unbroken["pages"]) - 2, "what came before was not asked for again"
    assert without_start(run.document) == unbroken
    assert not run.part.exists()


def test_a_broken_pull_keeps_what_it_has_and_says_so(run: Run) -> None:
    pulled = run(stand_in("cpod", 7, DOWN))
    facts = run.document["pull"]
    assert (facts["complete"], facts["records"], facts["pages"]) == (False, 4, 2)
    assert facts["reason"] == pulled.reason == "cPod: HTTP 503, 6 times"


def test_a_page_cut_in_its_middle_is_read_again(run: Run) -> None:
    system = stand_in("cpod", 5, {2: CUT})
    with serving(system) as base:
        system.base = base
        pulled = _over_the_wire(run, system)
    assert pulled.complete
    assert pulled.records == 5
    assert len(run.waits) <= 1


def _over_the_wire(run: Run, system: StandIn) -> Any:
    asked = PullSetting(base_url=system.base, page_size=2, rate=1000.0)
    return pull(system.kind, run.out, asked, sleep=run.slept.append, listener=run.said.append)


@pytest.mark.parametrize("lost", [1, 2, 9])
def test_a_line_that_was_not_written_to_its_end_is_read_again(run: Run, lost: int) -> None:
    run(stand_in("cpod", 7, DOWN))
    run.part.write_bytes(run.part.read_bytes()[:-lost])
    system = stand_in("cpod", 7)
    assert run(system).complete
    assert system.asked_for("cursor") == ["at:2", "at:4", "at:6"]


def test_a_pull_that_was_stopped_goes_on(run: Run) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(stand_in("cpod", 7, {3: stop}))
    assert not run.out.exists()
    pulled = run(stand_in("cpod", 7))
    assert (pulled.complete, pulled.resumed, pulled.records) == (True, True, 7)


def test_a_pull_that_lacked_only_its_result_asks_nothing_more(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.out.write_text("from before")
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", _disk_full)
        with pytest.raises(UsageError, match="No space left"):
            run(stand_in("cpod", 3))
    assert run.out.read_text() == "from before"
    assert sorted(path.name for path in run.out.parent.iterdir()) == ["contacts.json", "contacts.json.part"]
    system = stand_in("cpod", 3)
    assert run(system).complete
    assert system.asked == []


def _disk_full(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("damage", [b"", b"\n", b"[]\n", b"\xff\xfe\x00", b"{}\n{}\n"])
def test_a_damaged_part_begins_anew(run: Run, damage: bytes) -> None:
    run.part.write_bytes(damage)
    pulled = run(stand_in("cpod", 3))
    assert pulled.complete
    assert not pulled.resumed


def test_another_question_begins_anew(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ({"page_size": 3}, {"base_url": "https://other.example"}):
        run(stand_in("cpod", 7, DOWN))
        assert not run(stand_in("cpod", 7), **other).resumed
    run(stand_in("cpod", 7, DOWN))
    monkeypatch.setenv("RESOLVER_CPOD_TOKEN", "desk-key-91ab02")
    assert not run(stand_in("cpod", 7)).resumed, "another key may be another tenant"


def test_a_place_that_the_system_forgot_begins_anew(run: Run) -> None:
    run(stand_in("cpod", 7, DOWN))
    system = stand_in("cpod", 7, {1: httpx.Response(400, json={"message": "invalid cursor"})})
    pulled = run(system)
    assert pulled.complete
    assert not pulled.resumed
    assert pulled.records == 7


def test_graphql_errors_beside_data_keep_the_data_and_mark_it_incomplete(run: Run) -> None:
    system = Customeros([customeros_row(number) for number in range(1, 6)])
    contacts = {"content": system.rows[2:4], "totalPages": 3, "totalElements": 5}
    partial = {"data": {"contacts": contacts}, "errors": [{"message": "emails timed out"}]}
    system.faults = {2: httpx.Response(200, json=partial)}
    pulled = run(system)
    assert not pulled.complete
    assert pulled.reason == "CustomerOS: errors came beside the data: emails timed out"
    assert pulled.records == 5

    system.faults, system.asked = {}, []
    assert run(system).complete
    assert [system.body(request)["variables"]["p"]["page"] for request in system.asked] == [2, 3]


def test_graphql_errors_without_data_break_the_pull(run: Run) -> None:
    answer = {"data": None, "errors": [{"message": "tenant\nis locked"}]}
    pulled = run(stand_in("customeros", 5, {2: httpx.Response(200, json=answer)}))
    assert pulled.reason == "CustomerOS: errors came in place of contacts: tenant is locked"
    assert pulled.records == 2
    assert run.part.exists()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("voipbin", "The token is not valid."),
        ("teamwork_desk", "Not authorised"),
        ("customeros", "Invalid api key"),
        ("cpod", "token expired"),
    ],
)
def test_refused_credentials_are_not_tried_again_and_are_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, kind: str, words: str
) -> None:
    variable = SYSTEMS[kind].variables.split()[0].rstrip(",")
    monkeypatch.setenv(variable, "wrong-key-000000")
    system = stand_in(kind, 3)
    pulled = run(system)
    assert len(system.asked) == 1
    assert words in pulled.reason
    assert variable in pulled.reason
    assert (pulled.complete, pulled.records) == (False, 0)
    assert run.document["pages"] == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(200, text="<html>Sign in</html>"), "not JSON"),
        (httpx.Response(200, json={"hello": 1}), "unknown shape"),
        (httpx.Response(200, json=[]), "unknown shape"),
        (httpx.Response(302, headers={"location": "https://evil.example"}), "sends elsewhere"),
        (httpx.Response(418, text="<html>teapot</html>"), "HTTP 418"),
    ],
)
@pytest.mark.parametrize("kind", sorted(SYSTEMS))
def test_an_answer_that_makes_no_sense_breaks_the_pull(run: Run, kind: str, answer: httpx.Response, words: str) -> None:
    system = stand_in(kind, 3, {1: answer})
    pulled = run(system)
    assert len(system.asked) == 1
    assert words in pulled.reason
    assert "html" not in pulled.reason


@pytest.mark.parametrize("value", ["half \ud83d a pair", "Zoë 李", 12345678901234567890, 0.1, None])
def test_whatever_a_record_holds_arrives(run: Run, value: Any) -> None:
    system = stand_in("cpod", 1)
    body = json.dumps({"items": [{"id": "con_1", "x": value}], "nextCursor": None, "total": 1})
    system.faults = {1: httpx.Response(200, content=body)}
    assert run(system).complete
    assert run.document["pages"][0]["items"][0]["x"] == value


def test_rows_without_an_id_are_kept_for_the_adapter_to_refuse(run: Run) -> None:
    system = stand_in("cpod", 1)
    document = {"items": [{"email": "a@x.example"}, 7, None], "nextCursor": None, "total": 3}
    system.faults = {1: httpx.Response(200, json=document)}
    assert run(system).complete
    assert run.document["pages"] == [document]
