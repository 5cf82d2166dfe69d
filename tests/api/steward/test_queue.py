"""The queue: what waits, narrowed down, claimed, and grouped by what it shows."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from api.steward.asking import Asked
from resolver import review
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.store.cases import Sort, Wanted
from tests.api.conftest import audit_of
from tests.api.steward.conftest import Desk


def called(answer):
    """The cases that a page lists, in their order."""
    return re.findall(r'href="/steward/cases/([0-9a-f]{16})[^"]*" data-row', answer.text)


def listed(resolver, sort=Sort.WORTH, **wanted):
    return [item.case_id for item in review.queue(resolver, Wanted(**wanted), sort).items]


def test_the_queue_lists_the_cases_in_the_order_of_their_worth(desk, doubts):
    answer = desk.get("/steward/queue")
    assert called(answer) == listed(doubts)
    assert "Ann Lee" in answer.text
    assert "in 100" in answer.text


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("reason=unsure", {"reason": "unsure"}),
        ("source=web&q=", {"source": "web"}),
        ("field=phone", {"field": "phone"}),
        ("q=annie", {"text": "annie"}),
        ("q=nobody+at+all", {"text": "nobody at all"}),
        ("sort=age", {"sort": Sort.AGE}),
        ("reason=&source=&field=&assignee=&age=", {}),
    ],
)
def test_the_queue_is_narrowed_down_as_its_address_says(desk, doubts, query, wanted):
    answer = desk.get(f"/steward/queue?{query}")
    assert answer.status_code == 200
    assert called(answer) == listed(doubts, **wanted)


@pytest.mark.parametrize("query", ["view=yours", "sort=luck", "age=soon", "age=-1", f"q={'x' * 1001}", "q=%00"])
@pytest.mark.usefixtures("doubts")
def test_an_address_that_asks_for_nonsense_is_answered_with_words(desk, query):
    answer = desk.get(f"/steward/queue?{query}")
    assert answer.status_code in (400, 422)
    assert "<h1>" in answer.text


@pytest.mark.usefixtures("doubts")
def test_what_has_not_waited_so_long_is_not_shown(desk):
    assert called(desk.get("/steward/queue?age=1")) == []
    assert "No case is like that" in desk.get("/steward/queue?age=1").text


def test_views_tell_whose_cases_they_are_and_how_many(desk, doubts):
    first, second, *_ = listed(doubts)
    review.assign(doubts, first, "kim")
    review.snooze(doubts, second, datetime.now(UTC) + timedelta(days=2), "kim")
    assert called(desk.get("/steward/queue?view=mine")) == [first]
    assert called(desk.get("/steward/queue?view=snoozed")) == [second]
    free = called(desk.get("/steward/queue?view=nobody"))
    assert first not in free
    assert second not in free
    answer = desk.get("/steward/queue")
    words = re.sub(r"<[^>]+>", " ", answer.text)
    assert re.search(r"Mine 1\b", words)
    assert re.search(r"Snoozed 1\b", words)
    assert f"Unassigned {len(free)}" in words


def test_a_case_that_another_works_on_is_marked_with_their_name(desk, doubts):
    first = listed(doubts)[0]
    review.claim(doubts, first, "ann")
    assert "open at <bdi>ann</bdi>" in desk.get("/steward/queue").text


def test_a_case_that_is_overdue_is_marked_late(desk, doubts):
    review.assign(doubts, listed(doubts)[0], "kim", datetime.now(UTC) - timedelta(days=1))
    assert ">late<" in desk.get("/steward/queue").text


def test_pages_follow_one_another_and_keep_what_was_asked(desk, doubts, monkeypatch):
    monkeypatch.setattr("api.steward.queue.ON_A_PAGE", 2)
    found, path = [], "/steward/queue?sort=age"
    while path:
        answer = desk.get(path)
        found += called(answer)
        following = re.search(r'href="([^"]+)" rel="next"', answer.text)
        path = following[1].replace("&amp;", "&") if following else None
    assert found == listed(doubts, Sort.AGE)


def test_a_queue_with_nothing_in_it_says_that_all_is_done(desk, doubts):
    for item in review.queue(doubts, Wanted(), limit=500).items:
        review.decide(doubts, item.case_id, Decision(Verdict.UNSURE), "kim")
    answer = desk.get("/steward/queue")
    assert called(answer) == []
    assert "All done" in answer.text


def test_cases_that_are_alike_are_grouped_with_what_was_said_of_them(desk, doubts, monkeypatch):
    monkeypatch.setattr("api.steward.queue.FEWEST_ALIKE", 1)
    answer = desk.get("/steward/queue")
    assert "Cases that are alike" in answer.text
    assert "Look at them" in answer.text
    pattern = review.queue(doubts, Wanted()).items[0].pattern
    alike = desk.get("/steward/queue", params={"pattern": pattern})
    assert called(alike) == listed(doubts, pattern=pattern)


def test_whoever_may_only_look_sees_the_queue(client, doubts, user_of):
    user_of("lou", "read")
    answer = Desk(client).sign_in("lou").get("/steward/queue")
    assert called(answer) == listed(doubts)
    assert "/steward/alike" not in answer.text


@pytest.mark.usefixtures("doubts")
def test_looking_at_the_queue_is_written_down(desk):
    desk.get("/steward/queue")
    assert any(action == "desk.queue" and targets for _, _, action, targets in audit_of(desk.client))


def test_an_address_says_what_is_asked_and_nothing_else():
    asked = Asked(view="mine", reason="unsure", age=7, sort=Sort.AGE)
    assert asked.query() == "?view=mine&reason=unsure&age=7&sort=age"
    assert Asked().query() == ""
    assert Asked(q="a&b").query(cursor="x") == "?q=a%26b&cursor=x"
