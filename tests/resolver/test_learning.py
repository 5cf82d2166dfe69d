"""What people's decisions teach a store's model, as a proposal."""

from dataclasses import replace

import pytest

from resolver import learning
from resolver.errors import StaleError, UsageError
from resolver.judgement import Verdict
from resolver.learning import LABELS, Which
from resolver.model.taught import LEAST
from resolver.paths.judging import say_each
from resolver.paths.ruling import in_force
from tests.resolver.store.living import ANN, ANNA, BOB, contact, dump, fresh, trained

SAME, DIFFERENT, UNSURE = Verdict
FAMILIES = ("Lee", "Fox", "Moss", "Hale", "Birch", "Stone", "Wells", "Marsh", "Brook", "Frost", "Heath", "Thorn")


def couples(number):
    """Pairs of contacts who share an address to write to and a last name, and not the first."""
    for place in range(number):
        family, mail = FAMILIES[place % len(FAMILIES)], f"home{place}@x{place}.com"
        phone = f"+1 312 555 {1000 + place}"
        yield contact(f"a{place}", "Ann", family, mail, phone), contact(f"b{place}", "Bob", family, mail, phone)


def say(resolver, told):
    """Says of pairs of contacts whether they are one person, each in an act of its own."""
    with resolver._writing("judge", "kim") as writing:
        ends = [
            resolver._numbers(writing.connection, [(one[end].source, one[end].record_id) for one in told]).tolist()
            for end in (0, 1)
        ]
        verdicts = [verdict for *_, verdict in told]
        say_each(writing, [(said, "kim", None) for said in zip(*ends, verdicts, strict=True)])


def couples_decided(resolver, number, apart=1.0):
    """Couples of whom people said that they are two, all but a share, and as many who stand there twice."""
    each = list(couples(number))
    twice = [(one, one.model_copy(update={"record_id": f"{one.record_id}x"})) for one, _ in each[: number // 2]]
    resolver.upsert(*(one for pair in each for one in pair), *(one for _, one in twice))
    said = [(*pair, DIFFERENT if place < apart * number else SAME) for place, pair in enumerate(each)]
    say(resolver, [*said, *((*pair, SAME) for pair in twice)])


@pytest.fixture
def resolver(store, tmp_path):
    """An empty store with a model."""
    return store(tmp_path / "contacts.db", trained())


def test_where_nothing_was_decided_it_tells_how_many_decisions_are_wanted(resolver):
    resolver.upsert(ANN, ANNA, BOB)
    found = learning.learning(resolver)
    assert (found.proposed, found.wanted, found.moved, found.is_in_force) == (None, LEAST, (), False)
    resolver.judge(("crm", "1"), ("crm", "3"), DIFFERENT, who="kim")
    resolver.judge(("crm", "1"), ("web", "2"), UNSURE, who="kim")
    found = learning.learning(resolver)
    assert (found.same, found.different, found.unsure, found.wanted) == (0, 1, 1, LEAST - 1)
    with pytest.raises(UsageError, match="teach nothing"):
        learning.proposed(resolver, Which.LEARNED)
    with pytest.raises(UsageError, match="nothing that was learned"):
        learning.proposed(resolver, Which.ESTIMATED)


def test_decisions_move_weights_in_a_proposal_and_change_nothing(resolver):
    couples_decided(resolver, 30)
    before, there = dump(resolver), in_force(resolver).frozen.fingerprint
    found = learning.learning(resolver)
    assert (found.same, found.different, found.wanted) == (15, 30, 0)
    assert found.after.errors <= found.before.errors
    assert found.after.loss < found.before.loss
    moved = {(one.field, one.level): one.then - one.now for one in found.moved}
    assert any(change < 0 for (name, level), change in moved.items() if name == "given" and "different" in level)
    assert all(one.field == LABELS or one.field in found.present.model.layout.levels for one in found.moved)
    tried, _ = learning.proposed(resolver, Which.LEARNED)
    assert tried.fingerprint == found.proposed.fingerprint
    assert (dump(resolver), in_force(resolver).frozen.fingerprint) == (before, there)


def test_what_is_put_in_force_does_what_was_foreseen_and_can_be_taken_back(resolver):
    couples_decided(resolver, 30)
    resolver.upsert(*(one for pair in list(couples(36))[30:] for one in pair))
    estimated = in_force(resolver).frozen.fingerprint
    tried, foreseen = learning.proposed(resolver, Which.LEARNED)
    before = {one.entity_id: one for one in resolver.entities()}
    learning.put_in_force(resolver, Which.LEARNED, tried.fingerprint, "ada")
    assert in_force(resolver).frozen.fingerprint == tried.fingerprint != estimated
    after = {one.entity_id: one for one in resolver.entities()}
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {one.entity_id for one in foreseen}
    again = learning.learning(resolver)
    assert again.is_in_force
    assert again.moved == ()
    assert resolver.problems(deep=True) == []
    without, _ = learning.proposed(resolver, Which.ESTIMATED)
    learning.put_in_force(resolver, Which.ESTIMATED, without.fingerprint, "ada")
    assert in_force(resolver).frozen.fingerprint == estimated
    assert {one.entity_id: one.records for one in resolver.entities()} == {
        name: one.records for name, one in before.items()
    }


def test_what_was_previewed_before_somebody_decided_more_is_not_put_in_force(resolver):
    couples_decided(resolver, 30)
    tried, _ = learning.proposed(resolver, Which.LEARNED)
    last = resolver.deeds(limit=1)[0].act.number
    resolver.undo(last, who="lee")
    before = dump(resolver)
    with pytest.raises(StaleError, match="preview it again"):
        learning.put_in_force(resolver, Which.LEARNED, tried.fingerprint, "ada")
    assert dump(resolver) == before


def test_decisions_that_hold_for_no_others_teach_nothing(resolver):
    couples_decided(resolver, 30, apart=0.5)
    found = learning.learning(resolver)
    assert found.wanted == 0
    assert found.proposed is None or found.after.loss < found.before.loss


def test_the_same_decisions_teach_the_same_whatever_the_order(tmp_path):
    taught = []
    for turned in (False, True):
        resolver = fresh(tmp_path / f"{turned}.db", trained())
        each = list(couples(24))
        people = [one for pair in each for one in pair]
        for some in (people[:20], people[20:])[:: -1 if turned else 1]:
            resolver.upsert(*some)
        say(resolver, [(*pair, DIFFERENT) for pair in (each[::-1] if turned else each)])
        taught.append(learning.learning(resolver).proposed)
        resolver.database.close()
    one, other = (replace(found, tenant="") for found in taught)
    assert one.fingerprint == other.fingerprint
