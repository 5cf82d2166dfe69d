from concurrent.futures import ThreadPoolExecutor

import pytest

from resolver.errors import GoneError, UnknownError, UsageError, VersionError
from resolver.paths.keeping import Became, Condition
from tests.resolver.store.living import ANN, ANNA, BOB, CYD, contact, gone, groups, id_of, key, people, trained

NOW = Condition()


@pytest.fixture
def known(store, tmp_path):
    return filled(store(tmp_path / "contacts.db", trained()))


@pytest.fixture
def wherever(store, url):
    """The same on each kind of database."""
    return filled(store(url, trained()))


def filled(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    return resolver


def test_a_record_is_told_with_its_version_and_its_entity(known):
    found = known.record(key(ANN))
    assert (found.record.content["given_name"], found.entity.records) == ("Ann", ("crm:1", "web:2"))
    assert found.record.version == known.put(ANN, NOW).records[0].version


def test_a_record_is_created_updated_and_left_unchanged(wherever):
    told = [wherever.put(person, NOW) for person in (CYD, CYD.model_copy(update={"given_name": "Cydney"}))]
    told.append(wherever.put(CYD.model_copy(update={"given_name": "Cydney"}), NOW))
    assert [kept.records[0].became for kept in told] == [Became.CREATED, Became.UPDATED, Became.UNCHANGED]
    assert len({kept.records[0].entity_id for kept in told}) == 1
    assert [[str(event.kind) for event in kept.events] for kept in told] == [["created"], ["updated"], []]


def test_what_happens_to_entities_is_told_by_their_ids(known):
    ann, bob = id_of(known, ANN), id_of(known, BOB)
    told = known.put(ANNA.model_copy(update={"given_name": "Bob", "family_name": "Fox", "emails": BOB.emails}), NOW)
    assert told.records[0].entity_id == id_of(known, ANNA)
    assert {event.entity_id for event in told.events} <= {ann, bob, id_of(known, ANNA)}
    assert told.events


@pytest.mark.parametrize(
    ("person", "condition", "holds"),
    [
        (ANN, Condition(any_version=True), True),
        (CYD, Condition(any_version=True), False),
        (ANN, Condition(absent=True), False),
        (CYD, Condition(absent=True), True),
        (ANN, Condition(("0123456789abcdef",)), False),
        (CYD, Condition(("0123456789abcdef",)), False),
        (gone(BOB), Condition(absent=True), False),
    ],
)
def test_a_record_is_written_only_if_it_is_as_expected(known, person, condition, holds):
    new = person.model_copy(update={"middle_name": "May"})
    if holds:
        assert known.put(new, condition).records[0].became in (Became.CREATED, Became.UPDATED)
    else:
        with pytest.raises(VersionError):
            known.put(new, condition)
        assert "May" not in str(known.entities())


def test_of_two_who_read_the_same_version_one_can_write(known):
    version = known.record(key(ANN)).record.version
    known.put(ANN.model_copy(update={"middle_name": "May"}), Condition(("other", version)))
    with pytest.raises(VersionError, match="has changed since"):
        known.put(ANN.model_copy(update={"middle_name": "June"}), Condition((version,)))


def test_a_record_is_deleted_once_and_then_gone(known):
    version = known.record(key(BOB)).record.version
    with pytest.raises(VersionError):
        known.remove(key(BOB), Condition(("other",)))
    told = known.remove(key(BOB), Condition((version,)))
    assert (told.records[0].became, [str(event.kind) for event in told.events]) == (Became.DELETED, ["deleted"])
    assert known.remove(key(BOB), NOW).events == ()
    assert groups(known) == [["crm:1", "web:2"]]
    with pytest.raises(GoneError, match="was deleted"):
        known.record(key(BOB))
    assert known.put(BOB, Condition(absent=True)).records[0].became == Became.CREATED


def test_a_record_that_never_was_is_unknown(known):
    for act in (known.record, lambda one: known.remove(one, NOW)):
        with pytest.raises(UnknownError):
            act(("crm", "none"))


def test_a_record_that_was_forgotten_stays_away(wherever):
    wherever.forget(key(BOB))
    for act in (
        lambda: wherever.record(key(BOB)),
        lambda: wherever.remove(key(BOB), NOW),
        lambda: wherever.put(BOB, NOW),
    ):
        with pytest.raises(GoneError):
            act()
    told = wherever.put_all([BOB, CYD])
    assert [one.became for one in told.records] == [Became.FORGOTTEN, Became.CREATED]


def test_many_are_told_in_the_order_in_which_they_were_given(wherever):
    told = wherever.put_all([CYD, ANN, BOB.model_copy(update={"given_name": "Rob"}), gone(ANNA)])
    assert [(one.record_id, one.became) for one in told.records] == [
        ("4", Became.CREATED),
        ("1", Became.UNCHANGED),
        ("3", Became.UPDATED),
        ("2", Became.DELETED),
    ]
    assert [one.version is None for one in told.records] == [False, False, False, True]


def test_nothing_is_written_by_nobody(known):
    assert known.put_all([]).records == ()


def test_a_store_without_a_model_learns_from_many_and_refuses_one(store, tmp_path):
    resolver = store(tmp_path / "contacts.db")
    with pytest.raises(UsageError, match="no model yet"):
        resolver.put(ANN, NOW)
    records = people().head(50)
    names = records.select("record_id", "given_name", "family_name").rows()
    crowd = [contact(*row, email=f"{row[0]}@x.com") for row in dict.fromkeys(names)]
    assert len(resolver.put_all(crowd).records) == len(crowd)
    assert resolver.is_trained()


def test_threads_that_put_at_the_same_time_are_told_each_of_their_own(wherever):
    before = len(wherever.changes(limit=1000))
    people = [contact(f"t{place}", "Thea", f"Tailor{place}", f"thea{place}@x.com") for place in range(12)]
    conditions = [Condition(any_version=place == 7) for place in range(12)]
    with ThreadPoolExecutor(12) as threads:
        told = [*threads.map(lambda one: outcome(wherever, *one), zip(people, conditions, strict=True))]
    assert isinstance(told.pop(7), VersionError)
    people.pop(7)
    for person, kept in zip(people, told, strict=True):
        assert [(one.record_id, one.became) for one in kept.records] == [(person.record_id, Became.CREATED)]
        assert {event.entity_id for event in kept.events} == {id_of(wherever, person)}
    commits = {change.at for change in wherever.changes(limit=1000)[before:]}
    assert len(commits) < 11
    assert wherever.problems(deep=True) == []


def outcome(resolver, person, condition):
    try:
        return resolver.put(person, condition)
    except VersionError as error:
        return error
