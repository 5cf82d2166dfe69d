"""Walks through the desk with a real browser: what a steward does, and what the store holds afterwards."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from api.steward import queue
from resolver import beside, review
from resolver.judgement import Verdict
from resolver.store import sittings
from resolver.store.cases import Wanted
from tests.api.steward import browser
from tests.api.steward.conftest import sign_in
from tests.api.steward.test_case import HOSTILE, asking
from tests.resolver.store.doubtful import ONE, OTHER, THIRD
from tests.resolver.store.living import contact, id_of

SAME, DIFFERENT, UNSURE = Verdict
CASE = re.compile(r"/steward/cases/([0-9a-f]{16})")


def on_case(page):
    """The case that a page shows."""
    return CASE.search(page.url)[1]


def to_next(page, key):
    """Presses a key and waits for another page; the case that was decided."""
    was = on_case(page)
    page.keyboard.press(key)
    page.wait_for_url(lambda url: was not in url)
    page.locator("h1[data-focus]:focus").wait_for()
    return was


def told(page):
    """What is said on top of a page, once it is there."""
    page.locator("#said p:not(:empty)").wait_for()
    return page.get_by_role("status").inner_text()


def decided(resolver, called):
    return review.case(resolver, called).item.decided


def test_ten_cases_are_decided_by_keyboard_alone_and_one_is_undone(coming, doubts):
    page = coming()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/steward/cases/*")
    said = {}
    for place in range(10):
        verdict, key = ((DIFFERENT, "d"), (UNSURE, "u"), (SAME, "s"))[place % 3]
        said[to_next(page, key)] = verdict
        assert "Saved:" in told(page)
    assert len(said) == 10
    assert {called: decided(doubts, called).verdict for called in said} == said
    assert all(decided(doubts, called).who == "kim" for called in said)
    *_, last = said
    page.keyboard.press("z")
    page.wait_for_url(lambda url: last in url)
    assert review.case(doubts, last).item.open
    assert "Undone" in told(page)


def test_keys_are_ignored_while_one_types_and_when_they_are_off(coming, doubts):
    page = coming()
    called = asking(doubts, ONE, OTHER)
    page.goto(f"/steward/cases/{called}")
    page.keyboard.press("r")
    page.keyboard.type("sud9z")
    assert page.get_by_label("Reason").input_value() == "sud9z"
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert page.locator("[data-pick='1']").is_checked()
    page.keyboard.press("Control+d")
    page.locator("summary", has_text="kim").click()
    page.get_by_role("button", name="Off").click()
    page.wait_for_url(f"**/{called}")
    page.keyboard.press("s")
    page.wait_for_timeout(200)
    assert decided(doubts, called) is None


def test_three_are_merged_with_a_chosen_value(coming, doubts):
    page = coming()
    page.goto(f"/steward/cases/{asking(doubts, ONE, OTHER)}")
    page.keyboard.press("e")
    page.locator("select[name='value.email']").select_option("lee@zed.net")
    page.locator(f"input[name='also'][value='{id_of(doubts, THIRD)}']").check()
    page.locator("h1").click()
    to_next(page, "s")
    assert id_of(doubts, ONE) == id_of(doubts, OTHER) == id_of(doubts, THIRD)
    (entity,) = doubts.entity(id_of(doubts, ONE))
    assert entity.golden["email"] == "lee@zed.net"
    assert "email" in entity.golden["pinned"]


def test_a_record_is_left_out_and_a_group_is_split(coming, doubts):
    copy = ONE.model_copy(update={"record_id": "99"})
    doubts.upsert(copy)
    page = coming()
    page.goto(f"/steward/cases/{asking(doubts, ONE, OTHER)}")
    page.locator(f"input[name='leave_out'][value='{copy.record_key}']").check()
    page.locator("h1").click()
    to_next(page, "s")
    assert id_of(doubts, ONE) == id_of(doubts, OTHER) != id_of(doubts, copy)
    thin = [item.case_id for item in review.queue(doubts, Wanted(reason="thin"), limit=500).items]
    page.goto(f"/steward/cases/{thin[0]}")
    parts = review.case(doubts, thin[0]).full.parts
    for record in parts[1]:
        page.locator(f"input[name='leave_out'][value='{record}']").check()
    page.locator("h1").click()
    assert to_next(page, "d") == thin[0]
    members = {entity.entity_id: set(entity.records) for entity in doubts.entities()}
    assert set(parts[1]) in members.values()


def test_cases_that_are_alike_are_decided_at_once(coming, doubts, monkeypatch):
    monkeypatch.setattr(beside, "AGREEING", 1)
    monkeypatch.setattr(queue, "FEWEST_ALIKE", 1)
    page = coming()
    pattern = beside.patterns(doubts)[0].pattern
    page.goto("/steward/queue")
    page.get_by_role("link", name="Look at them").first.click()
    page.locator("[data-row]").first.click()
    page.wait_for_url("**/steward/cases/*")
    to_next(page, "d")
    waiting = review.queue(doubts, Wanted(pattern=pattern), limit=500).items
    page.goto("/steward/queue")
    page.get_by_role("link", name="Preview the").first.click()
    page.locator("input[name='exclude']").first.check()
    page.get_by_role("button", name="Different for all").click()
    page.wait_for_url("**/steward/queue")
    assert f"{len(waiting) - 1} case" in told(page)
    assert len(review.queue(doubts, Wanted(pattern=pattern), limit=500).items) == 1
    page.keyboard.press("z")
    page.get_by_role("status").get_by_text("Undone").wait_for()
    assert len(review.queue(doubts, Wanted(pattern=pattern), limit=500).items) == len(waiting)


def test_two_stewards_never_decide_the_same_case(coming, doubts):
    kim, ann = coming("kim"), coming("ann")
    called = asking(doubts, ONE, OTHER)
    kim.goto(f"/steward/cases/{called}")
    kim.locator("[data-until]").wait_for()
    ann.goto(f"/steward/cases/{called}")
    assert "Open at kim" in ann.locator("main").inner_text()
    assert ann.locator("button[name='verdict']").count() == 0
    ann.goto("/steward/queue")
    assert "open at kim" in ann.locator("main").inner_text()
    to_next(kim, "d")
    ann.goto(f"/steward/cases/{called}")
    assert "This case is settled" in ann.locator("main").inner_text()
    assert decided(doubts, called).who == "kim"


def test_a_stale_page_says_what_changed_and_loses_nothing_typed(coming, doubts):
    page = coming()
    called = asking(doubts, ONE, OTHER)
    page.goto(f"/steward/cases/{called}")
    page.get_by_label("Reason").fill("by phone")
    doubts.upsert(ONE.model_copy(update={"family_name": "Leigh"}))
    page.locator("h1").click()
    page.keyboard.press("s")
    page.get_by_role("alert").wait_for()
    assert "Leigh" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Reason").input_value() == "by phone"
    assert decided(doubts, called) is None
    page.locator("h1").click()
    to_next(page, "s")
    assert decided(doubts, called).why == "by phone"


def test_a_session_that_ran_out_keeps_the_decision_until_one_is_back(coming, doubts):
    page = coming()
    called = asking(doubts, ONE, OTHER)
    page.goto(f"/steward/cases/{called}")
    page.get_by_label("Reason").fill("by phone")
    with doubts.database.writing("") as connection:
        connection.execute(sittings.sittings.update().values(until=datetime.now(UTC) - timedelta(seconds=1)))
    page.locator("h1").click()
    page.keyboard.press("s")
    page.get_by_label("Password").wait_for()
    assert decided(doubts, called) is None
    sign_in(page)
    page.get_by_role("button", name="Save it now").click()
    page.wait_for_url(lambda url: "/steward/cases/" in url and called not in url)
    assert (decided(doubts, called).verdict, decided(doubts, called).why) == (SAME, "by phone")


def test_holding_a_case_anew_when_nobody_is_signed_in_any_more_loses_nothing_typed(coming, doubts):
    page = coming()
    page.goto(f"/steward/cases/{asking(doubts, ONE, OTHER)}")
    page.get_by_label("Reason").fill("by phone")
    page.locator("[data-until]").wait_for()
    with doubts.database.writing("") as connection:
        connection.execute(sittings.sittings.update().values(until=datetime.now(UTC) - timedelta(seconds=1)))
    with page.expect_response("**/claim") as refused:
        page.evaluate("htmx.ajax('POST', document.querySelector('#hold form').action, {source: '#hold form'})")
    assert refused.value.status == 401
    page.wait_for_timeout(100)
    assert page.get_by_label("Reason").input_value() == "by phone"
    assert page.get_by_label("Password").count() == 0


def test_without_scripts_cases_are_decided_and_undone(coming, doubts):
    page = coming(java_script_enabled=False)
    page.get_by_role("link", name="Start with the first").click()
    called = on_case(page)
    page.get_by_label("Reason").fill("seen")
    page.get_by_role("button", name="Different").click()
    assert on_case(page) != called
    assert decided(doubts, called).verdict == DIFFERENT
    page.locator("#said button").click()
    assert on_case(page) == called
    assert decided(doubts, called) is None


def test_hostile_values_do_nothing_in_a_browser(coming, doubts):
    bad = contact("<b>'9", HOSTILE, HOSTILE, "ann@x.com", "+1 312 555 0188", name_suffix=HOSTILE)
    doubts.upsert(bad, contact("10", "لين", "محمد", "ann@x.com", source="<i>web"))
    page = coming()
    for item in review.queue(doubts, Wanted(text="script"), limit=500).items[:2]:
        page.goto(f"/steward/cases/{item.case_id}")
        assert page.locator("main script, main img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        page.keyboard.press("n")
        page.keyboard.type("<script>alert(2)</script>")
        page.keyboard.press("Enter")
        page.get_by_text("Noted.").wait_for()
    page.goto("/steward/queue")
    assert page.locator("main script, main img").count() == 0


PAGES = ("queue", "case", "alike", "history", "act")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 320)])
def test_pages_are_accessible_in_both_themes_and_narrow(coming, doubts, theme, width):
    page = coming(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    called = asking(doubts, ONE, OTHER)
    item = review.case(doubts, called).item
    act = doubts.judge(("crm", "3"), ("web", "3"), DIFFERENT, who="kim").act
    paths = {
        "queue": "/steward/queue",
        "case": f"/steward/cases/{called}",
        "alike": f"/steward/alike?pattern={item.pattern}",
        "history": "/steward/history",
        "act": f"/steward/history/{act}",
    }
    assert {*paths} == {*PAGES}
    for name, path in paths.items():
        page.goto(path)
        assert browser.grave(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
