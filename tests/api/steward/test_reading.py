"""The rules page, the dashboard, help, and how the desk looks."""

import re

import pytest

from api.steward.charts import columns
from api.steward.frame import inside, shown, statics


def test_the_rules_are_told_in_words_with_how_far_they_are_to_be_trusted(desk):
    page = desk.get("/steward/rules").text
    for said in ("Joined when", "What is compared", "First name", "same mailbox", "not measured yet", "Only an admin"):
        assert said in page
    for word in ("matchkey", "blocking", "golden", "pairs"):
        assert word not in re.sub(r"<[^>]+>", "", page).lower()


def test_another_line_is_tried_on_the_living_store_and_nothing_is_saved(admin_desk, client):
    server = client.app.state.server
    resolver = server.tenants.resolver("acme")
    before = resolver.entities()
    page = admin_desk.get("/steward/rules/try?match=99.9")
    assert page.status_code == 200
    assert "draft, nothing saved" in page.text
    now, then = (
        int(number.replace(",", ""))
        for number in re.search(
            r'People</th><td class="num">([\d,]+)</td><td class="num">([\d,]+)</td>', page.text
        ).groups()
    )
    assert now == len(before)
    assert then > now
    assert "would be taken apart" in page.text
    assert resolver.entities() == before


@pytest.mark.parametrize("match", ["0", "100", "x", ""])
def test_a_line_that_is_none_is_refused_on_a_page(admin_desk, match):
    refused = admin_desk.get(f"/steward/rules/try?match={match}")
    assert refused.status_code == 422
    assert "match: input should be" in refused.text


def test_a_steward_tries_no_line(desk):
    assert desk.get("/steward/rules/try?match=90").status_code == 403


def test_the_dashboard_tells_what_there_is_and_what_was_decided(doubts, desk):
    from resolver import review
    from resolver.judgement import Verdict
    from resolver.paths.deciding import Decision
    from resolver.store.cases import Wanted

    case = review.queue(doubts, Wanted()).items[0]
    review.decide(doubts, case.case_id, Decision(Verdict.SAME), "kim")
    page = desk.get("/steward/dashboard").text
    for said in ("Duplicates by source", "How long cases wait", "Decisions a day", "Engine and people", "Drift", "kim"):
        assert said in page
    assert page.count("<svg") == page.count("</svg>")
    assert f"{len(doubts.entities()):,}" in page


def test_columns_are_as_high_as_their_figures():
    found = columns([("a", 4), ("b", 2), ("c", 0)])
    assert found.most == 4
    high, half, none = (one.height for one in found.columns)
    assert (round(half / high, 2), none) == (0.5, 0.0)
    assert columns([]).columns == ()
    assert columns([("a", 0)]).columns[0].height == 0.0


@pytest.mark.parametrize(
    ("theme", "said"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"'), ("auto", "")]
)
def test_the_theme_is_what_somebody_chose(desk, theme, said):
    page = desk.post("/steward/looks", theme=theme, next="/steward/help").text
    assert ("data-theme" in page) == bool(said)
    assert said in page


def test_keys_are_switched_off_and_on(desk):
    assert 'class="keys-off"' in desk.post("/steward/looks", keys="off", next="/steward/help").text
    assert 'class="keys-off"' not in desk.post("/steward/looks", keys="on", next="/steward/help").text


def test_files_are_kept_for_good_by_their_content_and_others_are_not_there(client):
    page = client.get("/steward/sign-in").text
    for address in re.findall(r'(?:href|src)="(/steward/static/[^"]+)"', page):
        answer = client.get(address)
        assert "immutable" in answer.headers["Cache-Control"]
        again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    assert client.get("/steward/static/desk.css").headers["Cache-Control"] == "no-cache"
    for name in ("nothing.css", "..%2Fframe.py"):
        assert client.get(f"/steward/static/{name}").status_code == 404
    assert {"desk.css", "desk.js", "htmx.min.js", "htmx.LICENSE.txt"} <= set(statics())


def test_no_page_holds_a_script_or_a_style_of_its_own(desk):
    for path in ("/steward/people", "/steward/rules", "/steward/dashboard", "/steward/help", "/steward/sign-in"):
        page = desk.get(path).text
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|hx-on", page), path
        assert "http://" not in page.replace("http://127.0.0.1", "").replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    "path", ["//x/steward/", "/steward", "/v1", "javascript:alert(1)", "/steward/a\\b", "/steward/\n"]
)
def test_a_way_back_leads_nowhere_else(path):
    assert inside(path) == "/steward/queue"


def test_what_turns_a_text_around_is_made_visible():
    assert shown("a\u202eb\x00c") == "a\ufffdb\ufffdc"
    assert shown("محمد") == "محمد"
