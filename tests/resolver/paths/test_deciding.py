"""What a decision says of the records of a case, and what becomes of them."""

import pytest

from resolver import review
from resolver.errors import ConflictError, GoneError, StaleError, UsageError
from resolver.judgement import Verdict
from resolver.paths.deciding import Decision
from tests.resolver.store.doubtful import ONE, OTHER, THIRD, doubting, open_cases
from tests.resolver.store.living import dump, groups, id_of, key

SAME, DIFFERENT, UNSURE = Verdict
TWO = [["crm:1"], ["web:2"]]
JOINED = [["crm:1", "web:2"]]


@pytest.fixture
def apart(store, tmp_path):
    """Two who may be one."""
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.upsert(ONE, OTHER)
    return resolver


@pytest.fixture
def joined(store, tmp_path):
    """One who may be two, or three."""
    resolver = store(tmp_path / "contacts.db", doubting(0.5))
    resolver.upsert(ONE, OTHER, THIRD)
    return resolver


def only(resolver):
    (item,) = open_cases(resolver).values()
    return item


def decide(resolver, *told, **more):
    return review.decide(resolver, only(resolver).case_id, Decision(*told, **more), "ann").said


@pytest.mark.parametrize(("verdict", "expected"), [(SAME, JOINED), (DIFFERENT, TWO), (UNSURE, TWO)])
def test_two_who_may_be_one_are_what_a_steward_says(apart, verdict, expected):
    before = dump(apart)
    act = decide(apart, verdict, "the phone").act
    assert groups(apart) == expected
    assert open_cases(apart) == {}
    assert apart.problems(deep=True) == []
    review.undo(apart, act, "bob")
    assert dump(apart) == before
    assert len(open_cases(apart)) == 1


@pytest.mark.parametrize("verdict", [SAME, UNSURE])
def test_one_who_may_be_several_stays_one(joined, verdict):
    before = dump(joined)
    act = decide(joined, verdict).act
    assert dump(joined) == before
    assert open_cases(joined) == {}
    review.undo(joined, act, "bob")
    assert len(open_cases(joined)) == 1


def test_one_who_is_several_comes_apart_where_the_weakest_link_is(joined):
    item = only(joined)
    away = set(review.case(joined, item.case_id).full.parts[1])
    decide(joined, DIFFERENT)
    assert min(map(set, groups(joined)), key=len) == away
    assert joined.problems(deep=True) == []


@pytest.mark.parametrize("out", [["crm:1"], ["web:2"], ["web:2", "web:3"]])
def test_one_is_split_in_two_by_naming_records(joined, out):
    decide(joined, DIFFERENT, leave_out=tuple(out))
    stay = sorted({"crm:1", "web:2", "web:3"} - set(out))
    assert groups(joined) == sorted([stay, out])


def test_several_are_joined_with_some_left_out(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.upsert(ONE, OTHER, THIRD)
    ours = {id_of(resolver, ONE), id_of(resolver, OTHER)}
    about = review.about(resolver, id_of(resolver, ONE))
    called = next(one for one in open_cases(resolver) if set(review.case(resolver, one).full.entity_ids) == ours)
    third = id_of(resolver, THIRD)
    review.decide(resolver, called, Decision(SAME, also=(third,), leave_out=("web:2",)), "ann")
    assert groups(resolver) == [["crm:1", "web:3"], ["web:2"]]
    assert open_cases(resolver) == {}
    assert about


def test_values_are_held_in_the_act_that_joins(apart):
    act = decide(apart, SAME, values={"full_name": "Dr Ann Lee"}).act
    (entity,) = apart.entities()
    assert entity.golden["full_name"] == "Dr Ann Lee"
    assert entity.golden["pinned"] == {"full_name": act}
    review.undo(apart, act, "bob")
    assert all("pinned" not in one.golden for one in apart.entities())


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (Decision(SAME, leave_out=("web:2",)), "too many records are left out"),
        (Decision(SAME, leave_out=("web:9",)), "record web:9 is not of case"),
        (Decision(DIFFERENT, leave_out=("web:2",)), "nothing is left out"),
        (Decision(UNSURE, leave_out=("web:2",)), "say same or different"),
        (Decision(DIFFERENT, values={"full_name": "x"}), "with the verdict same"),
        (Decision(SAME, values={"fullname": "x"}), "did you mean full_name"),
        (Decision(DIFFERENT, also=("crm:1",)), "there is no entity|further entities"),
    ],
)
def test_what_fits_no_case_is_refused_and_nothing_happens(apart, decision, message):
    before = dump(apart)
    with pytest.raises(UsageError, match=message):
        review.decide(apart, only(apart).case_id, decision, "ann")
    assert dump(apart) == before
    assert len(open_cases(apart)) == 1


def test_not_all_records_of_an_entity_are_another_person(joined):
    with pytest.raises(UsageError, match="not all of them"):
        decide(joined, DIFFERENT, leave_out=("crm:1", "web:2", "web:3"))


def test_what_changed_since_it_was_seen_is_told(apart):
    seen = only(apart)
    apart.upsert(OTHER.model_copy(update={"family_name": "Leigh"}), who="an export")
    with pytest.raises(StaleError, match=r"is not what you saw: entity \w+ was updated by an export"):
        review.decide(apart, seen.case_id, Decision(SAME, version=seen.version), "ann")
    review.decide(apart, seen.case_id, Decision(SAME, version=only(apart).version), "ann")
    with pytest.raises(StaleError, match=r"was decided: same, by ann \(act 1\)"):
        review.decide(apart, seen.case_id, Decision(SAME, version=seen.version), "bob")


def test_what_settled_a_case_without_a_decision_is_told(apart):
    seen = only(apart)
    apart.merge(id_of(apart, ONE), id_of(apart, OTHER), who="kim")
    with pytest.raises(StaleError, match=r"is settled: entity \w+ was .* by kim"):
        review.decide(apart, seen.case_id, Decision(SAME), "ann")


def test_a_decision_that_contradicts_an_earlier_one_names_it(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", doubting())
    resolver.upsert(ONE, OTHER, THIRD)
    resolver.judge(key(ONE), key(OTHER), DIFFERENT, who="kim")
    left = list(open_cases(resolver))
    assert len(left) == 2
    review.decide(resolver, left[0], Decision(SAME), "ann")
    for called in open_cases(resolver):
        with pytest.raises(ConflictError, match="by kim"):
            review.decide(resolver, called, Decision(SAME), "ann")


def test_further_entities_that_are_gone_are_not_joined(apart):
    apart.upsert(THIRD.model_copy(update={"given_name": "Zoe", "family_name": "Quirk"}))
    zoe = id_of(apart, THIRD)
    apart.delete(key(THIRD))
    with pytest.raises(GoneError):
        decide(apart, SAME, also=(zoe,))
