"""What is true of a store whatever happens to it, tried on random walks (see `tests.resolver.store.walks`)."""

import random
from dataclasses import replace

import polars as pl
import pytest
from sqlalchemy import DateTime, select

from resolver.contact import Contact
from resolver.errors import ConflictError, UsageError
from resolver.paths import matching, rekeying
from resolver.paths.matching import Newcomer
from resolver.store.documents import lines
from resolver.store.tables import metadata
from tests.resolver.store.living import differences, dump, people, rows_of, trained
from tests.resolver.store.walks import ACTS, CHANGES, Walk
from tests.servers import new_database
from tests.soak import seeds

LONGEST = 6
"""Steps of a walk after the first records came."""
SAYING = {"judge": 1, "again": 1, "undo": 1}
"""What people do that does not depend on who is in which entity."""


@pytest.fixture
def on_server(server):
    return new_database(server)


def clean_of(seed):
    """In some walks a source holds nobody twice."""
    return ("billing",) if seed % 3 == 2 else ()


def walked(store, url, seed):
    """A walk; in some of them another tenant has the same people."""
    tenant = "north" if seed % 4 == 3 else ""
    resolver = store(url, trained(clean_of(seed)), tenant)
    if not tenant:
        return Walk(resolver, seed).go(random.Random(seed).randrange(2, LONGEST), CHANGES | ACTS)
    south = store(url, trained(clean_of(seed)), "south")
    south.take(people().head(40))
    before = dump(south)
    walk = Walk(resolver, seed).go(LONGEST - 2, CHANGES | ACTS)
    assert dump(south) == before
    assert differences(south, people().head(40)) == []
    return walk


def look_at(store, walk, url):
    """The laws of a walk that is over."""
    resolver = walk.resolver
    assert differences(resolver, walk.final()) == []
    assert resolver.problems() == []
    assert walk.replayed() == set(dump(resolver))
    for place, (at, state) in enumerate(walk.snapshots):
        assert dump(resolver, at) == state, place
    at_once = store(url, trained(walk.clean), resolver.tenant)
    at_once.take(walk.final())
    assert rows_of(resolver) == rows_of(at_once)


@pytest.mark.parametrize("seed", seeds(6, 1000))
def test_whatever_happened_the_store_is_what_one_batch_gives(seed, store, tmp_path):
    look_at(store, walked(store, tmp_path / "walk.db", seed), tmp_path / "at_once.db")


@pytest.mark.parametrize("seed", seeds(2, 60))
def test_whatever_happened_on_a_server_the_store_is_what_one_batch_gives(seed, store, on_server, tmp_path):
    look_at(store, walked(store, on_server, seed + 2), tmp_path / "at_once.db")


@pytest.mark.parametrize("seed", seeds(3, 100))
def test_whatever_happened_a_preview_tells_what_other_rules_do(seed, store, tmp_path):
    resolver = walked(store, tmp_path / "walk.db", seed).resolver
    bounds = trained().rules.thresholds.model_copy(update={"match": random.Random(seed).choice((0.05, 0.6, 0.9999))})
    for other in (
        replace(trained(), tenant=resolver.tenant, rules=trained().rules.model_copy(update={"thresholds": bounds})),
        replace(trained(("*",)), tenant=resolver.tenant),
    ):
        foreseen = resolver.preview(other)
        assert list(resolver.use(other)) == foreseen


@pytest.mark.parametrize("seed", seeds(4, 200))
def test_whatever_happened_other_thresholds_do_what_resolving_all_anew_does(seed, store, tmp_path, monkeypatch):
    short, whole = (walked(store, tmp_path / f"{name}.db", seed).resolver for name in ("short", "whole"))
    match = random.Random(seed).choice((0.05, 0.6, 0.9999))
    with short.database.reading() as connection:
        present = short.frozen(connection)
    bounds = present.rules.thresholds.model_copy(update={"match": match, "review": match / 2})
    other = replace(present, rules=present.rules.model_copy(update={"thresholds": bounds}))
    told = short.use(other)
    monkeypatch.setattr(rekeying, "only_bounds_differ", lambda *_: False)
    assert whole.use(other) == told
    assert tables_of(short) == tables_of(whole)
    assert short.problems(deep=True) == []


def tables_of(resolver):
    """All that a store holds, but for moments."""
    told = {
        table.name: select(*(column for column in table.c if not isinstance(column.type, DateTime)))
        for table in metadata.sorted_tables
    }
    with resolver.database.reading() as connection:
        return {name: sorted(map(repr, connection.execute(query).all())) for name, query in told.items()}


@pytest.mark.parametrize("seed", seeds(4, 200))
def test_whatever_happened_contacts_that_are_asked_about_together_find_whom_each_finds_alone(
    seed, store, tmp_path, monkeypatch
):
    walk = walked(store, tmp_path / "walk.db", seed)
    asked = [*contacts(walk.final()), *contacts(walk.pool.with_columns(source=pl.lit("new")))]
    asked = random.Random(seed).sample([*asked, *asked[:9]], min(len(asked), 40))
    alone = [walk.resolver.match(one) for one in asked]
    assert any(alone)
    assert together(walk.resolver, asked) == alone
    # where the rest is resolved although it is plain what comes of it, the same comes of it
    monkeypatch.setattr(matching, "_is_one", lambda *_: False)
    assert together(walk.resolver, asked) == alone


def contacts(records):
    held = records.select(name for name in records.columns if name in Contact.model_fields)
    return [Contact.model_validate_json(line) for line in lines(held)]


def together(resolver, asked):
    with resolver.database.reading() as connection:
        frozen = resolver.frozen(connection)
        return matching.of_newcomers(connection, frozen, [Newcomer.of(connection, frozen, one) for one in asked])


def side_by_side(one, other, kinds, steps):
    """The same steps on two stores; what the first refuses is not done on the other either."""
    names, weights = zip(*kinds.items(), strict=True)
    for name in one.rng.choices(names, weights, k=steps):
        other.rng.setstate(one.rng.getstate())
        try:
            getattr(one, name)()
        except UsageError:
            other.told = list(one.told)
        else:
            getattr(other, name)()
            assert len(one.acts) == len(other.acts)


def undone(store, urls, seed):
    """A merge, a split or a verdict, later edits, and undo: as if it had never been. Then undo of the undo."""
    one, other = (Walk(store(url, trained(clean_of(seed))), seed) for url in urls)
    for walk in (one, other):
        walk.arrive()
    side_by_side(one, other, CHANGES | SAYING, 1)
    kind = one.rng.choice(("merge", "merge", "split", "judge"))
    acts, told = list(one.acts), list(one.told)
    try:
        getattr(one, kind)()
    except ConflictError:
        return
    act = one.acts[-1] if one.acts != acts else None
    one.acts, one.told = acts, told
    if act is None:
        return
    side_by_side(one, other, CHANGES | SAYING, one.rng.choice((1, 1, 2)))
    with_it = dump(one.resolver)
    undo = one.resolver.undo(act, who="zoe").act
    assert dump(one.resolver) == dump(other.resolver)
    assert rows_of(one.resolver) == rows_of(other.resolver)
    one.resolver.undo(undo, who="zoe")
    assert dump(one.resolver) == with_it
    assert one.resolver.problems() == []


@pytest.mark.parametrize("seed", seeds(5, 1000))
def test_after_undo_it_is_as_if_the_act_had_never_been(seed, store, tmp_path):
    undone(store, [tmp_path / "one.db", tmp_path / "other.db"], seed)


@pytest.mark.parametrize("seed", seeds(1, 30))
def test_after_undo_on_a_server_it_is_as_if_the_act_had_never_been(seed, store, on_server, tmp_path):
    undone(store, [on_server, tmp_path / "other.db"], seed)
