"""The stewards' queue: what is in it, who works on what, and deciding many at once."""

from datetime import UTC, datetime, timedelta

import pytest

from resolver import review
from resolver.errors import StaleError, UnknownError, UsageError
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.standing import standing
from resolver.store import cases
from resolver.store.cases import SEPARATOR, Sort, State, Wanted, items, number_of
from resolver.store.desk import HeldError
from tests.resolver.store.doubtful import ONE, OTHER, doubting, few, open_cases
from tests.resolver.store.living import dump, fresh, id_of

SAME, DIFFERENT, UNSURE = Verdict
LATER = datetime.now(UTC) + timedelta(days=2)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A store with many cases; not to be changed."""
    resolver = fresh(tmp_path_factory.mktemp("many") / "contacts.db", doubting())
    resolver.take(few())
    yield resolver
    resolver.database.close()


@pytest.fixture
def one(store, tmp_path):
    """A store with one case, and the id of it."""
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.upsert(ONE, OTHER)
    (called,) = open_cases(resolver)
    return resolver, called


@pytest.fixture
def busy(store, url):
    """A store with many cases that may be changed, on either database."""
    resolver = store(url, doubting())
    resolver.take(few().head(100))
    return resolver


def pages(resolver, wanted, sort, limit):
    found, cursor = [], None
    while True:
        page = review.queue(resolver, wanted, sort, cursor, limit)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("limit", [1, 4, 500])
def test_pages_hold_every_case_once_in_their_order(many, sort, limit):
    found = pages(many, Wanted(), sort, limit)
    assert len(found) == len(open_cases(many)) == len({item.case_id for item in found})
    if sort == Sort.WORTH:
        assert [item.value for item in found] == sorted((item.value for item in found), reverse=True)


@pytest.mark.parametrize("limit", [0, 501])
def test_a_page_has_a_sane_size(many, limit):
    with pytest.raises(UsageError, match="1 to 500"):
        review.queue(many, Wanted(), limit=limit)


@pytest.mark.parametrize("cursor", ["", "x", "bm8", "W10", "WyJhIiwgImIiXQ", "é"])
def test_what_is_no_cursor_is_refused(many, cursor):
    with pytest.raises(UsageError, match="no cursor"):
        review.queue(many, Wanted(), cursor=cursor)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("source", lambda item: item.sources),
        ("field", lambda item: item.fields),
        ("reason", lambda item: (item.reason,)),
        ("pattern", lambda item: (item.pattern,)),
    ],
)
def test_a_filter_lets_through_what_it_names_and_nothing_else(many, name, of):
    every = open_cases(many)
    for value in {value for item in every.values() for value in of(item)}:
        told = review.queue(many, Wanted(**{name: value}), limit=500).items
        assert {item.case_id for item in told} == {called for called, item in every.items() if value in of(item)}
    assert review.queue(many, Wanted(**{name: "%"})).items == []


def test_cases_are_found_by_whom_they_are_about_and_since_when(many):
    item = next(iter(open_cases(many).values()))
    word = item.title.split()[0]
    told = review.queue(many, Wanted(text=word.upper()), limit=500).items
    assert item in told
    assert all(word.lower() in one.title.lower() for one in told)
    assert review.queue(many, Wanted(since=item.since - timedelta(seconds=1))).items == []
    assert item in review.queue(many, Wanted(since=item.since), limit=500).items


def test_counts_are_those_of_the_cases(many):
    every = open_cases(many).values()
    told = review.counts(many, Wanted())
    assert told["all"] == {"cases": len(every)}
    assert sum(told["reason"].values()) == len(every)
    assert told["source"]["crm"] == sum("crm" in item.sources for item in every)
    assert review.counts(many, Wanted(text="nobody is called that"))["all"] == {}


@pytest.mark.parametrize("called", ["x", "zzzzzzzzzzzzzzzz", "0123", "-000000000000001", "0123456789abcdef"])
def test_there_is_no_such_case(many, called):
    with pytest.raises(UnknownError, match="there is no case"):
        review.case(many, called)


@pytest.mark.parametrize("number", [0, 1, -1, 2**63 - 1, -(2**63)])
def test_a_case_is_called_by_its_number(number):
    assert number_of(cases.case_id(number)) == number


def test_what_a_case_lists_is_read_back():
    assert items(f"{SEPARATOR}a b{SEPARATOR}c{SEPARATOR}") == ["a b", "c"]
    assert items(SEPARATOR * 2) == []


def test_a_claimed_case_is_left_alone_by_others_until_the_claim_runs_out(one):
    resolver, called = one
    held = review.claim(resolver, called, "ann", timedelta(minutes=5))
    assert held.holder == "ann"
    for act in (
        lambda: review.claim(resolver, called, "bob"),
        lambda: review.release(resolver, called, "bob"),
        lambda: review.snooze(resolver, called, LATER, "bob"),
        lambda: review.decide(resolver, called, Decision(SAME), "bob"),
    ):
        with pytest.raises(HeldError, match="is held by ann until") as error:
            act()
        assert (error.value.holder, error.value.until) == ("ann", held.held_until)
    assert review.next_case(resolver, Wanted(), "bob") is None
    assert review.next_case(resolver, Wanted(), "ann").item.case_id == called
    assert review.claim(resolver, called, "ann", timedelta(0)).holder is None
    assert review.claim(resolver, called, "bob").holder == "bob"
    assert review.release(resolver, called, "bob").holder is None


def test_a_case_is_assigned_with_a_date_and_next_for_nobody_else(one):
    resolver, called = one
    assigned = review.assign(resolver, called, "kim", LATER)
    assert (assigned.assignee, assigned.due) == ("kim", LATER)
    assert review.next_case(resolver, Wanted(), "ann") is None
    assert [item.case_id for item in review.queue(resolver, Wanted(assignee="kim")).items] == [called]
    assert review.counts(resolver, Wanted())["assignee"] == {"kim": 1}
    assert review.assign(resolver, called, None).assignee is None


def test_a_snoozed_case_is_out_of_the_queue_until_it_is_taken_up(one):
    resolver, called = one
    review.snooze(resolver, called, LATER, "ann")
    assert open_cases(resolver) == {}
    assert [item.snoozed_until for item in review.queue(resolver, Wanted(State.SNOOZED)).items] == [LATER]
    review.snooze(resolver, called, None, "ann")
    assert list(open_cases(resolver)) == [called]
    with pytest.raises(UsageError, match="is past"):
        review.snooze(resolver, called, datetime(2020, 1, 1, tzinfo=UTC), "ann")


def test_a_note_says_something(one):
    resolver, called = one
    with pytest.raises(UsageError, match="says nothing"):
        review.note(resolver, called, "ann", " ")
    review.note(resolver, called, "ann", "first")
    assert [(note.who, note.text) for note in review.note(resolver, called, "bob", "second")] == [
        ("ann", "first"),
        ("bob", "second"),
    ]


def test_a_decided_case_is_done_until_it_is_undone(one):
    resolver, called = one
    act = review.decide(resolver, called, Decision(UNSURE, "who knows"), "ann").said.act
    (done,) = review.queue(resolver, Wanted(State.DONE)).items
    assert (done.case_id, done.decided.verdict, done.decided.who) == (called, "unsure", "ann")
    with pytest.raises(StaleError, match="was decided: unsure"):
        review.claim(resolver, called, "bob")
    (back,) = review.undo(resolver, act, "bob").cases
    assert (back.case_id, back.open, back.decided) == (called, True, None)
    assert review.queue(resolver, Wanted(State.DONE)).items == []


def test_the_next_case_is_the_one_behind_and_after_the_last_the_first(busy):
    every = [item.case_id for item in pages(busy, Wanted(), Sort.WORTH, 500)]
    after = review.decide(busy, every[3], Decision(UNSURE), "ann").next
    assert after.item.case_id == every[4]
    assert review.decide(busy, every[-1], Decision(UNSURE), "ann").next.item.case_id == every[0]


def test_alike_cases_are_decided_in_one_act_but_for_exceptions(busy):
    pattern, number = next((name, number) for name, number in review.patterns(busy) if number >= 3)
    every = [item.case_id for item in review.queue(busy, Wanted(pattern=pattern), limit=500).items]
    review.claim(busy, every[0], "kim")
    told = review.alike(busy, pattern, [every[1]], "ann")
    assert (told.cases, told.excluded, told.held, told.beyond) == (number - 2, 1, 1, 0)
    assert {item.case_id for item in told.sample} <= set(every[2:])
    before = dump(busy)
    said, _ = review.decide_alike(busy, pattern, Decision(UNSURE), [every[1]], "ann", told.cases)
    assert set(open_cases(busy)) & set(every) == {every[0], every[1]}
    assert review.alike(busy, pattern, [], "ann").verdicts == {"unsure": number - 2}
    undone = review.undo(busy, said.act, "ann")
    assert {item.case_id for item in undone.cases} == set(every[2:])
    assert set(every) <= set(open_cases(busy))
    assert dump(busy) == before


def test_many_cases_are_decided_as_they_were_seen_or_not_at_all(one):
    resolver, called = one
    (item,) = open_cases(resolver).values()
    with pytest.raises(StaleError, match="there were 2 cases"):
        review.decide_alike(resolver, item.pattern, Decision(SAME), [], "ann", 2)
    with pytest.raises(UnknownError, match="no open case"):
        review.decide_alike(resolver, item.pattern, Decision(SAME), [called], "ann")
    with pytest.raises(UsageError, match="case by case"):
        review.decide_alike(resolver, item.pattern, Decision(SAME, also=(id_of(resolver, ONE),)), [], "ann")
    assert list(open_cases(resolver)) == [called]


def test_never_more_are_decided_at_once_than_the_cap(busy, monkeypatch):
    pattern, number = review.patterns(busy)[0]
    monkeypatch.setattr(review, "AT_ONCE", 2)
    told = review.alike(busy, pattern, [], "ann")
    assert (told.cases, told.beyond) == (2, number - 2)


def test_standing_tells_what_waits_and_what_was_done(busy):
    first, second, third, *_ = (item.case_id for item in review.queue(busy, Wanted()).items)
    chance = open_cases(busy)[first].chance
    open_before = standing(busy).open
    review.claim(busy, first, "ann")
    review.decide(busy, first, Decision(SAME), "ann")
    review.snooze(busy, second, LATER, "ann")
    review.claim(busy, third, "kim")
    told = standing(busy)
    assert (told.snoozed, told.held, told.done_today) == (1, 1, 1)
    assert told.open <= open_before - 2
    assert sum(told.ages.values()) == told.open + told.snoozed
    assert [(day.who, day.cases) for day in told.decided] == [("ann", 1)]
    assert told.verdicts == {"same": 1, "different": 0, "unsure": 0}
    assert told.agreement == (1.0 if chance >= 0.5 else 0.0)
    assert sum(band.same + band.different for band in told.bands) == 1
    assert 0 <= told.minutes < 5


def test_a_queue_in_which_nothing_waits_says_so(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    told = standing(resolver)
    assert (told.open, told.oldest, told.agreement, told.minutes) == (0, None, None, None)
    assert review.queue(resolver, Wanted()).items == []
