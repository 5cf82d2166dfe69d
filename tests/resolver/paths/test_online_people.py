"""What a store does with what people say of records, and pin."""

from datetime import UTC, datetime

import pytest

from resolver.errors import UsageError
from resolver.judgement import Verdict
from resolver.paths.judging import ALL_PAIRS, ConflictError
from tests.resolver.store.living import (
    ANN,
    ANNA,
    BOB,
    CYD,
    counts_of,
    differences,
    dump,
    frame,
    gone,
    groups,
    id_of,
    key,
    people,
    trained,
)

SAME, DIFFERENT, UNSURE = Verdict


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(ANN, BOB, SAME)], [["crm:1", "crm:3", "web:2"]]),
        ([(ANN, ANNA, DIFFERENT)], [["crm:1"], ["crm:3"], ["web:2"]]),
        ([(ANN, ANNA, UNSURE)], [["crm:1", "web:2"], ["crm:3"]]),
        ([(ANN, ANNA, DIFFERENT), (ANN, BOB, SAME)], [["crm:1", "crm:3"], ["web:2"]]),
        ([(BOB, ANN, SAME), (ANN, BOB, SAME)], [["crm:1", "crm:3", "web:2"]]),
        ([(BOB, ANN, SAME), (BOB, ANN, UNSURE)], [["crm:1", "web:2"], ["crm:3"]]),
        ([(BOB, ANN, DIFFERENT), (BOB, ANN, UNSURE)], [["crm:1", "web:2"], ["crm:3"]]),
        ([(BOB, ANN, UNSURE), (BOB, ANN, SAME)], [["crm:1", "crm:3", "web:2"]]),
    ],
)
def test_a_verdict_outranks_scores_and_of_two_on_one_pair_the_later_counts(resolver, said, expected):
    resolver.upsert(ANN, ANNA, BOB)
    for left, right, verdict in said:
        resolver.judge(key(left), key(right), verdict, who="ann")
    assert groups(resolver) == expected
    assert differences(resolver, frame(ANN, ANNA, BOB)) == []


@pytest.mark.parametrize(
    "said",
    [
        [(ANN, BOB, SAME), (ANN, BOB, DIFFERENT)],
        [(ANN, BOB, DIFFERENT), (BOB, ANN, SAME)],
        [(ANN, BOB, SAME), (BOB, CYD, SAME), (CYD, ANN, DIFFERENT)],
        [(ANN, CYD, DIFFERENT), (ANN, BOB, SAME), (BOB, CYD, SAME)],
    ],
)
def test_a_contradiction_is_refused_with_the_other_party_named(resolver, said):
    resolver.upsert(ANN, BOB, CYD)
    for number, (left, right, verdict) in enumerate(said[:-1]):
        resolver.judge(key(left), key(right), verdict, who=f"steward{number}", why="the phone")
    before, counts = dump(resolver), counts_of(resolver)
    left, right, verdict = said[-1]
    with pytest.raises(ConflictError, match=r"the same and different persons at once.*act 1 \(judge\) by steward0"):
        resolver.judge(key(left), key(right), verdict, who="me")
    assert (dump(resolver), counts_of(resolver)) == (before, counts)


def test_a_record_is_not_judged_against_itself(resolver):
    resolver.upsert(ANN)
    for verdict in Verdict:
        with pytest.raises(UsageError, match="one record"):
            resolver.judge(key(ANN), key(ANN), verdict, who="ann")


@pytest.mark.parametrize("deleted", [ANN, BOB, CYD], ids=["the oldest", "the middle", "the last"])
def test_the_deleted_do_not_bridge_by_what_was_said_of_them(resolver, deleted):
    resolver.upsert(ANN, BOB, CYD)
    resolver.judge(key(ANN), key(BOB), SAME, who="ann")
    resolver.judge(key(BOB), key(CYD), SAME, who="ann")
    resolver.delete(key(deleted))
    assert differences(resolver, frame(*(gone(one) if one is deleted else one for one in (ANN, BOB, CYD)))) == []
    assert resolver.problems(deep=True) == []
    resolver.upsert(deleted)
    assert groups(resolver) == [["crm:1", "crm:3", "crm:4"]]


@pytest.mark.parametrize("deleted", [ANN, BOB, CYD], ids=["the oldest", "the middle", "the last"])
def test_a_merged_entity_is_named_after_its_oldest_record_that_is_live(resolver, deleted):
    resolver.upsert(ANN, BOB, CYD)
    before = {person.record_id: id_of(resolver, person) for person in (ANN, BOB, CYD)}
    resolver.merge(*before.values(), who="ann")
    resolver.delete(key(deleted))
    left = [person for person in (ANN, BOB, CYD) if person is not deleted]
    assert groups(resolver) == [[person.record_key for person in left]]
    assert list(dump(resolver)) == [before[left[0].record_id]]
    assert resolver.problems(deep=True) == []


def test_a_split_holds_through_a_reload_and_a_new_model(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    resolver.split(id_of(resolver, ANN), key(ANNA), who="ann")
    apart = [["crm:1"], ["crm:3"], ["web:2"]]
    assert groups(resolver) == apart
    resolver.upsert(ANN.model_copy(update={"job_title": None, "raw": "x"}), ANNA, BOB)
    assert groups(resolver) == apart
    resolver.use(trained(("billing",)))
    assert groups(resolver) == apart


def test_an_undo_at_any_later_time_and_the_undo_of_it(resolver):
    resolver.upsert(ANN, BOB)
    act = resolver.merge(id_of(resolver, ANN), id_of(resolver, BOB), who="ann").act
    resolver.upsert(ANNA, CYD)
    assert groups(resolver) == [["crm:1", "crm:3", "web:2"], ["crm:4"]]
    undo = resolver.undo(act, who="bob").act
    assert groups(resolver) == [["crm:1", "web:2"], ["crm:3"], ["crm:4"]]
    with pytest.raises(UsageError, match=f"act {act} is not in force; it was undone before"):
        resolver.undo(act, who="bob")
    resolver.undo(undo, who="ann")
    assert groups(resolver) == [["crm:1", "crm:3", "web:2"], ["crm:4"]]


def test_what_an_undo_would_contradict_is_refused(resolver):
    resolver.upsert(ANN, BOB)
    act = resolver.judge(key(ANN), key(BOB), SAME, who="ann").act
    undo = resolver.undo(act, who="ann").act
    resolver.judge(key(ANN), key(BOB), DIFFERENT, who="bob")
    with pytest.raises(ConflictError, match="by bob"):
        resolver.undo(undo, who="ann")
    assert groups(resolver) == [["crm:1"], ["crm:3"]]


@pytest.mark.parametrize(
    ("misuse", "complaint"),
    [
        (lambda r: r.judge(key(ANN), ("crm", "99"), SAME, who="a"), "no record crm:99"),
        (lambda r: r.merge("nobody", id_of(r, ANN), who="a"), "no entity nobody"),
        (lambda r: r.merge(id_of(r, ANN), who="a"), "two"),
        (lambda r: r.merge(who="a"), "two"),
        (lambda r: r.split(id_of(r, ANN), key(ANN), who="a"), "not all of them"),
        (lambda r: r.split(id_of(r, ANN), key(BOB), who="a"), "name some records"),
        (lambda r: r.split(id_of(r, ANN), who="a"), "name some records"),
        (lambda r: r.pin(id_of(r, ANN), {}, who="a"), "field"),
        (lambda r: r.pin(id_of(r, ANN), {"no_such_field": "x"}, who="a"), "no_such_field"),
        (lambda r: r.undo(7, who="a"), "no act 7"),
        (lambda r: r.entity("nobody"), "there never was"),
        (lambda r: r.history("nobody"), "there never was"),
        (lambda r: r.forget(("crm", "99")), "no record crm:99"),
    ],
)  # fmt: skip
def test_misuse_is_told_in_a_sentence(resolver, misuse, complaint):
    resolver.upsert(ANN, BOB)
    before = counts_of(resolver)
    with pytest.raises(UsageError, match=complaint):
        misuse(resolver)
    assert counts_of(resolver) == before


def test_a_merge_of_many_records_is_one_act_that_can_be_undone(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    resolver.take(people().head(ALL_PAIRS + 15))
    before = dump(resolver)
    act = resolver.merge(*before, who="ann").act
    assert len(groups(resolver)) == 1
    assert differences(resolver, people().head(ALL_PAIRS + 15)) == []
    resolver.undo(act, who="ann")
    assert dump(resolver) == before


def value_of(resolver, person, field):
    (entity,) = resolver.entity(id_of(resolver, person))
    return entity.golden.get(field)


def test_a_pin_wins_until_it_is_released(resolver):
    resolver.upsert(ANN, ANNA)
    resolver.pin(id_of(resolver, ANN), {"given_name": "Annie", "job_title": "Owner"}, who="ann")
    resolver.upsert(ANNA.model_copy(update={"given_name": "Anne", "updated_at": datetime(2026, 1, 1, tzinfo=UTC)}))
    resolver.use(trained(("billing",)))
    assert value_of(resolver, ANN, "given_name") == "Annie"
    resolver.pin(id_of(resolver, ANN), {"given_name": None}, who="bob")
    assert value_of(resolver, ANN, "given_name") in ("Ann", "Anne")
    assert value_of(resolver, ANN, "job_title") == "Owner"
    assert resolver.problems(deep=True) == []


def test_undoing_a_pin_or_a_release_brings_back_what_was(resolver):
    resolver.upsert(ANN)
    entity_id = id_of(resolver, ANN)
    first = resolver.pin(entity_id, {"given_name": "Annie"}, who="ann").act
    second = resolver.pin(entity_id, {"given_name": "Anita"}, who="ann").act
    third = resolver.pin(entity_id, {"given_name": None}, who="ann").act
    told = []
    for act in (third, second, first):
        resolver.undo(act, who="ann")
        told.append(value_of(resolver, ANN, "given_name"))
    assert told == ["Anita", "Annie", "Ann"]
