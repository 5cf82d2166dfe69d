"""Cases that need two stewards who say the same."""

import pytest
from sqlalchemy import func, select

from resolver import review
from resolver.errors import StaleError, UnknownError, UsageError
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.paths.ruling import Proposal, ask_second, in_force, proposed
from resolver.store.case_tables import opinions
from resolver.store.cases import Wanted
from tests.resolver.store.doubtful import ONE, OTHER, THIRD, doubting, few, open_cases
from tests.resolver.store.living import id_of

SAME, DIFFERENT, UNSURE = Verdict


@pytest.fixture
def two(store, url):
    """A store with one case, which needs two stewards, and the id of it; on either database."""
    resolver = store(url, doubting())
    resolver.upsert(ONE, OTHER)
    ask_second(resolver, 2, "ada")
    (called,) = open_cases(resolver)
    return resolver, called


def kept(resolver):
    with resolver.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(opinions)).scalar_one()


def queue_of(resolver, who):
    return [item.case_id for item in review.queue(resolver, Wanted(unsaid_by=who)).items]


def test_what_one_says_waits_and_what_a_second_says_too_is_done(two):
    resolver, called = two
    before = resolver.entities()
    assert review.case(resolver, called).needs_second
    assert review.decide(resolver, called, Decision(SAME, "by phone"), "kim").said is None
    assert resolver.entities() == before
    (said,) = review.case(resolver, called).item.opinions
    assert (said.who, said.verdict, said.why) == ("kim", SAME, "by phone")
    done = review.decide(resolver, called, Decision(SAME, "seen"), "lee")
    assert id_of(resolver, ONE) == id_of(resolver, OTHER)
    last = review.case(resolver, called).item.decided
    assert (last.act, last.who, last.why) == (done.said.act, "lee", "seen (first said by kim: by phone)")
    assert kept(resolver) == 0
    review.undo(resolver, done.said.act, "lee")
    assert review.case(resolver, called).item.opinions == ()


def test_the_case_leaves_the_queue_of_the_first_and_stays_in_that_of_others(two):
    resolver, called = two
    review.claim(resolver, called, "kim")
    assert review.decide(resolver, called, Decision(SAME), "kim").next is None
    assert review.case(resolver, called).item.holder is None
    assert (queue_of(resolver, "kim"), queue_of(resolver, "lee")) == ([], [called])
    assert review.next_case(resolver, Wanted(), "kim") is None
    assert review.next_case(resolver, Wanted(), "lee").item.case_id == called
    assert [item.case_id for item in review.queue(resolver, Wanted(said=True)).items] == [called]


def test_nobody_agrees_with_themselves(two):
    resolver, called = two
    for verdict in (SAME, SAME, DIFFERENT):
        assert review.decide(resolver, called, Decision(verdict), "kim").said is None
    (said,) = review.case(resolver, called).item.opinions
    assert (said.who, said.verdict) == ("kim", DIFFERENT)
    assert review.case(resolver, called).item.open


@pytest.mark.parametrize(
    "other",
    [
        Decision(DIFFERENT),
        Decision(UNSURE),
        Decision(SAME, values={"email": "lee@zed.net"}),
    ],
)
def test_where_the_second_says_otherwise_it_returns_to_the_queue_with_both_opinions(two, other):
    resolver, called = two
    review.decide(resolver, called, Decision(SAME, "alike"), "kim")
    assert review.decide(resolver, called, other, "lee").said is None
    assert [one.who for one in review.case(resolver, called).item.opinions] == ["kim", "lee"]
    assert queue_of(resolver, "kim") == queue_of(resolver, "lee") == [called]
    assert review.decide(resolver, called, Decision(SAME), "ann").said is not None
    assert id_of(resolver, ONE) == id_of(resolver, OTHER)


def test_who_was_convinced_agrees_with_the_other(two):
    resolver, called = two
    review.decide(resolver, called, Decision(SAME), "kim")
    review.decide(resolver, called, Decision(DIFFERENT), "lee")
    assert review.decide(resolver, called, Decision(DIFFERENT), "kim").said is not None
    assert review.case(resolver, called).item.decided.verdict == DIFFERENT


def test_what_one_said_is_taken_back(two):
    resolver, called = two
    review.decide(resolver, called, Decision(SAME), "kim")
    with pytest.raises(UnknownError, match="you said nothing"):
        review.withdraw(resolver, called, "lee")
    assert review.withdraw(resolver, called, "kim").opinions == ()
    assert queue_of(resolver, "kim") == [called]


def test_what_was_said_of_a_case_as_it_was_counts_no_more(two):
    resolver, called = two
    review.decide(resolver, called, Decision(SAME), "kim")
    resolver.upsert(ONE.model_copy(update={"family_name": "Leigh"}))
    assert review.case(resolver, called).item.opinions == ()
    assert queue_of(resolver, "kim") == [called]
    assert review.decide(resolver, called, Decision(SAME), "lee").said is None


def test_what_cannot_be_done_is_refused_to_the_first(two):
    resolver, called = two
    version = review.case(resolver, called).item.version
    with pytest.raises(UsageError, match="too many records"):
        review.decide(resolver, called, Decision(SAME, leave_out=(ONE.record_key,)), "kim")
    with pytest.raises(StaleError):
        review.decide(resolver, called, Decision(SAME, version=version - 1), "kim")
    assert kept(resolver) == 0
    assert resolver.deeds() == []


def test_smaller_cases_need_one_steward(two):
    resolver, called = two
    ask_second(resolver, 3, "ada")
    assert not review.case(resolver, called).needs_second
    assert review.decide(resolver, called, Decision(SAME), "kim").said is not None


def test_what_was_said_goes_when_somebody_of_the_case_is_forgotten(two):
    resolver, called = two
    review.decide(resolver, called, Decision(SAME, "ann@x.com told me"), "kim")
    resolver.forget(("crm", "1"))
    assert kept(resolver) == 0


def test_cases_that_need_two_are_not_decided_many_at_once(store, url):
    resolver = store(url, doubting())
    resolver.take(few().head(100))
    sizes = {}
    for item in open_cases(resolver).values():
        sizes.setdefault(item.pattern, []).append(item.records)
    pattern, each = max(sizes.items(), key=lambda one: len({*one[1]}))
    least = max(each)
    ask_second(resolver, least, "ada")
    found = review.alike(resolver, pattern, (), "kim")
    large = sum(size >= least for size in each)
    assert large > 0
    assert (found.cases, found.second, found.held) == (len(each) - large, large, 0)
    if found.cases:
        review.decide_alike(resolver, pattern, Decision(DIFFERENT), (), "kim", found.cases)
        assert review.counts(resolver, Wanted(pattern=pattern))["all"].get("cases", 0) >= large


def test_the_rule_resolves_nothing_anew_and_says_nothing_of_who_is_who(two):
    resolver, _ = two
    resolver.upsert(THIRD)
    before, frozen = resolver.entities(), in_force(resolver).frozen
    ask_second(resolver, None, "ada")
    now = in_force(resolver).frozen
    assert (resolver.entities(), now.fingerprint, now.rules.review.second_from) == (before, frozen.fingerprint, None)
    tried, events = proposed(resolver, Proposal(thresholds={"match": 0.9995}))
    assert (tried.model.fingerprint, events) == (frozen.model.fingerprint, [])
    with pytest.raises(UsageError, match="two records or more"):
        ask_second(resolver, 1, "ada")
