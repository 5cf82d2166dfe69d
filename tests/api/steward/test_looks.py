"""The pages about people, rules and figures in a real browser: what axe says of them, narrow screens, and walks."""

import re

import pytest

from resolver.paths.online import Resolver
from resolver.paths.ruling import in_force
from resolver.store.database import Database
from tests.api.steward import browser
from tests.resolver.store.living import ANN, BOB, contact
from tests.resolver.test_learning import couples_decided

LONG = "Wolfeschlegelsteinhausenbergerdorff " * 4
PAGES = (
    "", "/how", "/history", "/plans", "/pin?field=email", "/merge", "/forget", "people", "people?q=lee", "people?q=zzq",
    "people?q=leee+annn", "rules", "rules/try?match=99", "dashboard", "help", "history", "nothing",
)  # fmt: skip


@pytest.fixture
def store(db):
    """The store behind the desk."""
    resolver = Resolver(Database(str(db)), "acme")
    yield resolver
    resolver.database.close()


@pytest.fixture
def ids(store):
    """Ann, who is there sixty times, and Bob; with long names, right-to-left ones, and fields that are missing."""
    more = [contact(f"a{number}", "Ann", "Lee", "ann.lee@x.com", "+1 312 555 0188") for number in range(59)]
    odd = [contact("r1", "محمد", "علي", "m@x.com"), contact("l1", LONG, LONG, "w@x.com")]
    store.upsert(ANN, BOB, *more, *odd)
    return [next(one.entity_id for one in store.entities() if of in one.records) for of in ("crm:1", "crm:3")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_and_none_is_wider_than_a_phone(coming, ids, scheme):
    page = coming("ada", "admin", color_scheme=scheme)
    for path in PAGES:
        page.goto(f"/steward/{path}" if path and not path.startswith("/") else f"/steward/people/{ids[0]}{path}")
        page.set_viewport_size({"width": 1280, "height": 900})
        assert browser.grave(page) == [], path
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_a_person_is_found_pinned_split_and_put_together_again_in_a_browser(coming, ids, store):
    page = coming()
    page.get_by_label("Find a person by name").fill("bob")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Bob")).first.click()
    page.get_by_role("link", name="Pin the name").click()
    page.get_by_label("Or another value").fill("Bob Fox-Lee")
    page.get_by_role("button", name="Pin it").click()
    page.get_by_text("is pinned").wait_for()
    assert store.view(ids[1]).golden["full_name"] == "Bob Fox-Lee"

    page.goto(f"/steward/people/{ids[0]}")
    page.locator('input[name="records"]').first.check()
    page.get_by_role("button", name="Split these off").click()
    page.get_by_label("Reason").fill("two Anns")
    page.get_by_role("button", name="Split", exact=True).click()
    page.get_by_text("1 record is another person now").wait_for()
    assert len(store.entity(ids[0])) == 1

    page.goto(f"/steward/people/{ids[0]}/history")
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    page.get_by_text(re.compile("Undone")).wait_for()
    assert len(store.view(ids[0]).members) == 60


def test_another_line_is_previewed_looked_at_and_put_in_force_in_a_browser(coming, store):
    before, line = store.entities(), in_force(store).match
    page = coming("ada", "admin")
    page.goto("/steward/rules")
    page.get_by_label("Join when so many").fill("99.9")
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("draft, nothing saved").wait_for()
    told = page.get_by_role("row", name=re.compile("^People ")).locator("td").all_inner_texts()
    people, then = (int(text.replace(",", "")) for text in told[:2])
    apart = page.get_by_text(re.compile(r"\d+ (person|people) would be taken apart"))
    assert int(apart.inner_text().split()[0]) > 0
    assert page.get_by_role("row", name=re.compile("is taken apart")).count() > 0
    assert page.get_by_role("row", name=re.compile("is new")).count() > 0
    assert (store.entities(), in_force(store).match) == (before, line)
    assert len(before) == people < then

    page.get_by_role("button", name="Put in force").click()
    page.get_by_role("status").get_by_text("In force: joined from 99.9 in 100 on").wait_for()
    assert in_force(store).match == 0.999
    assert len(store.entities()) == then
    assert "99.9 in 100" in page.locator(".tiles").inner_text()


def test_what_decisions_teach_is_previewed_and_put_in_force_in_a_browser(coming, store):
    couples_decided(store, 30)
    estimated, before = in_force(store).frozen.fingerprint, store.entities()
    page = coming("ada", "admin")
    page.get_by_role("link", name="Learning").click()
    page.get_by_text("What would count more or less").wait_for()
    assert page.get_by_role("row", name=re.compile("First name.*different", re.DOTALL)).count() > 0
    page.get_by_role("link", name="Preview what it changes").click()
    page.get_by_text("draft, nothing saved").wait_for()
    assert (in_force(store).frozen.fingerprint, store.entities()) == (estimated, before)
    page.get_by_role("button", name="Put in force").click()
    page.get_by_role("status").get_by_text("In force: the rules with").wait_for()
    assert in_force(store).frozen.model.taught.labels == 45
    page.get_by_text("All that the decisions so far teach is in force.").wait_for()
    page.get_by_role("link", name="Preview going back").click()
    page.get_by_role("button", name="Put in force").click()
    page.get_by_role("status").get_by_text("In force: the rules without").wait_for()
    assert in_force(store).frozen.fingerprint == estimated


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_about_learning(coming, store, scheme):
    page = coming("ada", "admin", color_scheme=scheme)
    page.goto("/steward/learn")
    assert browser.grave(page) == []
    couples_decided(store, 30)
    for path in ("learn", "learn/try"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"/steward/{path}")
        page.get_by_text("Does it hold?").wait_for()
        assert browser.grave(page) == [], path
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_theme_is_switched_without_scripts(coming):
    page = coming("lou", java_script_enabled=False)
    page.goto("/steward/help")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Dark").click()
    page.wait_for_url("**/steward/help")
    assert page.locator("html").get_attribute("data-theme") == "dark"
