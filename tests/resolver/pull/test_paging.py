"""Each system's pages: how they follow, when they end, and what is noticed when they do not hold still."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from resolver.pull.pull import SYSTEMS
from tests.resolver.pull.conftest import Run
from tests.resolver.pull.stand_in import (
    Cpod,
    Customeros,
    Desk,
    StandIn,
    Voipbin,
    cpod_row,
    customeros_row,
    desk_row,
    stand_in,
    voipbin_row,
)

MAY = datetime(2026, 5, 3, tzinfo=UTC)


def ids(run: Run) -> list[str]:
    """The ids in the file, as often as they stand there."""
    rows: Callable[[Any], list[Any]] = SYSTEMS[run.document["pull"]["kind"]].rows
    return sorted(str(row["id"]) for page in run.document["pages"] for row in rows(page))


@pytest.mark.parametrize("kind", sorted(SYSTEMS))
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_every_contact_stands_in_the_file_once(run: Run, kind: str, count: int) -> None:
    system = stand_in(kind, count)
    pulled = run(system)
    assert pulled.complete
    assert pulled.reason == ""
    assert ids(run) == sorted(str(row["id"]) for row in system.rows)
    assert pulled.records == count
    assert not run.part.exists()


def test_the_document_says_what_was_pulled(run: Run) -> None:
    pulled = run(stand_in("cpod", 3), site="northwind")
    facts = run.document["pull"]
    assert datetime.fromisoformat(facts.pop("started")).tzinfo
    assert facts == {
        "kind": "cpod",
        "instance": "northwind",
        "since": None,
        "full": True,
        "complete": True,
        "reason": "",
        "pages": 2,
        "records": 3,
    }
    assert pulled.pages == len(run.document["pages"]) == 2


def test_answers_stay_as_they_came(run: Run) -> None:
    system = stand_in("cpod", 1)
    run(system)
    assert run.document["pages"] == [{"items": system.rows, "nextCursor": None, "total": 1}]


def test_voipbin_ends_at_an_empty_page_and_not_at_a_token(run: Run) -> None:
    run(stand_in("voipbin", 3))
    *pages, last = run.document["pages"]
    assert all(page["next_page_token"] for page in pages)
    assert last["result"] == []


def test_voipbin_contacts_of_one_microsecond_are_not_skipped_between_pages(run: Run) -> None:
    moment = "2026-01-10T08:00:00.500000Z"
    newer = [voipbin_row(700_000), voipbin_row(600_000)]
    rows = [*newer, *(voipbin_row(number, moment) for number in (1, 2, 3)), voipbin_row(4)]
    system = Voipbin(rows)
    pulled = run(system, page_size=4)
    assert system.asked_for("page_token")[1] == "2026-01-10T08:00:00.500001Z"
    assert pulled.complete
    assert pulled.records == 6


def test_voipbin_more_contacts_of_one_microsecond_than_a_page_holds_is_not_complete(run: Run) -> None:
    moment = "2026-01-10 08:00:00.500000"
    rows = [*(voipbin_row(number, moment) for number in range(1, 6)), voipbin_row(9, "2026-01-09 08:00:00.000000")]
    pulled = run(Voipbin(rows), page_size=3)
    assert not pulled.complete
    assert "no more than a page of one moment" in pulled.reason
    assert "vb-9" in ids(run)


def test_voipbin_a_token_that_does_not_move_is_not_followed_for_ever(run: Run) -> None:
    class Stuck(Voipbin):
        def answer(self, request: httpx.Request) -> httpx.Response:
            return super().answer(
                httpx.Request("GET", request.url.copy_remove_param("page_token"), headers=request.headers)
            )

    pulled = run(Stuck([voipbin_row(number) for number in (1, 2, 3)]))
    assert not pulled.complete
    assert "did not move" in pulled.reason


@pytest.mark.parametrize(
    ("token", "words"),
    [("", "no page token"), (None, "no page token"), ("opaque-7", "not a time")],
)
def test_voipbin_a_token_of_another_kind_proves_nothing(run: Run, token: Any, words: str) -> None:
    document = {"result": [voipbin_row(1), voipbin_row(2)], "next_page_token": token}
    end = {"result": [], "next_page_token": ""}
    pulled = run(Voipbin([], {1: httpx.Response(200, json=document), 2: httpx.Response(200, json=end)}))
    assert (pulled.complete, pulled.records) == (False, 2)
    assert words in pulled.reason


@pytest.mark.parametrize("token", ["2026-01-10T08:00:00.999999Z", "2026-01-10 08:00:00", "2026-01-10T08:00:00.5+02:00"])
def test_voipbin_the_overlap_is_written_like_the_token(run: Run, token: str) -> None:
    first = {"result": [voipbin_row(1)], "next_page_token": token}
    end = httpx.Response(200, json={"result": []})
    system = Voipbin([], {1: httpx.Response(200, json=first), 2: end})
    assert run(system).complete
    asked = str(system.asked_for("page_token")[1])
    assert asked[10] == token[10]
    gap = datetime.fromisoformat(asked) - datetime.fromisoformat(token)
    assert gap.total_seconds() == pytest.approx(1e-6)


def test_voipbin_and_cpod_cannot_list_changes_so_everything_is_pulled(run: Run) -> None:
    for kind in ("voipbin", "cpod"):
        pulled = run(stand_in(kind, 5), since=MAY)
        assert pulled.records == 5
        assert run.document["pull"]["full"] is True
        assert run.document["pull"]["since"] is None
    assert any("everything is pulled" in line for line in run.said)


@pytest.mark.parametrize("kind", ["teamwork_desk", "customeros"])
def test_changes_only_are_asked_for_where_the_system_can_list_them(run: Run, kind: str) -> None:
    pulled = run(stand_in(kind, 5), since=MAY)
    assert ids(run) == sorted(str(row["id"]) for row in stand_in(kind, 5).rows[2:])
    assert pulled.complete
    assert run.document["pull"]["full"] is False
    assert run.document["pull"]["since"] == "2026-05-03T00:00:00Z"


def test_desk_is_asked_for_addresses_and_companies_in_the_order_of_change(run: Run) -> None:
    system = stand_in("teamwork_desk", 3)
    run(system)
    assert system.asked_for("page") == ["1", "2"]
    assert set(system.asked_for("includes")) == {"contacts,companies"}
    assert set(system.asked_for("orderBy")) == {"updatedAt"}
    assert len(run.document["pages"][0]["included"]["contacts"]) == 2


def moving(system: StandIn, number: int) -> Callable[[], None]:
    """A change of one row while the list is read: in the order of change it moves to the end."""

    def change() -> None:
        system.rows[number]["updatedAt"] = "2026-05-30T10:00:00Z"

    return change


def test_desk_a_contact_that_slipped_through_a_moving_page_is_found_by_reading_again(run: Run) -> None:
    system = stand_in("teamwork_desk", 5)
    system.faults = {2: moving(system, 0)}
    pulled = run(system)
    assert pulled.complete
    assert ids(run) == ["1", "2", "3", "4", "5"]
    assert system.asked_for("page") == ["1", "2", "3", "1", "2", "3"]
    assert pulled.pages == 3


def test_desk_a_list_that_never_holds_still_is_not_complete_but_keeps_what_was_seen(run: Run) -> None:
    system = stand_in("teamwork_desk", 5)

    def grow() -> None:
        number = len(system.rows) + 1
        system.rows.append(desk_row(number))

    system.faults = dict.fromkeys(range(2, 40), grow)
    pulled = run(system)
    assert not pulled.complete
    assert "read 3 times" in pulled.reason
    assert len(ids(run)) == len(set(ids(run))) == pulled.records
    assert not run.part.exists(), "another pull must begin anew, this one will not get better"


def test_desk_a_contact_seen_twice_stands_where_it_was_seen_last(run: Run) -> None:
    system = Desk([desk_row(number) for number in (1, 2, 3)])

    def edit_and_grow() -> None:
        system.rows[0]["updatedAt"] = "2026-05-30T10:00:00Z"
        system.rows[0]["state"] = "deleted"

    system.faults = {2: edit_and_grow, 3: httpx.Response(403, json={"errors": [{"message": "no"}]})}
    run(system)
    found = [row for page in run.document["pages"] for row in page["customers"] if row["id"] == 1]
    assert [row["state"] for row in found] == ["deleted"]


def test_a_count_that_never_fits_is_not_complete_and_not_asked_for_ever(run: Run) -> None:
    class Miscounting(Cpod):
        def answer(self, request: httpx.Request) -> httpx.Response:
            document = super().answer(request).json()
            return httpx.Response(200, json=document | {"total": 7})

    system = Miscounting([cpod_row(number) for number in (1, 2, 3)])
    pulled = run(system)
    assert not pulled.complete
    assert "count 7 records, 3 came" in pulled.reason
    assert len(system.asked) == 4, "two readings that agree are enough"


def test_customeros_pages_are_counted_from_one(run: Run) -> None:
    system = Customeros([customeros_row(number) for number in range(1, 6)])
    pulled = run(system)
    asked = [system.body(request)["variables"]["p"] for request in system.asked]
    assert asked == [{"page": page, "limit": 2} for page in (1, 2, 3)]
    assert pulled.complete


def test_customeros_a_hidden_contact_that_shifts_a_page_is_caught_by_the_count(run: Run) -> None:
    system = Customeros([customeros_row(number) for number in range(1, 6)])
    system.faults = {2: lambda: system.rows[0].update(hide=True)}
    pulled = run(system)
    assert pulled.complete
    assert ids(run) == ["cos-2", "cos-3", "cos-4", "cos-5"]


def test_customeros_is_asked_again_without_a_field_that_newer_servers_lack(run: Run) -> None:
    system = Customeros([customeros_row(1)])
    system.without_source_of_truth = True
    assert run(system).complete
    assert "sourceOfTruth" not in system.body(system.asked[-1])["query"]


def test_cpod_lists_deleted_contacts_too(run: Run) -> None:
    system = Cpod([cpod_row(1), cpod_row(2, deleted=True)])
    assert run(system).records == 2
    assert set(system.asked_for("includeDeleted")) == {"true"}


def test_cpod_a_cursor_that_leads_in_a_circle_ends(run: Run) -> None:
    class Circling(Cpod):
        def answer(self, request: httpx.Request) -> httpx.Response:
            document = super().answer(request).json()
            return httpx.Response(200, json=document | {"nextCursor": document["nextCursor"] or "at:0", "total": 9})

    assert not run(Circling([cpod_row(number) for number in (1, 2, 3)])).complete
