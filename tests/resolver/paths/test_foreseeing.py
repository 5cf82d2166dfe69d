"""What a merge or an undo would do, and that it does that."""

import pytest

from resolver.contact import Consent, ExternalId, Links
from resolver.errors import ConflictError, GoneError, UnknownError, UsageError
from resolver.judgement import Verdict
from resolver.paths.foreseeing import merged, parted, undone
from resolver.store.acts import ActKind
from tests.resolver.store.living import (
    ANN,
    ANNA,
    BOB,
    CYD,
    contact,
    counts_of,
    dump,
    fresh,
    groups,
    id_of,
    key,
    trained,
)

SAME, DIFFERENT, _ = Verdict


def with_more(person, erp, state, boss=None):
    return person.model_copy(
        update={
            "external_ids": [ExternalId(system="erp", raw=erp)],
            "consent": [Consent(channel="email", state=state)],
            "links": Links(reports_to=boss) if boss else None,
        }
    )


@pytest.fixture
def living(store, url):
    return store(url, trained())


def test_a_merge_is_foreseen_to_the_last_value_and_nothing_of_it_stays(living):
    living.upsert(ANN, ANNA, BOB)
    ann, bob = id_of(living, ANN), id_of(living, BOB)
    before, counts = dump(living), counts_of(living)
    found = merged(living, [bob, ann])
    assert (dump(living), counts_of(living), living.deeds()) == (before, counts, [])
    living.merge(bob, ann, who="dana")
    (made,) = living.entities()
    assert (found.golden, found.blocked, found.retired) == (made, None, (bob,))
    assert [(one.kind, one.entity_id) for one in found.changes] == [
        (one.kind, one.entity_id) for one in living.changes() if one.what == "merge"
    ]


def test_what_speaks_against_a_merge_is_told(resolver):
    resolver.upsert(with_more(ANN, "E-1", "granted"), with_more(BOB, "E-2", "denied", boss="77"))
    ann, bob = id_of(resolver, ANN), id_of(resolver, BOB)
    found = merged(resolver, [ann, bob])
    fields = {one.field: one.values for one in found.disagreements}
    assert fields["full_name"] == {ann: "Ann Lee", bob: "Bob Fox"}
    assert "consent" not in fields
    assert [(one.system, one.ids, one.own) for one in found.two_ids] == [
        ("crm", {ann: ("1",), bob: ("3",)}, True),
        ("erp", {ann: ("E-1",), bob: ("E-2",)}, False),
    ]
    assert [(one.channel, one.before, one.after) for one in found.consent] == [
        ("email", {ann: "granted", bob: "denied"}, "denied")
    ]
    assert [(one.record, one.name, one.value) for one in found.references] == [
        ("crm:1", "erp", "E-1"),
        ("crm:3", "erp", "E-2"),
        ("crm:3", "reports_to", "77"),
    ]


def test_a_merge_that_a_verdict_forbids_is_told_as_blocked(resolver):
    resolver.upsert(ANN, BOB)
    resolver.judge(key(ANN), key(BOB), DIFFERENT, who="dana")
    found = merged(resolver, [id_of(resolver, ANN), id_of(resolver, BOB)])
    assert "by dana" in found.blocked
    assert (found.golden, found.retired, found.changes, found.consent) == (None, (), (), ())
    assert found.disagreements


def test_what_is_no_merge_is_refused_as_the_merge_itself(resolver):
    resolver.upsert(ANN, BOB)
    ann, bob = id_of(resolver, ANN), id_of(resolver, BOB)
    for ids, error in (((ann, ann), UsageError), ((ann, "e1"), UnknownError)):
        with pytest.raises(error):
            merged(resolver, ids)
    resolver.forget(key(BOB))
    with pytest.raises(GoneError):
        merged(resolver, [ann, bob])


def test_undoing_is_foreseen_and_then_does_that(living):
    living.upsert(ANN, BOB)
    ann, bob = id_of(living, ANN), id_of(living, BOB)
    act = living.merge(ann, bob, who="dana").act
    before = dump(living)
    blocked, foreseen = undone(living, act, ActKind.MERGE)
    assert (blocked, dump(living)) == (None, before)
    living.undo(act, who="dana", kind=ActKind.MERGE)
    assert {one.entity_id: one.after for one in foreseen} == {one.entity_id: one for one in living.entities()}


def test_an_undo_that_verdicts_forbid_by_now_is_told_as_blocked(resolver):
    resolver.upsert(ANN, BOB)
    act = resolver.judge(key(ANN), key(BOB), SAME, who="dana").act
    back = resolver.undo(act, who="dana").act
    resolver.judge(key(ANN), key(BOB), DIFFERENT, who="eve")
    blocked, foreseen = undone(resolver, back)
    assert "by eve" in blocked
    assert foreseen == []
    with pytest.raises(ConflictError):
        resolver.undo(back, who="dana")


def test_only_an_act_in_force_and_of_the_kind_can_be_undone(resolver):
    resolver.upsert(ANN, BOB)
    act = resolver.judge(key(ANN), key(BOB), SAME, who="dana").act
    for attempt in (undone, lambda *given: resolver.undo(given[1], who="dana", kind=given[2])):
        with pytest.raises(UnknownError, match=f"act {act} is no merge"):
            attempt(resolver, act, ActKind.MERGE)
        with pytest.raises(UnknownError, match="there is no act 99"):
            attempt(resolver, 99, None)
    resolver.undo(act, who="dana")
    with pytest.raises(ConflictError, match="undone before"):
        undone(resolver, act)


def test_two_kept_apart_stay_so_through_merges_until_it_is_taken_back(living):
    living.upsert(ANN, ANNA, BOB, CYD)
    ann, bob, cyd = (id_of(living, person) for person in (ANN, BOB, CYD))
    living.keep_apart(ann, "crm:3", who="dana", why="father and son")
    living.merge(bob, cyd, who="dana")
    for other in (bob, cyd):
        with pytest.raises(ConflictError, match="by dana"):
            living.merge(ann, other, who="eve")
    assert len(living.let_meet("crm:3", ann, who="eve")) == 1
    living.merge(ann, cyd, who="eve")
    assert groups(living) == [["crm:1", "crm:3", "crm:4", "web:2"]]


def test_records_of_one_entity_can_be_kept_apart_and_entities_that_are_one_cannot(resolver):
    resolver.upsert(ANN, ANNA)
    with pytest.raises(UsageError, match="are one already"):
        resolver.keep_apart(id_of(resolver, ANN), id_of(resolver, ANNA), who="dana")
    resolver.keep_apart("crm:1", "web:2", who="dana")
    assert groups(resolver) == [["crm:1"], ["web:2"]]


def test_only_what_was_said_is_taken_back_and_a_split_by_undoing_it(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    with pytest.raises(UnknownError, match="nobody said that crm:1 and crm:3 are different"):
        resolver.let_meet("crm:1", "crm:3", who="dana")
    resolver.upsert(contact("8", "Ann", "Lee", "ann.lee@x.com", source="zoo"))
    act = resolver.split(id_of(resolver, ANN), key(ANNA), who="dana").act
    with pytest.raises(ConflictError, match=rf"act {act} \(split\) keeps them apart"):
        resolver.let_meet("crm:1", "web:2", who="dana")


def test_a_value_that_was_pinned_before_a_merge_can_be_let_go_of_after_it(resolver):
    resolver.upsert(ANN, BOB)
    ann, bob = id_of(resolver, ANN), id_of(resolver, BOB)
    resolver.pin(bob, {"full_name": "Bobby"}, who="dana")
    resolver.merge(ann, bob, who="dana")
    assert resolver.view(ann).golden["full_name"] == "Bobby"
    resolver.release(ann, "full_name", who="dana")
    assert resolver.view(ann).golden["full_name"] != "Bobby"
    assert resolver.view(ann).pinned == {}
    with pytest.raises(UnknownError, match="nobody pinned full_name"):
        resolver.release(ann, "full_name", who="dana")
    with pytest.raises(UsageError, match="no golden value 'fullname'"):
        resolver.release(ann, "fullname", who="dana")


def test_acts_are_listed_the_last_first_with_what_happened_by_each(resolver):
    resolver.upsert(ANN, BOB)
    ann, bob = id_of(resolver, ANN), id_of(resolver, BOB)
    acts = [resolver.merge(ann, bob, who="dana", why="asked").act, resolver.pin(ann, {"city": "Rome"}, who="eve").act]
    assert [deed.act.number for deed in resolver.deeds()] == acts[::-1]
    assert [deed.act.number for deed in resolver.deeds(acts[1], 1)] == acts[:1]
    deed, changes = resolver.deed(acts[0])
    assert (deed.act.why, [(one.kind, one.entity_id) for one in changes]) == (
        "asked",
        [("merged", bob), ("updated", ann)],
    )
    with pytest.raises(UnknownError, match="there is no act 99"):
        resolver.deed(99)


def test_acts_of_another_tenant_are_not_there(resolver):
    resolver.upsert(ANN, BOB)
    act = resolver.merge(id_of(resolver, ANN), id_of(resolver, BOB), who="dana").act
    other = fresh(resolver.database.engine.url.database, trained(), "other")
    for attempt in (lambda: other.deed(act), lambda: other.undo(act, who="eve"), lambda: undone(other, act)):
        with pytest.raises(UnknownError, match=f"there is no act {act}"):
            attempt()
    assert other.deeds() == []
    other.database.close()


def test_a_split_is_foreseen_to_the_last_record_and_nothing_is_done(living):
    twin = contact("10", "Ann", "Lee", "ann.lee@x.com", "+1 312 555 0188")
    living.upsert(ANN, twin)
    ann = id_of(living, ANN)
    before = dump(living)
    blocked, found = parted(living, ann, [("crm", "10")])
    assert blocked is None
    assert dump(living) == before
    living.split(ann, ("crm", "10"), who="kim")
    then = {one.after.entity_id: one.after.records for one in found if one.after}
    assert then == {one.entity_id: one.records for one in living.entities()}


def test_a_split_against_what_somebody_said_is_foreseen_as_refused(living):
    living.upsert(ANN, BOB)
    act = living.merge(id_of(living, ANN), id_of(living, BOB), who="kim").act
    blocked, found = parted(living, id_of(living, ANN), [("crm", "3")])
    assert (f"act {act}" in blocked, found) == (True, [])
    with pytest.raises(UsageError, match="not all of them"):
        parted(living, id_of(living, ANN), [("crm", "1"), ("crm", "3")])
