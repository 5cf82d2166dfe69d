"""What people did, and undoing any of it; and cases that are decided at once."""

import re

import pytest

from resolver import beside, review
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.store.cases import Wanted
from tests.api.steward.conftest import Desk
from tests.resolver.store.living import dump

SAME, DIFFERENT, UNSURE = Verdict


def cases(resolver, **wanted):
    return [item.case_id for item in review.queue(resolver, Wanted(**wanted), limit=500).items]


def decided(resolver, number, verdict=UNSURE, who="kim"):
    """Decides the first case some times, and returns the acts."""
    return [
        review.decide(resolver, cases(resolver)[0], Decision(verdict, "why it is"), who).said.act for _ in range(number)
    ]


def test_the_history_tells_what_was_done_the_last_first(desk, doubts):
    acts = decided(doubts, 2)
    page = desk.get("/steward/history").text
    told = [int(number) for number in re.findall(r'<a href="/steward/history/(\d+)">', page)]
    assert told[: len(acts)] == acts[::-1]
    assert "why it is" in page
    assert "Can&#39;t tell: 2 records" in page


def test_pages_of_the_history_follow_one_another(desk, doubts, monkeypatch):
    monkeypatch.setattr("api.steward.history.ON_A_PAGE", 2)
    acts = decided(doubts, 3)
    found, path = [], "/steward/history"
    while path:
        page = desk.get(path).text
        found += [int(number) for number in re.findall(r'<a href="/steward/history/(\d+)">', page)]
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = following and following[1]
    assert found == acts[::-1]


def test_anything_is_undone_at_any_depth(desk, doubts):
    before = dump(doubts)
    act, *_ = decided(doubts, 3, SAME)
    preview = desk.get(f"/steward/history/{act}").text
    assert "If it is undone" in preview
    assert "Undo it" in preview
    assert "Undone" in desk.post(f"/steward/history/{act}/undo", why="the wrong Ann", next="/steward/queue").text
    assert not doubts.deed(act)[0].act.in_force
    for _ in range(2):
        desk.post("/steward/undo", next="/steward/queue")
    assert dump(doubts) == before


def test_undoing_a_decision_leads_to_its_case(desk, doubts):
    first = cases(doubts)[0]
    (act,) = decided(doubts, 1, SAME)
    answer = desk.post(f"/steward/history/{act}/undo", follow=False)
    assert answer.headers["Location"] == f"/steward/cases/{first}"
    assert review.case(doubts, first).item.open


def test_undoing_one_after_another_goes_deeper_and_then_says_that_nothing_is_left(desk, doubts):
    first, second = decided(doubts, 2)
    decided(doubts, 1, who="ann")
    for act in (second, first):
        assert doubts.deed(act)[0].act.in_force
        desk.post("/steward/undo", next="/steward/queue")
        assert not doubts.deed(act)[0].act.in_force
    assert "nothing of yours to undo" in desk.post("/steward/undo", next="/steward/queue").text


def test_an_act_that_was_undone_says_so(desk, doubts):
    (act,) = decided(doubts, 1)
    desk.post(f"/steward/history/{act}/undo")
    assert "undone already" in desk.get(f"/steward/history/{act}").text
    assert desk.post(f"/steward/history/{act}/undo").status_code == 409


@pytest.mark.parametrize("act", ["0", "999999", "9" * 30, "-1", "x"])
@pytest.mark.usefixtures("doubts")
def test_an_act_that_never_was_is_answered_with_words(desk, act):
    answer = desk.get(f"/steward/history/{act}")
    assert answer.status_code in (404, 422)
    assert "<h1>" in answer.text


def test_whoever_may_only_look_undoes_nothing(client, doubts, user_of):
    (act,) = decided(doubts, 1)
    user_of("lou", "read")
    desk = Desk(client).sign_in("lou")
    assert desk.get(f"/steward/history/{act}").status_code == 200
    for path in (f"/steward/history/{act}/undo", "/steward/undo"):
        assert desk.post(path).status_code == 403
    assert doubts.deed(act)[0].act.in_force


# --- cases that are alike --------------------------------------------------------------------------------------------


@pytest.fixture
def alike(doubts, monkeypatch):
    """The pattern that most cases show, of which one was decided as different, and that is enough."""
    monkeypatch.setattr(beside, "AGREEING", 1)
    pattern = beside.patterns(doubts)[0].pattern
    assert len(cases(doubts, pattern=pattern)) > 2
    review.decide(doubts, cases(doubts, pattern=pattern)[0], Decision(DIFFERENT), "kim")
    return pattern


def shown(answer):
    """What a page of alike cases brings along with its form."""
    return re.search(r'name="free" value="(\d+)"', answer.text)[1]


def test_many_are_decided_at_once_with_one_undo(desk, doubts, alike):
    before, waiting = dump(doubts), cases(doubts, pattern=alike)
    page = desk.get("/steward/alike", params={"pattern": alike})
    assert f"{len(waiting)} case" in page.text
    assert "Different for all" in page.text
    answer = desk.client.post(
        "/steward/alike",
        params={"pattern": alike},
        data={"csrf": desk.csrf, "verdict": "different", "free": shown(page), "exclude": waiting[-1]},
    )
    assert f"Different for {len(waiting) - 1} case" in answer.text
    assert cases(doubts, pattern=alike) == waiting[-1:]
    desk.post("/steward/undo", next="/steward/queue")
    assert cases(doubts, pattern=alike) == waiting
    assert dump(doubts) == before


def test_a_look_counts_again_and_decides_nothing(desk, doubts, alike):
    waiting = cases(doubts, pattern=alike)
    data = {"csrf": desk.csrf, "look": "1", "exclude": waiting[0]}
    page = desk.client.post("/steward/alike", params={"pattern": alike}, data=data).text
    assert f"{len(waiting) - 1} case" in page
    assert f'value="{waiting[0]}"' in page
    assert cases(doubts, pattern=alike) == waiting


@pytest.mark.parametrize(
    ("fields", "status"), [({"free": "1"}, 409), ({"verdict": "same"}, 422), ({"verdict": ""}, 422)]
)
def test_what_was_not_previewed_or_agreed_is_not_done(desk, doubts, alike, fields, status):
    waiting = cases(doubts, pattern=alike)
    free = shown(desk.get("/steward/alike", params={"pattern": alike}))
    data = {"csrf": desk.csrf, "verdict": "different", "free": free, **fields}
    answer = desk.client.post("/steward/alike", params={"pattern": alike}, data=data)
    assert answer.status_code == status
    assert "Nothing was saved" in answer.text
    assert cases(doubts, pattern=alike) == waiting


def test_until_enough_were_decided_alike_they_are_decided_one_by_one(desk, doubts):
    pattern = beside.patterns(doubts)[0].pattern
    page = desk.get("/steward/alike", params={"pattern": pattern}).text
    assert f"Decide {beside.AGREEING} of them one by one first (0 so far)" in page
    assert "for all" not in page


@pytest.mark.usefixtures("doubts")
def test_a_page_of_no_pattern_says_so(desk):
    assert desk.get("/steward/alike").status_code == 422
