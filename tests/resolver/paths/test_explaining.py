"""Why two of a store are one person or not, and how entities came together."""

from itertools import pairwise

import pytest

from resolver.errors import GoneError, UnknownError, UsageError
from resolver.explain import why
from resolver.judgement import Verdict
from resolver.paths.batch import Watch
from resolver.paths.explaining import explain
from resolver.paths.exporting import exported, write_references
from resolver.paths.growing import how
from tests.resolver.store.living import ANN, ANNA, BOB, CYD, contact, id_of, key, people, trained


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A store with everybody, and the same as the folder of a run."""
    from tests.resolver.store.living import fresh

    folder = tmp_path_factory.mktemp("world")
    resolver = fresh(folder / "contacts.db", trained())
    resolver.take(people())
    exported([resolver], "the store", Watch()).write(folder / "out")
    write_references([resolver], folder / "out")
    yield resolver, folder / "out"
    resolver.database.close()


def test_a_store_gives_the_same_reasons_as_a_run_over_its_records(world):
    resolver, folder = world
    entities = sorted(resolver.entities(), key=lambda entity: -len(entity.records))
    several = [entity.records for entity in entities if len(entity.records) > 1]
    pairs = [records[:2] for records in several[:12]]
    pairs += [(one[0], other[0]) for one, other in pairwise(several[:13])]
    for left, right in pairs:
        mine, theirs = explain(resolver, left, right).why, why(folder, left, right)
        assert (mine.left_key, mine.right_key) == (left, right)
        assert mine.probability == pytest.approx(theirs.probability, abs=1e-6)
        assert [(line.field, line.level, line.left, line.right) for line in mine.lines] == [
            (line.field, line.level, line.left, line.right) for line in theirs.lines
        ]
        assert [line.weight for line in mine.lines] == pytest.approx([line.weight for line in theirs.lines], abs=1e-4)
        assert mine.meetings == theirs.meetings
        assert (mine.joined, bool(mine.path), mine.compared) == (theirs.joined, bool(theirs.path), theirs.compared)


def test_every_entity_came_together_by_one_join_less_than_it_has_records(world):
    resolver, _ = world
    for entity in resolver.entities()[:60]:
        (growth,) = how(resolver, entity.entity_id)
        assert growth.records == entity.records
        assert len(growth.steps) == len(entity.records) - 1
        joined = [side for step in growth.steps for side in step.joins]
        assert len(set(joined)) == len(joined) == 2 * len(growth.steps)
        if growth.steps:
            assert growth.steps[-1].records == len(entity.records)
            chances = [step.probability for step in growth.steps if step.by == "evidence"]
            assert chances == pytest.approx(sorted(chances, reverse=True), abs=1e-9)


def test_two_that_share_nothing_never_met_and_are_told_what_would_join_them(resolver):
    resolver.upsert(ANN, BOB)
    found = explain(resolver, "crm:1", "crm:3")
    assert (found.decision, found.by, found.why.compared, found.why.meetings) == ("no", "evidence", False, [])
    assert 0 < found.prior < 1
    assert found.threshold == 0.5
    assert found.flips
    assert all(flip.probability > 0.5 for flip in found.flips)


def test_what_is_too_common_is_told_as_a_meeting_that_did_not_count(resolver):
    crowd = [contact(f"c{place}", f"Given{place}", f"Family{place}", phone="+1 312 555 0100") for place in range(20)]
    resolver.upsert(*crowd)
    meetings = {meeting.family: meeting for meeting in explain(resolver, "crm:c1", "crm:c2").why.meetings}
    assert (meetings["phone"].records, meetings["phone"].dropped) == (20, True)


def test_many_that_say_the_same_are_told_as_copies(resolver):
    copies = [contact(f"c{place}", "Ann", "Lee", "ann.lee@x.com") for place in range(14)]
    resolver.upsert(*copies)
    found = explain(resolver, "crm:c1", "crm:c2")
    assert (found.why.copies, found.why.meetings, found.decision) == (14, [], "match")
    (growth,) = how(resolver, id_of(resolver, copies[0]))
    assert {step.by for step in growth.steps} == {"copy"}
    assert len(growth.steps) == 13


def test_a_persons_word_is_the_reason_where_it_settles_it(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    resolver.judge(key(ANN), key(BOB), Verdict.SAME, who="dana", why="asked")
    joined = explain(resolver, "crm:1", "crm:3")
    assert (joined.decision, joined.by, joined.why.said.who, joined.why.path) == (
        "match",
        "person",
        "dana",
        ["crm:1", "crm:3"],
    )
    (growth,) = how(resolver, id_of(resolver, ANN))
    assert [(step.by, step.said.who if step.said else None) for step in growth.steps] == [
        ("person", "dana"),
        ("evidence", None),
    ]
    resolver.upsert(CYD)
    resolver.judge(key(ANNA), key(CYD), Verdict.DIFFERENT, who="eve")
    apart = explain(resolver, "crm:1", "crm:4")
    assert (apart.decision, apart.by, [one.who for one in apart.why.different]) == ("no", "person", ["eve"])


def test_a_clean_source_is_the_reason_that_two_of_it_are_apart(store, tmp_path):
    resolver = store(tmp_path / "clean.db", trained(("crm",)))
    resolver.upsert(ANN, contact("9", "Ann", "Lee", "ann.lee@x.com"))
    found = explain(resolver, "crm:1", "crm:9")
    assert (found.decision, found.by, found.why.clean) == ("no", "clean source", ["crm"])


def test_of_entities_the_two_records_are_looked_at_that_are_most_alike(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    other = contact("5", "Ann", "Lee", source="zoo")
    resolver.upsert(other)
    found = explain(resolver, id_of(resolver, BOB), id_of(resolver, ANN))
    assert found.why.left_key == "crm:3"
    mine = explain(resolver, "crm:1", id_of(resolver, ANN))
    assert (mine.why.left_key, mine.why.right_key) == ("crm:1", "web:2")


def test_who_is_not_there_and_what_is_the_same_is_refused(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    for one, other in (("crm:1", "crm:99"), ("e1", "crm:1")):
        with pytest.raises(UnknownError):
            explain(resolver, one, other)
    for one, other in (("crm:1", "crm:1"), (id_of(resolver, ANN), id_of(resolver, ANN))):
        with pytest.raises(UsageError, match="are the same"):
            explain(resolver, one, other)
    bob = id_of(resolver, BOB)
    resolver.forget(key(BOB))
    for ask in (lambda: explain(resolver, bob, "crm:1"), lambda: how(resolver, bob)):
        with pytest.raises(GoneError):
            ask()
