"""Cases at the desk that need two stewards."""

import pytest

from resolver import review
from resolver.judgement import Verdict
from resolver.paths.ruling import ask_second, in_force
from tests.api.conftest import bearing
from tests.api.steward import browser
from tests.api.steward.conftest import Desk
from tests.api.steward.test_case import asking, decide, decided, version
from tests.resolver.store.doubtful import NO, ONE, OTHER, YES
from tests.resolver.store.living import id_of

SAME, DIFFERENT, UNSURE = Verdict


@pytest.fixture
def called(doubts):
    """A case that asks whether two are one, in a store whose cases all need two stewards."""
    ask_second(doubts, 2, "ada")
    return asking(doubts, ONE, OTHER)


@pytest.fixture
def other_desk(client, user_of):
    """Another steward, who comes to the same desk after the first."""
    user_of("lee", "steward")

    def come():
        client.cookies.clear()
        return Desk(client).sign_in("lee")

    return come


def test_what_the_first_says_is_kept_and_leaves_their_queue(desk, doubts, called):
    assert "This case needs two stewards" in desk.get(f"/steward/cases/{called}").text
    answer = decide(desk, called, "same", why="by phone", version=version(doubts, called))
    assert "Kept: Same. It is done when another steward says the same." in answer.text
    assert f"/steward/cases/{called}/withdraw" in answer.text
    assert decided(doubts, called) is None
    assert f"/steward/cases/{called}" not in desk.get("/steward/queue?q=Ann+Lee").text
    second = desk.get("/steward/queue?view=second").text
    assert f"/steward/cases/{called}" in second
    assert "kim said Same; needs a second yes" in second
    page = desk.get(f"/steward/cases/{called}").text
    assert "It needs a second yes, from somebody else" in page
    assert "Taken back" in desk.post(f"/steward/cases/{called}/withdraw").text
    assert review.case(doubts, called).item.opinions == ()


def test_a_page_that_the_first_left_open_does_not_hold_it(desk, other_desk, doubts, called):
    decide(desk, called, "same", version=version(doubts, called))
    again = desk.client.post(f"/steward/cases/{called}/claim", data={"csrf": desk.csrf}, headers={"HX-Request": "true"})
    assert again.status_code == 200
    assert "/claim" not in again.text, "the page would go on asking"
    assert review.case(doubts, called).item.holder is None
    assert "Saved: Same." in decide(other_desk(), called, "same", version=version(doubts, called)).text


def test_the_second_sees_it_with_what_was_chosen_and_agrees(desk, other_desk, doubts, called):
    values = {"value.email": "lee@zed.net"}
    decide(desk, called, "same", why="by phone", version=version(doubts, called), **values)
    lee = other_desk()
    assert "kim said Same; needs a second yes" in lee.get("/steward/queue?q=Ann+Lee").text
    page = lee.get(f"/steward/cases/{called}").text
    assert "by phone" in page
    assert '<option value="lee@zed.net" selected>' in page
    assert "Saved: Same." in decide(lee, called, "same", version=version(doubts, called), **values).text
    assert id_of(doubts, ONE) == id_of(doubts, OTHER)
    assert decided(doubts, called).why == "first said by kim: by phone"


def test_the_second_who_disagrees_sends_it_back_with_both_opinions(desk, other_desk, doubts, called):
    decide(desk, called, "same", version=version(doubts, called))
    lee = other_desk()
    assert "Kept: Different" in decide(lee, called, "different", version=version(doubts, called)).text
    page = lee.get("/steward/queue?q=Ann+Lee").text
    assert "kim said Same and lee said Different; two have to say the same" in page
    shown = lee.get(f"/steward/cases/{called}").text
    assert "Two have to say the same" in shown
    assert decided(doubts, called) is None


def test_an_admin_says_from_how_many_records_on(admin_desk, doubts):
    assert "One steward is enough" in admin_desk.get("/steward/rules").text
    told = admin_desk.post("/steward/rules/second", second_from="10").text
    assert "Cases of 10 records or more need two stewards" in told
    assert in_force(doubts).frozen.rules.review.second_from == 10
    assert admin_desk.post("/steward/rules/second", second_from="1").status_code == 422
    assert "One steward is enough" in admin_desk.post("/steward/rules/second", second_from="").text


def test_a_steward_does_not(desk):
    assert desk.post("/steward/rules/second", second_from="10").status_code == 403


def test_the_api_keeps_what_the_first_says_and_does_what_two_say(client, doubts, called, key_of):
    kim, lee = (bearing(key_of("steward", name=name)) for name in ("kim", "lee"))
    path, said = f"/v1/reviews/{called}", {"verdict": "same", "version": version(doubts, called)}
    assert client.get(path, headers=kim).json()["needs_second"] is True
    first = client.post(f"{path}/decision", json=said, headers=kim)
    assert (first.status_code, first.json()["act"], first.json()["events"]) == (200, None, [])
    assert client.post(f"{path}/decision", json=said, headers=kim).json()["act"] is None
    (opinion,) = client.get(path, headers=lee).json()["case"]["opinions"]
    assert (opinion["who"], opinion["verdict"]) == ("kim", "same")
    assert client.post(f"{path}/decision", json=said, headers=lee).json()["act"] is not None
    assert id_of(doubts, ONE) == id_of(doubts, OTHER)


def test_by_the_api_too_what_was_said_is_taken_back(client, doubts, called, key_of):
    kim, lee = (bearing(key_of("steward", name=name)) for name in ("kim", "lee"))
    path, said = f"/v1/reviews/{called}/decision", {"verdict": "same", "version": version(doubts, called)}
    assert client.delete(path, headers=kim).status_code == 404
    client.post(path, json=said, headers=kim)
    assert client.delete(path, headers=lee).status_code == 404
    back = client.delete(path, headers=kim)
    assert (back.status_code, back.json()["opinions"]) == (200, [])
    assert client.post(path, json=said, headers=lee).json()["act"] is None
    assert client.delete(f"/v1/reviews/{'0' * 16}/decision", headers=kim).status_code == 404


def test_one_steward_alone_does_not_merge_or_split_so_many_records_by_the_api(client, doubts, key_of):
    steward, admin = (bearing(key_of(role)) for role in ("steward", "admin"))
    ask_second(doubts, 2, "ada")
    both = {"entities": [id_of(doubts, one) for one in (ONE, OTHER)]}
    refused = client.post("/v1/merges", json=both, headers=steward)
    assert (refused.status_code, refused.json()["code"]) == (409, "needs_second")
    assert "of 2 records or more two stewards decide, and these are 2;" in refused.json()["detail"]
    assert id_of(doubts, ONE) != id_of(doubts, OTHER)
    assert client.post("/v1/merges", json=both, headers=admin).status_code == 200
    doubts.upsert(YES, NO)
    path, records = f"/v1/entities/{id_of(doubts, YES)}/split", {"records": [NO.record_key]}
    assert client.post(path, json=records, headers=steward).json()["code"] == "needs_second"
    ask_second(doubts, 3, "ada")
    assert client.post(path, json=records, headers=steward).status_code == 200


def merging(doubts):
    """The page that asks whether two are to be merged."""
    return f"/steward/merge?person={id_of(doubts, ONE)}&person={id_of(doubts, OTHER)}"


def test_nor_does_he_at_the_desk_and_the_page_says_so_before(desk, doubts):
    ask_second(doubts, 2, "ada")
    assert "Two stewards decide about so many records" in desk.get(merging(doubts)).text
    refused = desk.post("/steward/merge", person=[id_of(doubts, one) for one in (ONE, OTHER)], version="x")
    assert refused.status_code == 409
    doubts.upsert(YES, NO)
    page = desk.post(f"/steward/people/{id_of(doubts, YES)}/split", records=NO.record_key).text
    assert "Two stewards decide about so many records" in page


def test_an_admin_does(admin_desk, doubts):
    ask_second(doubts, 2, "ada")
    assert "Two stewards decide" not in admin_desk.get(merging(doubts)).text


def kept_same(page):
    """Says Same; the next case stands there, and its heading has the focus, as soon as keys mean that one."""
    page.keyboard.press("s")
    page.get_by_role("status").get_by_text("Kept: Same").wait_for()
    page.locator("h1[data-focus]:focus").wait_for()


def test_two_stewards_decide_a_case_by_keyboard_and_axe_finds_nothing(coming, doubts, called):
    kim, lee = coming("kim"), coming("lee", color_scheme="dark")
    kim.goto(f"/steward/cases/{called}")
    kept_same(kim)
    kim.keyboard.press("z")
    kim.get_by_role("status").get_by_text("Taken back").wait_for()
    assert review.case(doubts, called).item.opinions == ()
    kept_same(kim)
    assert decided(doubts, called) is None
    for path in (f"cases/{called}", "queue?view=second"):
        lee.goto(f"/steward/{path}")
        lee.get_by_text("a second yes").first.wait_for()
        assert browser.grave(lee) == [], path
    lee.locator("[data-row]").first.click()
    lee.wait_for_url(f"**/{called}*")
    lee.keyboard.press("s")
    lee.get_by_role("status").get_by_text("Saved: Same").wait_for()
    assert decided(doubts, called).who == "lee"
