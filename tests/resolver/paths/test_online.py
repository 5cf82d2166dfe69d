"""What a store does with records that come, change and go."""

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import polars as pl
import pytest

from resolver.contact import Bounce, Email, ExternalId
from resolver.errors import UsageError
from resolver.judgement import Verdict
from tests.resolver.store.living import (
    ANN,
    ANNA,
    BOB,
    CYD,
    SWITCHBOARD,
    contact,
    counts_of,
    differences,
    dump,
    frame,
    gone,
    groups,
    id_of,
    key,
    on_switchboard,
    people,
    rows_of,
    trained,
)

SAME, DIFFERENT, UNSURE = Verdict


def kinds(events):
    return [str(event.kind) for event in events]


def test_contacts_come_change_and_go(resolver):
    taken = resolver.upsert(ANN, ANNA, BOB)
    assert (taken.new, taken.changed, taken.unchanged, kinds(taken.events)) == (3, 0, 0, ["created", "created"])
    assert groups(resolver) == [["crm:1", "web:2"], ["crm:3"]]
    moved = resolver.upsert(BOB.model_copy(update={"record_id": "1"}))
    assert (moved.new, moved.changed) == (0, 1)
    assert groups(resolver) == [["crm:1", "crm:3"], ["web:2"]]
    assert resolver.delete(key(BOB), key(ANNA)).gone == 2
    assert groups(resolver) == [["crm:1"]]


def test_loading_again_changes_nothing_and_tells_nobody(resolver):
    resolver.take(people().head(30))
    before, counts = dump(resolver), counts_of(resolver)
    taken = resolver.take(people().head(30).sample(fraction=1, shuffle=True, seed=1))
    assert (taken.new, taken.changed, taken.unchanged, list(taken.events)) == (0, 0, 30, [])
    assert (dump(resolver), counts_of(resolver)) == (before, counts)


def test_a_column_that_says_nothing_is_no_change(resolver):
    resolver.take(frame(ANN, BOB))
    slim = frame(ANN, BOB).select("source", "record_id", "record_key", "given_name", "family_name", "emails", "phones")
    assert resolver.take(slim).unchanged == 2


def test_what_is_missing_from_a_complete_export_is_deleted(resolver):
    resolver.upsert(ANN, ANNA, BOB, CYD)
    taken = resolver.take(frame(BOB), complete=True)
    assert (taken.gone, taken.unchanged) == (2, 1)
    assert groups(resolver) == [["crm:3"], ["web:2"]]
    assert resolver.upsert(CYD).changed == 1
    assert groups(resolver) == [["crm:3"], ["crm:4"], ["web:2"]]


def test_deleting_twice_is_deleting_once(resolver):
    resolver.upsert(ANN, BOB)
    assert [resolver.delete(key(BOB)).gone for _ in range(2)] == [1, 0]


def test_a_record_comes_back_to_its_old_id(resolver):
    resolver.upsert(ANN, BOB)
    before = id_of(resolver, BOB)
    resolver.delete(key(BOB))
    assert resolver.entity(before) == []
    resolver.upsert(BOB)
    assert id_of(resolver, BOB) == before


@pytest.mark.parametrize(
    "person",
    [
        contact("1", "Helen", "Cavers", "hcavers@newyorkfarms.com"),
        contact("1", None, None, "helen.cavers@newyorkfarms.com"),
        contact("1", None, None, None, "+1 312 555 0188"),
        contact("1", "Helen", "Cavers"),
    ],
    ids=["no company", "an address alone", "a phone alone", "a name alone"],
)
def test_a_record_that_comes_alone_is_compared_as_it_is_among_others(store, tmp_path, person):
    alone, together = (store(tmp_path / f"{name}.db", trained()) for name in ("alone", "together"))
    rest = people().head(20)
    alone.upsert(person)
    alone.take(rest)
    together.take(pl.concat([frame(person), rest], how="diagonal_relaxed"))
    assert rows_of(alone)[key(person)] == rows_of(together)[key(person)]


def test_records_that_say_the_same_under_one_id_in_two_sources_have_ids_of_their_own(resolver):
    twins = [BOB.model_copy(update={"source": source}) for source in ("a", "b", "c")]
    resolver.upsert(*twins[:2])
    resolver.upsert(twins[2])
    for one, other in combinations(twins, 2):
        resolver.judge(key(one), key(other), DIFFERENT, who="ann")
    assert len({id_of(resolver, person) for person in twins}) == 3


def test_two_that_write_at_once_both_get_their_turn(store, url):
    parts = [people().slice(begin, 12) for begin in (0, 12, 24)]
    resolvers = [store(url, trained() if not number else None) for number in range(len(parts))]
    with ThreadPoolExecutor() as pool:
        taken = list(pool.map(lambda resolver, part: resolver.take(part).new, resolvers, parts))
    assert taken == [12, 12, 12]
    assert differences(resolvers[0], people().head(36)) == []
    assert resolvers[0].problems() == []


def test_an_id_that_no_database_takes_is_refused(store, tmp_path):
    with pytest.raises(UsageError, match="NUL"):
        store(tmp_path / "contacts.db", trained()).upsert(BOB.model_copy(update={"record_id": "a\0b"}))


@pytest.mark.parametrize("record_id", ["", " ", ":", "a:b", "it's", '"', "\\", "%", "\u2028", "ünïcödé 李"])
def test_a_record_may_have_any_id(store, url, record_id):
    resolver = store(url, trained())
    person = BOB.model_copy(update={"record_id": record_id, "given_name": record_id})
    assert resolver.upsert(person).new == 1
    assert resolver.upsert(person).unchanged == 1
    assert resolver.delete(key(person)).gone == 1


def test_a_store_without_a_model_trains_one_on_what_comes_first(store, tmp_path):
    resolver = store(tmp_path / "contacts.db")
    assert not resolver.is_trained()
    resolver.take(people().head(150))
    assert resolver.is_trained()
    assert differences(resolver, people().head(150)) == []


def test_nothing_can_be_said_before_there_is_a_model(store, tmp_path):
    resolver = store(tmp_path / "contacts.db")
    with pytest.raises(UsageError, match="no model yet"):
        resolver.merge("a", "b", who="ann")
    assert resolver.problems(deep=True) == []


def test_what_goes_wrong_leaves_nothing(resolver):
    resolver.upsert(ANN)
    before = counts_of(resolver)
    with pytest.raises(UsageError, match="no record crm:99"):
        resolver.delete(key(ANN), ("crm", "99"))
    assert (counts_of(resolver), groups(resolver)) == (before, [["crm:1"]])


def test_a_number_that_becomes_a_switchboard_holds_nobody_together_any_more(resolver):
    """Seen with one person, then with forty: more than all levels of sharing and than the caps of keys."""
    one, other = contact("a", "Ann", "Lee", None, SWITCHBOARD), contact("b", "A.", "Lee", None, SWITCHBOARD)
    resolver.upsert(one, other)
    crowd = on_switchboard(people().head(40))
    seen = frame(one, other)
    for begin, size in ((0, 1), (1, 2), (3, 10), (13, 27)):
        resolver.take(crowd.slice(begin, size))
        seen = pl.concat([seen, crowd.slice(begin, size)], how="diagonal_relaxed")
        assert differences(resolver, seen) == []
    resolver.take(people().head(40))
    assert differences(resolver, pl.concat([frame(one, other), people().head(40)], how="diagonal_relaxed")) == []


def test_many_records_that_say_the_same_come_and_go(resolver):
    copies = [ANN.model_copy(update={"record_id": f"c{number:02}", "source": "web"}) for number in range(14)]
    ann = contact("1", "Ann", "Lee", "ann.lee@x.com")
    resolver.upsert(ann, *copies[1:4])
    for change in (copies[4:12], copies[12:], copies[:1]):
        resolver.upsert(*change)
        assert resolver.problems(deep=True) == []
    assert differences(resolver, frame(ann, *copies)) == []
    resolver.judge(key(copies[13]), key(copies[2]), UNSURE, who="ann")
    assert differences(resolver, frame(ann, *copies)) == []
    resolver.delete(*map(key, copies[:3]))
    assert differences(resolver, frame(ann, *map(gone, copies[:3]), *copies[3:])) == []
    resolver.delete(*map(key, copies[3:9]))
    assert differences(resolver, frame(ann, *map(gone, copies[:9]), *copies[9:])) == []


@pytest.mark.parametrize("bounce", [Bounce(reason="full"), Bounce()], ids=["with a reason", "without"])
def test_a_bounce_that_comes_and_goes_weighs_on_the_address_of_whoever_has_the_id(resolver, bounce):
    ids = [ExternalId(system="erp", raw="E77")]
    owner = ANN.model_copy(update={"external_ids": ids, "emails": [Email(raw="ann@x.com"), Email(raw="ann@y.org")]})
    teller = contact("9", "Ann", "Lee", source="desk", external_ids=ids, bounce_unattributed=bounce)
    resolver.upsert(owner)
    free = dump(resolver)
    for told in (teller, teller.model_copy(update={"bounce_unattributed": None}), teller, gone(teller)):
        resolver.upsert(told)
        assert differences(resolver, frame(owner, told)) == []
    assert {records for records, _ in free.values()} == {("crm:1",)}


def test_two_records_of_a_clean_source_are_never_one(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained(("billing",)))
    copy = ANN.model_copy(update={"source": "billing"})
    resolver.upsert(copy, copy.model_copy(update={"record_id": "6"}))
    assert groups(resolver) == [["billing:1"], ["billing:6"]]
    resolver.upsert(ANNA)
    assert sorted(map(len, groups(resolver))) == [1, 2]


def test_tenants_never_meet(store, tmp_path):
    one, other = (store(tmp_path / "contacts.db", trained(), name) for name in ("one", "two"))
    one.upsert(ANN, BOB)
    before, feed = dump(one), one.changes()
    other.upsert(ANN, ANNA, CYD)
    other.judge(key(ANN), key(CYD), SAME, who="ann")
    assert (dump(one), one.changes()) == (before, feed)
    assert not set(dump(one)) & {change.entity_id for change in other.changes()} or dump(one) != dump(other)
    with pytest.raises(UsageError, match="no record crm:4"):
        one.delete(key(CYD))
    with pytest.raises(UsageError, match="no act 1"):
        one.undo(1, who="ann")
    assert one.problems(deep=True) == other.problems(deep=True) == []
