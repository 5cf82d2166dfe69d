import pytest

from resolver.judgement import Verdict
from resolver.paths.reconciling import Row, called, described, reconcile, suggest
from resolver.store.past import Entity
from tests.resolver.store.living import ANN, BOB, CYD, contact, id_of, key


@pytest.fixture
def living(resolver):
    """A store with Ann, a namesake of hers who is somebody else, and others."""
    other = contact("5", "Ann", "Lee", "annlee@other.org")
    resolver.upsert(ANN, BOB, CYD, other, contact("6", "Rob", "Leeds", "rob@far.net", "+1 212 555 0101"))
    resolver.judge(key(ANN), key(other), Verdict.DIFFERENT, who="kim")
    return resolver


def somebody(name=None, **told):
    return Row(contact("", None, None, **told).model_copy(update={"full_name": name}), name)


def candidates(resolver, row):
    return reconcile(resolver, {"q": row})["q"]


def test_one_who_would_be_joined_is_certain(living):
    first, *others = candidates(living, somebody("Ann Lee", email="ann.lee@x.com", phone="+1 312 555 0188"))
    assert first.entity.entity_id == id_of(living, ANN)
    assert first.certain
    assert first.probability > 0.9
    assert first.features["email"] > 0
    assert not any(one.certain for one in others)


def test_namesakes_come_with_their_probability_however_small(living):
    found = candidates(living, somebody("Lee", email="rob@far.net"))
    assert [called(one.entity) for one in found] == ["Rob Leeds", "Ann Lee", "Ann Lee"]
    assert all(0 < one.probability < 1 for one in found)
    assert found[1].probability < 0.5


def test_the_likeliest_come_first_and_no_entity_twice(living):
    found = candidates(living, somebody("Ann Lee", email="annlee@other.org"))
    chances = [one.probability for one in found if not one.certain]
    assert chances == sorted(chances, reverse=True)
    assert len({one.entity.entity_id for one in found}) == len(found)


def test_there_are_no_more_than_asked_for(living):
    row = somebody("Ann Lee")
    assert len(candidates(living, Row(row.contact, row.words, 1))) == 1


def test_the_id_of_an_entity_stands_for_it(living):
    (found,) = candidates(living, somebody(id_of(living, BOB)))
    assert (found.entity.entity_id, found.probability, found.certain) == (id_of(living, BOB), 1.0, True)


def test_a_row_may_have_no_name(living):
    first = candidates(living, Row(contact("", None, None, email="bob@fox.org")))[0]
    assert first.entity.entity_id == id_of(living, BOB)


@pytest.mark.parametrize("name", [None, "", "???", "Nobody Known"])
def test_a_row_that_is_like_nobody_has_no_candidates(living, name):
    assert candidates(living, somebody(name)) == []


def test_rows_are_answered_by_their_names(living):
    found = reconcile(living, {"a": somebody("Bob Fox"), "b": somebody("Cyd Kahn")})
    assert [called(found[name][0].entity) for name in ("a", "b")] == ["Bob Fox", "Cyd Kahn"]


def test_who_is_deleted_is_nobody(living):
    living.delete(key(BOB))
    assert candidates(living, somebody("Bob Fox")) == []
    assert suggest(living, "bob", 0, 10) == []


def test_entities_are_suggested_by_the_beginning_of_a_word(living):
    assert {called(entity) for entity in suggest(living, "lee", 0, 10)} == {"Ann Lee", "Rob Leeds"}
    every = [entity.entity_id for entity in suggest(living, "ann", 0, 10)]
    assert [suggest(living, "ann", skip, 1)[0].entity_id for skip in range(2)] == every
    assert [entity.entity_id for entity in suggest(living, id_of(living, CYD), 0, 10)] == [id_of(living, CYD)]
    assert suggest(living, "", 0, 10) == []


def test_an_entity_is_called_by_the_first_name_it_has():
    assert called(Entity("e1", {"full_name": "Ann Lee", "email": "a@x.com"}, ())) == "Ann Lee"
    assert called(Entity("e1", {"full_name": None, "email": "a@x.com"}, ())) == "a@x.com"
    assert called(Entity("e1", {}, ())) == "e1"


def test_an_entity_is_told_from_namesakes_in_one_line():
    golden = {"job_title": "Buyer", "company": "X", "city": "X", "email": None}
    assert described(Entity("e1", golden, ())) == "Buyer, X"
