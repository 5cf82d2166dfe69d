"""Ids that keep answering, the past as it was, the feed, and those who are forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from resolver.errors import UsageError
from resolver.judgement import Verdict
from resolver.paths.online import Resolver
from resolver.store.journal import Kind
from tests.resolver.store.living import (
    ANN,
    ANNA,
    BOB,
    CYD,
    contact,
    counts_of,
    differences,
    dump,
    frame,
    groups,
    id_of,
    key,
    people,
    text_of,
    trained,
)

DIFFERENT = Verdict.DIFFERENT


def kinds(events):
    return [str(event.kind) for event in events]


def test_every_id_ever_issued_keeps_answering(resolver):
    resolver.upsert(ANN, BOB, CYD)
    ann, bob, cyd = (id_of(resolver, person) for person in (ANN, BOB, CYD))

    def stands_for(entity_id):
        return [entity.entity_id for entity in resolver.entity(entity_id)]

    act = resolver.merge(bob, ann, cyd, who="ann").act
    assert [stands_for(one) for one in (ann, bob, cyd)] == [[ann], [ann], [ann]]
    resolver.delete(key(ANN))
    assert [stands_for(one) for one in (ann, bob, cyd)] == [[bob], [bob], [bob]]
    resolver.undo(act, who="ann")
    assert [stands_for(one) for one in (bob, cyd)] == [[bob], [cyd]]
    assert set(stands_for(ann)) <= {bob, cyd}
    resolver.delete(key(BOB), key(CYD))
    assert [stands_for(one) for one in (ann, bob, cyd)] == [[], [], []]


def test_two_stores_that_take_the_same_give_the_same_ids(store, tmp_path):
    first, second = (store(tmp_path / f"{number}.db", trained()) for number in range(2))
    first.take(people().head(40))
    for begin in (0, 25):
        second.take(people().head(40).sort("record_id").slice(begin, 25))
    assert {entity.records for entity in first.entities()} == {entity.records for entity in second.entities()}
    again = store(tmp_path / "again.db", trained())
    again.take(people().head(40).sample(fraction=1, shuffle=True, seed=5))
    assert dump(again) == dump(first)


def test_the_past_is_as_it_was(resolver):
    states = [(datetime.now(UTC), dump(resolver))]
    steps = [
        lambda: resolver.upsert(ANN, BOB),
        lambda: resolver.merge(id_of(resolver, ANN), id_of(resolver, BOB), who="ann"),
        lambda: resolver.upsert(ANNA, CYD),
        lambda: resolver.undo(1, who="ann"),
        lambda: resolver.delete(key(ANN)),
        lambda: resolver.pin(id_of(resolver, BOB), {"given_name": "Rob"}, who="ann"),
        lambda: resolver.use(trained(("billing",))),
    ]
    for step in steps:
        step()
        states.append((datetime.now(UTC), dump(resolver)))
    for at, state in states:
        assert dump(resolver, at) == state
    assert dump(resolver, states[0][0] - timedelta(days=9)) == {}
    ann = next(entity for entity, (records, _) in states[1][1].items() if records == ("crm:1",))
    assert resolver.entity(ann, states[2][0])[0].records == ("crm:1", "crm:3")
    assert resolver.entity(ann, states[1][0])[0].records == ("crm:1",)


def test_the_feed_says_who_did_what_and_its_cursor_goes_on(resolver):
    resolver.upsert(ANN, BOB, who="loader")
    act = resolver.merge(id_of(resolver, ANN), id_of(resolver, BOB), who="ann")
    first = resolver.changes()
    assert [(change.who, change.what, str(change.kind)) for change in first] == [
        ("loader", "take", "created"),
        ("loader", "take", "created"),
        ("ann", "merge", "merged"),
        ("ann", "merge", "updated"),
    ]
    assert first[2].into == (first[3].entity_id,)
    assert resolver.changes(after=first[1].cursor) == first[2:]
    resolver.undo(act.act, who="bob")
    mine = resolver.history(first[2].entity_id)
    assert [str(change.kind) for change in mine] == ["created", "merged", "created"]


def test_a_preview_tells_what_would_happen_and_does_nothing(resolver):
    resolver.take(people().head(60))
    before, counts = dump(resolver), counts_of(resolver)
    strict = replace(trained(), clean=("*",))
    foreseen = resolver.preview(strict)
    assert (dump(resolver), counts_of(resolver)) == (before, counts)
    assert list(resolver.use(strict)) == foreseen
    assert resolver.preview(strict) == []


def test_a_preview_waits_for_nobody_who_writes(resolver):
    resolver.take(people().head(20))
    strict = replace(trained(), clean=("*",))
    foreseen = resolver.preview(strict)
    with resolver.database.writing(resolver.tenant):
        assert resolver.preview(strict) == foreseen
    assert Resolver(resolver.database, "nobody").preview(replace(strict, tenant="nobody")) == []


ZOE = contact(
    "z-4711",
    "Zoltanka",
    "Quixworth",
    "zq.quixworth@quillomat.example",
    "+1 415 555 0142",
    source="crm",
    organisations=[{"name": "Quillomat Ltd"}],
    addresses=[{"street": "77 Wexcombe Row", "city": "Zembla"}],
    notes=[{"text": "likes marzipan"}],
)
TRACES = ("4711", "zoltan", "quixworth", "quillomat", "4155550142", "415 555", "wexcombe", "zembla", "marzipan")


def traces(text):
    return [trace for trace in TRACES if trace in text.lower()]


@pytest.fixture
def lived(store, url):
    """A person who came, changed, was merged, split, pinned and spoken of."""
    resolver = store(url, trained())
    resolver.upsert(ANN, ZOE, ZOE.model_copy(update={"source": "web"}))
    resolver.merge(id_of(resolver, ANN), id_of(resolver, ZOE), who="ann", why="Quixworth told me")
    resolver.pin(id_of(resolver, ZOE), {"given_name": "Zoltanka M."}, who="ann", why="she is Zoltanka")
    resolver.undo(1, who="ann", why="Zoltanka is another")
    resolver.upsert(ZOE.model_copy(update={"family_name": "Quixworth-Lee"}))
    resolver.judge(key(ZOE), key(ANN), DIFFERENT, who="ann", why="Zoltanka said so")
    return resolver


def test_of_a_forgotten_person_nothing_is_left(lived):
    assert traces(text_of(lived)) == sorted(TRACES, key=TRACES.index)
    events = lived.forget(key(ZOE), ("web", ZOE.record_id), who="officer")
    assert kinds(events).count("forgotten") == 2
    assert traces(text_of(lived)) == []
    assert groups(lived) == [["crm:1"]]
    assert lived.problems(deep=True) == []


def test_of_a_forgotten_person_nothing_is_left_in_the_file(store, tmp_path):
    resolver = store(tmp_path / "contacts.db", trained())
    resolver.upsert(ANN, ZOE)
    resolver.forget(key(ZOE))
    resolver.database.close()
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("contacts.db"))
    assert traces(left.decode("latin-1")) == []


def test_the_forgotten_do_not_come_back_unless_they_are_to(lived):
    lived.forget(key(ZOE), ("web", ZOE.record_id))
    taken = lived.upsert(ZOE, BOB)
    assert (taken.refused, taken.new, groups(lived)) == (1, 1, [["crm:1"], ["crm:3"]])
    assert traces(text_of(lived)) == []
    taken = lived.take(frame(ZOE), returning=True)
    assert (taken.refused, taken.new) == (0, 1)
    assert ["crm:z-4711"] in groups(lived)
    assert lived.upsert(ZOE).refused == 0
    assert lived.problems(deep=True) == []


def test_who_is_left_of_an_entity_is_resolved_again(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    before = id_of(resolver, ANN)
    resolver.forget(key(ANN))
    assert groups(resolver) == [["crm:3"], ["web:2"]]
    assert [entity.records for entity in resolver.entity(before)] in ([], [("web:2",)])
    assert Kind.FORGOTTEN in [change.kind for change in resolver.history(before)]
    assert differences(resolver, frame(ANNA, BOB)) == []


def test_a_forgotten_record_is_not_there_for_anybody(resolver):
    resolver.upsert(ANN, BOB)
    resolver.forget(key(ANN))
    for ask in (resolver.delete, resolver.forget):
        with pytest.raises(UsageError, match="no record crm:1"):
            ask(key(ANN))
    assert resolver.records()["record_key"].to_list() == ["crm:3"]
