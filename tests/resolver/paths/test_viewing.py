"""What an id stands for, and which state of it that is."""

from datetime import UTC, datetime

import pytest

from resolver.contact import Note
from resolver.errors import GoneError, StaleError, UnknownError
from tests.resolver.store.living import ANN, ANNA, BOB, contact, gone, id_of, key


def test_a_view_holds_the_golden_record_its_members_and_where_each_value_comes_from(resolver):
    resolver.upsert(ANN, ANNA)
    seen = resolver.view(id_of(resolver, ANN))
    assert seen.golden["email"] == "ann.lee@x.com"
    assert seen.provenance["email"] in ("crm:1", "web:2")
    assert not {"records", "provenance", "pinned"} & seen.golden.keys()
    assert {member.key: member.content["given_name"] for member in seen.members} == {"crm:1": "Ann", "web:2": "Ann"}


def test_a_pinned_value_is_told_with_the_act_that_holds_it(resolver):
    resolver.upsert(ANN)
    act = resolver.pin(id_of(resolver, ANN), {"full_name": "Ann L."}, who="ann").act
    seen = resolver.view(id_of(resolver, ANN))
    assert (seen.golden["full_name"], seen.pinned) == ("Ann L.", {"full_name": act})


def test_the_version_changes_with_the_entity_and_with_what_any_record_says(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    ann, bob = id_of(resolver, ANN), id_of(resolver, BOB)
    versions = [resolver.view(ann).version]
    other = resolver.view(bob).version
    for change in (
        lambda: resolver.upsert(ANNA.model_copy(update={"notes": [Note(text="called")]})),
        lambda: resolver.pin(ann, {"full_name": "A"}, who="ann"),
        lambda: resolver.upsert(gone(ANNA)),
    ):
        change()
        versions.append(resolver.view(ann).version)
    assert len(set(versions)) == 4
    assert resolver.view(bob).version == other
    resolver.upsert(ANN)
    assert resolver.view(ann).version == versions[-1]


def test_an_id_that_was_merged_shows_the_entity_it_is_part_of(resolver):
    resolver.upsert(ANN, BOB)
    ann, bob = id_of(resolver, ANN), id_of(resolver, BOB)
    before = datetime.now(UTC)
    resolver.merge(ann, bob, who="ann")
    seen = resolver.view(bob)
    assert (seen.asked, seen.entity_id, len(seen.members)) == (bob, ann, 2)
    assert seen.version == resolver.view(ann).version
    assert (resolver.view(bob, before).entity_id, resolver.view(bob, before).version) == (bob, "")


def test_an_id_that_was_split_names_its_successors(resolver):
    resolver.upsert(ANN)
    merged = id_of(resolver, ANN)
    resolver.upsert(BOB)
    resolver.merge(merged, id_of(resolver, BOB), who="ann")
    resolver.upsert(gone(ANN))
    resolver.forget(key(ANN))
    seen = resolver.view(merged)
    assert (seen.entity_id, seen.successors) in (((id_of(resolver, BOB)), ()), (merged, (id_of(resolver, BOB),)))


@pytest.mark.parametrize("as_of", [None, datetime(2020, 1, 1, tzinfo=UTC)])
def test_an_id_that_was_never_issued_is_unknown(resolver, as_of):
    with pytest.raises(UnknownError, match="there is no entity e1, and there never was"):
        resolver.view("e1", as_of)


def test_before_it_was_there_an_entity_is_unknown_and_after_it_is_gone(resolver):
    resolver.upsert(ANN)
    ann = id_of(resolver, ANN)
    with pytest.raises(UnknownError, match=r"there was no entity .* at that moment"):
        resolver.view(ann, datetime(2020, 1, 1, tzinfo=UTC))
    resolver.forget(key(ANN))
    for as_of in (None, datetime(2020, 1, 1, tzinfo=UTC)):
        with pytest.raises(GoneError, match="any more"):
            resolver.view(ann, as_of)


def test_who_acts_on_an_old_state_is_refused_and_nothing_happens(resolver):
    resolver.upsert(ANN, BOB)
    ann, bob = id_of(resolver, ANN), id_of(resolver, BOB)
    seen = {resolver.view(ann).version, resolver.view(bob).version}
    resolver.upsert(BOB.model_copy(update={"middle_name": "Q"}))
    for act in (
        lambda: resolver.merge(ann, bob, who="ann", seen=seen),
        lambda: resolver.pin(bob, {"full_name": "B"}, who="ann", seen=seen),
        lambda: resolver.release(bob, "full_name", who="ann", seen=seen),
        lambda: resolver.split(bob, key(BOB), who="ann", seen=seen),
    ):
        with pytest.raises(StaleError, match=f"entity {bob} is not what you saw"):
            act()
    assert resolver.deeds() == []
    resolver.merge(ann, bob, who="ann", seen={resolver.view(ann).version, resolver.view(bob).version})
    assert len(resolver.entities()) == 1


def test_records_of_one_source_keep_apart_what_another_source_says(resolver):
    person = contact("a:b", "Cy", "Orr", "cy@orr.org", source="x")
    resolver.upsert(person)
    (member,) = resolver.view(id_of(resolver, person)).members
    assert (member.source, member.record_id) == ("x", "a:b")
