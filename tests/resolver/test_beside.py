"""What a steward sees around a case: its place, who else it may be, and what changed since it was looked at."""

import pytest

from resolver import beside, review
from resolver.errors import UnknownError
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from resolver.store.cases import NOBODY, Sort, Wanted
from tests.resolver.store.doubtful import ONE, OTHER, THIRD, doubting, few, open_cases
from tests.resolver.store.living import fresh, id_of

SAME, DIFFERENT, UNSURE = Verdict
KIM = "kim"


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A store with many cases; not to be changed."""
    resolver = fresh(tmp_path_factory.mktemp("many") / "contacts.db", doubting())
    resolver.take(few())
    yield resolver
    resolver.database.close()


@pytest.fixture
def three(store, url):
    """A store with three who may be one, on either database."""
    resolver = store(url, doubting())
    resolver.upsert(ONE, OTHER, THIRD)
    return resolver


def asking(resolver, one, other):
    """The id of the case that asks whether two are one."""
    names = {id_of(resolver, one), id_of(resolver, other)}
    (found,) = [each for each in open_cases(resolver) if {*review.case(resolver, each).full.entity_ids} == names]
    return found


@pytest.mark.parametrize("sort", list(Sort))
def test_a_case_knows_its_place_and_its_neighbours(many, sort):
    called = [item.case_id for item in review.queue(many, Wanted(), sort, limit=500).items]
    assert len(called) > 5
    for place in (0, 1, len(called) // 2, len(called) - 1):
        told = beside.around(many, called[place], Wanted(), sort)
        before = called[place - 1] if place else None
        after = called[place + 1] if place + 1 < len(called) else None
        assert told == beside.Around(place, len(called), before, after)


def test_a_case_that_is_unknown_has_no_place(many):
    with pytest.raises(UnknownError):
        beside.around(many, "0" * 16, Wanted())


def test_others_who_may_be_the_same_are_told_with_their_cases(three):
    called = asking(three, ONE, OTHER)
    near = beside.nearby(three, called)
    assert {one.entity_id for one in near} == {id_of(three, THIRD)}
    assert near[0].case_id in open_cases(three)
    assert near[0].title == "Annie Lee"


def test_naming_the_others_with_a_decision_makes_all_one_person(three):
    called = asking(three, ONE, OTHER)
    (near,) = beside.nearby(three, called)
    review.decide(three, called, Decision(SAME, also=(near.entity_id,)), KIM)
    assert id_of(three, ONE) == id_of(three, OTHER) == id_of(three, THIRD)


def test_nothing_changed_is_told_as_nothing(three):
    for called, item in open_cases(three).items():
        assert beside.since(three, called, item.version) == []


def test_what_changed_since_is_told_of_each_person(three):
    called = asking(three, ONE, OTHER)
    version = review.case(three, called).item.version
    first, third = id_of(three, ONE), id_of(three, THIRD)
    three.merge(first, third, who="ann")
    three.upsert(OTHER.model_copy(update={"family_name": "Leeson"}))
    told = beside.since(three, called, version)
    (joined,) = [one for one in told if one.gained]
    assert (joined.gained, joined.lost, joined.now) == ((THIRD.record_key,), (), (first,))
    (renamed,) = [one for one in told if not one.gained]
    assert renamed.values["family_name"] == ("Lee", "Leeson")


def test_a_person_that_is_part_of_another_is_told_so(three):
    called = asking(three, ONE, OTHER)
    version = review.case(three, called).item.version
    kept, gone = id_of(three, ONE), id_of(three, OTHER)
    three.merge(kept, gone, who="ann")
    (lost,) = [one for one in beside.since(three, called, version) if one.entity_id == gone]
    assert lost.now == (kept,)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({}, None),
        ({"same": 4}, None),
        ({"same": 5}, SAME),
        ({"different": 9}, DIFFERENT),
        ({"same": 9, "different": 1}, None),
        ({"same": 5, "unsure": 0}, SAME),
    ],
)
def test_stewards_agree_on_a_pattern_when_enough_said_one_thing(verdicts, expected):
    assert beside.agreed(verdicts) == expected


def test_patterns_tell_how_their_cases_were_decided(three):
    called = asking(three, ONE, OTHER)
    pattern = review.case(three, called).item.pattern
    review.decide(three, called, Decision(UNSURE), KIM)
    before = {one.pattern: one for one in beside.patterns(three)}
    assert sum(one.cases for one in before.values()) == len(open_cases(three))
    assert review.alike(three, pattern, [], KIM).verdicts == {"unsure": 1}


def test_the_last_act_of_somebody_is_what_is_undone_first(three):
    assert beside.last_act(three, KIM) is None
    first = review.decide(three, asking(three, ONE, OTHER), Decision(DIFFERENT), KIM).said.act
    second = review.decide(three, asking(three, ONE, THIRD), Decision(DIFFERENT), KIM).said.act
    review.decide(three, asking(three, OTHER, THIRD), Decision(DIFFERENT), "ann")
    assert beside.last_act(three, KIM) == second
    review.undo(three, second, KIM)
    assert beside.last_act(three, KIM) == first
    review.undo(three, first, KIM)
    assert beside.last_act(three, KIM) is None


def test_cases_of_nobody_are_found(three):
    called = asking(three, ONE, OTHER)
    review.assign(three, called, KIM)
    free = {item.case_id for item in review.queue(three, Wanted(assignee=NOBODY)).items}
    assert free == {*open_cases(three)} - {called}
