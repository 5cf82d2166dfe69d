from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from resolver.errors import TooLittleError
from resolver.judgement import Verdict
from resolver.paths.looking import Grade, Wanted
from resolver.paths.matching import Decision
from tests.resolver.store.living import ANN, ANNA, BOB, CYD, contact, dump, id_of, key, trained

ASKED = contact("", "Annie", "Lee", "ann.lee@x.com", source="")
BARE = contact("", None, None, source="")


@pytest.fixture
def known(store, tmp_path):
    return filled(store(tmp_path / "contacts.db", trained()))


@pytest.fixture
def wherever(store, url):
    """The same on each kind of database."""
    return filled(store(url, trained()))


def filled(resolver):
    resolver.upsert(ANN, ANNA, BOB, CYD)
    return resolver


def look(resolver, person=ASKED, **wanted):
    return resolver.look(person, Wanted(**wanted))[0]


def test_what_is_found_comes_with_all_that_is_to_be_seen_and_nothing_is_written(wherever):
    before = dump(wherever)
    (found,) = look(wherever)
    assert (found.match.decision, found.grade, found.match_key) == (Decision.AUTO, Grade.CERTAIN, "+EMAIL+NAME")
    assert found.entity.records == ("crm:1", "web:2")
    assert [(line.left, line.right) for line in found.evidence if line.field == "given"] == [("Annie", "Ann")]
    assert dump(wherever) == before


def test_whoever_is_like_nobody_finds_nobody(known):
    assert look(known, contact("", "Zoe", "Quist", "zoe@quist.se", source="")) == []


def test_who_says_nothing_to_be_found_by_is_refused(known):
    with pytest.raises(TooLittleError):
        look(known, BARE)


def test_several_are_looked_for_at_one_moment_and_one_that_says_too_little_stops_no_other(known):
    found, version = known.look_each({"one": ASKED, "none": BARE, "two": BOB}, Wanted())
    assert {name: one and [each.entity.records for each in one] for name, one in found.items()} == {
        "one": [("crm:1", "web:2")],
        "none": None,
        "two": [],
    }
    with known.database.reading() as connection:
        assert version == known.frozen(connection).fingerprint


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({"threshold": 0.99}, 1),
        ({"threshold": 1.0}, 0),
        ({"only_certain": True}, 1),
        ({"exclude": ["crm:1"]}, 0),
        ({"exclude": ["crm:3", "nobody"]}, 1),
        ({"sources": ["web"]}, 1),
        ({"sources": ["we", "billing"]}, 0),
    ],
)
def test_only_what_is_wanted_is_told(known, wanted, number):
    assert len(look(known, **wanted)) == number


def test_an_entity_is_excluded_by_any_id_it_ever_had(wherever):
    old = id_of(wherever, BOB)
    wherever.merge(id_of(wherever, ANN), old, who="ann")
    assert look(wherever, exclude=[id_of(wherever, ANN)]) == look(wherever, exclude=[old]) == []
    assert [found.entity.records for found in look(wherever)] == [("crm:1", "crm:3", "web:2")]


def test_who_is_kept_apart_from_all_that_are_like_it_is_shown_and_not_joined(known):
    known.upsert(contact("9", "Ann", "Lee", "ann.lee@x.com"))
    known.judge(("crm", "9"), key(ANN), Verdict.DIFFERENT, who="ann")
    (best, *_) = look(known, limit=1)
    assert len(look(known)) == 2
    assert len(look(known, limit=1)) == 1
    assert best.grade in (Grade.CERTAIN, Grade.PROBABLE)


def test_another_tenant_finds_nobody(known):
    other = type(known)(known.database, "other")
    other.use(trained_for("other"))
    assert look(other) == []


def trained_for(tenant):
    from dataclasses import replace

    return replace(trained(), tenant=tenant)


def test_several_who_look_at_the_same_time_see_what_each_would_see_alone(known):
    asked = [ANN, ANNA, BOB, ASKED, BARE, ANN.model_copy(update={"deleted": True})] * 4
    alone = [seen(known, person) for person in asked]
    with ThreadPoolExecutor(12) as threads:
        assert [*threads.map(partial(seen, known), asked)] == alone


def seen(resolver, person):
    try:
        return resolver.look(person, Wanted())
    except TooLittleError as error:
        return str(error)
